import ShellSyntax

extension Evaluator {
    mutating func runSimple(_ simple: SimpleCommand, _ command: Command) {
        guard step(command.span) else { return }
        taint = nil
        if simple.words.isEmpty { return runWithoutProgram(simple, command) }
        if simple.words.contains(where: \.isArray) { return declareArrays(simple, command) }
        let lists = Self.isDeclaration(simple.words) ? [expandDeclaration(simple.words, command.span)] : expandToArguments(simple.words, command.span)
        if isStopped { return }
        if lists.count == 1 {
            runSimple(lists[0], simple, command)
            outcome.narrowing = Narrowing(simple.words)
            return
        }
        let before = state, captured = capture, taint = taint
        var ways = Ways()
        for list in lists {
            state = before
            capture = captured
            self.taint = taint
            runSimple(list, simple, command)
            end(&ways)
        }
        meet(ways)
    }

    /// `export A=$x`: what is assigned there is not split.
    private static func isDeclaration(_ words: [Word]) -> Bool {
        guard let name = words.first?.literal, ["export", "readonly", "declare", "typeset", "local"].contains(name) else { return false }
        return words.dropFirst().contains(where: isAssignment)
    }

    private static func isAssignment(_ word: Word) -> Bool {
        guard case .literal(let text)? = word.parts.first, let equals = text.unicodeScalars.firstIndex(of: "="), let first = text.unicodeScalars.first else { return false }
        let name = text.unicodeScalars[..<equals]
        return !name.isEmpty && !("0"..."9").contains(first)
            && name.allSatisfy { $0 == "_" || $0 == "+" || $0.isASCII && $0.properties.isAlphabetic || ("0"..."9").contains($0) }
    }

    private mutating func expandDeclaration(_ words: [Word], _ span: Span) -> [Argument] {
        words.flatMap { word in
            if Self.isAssignment(word) { return [Argument(expandToValue(word), span: place(word.span))] }
            let lists = expandToArguments([word], span)
            if lists.count == 1 { return lists[0] }
            // It may read in several ways, and all that it may name counts.
            return [Argument(.of(lists.flatMap { $0.flatMap(\.value.texts) }), maySplit: true, span: place(word.span))]
        }
    }

    /// `declare -a X=(…)`: as if X were declared, and then set.
    private mutating func declareArrays(_ simple: SimpleCommand, _ command: Command) {
        var plain = simple
        var arrays: [(String, [Assignment.Element], Bool, Span)] = []
        plain.words = simple.words.map { word in
            guard word.isArray, case .literal(let head)? = word.parts.first, case .array(let elements)? = word.parts.last else { return word }
            let appends = head.hasSuffix("+=")
            let name = String(head.dropLast(appends ? 2 : 1))
            arrays.append((name, elements, appends, word.span))
            return Word(parts: [.literal(name)], span: word.span)
        }
        if plain.words.contains(where: \.isArray) { return stop(command.span, "an array stands where none is read", "write it as NAME=(…)") }
        runSimple(plain, command)
        for (name, elements, appends, span) in arrays { assignArray(name, elements, appends: appends, span) }
    }

    /// Assignments and redirections alone.
    private mutating func runWithoutProgram(_ simple: SimpleCommand, _ command: Command) {
        outcome = Outcome(status: .success)
        for assignment in simple.assignments {
            _ = run(assignment, isTemporary: false)
            if case .word(let word) = assignment.value, word.literal == nil { outcome = Outcome() }
        }
        guard !command.redirections.isEmpty else { return }
        let reads = command.redirections.contains { $0.kind == .read }
        redirected(command.redirections, command.span) { evaluator in
            if reads, case .file(let path) = evaluator.state.input.input { evaluator.observe(.read(path, prints: false), command.span) }
        }
    }

    private mutating func runSimple(_ arguments: [Argument], _ simple: SimpleCommand, _ command: Command) {
        guard let first = arguments.first else { return runWithoutProgram(simple, command) }
        var call = surroundings
        call.span = place(command.span)
        for assignment in simple.assignments {
            let value = run(assignment, isTemporary: true)
            call.environment[assignment.name] = value
        }
        let last = arguments.last?.value ?? .empty
        if command.redirections.isEmpty, state.streams.isEmpty {
            invoke(arguments, call, isShell: true)
            state.lastArgument = last
            return
        }
        if first.known == "exec", arguments.count == 1 {
            // The shell's own descriptors, from here on.
            let outputs = apply(command.redirections)
            tell(outputs, nil, command.span)
            outcome = Outcome()
            return
        }
        runRedirected(arguments, call, command)
        state.lastArgument = last
    }

    private mutating func runRedirected(_ arguments: [Argument], _ call: Call, _ command: Command) {
        var call = call
        let before = (state.streams, state.input, enclosing, tookOutputs, tookCall)
        let outputs = apply(command.redirections)
        let outside = capture
        let isCaptured = outputs.contains { $0.descriptor == 1 }
        let isDiverted = isCaptured || state.streams[1] != before.0[1]
        let read: Value? = if case .file(let path) = state.input.input, state.input != before.1 { path } else { nil }
        if isDiverted { capture = isCaptured ? Captured() : nil }
        enclosing += outputs
        call.outputs = outputs + openSockets
        tookOutputs = false
        tookCall = false
        invoke(arguments, call, isShell: true)
        let printed = capture
        if isDiverted { capture = outside }
        state.streams = before.0
        if command.redirections.contains(where: \.readsInput) { state.input = before.1 }
        enclosing = before.2
        if !tookCall, let read { observe(.read(read, prints: true), command.span) }
        tookCall = before.4
        if tookOutputs {
            for output in outputs where !output.isSocket {
                let content = output.descriptor == 1 ? printed.flatMap { $0.isKnown ? $0.value : nil } : nil
                record(output, content, fetchedBy: printed?.fetchedBy)
            }
        } else {
            tell(outputs, isCaptured ? printed : nil, command.span)
        }
        tookOutputs = before.3
    }

    // MARK: Finding the program

    /// Calls what the first argument names.
    ///
    /// - Parameters:
    ///   - template: what surrounds the call: wrappers, redirections, environment.
    ///   - isShell: the shell itself looks the name up, so that it may be a function.
    mutating func invoke(_ arguments: [Argument], _ template: Call, isShell: Bool) {
        guard let first = arguments.first else { return }
        if let name = first.value.known {
            if name.isEmpty, first.maySplit { return invoke(Array(arguments.dropFirst()), template, isShell: isShell) }
            return invoke(named: name, Array(arguments.dropFirst()), template, isShell: isShell)
        }
        let before = state, captured = capture
        var ways = Ways()
        var texts = first.value.texts
        if first.maySplit, !texts.contains(.empty) { texts.append(.empty) }
        for text in texts {
            state = before
            capture = captured
            if let name = text.known {
                if !name.isEmpty {
                    invoke(named: name, Array(arguments.dropFirst()), template, isShell: isShell)
                } else if first.maySplit {
                    invoke(Array(arguments.dropFirst()), template, isShell: isShell)
                }
            } else {
                invoke(unknown: text, Array(arguments.dropFirst()), template)
            }
            end(&ways)
        }
        meet(ways)
    }

    /// A program whose name is not known: never dropped, and judged as what it may well be.
    private mutating func invoke(unknown text: Text, _ arguments: [Argument], _ template: Call) {
        if let key = text.fileKey, content(of: key) != nil {
            var call = template
            call.path = text.shown
            call.arguments = arguments
            return runFile(Value([text]), call, isSourced: false)
        }
        let source = "the program \(DisplayText.escaped(text.shown))"
        if let taint { observeFetched(taint, template.span, nil) } else { observe(.runUnknown(source: source), template.span) }
        var candidates: Set<String> = []
        if let name = TextEdit.lastComponent(text) {
            if let known = name.known {
                if !known.isEmpty { candidates.insert(known) }
            } else if name.isPattern {
                candidates = KnownPrograms.risky.filter { Glob.mayRead(name.pieces[...], $0[...]) }
            } else if name.pieces.first == .name, name.pieces.count > 1 {
                candidates = KnownPrograms.risky.filter { Glob.mayRead(name.pieces[...], $0[...]) }
            }
        } else if text.pieces.count > 1 {
            candidates = KnownPrograms.risky.filter { Glob.mayRead(text.pieces[...], $0[...]) }
        }
        for candidate in candidates.sorted() {
            let before = state
            invoke(named: candidate, arguments, template, isShell: false)
            state = before
        }
        var call = template
        call.arguments = arguments
        capture?.print(unknownOf: call)
        outcome = Outcome()
    }

    private mutating func invoke(named path: String, _ arguments: [Argument], _ template: Call, isShell: Bool) {
        guard step(template.span) else { return }
        var call = template
        call.setPath(path)
        call.arguments = arguments
        call.input = state.input.input
        if isShell {
            if let text = state.aliases[path] { return runAlias(text, call) }
            if let places = state.functions[path] { return runFunction(path, places, call) }
        }
        // No program has such a name.
        if path.isEmpty || path.hasPrefix("-") { return }
        if !path.unicodeScalars.allSatisfy(\.isASCII) {
            find(.unknownCode, call.span, "the program name '\(DisplayText.escaped(path))' has letters that look like others", instead: "write it in plain letters")
        }
        if let hashed = state.hashed[path] { call.setPath(hashed) }
        guard !runWritten(&call) else { return }
        deeper(call.span) { $0.dispatch(call, isShell: isShell) }
    }

    /// A program that the script has made, copied or linked itself. True: it was run here.
    private mutating func runWritten(_ call: inout Call) -> Bool {
        if world.files.isEmpty, world.links.isEmpty, world.processes.isEmpty, !call.path.contains("/") { return false }
        if call.path.contains("/") {
            for path in Value(call.path).places(in: state.directories).texts.compactMap(\.known) {
                if world.processes[path] != nil {
                    runFile(Value(path), call, isSourced: false)
                    return true
                }
                if let target = world.links[path]?.known {
                    call.setPath(target)
                    return false
                }
                switch content(of: path) {
                case .copy(let other)?:
                    call.setPath(other)
                    return false
                case .text?, .fetched?, .unknown?:
                    runFile(Value(path), call, isSourced: false)
                    return true
                case nil: break
                }
            }
        } else if state.variables["PATH"] != nil, KnownPrograms.kinds[call.path] == nil || world.files.count > 0 {
            // Found by a PATH of the script's own.
            let name = call.path
            func isNamed(_ path: String) -> Bool { path.hasSuffix(name) && LexicalPath.name(path) == name }
            if let path = world.files.keys.filter(isNamed).min() {
                runFile(Value(path), call, isSourced: false)
            } else if let link = world.links.keys.filter(isNamed).min(), let target = world.links[link]?.known {
                call.setPath(target)
            }
        }
        return false
    }

    /// The shell puts an alias's text in the place of its name.
    private mutating func runAlias(_ text: Value, _ call: Call) {
        let name = call.path
        let hidden = state.aliases[name]
        state.aliases[name] = nil
        for text in text.texts {
            guard let known = text.known, let script = parse(known, call.span) else {
                if text.known == nil { observe(.runUnknown(source: "the alias \(name)"), call.span) }
                continue
            }
            runWithArguments(script, call.arguments, call)
        }
        if state.aliases[name] == nil { state.aliases[name] = hidden }
    }

    /// Runs a text to whose last command arguments are added.
    mutating func runWithArguments(_ script: CommandList, _ arguments: [Argument], _ call: Call) {
        var before = script
        guard let item = before.items.popLast(), item.rest.isEmpty, item.first.commands.count == 1, case .simple(let simple) = item.first.commands[0].form,
            item.first.commands[0].redirections.isEmpty
        else {
            runInner(script, call.span)
            observe(.runUnknown(source: "arguments behind \(call.program)"), call.span)
            return
        }
        runInner(before, call.span)
        let outer = outerSpan
        outerSpan = call.span
        var template = call
        for assignment in simple.assignments { template.environment[assignment.name] = run(assignment, isTemporary: true) }
        for list in expandToArguments(simple.words, call.span) { invoke(list + arguments, template, isShell: true) }
        outerSpan = outer
    }
}
