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
        while grammar.takesAssignments, let argument = rest.first, let equals = argument.value.prefixText.unicodeScalars.firstIndex(of: "="), equals > argument.value.prefixText.startIndex {
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
        // The kind of machine may be left out, and options may stand behind it.
        if call.program == "perf" {
            while let text = rest.first?.known, text.hasPrefix("-") { rest = rest.dropFirst(["-o", "-e", "-p", "-F", "-t", "-r", "-I"].contains(text) ? 2 : 1) }
        }
        if call.program == "setarch" { rest = rest.drop { $0.known?.hasPrefix("-") == true || Self.machines.contains($0.known ?? "") } }
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

    private static let machines: Set<String> = ["linux32", "linux64", "i386", "i486", "i586", "i686", "x86_64", "aarch64", "armv7l", "uname26", "ppc64le", "s390x"]

    private func editing(_ files: [Argument], _ call: Call) -> Call {
        var edit = wrapped(call)
        edit.setPath("sudoedit")
        edit.arguments = files
        return edit
    }

    /// `BASH_FUNC_ls%%=() { …; }`: a function for the bash inside.
    private mutating func runExportedFunction(_ value: Value, _ call: Call) {
        guard value.prefixText.hasPrefix("BASH_FUNC_"), let equals = value.prefixText.unicodeScalars.firstIndex(of: "=") else { return }
        let count = value.prefixText.utf8[..<equals].count + 1
        isolated { $0.runCode(Value("f ").appending(value.map { $0.dropping(bytes: count) }), source: "an exported function", call.span) }
    }

    private func assign(_ value: Value, in call: inout Call) {
        guard let equals = value.prefixText.unicodeScalars.firstIndex(of: "=") else { return }
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
}
