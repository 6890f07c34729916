import ShellSyntax

extension Evaluator {
    /// The next line of the input. Nil: there is none.
    private mutating func nextLine(delimiter: Unicode.Scalar = "\n", most: Int? = nil, isRaw: Bool = true) -> Value? {
        switch state.input.input {
        case .nothing: return nil
        case .text(let value):
            guard let text = value.known else {
                if let line = state.input.line { return line }
                let first = value.map { text in
                    guard let end = text.prefix.unicodeScalars.firstIndex(of: delimiter) else { return text.isEmpty ? text : .unknown }
                    return Text(String(text.prefix[..<end]))
                }
                return first.union(.unknown)
            }
            guard !text.isEmpty else { return nil }
            let line = text.unicodeScalars.prefix { $0 != delimiter }
            if var most {
                // A backslash that escapes does not count.
                if !isRaw { most += line.prefix(most).count { $0 == "\\" } }
                if most <= line.count {
                    state.input.input = .text(Value(String(text.unicodeScalars.dropFirst(most))))
                    return Value(String(line.prefix(most)))
                }
            }
            state.input.input = .text(Value(String(text.unicodeScalars.dropFirst(line.count + 1))))
            return Value(String(line))
        case .file, .calls, .socket:
            if let fetched = state.input.fetchedBy { taint = fetched }
            return state.input.line ?? .unknown
        }
    }

    mutating func read(_ arguments: [Argument], _ call: Call) {
        var names: [Argument] = [], array: String?, delimiter: Unicode.Scalar = "\n", isRaw = false, most: Int?
        var rest = arguments[...]
        while let argument = rest.first {
            rest.removeFirst()
            guard let text = argument.known, text.hasPrefix("-"), text.count > 1, names.isEmpty else {
                names.append(argument)
                continue
            }
            for (index, letter) in text.enumerated().dropFirst() {
                if letter == "r" { isRaw = true }
                guard "adinNptu".contains(letter) else { continue }
                let attached = String(text.dropFirst(index + 1))
                let value = attached.isEmpty ? rest.popFirst()?.known : attached
                if letter == "a" { array = value ?? "" }
                if letter == "d" { delimiter = value?.unicodeScalars.first ?? "\0" }
                if letter == "n" || letter == "N" { most = value.flatMap(Int.init) }
                if letter == "u", let number = value.flatMap(Int.init), case .reads(let input)? = state.streams[number] { state.input = input }
                break
            }
        }
        if case .file(let path) = state.input.input, !call.wrappers.isEmpty { observe(.read(path, prints: true), call.span) }
        let line = nextLine(delimiter: delimiter, most: most, isRaw: isRaw)
        outcome = Outcome(status: line == nil ? .failure : line?.isCertain == true ? .success : .unknown)
        let separators = call.environment["IFS"] ?? state.variables["IFS"]?.value ?? Value(" \t\n")
        let value = (line ?? .empty).map { text in isRaw ? text : text.known.map { Text(Fields.marked($0)) } ?? text }
        if let array {
            let fields = value.known.flatMap { text in separators.known.map { Fields.split(text, by: $0) } }
            var variable = Variable(elements: (fields ?? []).enumerated().map { .init(key: String($0.offset), value: Value(Fields.unmarked($0.element))) }, hasMore: fields == nil)
            variable.fetchedBy = taint
            state.variables[array] = variable
            return
        }
        for name in names { runSubscriptCode(name.value, call.span) }
        let targets = names.isEmpty ? ["REPLY"] : names.compactMap(\.known)
        if names.contains(where: { $0.known == nil }) { for name in state.variables.keys { state.variables[name]?.value = .unknown } }
        assign(value, to: targets, separators)
    }

    private mutating func assign(_ value: Value, to names: [String], _ separators: Value) {
        guard let text = value.known, let separators = separators.known else {
            let value = value.map { text in text.known.map { Text(Fields.unmarked($0)) } ?? text }
            for name in names { assign(name, names.count == 1 ? value : value.isCertain ? .unknown : value.union(.unset)) }
            return
        }
        var rest = text[...]
        for (index, name) in names.enumerated() {
            if index == names.count - 1 {
                assign(name, Value(Fields.unmarked(names == ["REPLY"] ? String(rest) : Fields.trimmed(rest, separators))))
            } else {
                let (field, tail) = Fields.first(rest, separators)
                assign(name, Value(Fields.unmarked(field)))
                rest = tail
            }
        }
    }

    mutating func readArray(_ arguments: [Argument], _ call: Call) {
        runCallbacks(call)
        var name = "MAPFILE", delimiter: Unicode.Scalar = "\n", keeps = true, most: Int?, skipped: Int?, rest = arguments[...]
        while let argument = rest.popFirst() {
            guard let text = argument.known else { continue }
            guard text.hasPrefix("-"), text.count > 1 else {
                name = text
                continue
            }
            if text.prefix(while: { !"dnOsuCc".contains($0) }).contains("t") { keeps = false }
            guard let place = text.firstIndex(where: { "dnOsuCc".contains($0) }) else { continue }
            let attached = String(text[text.index(after: place)...]), value = attached.isEmpty ? rest.popFirst()?.known : attached
            if text[place] == "d" { delimiter = value?.unicodeScalars.first ?? "\0" }
            if text[place] == "n" { most = value.flatMap(Int.init) }
            if text[place] == "s" { skipped = value.flatMap(Int.init) }
        }
        outcome = Outcome()
        if case .text(let value) = state.input.input, let text = value.known {
            var lines = text.unicodeScalars.split(separator: delimiter, omittingEmptySubsequences: false).map { String($0) }
            let last = lines.popLast() ?? ""
            if keeps { lines = lines.map { $0 + String(Character(delimiter)) } }
            if !last.isEmpty { lines.append(last) }
            var kept = lines.dropFirst(max(0, skipped ?? 0))
            if let most, most > 0 { kept = kept.prefix(most) }
            state.variables[name] = Variable(elements: kept.enumerated().map { .init(key: String($0.offset), value: Value($0.element)) })
        } else {
            var variable = Variable(elements: state.input.line.map { [.init(key: "0", value: $0)] } ?? [], hasMore: true)
            if state.input.line == nil { variable.value = .unset }
            variable.fetchedBy = state.input.fetchedBy
            state.variables[name] = variable
        }
    }

    private mutating func runCallbacks(_ call: Call) {
        for (index, argument) in call.arguments.enumerated() where argument.known == "-C" && index + 1 < call.arguments.count {
            let code = call.arguments[index + 1].value
            isolated { evaluator in
                evaluator.runCode(code.flatMap { [$0.appending(Text(" ")).appending(.unknown)] }, source: "mapfile", call.span)
            }
        }
    }

    /// `printf -v NAME`, and printf.
    mutating func runPrintf(_ arguments: [Argument], _ call: Call) {
        var rest = arguments
        var name: Argument?
        if rest.count > 1, rest[0].known == "-v" {
            name = rest[1]
            rest = Array(rest.dropFirst(2))
        } else if let text = rest.first?.known, text.hasPrefix("-v"), text.count > 2 {
            name = Argument(String(text.dropFirst(2)))
            rest = Array(rest.dropFirst())
        }
        guard let name else { return emit(call) }
        runSubscriptCode(name.value, call.span)
        let value = PrintfFormat.output(rest, limits) ?? .unknown
        if let known = name.known { assign(known, value) } else { for name in state.variables.keys { state.variables[name]?.value = .unknown } }
        outcome = Outcome(status: .success)
    }
}

/// Splits lines as `read` does.
enum Fields {
    static func first(_ text: Substring, _ separators: String) -> (String, Substring) {
        let blanks = blanks(separators), all = separators.unicodeScalars
        let start = text.unicodeScalars.drop(while: blanks.contains)
        let field = start.prefix { !all.contains($0) }
        var rest = start[field.endIndex...].drop(while: blanks.contains)
        if let next = rest.first, all.contains(next), !blanks.contains(next) { rest = rest.dropFirst().drop(while: blanks.contains) }
        return (String(field), Substring(rest))
    }

    /// What the last name gets: all the rest, and a single separator behind the last field is no part of it.
    static func trimmed(_ text: Substring, _ separators: String) -> String {
        let (field, tail) = first(text, separators)
        if tail.isEmpty { return field }
        let blanks = blanks(separators)
        var rest = text.unicodeScalars.drop(while: blanks.contains)
        while let last = rest.last, blanks.contains(last) { rest = rest.dropLast() }
        return String(rest)
    }

    static func split(_ text: String, by separators: String) -> [String] {
        var rest = text[...], fields: [String] = []
        while !rest.isEmpty, fields.count < 4096 {
            let (field, tail) = first(rest, separators)
            if field.isEmpty, tail.isEmpty, rest.unicodeScalars.allSatisfy(blanks(separators).contains) { break }
            fields.append(field)
            rest = tail
        }
        return fields
    }

    /// A backslash takes the meaning from the next character, and is left out. What it stands before is no separator, so that scalars that
    /// no text has stand for it until the fields are found.
    static func marked(_ text: String) -> String {
        if !text.utf8.contains(UInt8(ascii: "\\")) { return text }
        var result = String.UnicodeScalarView(), isEscaped = false
        for scalar in text.unicodeScalars {
            if scalar == "\\", !isEscaped {
                isEscaped = true
            } else if isEscaped, scalar == "\n" {
                isEscaped = false
            } else {
                result.append(isEscaped && scalar.isASCII ? Unicode.Scalar(mark + scalar.value) ?? scalar : scalar)
                isEscaped = false
            }
        }
        return String(result)
    }

    static func unmarked(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { isMarked($0) }) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(isMarked(scalar) ? Unicode.Scalar(scalar.value - mark) ?? scalar : scalar) }
        return String(result)
    }

    private static let mark: UInt32 = 0xF0000
    private static func isMarked(_ scalar: Unicode.Scalar) -> Bool { (mark..<(mark + 0x80)).contains(scalar.value) }

    /// Those separators of which several in a row count as one.
    private static func blanks(_ separators: String) -> Set<Unicode.Scalar> { Set(separators.unicodeScalars).intersection([" ", "\t", "\n"]) }
}
