import ShellSyntax

/// A word as the guard knows it: exactly, or only how it begins.
struct Word: Sendable, Equatable {
    /// The text, if it is known.
    let known: String?
    /// What is known of its beginning.
    let prefix: String
    /// It is a pattern, or a variable outside quotes: it may become several words.
    let isPattern: Bool
    let span: Span

    init(known: String) {
        self.known = known
        prefix = known
        isPattern = false
        span = Span(0, 0)
    }

    /// A word of which only the beginning is known.
    init(prefix: String) {
        known = nil
        self.prefix = prefix
        isPattern = true
        span = Span(0, 0)
    }

    init(_ word: ShellWord, variables: [String: String]) {
        var text = ""
        var isKnown = true
        var isPattern = false
        for piece in word.pieces {
            switch piece {
            case .text(let piece): if isKnown { text += piece }
            case .home: if isKnown { text += "~" }
            case .glob:
                isKnown = false
                isPattern = true
            case .variable(let name):
                if let value = variables[name] { if isKnown { text += value } } else { isKnown = false }
            case .splitVariable(let name):
                if let value = variables[name], !value.isEmpty, !value.contains(where: { $0.isWhitespace || "*?[".contains($0) }) {
                    if isKnown { text += value }
                } else {
                    isKnown = false
                    isPattern = true
                }
            }
        }
        known = isKnown ? text : nil
        prefix = text
        self.isPattern = isPattern
        span = word.span
    }

    /// For messages.
    var shown: String { known ?? prefix + "…" }
}

/// A program with its arguments, wrappers taken off, and the ways to ask about them.
struct Call: Sendable, Equatable {
    /// Its name without directories.
    var program: String
    /// The program as it is written.
    var path: String
    var arguments: [Word]
    var span: Span
    /// Programs that it was called through: sudo, env, …
    var wrappers: [String] = []

    init(_ path: String, _ arguments: [Word], span: Span) {
        self.init(program: Paths.programName(path), arguments: arguments, span: span)
        self.path = path
    }

    init(program: String, arguments: [Word], span: Span) {
        self.program = program
        path = program
        self.arguments = arguments
        self.span = span
    }

    /// Short flags one by one (`-rf` is `-r` and `-f`), long ones up to their `=`; all before `--`. Long forms of rm, chmod
    /// and the like are also given as their short ones.
    var flags: Set<String> {
        var found: Set<String> = []
        for argument in arguments {
            guard let text = argument.known, text.hasPrefix("-"), text != "-" else { continue }
            if text == "--" { break }
            if text.hasPrefix("--") {
                let name = String(text.prefix { $0 != "=" })
                found.insert(name)
                for (long, short) in Self.shortForms where name.count > 3 && long.hasPrefix(name) { found.insert(short) }
            } else {
                for letter in text.dropFirst() { found.insert("-\(letter)") }
            }
        }
        return found
    }

    private static let shortForms = [
        "--recursive": "-r", "--force": "-f", "--in-place": "-i", "--delete": "-d", "--append": "-a", "--remove": "-r", "--expire": "-e",
        "--lock": "-l",
    ]

    func has(_ flags: String...) -> Bool { !self.flags.isDisjoint(with: flags) }
    /// -r in either spelling.
    var isRecursive: Bool { has("-r", "-R", "-a", "--recursive", "--archive") }

    /// What is not a flag, with everything behind `--`.
    var operands: [Word] {
        var found: [Word] = []
        var isBehind = false
        for argument in arguments {
            if !isBehind, argument.known == "--" {
                isBehind = true
            } else if isBehind || !argument.prefix.hasPrefix("-") || argument.prefix == "-" {
                found.append(argument)
            }
        }
        return found
    }

    /// The first operands as known texts: subcommands.
    func verb(_ index: Int = 0) -> String? { operands.count > index ? operands[index].known : nil }

    /// The value of an option: `-o value`, `-ovalue`, `--option value`, `--option=value`.
    func value(_ options: String...) -> Word? {
        for (index, argument) in arguments.enumerated() {
            guard let text = argument.known else { continue }
            for option in options {
                if text == option { return index + 1 < arguments.count ? arguments[index + 1] : nil }
                if option.hasPrefix("--"), text.hasPrefix(option + "=") { return Word(known: String(text.dropFirst(option.count + 1))) }
                if !option.hasPrefix("--"), text.hasPrefix(option), text.count > option.count, !text.hasPrefix("--") {
                    return Word(known: String(text.dropFirst(option.count)))
                }
            }
        }
        return nil
    }

    /// The call in words, for messages.
    var shown: String { DisplayText.escaped(([program] + arguments.map(\.shown)).joined(separator: " ")) }
}
