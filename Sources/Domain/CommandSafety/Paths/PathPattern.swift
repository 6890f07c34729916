/// A path of which not every byte is known, as a row of tokens; answers which fixed paths it may stand for.
struct PathPattern: Sendable, Equatable {
    enum Token: Sendable, Equatable {
        case byte(UInt8)
        /// Any number of bytes but `/`.
        case star
        /// One byte of these; nil: any but `/`.
        case one(Set<Character>?)
        /// Any number of bytes, `/` too.
        case unknown
        /// At least one byte, no `/`.
        case name
    }
    var tokens: [Token]

    init(_ tokens: [Token]) { self.tokens = tokens }

    init(_ text: Text) {
        var tokens: [Token] = []
        for piece in text.pieces {
            switch piece {
            case .known(let known): for byte in known.utf8 { tokens.append(.byte(byte)) }
            case .star: tokens.append(.star)
            case .oneOf(let set): tokens.append(.one(set))
            case .unknown: tokens.append(.unknown)
            case .name: tokens.append(.name)
            }
        }
        self.tokens = tokens
    }

    /// What is surely at its beginning.
    var start: String {
        var bytes: [UInt8] = []
        for token in tokens {
            guard case .byte(let byte) = token else { break }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether it depends on something that the text does not tell.
    var hasUnknown: Bool { tokens.contains { $0 == .unknown || $0 == .name } }

    /// Whether it may be exactly this path.
    func matches(_ path: String) -> Bool { walk(path).contains(tokens.count) }

    /// Whether it may name something below this directory, given without `/` at its end.
    func mayBeBelow(_ directory: String) -> Bool {
        walk(directory + "/").contains { $0 < tokens.count || !tokens.isEmpty && tokens[tokens.count - 1] == .unknown }
    }

    /// The places in the pattern where the text may have been read up to its end.
    private func walk(_ text: String) -> Set<Int> {
        var states = closed([0])
        for byte in text.utf8 {
            var next: Set<Int> = []
            for state in states where state < tokens.count {
                switch tokens[state] {
                case .byte(let wanted): if byte == wanted { next.insert(state + 1) }
                case .star: if byte != UInt8(ascii: "/") { next.insert(state) }
                case .one(let set):
                    if byte != UInt8(ascii: "/"), set.map({ $0.contains(Character(Unicode.Scalar(byte))) }) ?? true { next.insert(state + 1) }
                case .unknown: next.insert(state)
                case .name:
                    if byte != UInt8(ascii: "/") {
                        next.insert(state)
                        next.insert(state + 1)
                    }
                }
            }
            if next.isEmpty { return [] }
            states = closed(next)
        }
        return states
    }

    /// With all places that are reached without reading: behind a star, behind something unknown.
    private func closed(_ states: Set<Int>) -> Set<Int> {
        var all = states
        var open = Array(states)
        while let state = open.popLast() {
            guard state < tokens.count, tokens[state] == .star || tokens[state] == .unknown else { continue }
            if all.insert(state + 1).inserted { open.append(state + 1) }
        }
        return all
    }
}
