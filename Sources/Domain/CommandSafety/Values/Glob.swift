/// Shell patterns on known texts. A backslash takes the meaning from the next character.
enum Glob {
    static func matches(_ pattern: String, _ text: String) -> Bool { match(Array(pattern)[...], Array(text)[...]) }

    private static func match(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
        var pattern = pattern, text = text
        // The place to go back to: behind the last star, and what it took.
        var star: (pattern: ArraySlice<Character>, text: ArraySlice<Character>)?
        while true {
            if let first = pattern.first {
                if first == "*" {
                    pattern = pattern.dropFirst()
                    star = (pattern, text)
                    continue
                }
                if let head = text.first, let rest = matchOne(pattern, head) {
                    pattern = rest
                    text = text.dropFirst()
                    continue
                }
            } else if text.isEmpty {
                return true
            }
            guard let back = star, !back.text.isEmpty else { return false }
            pattern = back.pattern
            text = back.text.dropFirst()
            star = (back.pattern, text)
        }
    }

    /// What is left of the pattern when its first element takes `character`.
    private static func matchOne(_ pattern: ArraySlice<Character>, _ character: Character) -> ArraySlice<Character>? {
        guard let first = pattern.first else { return nil }
        switch first {
        case "?": return pattern.dropFirst()
        case "\\": return pattern.dropFirst().first == character ? pattern.dropFirst(2) : nil
        case "[":
            guard let end = closing(pattern) else { return character == "[" ? pattern.dropFirst() : nil }
            return set(String(pattern[pattern.index(after: pattern.startIndex)..<end]), has: character) ? pattern[(end + 1)...] : nil
        default: return first == character ? pattern.dropFirst() : nil
        }
    }

    /// Where the bracket expression ends that the pattern begins with. Its first character, and a class's brackets, do not end it.
    private static func closing(_ pattern: ArraySlice<Character>) -> Int? {
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

    /// Whether what stands between brackets has the character.
    static func set(_ inside: String, has character: Character) -> Bool {
        if inside.hasPrefix("!") || inside.hasPrefix("^") { return !(characters(String(inside.dropFirst()))?.contains(character) ?? false) }
        return characters(inside)?.contains(character) ?? true
    }

    /// The characters of a bracket expression; nil: can't be listed.
    static func characters(_ inside: String) -> Set<Character>? {
        if inside.hasPrefix("!") || inside.hasPrefix("^") || inside.contains("[.") || inside.contains("[=") { return nil }
        var found: Set<Character> = []
        let all = Array(inside)
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
        let characters = Array(text)
        if !pattern.contains(where: { "*?[\\".contains($0) }) { return (atEnd ? text.hasSuffix(pattern) : text.hasPrefix(pattern)) ? pattern.count : nil }
        let lengths = longest ? Array((0...characters.count).reversed()) : Array(0...characters.count)
        let compiled = Array(pattern)[...]
        return lengths.first { match(compiled, atEnd ? characters.suffix($0) : characters.prefix($0)) }
    }

    static func escaped(_ text: String) -> String {
        if !text.contains(where: { "*?[]\\".contains($0) }) { return text }
        return text.reduce(into: "") { result, character in
            if "*?[]\\".contains(character) { result.append("\\") }
            result.append(character)
        }
    }

    /// Whether a text made of pieces could read as `text`.
    static func mayRead(_ pieces: ArraySlice<Text.Piece>, _ text: Substring) -> Bool {
        let characters = Array(text)
        // The places in `text` that the pieces so far may reach.
        var reached = [Bool](repeating: false, count: characters.count + 1)
        reached[0] = true
        for piece in pieces {
            var next = [Bool](repeating: false, count: characters.count + 1)
            for place in reached.indices where reached[place] {
                switch piece {
                case .known(let known):
                    let end = place + known.count
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
