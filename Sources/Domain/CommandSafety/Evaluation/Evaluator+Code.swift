import ShellSyntax

extension Evaluator {
    /// Reads a text as shell code; what is not understood is denied.
    mutating func parse(_ text: String, _ span: Span) -> CommandList? {
        steps += text.utf8.count / 64
        do throws(ShellReject) {
            return try ShellParser.parse(text)
        } catch {
            find(.notUnderstood, span, "the text '\(DisplayText.escaped(String(text.prefix(60))))' is not understood: \(error.reason)", instead: "write it plainly")
            return nil
        }
    }

    /// Runs a list that was read from a text inside the script: its places are that text's.
    mutating func runInner(_ list: CommandList, _ span: Span) {
        let outer = outerSpan
        outerSpan = place(span)
        deeper(span) { $0.runList(list) }
        outerSpan = outer
    }

    /// Runs a text as code, in this shell.
    mutating func runCode(_ value: Value, source: String, _ span: Span, fetchedBy: String? = nil) {
        if value.texts.count == 1 { return runCode(value.texts[0], source: source, span, fetchedBy) }
        let before = state, captured = capture
        var ways = Ways()
        for text in value.texts {
            state = before
            capture = captured
            runCode(text, source: source, span, fetchedBy)
            end(&ways)
        }
        meet(ways)
    }

    private mutating func runCode(_ text: Text, source: String, _ span: Span, _ fetchedBy: String?) {
        if let known = text.known {
            guard !known.isEmpty, let script = parse(known, span) else { return }
            return runInner(script, span)
        }
        let isOpen = text.pieces.contains { piece in
            switch piece {
            case .unknown, .star, .oneOf: true
            case .known, .name: false
            }
        }
        if isOpen {
            if let fetchedBy = fetchedBy ?? taint {
                observeFetched(fetchedBy, span, nil)
            } else {
                observe(.runUnknown(source: source), span)
            }
        }
        // What is known of it is judged too, with variables in the place of what is not.
        let code = text.pieces.map { piece in
            switch piece {
            case .known(let known): known
            case .name: "${muster_name}"
            case .unknown, .star, .oneOf: "${muster_unknown}"
            }
        }.joined()
        guard text.pieces.count > 1 else { return }
        let script: CommandList
        do throws(ShellReject) {
            script = try ShellParser.parse(code)
        } catch {
            if !isOpen { find(.notUnderstood, span, "the text for \(source) is not understood: \(error.reason)") }
            return
        }
        state.variables["muster_name"] = Variable(.name)
        state.variables["muster_unknown"] = Variable(.unknown)
        runInner(script, span)
        state.variables["muster_name"] = nil
        state.variables["muster_unknown"] = nil
    }

    /// Runs what comes in as code.
    mutating func runInput(_ input: PipeInput, _ call: Call) {
        switch input.input {
        case .nothing: break
        case .text(let value): runCode(value, source: "the input of \(call.program)", call.span, fetchedBy: input.fetchedBy)
        case .file(let path):
            if let program = input.fetchedBy { observeFetched(program, call.span, call) } else { observe(.runFile(path), call.span, call) }
        case .socket(let path): findBackdoor(path, call)
        case .calls(let calls):
            if let program = input.fetchedBy ?? calls.first(where: { KnownPrograms.fetchers.contains($0.program) })?.program {
                observeFetched(program, call.span, call)
            } else {
                observe(.runUnknown(source: calls.last.map { "the output of \($0.program)" } ?? "a pipe"), call.span, call)
            }
            if let text = input.partial ?? input.line { runCode(text, source: "a pipe", call.span, fetchedBy: input.fetchedBy) }
        }
    }

    /// Text from the network is run. From a bare connection it is a back door.
    mutating func observeFetched(_ program: String, _ span: Span, _ call: Call?) {
        observe(.runFetched(source: program), span, call)
        if KnownPrograms.netcats.contains(program) || program == "a socket" {
            find(.backdoorShell, span, "what comes over the network from \(program) would be run")
        }
    }

    mutating func findBackdoor(_ path: Value, _ call: Call) {
        find(.backdoorShell, call.span, "\(call.program) would be connected to \(DisplayText.escaped(path.shown))")
    }

    /// Runs a file: known when the script wrote it itself. Another one is told by the call that runs it, if `runner` says which.
    mutating func runFile(_ path: Value, _ call: Call, isSourced: Bool, runner: Call? = nil) {
        var isTold = runner == nil
        for text in path.texts {
            guard let known = text.fileKey else {
                if let taint {
                    observeFetched(taint, call.span, call)
                } else if text.prefix.isEmpty {
                    observe(.runUnknown(source: "the file \(DisplayText.escaped(text.shown))"), call.span, call)
                } else {
                    observe(.runFile(Value([text])), call.span, call)
                }
                continue
            }
            for place in Value([Text(fileKey: known)]).places(in: state.directories).texts.compactMap(\.fileKey) {
                runFile(place, call, isSourced: isSourced, runner, &isTold)
            }
        }
    }

    private mutating func runFile(_ path: String, _ call: Call, isSourced: Bool, _ runner: Call?, _ isTold: inout Bool) {
        if path == "/dev/stdin" || path == "/dev/fd/0" || path == "/proc/self/fd/0" { return runInput(state.input, call) }
        for start in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(start) {
            guard let number = Int(path.dropFirst(start.count)), case .reads(let input)? = state.streams[number] else { continue }
            return runInShell(isSourced: isSourced, call) { $0.runInput(input, call) }
        }
        let name = "file:" + path
        let isAgain = enters(name, call)
        guard !isAgain else { return }
        frames.append(Frame(name: name, forks: forks, isFile: true))
        if let input = world.processes[path] {
            runInShell(isSourced: isSourced, call) { $0.runInput(input, call) }
        } else {
            let target = world.links[path]?.known ?? path
            switch content(of: target) {
            case .text(let value)?:
                if let interpreter = Self.interpreter(of: value), !KnownPrograms.shells.contains(interpreter) {
                    observe(.runFile(Value([Text(fileKey: target)])), call.span, call)
                    var inner = call
                    inner.setPath(interpreter)
                    inner.arguments = [Argument(target, span: call.span)] + call.arguments
                    emit(inner)
                } else {
                    runInShell(isSourced: isSourced, call) { $0.runCode(value, source: path, call.span) }
                }
            case .fetched(let program)?: observeFetched(program, call.span, call)
            case .copy(let other)?: observe(.runFile(Value(other)), call.span, call)
            case .unknown?: observe(.runFile(Value([Text(fileKey: target)])), call.span, call)
            case nil:
                if let runner {
                    if !isTold { emit(runner) }
                    isTold = true
                } else {
                    observe(.runFile(Value([Text(fileKey: target)])), call.span, call)
                }
            }
        }
        leave(isSourced: isSourced)
    }

    /// The program of a `#!` line.
    private static func interpreter(of value: Value) -> String? {
        guard let text = value.texts.first?.prefix, text.hasPrefix("#!") else { return nil }
        let words = text.dropFirst(2).prefix { $0 != "\n" }.split(separator: " ").filter { !$0.hasPrefix("-") }
        let first = words.first.map { LexicalPath.name(String($0)) }
        return first == "env" ? words.dropFirst().first.map(String.init) : first
    }

    /// Code of another file or shell: in this shell when it is sourced, in a new one if not.
    private mutating func runInShell(isSourced: Bool, _ call: Call, _ body: (inout Evaluator) -> Void) {
        if isSourced { return body(&self) }
        newShell(call, positional: Positional(call.arguments, name: Value(call.path))) { body(&$0) }
    }

    /// A new shell: only what is exported is there.
    mutating func newShell(_ call: Call, positional: Positional, _ body: (inout Evaluator) -> Void) {
        let around = surroundings
        surroundings = call.surroundings
        isolated { evaluator in
            evaluator.state.variables = evaluator.state.variables.filter { $0.value.isExported || Environment.value(of: $0.key) != nil && $0.key != "IFS" }
            for (name, value) in call.environment {
                var variable = Variable(value)
                variable.isExported = true
                evaluator.state.variables[name] = variable
            }
            let exported = evaluator.state.exportedFunctions
            evaluator.state.functions = evaluator.state.functions.filter { exported.contains($0.key) }
            evaluator.state.aliases = [:]
            evaluator.state.positional = positional
            evaluator.state.exitsOnError = false
            evaluator.state.failsOnUnset = false
            body(&evaluator)
        }
        surroundings = around
    }

    /// Judges shell code that a call of the observations would run by its own rules (`tar --to-command`, `awk 'system("…")'`), as if it stood
    /// where the call stands. More observations follow the ones there are.
    package mutating func run(code: Value, inside call: Call) {
        var around = call
        around.wrappers.append(call.program)
        let before = (state.directories, outerSpan)
        if !call.directories.isEmpty { state.directories = call.directories }
        outerSpan = call.span
        newShell(around, positional: Positional()) { evaluator in
            evaluator.state.input = PipeInput()
            evaluator.runCode(code, source: call.program, call.span)
        }
        (state.directories, outerSpan) = before
    }

    // MARK: Functions

    mutating func runFunction(_ name: String, _ places: [Int], _ call: Call) {
        for place in places { definedFunctions[place].wasCalled = true }
        let bodies = places.map { definedFunctions[$0].body }
        if bodies.count == 1 { return runBody(bodies[0], name, call) }
        let before = state, captured = capture
        var ways = Ways()
        for body in bodies {
            state = before
            capture = captured
            runBody(body, name, call)
            end(&ways)
        }
        meet(ways)
    }

    mutating func runBody(_ body: Command, _ name: String, _ call: Call, _ arguments: Positional? = nil) {
        guard !enters(name, call) else {
            outcome = Outcome()
            return
        }
        let positional = state.positional, around = surroundings
        surroundings = call.surroundings
        surroundings.wrappers = call.wrappers
        state.positional = arguments ?? Positional(call.arguments, name: positional.name)
        var hidden: [(String, Variable?)] = []
        for (name, value) in call.environment {
            hidden.append((name, state.variables[name]))
            assign(name, value)
        }
        frames.append(Frame(name: name, forks: forks))
        deeper(call.span) { $0.run(body) }
        leave(isSourced: true)
        for (name, variable) in hidden {
            // Some shells keep it, some do not.
            guard let kept = state.variables[name] else { continue }
            state.variables[name] = variable.map { $0.joined(kept) } ?? kept
        }
        state.positional = positional
        surroundings = around
    }

    /// Whether a function or file is being run already, more often than is followed. One that starts itself through a pipe or in the
    /// background is a fork bomb.
    private mutating func enters(_ name: String, _ call: Call) -> Bool {
        guard let frame = frames.last(where: { $0.name == name }) else { return false }
        if forks > frame.forks {
            find(.resourceExhaustion, call.span, "\(name) starts itself again and again", instead: "use a loop with an end")
            return true
        }
        return frames.count(where: { $0.name == name }) >= 3
    }

    /// Ends the innermost frame: what `return` left counts, and local variables go.
    private mutating func leave(isSourced: Bool) {
        guard let frame = frames.popLast() else { return }
        if isSourced {
            for exit in frame.exits {
                var exit = exit
                exit.isDead = false
                state.join(exit)
            }
        }
        for (name, variable) in frame.hidden { state.variables[name] = variable }
    }
}

extension Call {
    /// What holds for all that is called inside this call.
    var surroundings: Call {
        var around = Call("", [], span: span)
        around.wrappers = wrappers
        around.user = user
        around.isElsewhere = isElsewhere
        around.isBackground = isBackground
        around.isUnbounded = isUnbounded
        return around
    }
}
