extension ShellParser {
    /// Commands up to what can't begin one: the end, `)`, `;;` or a word like `fi`, which stay unread. May be empty.
    mutating func list() throws(ShellReject) -> CommandList {
        try enter()
        defer { depth -= 1 }
        var result = CommandList()
        while true {
            try skipLines()
            if endsList() { return result }
            var item = try item()
            skipBlanks()
            switch look() {
            case Byte.semicolon where !endsCase(): at += 1
            case Byte.ampersand:
                at += 1
                item.isBackground = true
            case Byte.newline: break
            default:
                result.items.append(item)
                return result
            }
            result.items.append(item)
        }
    }

    /// A list with at least one command.
    mutating func body() throws(ShellReject) -> CommandList {
        let commands = try list()
        guard !commands.items.isEmpty else { throw unexpected() }
        return commands
    }

    /// `;;`, `;&`.
    private mutating func endsCase() -> Bool {
        let next = byte(after(at))
        return next == Byte.semicolon || next == Byte.ampersand
    }

    private mutating func endsList() -> Bool {
        switch look() {
        case 0, Byte.close: true
        case Byte.semicolon: endsCase()
        default: keyword()?.word.endsList ?? false
        }
    }

    private mutating func item() throws(ShellReject) -> CommandList.Item {
        let start = at
        let first = try pipeline()
        var item = CommandList.Item(first: first, span: first.span)
        while true {
            skipBlanks()
            let operation = look()
            guard operation == Byte.ampersand || operation == Byte.pipe, isFollowed(by: operation) else { break }
            advance()
            advance()
            try skipLines()
            item.rest.append(.init(connector: operation == Byte.ampersand ? .and : .or, pipeline: try pipeline()))
        }
        item.span = Span(place(start), item.rest.last?.pipeline.span.end ?? first.span.end)
        return item
    }

    private mutating func pipeline() throws(ShellReject) -> Pipeline {
        skipBlanks()
        let start = at
        var isNegated = false
        if try prefixes(&isNegated), mayStandAlone() {
            return Pipeline(commands: [Command(form: .simple(SimpleCommand()), span: span(from: at))], isNegated: isNegated, span: span(from: start))
        }
        var pipeline = Pipeline(commands: [try command()], isNegated: isNegated, span: Span(0, 0))
        while true {
            skipBlanks()
            guard look() == Byte.pipe, !isFollowed(by: Byte.pipe) else { break }
            let joinsErrors = isFollowed(by: Byte.ampersand)
            if joinsErrors {
                try bashOnly("'|&'", at, at + 2)
                advance()
            }
            advance()
            try skipLines()
            pipeline.pipesErrors.append(joinsErrors)
            pipeline.commands.append(try command())
        }
        pipeline.span = Span(place(start), pipeline.commands.last?.span.end ?? place(at))
        return pipeline
    }

    /// `!` and `time`, in any order; says whether there were any.
    private mutating func prefixes(_ isNegated: inout Bool) throws(ShellReject) -> Bool {
        var count = 0
        while let found = keyword() {
            switch found.word {
            case .not:
                guard byte(found.end) != Byte.open else {
                    throw reject("'!(' means different things to different shells; put a space between", at, found.end + 1)
                }
                if count > 0 { try bashOnly("a second '!'", at, found.end) }
                isNegated.toggle()
            // To a POSIX shell it is a program.
            case .time where dialect == .bash: break
            default: return count > 0
            }
            at = found.end
            skipBlanks()
            if found.word == .time { skipTimeOptions() }
            count += 1
        }
        return count > 0
    }

    private mutating func skipTimeOptions() {
        while look() == Byte.minus {
            let letter = after(at)
            let end = after(letter)
            guard byte(letter) == UInt8(ascii: "p") || byte(letter) == Byte.minus, Byte.endsWord(byte(end)) else { return }
            at = end
            skipBlanks()
        }
    }

    /// Whether `!` or `time` may be all there is.
    private mutating func mayStandAlone() -> Bool {
        switch look() {
        case 0, Byte.newline: true
        case Byte.semicolon: !endsCase()
        default: false
        }
    }
}
