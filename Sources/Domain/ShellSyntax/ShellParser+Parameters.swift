extension ShellParser {
    /// `${…}`, from behind the brace.
    mutating func bracedParameter(_ start: Int, isQuoted: Bool) throws(ShellReject) -> ParameterExpansion {
        try enter()
        defer { depth -= 1 }
        var result = ParameterExpansion(name: "", span: Span(0, 0))
        try prefix(&result)
        result.name = try parameterName(start)
        if look() == Byte.openBracket, Byte.startsName(result.name.utf8.first ?? 0) {
            try bashOnly("an array's element", start, at + 1)
            at += 1
            result.subscripted = try parameterSubscript()
        }
        if look() != Byte.closeBrace {
            guard !result.isLength else { throw badParameter(start) }
            result.operation = try operation(result, start, isQuoted: isQuoted)
        }
        guard look() == Byte.closeBrace else { throw badParameter(start) }
        at += 1
        result.span = span(from: start)
        return result
    }

    private func badParameter(_ start: Int) -> ShellReject {
        at < limit ? reject("this is not read in '${…}'", at, at + 1) : reject("this '${' is not closed", start, start + 2)
    }

    /// `#` and `!` where they are not the parameter's name.
    private mutating func prefix(_ result: inout ParameterExpansion) throws(ShellReject) {
        let first = look()
        guard first == Byte.hash || first == Byte.bang else { return }
        let next = after(at)
        let second = byte(next)
        let isName = Byte.isName(second)
        guard isName || Self.specialNames.contains(second) && byte(after(next)) == Byte.closeBrace else { return }
        if first == Byte.hash {
            result.isLength = true
        } else {
            try bashOnly("'${!'", at, next)
            result.isIndirect = true
        }
        at = next
    }

    private static let specialNames: [UInt8] = [Byte.atSign, Byte.star, Byte.hash, Byte.question, Byte.minus, Byte.dollar, Byte.bang]

    private mutating func parameterName(_ start: Int) throws(ShellReject) -> String {
        let first = look()
        let from = at
        if Byte.startsName(first) {
            while Byte.isName(byte(at)) { at = after(at) }
        } else if Byte.isDigit(first) {
            while Byte.isDigit(byte(at)) { at = after(at) }
        } else if Self.specialNames.contains(first) {
            at += 1
        } else {
            throw badParameter(start)
        }
        return text(from, at)
    }

    private mutating func parameterSubscript() throws(ShellReject) -> ParameterExpansion.Subscript {
        let first = look()
        if first == Byte.atSign || first == Byte.star, isFollowed(by: Byte.closeBracket) {
            advance()
            at += 1
            return .all(isStar: first == Byte.star)
        }
        return .index(try subscriptWord())
    }

    private mutating func operation(_ result: ParameterExpansion, _ start: Int, isQuoted: Bool) throws(ShellReject) -> ParameterExpansion.Operation {
        let first = look()
        let place = at
        advance()
        switch first {
        case Byte.colon:
            switch look() {
            case Byte.minus, Byte.equals, Byte.question, Byte.plus:
                let kind = byte(at)
                at += 1
                return try defaulting(kind, colon: true, isQuoted: isQuoted)
            default:
                try bashOnly("'${x:…}'", start, at)
                return try substring()
            }
        case Byte.minus, Byte.equals, Byte.question, Byte.plus: return try defaulting(first, colon: false, isQuoted: isQuoted)
        case Byte.hash, Byte.percent:
            let isLongest = look() == first
            if isLongest { at += 1 }
            let pattern = try word(.braced)
            return first == Byte.hash ? .removePrefix(pattern, longest: isLongest) : .removeSuffix(pattern, longest: isLongest)
        case Byte.slash:
            try bashOnly("'${x/…}'", start, at)
            return try replacement()
        case Byte.caret, Byte.comma, Byte.tilde:
            try bashOnly("'${x\(text(place, place + 1))…}'", start, at)
            var name = text(place, place + 1)
            if look() == first {
                at += 1
                name += name
            }
            return .changeCase(operator: name, pattern: try word(.braced))
        case Byte.atSign, Byte.star:
            if result.isIndirect, result.subscripted == nil, look() == Byte.closeBrace { return .namesWithPrefix }
            guard first == Byte.atSign, "QEPAaUuLKk".utf8.contains(look()), isFollowed(by: Byte.closeBrace) else { break }
            try bashOnly("'${x@…}'", start, at)
            let letter = Character(UnicodeScalar(byte(at)))
            at += 1
            return .transform(letter)
        default: break
        }
        at = place
        throw badParameter(start)
    }

    private mutating func defaulting(_ kind: UInt8, colon: Bool, isQuoted: Bool) throws(ShellReject) -> ParameterExpansion.Operation {
        let word = isQuoted ? try quotedWord() : try word(.braced)
        return switch kind {
        case Byte.minus: .useDefault(word, colon: colon)
        case Byte.equals: .assignDefault(word, colon: colon)
        case Byte.question: .fail(word, colon: colon)
        default: .alternative(word, colon: colon)
        }
    }

    /// The word of `"${x:-…}"`.
    private mutating func quotedWord() throws(ShellReject) -> Word {
        try countWord()
        let start = at
        let parts = try quotedParts(until: .brace)
        return Word(parts: parts, span: span(from: start))
    }

    private mutating func substring() throws(ShellReject) -> ParameterExpansion.Operation {
        guard let offset = try expression(until: .colonOrBrace) else { throw unexpected() }
        guard byte(at) == Byte.colon else { return .substring(offset: offset, length: nil) }
        at += 1
        return .substring(offset: offset, length: try expression(until: .colonOrBrace))
    }

    /// From behind the first `/`.
    private mutating func replacement() throws(ShellReject) -> ParameterExpansion.Operation {
        let place: ParameterExpansion.Place
        switch look() {
        case Byte.slash: place = .all
        case Byte.hash: place = .prefix
        case Byte.percent: place = .suffix
        default: place = .first
        }
        if place != .first { at += 1 }
        // Behind `#` and `%` a slash ends the pattern, even an empty one.
        let isEmpty = place != .first && place != .all && look() == Byte.slash
        let pattern = isEmpty ? Word(parts: [], span: span(at, at)) : try word(.replaced)
        guard byte(at) == Byte.slash else { return .replace(pattern: pattern, with: Word(parts: [], span: span(at, at)), place) }
        at += 1
        return .replace(pattern: pattern, with: try word(.braced), place)
    }
}
