import Model

/// Chooses the runbook that explains a sentence.
///
/// Scores alone do not tell tasks for which there is no runbook: what counts is how much of the sentence a runbook
/// explains. One content word that it can't explain (`remove`, `MySQL`, `не`) and it is not chosen.
package struct RunbookMatcher: Sendable {
    package struct Match: Sendable, Equatable {
        package var runbook: Runbook
        /// Values found in the sentence, by parameter.
        package var values: [String: String]

        package init(runbook: Runbook, values: [String: String]) {
            self.runbook = runbook
            self.values = values
        }
    }

    private let entries: [Entry]
    /// In how many runbooks a word's stem is: one that many have says little about which is meant.
    private let carriers: [String: Int]
    /// Names of hosts and groups, which a sentence may mention.
    private let knownNames: Set<String>

    package init(runbooks: [Runbook], knownNames: some Sequence<String>) {
        entries = runbooks.map(Entry.init)
        carriers = entries.reduce(into: [:]) { counts, entry in
            for stem in entry.stems { counts[stem, default: 0] += 1 }
        }
        self.knownNames = Set(knownNames.map { $0.lowercased() })
    }

    /// A runbook with its words, less those that every task has.
    private struct Entry: Sendable {
        let runbook: Runbook
        let words: [Sentence.Token]
        let stems: Set<String>
        /// The stems of each phrase that means the runbook.
        let phrases: [Set<String>]

        init(_ runbook: Runbook) {
            func content(_ text: String) -> [Sentence.Token] { Sentence(text).tokens.filter { !$0.isStopWord && !$0.isSetUp } }
            let phrases = (runbook.phrases + [runbook.title]).map(content)
            let markers = runbook.parameters.flatMap(\.after).flatMap(content)
            var seen: Set<String> = []
            self.runbook = runbook
            words = (phrases.flatMap(\.self) + markers).filter { seen.insert($0.lowercased).inserted }
            stems = Set(words.map(\.stem))
            self.phrases = phrases.map { Set($0.map(\.stem)) }.filter { !$0.isEmpty }
        }
    }

    private struct Reading {
        let runbook: Runbook
        let values: [String: String]
        /// Words of the sentence that its phrases explain, weighted by how rare they are among runbooks.
        let score: Double
        let leftOver: [String]
        let explained: [String]
        /// Whether one of its phrases is said as a whole: a word like `user` or `port` alone means no runbook.
        let isMeant: Bool

        var isGood: Bool { score > 0 && leftOver.isEmpty && isMeant }
    }

    /// The runbook for a task, or the three nearest.
    package func choose(_ task: String) throws(PlanningError) -> Match {
        let sentence = Sentence(task)
        guard !sentence.tokens.isEmpty else { throw .emptyTask }
        let readings = entries.map { read(sentence, $0) }.sorted { ($0.score, -$0.leftOver.count) > ($1.score, -$1.leftOver.count) }
        let good = readings.filter(\.isGood)
        if let best = good.first, good.count == 1 || best.score > good[1].score * 1.2 {
            return Match(runbook: best.runbook, values: best.values)
        }
        throw .noRunbook(
            task: task,
            nearest: readings.prefix(3).map { reading in
                RunbookCandidate(name: reading.runbook.name, title: reading.runbook.title, reason: Self.reason(reading, isTie: good.count > 1))
            })
    }

    private static func reason(_ reading: Reading, isTie: Bool) -> String {
        func quoted(_ words: [String]) -> String { words.map { "'\($0)'" }.joined(separator: ", ") }
        if isTie && reading.isGood { return "fits as well as another" }
        if reading.score == 0 { return "nothing in common" }
        if reading.leftOver.isEmpty { return "\(quoted(reading.explained)) alone \(reading.explained.count == 1 ? "does" : "do") not mean it" }
        return "does not explain \(quoted(reading.leftOver))"
    }

    private func read(_ sentence: Sentence, _ entry: Entry) -> Reading {
        let (values, used) = ParameterReader.read(sentence, entry.runbook)
        var leftOver: [String] = [], explained: [String] = []
        var said: Set<String> = []
        var score = 0.0
        for token in sentence.tokens where !used.contains(token.index) {
            if token.isStopWord || token.isSetUp { continue }
            if let word = entry.words.first(where: { Self.matches(token, $0) }) {
                score += 1 / Double(max(1, carriers[word.stem] ?? 1))
                said.insert(word.stem)
                explained.append(token.text)
            } else if !knownNames.contains(token.lowercased) {
                leftOver.append(token.text)
            }
        }
        return Reading(
            runbook: entry.runbook, values: values, score: score, leftOver: leftOver, explained: explained,
            isMeant: entry.phrases.contains { $0.isSubset(of: said) })
    }

    /// The same stem, or one slip of the keyboard in a word of five letters or more. Verbs of making ready are not among
    /// the words: `остановить` is one slip away from `установить`.
    private static func matches(_ token: Sentence.Token, _ word: Sentence.Token) -> Bool {
        if token.stem == word.stem { return true }
        return token.lowercased.count >= 5 && word.lowercased.count >= 5 && NearestName.editDistance(token.lowercased, word.lowercased) <= 1
    }
}

/// Finds the values of parameters in a sentence: `database shop`, `port 8080`, `PostgreSQL 15`.
enum ParameterReader {
    static func read(_ sentence: Sentence, _ runbook: Runbook) -> (values: [String: String], used: Set<Int>) {
        var values: [String: String] = [:]
        var used: Set<Int> = []
        for parameter in runbook.parameters {
            guard let (value, index) = find(parameter, in: sentence, runbook, used) else { continue }
            values[parameter.name] = value
            used.insert(index)
        }
        return (values, used)
    }

    private static func find(
        _ parameter: RunbookParameter, in sentence: Sentence, _ runbook: Runbook, _ used: Set<Int>
    ) -> (String, Int)? {
        let markers = parameter.after.map { Sentence($0).tokens.map(\.stem) }
        let skipped: Set<String> = ["called", "named", "is", "to", "the", "a", "с", "именем", "под", "названием", "в", "на"]
        for token in sentence.tokens {
            for marker in markers where !marker.isEmpty {
                let start = token.index
                guard start + marker.count < sentence.tokens.count,
                    zip(marker, sentence.tokens[start...]).allSatisfy({ $0 == $1.stem })
                else { continue }
                var next = start + marker.count
                while next < sentence.tokens.count, skipped.contains(sentence.tokens[next].lowercased) { next += 1 }
                guard next < sentence.tokens.count, !used.contains(next) else { continue }
                let value = sentence.tokens[next].text
                // Words of the task itself are not names: "database on the servers", "database and user".
                guard parameter.problem(with: value) == nil, !sentence.tokens[next].isStopWord, !sentence.tokens[next].isSetUp, !isMarker(value, runbook) else { continue }
                return (value, next)
            }
        }
        // A time zone is recognised by its form alone.
        if parameter.kind == .timezone, let token = sentence.tokens.first(where: { $0.text.contains("/") && parameter.problem(with: $0.text) == nil }) {
            return (token.text, token.index)
        }
        return nil
    }

    private static func isMarker(_ value: String, _ runbook: Runbook) -> Bool {
        let stem = Stemmer.stem(value.lowercased())
        return runbook.parameters.contains { $0.after.contains { Sentence($0).tokens.contains { $0.stem == stem } } }
    }
}
