import ShellSyntax

/// A line of `forbidden_commands`, read as an argv pattern: program, flags and operands; never a substring.
struct ForbiddenPattern: Sendable, Hashable {
    let text: String
    private let program: String
    private let flags: Set<String>
    private let operands: [String]

    /// Nil for a line that is no single plain command.
    init?(_ text: String) {
        guard case .words(let words) = Self.read(text), let first = words.first else { return nil }
        self.text = text
        program = first.split(separator: "/").last.map(String.init) ?? first
        let call = Call(first, words.dropFirst().map { Argument($0) }, span: Span(0, 0))
        let reading = Reading(call, Self.grammar(of: program))
        flags = Set(reading.options.map(\.name))
        operands = reading.operands.compactMap(\.known).map(Self.normal) + reading.options.compactMap { $0.value?.known }.map(Self.normal)
    }

    /// Why a line can't be a pattern; nil if it can.
    static func problem(with text: String) -> String? {
        switch read(text) {
        case .words(let words): words.isEmpty ? "is not made of plain words" : nil
        case .notSingle: "is not a single command"
        case .notPlain: "is not made of plain words"
        case .notReadable: "can't be read as a command"
        }
    }

    func matches(_ call: Call) -> Bool {
        // A bare name stands for its family: `mkfs` for mkfs.ext4 and mke2fs too.
        let isFamily = operands.isEmpty && flags.isEmpty && (call.program.hasPrefix(program + ".") || Programs.spec(of: call.program).map { $0.names.contains(program + ".*") } ?? false)
        guard call.program == program || isFamily else { return false }
        if flags.isEmpty, operands.isEmpty { return true }
        let reading = Reading(call, Self.grammar(of: call.program))
        guard flags.isSubset(of: Set(reading.options.map(\.name))) else { return false }
        var present: Set<String> = []
        for value in reading.operands + reading.options.compactMap(\.value) {
            for path in ResolvedPath.all(value, in: call.directories) { if let known = path.known { present.insert(path.isContents ? known + "/*" : known) } }
            for text in value.texts { if let known = text.known { present.insert(Self.normal(known)) } }
        }
        return operands.allSatisfy { present.contains($0) || $0 == "/" && present.contains("//*") }
    }

    private static func grammar(of program: String) -> OptionGrammar { Programs.spec(of: program)?.grammar ?? OptionGrammar("") }
    private static func normal(_ text: String) -> String { text.hasPrefix("/") ? ResolvedPath.normalised(text).known ?? text : text }

    // MARK: Words

    private enum Read {
        case words([String])
        case notSingle, notPlain, notReadable
    }

    /// Plain words, quotes and backslashes; nothing that expands.
    private static func read(_ text: String) -> Read {
        var words: [String] = [], word: String?
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if let open = quote {
                if character == open { quote = nil } else if open == "\"", character == "$" || character == "`" { return .notPlain } else { word = (word ?? "") + String(character) }
            } else if character == "\\" {
                isEscaped = true
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if ";|&\n<>(){}".contains(character) {
                return character == "<" || character == ">" ? .notPlain : character == "(" || character == ")" ? .notReadable : .notSingle
            } else if character == "$" || character == "`" {
                return .notPlain
            } else if character.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if quote != nil || isEscaped { return .notReadable }
        if let done = word { words.append(done) }
        return .words(words)
    }
}
