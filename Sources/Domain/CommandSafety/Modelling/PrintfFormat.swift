/// What printf prints.
enum PrintfFormat {
    /// Nil: not known. The format is used again as long as there are arguments.
    static func output(_ arguments: [Argument], _ limits: EvaluatorLimits) -> Value? {
        guard let format = (arguments.first?.known == "--" ? arguments.dropFirst().first : arguments.first)?.known else { return nil }
        var rest = arguments.dropFirst(arguments.first?.known == "--" ? 2 : 1)[...]
        if rest.contains(where: \.maySplit) { return nil }
        var result = Value.empty
        var turns = 0
        repeat {
            let before = rest.count
            guard let once = one(format, &rest) else { return nil }
            result = result.appending(once)
            turns += 1
            if rest.count == before { break }
            if result.texts[0].knownLength > limits.characters || turns > 4096 { return nil }
        } while !rest.isEmpty
        return result
    }

    private static func one(_ format: String, _ arguments: inout ArraySlice<Argument>) -> Value? {
        var result = Value.empty
        var plain = ""
        var rest = format[...]
        while let first = rest.first {
            rest = rest.dropFirst()
            guard first == "%" else {
                plain.append(first)
                continue
            }
            if rest.first == "%" {
                plain.append("%")
                rest = rest.dropFirst()
                continue
            }
            let flags = rest.prefix { "-+ #0123456789.'*hlLqjzt".contains($0) && $0 != "q" }
            rest = rest[flags.endIndex...]
            guard let kind = rest.first else { return nil }
            rest = rest.dropFirst()
            result = result.appending(Value(Escapes.resolved(plain, octalNeedsZero: false)))
            plain = ""
            if kind == "(" {
                guard let end = rest.firstIndex(of: ")") else { return nil }
                rest = rest[rest.index(after: end)...].dropFirst()
                _ = arguments.popFirst()
                result = result.appending(.name)
                continue
            }
            if flags.contains("*") { _ = arguments.popFirst() }
            guard let shown = shown(arguments.popFirst()?.value ?? .empty, kind, String(flags)) else { return nil }
            result = result.appending(shown)
        }
        return result.appending(Value(Escapes.resolved(plain, octalNeedsZero: false)))
    }

    private static func shown(_ value: Value, _ kind: Character, _ flags: String) -> Value? {
        switch kind {
        case "s":
            if flags.isEmpty { return value }
            return value.map { $0.known.map { Text(padded($0, flags, cut: true)) } ?? .unknown }
        case "b": return value.map { $0.known.map { Text(Escapes.resolved($0, octalNeedsZero: true)) } ?? .unknown }
        case "q": return value.map { $0.known.map { Text(TextEdit.escaped($0)) } ?? .unknown }
        case "c": return value.map { $0.known.map { Text(String($0.prefix(1))) } ?? .unknown }
        case "d", "i", "u", "x", "X", "o":
            return value.map { text in
                guard let known = text.known, let number = number(known) else { return .name }
                let digits: String
                switch kind {
                case "x": digits = String(number, radix: 16)
                case "X": digits = String(number, radix: 16, uppercase: true)
                case "o": digits = String(number, radix: 8)
                default: digits = String(number)
                }
                return Text(padded(digits, flags, cut: false))
            }
        case "f", "e", "g", "F", "E", "G": return .name
        default: return nil
        }
    }

    private static func number(_ text: String) -> Int? {
        let text = text.trimmed
        if text.isEmpty { return 0 }
        if let first = text.first, first == "'" || first == "\"" { return text.dropFirst().unicodeScalars.first.map { Int($0.value) } }
        if text.hasPrefix("0x") { return Int(text.dropFirst(2), radix: 16) }
        if text.hasPrefix("0"), text.count > 1 { return Int(text, radix: 8) }
        return Int(text)
    }

    private static func padded(_ text: String, _ flags: String, cut: Bool) -> String {
        var text = text
        let parts = flags.split(separator: ".", omittingEmptySubsequences: false)
        if cut, parts.count > 1 { text = String(text.prefix(max(0, Int(parts[1]) ?? 0))) }
        let width = parts.first.map { $0.drop { "-+ #0'".contains($0) } }.flatMap { Int($0) } ?? 0
        guard width > text.count, width < 65_536 else { return text }
        let padding = String(repeating: flags.hasPrefix("0") && !cut ? "0" : " ", count: width - text.count)
        return flags.hasPrefix("-") ? text + padding : padding + text
    }
}
