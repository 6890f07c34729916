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

extension Word {
    /// How often a variable stands in it.
    func mentions(_ name: String) -> Int { Self.mentions(name, parts) }

    private static func mentions(_ name: String, _ parts: [Part]) -> Int {
        parts.reduce(0) { count, part in
            switch part {
            case .parameter(let parameter): count + (parameter.name == name ? 1 : 0)
            case .doubleQuoted(let inner): count + mentions(name, inner)
            default: count
            }
        }
    }

    /// Plain text stands beside what is expanded in it, and nothing is cut away.
    var grows: Bool {
        func text(_ parts: [Part]) -> Bool {
            parts.contains { part in
                switch part {
                case .literal(let text), .quoted(let text): !text.isEmpty
                case .doubleQuoted(let inner): text(inner)
                default: false
                }
            }
        }
        return text(parts)
    }
}
