extension ShellParser {
    /// Programs of the shell whose operands may be arrays.
    private static let takers: Set<String> = ["declare", "typeset", "local", "export", "readonly", "eval", "let", "alias"]

    static func takesArrays(_ program: Word) -> Bool {
        guard program.parts.count == 1, case .literal(let name) = program.parts[0] else { return false }
        return takers.contains(name)
    }

    /// The assignment that stands here; nil where none does.
    mutating func assignment() throws(ShellReject) -> Assignment? {
        let start = at
        guard Byte.startsName(look()) else { return nil }
        var end = at
        while Byte.isName(byte(end)) { end = after(end) }
        var assignment = Assignment(name: "", value: .word(Word(parts: [])), span: Span(0, 0))
        switch byte(end) {
        case Byte.equals: break
        case Byte.plus where byte(after(end)) == Byte.equals: break
        case Byte.openBracket: break
        default: return nil
        }
        assignment.name = text(start, end)
        at = end
        if look() == Byte.openBracket {
            try bashOnly("an array's element", start, at + 1)
            at += 1
            assignment.subscripted = try subscriptWord()
        }
        if look() == Byte.plus, isFollowed(by: Byte.equals) {
            try bashOnly("'+='", at, at + 1)
            assignment.appends = true
            advance()
        }
        guard look() == Byte.equals else { throw reject("a program's name with a pattern in it is not read", start, at) }
        advance()
        if look() == Byte.open, assignment.subscripted == nil {
            assignment.value = .array(try array())
        } else {
            assignment.value = .word(try word(.value))
        }
        assignment.span = span(from: start)
        return assignment
    }

    /// An operand of `declare` and the like: a word, or `NAME=(…)`.
    mutating func operand() throws(ShellReject) -> Word {
        let start = at
        var end = at
        while Byte.isName(byte(end)) { end = after(end) }
        var equals = end
        if byte(equals) == Byte.plus { equals = after(equals) }
        guard end > start, byte(equals) == Byte.equals, byte(after(equals)) == Byte.open else { return try word(.argument) }
        try countWord()
        at = after(equals)
        let head = text(start, at)
        let elements = try array()
        return Word(parts: [.literal(head), .array(elements)], span: span(from: start))
    }

    /// `(…)`.
    private mutating func array() throws(ShellReject) -> [Assignment.Element] {
        try enter()
        defer { depth -= 1 }
        let open = at
        try bashOnly("an array", open, open + 1)
        at += 1
        var elements: [Assignment.Element] = []
        while true {
            try skipLines()
            switch look() {
            case Byte.close:
                at += 1
                return elements
            case 0: throw reject("this '(' is not closed", open, open + 1)
            case Byte.openBracket:
                let element = try subscriptedElement()
                if let element { elements.append(element) } else { elements.append(.init(subscripted: nil, word: try word(.argument))) }
            default: elements.append(.init(subscripted: nil, word: try word(.argument)))
            }
        }
    }

    /// `[i]=v`; nil, and nothing read, where the bracket begins a pattern.
    private mutating func subscriptedElement() throws(ShellReject) -> Assignment.Element? {
        let start = at
        guard !notArithmetic.contains(place(start)) else { return nil }
        let saved = checkpoint()
        at += 1
        let index = try subscriptWord()
        let isAppending = look() == Byte.plus
        if isAppending ? isFollowed(by: Byte.equals) : look() == Byte.equals {
            if isAppending { advance() }
            advance()
            return .init(subscripted: index, word: try word(.value))
        }
        notArithmetic.insert(place(start))
        restore(saved)
        return nil
    }

    // MARK: Trying

    /// What must be put back when a reading turns out to be the wrong one.
    struct Checkpoint {
        var at: Int
        var depth: Int
        var words: Int
        var pending: Int
        var usesBash: Bool
        var substitutions: Int
        var inDouble: Bool
        var oddQuotes: Int
    }

    func checkpoint() -> Checkpoint {
        Checkpoint(
            at: at, depth: depth, words: words, pending: here.pending.count, usesBash: usesBash, substitutions: substitutions, inDouble: inDouble,
            oddQuotes: oddQuotes)
    }

    mutating func restore(_ saved: Checkpoint) {
        at = saved.at
        depth = saved.depth
        words = saved.words
        here.pending.removeLast(here.pending.count - saved.pending)
        usesBash = saved.usesBash
        substitutions = saved.substitutions
        inDouble = saved.inDouble
        oddQuotes = saved.oddQuotes
    }
}
