/// A word that means something to the shell where a command may begin.
enum Keyword: String {
    case `if`, then, elif, `else`, fi, `for`, select, `case`, `in`, esac, `while`, until, `do`, done, function, time, coproc
    case not = "!"
    case openBrace = "{"
    case closeBrace = "}"
    case test = "[["

    /// It can't begin a command: a list of commands stops before it.
    var endsList: Bool {
        switch self {
        case .then, .elif, .else, .fi, .do, .done, .esac, .closeBrace: true
        case .if, .for, .select, .case, .in, .while, .until, .function, .time, .coproc, .not, .openBrace, .test: false
        }
    }
}

extension ShellParser {
    /// The keyword that stands here, unquoted and as a whole word, and the place behind it. Reads nothing.
    mutating func keyword() -> (word: Keyword, end: Int)? {
        let first = look()
        switch first {
        case Byte.bang, Byte.openBrace, Byte.closeBrace:
            let end = after(at)
            guard Byte.endsWord(byte(end)) else { return nil }
            return (first == Byte.bang ? .not : first == Byte.openBrace ? .openBrace : .closeBrace, end)
        case Byte.openBracket:
            let second = after(at)
            guard byte(second) == Byte.openBracket else { return nil }
            let end = after(second)
            return Byte.endsWord(byte(end)) ? (.test, end) : nil
        case UInt8(ascii: "i"), UInt8(ascii: "t"), UInt8(ascii: "e"), UInt8(ascii: "f"), UInt8(ascii: "s"), UInt8(ascii: "c"), UInt8(ascii: "w"),
            UInt8(ascii: "u"), UInt8(ascii: "d"):
            var end = at
            var length = 0
            while length < 9, Byte.isLetter(byte(end)) {
                end = after(end)
                length += 1
            }
            guard length > 1, length < 9, Byte.endsWord(byte(end)), let word = Keyword(rawValue: text(at, end)) else { return nil }
            return (word, end)
        default: return nil
        }
    }

    /// Reads this keyword, after line ends if there are any, or throws.
    mutating func expect(_ expected: Keyword, for construct: String) throws(ShellReject) {
        try skipLines()
        guard let found = keyword(), found.word == expected else {
            throw reject("'\(expected.rawValue)' of '\(construct)' is missing here", at, at + 1)
        }
        at = found.end
    }
}
