/// Where a word stands, which decides what ends it and what is special in it.
struct WordRule {
    enum End {
        /// A blank or an operator.
        case word
        /// As `word`, but parentheses and `|` belong to it.
        case regularExpression
        /// `|` or `)`: inside `@(…)`.
        case alternative
        /// `}`: inside `${…}`. The second also ends at `/`.
        case brace, slashOrBrace
    }
    enum Tilde { case never, atStart, afterEquals, afterColon }
    var end: End
    /// `{a,b}` makes several words of it, and patterns are looked up as paths.
    var hasBraces = false
    var tilde = Tilde.atStart
    /// Braces there would make several patterns of it.
    var refusesBraces = false

    static var argument: WordRule { WordRule(end: .word, hasBraces: true, tilde: .afterEquals) }
    static var value: WordRule { WordRule(end: .word, tilde: .afterColon) }
    static var pattern: WordRule { WordRule(end: .word) }
    static var regularExpression: WordRule { WordRule(end: .regularExpression) }
    static var braced: WordRule { WordRule(end: .brace) }
    static var replaced: WordRule { WordRule(end: .slashOrBrace) }

    var mayBeEmpty: Bool { end != .word && end != .regularExpression || tilde == .afterColon }
}

extension ShellParser {
    /// The word that stands here.
    mutating func word(_ rule: WordRule) throws(ShellReject) -> Word {
        _ = look()
        let start = at
        try countWord()
        var draft = WordDraft()
        try read(&draft, rule)
        guard at > start || rule.mayBeEmpty else { throw unexpected() }
        let parts = draft.marks.isEmpty ? draft.parts : try resolved(draft, rule, start: start)
        return Word(parts: parts, span: span(from: start))
    }

    private mutating func read(_ draft: inout WordDraft, _ rule: WordRule) throws(ShellReject) {
        let start = at
        var run = at
        var parens = 0
        var colonStartsTilde = rule.tilde == .afterColon
        var tildePlace = rule.tilde == .never ? -1 : at
        while at < limit {
            let current = bytes[at]
            switch current {
            case Byte.space, Byte.tab, Byte.newline, Byte.semicolon, Byte.ampersand:
                if endsAtBlank(rule, parens) { return flush(&draft, from: run) }
                at += 1
            case Byte.less, Byte.greater:
                if parens == 0, !(inDouble && rule.end != .word), byte(after(at)) == Byte.open {
                    flush(&draft, from: run)
                    draft.add(try process())
                    run = at
                } else if endsAtBlank(rule, parens) {
                    return flush(&draft, from: run)
                } else {
                    at += 1
                }
            case Byte.open, Byte.close, Byte.pipe:
                if endsAtParenthesis(rule, current, &parens) { return flush(&draft, from: run) }
                at += 1
            case Byte.single:
                flush(&draft, from: run)
                draft.add(try singleQuoted())
                run = at
            case Byte.double:
                flush(&draft, from: run)
                draft.add(try doubleQuoted())
                run = at
            case Byte.backslash:
                flush(&draft, from: run)
                if byte(at + 1) == Byte.newline { at += 2 } else { draft.add(escaped()) }
                run = at
            case Byte.dollar:
                flush(&draft, from: run)
                run = at
                if let part = try dollar(isQuoted: false) {
                    draft.add(part)
                    run = at
                } else {
                    at += 1
                }
            case Byte.back:
                flush(&draft, from: run)
                draft.add(try backquoted())
                run = at
            case Byte.star, Byte.question, Byte.plus, Byte.atSign, Byte.bang:
                guard rule.end != .regularExpression else {
                    at += 1
                    continue
                }
                if byte(after(at)) == Byte.open {
                    flush(&draft, from: run)
                    draft.add(try extendedGlob(rule))
                } else if current == Byte.star || current == Byte.question {
                    flush(&draft, from: run)
                    at += 1
                    draft.add(current == Byte.star ? .star : .question)
                } else {
                    at += 1
                    continue
                }
                run = at
            case Byte.openBracket, Byte.closeBracket:
                guard rule.end != .regularExpression, current == Byte.openBracket || draft.hasBracket else {
                    at += 1
                    continue
                }
                mark(&draft, current, from: &run)
            case Byte.openBrace:
                if rule.refusesBraces { throw reject("braces inside an extended pattern are not read", at, at + 1) }
                if rule.hasBraces { mark(&draft, current, from: &run) } else { at += 1 }
            case Byte.comma:
                if draft.hasBrace { mark(&draft, current, from: &run) } else { at += 1 }
            case Byte.closeBrace:
                if rule.end == .brace || rule.end == .slashOrBrace { return flush(&draft, from: run) }
                if draft.hasBrace { mark(&draft, current, from: &run) } else { at += 1 }
            case Byte.slash:
                if rule.end == .slashOrBrace, at > start { return flush(&draft, from: run) }
                at += 1
            case Byte.tilde:
                if at == tildePlace, let end = try tildeEnd(rule, endsAtColon: colonStartsTilde) {
                    flush(&draft, from: run)
                    draft.add(.tilde(user: text(at + 1, end)))
                    at = end
                    run = at
                } else {
                    at += 1
                }
            case Byte.equals:
                at += 1
                if rule.tilde == .afterEquals, !colonStartsTilde, draft.parts.isEmpty, isAssignmentHead(start, at - 1) {
                    colonStartsTilde = true
                    tildePlace = at
                }
            case Byte.colon:
                at += 1
                if colonStartsTilde { tildePlace = at }
            default: at += 1
            }
        }
        flush(&draft, from: run)
    }

    /// The text read since `run`.
    @inline(__always) private mutating func flush(_ draft: inout WordDraft, from run: Int) {
        guard run < at else { return }
        steps &+= at - run
        draft.add(text: String(decoding: bytes[run..<at], as: UTF8.self))
    }

    /// A byte that may turn out to be part of `[…]` or `{…}`.
    private mutating func mark(_ draft: inout WordDraft, _ byte: UInt8, from run: inout Int) {
        flush(&draft, from: run)
        draft.add(mark: byte)
        at += 1
        run = at
    }

    private func endsAtBlank(_ rule: WordRule, _ parens: Int) -> Bool {
        switch rule.end {
        case .word: true
        case .regularExpression: parens == 0
        case .alternative, .brace, .slashOrBrace: false
        }
    }

    private func endsAtParenthesis(_ rule: WordRule, _ byte: UInt8, _ parens: inout Int) -> Bool {
        switch rule.end {
        case .word: return true
        case .brace, .slashOrBrace: return false
        case .regularExpression, .alternative: break
        }
        switch byte {
        case Byte.open: parens += 1
        case Byte.close:
            if parens == 0 { return true }
            parens -= 1
        default: return rule.end == .alternative && parens == 0
        }
        return false
    }

    /// Whether what was read before `=` is a variable's name.
    private func isAssignmentHead(_ start: Int, _ equals: Int) -> Bool {
        let end = equals > start && bytes[equals - 1] == Byte.plus ? equals - 1 : equals
        guard end > start, Byte.startsName(bytes[start]) else { return false }
        return bytes[start..<end].allSatisfy(Byte.isName)
    }

    /// Where the user's name behind `~` ends; nil if the tilde is just that.
    private mutating func tildeEnd(_ rule: WordRule, endsAtColon: Bool) throws(ShellReject) -> Int? {
        var end = after(at)
        while Byte.isName(byte(end)) || byte(end) == Byte.minus || byte(end) == Byte.dot || byte(end) == Byte.plus { end = after(end) }
        switch byte(end) {
        case Byte.slash: return end
        case Byte.colon: return endsAtColon ? end : nil
        case Byte.closeBrace: return rule.end == .brace || rule.end == .slashOrBrace ? end : nil
        case Byte.openBrace:
            if rule.hasBraces { throw reject("braces behind '~' are not read", at, end + 1) }
            return nil
        default: return Byte.endsWord(byte(end)) ? end : nil
        }
    }

    /// `@(a|b)` and the like.
    private mutating func extendedGlob(_ rule: WordRule) throws(ShellReject) -> Word.Part {
        try enter()
        defer { depth -= 1 }
        let start = at
        try bashOnly("an extended pattern", start, start + 2)
        let operation = Character(UnicodeScalar(bytes[at]))
        advance()
        at += 1
        var alternatives: [Word] = []
        while true {
            alternatives.append(try word(WordRule(end: .alternative, tilde: .never, refusesBraces: rule.hasBraces || rule.refusesBraces)))
            guard at < limit else { throw reject("this '(' is not closed", start, start + 2) }
            let isLast = byte(at) == Byte.close
            at += 1
            if isLast { return .extendedGlob(operator: operation, alternatives: alternatives) }
        }
    }
}
