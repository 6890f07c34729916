extension ShellParser {
    /// The byte at a place of the text being read; 0 behind its end.
    @inline(__always) func byte(_ index: Int) -> UInt8 { index < limit ? bytes[index] : 0 }

    /// The byte to read next, with line continuations before it skipped; 0 at the end.
    mutating func look() -> UInt8 {
        steps &+= 1
        while byte(at) == Byte.backslash, byte(at + 1) == Byte.newline {
            at += 2
            steps &+= 2
        }
        return byte(at)
    }

    /// The place behind the byte at `index` and the line continuations that follow it.
    mutating func after(_ index: Int) -> Int {
        steps &+= 1
        var next = index + 1
        while byte(next) == Byte.backslash, byte(next + 1) == Byte.newline {
            next += 2
            steps &+= 2
        }
        return next
    }

    /// Whether the byte behind the current one is this one.
    mutating func isFollowed(by expected: UInt8) -> Bool { byte(after(at)) == expected }

    /// Steps over the byte `look` returned and the line continuations behind it.
    mutating func advance() { at = after(at) }

    /// Blanks, line continuations and a comment: what may stand between two words.
    mutating func skipBlanks() {
        while true {
            switch look() {
            case Byte.space, Byte.tab: at += 1
            case Byte.hash:
                let start = at
                while at < limit, bytes[at] != Byte.newline { at += 1 }
                steps &+= at - start
            default: return
            }
        }
    }

    /// Also line ends, and the here-documents that begin behind them.
    mutating func skipLines() throws(ShellReject) {
        while true {
            skipBlanks()
            guard byte(at) == Byte.newline else { return }
            at += 1
            if !here.pending.isEmpty { try readHereDocuments() }
        }
    }

    /// The text of a range, without line continuations.
    func text(_ start: Int, _ end: Int) -> String {
        guard bytes[start..<end].contains(Byte.backslash) else { return String(decoding: bytes[start..<end], as: UTF8.self) }
        var result: [UInt8] = []
        var index = start
        while index < end {
            if bytes[index] == Byte.backslash, byte(index + 1) == Byte.newline {
                index += 2
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    // MARK: Places

    /// A place of the text being read, as one of the whole text.
    @inline(__always) func place(_ index: Int) -> Int {
        origin.isEmpty ? index : origin[min(index, origin.count - 1)]
    }

    /// It ends behind the last byte: a backslash that was taken off before the next one is not in it.
    func span(_ start: Int, _ end: Int) -> Span { Span(place(start), end > start ? place(end - 1) + 1 : place(start)) }
    func span(from start: Int) -> Span { span(start, at) }

    // MARK: Refusals

    func reject(_ reason: String, _ start: Int, _ end: Int) -> ShellReject { ShellReject(reason: reason, span: span(start, min(end, limit))) }

    /// For what can't stand at the place being read.
    func unexpected() -> ShellReject {
        guard at < limit else { return reject("the text ends where a command or its end is missing", at, at) }
        switch byte(at) {
        case Byte.newline: return reject("the line ends where something is missing", at, at + 1)
        case Byte.close: return reject("')' without '('", at, at + 1)
        case Byte.semicolon, Byte.ampersand, Byte.pipe, Byte.open, Byte.less, Byte.greater:
            return reject("'\(text(at, at + 1))' can't stand here", at, at + 1)
        default:
            var end = at
            while end < limit, end - at < 20, !Byte.endsWord(bytes[end]) { end += 1 }
            return reject("'\(text(at, end))' can't stand here", at, end)
        }
    }

    /// Takes note of syntax that only bash reads in this way; a POSIX shell is not given it.
    mutating func bashOnly(_ what: String, _ start: Int, _ end: Int) throws(ShellReject) {
        usesBash = true
        if dialect == .posix { throw reject("\(what) needs bash", start, end) }
    }

    /// Before a construct that may contain others; `depth` goes down behind it.
    mutating func enter() throws(ShellReject) {
        depth += 1
        guard depth <= Self.depthLimit else { throw reject("constructs stand in one another more than \(Self.depthLimit) deep", at, at + 1) }
        guard steps <= Self.stepsPerByte * (whole.count + 64) else { throw reject("the text is too entangled to be read", at, at + 1) }
    }

    mutating func countWord() throws(ShellReject) {
        words += 1
        guard words <= Self.wordLimit else { throw reject("the text has more than \(Self.wordLimit) words", at, at + 1) }
    }
}
