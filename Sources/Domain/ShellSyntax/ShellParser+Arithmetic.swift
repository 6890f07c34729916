extension ShellParser {
    enum ExpressionEnd {
        /// `))`.
        case doubleClose
        /// `;`, in `for ((…))`.
        case semicolon
        /// `]`.
        case bracket
        /// `}`, or `:` that belongs to no `?`, in `${x:…}`.
        case colonOrBrace
    }

    /// `$((…))`, whose second `(` stands at `second`; nil, and nothing read, if it turns out to be a substitution.
    mutating func arithmeticExpansion(_ start: Int, _ second: Int) throws(ShellReject) -> Word? {
        guard !notArithmetic.contains(place(second)) else {
            try bashOnly("'$((' that is no arithmetic", start, second + 1)
            return nil
        }
        let saved = checkpoint()
        at = second + 1
        guard let expression = try nestedExpression(until: .doubleClose) else {
            restore(saved)
            notArithmetic.insert(place(second))
            try bashOnly("'$((' that is no arithmetic", start, second + 1)
            return nil
        }
        advance()
        at += 1
        return expression
    }

    /// `((…))`; nil, and nothing read, if it turns out to be a subshell.
    mutating func arithmeticCommand() throws(ShellReject) -> Command.Form? {
        let second = after(at)
        guard byte(second) == Byte.open else { return nil }
        let start = at
        guard !notArithmetic.contains(place(second)) else { return nil }
        let saved = checkpoint()
        at = second + 1
        guard let expression = try nestedExpression(until: .doubleClose) else {
            restore(saved)
            notArithmetic.insert(place(second))
            return nil
        }
        // To a POSIX shell it is a subshell in another, whatever stands in it.
        try bashOnly("'(('", start, second + 1)
        advance()
        at += 1
        return .arithmetic(expression)
    }

    /// What stands between `[` and `]`, which is read too.
    mutating func subscriptWord() throws(ShellReject) -> Word {
        let start = at
        guard let word = try nestedExpression(until: .bracket) else { throw reject("this '[' is not closed", start - 1, start) }
        at += 1
        return word
    }

    mutating func nestedExpression(until end: ExpressionEnd) throws(ShellReject) -> Word? {
        try enter()
        defer { depth -= 1 }
        return try expression(until: end)
    }

    /// An expression up to its end, which stays unread. Nil where `))` was to end it and a single `)` does.
    mutating func expression(until end: ExpressionEnd) throws(ShellReject) -> Word? {
        try countWord()
        let start = at
        var draft = WordDraft()
        var run = at
        var parens = 0
        var brackets = 0
        var questions = 0
        scan: while true {
            guard at < limit else { throw reject("this expression is not closed", start, start + 1) }
            let current = bytes[at]
            switch current {
            case Byte.open: parens += 1
            case Byte.close:
                if parens > 0 {
                    parens -= 1
                } else if end == .doubleClose || end == .semicolon {
                    guard end == .doubleClose, isFollowed(by: Byte.close) else { return nil }
                    break scan
                }
            case Byte.openBracket: brackets += 1
            case Byte.closeBracket:
                if brackets > 0 { brackets -= 1 } else if end == .bracket { break scan }
            case Byte.semicolon where end == .semicolon && parens == 0: break scan
            case Byte.closeBrace where end == .colonOrBrace: break scan
            case Byte.question where end == .colonOrBrace: questions += 1
            case Byte.colon where end == .colonOrBrace:
                if questions > 0 { questions -= 1 } else if parens == 0 { break scan }
            case Byte.single, Byte.double, Byte.backslash, Byte.dollar, Byte.back:
                flushExpression(&draft, from: run)
                run = at
                if let part = try expressionPart(current) {
                    draft.add(part)
                    run = at
                } else if current == Byte.backslash {
                    at += 2
                    run = at
                } else {
                    at += 1
                }
                continue
            default: break
            }
            at += 1
        }
        flushExpression(&draft, from: run)
        return Word(parts: draft.parts, span: span(from: start))
    }

    /// Nil for a plain dollar sign, and for a line continuation.
    private mutating func expressionPart(_ current: UInt8) throws(ShellReject) -> Word.Part? {
        switch current {
        case Byte.single: return try singleQuoted()
        case Byte.double: return try doubleQuoted()
        case Byte.back: return try backquoted()
        case Byte.dollar: return try dollar(isQuoted: inDouble)
        default: return byte(at + 1) == Byte.newline ? nil : escaped()
        }
    }

    private mutating func flushExpression(_ draft: inout WordDraft, from run: Int) {
        guard run < at else { return }
        steps &+= at - run
        draft.add(text: String(decoding: bytes[run..<at], as: UTF8.self))
    }
}
