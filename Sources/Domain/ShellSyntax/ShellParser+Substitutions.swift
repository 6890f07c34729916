extension ShellParser {
    /// What `$` begins; nil, and nothing read, where it is a dollar sign.
    mutating func dollar(isQuoted: Bool) throws(ShellReject) -> Word.Part? {
        let start = at
        let next = after(at)
        let first = byte(next)
        switch first {
        case Byte.open:
            let second = after(next)
            if byte(second) == Byte.open, let expression = try arithmeticExpansion(start, second) { return .arithmetic(expression) }
            at = next + 1
            return .command(try substitution(start))
        case Byte.openBrace:
            at = next + 1
            return .parameter(try bracedParameter(start, isQuoted: isQuoted))
        case Byte.openBracket:
            try bashOnly("'$['", start, next + 1)
            at = next + 1
            guard let expression = try nestedExpression(until: .bracket) else { throw unexpected() }
            at += 1
            return .arithmetic(expression)
        case Byte.single where !isQuoted:
            at = next - 1
            return try ansiQuoted()
        case Byte.double where !isQuoted:
            try bashOnly("$\"…\"", start, next + 1)
            at = next
            return try doubleQuoted()
        case Byte.atSign, Byte.star, Byte.hash, Byte.question, Byte.minus, Byte.dollar, Byte.bang: at = next + 1
        case _ where Byte.startsName(first):
            at = next
            while Byte.isName(byte(at)) { at = after(at) }
        case _ where Byte.isDigit(first): at = next + 1
        default: return nil
        }
        steps &+= 1
        return .parameter(ParameterExpansion(name: text(next, at), span: span(from: start)))
    }

    /// A list up to `)`, which is read too.
    private mutating func substitution(_ start: Int) throws(ShellReject) -> CommandList {
        let outer = (here.pending, here.isReadingText, inDouble, oddQuotes)
        here.pending = []
        here.isReadingText = false
        inDouble = false
        oddQuotes = 0
        substitutions += 1
        let commands = try list()
        substitutions -= 1
        guard look() == Byte.close else { throw at < limit ? unexpected() : reject("this '(' is not closed", start, start + 2) }
        if let pending = here.pending.first {
            throw ShellReject(reason: "the text of this here-document must come before ')'", span: pending.operatorSpan)
        }
        at += 1
        (here.pending, here.isReadingText, inDouble, oddQuotes) = outer
        try checkQuotes(start)
        return commands
    }

    /// Inside `'` of `"${x:-'…'}"` bash looks no further than the next one, wherever it stands.
    private func checkQuotes(_ start: Int) throws(ShellReject) {
        guard oddQuotes > 0, bytes[start..<at].contains(Byte.single) else { return }
        throw reject("a substitution with quotes inside quotes like these is not read", start, at)
    }

    /// `<(…)` or `>(…)`.
    mutating func process() throws(ShellReject) -> Word.Part {
        let start = at
        let isInput = byte(at) == Byte.less
        try bashOnly("a process substitution", start, start + 2)
        advance()
        at += 1
        return .process(try substitution(start), isInput: isInput)
    }

    // MARK: Backquotes

    /// Text between backquotes is read as a text of its own, after the backslashes before `$`, backquote and backslash are gone.
    mutating func backquoted() throws(ShellReject) -> Word.Part {
        try enter()
        defer { depth -= 1 }
        let start = at
        var inner: [UInt8] = []
        var places: [Int] = []
        at += 1
        while byte(at) != Byte.back {
            guard at < limit else { throw reject("this backquote is not closed", start, start + 1) }
            if bytes[at] == Byte.backslash {
                let next = byte(at + 1)
                if next == Byte.double, inDouble || here.isReadingText {
                    // Not all shells take this backslash off in a here-document.
                    if here.isReadingText, !inDouble { throw reject("an escaped quote in backquotes in a here-document is not read", at, at + 2) }
                    at += 1
                } else if next == Byte.dollar || next == Byte.back || next == Byte.backslash {
                    at += 1
                } else if next != 0 {
                    inner.append(bytes[at])
                    places.append(place(at))
                    at += 1
                }
            }
            inner.append(bytes[at])
            places.append(place(at))
            at += 1
        }
        places.append(place(at))
        at += 1
        steps &+= at - start
        try checkQuotes(start)
        let outer = (at, limit, bytes, origin, here, inDouble, oddQuotes, substitutions)
        (at, limit, bytes, origin, inDouble, oddQuotes, substitutions) = (0, inner.count, inner, places, false, 0, 0)
        here.pending = []
        here.isReadingText = false
        let commands = try list()
        guard at >= limit else { throw unexpected() }
        let (known, wereSeen) = (here.known, here.wereSeen)
        (at, limit, bytes, origin, here, inDouble, oddQuotes, substitutions) = outer
        (here.known, here.wereSeen) = (known, wereSeen)
        return .command(commands)
    }
}
