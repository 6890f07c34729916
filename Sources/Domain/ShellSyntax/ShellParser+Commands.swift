extension ShellParser {
    /// One command of a pipeline.
    mutating func command() throws(ShellReject) -> Command {
        skipBlanks()
        if let compound = try compound() { return compound }
        return try simple()
    }

    /// Assignments, words and redirections; also `NAME() …`, which begins like a command.
    mutating func simple() throws(ShellReject) -> Command {
        let start = at
        var end = at
        var simple = SimpleCommand()
        var redirections: [Redirection] = []
        var takesArrays = false
        loop: while true {
            skipBlanks()
            switch look() {
            case 0, Byte.newline, Byte.semicolon, Byte.pipe, Byte.close: break loop
            case Byte.ampersand where !isFollowed(by: Byte.greater): break loop
            case Byte.open:
                guard simple.words.count == 1, simple.assignments.isEmpty, redirections.isEmpty else { throw unexpected() }
                return try function(named: simple.words[0], start: start)
            default: break
            }
            if let operation = try redirectionAhead() {
                redirections.append(try redirection(at: operation))
            } else if simple.words.isEmpty, let assignment = try assignment() {
                simple.assignments.append(assignment)
            } else {
                let word = takesArrays ? try operand() : try word(.argument)
                if simple.words.isEmpty { takesArrays = Self.takesArrays(word) }
                simple.words.append(word)
            }
            end = at
        }
        guard end > start else { throw unexpected() }
        return Command(form: .simple(simple), redirections: redirections, span: span(start, end))
    }

    /// What stands behind `NAME`, from `(` on.
    private mutating func function(named word: Word, start: Int) throws(ShellReject) -> Command {
        guard let name = word.plainText else { throw reject("a function's name must be plain text", start, at) }
        advance()
        skipBlanks()
        guard look() == Byte.close else { throw unexpected() }
        at += 1
        return try function(name, start: start)
    }

    /// `function NAME [()] BODY`, from behind `function`.
    mutating func functionKeyword(start: Int) throws(ShellReject) -> Command {
        try bashOnly("'function'", start, at)
        skipBlanks()
        guard !Byte.endsWord(look()) else { throw reject("the function's name is missing here", at, at + 1) }
        guard let name = try word(.pattern).plainText else { throw reject("a function's name must be plain text", start, at) }
        skipBlanks()
        if look() == Byte.open, isFollowed(by: Byte.close) {
            advance()
            advance()
        } else if look() == Byte.open {
            let open = at
            at += 1
            skipBlanks()
            if look() == Byte.close { at += 1 } else { at = open }
        }
        return try function(name, start: start)
    }

    private mutating func function(_ name: String, start: Int) throws(ShellReject) -> Command {
        if !name.utf8.allSatisfy(Byte.isName) || !name.utf8.prefix(1).allSatisfy(Byte.startsName) { try bashOnly("the function's name", start, at) }
        try skipLines()
        guard let body = try compound() else { throw reject("the function's body must begin here with '{' or '('", at, at + 1) }
        return Command(form: .function(name: name, body: body), span: span(from: start))
    }

    /// `coproc [NAME] COMMAND`, from behind `coproc`.
    mutating func coprocess(start: Int) throws(ShellReject) -> Command {
        try bashOnly("'coproc'", start, at)
        skipBlanks()
        let command = try compound()
        if let command { return Command(form: .coprocess(name: nil, command), span: span(from: start)) }
        // Only before a compound command is a word the name; it is looked for without reading it.
        let first = at
        var end = at
        while Byte.isName(byte(end)) { end = after(end) }
        if end > first {
            at = end
            skipBlanks()
            if let command = try compound() { return Command(form: .coprocess(name: text(first, end), command), span: span(from: start)) }
            at = first
        }
        return Command(form: .coprocess(name: nil, try simple()), span: span(from: start))
    }
}

extension Word {
    /// The text of a word that is nothing but text, quoted or not.
    var plainText: String? {
        var result = ""
        for part in parts {
            switch part {
            case .literal(let text), .quoted(let text): result += text
            case .doubleQuoted(let inner):
                guard let text = Word(parts: inner).plainText else { return nil }
                result += text
            case .tilde, .star, .question, .bracket, .extendedGlob, .parameter, .command, .arithmetic, .process, .braces, .braceRange, .array:
                return nil
            }
        }
        return result
    }
}
