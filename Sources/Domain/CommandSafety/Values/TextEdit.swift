import ShellSyntax

/// The operations of `${…}` on texts that may be known in part.
enum TextEdit {
    static func removingPrefix(_ pattern: String, longest: Bool, from text: Text) -> [Text] {
        if let known = text.known {
            if known.utf8.count > Glob.lengthLimit { return [text, .unknown] }
            guard let length = Glob.length(pattern, in: known, atEnd: false, longest: longest) else { return [text] }
            return [Text(String(known.unicodeScalars.dropFirst(length)))]
        }
        // The name behind the last slash, when nothing behind it can hold another.
        if pattern == "*/", longest, let name = lastComponent(text) { return [name] }
        if !pattern.contains(where: { "*?[\\".contains($0) }), !text.prefix.isEmpty {
            if text.prefix.hasPrefix(pattern) { return [text.dropping(bytes: pattern.utf8.count)] }
            if !pattern.hasPrefix(text.prefix) { return [text] }
        }
        return [text, .unknown]
    }

    static func removingSuffix(_ pattern: String, longest: Bool, from text: Text) -> [Text] {
        if let known = text.known {
            if known.utf8.count > Glob.lengthLimit { return [text, .unknown] }
            guard let length = Glob.length(pattern, in: known, atEnd: true, longest: longest) else { return [text] }
            return [Text(String(known.unicodeScalars.dropLast(length)))]
        }
        let isPlain = !pattern.contains { "*?[\\".contains($0) }
        if isPlain, !text.suffix.isEmpty {
            guard text.suffix.hasSuffix(pattern) else { return pattern.hasSuffix(text.suffix) ? [text, .unknown] : [text] }
            var shorter = Text(Array(text.pieces.dropLast()))
            shorter.append(.known(String(text.suffix.dropLast(pattern.count))))
            return [shorter]
        }
        if pattern == "/*", !longest, let name = lastComponent(text) { return [directory(text, without: name)] }
        // What is taken away is at the end, so the beginning stays, up to where the pattern may reach.
        let stop = isPlain ? pattern.first : pattern.first { !"*?[\\".contains($0) }
        let kept = text.prefix.prefix { $0 != stop }
        return [text, Text(String(kept)).appending(.unknown)]
    }

    /// What stands behind the last slash, if no unknown piece stands there.
    static func lastComponent(_ text: Text) -> Text? {
        var name = Text.empty
        for piece in text.pieces.reversed() {
            switch piece {
            case .unknown: return nil
            case .known(let known):
                if let slash = known.lastIndex(of: "/") { return Text(String(known[known.index(after: slash)...])).appending(name) }
                name = Text(known).appending(name)
            case .name, .star, .oneOf: name = Text([piece]).appending(name)
            }
        }
        return name
    }

    /// Up to the last slash, which is left out.
    static func directory(_ text: Text, without name: Text) -> Text {
        var pieces = Array(text.pieces.dropLast(max(0, name.pieces.count - 1)))
        if case .known(let known)? = pieces.last {
            pieces.removeLast()
            let kept = String(known[..<(known.lastIndex(of: "/") ?? known.endIndex)])
            if !kept.isEmpty { pieces.append(.known(kept)) }
        } else {
            while let last = pieces.last {
                if case .known(let known) = last, let slash = known.lastIndex(of: "/") {
                    pieces.removeLast()
                    if slash > known.startIndex { pieces.append(.known(String(known[..<slash]))) }
                    break
                }
                pieces.removeLast()
            }
        }
        return Text(pieces)
    }

    static func replacing(_ pattern: String?, with replacement: Value, _ place: ParameterExpansion.Place, in value: Value) -> Value {
        guard let pattern, !pattern.isEmpty else { return pattern == nil ? value.union(.unknown) : value }
        return value.flatMap { text in
            guard let known = text.known, known.utf8.count <= Glob.lengthLimit else { return [text, .unknown] }
            // What is not set stays as it is.
            return (known.isEmpty ? [text] : []) + replacement.texts.map { replaced(pattern, $0, place, known) }
        }
    }

    private static func replaced(_ pattern: String, _ replacement: Text, _ place: ParameterExpansion.Place, _ text: String) -> Text {
        switch place {
        case .prefix:
            guard let length = Glob.length(pattern, in: text, atEnd: false, longest: true) else { return Text(text) }
            return replacement.appending(Text(String(text.unicodeScalars.dropFirst(length))))
        case .suffix:
            guard let length = Glob.length(pattern, in: text, atEnd: true, longest: true) else { return Text(text) }
            return Text(String(text.unicodeScalars.dropLast(length))).appending(replacement)
        case .first, .all:
            let characters = text.scalars, compiled = Glob.Pattern(pattern)
            if characters.isEmpty { return compiled.length(in: characters, longest: true) == nil ? .empty : replacement }
            var result = Text.empty, plain = ""
            var index = 0, isDone = false
            while index < characters.count {
                if !isDone, let length = compiled.length(in: characters[index...], longest: true), length > 0 {
                    result.append(.known(plain))
                    plain = ""
                    result.append(replacement)
                    index += length
                    isDone = place == .first
                } else {
                    plain.append(characters[index])
                    index += 1
                }
            }
            result.append(.known(plain))
            return result
        }
    }

    /// `${X:offset:length}`; nil offset, or a nil length that was written, is not known.
    static func substring(_ text: Text, _ offset: Int?, _ length: Int??) -> Text {
        guard let known = text.known, let offset, length != .some(nil) else { return text.isPlainName ? .unknown : text.isEmpty ? text : .unknown }
        let characters = known.scalars
        let start = offset < 0 ? characters.count + offset : offset
        guard start >= 0, start <= characters.count else { return .empty }
        var end = characters.count
        if let length = length ?? nil { end = length < 0 ? characters.count + length : start + min(characters.count - start, length) }
        return end > start ? Text(String(characters[start..<end])) : .empty
    }

    static func changingCase(_ sign: String, _ pattern: String?, _ text: Text) -> Text {
        guard let known = text.known else { return text.pieces.allSatisfy { $0 == .name } ? text : .unknown }
        var isFirst = true
        return Text(
            String(
                known.scalars.flatMap { character -> String in
                    defer { isFirst = false }
                    if sign.count == 1, !isFirst { return String(character) }
                    if let pattern, !pattern.isEmpty, !Glob.matches(pattern, String(character)) { return String(character) }
                    switch sign.first {
                    case "^": return character.uppercased()
                    case ",": return character.lowercased()
                    default: return character.isUppercase ? character.lowercased() : character.uppercased()
                    }
                }))
    }

    /// As `%q` of printf writes it.
    static func escaped(_ text: String) -> String {
        if text.isEmpty { return "''" }
        if hasControls(text) { return quoted(text) }
        var result = String.UnicodeScalarView()
        for (index, scalar) in text.unicodeScalars.enumerated() {
            let isSpecial = " '\"\\|&;()<>!{}*[]?^$`,".unicodeScalars.contains(scalar) || index == 0 && (scalar == "~" || scalar == "#")
            if isSpecial { result.append("\\") }
            result.append(scalar)
        }
        return String(result)
    }

    private static func hasControls(_ text: String) -> Bool { text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7f } }

    /// As `${X@Q}` writes it.
    static func quoted(_ text: String) -> String {
        guard hasControls(text) else { return plainlyQuoted(text) }
        let names: [Unicode.Scalar: String] = ["\n": "n", "\t": "t", "\r": "r", "\u{7}": "a", "\u{8}": "b", "\u{b}": "v", "\u{c}": "f", "\u{1b}": "E", "\\": "\\", "'": "'"]
        var result = ""
        for scalar in text.unicodeScalars {
            if let name = names[scalar] {
                result += "\\" + name
            } else if scalar.value < 0x20 || scalar.value == 0x7f {
                let digits = String(scalar.value, radix: 8)
                result += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return "$'\(result)'"
    }

    private static func plainlyQuoted(_ text: String) -> String { "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'" }
}

/// Backslash sequences of `echo -e`, `printf` and `$'…'`.
enum Escapes {
    /// - Parameter octalNeedsZero: `echo -e` and `%b` read `\0101`, formats read `\101`.
    static func resolved(_ text: String, octalNeedsZero: Bool) -> String {
        if !text.utf8.contains(UInt8(ascii: "\\")) { return text }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        func number(_ base: Int, _ most: Int) -> UInt32? {
            var digits = ""
            while digits.count < most, let next = rest.first, let digit = Character(Unicode.Scalar(next)).hexDigitValue, digit < base {
                digits.append(Character(Unicode.Scalar(next)))
                rest = rest.dropFirst()
            }
            return UInt32(digits, radix: base)
        }
        while let first = rest.first {
            rest = rest.dropFirst()
            guard first == UInt8(ascii: "\\"), let kind = rest.first else {
                bytes.append(first)
                continue
            }
            rest = rest.dropFirst()
            switch Character(Unicode.Scalar(kind)) {
            case "n": bytes.append(10)
            case "t": bytes.append(9)
            case "r": bytes.append(13)
            case "a": bytes.append(7)
            case "b": bytes.append(8)
            case "f": bytes.append(12)
            case "v": bytes.append(11)
            case "e", "E": bytes.append(27)
            case "\\": bytes.append(UInt8(ascii: "\\"))
            case "\"", "'": bytes.append(kind)
            case "c": return String(decoding: bytes, as: UTF8.self)
            case "x":
                if let value = number(16, 2) { bytes.append(UInt8(truncatingIfNeeded: value)) } else { bytes += [first, kind] }
            case "u", "U":
                if let value = number(16, kind == UInt8(ascii: "u") ? 4 : 8), let scalar = Unicode.Scalar(value) { bytes += Array(String(Character(scalar)).utf8) }
            case "0"..."7":
                if !octalNeedsZero || kind == UInt8(ascii: "0") {
                    if !octalNeedsZero { rest = [kind] + rest }
                    bytes.append(UInt8(truncatingIfNeeded: number(8, 3) ?? 0))
                } else {
                    // Only `\0…` is octal here by the book; shells differ, so the other way is taken too.
                    rest = [kind] + rest
                    bytes.append(UInt8(truncatingIfNeeded: number(8, 3) ?? 0))
                }
            default: bytes += [first, kind]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
