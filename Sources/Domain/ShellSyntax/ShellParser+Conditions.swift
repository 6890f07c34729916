extension ShellParser {
    /// What stands between `[[` and `]]`, which is read too. The words in order, the operators as words.
    mutating func condition(start: Int) throws(ShellReject) -> [Word] {
        var words: [Word] = []
        try alternatives(&words)
        guard closesCondition() else {
            throw at < limit ? reject("']]' or an operator is missing here", at, at + 1) : reject("this '[[' is not closed", start, start + 2)
        }
        advance()
        advance()
        return words
    }

    private mutating func closesCondition() -> Bool {
        guard look() == Byte.closeBracket else { return false }
        let second = after(at)
        return byte(second) == Byte.closeBracket && Byte.endsWord(byte(after(second)))
    }

    /// Terms joined by `&&` and `||`.
    private mutating func alternatives(_ words: inout [Word]) throws(ShellReject) {
        try enter()
        defer { depth -= 1 }
        while true {
            try term(&words)
            try skipLines()
            let operation = look()
            guard operation == Byte.ampersand || operation == Byte.pipe, isFollowed(by: operation) else { return }
            operatorWord(length: 2, &words)
        }
    }

    /// The operator that stands here, as a word.
    private mutating func operatorWord(length: Int, _ words: inout [Word]) {
        let start = at
        for _ in 0..<length { advance() }
        words.append(Word(parts: [.literal(text(start, at))], span: span(from: start)))
    }

    private mutating func term(_ words: inout [Word]) throws(ShellReject) {
        try skipLines()
        while look() == Byte.bang, Byte.endsWord(byte(after(at))) {
            operatorWord(length: 1, &words)
            try skipLines()
        }
        if look() == Byte.open {
            let open = at
            operatorWord(length: 1, &words)
            try alternatives(&words)
            guard look() == Byte.close else { throw reject("this '(' is not closed", open, open + 1) }
            operatorWord(length: 1, &words)
            return
        }
        guard !closesCondition() else { throw reject("a condition is missing here", at, at + 2) }
        let first = try word(.pattern)
        words.append(first)
        if first.isUnaryTest {
            skipBlanks()
            // A name that looks like an operator may still be one side of a comparison.
            guard !closesCondition(), !Byte.endsWord(look()) else { throw reject("what '\(first.plainText ?? "")' tests is missing here", at, at + 1) }
            words.append(try word(.pattern))
            return
        }
        try comparison(&words)
    }

    private mutating func comparison(_ words: inout [Word]) throws(ShellReject) {
        skipBlanks()
        switch look() {
        case Byte.less, Byte.greater: operatorWord(length: 1, &words)
        case Byte.ampersand, Byte.pipe, Byte.close, Byte.newline, Byte.semicolon, Byte.open, 0: return
        default:
            if closesCondition() { return }
            let start = at
            let operation = try word(.pattern)
            guard let name = operation.plainText, Self.comparisons.contains(name) else { throw reject("this is no comparison", start, at) }
            words.append(operation)
            if name == "=~" {
                skipBlanks()
                words.append(try word(.regularExpression))
                return
            }
        }
        skipBlanks()
        guard !closesCondition() else { throw reject("the other side of the comparison is missing here", at, at + 2) }
        words.append(try word(.pattern))
    }

    private static let comparisons: Set<String> = ["=", "==", "!=", "=~", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"]
}

extension Word {
    /// `-f` and the like.
    fileprivate var isUnaryTest: Bool {
        guard parts.count == 1, case .literal(let text) = parts[0], text.utf8.count == 2, text.utf8.first == Byte.minus, let letter = text.utf8.last
        else { return false }
        return "abcdefghknoprstuvwxzGLNORS".utf8.contains(letter)
    }
}
