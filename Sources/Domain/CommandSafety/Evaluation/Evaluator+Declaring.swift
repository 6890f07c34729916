import ShellSyntax

extension Evaluator {
    mutating func declare(_ arguments: [Argument], _ call: Call) {
        var flags = "", isBehind = false
        outcome = Outcome(status: .success)
        for argument in arguments {
            if let text = argument.known, !isBehind, text.hasPrefix("-") || text.hasPrefix("+"), text.count > 1 {
                if text == "--" { isBehind = true } else if text.hasPrefix("-") { flags += text.dropFirst() }
                continue
            }
            runSubscriptCode(argument.value, call.span)
            for text in argument.value.texts { declare(text, flags, call) }
        }
        // It prints what is set, functions with their text.
        if capture != nil, arguments.isEmpty || flags.contains("f") || flags.contains("p") { capture?.print(unknownOf: call) }
    }

    private mutating func declare(_ text: Text, _ flags: String, _ call: Call) {
        let head = text.prefix
        let equals = head.unicodeScalars.firstIndex(of: "=")
        var name = equals.map { String(head[..<$0]) } ?? head
        let appends = name.hasSuffix("+")
        if appends { name.removeLast() }
        guard !name.isEmpty, text.known != nil || equals != nil else { return }
        if flags.contains("f") {
            if call.program == "export" || flags.contains("x") { state.exportedFunctions.insert(name) }
            return
        }
        let plain = name.prefix { $0 != "[" }
        if ["local", "declare", "typeset"].contains(call.program), !flags.contains("g"), let index = frames.lastIndex(where: { !$0.isLoop && !$0.isFile }),
            frames[index].hidden[String(plain)] == nil
        {
            // A variable of its own, with nothing in it.
            let outer = state.variables[String(plain)]
            frames[index].hidden[String(plain)] = .some(outer)
            state.variables[String(plain)] = Variable(.empty)
            state.variables[String(plain)]?.isExported = outer?.isExported ?? false
        }
        var variable = state.variables[String(plain)] ?? Variable(Environment.value(of: name) ?? (call.program == "local" ? .empty : .unset))
        if flags.contains("i") { variable.isInteger = true }
        if flags.contains("n") { variable.isReference = true }
        if flags.contains("u") { variable.letterCase = "u" }
        if flags.contains("l") { variable.letterCase = "l" }
        if flags.contains("A") { variable.isAssociative = true }
        if flags.contains("a") || flags.contains("A"), variable.elements == nil { variable.elements = [] }
        if call.program == "export" || flags.contains("x") { variable.isExported = true }
        if let equals {
            let value = Value([text.dropping(bytes: head.utf8[..<equals].count + 1)])
            if variable.isReference {
                variable.value = value
                state.variables[name] = variable
            } else if let known = value.known, known.hasPrefix("("), known.hasSuffix(")"), flags.contains("a") || flags.contains("A") {
                // `declare -a x="(…)"` is read once more.
                state.variables[name] = variable
                runCode(Value("\(name)=\(known)"), source: "declare", call.span)
            } else {
                state.variables[String(plain)] = variable
                assign(name, value, appends: appends)
            }
            noteEnvironment(name, self.value(of: name), call.span)
        } else {
            state.variables[String(plain)] = variable
            if variable.isExported, state.variables[name] != nil { noteEnvironment(name, variable.value, call.span) }
        }
    }

    mutating func unset(_ arguments: [Argument], _ call: Call) {
        for argument in arguments where argument.known?.hasPrefix("-") != true {
            runSubscriptCode(argument.value, call.span)
            guard let name = argument.known else { continue }
            let flags = arguments.compactMap(\.known).filter { $0.hasPrefix("-") }.joined()
            if flags.contains("f") || state.variables[name] == nil { state.functions[name] = flags.contains("v") ? state.functions[name] : nil }
            guard !flags.contains("f") else { continue }
            if let open = name.firstIndex(of: "[") {
                let key = name[name.index(after: open)...].dropLast()
                state.variables[String(name[..<open])]?.elements?.removeAll { $0.key == key }
                continue
            }
            state.variables[name] = name == "IFS" ? nil : Variable(.empty)
        }
        outcome = Outcome(status: .success)
    }

    mutating func setOptions(_ arguments: [Argument]) {
        var rest = arguments[...]
        outcome = Outcome(status: .success)
        while let text = rest.first?.known, text.hasPrefix("-") || text.hasPrefix("+"), text.count > 1 {
            rest.removeFirst()
            if text == "--" {
                state.positional = Positional(Array(rest), name: state.positional.name)
                return
            }
            let isOn = text.hasPrefix("-")
            if text.dropFirst().contains("e") { state.exitsOnError = isOn }
            if text.dropFirst().contains("u") { state.failsOnUnset = isOn }
            if text.hasSuffix("o"), let name = rest.first?.known {
                rest.removeFirst()
                if name == "errexit" { state.exitsOnError = isOn }
                if name == "nounset" { state.failsOnUnset = isOn }
            }
        }
        if !rest.isEmpty { state.positional = Positional(Array(rest), name: state.positional.name) }
    }

    mutating func shift(_ arguments: [Argument]) {
        let count = arguments.isEmpty ? 1 : arguments[0].known.flatMap(Int.init)
        guard let count else {
            let all = state.positional.values.reduce(Value.unset) { $0.union($1) }
            state.positional.values = state.positional.values.map { _ in all }
            state.positional.hasMore = true
            return
        }
        outcome = Outcome()
        // Beyond the last one it does nothing.
        if count > state.positional.values.count, !state.positional.hasMore { return }
        state.positional.values = Array(state.positional.values.dropFirst(max(0, count)))
    }
}
