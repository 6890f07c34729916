/// Programs that run another one: what is inside is judged.
enum Wrappers {
    enum Inner {
        case none
        case program(Call)
        /// Shell text.
        case text(String)
        case unknown(String)
    }

    static let shells: Set<String> = ["sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "rbash", "csh", "tcsh", "fish"]

    /// Options that take a value, for each wrapper: everything else that begins with `-` stands alone.
    private static let valued: [String: Set<String>] = [
        "sudo": ["-u", "-g", "-p", "-C", "-h", "-r", "-t", "-T", "-U", "-D", "-R", "--user", "--group", "--prompt", "--host", "--chdir", "--chroot"],
        "doas": ["-u", "-C"],
        "env": ["-u", "-C", "--unset", "--chdir"],
        "nice": ["-n", "--adjustment"],
        "ionice": ["-c", "-n", "-p", "--class", "--classdata"],
        "chrt": ["-T", "-P", "-D"],
        "timeout": ["-s", "-k", "--signal", "--kill-after"],
        "nohup": [], "setsid": [], "time": ["-f", "-o"], "command": [], "builtin": [], "exec": ["-a"],
        "stdbuf": ["-i", "-o", "-e", "--input", "--output", "--error"],
        "flock": ["-w", "-E", "--timeout", "--conflict-exit-code"],
        "runuser": ["-u", "-g", "-G", "--user", "--group"],
        "setpriv": ["--reuid", "--regid", "--groups", "--bounding-set", "--inh-caps", "--ambient-caps"],
        "taskset": [], "unshare": [], "nsenter": ["-t", "--target"], "chroot": ["--userspec", "--groups"],
        "strace": ["-e", "-o", "-p", "-s", "-u"], "ltrace": ["-e", "-o", "-p"], "watch": ["-n", "--interval"], "busybox": [],
        "systemd-run": ["-u", "-p", "-E", "-t", "--unit", "--property", "--setenv", "--uid", "--gid", "--slice", "--on-calendar", "--on-active", "--working-directory"],
        "systemd-inhibit": ["--what", "--who", "--why", "--mode"], "catchsegv": [], "eatmydata": [], "xargs": ["-I", "-n", "-P", "-L", "-d", "-a", "-E", "-s"],
        "parallel": ["-j", "-n", "-I"], "faketime": [], "chpst": ["-u", "-e"], "cgexec": ["-g"],
    ]
    /// Words of the wrapper itself between its options and the program.
    private static let leading = ["timeout": 1, "flock": 1, "chroot": 1, "taskset": 1, "faketime": 1, "chrt": 1]

    static func unwrap(_ call: Call) -> Inner {
        if shells.contains(call.program) { return shell(call) }
        switch call.program {
        case "eval":
            let parts = call.arguments.map(\.known)
            guard !parts.contains(nil) else { return .unknown("what eval would run can't be told from the text") }
            return .text(parts.compactMap(\.self).joined(separator: " "))
        case "su": return su(call)
        case "source", ".", "trap": return .unknown("what \(call.program) would run can't be told from the text")
        case "ssh", "docker", "podman", "kubectl", "lxc", "machinectl": return remote(call)
        case "runuser" where call.has("-u", "--user") == false: return su(call)
        case "find": return findExec(call)
        case "command" where call.has("-v", "-V"), "sudo" where call.has("-l", "-v", "-k"), "type", "which": return .none
        default: break
        }
        guard let options = valued[call.program] else { return .none }
        var rest = call.arguments[...]
        while let word = rest.first {
            guard let text = word.known else { return .unknown("what \(call.program) would run can't be told from the text") }
            if text == "--" {
                rest.removeFirst()
                break
            }
            if call.program == "env" || call.program == "sudo" || call.program == "doas", isAssignment(text) {
                if let name = text.split(separator: "=").first, ["LD_PRELOAD", "PATH", "BASH_ENV", "LD_LIBRARY_PATH"].contains(name) {
                    return .unknown("\(name) changes what later programs do")
                }
                rest.removeFirst()
            } else if text.hasPrefix("-"), text != "-" {
                if call.program == "env", text == "-S" || text.hasPrefix("--split-string") {
                    return .unknown("what env -S would run is hidden in one word")
                }
                rest.removeFirst()
                if options.contains(text) { rest = rest.dropFirst() }
            } else {
                break
            }
        }
        rest = rest.dropFirst(leading[call.program] ?? 0)
        guard let program = rest.first else { return .none }
        guard let name = program.known else { return .unknown("what \(call.program) would run can't be told from the text") }
        if call.program == "flock", name == "-c", rest.count > 1 { return rest[rest.startIndex + 1].known.map(Inner.text) ?? .unknown("what flock would run can't be told") }
        return .program(Call(program: Paths.programName(name), arguments: Array(rest.dropFirst()), span: call.span))
    }

    private static func isAssignment(_ text: String) -> Bool {
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else { return false }
        return text[..<equals].allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    }

    /// `sh -c TEXT`; a script file is unknown code.
    private static func shell(_ call: Call) -> Inner {
        var isCommand = false
        for (index, word) in call.arguments.enumerated() {
            guard let text = word.known else { return .unknown("what \(call.program) would run can't be told from the text") }
            if text.hasPrefix("-") && !text.hasPrefix("--") && text.dropFirst().contains("c") {
                isCommand = true
                continue
            }
            if text == "-n" || text == "--version" { return .none }
            if text.hasPrefix("-") || text.hasPrefix("+") { continue }
            if isCommand { return .text(text) }
            if index > 0 || !text.isEmpty { return .unknown("\(call.program) would run the script \(DisplayText.escaped(text)), which is not part of the plan") }
        }
        return isCommand ? .unknown("what \(call.program) would run can't be told from the text") : .none
    }

    private static func su(_ call: Call) -> Inner {
        guard let text = call.value("-c", "--command") else {
            return call.program == "su" || call.operands.isEmpty == false ? .unknown("\(call.program) would open a shell") : .none
        }
        return text.known.map(Inner.text) ?? .unknown("what \(call.program) would run can't be told from the text")
    }

    private static func remote(_ call: Call) -> Inner {
        let looks: Set<String> = ["ps", "images", "info", "version", "inspect", "logs", "stats", "top", "get", "describe", "list", "status", "diff", "port"]
        if call.program == "ssh" {
            let words = call.operands
            guard words.count > 1 else { return .unknown("ssh would open a shell on another host") }
            let parts = words.dropFirst().map(\.known)
            guard !parts.contains(nil) else { return .unknown("what ssh would run can't be told from the text") }
            return .text(parts.compactMap(\.self).joined(separator: " "))
        }
        guard let verb = call.verb(), verb == "exec" || verb == "shell" || verb == "debug" else { return .none }
        _ = looks
        return .unknown("\(call.program) \(verb) runs a command elsewhere")
    }

    private static func findExec(_ call: Call) -> Inner {
        guard let index = call.arguments.firstIndex(where: { ["-exec", "-execdir", "-ok", "-okdir"].contains($0.known) }) else { return .none }
        let roots = call.arguments.prefix { !$0.prefix.hasPrefix("-") && $0.known != "!" && $0.known != "(" }
        let words = call.arguments[(index + 1)...].prefix { $0.known != ";" && $0.known != "+" }
        guard let name = words.first?.known else { return .unknown("what find would run can't be told from the text") }
        // `{}` stands for anything below the roots: judge the roots themselves.
        var arguments: [Word] = []
        for word in words.dropFirst() { arguments += word.known == "{}" ? Array(roots) : [word] }
        return .program(Call(program: Paths.programName(name), arguments: arguments, span: call.span))
    }
}
