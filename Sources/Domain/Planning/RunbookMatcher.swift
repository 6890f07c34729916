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
    }

    private let runbooks: [Runbook]
    /// Names of hosts and groups, which a sentence may mention.
    private let knownNames: Set<String>

    package init(runbooks: [Runbook], knownNames: some Sequence<String>) {
        self.runbooks = runbooks
        self.knownNames = Set(knownNames.map { $0.lowercased() })
    }

    private struct Reading {
        let runbook: Runbook
        let values: [String: String]
        /// Words of the sentence that its phrases explain, weighted by how rare they are among runbooks.
        let score: Double
        let leftOver: [String]
        let explained: [String]
    }

    /// The runbook for a task, or the three nearest.
    package func choose(_ task: String) throws(PlanningError) -> Match {
        let sentence = Sentence(task)
        guard !sentence.tokens.isEmpty else { throw .emptyTask }
        let readings = runbooks.map { read(sentence, $0) }.sorted { ($0.score, -$0.leftOver.count) > ($1.score, -$1.leftOver.count) }
        let good = readings.filter { $0.score > 0 && $0.leftOver.isEmpty }
        if let best = good.first, good.count == 1 || best.score > good[1].score * 1.2 {
            return Match(runbook: best.runbook, values: best.values)
        }
        let tie = good.count > 1
        throw .noRunbook(
            task: task,
            nearest: readings.prefix(3).map { reading in
                let reason =
                    if tie && reading.leftOver.isEmpty && reading.score > 0 { "fits as well as another" }
                    else if reading.score == 0 { "nothing in common" }
                    else { "does not explain \(reading.leftOver.map { "'\($0)'" }.joined(separator: ", "))" }
                return RunbookCandidate(name: reading.runbook.name, title: reading.runbook.title, reason: reason)
            })
    }

    private func read(_ sentence: Sentence, _ runbook: Runbook) -> Reading {
        let (values, used) = ParameterReader.read(sentence, runbook)
        let words = Self.vocabulary(runbook)
        var leftOver: [String] = [], explained: [String] = []
        var score = 0.0
        for token in sentence.tokens where !used.contains(token.index) {
            if Sentence.stopWords.contains(token.lowercased) || knownNames.contains(token.lowercased) { continue }
            if let word = words.first(where: { Self.matches(token, $0) }) {
                // A word that many runbooks have says little about which one is meant.
                let carriers = runbooks.count { Self.vocabulary($0).contains { $0.stem == word.stem } }
                if !Sentence.setUpWords.contains(token.lowercased) {
                    score += 1 / Double(max(1, carriers))
                    explained.append(token.text)
                }
            } else if !Sentence.setUpWords.contains(token.lowercased) {
                leftOver.append(token.text)
            }
        }
        return Reading(runbook: runbook, values: values, score: score, leftOver: leftOver, explained: explained)
    }

    private static func vocabulary(_ runbook: Runbook) -> [Sentence.Token] {
        (runbook.phrases + [runbook.title]).flatMap { Sentence($0).tokens }.filter { !Sentence.stopWords.contains($0.lowercased) }
            + runbook.parameters.flatMap { $0.after }.flatMap { Sentence($0).tokens }.filter { !Sentence.stopWords.contains($0.lowercased) }
    }

    /// The same stem, or one slip of the keyboard in a word of five letters or more.
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
                guard parameter.problem(with: value) == nil, !Sentence.stopWords.contains(value.lowercased()), !isMarker(value, runbook) else { continue }
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
