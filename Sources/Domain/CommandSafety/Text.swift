/// One way a text may read: pieces one after another, some known, some not.
package struct Text: Sendable, Hashable {
    package enum Piece: Sendable, Hashable {
        case known(String)
        /// Whatever: from a variable that is set elsewhere, a command's output, a file. May be empty, may hold `/` and spaces.
        case unknown
        /// Not known, but a plain name, number or date: no `/`, no space, not empty, does not begin with `-`. From modelled outputs.
        case name
        /// What a `*` of a path pattern stands for: no `/`.
        case star
        /// What `?` or `[…]` stands for: one character of these; nil: any but `/`.
        case oneOf(Set<Character>?)
    }
    package var pieces: [Piece]

    package init(_ pieces: [Piece]) { self.pieces = pieces }
    package init(_ known: String) { pieces = known.isEmpty ? [] : [.known(known)] }

    /// The text, if all of it is known and none of it is a pattern.
    package var known: String? {
        switch pieces.count {
        case 0: ""
        case 1: if case .known(let text) = pieces[0] { text } else { nil }
        default: nil
        }
    }
    /// What is surely at its beginning.
    package var prefix: String { if case .known(let text)? = pieces.first { text } else { "" } }
    /// Nothing of it is unknown; it may still be a path pattern.
    package var isCertain: Bool { !pieces.contains { $0 == .unknown || $0 == .name } }
    package var isPattern: Bool {
        pieces.contains { piece in
            switch piece {
            case .star, .oneOf: true
            case .known, .unknown, .name: false
            }
        }
    }
}

/// What is known of a word: it reads in one of these ways. Three-valued: one known text, several, or in part unknown.
package struct Value: Sendable, Hashable {
    /// Never empty; at most `limit`, beyond it the value is widened to unknown.
    package private(set) var texts: [Text]
    package static let limit = 24

    package init(_ texts: [Text]) {
        var kept: [Text] = []
        for text in texts where !kept.contains(text) { kept.append(text) }
        self.texts = kept.isEmpty || kept.count > Self.limit ? [Text([.unknown])] : kept
    }
    package init(_ known: String) { texts = [Text(known)] }
    package static let unknown = Value([Text([.unknown])])
    package static let name = Value([Text([.name])])

    /// Puts `other` behind it, in all ways that both read.
    mutating func append(_ other: Value) {
        if texts.count == 1, other.texts.count == 1 { texts[0].append(other.texts[0]) } else { self = appending(other) }
    }

    /// The text, if there is only one way to read it.
    package var known: String? { texts.count == 1 ? texts[0].known : nil }
    /// All texts it may have, if each is known; nil otherwise.
    package var allKnown: [String]? {
        let known = texts.compactMap(\.known)
        return known.count == texts.count ? known : nil
    }
    package var isCertain: Bool { texts.allSatisfy(\.isCertain) }
}
