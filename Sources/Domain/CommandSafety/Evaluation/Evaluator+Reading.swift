import ShellSyntax

extension Evaluator {
    /// The next line of the input. Nil: there is none.
    private mutating func nextLine(delimiter: Character = "\n") -> Value? {
        switch state.input.input {
        case .nothing: return nil
        case .text(let value):
            guard let text = value.known else {
                if let line = state.input.line { return line }
                let first = value.map { text in
                    guard let end = text.prefix.firstIndex(of: delimiter) else { return text.isEmpty ? text : .unknown }
                    return Text(String(text.prefix[..<end]))
                }
                return first.union(.unknown)
            }
            guard !text.isEmpty else { return nil }
            let line = text.prefix { $0 != delimiter }
            state.input.input = .text(Value(String(text.dropFirst(line.count + 1))))
            return Value(String(line))
        case .file, .calls, .socket:
            if let fetched = state.input.fetchedBy { taint = fetched }
            return state.input.line ?? .unknown
        }
    }

    mutating func read(_ arguments: [Argument], _ call: Call) {
        var names: [Argument] = [], array: String?, delimiter: Character = "\n", isRaw = false
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
                if letter == "d" { delimiter = value?.first ?? "\0" }
                if letter == "u", let number = value.flatMap(Int.init), case .reads(let input)? = state.streams[number] { state.input = input }
                break
            }
        }
        if case .file(let path) = state.input.input, !call.wrappers.isEmpty { observe(.read(path, prints: true), call.span) }
        let line = nextLine(delimiter: delimiter)
        outcome = Outcome(status: line == nil ? .failure : line?.isCertain == true ? .success : .unknown)
        let value = (line ?? .empty).map { text in isRaw ? text : text.known.map { Text($0.filter { $0 != "\\" }) } ?? text }
        let separators = call.environment["IFS"] ?? state.variables["IFS"]?.value ?? Value(" \t\n")
        if let array {
            let fields = value.known.flatMap { text in separators.known.map { Fields.split(text, by: $0) } }
            var variable = Variable(elements: (fields ?? []).enumerated().map { .init(key: String($0.offset), value: Value($0.element)) }, hasMore: fields == nil)
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
            for name in names { assign(name, names.count == 1 ? value : value.isCertain ? .unknown : value.union(.unset)) }
            return
        }
        var rest = text[...]
        for (index, name) in names.enumerated() {
            if index == names.count - 1 {
                assign(name, Value(Fields.trimmed(rest, separators)))
            } else {
                let (field, tail) = Fields.first(rest, separators)
                assign(name, Value(field))
                rest = tail
            }
        }
    }

    mutating func readArray(_ arguments: [Argument], _ call: Call) {
        runCallbacks(call)
        var name = "MAPFILE", delimiter: Character = "\n", rest = arguments[...]
        while let argument = rest.popFirst() {
            guard let text = argument.known else { continue }
            guard text.hasPrefix("-"), text.count > 1 else {
                name = text
                continue
            }
            guard let place = text.firstIndex(where: { "dnOsuCc".contains($0) }) else { continue }
            let attached = String(text[text.index(after: place)...]), value = attached.isEmpty ? rest.popFirst()?.known : attached
            if text[place] == "d" { delimiter = value?.first ?? "\0" }
        }
        outcome = Outcome()
        if case .text(let value) = state.input.input, let text = value.known {
            let lines = text.split(separator: delimiter, omittingEmptySubsequences: false).map(String.init)
            let kept = lines.last == "" ? lines.dropLast() : lines[...]
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
        let start = text.drop { separators.contains($0) && $0.isWhitespace }
        let field = start.prefix { !separators.contains($0) }
        var rest = start[field.endIndex...].drop { separators.contains($0) && $0.isWhitespace }
        if let next = rest.first, separators.contains(next), !next.isWhitespace { rest = rest.dropFirst().drop { separators.contains($0) && $0.isWhitespace } }
        return (String(field), rest)
    }

    static func trimmed(_ text: Substring, _ separators: String) -> String {
        var rest = text.drop { separators.contains($0) && $0.isWhitespace }
        while let last = rest.last, separators.contains(last), last.isWhitespace { rest = rest.dropLast() }
        return String(rest)
    }

    static func split(_ text: String, by separators: String) -> [String] {
        var rest = text[...], fields: [String] = []
        while !rest.isEmpty, fields.count < 4096 {
            let (field, tail) = first(rest, separators)
            if field.isEmpty, tail.isEmpty { break }
            fields.append(field)
            rest = tail
        }
        return fields
    }
}
