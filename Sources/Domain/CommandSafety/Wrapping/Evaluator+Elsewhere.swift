import ShellSyntax

extension Evaluator {
    // MARK: ssh

    private static let sshOptions = WrapperGrammar("-b -B -c -D -E -e -F -I -i -J -L -l -m -O -o -P -p -Q -R -S -W -w")

    /// `ssh HOST WORD …`: the words are joined, and a shell there reads them.
    mutating func runRemote(_ call: Call) {
        var rest = call.arguments[...]
        readOptions(&rest, call)
        let host = rest.popFirst()
        // Options may stand behind the host too.
        if host != nil { readOptions(&rest, call) }
        let words = rest
        emit(call)
        var around = call
        around.wrappers.append(call.program)
        around.isElsewhere = true
        let input = state.input
        newShell(around, positional: Positional()) { evaluator in
            evaluator.state.directories = [Value("~")]
            if words.isEmpty {
                // A shell there reads what comes in.
                evaluator.state.input = PipeInput()
                if case .nothing = input.input { return }
                evaluator.runInput(input, call)
            } else {
                evaluator.runCode(.joined(words.map(\.value), by: " "), source: call.program, words[words.startIndex].span)
            }
        }
    }

    private mutating func readOptions(_ rest: inout ArraySlice<Argument>, _ call: Call) {
        while let argument = rest.first, argument.value.prefixText.hasPrefix("-") || argument.maySplit && argument.value.prefixText.isEmpty {
            rest.removeFirst()
            guard let text = argument.known else {
                cannotTell(call)
                continue
            }
            if text == "--" { break }
            for option in Self.sshOptions.read(text) {
                let value = option.attached.map { Argument($0, span: argument.span) } ?? (option.takesNext || call.program == "autossh" && option.name == "-M" ? rest.popFirst() : nil)
                if option.name == "-o", let value { runClientCommand(value, call) }
            }
        }
    }

    /// `-o ProxyCommand=…` runs here.
    private mutating func runClientCommand(_ value: Argument, _ call: Call) {
        let text = value.value.prefixText
        let key = text.prefix { $0 != "=" && $0 != " " }.lowercased()
        guard ["proxycommand", "localcommand", "knownhostscommand"].contains(key) else { return }
        let code = value.value.map { $0.dropping(bytes: key.utf8.count + 1) }
        if code.known?.lowercased() == "none" { return }
        isolated { $0.runCode(code, source: "ssh -o \(key)", call.span) }
    }

    // MARK: Containers

    private static let containerFlags: Set<String> = [
        "-d", "-i", "-t", "-it", "-ti", "-dit", "-itd", "-id", "-td", "-dt", "-di", "--rm", "--init", "--privileged", "--read-only", "-P", "--publish-all", "--no-healthcheck",
        "--oom-kill-disable", "--sig-proxy", "--detach", "--interactive", "--tty", "--disable-content-trust", "--quiet", "-q", "--help", "--stdin", "-T", "--no-TTY", "--no-deps",
        "--build", "--no-stdin", "--replace", "--tls-verify",
    ]
    private static let globalValued: Set<String> = [
        "-H", "--host", "-c", "--context", "--config", "-l", "--log-level", "-n", "--namespace", "--kubeconfig", "-f", "--file", "-p", "--project-name", "--project-directory", "--profile",
        "--cluster", "--user", "-s", "--server", "--token", "--connection", "--url", "--root", "--env-file", "-D", "-M", "--machine",
    ]

    /// `docker exec`, `docker run`, `kubectl exec`, `lxc exec`, … : the call itself, and what it runs inside.
    mutating func runContainer(_ call: Call) {
        emit(call)
        var rest = call.arguments[...]
        switch call.program {
        case "lxc-attach", "systemd-nspawn": return runBehindOptions(call)
        case "vagrant":
            if let flag = rest.firstIndex(where: { $0.known == "-c" || $0.known == "--command" }), flag + 1 < rest.endIndex { runElsewhere(text: rest[flag + 1], call) }
            return
        default: break
        }
        var verb: String?
        while let argument = rest.popFirst() {
            guard let text = argument.known else {
                if argument.maySplit { cannotTell(call) }
                return
            }
            if text.hasPrefix("-") {
                if Self.globalValued.contains(text) { _ = rest.popFirst() }
                continue
            }
            // `docker compose exec`, `docker container run`, `ctr tasks exec`, `k3s kubectl exec`.
            if ["compose", "container", "kubectl", "crictl", "ctr", "task", "tasks", "t", "c", "stack"].contains(text) { continue }
            verb = text
            break
        }
        guard let verb, ["exec", "run", "shell", "debug", "create", "rsh", "start"].contains(verb), verb != "create" || !["kubectl", "oc", "k3s"].contains(call.program) else { return }
        if verb == "start", call.program != "machinectl" { return }
        runIn(rest, verb, call)
    }

    private mutating func runIn(_ words: ArraySlice<Argument>, _ verb: String, _ call: Call) {
        var rest = words, entry: Argument?
        let needsMark = ["kubectl", "oc", "k3s"].contains(call.program)
        if needsMark || ["lxc", "incus"].contains(call.program), let mark = rest.firstIndex(where: { $0.known == "--" }) {
            return invokeElsewhere(Array(rest[(mark + 1)...]), call)
        }
        while let argument = rest.first {
            guard let text = argument.known else {
                guard argument.maySplit || argument.value.prefixText.hasPrefix("-") else { break }
                rest.removeFirst()
                continue
            }
            guard text.hasPrefix("-") else { break }
            rest.removeFirst()
            if text == "--" { break }
            if text.contains("=") || Self.containerFlags.contains(text) {
                if text.hasPrefix("--entrypoint=") { entry = Argument(String(text.dropFirst(13)), span: argument.span) }
                continue
            }
            if needsMark, !["-c", "-n", "--container", "--namespace", "--image"].contains(text) { continue }
            let value = rest.popFirst()
            if text == "--entrypoint" { entry = value }
        }
        // The container or image.
        var inner = Array(rest.dropFirst())
        if let entry { inner.insert(entry, at: 0) }
        if inner.first?.value.prefixText.hasPrefix("-") == true { return }
        invokeElsewhere(inner, call)
    }

    private mutating func runBehindOptions(_ call: Call) {
        let rest = call.arguments[...]
        if let mark = rest.firstIndex(where: { $0.known == "--" }) { return invokeElsewhere(Array(rest[(mark + 1)...]), call) }
        var words = rest
        while let text = words.first?.known, text.hasPrefix("-") {
            words.removeFirst()
            if !text.contains("="), text.count == 2, !"abqnxU".contains(text.dropFirst()) { words = words.dropFirst() }
        }
        invokeElsewhere(Array(words), call)
    }

    private mutating func invokeElsewhere(_ words: [Argument], _ call: Call) {
        guard !words.isEmpty else { return }
        let directories = state.directories
        state.directories = [Value("/")]
        invokeInner(words, call) { $0.isElsewhere = true }
        state.directories = directories
    }

    private mutating func runElsewhere(text: Argument, _ call: Call) {
        var around = call
        around.wrappers.append(call.program)
        around.isElsewhere = true
        newShell(around, positional: Positional()) { $0.runCode(text.value, source: call.program, text.span) }
    }
}
