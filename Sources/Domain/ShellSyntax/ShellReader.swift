/// Reads plain words, quotes, pipes and simple lists of POSIX shell (POSIX.1-2017, Shell Command Language, 2.2 to 2.10).
///
/// Everything else is refused with its place: incompleteness costs convenience, never safety. Linear in the text.
package struct ShellReader {
    package static let sizeLimit = 64 << 10
    static let wordLimit = 4096

    private let bytes: [UInt8]
    private var at = 0
    private var words = 0

    private init(_ text: String) { bytes = Array(text.utf8) }

    package static func read(_ text: String) throws(ShellReject) -> ShellScript {
        guard text.utf8.count <= sizeLimit else {
            throw ShellReject(reason: "the text is longer than \(sizeLimit) bytes", span: Span(0, text.utf8.count))
        }
        var reader = ShellReader(text)
        try reader.checkCharacters(text)
        return try reader.script()
    }

    /// Characters that show otherwise than they act: controls, bidirectional and invisible ones, foreign spaces.
    private func checkCharacters(_ text: String) throws(ShellReject) {
        var offset = 0
        for scalar in text.unicodeScalars {
            let width = UTF8.width(scalar)
            let isBad: Bool =
                switch scalar.properties.generalCategory {
                case .control: scalar != "\n" && scalar != "\t"
                case .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: true
                case .spaceSeparator: scalar != " "
                default: false
                }
            if isBad {
                throw ShellReject(
                    reason: "the character U+\(String(scalar.value, radix: 16, uppercase: true)) is invisible or deceptive",
                    span: Span(offset, offset + width))
            }
            offset += width
        }
    }

    // MARK: Lists

    private mutating func script() throws(ShellReject) -> ShellScript {
        var pipelines: [ShellPipeline] = []
        var isConditional = false
        while true {
            try skipBlankLines()
            if at >= bytes.count { return ShellScript(pipelines: pipelines) }
            var next = try pipeline()
            next.isConditional = isConditional
            pipelines.append(next)
            isConditional = false
            skipBlanks()
            guard at < bytes.count else { return ShellScript(pipelines: pipelines) }
            switch (bytes[at], peek(1)) {
            case (UInt8(ascii: "&"), UInt8(ascii: "&")), (UInt8(ascii: "|"), UInt8(ascii: "|")):
                at += 2
                isConditional = true
                try skipBlankLines()
                if at >= bytes.count { throw reject("a command is missing at the end", at, at) }
            case (UInt8(ascii: ";"), UInt8(ascii: ";")): throw reject("';;' belongs to 'case', which is not read here", at, at + 2)
            case (UInt8(ascii: ";"), _), (UInt8(ascii: "\n"), _): at += 1
            case (UInt8(ascii: "&"), _):
                at += 1
                // The whole list up to here goes to the background, not only its last pipeline.
                for index in pipelines.indices.reversed() {
                    pipelines[index].isBackground = true
                    if !pipelines[index].isConditional { break }
                }
            case (UInt8(ascii: ")"), _): throw reject("')' without '('", at, at + 1)
            default: throw reject("this is not read as a plain command", at, at + 1)
            }
        }
    }

    private mutating func pipeline() throws(ShellReject) -> ShellPipeline {
        var commands = [try command()]
        while true {
            skipBlanks()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "|"), peek(1) != UInt8(ascii: "|") else { return ShellPipeline(commands: commands) }
            guard peek(1) != UInt8(ascii: "&") else { throw reject("'|&' is not read here; write 2>&1 |", at, at + 2) }
            at += 1
            try skipBlankLines()
            commands.append(try command())
        }
    }

    /// Words that begin or continue a compound command.
    private static let reserved: Set<String> = [
        "if", "then", "else", "elif", "fi", "do", "done", "case", "esac", "while", "until", "for", "in", "function", "select", "{", "}", "[[",
        "]]", "time", "coproc",
    ]

    private mutating func command() throws(ShellReject) -> SimpleCommand {
        let start = at
        var command = SimpleCommand(span: Span(start, start))
        var mayNegate = true
        while true {
            skipBlanks()
            guard at < bytes.count, !isEndOfCommand(bytes[at]) else { break }
            if let redirection = try redirection() {
                command.redirections.append(redirection)
                continue
            }
            let word = try word()
            if case .text(let text)? = word.pieces.first, word.pieces.count == 1, command.words.isEmpty, word.span.end - word.span.start == text.utf8.count {
                // `!` only turns the exit code round.
                if text == "!" {
                    // Shells do not agree on a second one.
                    guard mayNegate else { throw reject("'!' is read only once, before a command", word.span) }
                    mayNegate = false
                    continue
                }
                if Self.reserved.contains(text) { throw reject("'\(text)' is not read here; use plain commands joined by && and ||", word.span) }
            }
            mayNegate = false
            if command.words.isEmpty, let assignment = assignment(word) { command.assignments.append(assignment) } else { command.words.append(word) }
            words += 1
            if words > Self.wordLimit { throw reject("more than \(Self.wordLimit) words", word.span) }
        }
        command.span = Span(start, at)
        guard !command.words.isEmpty || !command.assignments.isEmpty || !command.redirections.isEmpty else {
            throw reject("a command is missing here", start, min(start + 1, bytes.count))
        }
        return command
    }

    /// `NAME=value` before the program; with a quote in its name it is no assignment.
    private func assignment(_ word: ShellWord) -> SimpleCommand.Assignment? {
        guard case .text(let first)? = word.pieces.first, let equals = first.firstIndex(of: "="), equals != first.startIndex else { return nil }
        let name = first[..<equals]
        guard bytes[word.span.start...].starts(with: first[...equals].utf8) else { return nil }
        guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }), name.first?.isNumber == false else { return nil }
        let rest = String(first[first.index(after: equals)...])
        let pieces = (rest.isEmpty ? [] : [.text(rest)]) + word.pieces.dropFirst()
        return SimpleCommand.Assignment(name: String(name), value: ShellWord(pieces: pieces, span: word.span))
    }

    // MARK: Redirections

    private mutating func redirection() throws(ShellReject) -> ShellRedirection? {
        let start = at
        var descriptor: Int?
        var here = at
        if (0x30...0x39).contains(bytes[here]), let next = peek(1), next == UInt8(ascii: "<") || next == UInt8(ascii: ">") {
            descriptor = Int(bytes[here] - 0x30)
            here += 1
        }
        func byte(_ offset: Int) -> UInt8? { here + offset < bytes.count ? bytes[here + offset] : nil }
        if byte(0) == UInt8(ascii: "&"), byte(1) == UInt8(ascii: ">") {
            // A POSIX shell reads it as a command in the background and an empty redirection.
            throw reject("'&>' means different things to different shells; write >FILE 2>&1", here, here + 2)
        }
        switch byte(0) {
        case UInt8(ascii: ">"):
            if byte(1) == UInt8(ascii: "&") {
                at = here + 2
                let target = try word()
                guard case .text(let text)? = target.pieces.first, target.pieces.count == 1, text == "1" || text == "2" else {
                    throw reject("'>&' is read only as 2>&1 and 1>&2", Span(start, at))
                }
                return ShellRedirection(kind: .duplicate, descriptor: descriptor ?? 1, target: target)
            }
            let appends = byte(1) == UInt8(ascii: ">")
            at = here + (appends || byte(1) == UInt8(ascii: "|") ? 2 : 1)
            skipBlanks()
            return ShellRedirection(kind: appends ? .append : .write, descriptor: descriptor ?? 1, target: try word())
        case UInt8(ascii: "<"):
            if byte(1) == UInt8(ascii: "<") { throw reject("here-documents are not read here; send content as a file", here, here + 2) }
            if byte(1) == UInt8(ascii: "(") { throw reject("process substitution is not read here", here, here + 2) }
            if byte(1) == UInt8(ascii: "&") || byte(1) == UInt8(ascii: ">") { throw reject("this redirection is not read here", here, here + 2) }
            at = here + 1
            skipBlanks()
            return ShellRedirection(kind: .read, descriptor: descriptor ?? 0, target: try word())
        default: return nil
        }
    }

    // MARK: Words

    private mutating func word() throws(ShellReject) -> ShellWord {
        let start = at
        var pieces: [ShellWord.Piece] = []
        var text: [UInt8] = []
        func flushed(_ pieces: [ShellWord.Piece]) -> [ShellWord.Piece] {
            text.isEmpty ? pieces : pieces + [.text(String(decoding: text, as: UTF8.self))]
        }
        var hasQuotes = false
        loop: while at < bytes.count {
            let byte = bytes[at]
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: ";"), UInt8(ascii: "|"), UInt8(ascii: "&"),
                UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: ")"):
                break loop
            case UInt8(ascii: "("): throw reject("'(' is not read here: no subshells, functions or patterns", at, at + 1)
            case UInt8(ascii: "`"): throw reject("command substitution is not read here", at, at + 1)
            case UInt8(ascii: "'"):
                hasQuotes = true
                guard let end = bytes[(at + 1)...].firstIndex(of: byte) else { throw reject("this quote is not closed", at, at + 1) }
                text += bytes[(at + 1)..<end]
                at = end + 1
            case UInt8(ascii: "\""):
                hasQuotes = true
                try doubleQuoted(&pieces, &text)
            case UInt8(ascii: "\\"):
                guard at + 1 < bytes.count else { throw reject("a backslash ends the text", at, at + 1) }
                // Backslash and newline are nothing; any other character stands for itself.
                if bytes[at + 1] != UInt8(ascii: "\n") {
                    hasQuotes = true
                    text.append(bytes[at + 1])
                }
                at += 2
            case UInt8(ascii: "$"):
                if let piece = try variable(quoted: false) {
                    pieces = flushed(pieces) + [piece]
                    text = []
                } else {
                    text.append(byte)
                    at += 1
                }
            case UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "["):
                pieces = flushed(pieces) + [.glob(String(decoding: [byte], as: UTF8.self))]
                text = []
                at += 1
            case UInt8(ascii: "~") where at == start:
                guard at + 1 >= bytes.count || bytes[at + 1] == UInt8(ascii: "/") || isBlank(bytes[at + 1]) || isEndOfCommand(bytes[at + 1]) else {
                    throw reject("'~NAME' is not read here; write the directory", at, at + 1)
                }
                pieces.append(.home)
                at += 1
            case UInt8(ascii: "{") where hasBraceExpansion(): throw reject("brace expansion is not read here; write the words out", at, at + 1)
            default:
                text.append(byte)
                at += 1
            }
        }
        pieces = flushed(pieces)
        if pieces.isEmpty, hasQuotes { pieces = [.text("")] }
        // Alone it is the program of that name, not a pattern; `[[` is a word of the shell's own.
        let written = String(decoding: bytes[start..<at], as: UTF8.self)
        if written == "[" || written == "[[" { pieces = [.text(written)] }
        guard at > start, !pieces.isEmpty else { throw reject("a word is missing here", start, min(start + 1, bytes.count)) }
        return ShellWord(pieces: pieces, span: Span(start, at))
    }

    private mutating func doubleQuoted(_ pieces: inout [ShellWord.Piece], _ text: inout [UInt8]) throws(ShellReject) {
        let open = at
        at += 1
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                at += 1
                return
            case UInt8(ascii: "`"): throw reject("command substitution is not read here", at, at + 1)
            case UInt8(ascii: "\\"):
                guard at + 1 < bytes.count else { throw reject("this quote is not closed", open, open + 1) }
                switch bytes[at + 1] {
                case UInt8(ascii: "$"), UInt8(ascii: "`"), UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(bytes[at + 1])
                case UInt8(ascii: "\n"): break
                default: text += [bytes[at], bytes[at + 1]]
                }
                at += 2
            case UInt8(ascii: "$"):
                if let piece = try variable(quoted: true) {
                    if !text.isEmpty { pieces.append(.text(String(decoding: text, as: UTF8.self))) }
                    text = []
                    pieces.append(piece)
                } else {
                    text.append(bytes[at])
                    at += 1
                }
            default:
                text.append(bytes[at])
                at += 1
            }
        }
        throw reject("this quote is not closed", open, open + 1)
    }

    /// `$NAME` or `${NAME}`; nil for a dollar sign that is just that.
    private mutating func variable(quoted: Bool) throws(ShellReject) -> ShellWord.Piece? {
        let start = at
        guard let next = peek(1) else { return nil }
        var from = at + 1
        let braced = next == UInt8(ascii: "{")
        if braced { from += 1 }
        var end = from
        while end < bytes.count, Self.isName(bytes[end]), end > from || !(0x30...0x39).contains(bytes[end]) { end += 1 }
        if end > from {
            if braced {
                guard end < bytes.count, bytes[end] == UInt8(ascii: "}") else {
                    throw reject("only plain ${NAME} is read here", start, min(end + 1, bytes.count))
                }
            }
            at = braced ? end + 1 : end
            let name = String(decoding: bytes[from..<end], as: UTF8.self)
            return quoted ? .variable(name) : .splitVariable(name)
        }
        switch next {
        case UInt8(ascii: "("): throw reject("command substitution is not read here", start, start + 2)
        case UInt8(ascii: "'"), UInt8(ascii: "\""):
            if quoted { return nil }
            throw reject("this form of quoting is not read here", start, start + 2)
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "/"), UInt8(ascii: "|"), UInt8(ascii: ")"), UInt8(ascii: "."):
            return nil
        default:
            // Inside quotes a dollar before the closing quote is itself.
            throw reject("this expansion is not read here", start, start + 2)
        }
    }

    // MARK: Characters

    private func peek(_ offset: Int) -> UInt8? { at + offset < bytes.count ? bytes[at + offset] : nil }
    private func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private func isEndOfCommand(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ";"), UInt8(ascii: "|"), UInt8(ascii: "\n"), UInt8(ascii: ")"): true
        // `&>` belongs to the command.
        case UInt8(ascii: "&"): peek(1) != UInt8(ascii: ">")
        default: false
        }
    }

    private static func isName(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }

    /// `{a,b}` or `{1..9}`: bash would make several words of it.
    private func hasBraceExpansion() -> Bool {
        guard let close = bytes[at...].firstIndex(of: UInt8(ascii: "}")) else { return false }
        let inner = bytes[at..<close]
        return inner.contains(UInt8(ascii: ",")) || zip(inner, inner.dropFirst()).contains { $0 == UInt8(ascii: ".") && $1 == UInt8(ascii: ".") }
    }

    private mutating func skipBlanks() {
        while at < bytes.count {
            if isBlank(bytes[at]) {
                at += 1
            } else if bytes[at] == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "\n") {
                at += 2
            } else {
                break
            }
        }
        // A comment starts where a word could.
        guard at < bytes.count, bytes[at] == UInt8(ascii: "#") else { return }
        while at < bytes.count, bytes[at] != UInt8(ascii: "\n") { at += 1 }
    }

    private mutating func skipBlankLines() throws(ShellReject) {
        skipBlanks()
        while at < bytes.count, bytes[at] == UInt8(ascii: "\n") {
            at += 1
            skipBlanks()
        }
    }

    private func reject(_ reason: String, _ start: Int, _ end: Int) -> ShellReject { ShellReject(reason: reason, span: Span(start, end)) }
    private func reject(_ reason: String, _ span: Span) -> ShellReject { ShellReject(reason: reason, span: span) }
}
