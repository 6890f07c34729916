extension ShellParser {
    /// A command that begins with `(` or a keyword, with its redirections; nil where none begins.
    mutating func compound() throws(ShellReject) -> Command? {
        let start = at
        if look() == Byte.open {
            if let form = try arithmeticCommand() { return try finished(form, start: start) }
            return try finished(try subshell(), start: start)
        }
        guard let found = keyword() else { return nil }
        try enter()
        defer { depth -= 1 }
        switch found.word {
        // To a POSIX shell it is a program.
        case .time where dialect == .posix: return nil
        // Nor is it more than that behind `|`.
        case .time: return nil
        case .in, .then, .elif, .else, .fi, .do, .done, .esac, .closeBrace, .not: throw unexpected()
        case .function:
            at = found.end
            return try functionKeyword(start: start)
        case .coproc:
            at = found.end
            return try coprocess(start: start)
        case .if, .for, .select, .case, .while, .until, .openBrace, .test: break
        }
        at = found.end
        let form: Command.Form
        switch found.word {
        case .if: form = try conditional()
        case .while, .until: form = try loop(isUntil: found.word == .until)
        case .for: form = try forLoop()
        case .select:
            try bashOnly("'select'", start, at)
            form = try forEach()
        case .case: form = try choice()
        case .test:
            try bashOnly("'[['", start, at)
            form = .test(try condition(start: start))
        default: form = .group(try braceBody())
        }
        return try finished(form, start: start)
    }

    private mutating func finished(_ form: Command.Form, start: Int) throws(ShellReject) -> Command {
        var end = at
        var redirections: [Redirection] = []
        while true {
            skipBlanks()
            guard look() != 0, let operation = try redirectionAhead() else { break }
            redirections.append(try redirection(at: operation))
            end = at
        }
        switch look() {
        // Only what ends a list may follow.
        case 0, Byte.newline, Byte.semicolon, Byte.ampersand, Byte.pipe, Byte.close: break
        default:
            guard let found = keyword(), found.word.endsList else { throw unexpected() }
        }
        return Command(form: form, redirections: redirections, span: span(start, end))
    }

    private mutating func subshell() throws(ShellReject) -> Command.Form {
        let open = at
        advance()
        let commands = try body()
        guard look() == Byte.close else { throw at < limit ? unexpected() : reject("this '(' is not closed", open, open + 1) }
        at += 1
        return .subshell(commands)
    }

    /// `… }`.
    private mutating func braceBody() throws(ShellReject) -> CommandList {
        let commands = try body()
        try expect(.closeBrace, for: "{")
        return commands
    }

    /// `do … done`, or `{ … }` where a loop over words has that.
    private mutating func loopBody(_ construct: String) throws(ShellReject) -> CommandList {
        try skipLines()
        if let found = keyword(), found.word == .openBrace {
            try bashOnly("a loop's body in braces", at, found.end)
            at = found.end
            return try braceBody()
        }
        return try doBody(construct)
    }

    private mutating func doBody(_ construct: String) throws(ShellReject) -> CommandList {
        try expect(.do, for: construct)
        let commands = try body()
        try expect(.done, for: construct)
        return commands
    }

    private mutating func conditional() throws(ShellReject) -> Command.Form {
        var branches: [Command.Branch] = []
        while true {
            let condition = try body()
            try expect(.then, for: "if")
            branches.append(.init(condition: condition, body: try body()))
            guard let found = keyword() else { throw at < limit ? unexpected() : reject("'fi' of 'if' is missing here", at, at) }
            let place = at
            at = found.end
            switch found.word {
            case .elif: continue
            case .fi: return .conditional(branches: branches, otherwise: nil)
            case .else:
                let otherwise = try body()
                try expect(.fi, for: "if")
                return .conditional(branches: branches, otherwise: otherwise)
            default: throw reject("'fi' of 'if' is missing here", place, found.end)
            }
        }
    }

    private mutating func loop(isUntil: Bool) throws(ShellReject) -> Command.Form {
        let condition = try body()
        return .loop(condition: condition, body: try doBody(isUntil ? "until" : "while"), isUntil: isUntil)
    }

    private mutating func forLoop() throws(ShellReject) -> Command.Form {
        skipBlanks()
        guard look() == Byte.open else { return try forEach() }
        let start = at
        advance()
        guard look() == Byte.open else { throw unexpected() }
        at += 1
        try bashOnly("'for (('", start, at)
        var expressions: [Word] = []
        for _ in 0..<3 {
            guard let expression = try expression(until: expressions.count == 2 ? .doubleClose : .semicolon) else { throw unexpected() }
            expressions.append(expression)
            advance()
        }
        advance()
        skipBlanks()
        if look() == Byte.semicolon { at += 1 }
        return .arithmeticFor(expressions: expressions, body: try loopBody("for"))
    }

    /// `NAME [in WORDS] … body`, for `for` and `select`.
    private mutating func forEach() throws(ShellReject) -> Command.Form {
        skipBlanks()
        let start = at
        var end = at
        while Byte.isName(byte(end)) { end = after(end) }
        guard Byte.startsName(byte(start)), Byte.endsWord(byte(end)) else { throw reject("a variable's name is missing here", start, end + 1) }
        let name = text(start, end)
        at = end
        skipBlanks()
        var words: [Word]?
        if look() == Byte.semicolon {
            at += 1
        } else {
            try skipLines()
            if let found = keyword(), found.word == .in {
                at = found.end
                words = try forWords()
            }
        }
        return .forEach(name: name, words: words, body: try loopBody("for"))
    }

    private mutating func forWords() throws(ShellReject) -> [Word] {
        var words: [Word] = []
        while true {
            skipBlanks()
            switch look() {
            case Byte.semicolon:
                at += 1
                return words
            case Byte.newline: return words
            default: words.append(try word(.argument))
            }
        }
    }

    // MARK: case

    private mutating func choice() throws(ShellReject) -> Command.Form {
        skipBlanks()
        let subject = try word(.pattern)
        try expect(.in, for: "case")
        var cases: [Command.Case] = []
        while true {
            try skipLines()
            if let found = keyword(), found.word == .esac {
                at = found.end
                return .choice(word: subject, cases: cases)
            }
            guard at < limit else { throw reject("'esac' of 'case' is missing here", at, at) }
            let patterns = try patterns()
            let commands = try list()
            let (ending, isLast) = try caseEnding()
            cases.append(.init(patterns: patterns, body: commands, ending: ending))
            if isLast {
                try expect(.esac, for: "case")
                return .choice(word: subject, cases: cases)
            }
        }
    }

    private mutating func patterns() throws(ShellReject) -> [Word] {
        if look() == Byte.open { at += 1 }
        var patterns: [Word] = []
        while true {
            skipBlanks()
            patterns.append(try word(.pattern))
            skipBlanks()
            switch look() {
            case Byte.pipe: at += 1
            case Byte.close:
                at += 1
                return patterns
            default: throw at < limit ? unexpected() : reject("')' behind the pattern is missing here", at, at)
            }
        }
    }

    private mutating func caseEnding() throws(ShellReject) -> (Command.Case.Ending, isLast: Bool) {
        guard look() == Byte.semicolon else { return (.stop, true) }
        let start = at
        advance()
        if look() == Byte.ampersand {
            at += 1
            try bashOnly("';&'", start, at)
            return (.fallThrough, false)
        }
        guard look() == Byte.semicolon else { throw unexpected() }
        at += 1
        guard look() == Byte.ampersand else { return (.stop, false) }
        at += 1
        try bashOnly("';;&'", start, at)
        return (.testNext, false)
    }
}
