import ShellSyntax

extension Evaluator {
    /// Takes a call for what it is: a part of the shell, a wrapper with another call inside, or a program.
    mutating func dispatch(_ call: Call, isShell: Bool) {
        for (name, value) in call.environment where call.wrappers.isEmpty == false { noteEnvironment(name, value, call.span, call) }
        switch KnownPrograms.kind(call.program) {
        case nil: emit(call)
        case .builtin?: runBuiltin(call, isShell: isShell)
        case .shell?: runShell(call)
        case .wrapper(let grammar)?: unwrap(call, grammar)
        case .changeUser?: changeUser(call)
        case .find?: runFind(call)
        case .xargs?: runXargs(call)
        case .parallel?: runParallel(call)
        case .ssh?: runRemote(call)
        case .container?: runContainer(call)
        case .script?: runScript(call)
        case .flock?: runFlock(call)
        case .at?: runAt(call)
        case .daemonStarter?: startDaemon(call)
        case .multiCall?:
            let operands = call.arguments.drop { $0.known?.hasPrefix("--") == true }
            if operands.isEmpty { emit(call) } else { invokeInner(Array(operands), call) }
        }
    }

    /// The call that stands around what it runs.
    func wrapped(_ call: Call) -> Call {
        var template = call
        template.wrappers.append(call.program)
        template.arguments = []
        template.path = ""
        template.program = ""
        return template
    }

    mutating func invokeInner(_ arguments: [Argument], _ call: Call, _ change: (inout Call) -> Void = { _ in }) {
        var template = wrapped(call)
        change(&template)
        invoke(arguments, template, isShell: false)
    }

    mutating func cannotTell(_ call: Call, _ what: String? = nil) {
        if let taint { return observeFetched(taint, call.span, call) }
        observe(.runUnknown(source: what ?? "what \(call.program) runs"), call.span, call)
    }

    // MARK: Shells

    mutating func runShell(_ call: Call) {
        var rest = call.arguments[...], isCommand = false, isInput = false, isInteractive = false, onlyReads = false, exits = false
        let sockets = call.outputs.filter(\.isSocket)
        if let socket = sockets.first { findBackdoor(socket.path, call) }
        while let argument = rest.first {
            guard let text = argument.known else {
                guard argument.maySplit || argument.value.prefixText.hasPrefix("-") else { break }
                // It may be anything, or nothing.
                cannotTell(call)
                rest.removeFirst()
                continue
            }
            guard text.hasPrefix("-") || text.hasPrefix("+"), text.count > 1 else {
                if text == "-" { rest.removeFirst() }
                break
            }
            rest.removeFirst()
            if text == "--" { break }
            if text.hasPrefix("--") {
                if text == "--rcfile" || text == "--init-file" {
                    if let file = rest.popFirst() { runFile(file.value, call, isSourced: false) }
                } else if text == "--version" || text == "--help" {
                    return emit(call)
                } else if text == "--command" {
                    isCommand = true
                }
                continue
            }
            let letters = text.dropFirst()
            if letters.contains("c"), text.hasPrefix("-") { isCommand = true }
            if letters.contains("s") { isInput = true }
            if letters.contains("i") { isInteractive = true }
            if letters.contains("n"), text.hasPrefix("-") { onlyReads = true }
            if letters.contains("e"), text.hasPrefix("-") { exits = true }
            if letters.contains("o") || letters.contains("O") { _ = rest.popFirst() }
        }
        if onlyReads, !isInteractive { return emit(call, output: Captured()) }
        if KnownPrograms.foreignShells.contains(call.program) { cannotTell(call, "the code of \(call.program)") }
        if isCommand { return runText(rest, call, exits: exits) }
        if isInput || rest.isEmpty { return runInput(Array(rest), call, isInteractive: isInteractive) }
        var inner = call
        inner.arguments = Array(rest.dropFirst())
        inner.path = rest[rest.startIndex].known ?? call.path
        inner.wrappers.append(call.program)
        runFile(rest[rest.startIndex].value, inner, isSourced: false)
        capture?.print(unknownOf: call)
    }

    private mutating func runText(_ words: ArraySlice<Argument>, _ call: Call, exits: Bool) {
        guard let text = words.first else { return cannotTell(call) }
        let positional = words.count > 1
            ? Positional(Array(words.dropFirst(2)), name: words[words.startIndex + 1].value) : Positional(name: Value(call.path))
        if text.maySplit { cannotTell(call) }
        var around = call
        around.wrappers.append(call.program)
        newShell(around, positional: positional) { evaluator in
            evaluator.state.exitsOnError = exits
            evaluator.runCode(text.value, source: "\(call.program) -c", text.span.end > 0 ? text.span : call.span)
        }
    }

    private mutating func runInput(_ arguments: [Argument], _ call: Call, isInteractive: Bool) {
        if case .socket(let path) = call.input { findBackdoor(path, call) }
        let input = state.input
        // Shells at the end of a pipe and between sockets are looked at as calls too.
        let isPlain = if case .text = call.input { true } else { false }
        if !isPlain || isInteractive { emitShell(call) }
        var around = call
        around.wrappers.append(call.program)
        newShell(around, positional: Positional(arguments, name: Value(call.path))) { evaluator in
            evaluator.state.input = PipeInput()
            evaluator.runInput(input, call)
        }
    }

    private mutating func emitShell(_ call: Call) {
        let outside = capture
        capture = nil
        emit(call)
        capture = outside
        let fetchedBy = state.input.fetchedBy
        capture?.print(unknownOf: call, fetchedBy: fetchedBy)
    }

    // MARK: Other accounts

    /// `su`, `runuser`, `sg`, `newgrp`.
    mutating func changeUser(_ call: Call) {
        var rest = call.arguments[...], user: Value?, code: Argument?, isLogin = false, isDirect = false
        var operands: [Argument] = []
        let valued = "cgGswTu"
        while let argument = rest.popFirst() {
            guard let text = argument.known, text.hasPrefix("-"), !isDirect else {
                operands.append(argument)
                if call.program == "runuser", user != nil { isDirect = true }
                continue
            }
            if text == "--" {
                operands += rest
                break
            }
            if text == "-" || text == "-l" || text == "--login" {
                isLogin = true
                continue
            }
            if text.hasPrefix("--") {
                let name = text.prefix { $0 != "=" }
                let takes = ["--command", "--session-command", "--group", "--supp-group", "--shell", "--whitelist-environment", "--user"].contains { name.count > 3 && $0.hasPrefix(name) }
                guard takes else { continue }
                let value = text.contains("=") ? Argument(String(text.dropFirst(name.count + 1)), span: argument.span) : rest.popFirst()
                if "--command".hasPrefix(name) || "--session-command".hasPrefix(name) { code = value }
                if "--user".hasPrefix(name) { user = value?.value }
                continue
            }
            for (index, letter) in text.enumerated().dropFirst() {
                if letter == "l" { isLogin = true }
                guard valued.contains(letter), !(letter == "u" && call.program == "su") else { continue }
                let attached = String(text.dropFirst(index + 1))
                let value = attached.isEmpty ? rest.popFirst() : Argument(attached, span: argument.span)
                if letter == "c" { code = value }
                if letter == "u" { user = value?.value }
                break
            }
        }
        var template = call
        template.user = user ?? (call.program == "su" || call.program == "runuser" ? operands.first?.value ?? Value("root") : call.user)
        if call.program == "runuser", user != nil {
            if !operands.isEmpty { return invokeInner(operands, template) }
        }
        if call.program == "sg" || call.program == "newgrp" {
            let behind = operands.dropFirst()
            if code == nil, !behind.isEmpty { code = Argument(.joined(behind.map(\.value), by: " "), span: behind[behind.startIndex].span) }
        }
        let directories = state.directories
        if isLogin { state.directories = [Value("~")] }
        if let code {
            runText([code], template, exits: false)
        } else if operands.count > 1, call.program == "su" || call.program == "runuser" {
            // What stands behind the account goes to its shell.
            template.wrappers.append(call.program)
            template.setPath("bash")
            template.arguments = Array(operands.dropFirst())
            runShell(template)
        } else {
            runInput([], template, isInteractive: true)
        }
        state.directories = directories
    }

    // MARK: Wrappers by table

    mutating func unwrap(_ call: Call, _ grammar: WrapperGrammar) {
        var template = call
        if grammar.isBackground { template.isBackground = true }
        if grammar.isUnbounded { template.isUnbounded = true }
        if grammar.isElsewhere { template.isElsewhere = true }
        var rest = call.arguments[...], asksOnly = false, opensShell = grammar.opensShell, joins = grammar.joinsWords, isLogin = false
        var directory: Value?
        while let argument = rest.first {
            guard let text = argument.known else {
                guard argument.maySplit || argument.value.prefixText.hasPrefix("-") || argument.value.allKnown == nil else { break }
                if argument.value.prefixText.contains("="), grammar.takesAssignments { break }
                if !argument.value.prefixText.hasPrefix("-") { break }
                if call.program == "env", argument.value.prefixText.hasPrefix("-S") {
                    return split([Argument(argument.value.map { $0.dropping(bytes: 2) }, span: argument.span)] + rest.dropFirst(), template)
                }
                rest.removeFirst()
                cannotTell(call)
                continue
            }
            guard text.hasPrefix("-"), text != "-" || call.program == "env" else { break }
            rest.removeFirst()
            if text == "--" { break }
            if call.program == "nice", text.dropFirst().allSatisfy(\.isNumber) { continue }
            for option in grammar.read(text) {
                let value = option.attached.map { Argument($0, span: argument.span) } ?? (option.takesNext ? rest.popFirst() : nil)
                if grammar.onlyLooks.contains(option.name) { asksOnly = true }
                if call.program == "env", option.name == "-S" || option.name == "--split-string" { return split((value.map { [$0] } ?? []) + rest, template) }
                if grammar.user.contains(option.name), let value { template.user = value.value }
                if grammar.directory.contains(option.name), let value { directory = value.value }
                if grammar.backgroundOptions.contains(option.name) { template.isBackground = true }
                if grammar.joinsNotWith.contains(option.name) { joins = false }
                if grammar.writes.contains(option.name), let value {
                    observe(.write(value.value, .replace, content: nil), call.span, call)
                    if call.program == "strace", value.value.prefixText.hasPrefix("|") { runCode(value.value.map { $0.dropping(bytes: 1) }, source: "strace", call.span) }
                }
                if grammar.environment.contains(option.name), let value { assign(value.value, in: &template) }
                if call.program == "sudo", ["-i", "--login", "-s", "--shell"].contains(option.name) {
                    opensShell = true
                    isLogin = option.name == "-i" || option.name == "--login"
                }
                if call.program == "sudo", option.name == "-e" || option.name == "--edit" { return emit(editing(Array(rest), call)) }
                if call.program == "ld.so", option.name == "--preload", let value { noteEnvironment("LD_PRELOAD", value.value, call.span, call) }
            }
        }
        if call.program == "sudo" || call.program == "doas" || call.program == "pkexec", template.user == nil { template.user = Value("root") }
        while grammar.takesAssignments, let argument = rest.first, let equals = argument.value.prefixText.firstIndex(of: "="), equals > argument.value.prefixText.startIndex {
            assign(argument.value, in: &template)
            runExportedFunction(argument.value, call)
            rest.removeFirst()
        }
        finish(rest, call, template, grammar, asksOnly: asksOnly, opensShell: opensShell, joins: joins, directory: directory ?? (isLogin ? Value("~") : nil))
    }

    private mutating func finish(
        _ rest: ArraySlice<Argument>, _ call: Call, _ template: Call, _ grammar: WrapperGrammar, asksOnly: Bool, opensShell: Bool, joins: Bool, directory: Value?
    ) {
        if asksOnly { return emit(call) }
        var rest = rest.dropFirst(grammar.ownWords)
        if call.program == "bwrap" || call.program == "capsh" || call.program == "firejail" { rest = rest.drop { $0.known?.hasPrefix("-") == true || $0.known?.hasPrefix("/") == true } }
        let directories = state.directories
        if let directory { state.directories = directory.places(in: directories).texts.map { Value([$0]) } }
        if rest.isEmpty {
            if opensShell {
                var shell = wrapped(template)
                shell.setPath("sh")
                shell.span = call.span
                runShell(shell)
            } else {
                emit(call)
            }
        } else if joins {
            var around = template
            around.wrappers.append(call.program)
            newShell(around, positional: Positional()) { $0.runCode(.joined(rest.map(\.value), by: " "), source: call.program, call.span) }
        } else {
            invokeInner(Array(rest), template)
        }
        if directory != nil { state.directories = directories }
    }

    private func editing(_ files: [Argument], _ call: Call) -> Call {
        var edit = wrapped(call)
        edit.setPath("sudoedit")
        edit.arguments = files
        return edit
    }

    /// `BASH_FUNC_ls%%=() { …; }`: a function for the bash inside.
    private mutating func runExportedFunction(_ value: Value, _ call: Call) {
        guard value.prefixText.hasPrefix("BASH_FUNC_"), let equals = value.prefixText.firstIndex(of: "=") else { return }
        let count = value.prefixText[...equals].utf8.count
        isolated { $0.runCode(Value("f ").appending(value.map { $0.dropping(bytes: count) }), source: "an exported function", call.span) }
    }

    private func assign(_ value: Value, in call: inout Call) {
        guard let equals = value.prefixText.firstIndex(of: "=") else { return }
        let name = String(value.prefixText[..<equals])
        call.environment[name] = value.map { $0.dropping(bytes: name.utf8.count + 1) }
    }

    /// `env -S`: one word is read as several, by rules like the shell's.
    private mutating func split(_ words: [Argument], _ call: Call) {
        guard let first = words.first else { return emit(call) }
        guard let known = first.known else { return cannotTell(call) }
        // Its `\_` is a space.
        guard let script = parse(known.replacing("\\_", with: " "), call.span) else { return }
        var template = call
        template.wrappers.append("env")
        runWithArguments(script, Array(words.dropFirst()), template)
    }

    // MARK: Single ones

    /// `script -c TEXT FILE`.
    mutating func runScript(_ call: Call) {
        var rest = call.arguments[...], code: Argument?, file: Argument?
        while let argument = rest.popFirst() {
            guard let text = argument.known, text.hasPrefix("-"), text.count > 1 else {
                file = file ?? argument
                continue
            }
            if text == "--" {
                if !rest.isEmpty { code = Argument(.joined(rest.map(\.value), by: " "), span: rest[rest.startIndex].span) }
                break
            }
            if text.hasPrefix("--command=") { code = Argument(String(text.dropFirst(10)), span: argument.span) }
            if text == "--command" { code = rest.popFirst() }
            if !text.hasPrefix("--"), let place = text.firstIndex(of: "c") {
                let attached = text[text.index(after: place)...]
                code = attached.isEmpty ? rest.popFirst() : Argument(String(attached), span: argument.span)
            } else if ["-I", "-O", "-B", "-E", "-m", "-o", "-T"].contains(text) {
                _ = rest.popFirst()
            }
        }
        let path = file?.value ?? Value("typescript")
        if path.known != "/dev/null" { observe(.write(path, .replace, content: nil), call.span, call) }
        if let code { runText([code], call, exits: false) } else { runInput([], call, isInteractive: true) }
    }

    /// `flock FILE COMMAND …`, `flock FILE -c TEXT`, `flock NUMBER`.
    mutating func runFlock(_ call: Call) {
        var rest = call.arguments[...]
        while let text = rest.first?.known, text.hasPrefix("-") {
            rest.removeFirst()
            if ["-w", "-E", "--timeout", "--wait", "--conflict-exit-code"].contains(text) { rest = rest.dropFirst() }
        }
        guard let file = rest.popFirst(), let next = rest.first else { return emit(call, output: Captured()) }
        observe(.write(file.value, .touch, content: nil), call.span, call)
        if next.known == "-c" || next.known == "--command" { return runText(rest.dropFirst(), call, exits: false) }
        if next.known == "--" { rest.removeFirst() }
        invokeInner(Array(rest), call)
    }

    /// `at`, `batch`: what comes in is run later.
    mutating func runAt(_ call: Call) {
        emit(call)
        if call.arguments.contains(where: { ["-l", "-r", "-d", "-c", "-q"].contains($0.known ?? "") && $0.known != "-q" }) { return }
        var around = call
        around.wrappers.append(call.program)
        around.isBackground = true
        if let flag = call.arguments.firstIndex(where: { $0.known == "-f" }), flag + 1 < call.arguments.count {
            return runFile(call.arguments[flag + 1].value, around, isSourced: false)
        }
        let input = state.input
        newShell(around, positional: Positional()) { evaluator in
            evaluator.state.input = PipeInput()
            evaluator.runInput(input, call)
        }
    }

    /// `start-stop-daemon --start --exec PATH -- …`, `daemonize …  PATH …`.
    mutating func startDaemon(_ call: Call) {
        emit(call)
        var template = call
        template.isBackground = true
        if call.program != "start-stop-daemon" {
            var rest = call.arguments[...]
            while let text = rest.first?.known, text.hasPrefix("-") {
                rest.removeFirst()
                if ["-a", "-e", "-o", "-c", "-p", "-l", "-u", "-E"].contains(text) { rest = rest.dropFirst() }
            }
            return invokeInner(Array(rest), template)
        }
        guard let flag = call.arguments.firstIndex(where: { ["-x", "--exec", "-a", "--startas"].contains($0.known ?? "") || $0.known?.hasPrefix("--exec=") == true }) else { return }
        let attached = call.arguments[flag].known.flatMap { $0.hasPrefix("--exec=") ? Argument(String($0.dropFirst(7)), span: call.span) : nil }
        guard let program = attached ?? (flag + 1 < call.arguments.count ? call.arguments[flag + 1] : nil) else { return }
        if call.arguments.contains(where: { ["-K", "--stop", "-T", "--status"].contains($0.known ?? "") }) { return }
        let behind = call.arguments.firstIndex { $0.known == "--" }.map { Array(call.arguments[($0 + 1)...]) } ?? []
        invokeInner([program] + behind, template)
    }
}
