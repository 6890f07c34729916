/// A path of which not every byte is known, as a row of tokens; answers which fixed paths it may stand for.
struct PathPattern: Sendable, Equatable {
    enum Token: Sendable, Equatable {
        case byte(UInt8)
        /// Any number of bytes but `/`.
        case star
        /// One byte of these; nil: any but `/`.
        case one(ByteSet?)
        /// Any number of bytes, `/` too.
        case unknown
        /// At least one byte, no `/`.
        case name

        var mayBeNothing: Bool {
            switch self {
            case .star, .unknown: true
            case .byte, .one, .name: false
            }
        }
        var readsAnything: Bool { if case .unknown = self { true } else { false } }
    }
    var tokens: [Token]

    init(_ tokens: [Token]) { self.tokens = tokens }

    init(_ text: Text) {
        var tokens: [Token] = []
        for piece in text.pieces {
            switch piece {
            case .known(let known): for byte in known.utf8 { tokens.append(.byte(byte)) }
            // Several stars say what one says.
            case .star: if tokens.last != .star { tokens.append(.star) }
            case .oneOf(let set): tokens.append(.one(set.map { ByteSet($0) }))
            case .unknown: tokens.append(.unknown)
            case .name: tokens.append(.name)
            }
        }
        self.tokens = tokens
    }

    /// What is surely at its beginning.
    var start: [UInt8] {
        var bytes: [UInt8] = []
        for token in tokens {
            guard case .byte(let byte) = token else { break }
            bytes.append(byte)
        }
        return bytes
    }

    /// Whether it depends on something that the text does not tell.
    var hasUnknown: Bool { tokens.contains { $0 == .unknown || $0 == .name } }

    /// Whether it may be exactly this path.
    func matches(_ path: [UInt8]) -> Bool { walk(path).last == tokens.count }

    /// Whether it may name something below this directory, given with `/` at its end.
    func mayBeBelow(_ directory: [UInt8]) -> Bool {
        guard let first = walk(directory).first else { return false }
        return first < tokens.count || tokens.last.map(\.readsAnything) ?? false
    }

    /// The places in the pattern, in order, where the text may have been read up to its end.
    private func walk(_ text: [UInt8]) -> [Int] {
        // As long as the pattern says each byte there is one place only, and most texts end there.
        var read = 0
        while read < text.count, read < tokens.count, case .byte(let wanted) = tokens[read] {
            if text[read] != wanted { return [] }
            read += 1
        }
        if read < text.count, read == tokens.count { return [] }
        var places: [Int] = [], next: [Int] = []
        reach(read, &places)
        for byte in text[read...] {
            next.removeAll(keepingCapacity: true)
            for place in places where place < tokens.count {
                switch tokens[place] {
                case .byte(let wanted): if byte == wanted { reach(place + 1, &next) }
                case .star: if byte != UInt8(ascii: "/") { reach(place, &next) }
                case .one(let set): if byte != UInt8(ascii: "/"), set?.contains(byte) ?? true { reach(place + 1, &next) }
                case .unknown: reach(place, &next)
                case .name:
                    if byte != UInt8(ascii: "/") {
                        reach(place, &next)
                        reach(place + 1, &next)
                    }
                }
            }
            if next.isEmpty { return [] }
            swap(&places, &next)
        }
        return places
    }

    /// Adds a place, with all that are reached from it without reading: behind a star, behind something unknown. Places come in order, so
    /// that one before the last is among them.
    private func reach(_ place: Int, _ places: inout [Int]) {
        if let last = places.last, place <= last { return }
        var place = place
        places.append(place)
        while place < tokens.count, tokens[place].mayBeNothing {
            place += 1
            places.append(place)
        }
    }
}

/// A set of ASCII characters.
struct ByteSet: Sendable, Equatable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init(_ characters: Set<Character>) {
        // Some letters beyond ASCII equal one of it.
        let isPlain = characters.allSatisfy { $0.utf8.count == 1 }
        for byte in isPlain ? characters.compactMap(\.utf8.first) : Array(0..<128) where isPlain || characters.contains(Character(Unicode.Scalar(byte))) {
            if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
        }
    }

    func contains(_ byte: UInt8) -> Bool { byte < 64 ? low >> UInt64(byte) & 1 == 1 : byte < 128 && high >> UInt64(byte - 64) & 1 == 1 }
}
