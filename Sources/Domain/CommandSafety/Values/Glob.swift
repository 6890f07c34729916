/// Shell patterns on known texts. A backslash takes the meaning from the next character.
enum Glob {
    /// One element of a pattern.
    private enum Element {
        case star, any
        case character(Character)
        /// Nil: members that can't be listed; it may be any.
        case members(Set<Character>?, isNegated: Bool)
        /// A backslash at the end.
        case never

        func takes(_ character: Character) -> Bool {
            switch self {
            case .star, .any: true
            case .character(let wanted): wanted == character
            case .members(let members, let isNegated): members.map { $0.contains(character) != isNegated } ?? true
            case .never: false
            }
        }
        var isStar: Bool { if case .star = self { true } else { false } }
    }

    /// A pattern, read once.
    struct Pattern {
        private var elements: [Element] = []

        init(_ text: String) {
            let characters = text.scalars
            // Brackets behind the last closing one stay open.
            let lastClosing = characters.lastIndex(of: "]") ?? -1
            var rest = characters[...]
            while let first = rest.popFirst() {
                switch first {
                case "*": if elements.last?.isStar != true { elements.append(.star) }
                case "?": elements.append(.any)
                case "\\": elements.append(rest.popFirst().map { .character($0) } ?? .never)
                case "[":
                    let start = rest.startIndex
                    guard start <= lastClosing, let end = Glob.closing(characters[(start - 1)...]) else {
                        elements.append(.character(first))
                        continue
                    }
                    elements.append(Glob.members(String(characters[start..<end])))
                    rest = characters[(end + 1)...]
                default: elements.append(.character(first))
                }
            }
        }

        /// How many characters at the beginning (or, read backwards, at the end) the pattern takes; nil: none match.
        func length(in text: some Collection<Character>, longest: Bool, isBackwards: Bool = false) -> Int? {
            let elements = isBackwards ? self.elements.reversed() : self.elements
            var places: [Int] = [], next: [Int] = [], found: Int?
            reach(0, elements, &places)
            if places.last == elements.count {
                if !longest { return 0 }
                found = 0
            }
            for (index, character) in text.enumerated() {
                next.removeAll(keepingCapacity: true)
                for place in places where place < elements.count && elements[place].takes(character) { reach(elements[place].isStar ? place : place + 1, elements, &next) }
                if next.isEmpty { break }
                swap(&places, &next)
                if places.last == elements.count {
                    if !longest { return index + 1 }
                    found = index + 1
                }
            }
            return found
        }

        /// Adds a place in the pattern, and the one behind a star. Places come in order.
        private func reach(_ place: Int, _ elements: [Element], _ places: inout [Int]) {
            if let last = places.last, place <= last { return }
            places.append(place)
            if place < elements.count, elements[place].isStar { reach(place + 1, elements, &places) }
        }
    }

    static func matches(_ pattern: String, _ text: String) -> Bool {
        Pattern(pattern).length(in: text.scalars, longest: true) == text.scalarCount
    }

    /// Where the bracket expression ends that the pattern begins with. Its first character, and a class's brackets, do not end it.
    fileprivate static func closing(_ pattern: ArraySlice<Character>) -> Int? {
        var index = pattern.startIndex + 1
        if index < pattern.endIndex, pattern[index] == "!" || pattern[index] == "^" { index += 1 }
        let first = index
        while index < pattern.endIndex {
            if pattern[index] == "]", index > first { return index }
            if pattern[index] == "[", index + 1 < pattern.endIndex, pattern[index + 1] == ":" {
                guard let end = pattern[(index + 2)...].firstIndex(of: "]") else { return nil }
                index = end
            }
            index += 1
        }
        return nil
    }

    private static func members(_ inside: String) -> Element {
        let isNegated = inside.hasPrefix("!") || inside.hasPrefix("^")
        return .members(characters(isNegated ? String(inside.dropFirst()) : inside), isNegated: isNegated)
    }

    /// The characters of a bracket expression; nil: can't be listed.
    static func characters(_ inside: String) -> Set<Character>? {
        if inside.hasPrefix("!") || inside.hasPrefix("^") || inside.contains("[.") || inside.contains("[=") { return nil }
        var found: Set<Character> = []
        let all = inside.scalars
        var index = 0
        while index < all.count {
            if all[index] == "[", index + 1 < all.count, all[index + 1] == ":", let end = all[index...].firstIndex(of: "]") {
                guard let members = classes[String(all[(index + 2)..<max(index + 2, end - 1)])] else { return nil }
                found.formUnion(members)
                index = end + 1
            } else if index + 2 < all.count, all[index + 1] == "-" {
                guard let from = all[index].unicodeScalars.first?.value, let to = all[index + 2].unicodeScalars.first?.value, from <= to, to - from < 256 else { return nil }
                for value in from...to { if let scalar = Unicode.Scalar(value) { found.insert(Character(scalar)) } }
                index += 3
            } else {
                found.insert(all[index])
                index += 1
            }
        }
        return found
    }

    static let classes: [String: Set<Character>] = {
        let ascii = (0..<128).compactMap { Unicode.Scalar($0).map(Character.init) }
        let punctuation = ascii.filter { $0.isASCII && !$0.isLetter && !$0.isNumber && !$0.isWhitespace && ($0.asciiValue ?? 0) > 32 && $0.asciiValue != 127 }
        return [
            "alpha": Set(ascii.filter(\.isLetter)), "digit": Set("0123456789"), "alnum": Set(ascii.filter { $0.isLetter || $0.isNumber }),
            "upper": Set(ascii.filter(\.isUppercase)), "lower": Set(ascii.filter(\.isLowercase)), "space": Set(" \t\n\r\u{0B}\u{0C}"),
            "blank": Set(" \t"), "punct": Set(punctuation), "xdigit": Set("0123456789abcdefABCDEF"),
        ]
    }()

    /// Longer texts are not matched against patterns.
    static let lengthLimit = 1024

    /// How many characters at the beginning (or the end) of a text the pattern takes; nil: none match.
    static func length(_ pattern: String, in text: String, atEnd: Bool, longest: Bool) -> Int? {
        if !pattern.unicodeScalars.contains(where: { "*?[\\".unicodeScalars.contains($0) }) {
            let isThere = atEnd ? text.unicodeScalars.reversed().starts(with: pattern.unicodeScalars.reversed()) : text.unicodeScalars.starts(with: pattern.unicodeScalars)
            return isThere ? pattern.scalarCount : nil
        }
        let compiled = Pattern(pattern)
        return atEnd ? compiled.length(in: text.scalars.reversed(), longest: longest, isBackwards: true) : compiled.length(in: text.scalars, longest: longest)
    }

    static func escaped(_ text: String) -> String {
        let special = "*?[]\\".unicodeScalars
        if !text.unicodeScalars.contains(where: special.contains) { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            if special.contains(scalar) { result.append("\\") }
            result.unicodeScalars.append(scalar)
        }
    }

    /// Whether a text made of pieces could read as `text`.
    static func mayRead(_ pieces: ArraySlice<Text.Piece>, _ text: Substring) -> Bool {
        let characters = text.scalars
        // The places in `text` that the pieces so far may reach.
        var reached = [Bool](repeating: false, count: characters.count + 1)
        reached[0] = true
        for piece in pieces {
            var next = [Bool](repeating: false, count: characters.count + 1)
            for place in reached.indices where reached[place] {
                switch piece {
                case .known(let known):
                    let known = known.scalars, end = place + known.count
                    if end <= characters.count, characters[place..<end].elementsEqual(known) { next[end] = true }
                case .oneOf(let set):
                    if place < characters.count, set?.contains(characters[place]) ?? (characters[place] != "/") { next[place + 1] = true }
                case .star, .unknown, .name: for end in place...characters.count { next[end] = true }
                }
            }
            reached = next
        }
        return reached[characters.count]
    }
}
