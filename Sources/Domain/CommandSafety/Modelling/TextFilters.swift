extension Evaluator {
    /// What programs print that pass text on: known text in, known text out; of unknown text, how its lines read.
    func filteredOutput(of call: Call) -> Captured? {
        guard TextFilter.programs.contains(call.program) else { return nil }
        var input = state.input
        let files = TextFilter.files(call)
        if !files.isEmpty {
            guard let read = joined(files) else { return nil }
            input = read
        }
        guard case .text(let value) = input.input else {
            // Unknown text: its lines stay what they are where the program only chooses or sorts them.
            guard let line = input.line, TextFilter.choosers.contains(call.program) else { return nil }
            var captured = Captured()
            captured.value = .unknown
            captured.line = line
            if case .calls(let calls) = input.input { captured.calls = calls }
            captured.fetchedBy = input.fetchedBy
            return captured
        }
        var captured = Captured()
        captured.line = TextFilter.choosers.contains(call.program) ? input.line : nil
        captured.fetchedBy = input.fetchedBy
        if ["cat", "tee", "pv", "buffer"].contains(call.program) {
            captured.value = value
            return captured
        }
        captured.value = value.flatMap { text in
            if text.isEmpty { return [text] }
            guard let known = text.known, let result = TextFilter.apply(call, known) else { return [.unknown] }
            return [Text(result)]
        }
        return captured
    }

    private func joined(_ files: [Argument]) -> PipeInput? {
        var value = Value.empty
        for file in files {
            guard let path = file.known else { return nil }
            if path == "-" || path == "/dev/stdin" {
                guard case .text(let text) = state.input.input else { return files.count == 1 ? state.input : nil }
                value = value.appending(text)
                continue
            }
            if let input = world.processes[path] {
                guard case .text(let text) = input.input else { return files.count == 1 ? input : nil }
                value = value.appending(text)
                continue
            }
            guard case .text(let text)? = content(of: path) else {
                if case .fetched(let program)? = content(of: path) { return PipeInput(input: .file(file.value), fetchedBy: program) }
                return nil
            }
            value = value.appending(text)
        }
        return PipeInput(input: .text(value))
    }
}

/// Programs that read text and print text, on known texts.
enum TextFilter {
    static let programs: Set<String> = [
        "cat", "tee", "tr", "rev", "base64", "base32", "xxd", "sed", "cut", "head", "tail", "sort", "uniq", "tac", "grep", "egrep", "fgrep", "awk", "gawk", "mawk", "nl", "paste",
        "fold", "od", "pv", "buffer", "xargs",
    ]
    /// They print some of the lines that they read, as they are.
    static let choosers: Set<String> = ["cat", "tee", "sort", "uniq", "tac", "head", "tail", "grep", "egrep", "fgrep", "pv", "buffer"]

    /// Operands that are files to read.
    static func files(_ call: Call) -> [Argument] {
        switch call.program {
        case "tr", "tee", "xargs": return []
        case "sed", "grep", "egrep", "fgrep", "awk", "gawk", "mawk":
            let hasScript = call.arguments.contains { ["-e", "-f", "--expression"].contains($0.known ?? "") }
            return hasScript ? [] : Array(call.operands.dropFirst())
        case "head", "tail", "cut", "sort", "fold", "od":
            // Values of options stand apart sometimes.
            var files: [Argument] = [], skips = false
            for argument in call.arguments {
                if skips {
                    skips = false
                } else if let text = argument.known, text.hasPrefix("-"), text.count > 1 {
                    skips = text.count == 2 && "ncdfktswbN".contains(text.dropFirst())
                } else {
                    files.append(argument)
                }
            }
            return files
        default: return call.operands
        }
    }

    static func apply(_ call: Call, _ text: String) -> String? {
        let arguments = call.arguments.compactMap(\.known)
        guard arguments.count == call.arguments.count else { return nil }
        // These stand for paths that are not known.
        if !choosers.contains(call.program), text.contains("~") || text.contains(Directory.own) { return nil }
        switch call.program {
        case "rev": return lines(text) { String($0.reversed()) }
        case "tac": return text.split(separator: "\n").reversed().map { $0 + "\n" }.joined()
        case "sort", "uniq":
            let all = text.split(separator: "\n").map(String.init)
            return (call.program == "sort" ? all.sorted() : all).reduce(into: [String]()) { kept, line in if kept.last != line { kept.append(line) } }.map { $0 + "\n" }.joined()
        case "base64": return arguments.contains { $0.hasPrefix("-d") || $0 == "-D" || $0.hasPrefix("--d") || $0 == "-di" || $0 == "-id" } ? Decoding.base64(text) : nil
        case "base32": return arguments.contains { $0.hasPrefix("-d") || $0.hasPrefix("--d") } ? Decoding.base32(text) : nil
        case "xxd": return arguments.contains { $0.hasPrefix("-r") } && arguments.joined().contains("p") ? Decoding.hex(text) : nil
        case "tr": return translate(arguments, text)
        case "cut": return cut(arguments, text)
        case "head", "tail": return part(call.program, arguments, text)
        case "sed": return substitute(arguments, text)
        case "awk", "gawk", "mawk": return printed(arguments, text)
        default: return nil
        }
    }

    private static func lines(_ text: String, _ change: (Substring) -> String) -> String {
        var result = text.split(separator: "\n", omittingEmptySubsequences: false).map(change).joined(separator: "\n")
        if !text.hasSuffix("\n") { result += "" }
        return result
    }

    private static func translate(_ arguments: [String], _ text: String) -> String? {
        let flags = arguments.filter { $0.hasPrefix("-") && $0.count > 1 && $0 != "--" }.joined()
        let sets = arguments.filter { !$0.hasPrefix("-") || $0.count == 1 }.map { expand(Escapes.resolved($0, octalNeedsZero: false)) }
        guard let first = sets.first, !flags.contains("c"), !flags.contains("C") else { return nil }
        if flags.contains("d") { return text.filter { !first.contains($0) } }
        guard sets.count > 1, let last = sets[1].last else { return flags.contains("s") ? squeezed(text, first) : nil }
        let mapped = String(text.map { character in first.lastIndex(of: character).map { $0 < sets[1].count ? sets[1][$0] : last } ?? character })
        return flags.contains("s") ? squeezed(mapped, sets[1]) : mapped
    }

    private static func squeezed(_ text: String, _ set: [Character]) -> String {
        text.reduce(into: "") { result, character in if result.last != character || !set.contains(character) { result.append(character) } }
    }

    /// `a-z` and `[:upper:]` of tr.
    private static func expand(_ set: String) -> [Character] {
        var characters: [Character] = []
        let all = Array(set.replacing("[:upper:]", with: "A-Z").replacing("[:lower:]", with: "a-z").replacing("[:digit:]", with: "0-9").replacing("[:space:]", with: " \t\n\r"))
        var index = 0
        while index < all.count {
            if index + 2 < all.count, all[index + 1] == "-", let from = all[index].unicodeScalars.first?.value, let to = all[index + 2].unicodeScalars.first?.value, from <= to,
                to - from < 256
            {
                characters += (from...to).compactMap { Unicode.Scalar($0).map(Character.init) }
                index += 3
            } else {
                characters.append(all[index])
                index += 1
            }
        }
        return characters
    }

    private static func cut(_ arguments: [String], _ text: String) -> String? {
        var delimiter: Character = "\t", fields: String?, characters: String?
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("-"), argument.count > 1 else { continue }
            let attached = String(argument.dropFirst(2)), value = attached.isEmpty ? rest.popFirst() ?? "" : attached
            switch argument.dropFirst().first {
            case "d": delimiter = value.first ?? "\t"
            case "f": fields = value
            case "c", "b": characters = value
            default: return nil
            }
        }
        if let list = (fields ?? characters).flatMap(ranges) {
            return lines(text) { line in
                if fields != nil {
                    let parts = line.split(separator: delimiter, omittingEmptySubsequences: false)
                    if parts.count == 1 { return String(line) }
                    return parts.enumerated().filter { part in list.contains { $0.contains(part.offset + 1) } }.map { String($0.element) }.joined(separator: String(delimiter))
                }
                return String(line.enumerated().filter { character in list.contains { $0.contains(character.offset + 1) } }.map(\.element))
            }
        }
        return nil
    }

    private static func ranges(_ text: String) -> [ClosedRange<Int>]? {
        let ranges = text.split(separator: ",").compactMap { part -> ClosedRange<Int>? in
            guard let dash = part.firstIndex(of: "-") else { return Int(part).map { $0...$0 } }
            let from = Int(part[..<dash]) ?? 1, to = Int(part[part.index(after: dash)...]) ?? 1 << 30
            return from <= to ? from...to : nil
        }
        return ranges.isEmpty ? nil : ranges
    }

    private static func part(_ program: String, _ arguments: [String], _ text: String) -> String? {
        var count = 10, isFromStart = false, isBytes = false
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("-") || argument.hasPrefix("+") else { continue }
            var value = String(argument.dropFirst())
            if let first = value.first, first == "n" || first == "c" {
                isBytes = first == "c"
                value = value.count > 1 ? String(value.dropFirst()) : rest.popFirst() ?? ""
            }
            isFromStart = value.hasPrefix("+") || argument.hasPrefix("+")
            guard let number = Int(value.hasPrefix("+") ? String(value.dropFirst()) : value) else { return nil }
            count = number
        }
        if count < 0 { return nil }
        if isBytes { return program == "head" ? String(text.prefix(count)) : isFromStart ? String(text.dropFirst(max(0, count - 1))) : String(text.suffix(count)) }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let whole = lines.last?.isEmpty == true ? lines.dropLast() : lines[...]
        let kept = program == "head" ? whole.prefix(count) : isFromStart ? whole.dropFirst(max(0, count - 1)) : whole.suffix(count)
        return kept.map { $0 + "\n" }.joined()
    }

    /// `{print}` and `{print $2}` of awk.
    private static func printed(_ arguments: [String], _ text: String) -> String? {
        guard arguments.count == 1, let script = arguments.first?.replacing(" ", with: ""), script.hasPrefix("{print"), script.hasSuffix("}") else { return nil }
        let field = script.dropFirst(6).dropLast()
        if field.isEmpty || field == "$0" { return text }
        guard field.hasPrefix("$"), let number = Int(field.dropFirst()) else { return nil }
        return text.split(separator: "\n").map { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            return (number <= words.count ? words[number - 1] : "") + "\n"
        }.joined()
    }

    /// `s/…/…/` and `s/…/…/g` with patterns of plain characters.
    private static func substitute(_ arguments: [String], _ text: String) -> String? {
        let scripts = arguments.filter { !$0.hasPrefix("-") }
        guard scripts.count == 1, arguments.allSatisfy({ !$0.hasPrefix("-") || ["-e", "-E", "-r"].contains($0) }), let script = scripts.first, script.hasPrefix("s"), script.count > 1
        else { return nil }
        var result = text
        for command in script.split(separator: ";").map(String.init) {
            guard command.hasPrefix("s"), let sign = command.dropFirst().first else { return nil }
            let parts = command.dropFirst(2).split(separator: sign, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3, !parts[0].isEmpty, ["", "g"].contains(parts[2]) else { return nil }
            var pattern = parts[0]
            let atStart = pattern.hasPrefix("^"), atEnd = pattern.hasSuffix("$")
            if atStart { pattern.removeFirst() }
            if atEnd { pattern.removeLast() }
            guard !pattern.contains(where: { "\\.*[]^$+?(){}|".contains($0) }), !parts[1].contains(where: { "\\&".contains($0) }) else { return nil }
            result = lines(result) { line in
                if atStart, atEnd { return line == pattern ? parts[1] : String(line) }
                if atStart { return line.hasPrefix(pattern) ? parts[1] + line.dropFirst(pattern.count) : String(line) }
                if atEnd { return line.hasSuffix(pattern) ? String(line.dropLast(pattern.count)) + parts[1] : String(line) }
                return String(line.replacing(pattern, with: parts[1], maxReplacements: parts[2] == "g" ? .max : 1))
            }
        }
        return result
    }
}

/// Text behind an encoding.
enum Decoding {
    static func base64(_ text: String) -> String? { bits(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 6) }
    static func base32(_ text: String) -> String? { bits(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5) }

    private static func bits(_ text: String, _ alphabet: String, _ width: UInt32) -> String? {
        let letters = Array(alphabet.utf8)
        var bytes: [UInt8] = [], held: UInt32 = 0, count: UInt32 = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "=") || byte == 10 || byte == 13 || byte == 32 { continue }
            guard let value = letters.firstIndex(of: byte) else { return nil }
            held = held << width | UInt32(value)
            count += width
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: held >> count))
                held &= (1 << count) - 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func hex(_ text: String) -> String? {
        let digits = text.filter { !$0.isWhitespace }.compactMap(\.hexDigitValue)
        guard digits.count == text.filter({ !$0.isWhitespace }).count else { return nil }
        let bytes = stride(from: 0, to: digits.count - digits.count % 2, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
