import ShellSyntax

extension Evaluator {
    /// Runs a part of the shell. What a wrapper runs is another process: its state changes are not kept.
    mutating func runBuiltin(_ call: Call, isShell: Bool) {
        if isShell {
            runHere(call)
        } else {
            isolated { $0.runHere(call) }
        }
    }

    private mutating func runHere(_ call: Call) {
        let arguments = call.arguments
        switch call.program {
        case "cd", "chdir": changeDirectory(arguments, call)
        case "pushd":
            state.directoryStack.append(state.directories)
            changeDirectory(arguments, call)
        case "popd":
            let back = state.directoryStack.popLast() ?? [.unknown]
            outcome = Outcome(directoriesOnSuccess: back, directoriesOnFailure: state.directories)
            state.directories = ShellState.union(back, state.directories)
        case "eval": runCode(.joined(arguments.map(\.value), by: " "), source: "eval", call.span)
        case ".", "source": runSource(arguments, call)
        case "exec": runExec(arguments, call)
        case "command", "builtin": runCommand(arguments, call)
        case "export", "readonly", "declare", "typeset", "local": declare(arguments, call)
        case "unset":
            if arguments.contains(where: { $0.known?.hasPrefix("HIST") ?? false }) { emit(call) }
            unset(arguments, call)
        case "set":
            if arguments.contains(where: { $0.known == "history" }) { emit(call) }
            setOptions(arguments)
        case "shift": shift(arguments)
        case "read": read(arguments, call)
        case "mapfile", "readarray": readArray(arguments, call)
        case "trap": trap(arguments, call)
        case "return": leaveFrame { !$0.isLoop }
        case "break", "continue": leaveFrame { $0.isLoop }
        case "exit", "logout":
            runExitTraps()
            state.isDead = true
        case "alias": defineAliases(arguments, call)
        case "unalias": for argument in arguments { if let name = argument.known { state.aliases[name] = nil } }
        case "hash": runHash(arguments, call)
        case "getopts":
            if arguments.count > 1, let name = arguments[1].known { assign(name, .name) }
            assign("OPTARG", state.positional.values.reduce(.unknown) { $0.union($1) })
            outcome = Outcome()
        case "let":
            for argument in arguments { _ = arithmetic(Word(parts: argument.value.known.map { [.quoted($0)] } ?? [.quoted("?")], span: call.span)) }
            outcome = Outcome()
        case "printf":
            // A width of thousands of millions.
            if let format = arguments.first?.known, format.split(separator: "%").contains(where: { $0.drop { "-+ #0".contains($0) }.prefix { $0.isNumber }.count > 9 }) {
                observe(.exhaust(what: "printf pads without measure"), call.span)
            }
            runPrintf(arguments, call)
        case ":", "true":
            emit(call, output: Captured())
            outcome = Outcome(status: .success)
        case "false":
            emit(call, output: Captured())
            outcome = Outcome(status: .failure)
        case "enable": runEnable(arguments, call)
        case "complete", "bind": runCallback(call)
        case "test", "[":
            for argument in arguments { runSubscriptCode(argument.value, call.span) }
            emit(call, output: Captured())
        default:
            capture?.print(unknownOf: call)
            outcome = Outcome()
        }
    }

    // MARK: Directories

    private mutating func changeDirectory(_ arguments: [Argument], _ call: Call) {
        let operand = arguments.first { !($0.known?.hasPrefix("-") ?? false) || $0.known == "-" }
        let before = state.directories
        let target: Value
        if operand?.known == "-" {
            target = .of(state.previousDirectories.flatMap(\.texts))
        } else if let operand {
            target = operand.value.known == "" ? .of(before.flatMap(\.texts)) : operand.maySplit ? operand.value.union(home("")) : operand.value
        } else {
            target = home("")
        }
        if let paths = state.variables["CDPATH"], let first = operand?.value.prefixText.first, first != "/", first != ".", first != "~", !paths.value.isEmptyText {
            outcome = Outcome()
            state.previousDirectories = before
            state.directories = [.unknown] + before
            return
        }
        let reached = target.flatMap { $0.isEmpty ? before.flatMap(\.texts) : Value([$0]).places(in: before).texts }.texts.flatMap { text in
            [Value([text])] + followed(text, isSlashed: true, changesNames: false).map { Value([$0]) }
        }
        state.previousDirectories = before
        outcome = Outcome(directoriesOnSuccess: reached, directoriesOnFailure: before)
        state.directories = ShellState.union(reached, before)
        if state.directories.count > Value.limit { state.directories = [.unknown] + before.prefix(4) }
    }

    // MARK: Code

    private mutating func runSource(_ arguments: [Argument], _ call: Call) {
        let rest = arguments.first?.known == "--" ? Array(arguments.dropFirst()) : arguments
        guard let file = rest.first else { return }
        let before = state.positional
        if rest.count > 1 { state.positional = Positional(Array(rest.dropFirst()), name: before.name) }
        runFile(file.value, call, isSourced: true, runner: call)
        state.positional = before
        outcome = Outcome()
    }

    private mutating func runExec(_ arguments: [Argument], _ call: Call) {
        var rest = arguments[...]
        while let text = rest.first?.known, text.hasPrefix("-"), text != "-" {
            rest.removeFirst()
            if text == "--" { break }
            if text.hasSuffix("a") { rest = rest.dropFirst() }
        }
        guard !rest.isEmpty else { return }
        invoke(Array(rest), wrapped(call), isShell: false)
    }

    private mutating func runCommand(_ arguments: [Argument], _ call: Call) {
        var rest = arguments[...]
        while let text = rest.first?.known, text.hasPrefix("-"), text.count > 1 {
            rest.removeFirst()
            if text == "--" { break }
            if call.program == "command", text.contains("v") || text.contains("V") {
                capture?.print(rest.first.map { $0.value.appending(Value("\n")) } ?? .empty)
                outcome = Outcome()
                return
            }
        }
        let functions = state.functions, aliases = state.aliases
        state.functions = [:]
        state.aliases = [:]
        invoke(Array(rest), wrapped(call), isShell: true)
        state.functions = functions.merging(state.functions) { $1 }
        state.aliases = aliases
    }

    private mutating func trap(_ arguments: [Argument], _ call: Call) {
        var rest = arguments[...]
        if rest.first?.known == "--" { rest.removeFirst() }
        guard let code = rest.first, code.known?.hasPrefix("-") != true || code.known == "-" else { return }
        if rest.count == 1 { return }
        outcome = Outcome(status: .success)
        let signals = rest.dropFirst().map { $0.known ?? "?" }
        if code.known == "-" || code.known == "" {
            for signal in signals { state.traps[signal] = nil }
            return
        }
        for signal in signals { state.traps[signal] = .init(code: code.value, span: code.span) }
        // A signal may come at any moment; the end comes at the end.
        // Where nothing comes after it, it is judged at once.
        if state.isDead || runsExitTraps || signals.contains(where: { !Self.atExit.contains($0) }) { isolated { $0.runCode(code.value, source: "trap", code.span) } }
    }

    private static let atExit: Set<String> = ["EXIT", "0", "SIGEXIT", "exit"]

    mutating func runExitTraps() {
        guard !state.traps.isEmpty else { return }
        let traps = state.traps, wasRunning = runsExitTraps
        runsExitTraps = true
        defer { runsExitTraps = wasRunning }
        state.traps = [:]
        let before = state
        var seen: [Value] = []
        for (_, trap) in traps.sorted(by: { $0.key < $1.key }) where !seen.contains(trap.code) {
            seen.append(trap.code)
            state.isDead = false
            runCode(trap.code, source: "trap", trap.span)
            state = before
        }
        state.traps = traps
    }

    private mutating func defineAliases(_ arguments: [Argument], _ call: Call) {
        for argument in arguments {
            for text in argument.value.texts {
                guard let equals = text.prefix.unicodeScalars.firstIndex(of: "="), equals > text.prefix.startIndex else { continue }
                let name = String(text.prefix[..<equals]), code = Value([text.dropping(bytes: text.prefix.utf8[..<equals].count + 1)])
                state.aliases[name] = code
                if KnownPrograms.isProgram(name) { observe(.environment(name: "alias \(name)", value: code), call.span) }
                isolated { evaluator in
                    evaluator.state.aliases[name] = nil
                    evaluator.runCode(code, source: "the alias \(name)", call.span)
                }
            }
        }
        outcome = Outcome()
    }

    private mutating func runHash(_ arguments: [Argument], _ call: Call) {
        guard let flag = arguments.firstIndex(where: { $0.known == "-p" }), arguments.count > flag + 2, let name = arguments[flag + 2].known else { return }
        observe(.environment(name: "hash \(name)", value: arguments[flag + 1].value), call.span)
        state.hashed[name] = arguments[flag + 1].known
    }

    private mutating func runEnable(_ arguments: [Argument], _ call: Call) {
        if arguments.contains(where: { $0.known?.hasPrefix("-") == true && $0.known?.contains("f") == true }) {
            observe(.runFile(arguments.first { $0.known?.hasPrefix("-") != true }?.value ?? .unknown), call.span)
        }
    }

    /// `complete -C CODE`, `bind -x KEY:CODE`, `mapfile -C CODE`.
    private mutating func runCallback(_ call: Call) {
        for (index, argument) in call.arguments.enumerated() where ["-C", "-x", "-F"].contains(argument.known ?? "") && index + 1 < call.arguments.count {
            let code = call.arguments[index + 1].value
            isolated { $0.runCode(argument.known == "-x" ? code.map { TextEdit.removingPrefix("*:", longest: false, from: $0)[0] } : code, source: call.program, call.span) }
        }
    }

    private mutating func leaveFrame(_ matches: (Frame) -> Bool) {
        guard let index = frames.lastIndex(where: matches) else { return }
        frames[index].exits.append(state)
        state.isDead = true
    }
}
