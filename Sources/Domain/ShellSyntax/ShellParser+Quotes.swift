extension ShellParser {
    /// What `\` takes away the meaning of inside double quotes.
    static func escapesInDouble(_ byte: UInt8) -> Bool {
        byte == Byte.dollar || byte == Byte.back || byte == Byte.double || byte == Byte.backslash
    }

    /// `'…'`.
    mutating func singleQuoted() throws(ShellReject) -> Word.Part {
        let start = at
        if oddQuotes > 0 { throw reject("quotes inside quotes like this are not read", at, at + 1) }
        at += 1
        while at < limit, bytes[at] != Byte.single { at += 1 }
        steps &+= at - start
        guard at < limit else { throw reject("this quote is not closed", start, start + 1) }
        at += 1
        return .quoted(String(decoding: bytes[(start + 1)..<(at - 1)], as: UTF8.self))
    }

    /// `\` and the character behind it. The last byte of a text stands for itself.
    mutating func escaped() -> Word.Part {
        let start = min(at + 1, limit - 1)
        at = min(at + 2, limit)
        // A character may have several bytes.
        while byte(at) & 0xc0 == 0x80 { at += 1 }
        steps &+= 2
        return .quoted(String(decoding: bytes[start..<at], as: UTF8.self))
    }

    /// `"…"`.
    mutating func doubleQuoted() throws(ShellReject) -> Word.Part {
        try enter()
        defer { depth -= 1 }
        let outer = inDouble
        inDouble = true
        defer { inDouble = outer }
        at += 1
        return .doubleQuoted(try quotedParts(until: .quote))
    }

    enum QuotedEnd {
        /// `"`.
        case quote
        /// The limit, for the text of a here-document.
        case limit
        /// `}`, for the word of `"${x:-…}"`.
        case brace
    }

    /// Text in which only `$`, backquotes and backslashes are special. What ends it is read too, except `}`.
    mutating func quotedParts(until end: QuotedEnd) throws(ShellReject) -> [Word.Part] {
        let start = at
        var draft = WordDraft()
        var run = at
        var hasOddQuote = false
        while at < limit {
            let current = bytes[at]
            switch current {
            case Byte.double where end != .limit:
                if hasOddQuote { throw reject("a single quote has no partner before this", at, at + 1) }
                flushQuoted(&draft, from: run)
                if end == .quote {
                    at += 1
                    return draft.parts
                }
                draft.add(try doubleQuoted())
                run = at
            case Byte.closeBrace where end == .brace:
                if hasOddQuote { throw reject("a single quote has no partner before this", at, at + 1) }
                flushQuoted(&draft, from: run)
                return draft.parts
            case Byte.single where end == .brace || oddQuotes > 0:
                // Bash looks for its partner, although it is plain text here. Others don't.
                guard end == .brace, oddQuotes == 0 || hasOddQuote else { throw reject("quotes inside quotes like this are not read", at, at + 1) }
                oddQuotes += hasOddQuote ? -1 : 1
                hasOddQuote.toggle()
                at += 1
            case Byte.backslash:
                let next = byte(at + 1)
                if next == Byte.newline {
                    flushQuoted(&draft, from: run)
                    at += 2
                    run = at
                } else if Self.escapesInDouble(next) && (next != Byte.double || end != .limit) || next == Byte.closeBrace && end == .brace {
                    flushQuoted(&draft, from: run)
                    run = at + 1
                    at += 2
                } else {
                    at = min(at + (next == 0 ? 1 : 2), limit)
                }
            case Byte.dollar:
                flushQuoted(&draft, from: run)
                run = at
                if let part = try dollar(isQuoted: true) {
                    draft.add(part)
                    run = at
                } else {
                    at += 1
                }
            case Byte.back:
                flushQuoted(&draft, from: run)
                draft.add(try backquoted())
                run = at
            default: at += 1
            }
        }
        guard end == .limit else { throw reject("this quote is not closed", start - 1, start) }
        flushQuoted(&draft, from: run)
        return draft.parts
    }

    private mutating func flushQuoted(_ draft: inout WordDraft, from run: Int) {
        guard run < at else { return }
        steps &+= at - run
        draft.add(text: String(decoding: bytes[run..<at], as: UTF8.self))
    }

    // MARK: $'…'

    /// From `$'` on.
    mutating func ansiQuoted() throws(ShellReject) -> Word.Part {
        let start = at
        try bashOnly("$'…'", start, start + 2)
        if oddQuotes > 0 { throw reject("quotes inside quotes like this are not read", at, at + 1) }
        at += 2
        var result: [UInt8] = []
        // A NUL ends the string, but not the quotes.
        var isCut = false
        while at < limit, bytes[at] != Byte.single {
            if bytes[at] == Byte.backslash, at + 1 < limit {
                let piece = try ansiEscape()
                isCut = isCut || piece == [0]
                if !isCut { result += piece }
            } else {
                if !isCut { result.append(bytes[at]) }
                at += 1
            }
        }
        steps &+= at - start
        guard at < limit else { throw reject("this quote is not closed", start, start + 2) }
        at += 1
        guard let text = String(validating: result, as: UTF8.self) else { throw reject("these bytes are no text in UTF-8", start, at) }
        return .quoted(text)
    }

    /// The bytes an escape stands for.
    private mutating func ansiEscape() throws(ShellReject) -> [UInt8] {
        let start = at
        let letter = byte(at + 1)
        at += 2
        switch letter {
        case UInt8(ascii: "a"): return [7]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "e"), UInt8(ascii: "E"): return [27]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "v"): return [11]
        case Byte.backslash, Byte.single, Byte.double, Byte.question: return [letter]
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            var value = UInt32(letter - 0x30)
            var count = 1
            while count < 3, (0x30...0x37).contains(byte(at)) {
                value = value * 8 + UInt32(byte(at) - 0x30)
                at += 1
                count += 1
            }
            return [UInt8(truncatingIfNeeded: value)]
        case UInt8(ascii: "x"):
            if byte(at) == Byte.openBrace { throw reject("this escape is not read", start, at + 1) }
            guard let value = hexadecimal(2) else { return [Byte.backslash, letter] }
            return [UInt8(truncatingIfNeeded: value)]
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            guard let value = hexadecimal(letter == UInt8(ascii: "u") ? 4 : 8) else { return [Byte.backslash, letter] }
            guard let scalar = Unicode.Scalar(value) else { throw reject("this is no character", start, at) }
            return Array(Character(scalar).utf8)
        case UInt8(ascii: "c"):
            let control = byte(at)
            guard control >= 0x3f, control < 0x7f, control != Byte.backslash else { throw reject("this escape is not read", start, at + 1) }
            at += 1
            return control == Byte.question ? [0x7f] : [control & 0x1f]
        default:
            return [Byte.backslash, letter]
        }
    }

    private mutating func hexadecimal(_ digits: Int) -> UInt32? {
        var value: UInt32 = 0
        var count = 0
        while count < digits, let digit = Byte.hexadecimal(byte(at)) {
            value = value << 4 | digit
            at += 1
            count += 1
        }
        return count > 0 ? value : nil
    }
}
