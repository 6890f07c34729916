import ShellSyntax

extension Evaluator {
    /// Sets a variable, by the attributes that it has.
    mutating func assign(_ name: String, _ value: Value, appends: Bool = false) {
        guard name.utf8.allSatisfy({ $0 != UInt8(ascii: "[") }) else {
            assignElement(name, value)
            return
        }
        var target = name
        for _ in 0..<8 {
            guard let variable = state.variables[target], variable.isReference, let next = variable.value.known else { break }
            target = next
        }
        var variable = state.variables[target] ?? Variable(Environment.value(of: target) ?? .unset)
        let isNew = state.variables[target] == nil && Environment.value(of: target) == nil
        var new = value
        if variable.isInteger { new = arithmetic(Word(parts: [.literal(value.known ?? "?")])) }
        if let letterCase = variable.letterCase { new = new.map { TextEdit.changingCase(letterCase == "u" ? "^^" : ",,", nil, $0) } }
        if appends {
            new = isNew ? new.union(Value.unknown.appending(new)) : variable.value.appending(new)
        } else {
            variable.fetchedBy = nil
        }
        if new.texts.contains(where: { $0.knownLength > limits.characters }) {
            stop(outerSpan ?? Span(0, 0), "the text in \(target) grows over \(limits.characters) characters", "write it shorter")
            new = .unknown
        }
        variable.value = new
        if variable.elements != nil {
            variable.elements?.removeAll { $0.key == "0" }
            variable.elements?.insert(.init(key: "0", value: new), at: 0)
        }
        if let taint { variable.fetchedBy = taint }
        state.variables[target] = variable
    }

    /// `name[key]=value`, as one text.
    private mutating func assignElement(_ text: String, _ value: Value) {
        guard let open = text.firstIndex(of: "[") else { return }
        assignElement(String(text[..<open]), key: Value(String(text[text.index(after: open)...].dropLast())), value, appends: false)
    }

    private mutating func assignElement(_ name: String, key: Value, _ value: Value, appends: Bool) {
        var variable = state.variables[name] ?? Variable(elements: [])
        var elements = variable.elements ?? (variable.value.isEmptyText ? [] : [.init(key: "0", value: variable.value)])
        steps += elements.count / 128
        if let known = key.known {
            if let index = elements.firstIndex(where: { $0.key == known }) {
                elements[index].value = appends ? elements[index].value.appending(value) : value
            } else {
                elements.append(.init(key: known, value: value))
                if !variable.isAssociative { elements.sort { (Int($0.key) ?? 0) < (Int($1.key) ?? 0) } }
            }
        } else {
            for index in elements.indices { elements[index].value = elements[index].value.union(value) }
            elements.append(.init(key: "?\(elements.count)", value: value.union(.empty)))
            variable.hasMore = true
        }
        variable.elements = elements
        variable.value = elements.first { $0.key == "0" }?.value ?? (variable.hasMore ? .unset : .empty)
        if let taint { variable.fetchedBy = taint }
        state.variables[name] = variable
    }

    /// An assignment of the script. Returns the value, for those that hold for one command only.
    mutating func run(_ assignment: Assignment, isTemporary: Bool) -> Value {
        let span = assignment.span
        switch assignment.value {
        case .word(let word):
            let before = taint
            taint = nil
            let value = expandToValue(word)
            // `while :; do a=$a$a; done` takes all memory.
            if restless > 0, assignment.subscripted == nil, word.mentions(assignment.name) > (assignment.appends ? 0 : 1) || word.mentions(assignment.name) == 1 && word.grows {
                observe(.exhaust(what: "the text in \(assignment.name) grows without end"), span)
            }
            if let subscripted = assignment.subscripted {
                let key = state.variables[assignment.name]?.isAssociative == true ? expandToValue(subscripted) : arithmetic(subscripted)
                assignElement(assignment.name, key: key, value, appends: assignment.appends)
            } else if !isTemporary {
                assign(assignment.name, value, appends: assignment.appends)
            }
            taint = taint ?? before
            let whole = assignment.appends && isTemporary ? self.value(of: assignment.name).appending(value) : value
            noteEnvironment(assignment.name, isTemporary ? whole : self.value(of: assignment.name), span)
            return whole
        case .array(let elements):
            assignArray(assignment.name, elements, appends: assignment.appends, span)
            return .unknown
        }
    }

    mutating func assignArray(_ name: String, _ elements: [Assignment.Element], appends: Bool, _ span: Span) {
        let before = taint
        taint = nil
        var variable = Variable(elements: appends ? state.variables[name]?.elements ?? [] : [])
        variable.isAssociative = state.variables[name]?.isAssociative ?? false
        variable.hasMore = appends && (state.variables[name].map(\.hasMore) ?? true)
        steps += (variable.elements?.count ?? 0) / 128
        var next = (variable.elements?.last?.key).flatMap(Int.init).map { $0 &+ 1 } ?? 0
        for element in elements {
            if let subscripted = element.subscripted {
                let key = variable.isAssociative ? expandToValue(subscripted) : arithmetic(subscripted)
                let value = expandToValue(element.word)
                variable.elements?.append(.init(key: key.known ?? "?\(next)", value: value))
                if key.known == nil { variable.hasMore = true }
                next = key.known.flatMap(Int.init).map { $0 &+ 1 } ?? next &+ 1
                continue
            }
            let lists = expandToArguments([element.word], span)
            // Several readings of one element: each place holds any.
            let count = lists.map(\.count).max() ?? 0
            for place in 0..<count {
                let values = lists.map { $0.count > place ? $0[place].value : .empty }
                variable.elements?.append(.init(key: String(next), value: values.dropFirst().reduce(values[0]) { $0.union($1) }))
                next &+= 1
            }
            if lists.contains(where: { $0.contains(where: \.maySplit) }) { variable.hasMore = true }
        }
        variable.value = variable.elements?.first?.value ?? (variable.hasMore ? .unset : .empty)
        variable.fetchedBy = taint
        taint = taint ?? before
        state.variables[name] = variable
    }

    /// Variables that change what later programs do, and those that hold code.
    mutating func noteEnvironment(_ name: String, _ value: Value, _ span: Span, _ call: Call? = nil) {
        guard CommandGuard.changesPrograms(variable: name) || Self.codeVariables.contains(name) else { return }
        if name == "IFS" { return }
        observe(.environment(name: name, value: value), span, call)
        if name == "BASH_ENV" || name == "ENV" {
            if !value.isEmptyText { runFile(value, Call("bash", [], span: span), isSourced: false) }
        } else if Self.codeVariables.contains(name) {
            for text in value.texts where text.known?.isEmpty == false && text.known != "-" {
                isolated { $0.runCode(Value([text]), source: "the variable \(name)", span) }
            }
        }
    }

    /// A shell, or many programs, run what these hold.
    private static let codeVariables: Set<String> = [
        "PROMPT_COMMAND", "EDITOR", "VISUAL", "PAGER", "GIT_SSH_COMMAND", "GIT_EDITOR", "GIT_PAGER", "MANPAGER", "SUDO_EDITOR", "SYSTEMD_PAGER", "SYSTEMD_EDITOR",
        "GIT_EXTERNAL_DIFF", "GIT_ASKPASS", "SSH_ASKPASS", "SUDO_ASKPASS", "RSYNC_RSH", "CVS_RSH", "BROWSER",
    ]
}
