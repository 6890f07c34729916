import ShellSyntax

extension Evaluator {
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
        let end = call.arguments.firstIndex { $0.known == "--" }
        let behind = end.map { Array(call.arguments[($0 + 1)...]) } ?? []
        invokeInner([program] + Self.daemonOperands(call.arguments[..<(end ?? call.arguments.count)], after: flag + (attached == nil ? 2 : 1), keepsOptions: end == nil) + behind, template)
    }

    /// start-stop-daemon hands words that are no options of its own to the program, wherever they stand.
    ///
    /// - Parameter keepsOptions: without `--`, what looks like an option behind the program's name may be meant for the program.
    private static func daemonOperands(_ arguments: ArraySlice<Argument>, after place: Int, keepsOptions: Bool) -> [Argument] {
        var operands: [Argument] = []
        var isValue = false
        for (index, argument) in arguments.enumerated() {
            defer { isValue = argument.known.map(daemonValues.contains) ?? false }
            let isOption = argument.known?.hasPrefix("-") ?? false
            if keepsOptions ? index < place && (isValue || isOption) : isValue || isOption { continue }
            operands.append(argument)
        }
        return operands
    }

    private static let daemonValues: Set<String> = [
        "-x", "--exec", "-a", "--startas", "-p", "--pidfile", "-u", "--user", "-c", "--chuid", "-g", "--group", "-d", "--chdir", "-r", "--chroot", "-R", "--retry", "-k", "--umask", "-N",
        "--nicelevel", "-P", "--procsched", "-I", "--iosched", "-n", "--name", "-s", "--signal", "-O", "--output", "--ppid", "--pid", "--notify-timeout",
    ]
}
