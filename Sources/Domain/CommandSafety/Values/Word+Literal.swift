import ShellSyntax

extension Word {
    /// The text, if it is written out, quoted or not.
    var literal: String? {
        if parts.count == 1 {
            switch parts[0] {
            case .literal(let text), .quoted(let text): return text
            default: break
            }
        }
        return Word.literal(parts)
    }

    /// `NAME=(…)` among the operands of `declare`.
    var isArray: Bool {
        parts.contains { part in if case .array = part { true } else { false } }
    }

    private static func literal(_ parts: [Part]) -> String? {
        var text = ""
        for part in parts {
            switch part {
            case .literal(let more), .quoted(let more): text += more
            case .doubleQuoted(let inner):
                guard let more = literal(inner) else { return nil }
                text += more
            default: return nil
            }
        }
        return text
    }
}

extension StringProtocol {
    var trimmed: String {
        var rest = self[...]
        while let first = rest.first, first.isWhitespace { rest = rest.dropFirst() }
        while let last = rest.last, last.isWhitespace { rest = rest.dropLast() }
        return String(rest)
    }
}
