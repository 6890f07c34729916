/// A word while it is read. What may be part of `{…}` or `[…]` is marked until the word's end shows what it is.
struct WordDraft {
    struct Mark {
        /// Which of `parts`.
        var index: Int
        /// One of `{ , } [ ]`.
        var byte: UInt8
    }
    private(set) var parts: [Word.Part] = []
    private(set) var marks: [Mark] = []
    private(set) var hasBrace = false
    private(set) var hasBracket = false

    mutating func add(_ part: Word.Part) { parts.append(part) }

    /// Joined to text that stands right before it.
    mutating func add(text: String) {
        if case .literal(let before)? = parts.last, marks.last?.index != parts.count - 1 {
            parts[parts.count - 1] = .literal(before + text)
        } else {
            parts.append(.literal(text))
        }
    }

    mutating func add(mark byte: UInt8) {
        marks.append(Mark(index: parts.count, byte: byte))
        parts.append(.literal(String(UnicodeScalar(byte))))
        if byte == Byte.openBrace { hasBrace = true }
        if byte == Byte.openBracket { hasBracket = true }
    }

    /// A part, or a mark that is still one.
    enum Item {
        case part(Word.Part)
        case mark(UInt8)

        var asPart: Word.Part {
            switch self {
            case .part(let part): part
            case .mark(let byte): .literal(String(UnicodeScalar(byte)))
            }
        }
    }

    var items: [Item] {
        var result = parts.map(Item.part)
        for mark in marks { result[mark.index] = .mark(mark.byte) }
        return result
    }
}

extension [WordDraft.Item] {
    /// Adjacent text joined.
    var joined: [Word.Part] {
        var result: [Word.Part] = []
        for item in self {
            let part = item.asPart
            if case .literal(let text) = part, case .literal(let before)? = result.last {
                result[result.count - 1] = .literal(before + text)
            } else {
                result.append(part)
            }
        }
        return result
    }
}
