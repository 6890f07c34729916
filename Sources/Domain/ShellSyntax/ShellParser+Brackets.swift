/// `[a-z]` and its like.
extension ShellParser {
    /// Makes parts of the brackets that are closed; the others stay marks.
    func bracketed(_ items: [WordDraft.Item], isPath: Bool) -> [WordDraft.Item] {
        var result: [WordDraft.Item] = []
        var open: Int?
        var inner: Int?
        for item in items {
            guard case .mark(let byte) = item, byte == Byte.openBracket || byte == Byte.closeBracket else {
                result.append(item)
                continue
            }
            guard let start = open else {
                if byte == Byte.openBracket { open = result.count }
                result.append(item)
                continue
            }
            if byte == Byte.openBracket {
                inner = result.count
                result.append(item)
                continue
            }
            if let from = inner, isClass(Array(result[(from + 1)...])) {
                inner = nil
                result.append(.part(.literal("]")))
                continue
            }
            let content = Array(result[(start + 1)...])
            // The first character is never the end.
            if content.isEmpty || content.count == 1 && content[0].isNegation {
                result.append(.part(.literal("]")))
                continue
            }
            result.removeSubrange(start...)
            result.append(.part(bracket(content, isPath: isPath)))
            open = nil
            inner = nil
        }
        return result
    }

    /// `:alpha:`, `.x.`, `=x=`, behind an inner `[`.
    private func isClass(_ items: [WordDraft.Item]) -> Bool {
        guard items.count == 1, case .part(.literal(let text)) = items[0], let first = text.utf8.first, text.utf8.count > 1 else { return false }
        return text.utf8.last == first && (first == Byte.colon || first == Byte.dot || first == Byte.equals)
    }

    /// One that depends on a value, or has a quoted character in it that would be special, may match anything; so may one with a
    /// slash in a path, which is none.
    private func bracket(_ content: [WordDraft.Item], isPath: Bool) -> Word.Part {
        var text = ""
        var isPlain = true
        for item in content {
            guard let piece = item.bracketText else {
                isPlain = false
                break
            }
            text += piece
        }
        if isPlain, !(isPath && text.utf8.contains(Byte.slash)) { return .bracket("[" + text + "]") }
        let written = ([.part(.literal("["))] + content + [.part(.literal("]"))]).joined
        return .extendedGlob(operator: "@", alternatives: [Word(parts: [.star]), Word(parts: written)])
    }

    /// A bracket that only some of the words have that braces make is not followed.
    func checkBrackets(_ items: [WordDraft.Item], _ start: Int) throws(ShellReject) {
        var hasBraces = false
        var hasOpen = false
        for item in items {
            switch item {
            case .part(.braces(let words)):
                hasBraces = true
                // Their own open brackets are text by now, so any may be one.
                hasOpen = hasOpen || words.contains { $0.parts.contains(where: \.hasOpenBracket) }
            case .mark(Byte.openBracket): hasOpen = true
            case .mark, .part: break
            }
        }
        guard hasBraces, hasOpen, whole[place(start)..<place(at)].contains(Byte.closeBracket) else { return }
        throw reject("brackets that begin or end inside braces are not read", start, at)
    }
}

extension WordDraft.Item {
    fileprivate var isNegation: Bool {
        guard case .part(.literal(let text)) = self else { return false }
        return text == "!" || text == "^"
    }

    /// As part of a bracket; nil where it is not known or would mean something else.
    fileprivate var bracketText: String? {
        switch self {
        case .mark(let byte): return String(UnicodeScalar(byte))
        case .part(.literal(let text)): return text
        case .part(.star): return "*"
        case .part(.question): return "?"
        case .part(let part):
            guard let text = Word(parts: [part]).plainText, !text.utf8.contains(where: { "!^-[]\\:.=".utf8.contains($0) }) else { return nil }
            return text
        }
    }
}

extension Word.Part {
    fileprivate var hasOpenBracket: Bool {
        if case .literal(let text) = self { text.utf8.contains(Byte.openBracket) } else { false }
    }
}
