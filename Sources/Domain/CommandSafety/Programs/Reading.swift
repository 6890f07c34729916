/// A call read by its program's grammar: options with their values, operands, and the effects found so far.
struct Reading {
    let call: Call
    let grammar: OptionGrammar
    private(set) var options: [(name: String, value: Value?)] = []
    private(set) var operands: [Value] = []
    private var roles: [(Role, Value)] = []
    /// Something among the arguments is not known and may be, or hide, options.
    private(set) var isUncertain = false
    var effects: [Effect] = []
    /// Shell text that it would run: to be judged as if it ran here.
    var shellCode: [Value] = []

    init(_ call: Call, _ grammar: OptionGrammar) {
        self.call = call
        self.grammar = grammar
        read()
    }

    // MARK: Reading

    private mutating func read() {
        let arguments = call.arguments
        var index = 0
        var areOptionsOver = false
        while index < arguments.count {
            let argument = arguments[index]
            index += 1
            if areOptionsOver {
                operands.append(argument.value)
                continue
            }
            if let known = argument.value.known {
                if known == "--" {
                    areOptionsOver = true
                } else if known.utf8.first == UInt8(ascii: "-"), known.utf8.count > 1 {
                    option(Text(known), arguments, &index)
                } else {
                    operands.append(argument.value)
                    areOptionsOver = grammar.stopsAtOperand
                }
                continue
            }
            var others: [Text] = []
            for text in argument.value.texts {
                let prefix = text.prefix
                if prefix.utf8.first == UInt8(ascii: "-"), prefix.utf8.count > 1 {
                    option(text, arguments, &index)
                } else {
                    if case .unknown? = text.pieces.first { isUncertain = true }
                    if prefix == "-", text.pieces.count > 1 { isUncertain = true }
                    if text.pieces.isEmpty, argument.maySplit { continue }
                    others.append(text)
                }
            }
            if !others.isEmpty {
                operands.append(Value(others))
                areOptionsOver = grammar.stopsAtOperand
            }
        }
    }

    private mutating func option(_ text: Text, _ arguments: [Argument], _ index: inout Int) {
        let written = text.prefix
        func rest(_ count: Int) -> Value {
            var pieces = text.pieces
            let tail = String(written.dropFirst(count))
            if tail.isEmpty { pieces.removeFirst() } else { pieces[0] = .known(tail) }
            return Value([Text(pieces)])
        }
        func next() -> Value? {
            guard index < arguments.count else { return nil }
            index += 1
            return arguments[index - 1].value
        }
        if written.hasPrefix("--") || grammar.hasLongDashes {
            let name = String(written.prefix { $0 != "=" })
            let hasValue = name.count < written.count
            let meant = written.hasPrefix("--") ? grammar.long(name) : [grammar.whole(written) ?? grammar.whole(name) ?? .init(name: written, value: .none)]
            for (position, option) in meant.enumerated() {
                if case .needed(let role) = option.value {
                    let value = hasValue ? rest(name.count + 1) : position == 0 ? next() : nil
                    take(option.name, value, role)
                } else {
                    options.append((option.name, hasValue ? rest(name.count + 1) : nil))
                }
            }
            return
        }
        if text.pieces.count > 1 || text.pieces.count == 1 && text.known == nil { isUncertain = true }
        // `-rf`, `-ovalue`, `-n5`.
        if let whole = grammar.whole(written), written.count > 2 {
            if case .needed(let role) = whole.value { take(whole.name, next(), role) } else { options.append((whole.name, nil)) }
            return
        }
        var position = 1
        for letter in written.dropFirst() {
            position += 1
            let option = grammar.short(letter)
            switch option.value {
            case .none: options.append((option.name, nil))
            case .attached:
                options.append((option.name, position < written.count || text.pieces.count > 1 ? rest(position) : nil))
                return
            case .needed(let role):
                take(option.name, position < written.count || text.pieces.count > 1 ? rest(position) : next(), role)
                return
            }
        }
    }

    private mutating func take(_ name: String, _ value: Value?, _ role: Role) {
        options.append((name, value))
        if let value, role != .text { roles.append((role, value)) }
    }

    // MARK: Questions

    func has(_ names: String...) -> Bool { options.contains { names.contains($0.name) } }
    func value(_ names: String...) -> Value? { options.last { names.contains($0.name) && $0.value != nil }?.value }
    func values(_ name: String) -> [Value] { options.compactMap { $0.name == name ? $0.value : nil } }

    /// The operand at this place as a known text.
    func word(_ index: Int) -> String? { index < operands.count ? operands[index].known : nil }
    /// The first operand as a known text: a verb. Empty if there is none, nil if it is not known.
    var verb: String? { operands.isEmpty ? "" : operands[0].known }
    /// All arguments that are known.
    var words: [String] { call.arguments.compactMap(\.known) }
    /// All that is known of the arguments, in one text.
    var wholeText: String { call.arguments.map { $0.value.display }.joined(separator: " ") }
    func hasWord(_ words: String...) -> Bool { call.arguments.contains { argument in argument.known.map(words.contains) ?? false } }
    /// An argument of which nothing is known.
    var hasUnknownWord: Bool { call.arguments.contains { argument in argument.value.texts.contains { $0.pieces.first == .unknown } } }

    // MARK: Effects

    /// Shell text that an option or a language's call runs.
    /// - Parameter asks: whether the program may be asked about for running anything at all.
    mutating func addShell(_ code: Value, by program: String, asks: Bool = true) {
        shellCode.append(code)
        if asks { add(.runUnknown(source: "\(program) runs '\(code.display)'")) }
    }

    mutating func add(_ effect: Effect) { effects.append(effect) }

    mutating func apply(_ role: Role, _ value: Value) {
        switch role {
        case .text, .target, .device: break
        case .reads: add(.read(value, prints: false))
        case .prints: add(.read(value, prints: true))
        case .writes: add(.write(value, .replace, content: nil))
        case .appends: add(.write(value, .append, content: nil))
        case .edits: add(.write(value, .edit, content: nil))
        case .touches: add(.write(value, .touch, content: nil))
        case .makes: add(.makeDirectory(value))
        case .deletes: add(.delete(value, .itself))
        case .deletesTree: add(.delete(value, .tree))
        case .runs: add(.runFile(value))
        case .code: addShell(value, by: call.program)
        }
    }

    /// What follows from the options' values by themselves.
    mutating func applyOptions() {
        for (role, value) in roles { apply(role, value) }
    }

    /// What comes in, as text, if it is known.
    var inputText: Value? { if case .text(let value) = call.input { value } else { nil } }
    /// The calls whose output comes in.
    var inputCalls: [Call] { if case .calls(let calls) = call.input { calls } else { [] } }
    var hasInput: Bool { call.input != .nothing }
}

extension Value {
    /// For people: unknown parts as `…`.
    var display: String {
        guard let text = texts.first else { return "" }
        if let known = text.known { return known }
        var shown = ""
        for piece in text.pieces {
            switch piece {
            case .known(let known): shown += known
            case .unknown, .name: shown += "…"
            case .star: shown += "*"
            case .oneOf: shown += "?"
            }
        }
        return shown
    }

    /// All that is known of it in any reading, for looking for words.
    var allText: String {
        texts.map { text in text.pieces.map { if case .known(let known) = $0 { known } else { "\u{0}" } }.joined() }.joined(separator: "\n")
    }

    /// Without this beginning, in each reading that has it.
    func dropping(_ prefix: String) -> Value {
        Value(
            texts.compactMap { text in
                guard text.prefix.hasPrefix(prefix) else { return nil }
                var pieces = text.pieces
                let rest = String(text.prefix.dropFirst(prefix.count))
                if rest.isEmpty { pieces.removeFirst() } else { pieces[0] = .known(rest) }
                return Text(pieces)
            })
    }

    /// With a `/` and a name behind it.
    func child(_ name: String) -> Value {
        Value(texts.map { Text($0.pieces.isEmpty ? [.known(name)] : $0.known.map { [.known($0 + "/" + name)] } ?? $0.pieces + [.known("/" + name)]) })
    }

    var prefix: String { texts.first?.prefix ?? "" }
    var isWhollyUnknown: Bool { texts.contains { $0.pieces.first == .unknown } }
    /// The last part, if it is known.
    var lastName: String? { known?.split(separator: "/").last.map(String.init) }
}
