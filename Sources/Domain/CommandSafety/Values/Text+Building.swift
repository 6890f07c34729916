extension Text {
    static let empty = Text([Piece]())
    static let unknown = Text([Piece.unknown])
    static let name = Text([Piece.name])

    var isEmpty: Bool { pieces.isEmpty }

    mutating func append(_ piece: Piece) {
        if case .known("") = piece { return }
        let last = pieces.count - 1
        if last >= 0 {
            if case .unknown = piece, case .unknown = pieces[last] { return }
            if case .known(let text) = piece, case .known(var before) = pieces[last] {
                // Taken out first, so that it is not copied each time a long text grows.
                pieces[last] = .unknown
                before += text
                pieces[last] = .known(before)
                return
            }
        }
        pieces.append(piece)
    }

    mutating func append(_ other: Text) {
        if pieces.isEmpty {
            pieces = other.pieces
        } else {
            for piece in other.pieces { append(piece) }
        }
    }

    func appending(_ other: Text) -> Text {
        var text = self
        text.append(other)
        return text
    }

    /// What is surely at its end.
    var suffix: String { if case .known(let text)? = pieces.last { text } else { "" } }

    var hasUnknown: Bool { pieces.contains(.unknown) }

    /// The number of characters that are known.
    var knownLength: Int {
        pieces.reduce(0) { sum, piece in if case .known(let text) = piece { sum + text.utf8.count } else { sum + 1 } }
    }

    /// A plain name, number or date: what the piece `name` stands for.
    var isPlainName: Bool {
        guard let first = pieces.first else { return false }
        if case .known(let text) = first, text.hasPrefix("-") || text.hasPrefix(".") { return false }
        return isPlainRest
    }

    /// It may stand behind the beginning of a plain name.
    private var isPlainRest: Bool {
        pieces.allSatisfy { piece in
            switch piece {
            case .known(let text): text.utf8.allSatisfy(Self.isPlain)
            case .name: true
            case .unknown, .star, .oneOf: false
            }
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: ":"): true
        default: byte >= 0x80
        }
    }

    /// What stands behind the first `count` bytes, which are known.
    func dropping(bytes count: Int) -> Text {
        guard count > 0, case .known(let text)? = pieces.first else { return self }
        var rest = Text([.known(String(decoding: text.utf8.dropFirst(count), as: UTF8.self))])
        if count >= text.utf8.count { rest = .empty }
        for piece in pieces.dropFirst() { rest.append(piece) }
        return rest
    }

    /// For messages.
    var shown: String {
        pieces.map { piece in
            switch piece {
            case .known(let text): text
            case .unknown, .name: "…"
            case .star: "*"
            case .oneOf(nil): "?"
            case .oneOf(let characters?): "[" + String(characters.sorted()) + "]"
            }
        }.joined()
    }
}
