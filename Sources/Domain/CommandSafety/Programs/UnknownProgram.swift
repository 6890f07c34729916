/// A program in no table: it may do anything with what it is given.
enum UnknownProgram {
    private static let risky: Set<String> = [
        "rm", "dd", "mkfs", "shred", "wipefs", "fdisk", "parted", "userdel", "usermod", "passwd", "iptables", "nft", "ufw", "reboot", "shutdown", "poweroff", "halt", "kill", "pkill", "killall",
        "chmod", "chown", "mv", "eval", "exec", "python",
        "python3", "perl", "ruby", "curl", "wget", "nc", "ncat", "find", "-delete", "setenforce", "insmod", "modprobe", "crontab", "systemctl", "service", "mount", "umount", "lvremove", "vgremove",
        "zpool", "cryptsetup", "truncate", "tee", "kexec", "chattr", "setfacl", "dropdb", "sudo", "su", "socat",
    ]

    static func effects(of call: Call) -> [Effect] {
        var effects: [Effect] = []
        let program = call.program
        if !program.utf8.allSatisfy(isPlain) || program.isEmpty { effects.append(.runUnknown(source: "'\(DisplayText.escaped(program))' is not the name of a program")) }
        if let device = deviceWritten(call) { effects.append(.deviceWrite(device)) }
        effects += risks(in: call)
        if effects.isEmpty, !onlyLooks(call) { effects.append(.runUnknown(source: "\(program) is not known here")) }
        return effects
    }

    /// Arguments that name what does harm.
    static func risks(in call: Call) -> [Effect] {
        let program = call.program
        // Each word may be a program, with all that follow.
        var work = 0
        for (index, argument) in call.arguments.enumerated() {
            for text in argument.value.texts {
                guard let known = text.known else { continue }
                guard work < workLimit else { return [.runUnknown(source: "\(program) is not known here, and has too many words to look at")] }
                if let reason = risk(of: known, index, call, &work) {
                    return [.runUnknown(source: "\(program) is not known here, and \(reason)")]
                }
            }
        }
        return []
    }

    /// Programs of the catalogue that run what stands somewhere in their arguments, each by a grammar of its own.
    static let carriers: Set<String> = [
        "conda", "mamba", "micromamba", "pipx", "uv", "poetry", "pipenv", "op", "bw", "consul", "nomad", "vault", "etcdctl", "gcloud", "az", "aws", "oci", "ibmcloud", "heroku", "fly", "flyctl",
        "doctl", "eb",
        "minikube", "kind", "k3d", "multipass", "vagrant", "govc", "virsh", "virt-customize", "virt-builder", "guestfish", "limactl", "podman", "buildah", "nerdctl", "mock", "pbuilder", "sbuild",
        "zabbix_get",
        "check_by_ssh", "check_nrpe", "check_ssh", "wp", "drush", "artisan", "rails", "flask", "django-admin", "celery", "bun", "gnuplot", "bc", "dc", "units", "svn", "hg", "bzr", "rpm", "rpmbuild",
        "aria2c", "hyperfine", "gnome-terminal", "xfce4-terminal", "konsole", "terminator", "perf", "screen", "tmux", "byobu", "dtach", "forever", "pm2", "circusctl", "jshell", "packer", "juju",
        "knife", "helmfile",
        "pre-commit", "tox", "nox", "cargo", "mvn", "gradle", "sbt", "ant", "composer", "watchman", "inotifywait", "fswatch", "xterm", "kitty", "alacritty", "stack", "cabal", "opam", "mix", "dotnet",
        "certbot",
    ]

    /// Commands among the arguments of a carrier.
    static func commands(in call: Call) -> [Effect] {
        // Their own verbs and nouns.
        let own: Set<String> = ["node", "at", "host", "service", "stack", "just", "task", "batch", "jar", "go", "make", "start", "stop", "restart", "status"]
        for (index, argument) in call.arguments.enumerated() where !["mail", "mailx", "telnet"].contains(call.program) {
            guard let text = argument.known, !own.contains(text) else { continue }
            let name = text.split(separator: "/").last.map(String.init) ?? text
            if runs(name, Array(call.arguments.dropFirst(index + 1)), call) { return [.runUnknown(source: "\(call.program) may run '\(name)'")] }
            let parts = text.split { " \t\n=!;|&`$()[]{}'\"%,".contains($0) }.map(String.init)
            for (start, part) in parts.enumerated().prefix(32) {
                let inner = part.split(separator: "/").last.map(String.init) ?? part
                if parts.count > 1, !own.contains(inner), runs(inner, parts.dropFirst(start + 1).map { Argument($0) }, call) { return [.runUnknown(source: "\(call.program) may run '\(inner)'")] }
            }
        }
        // What comes in may be its commands as well.
        if case .text(let text) = call.input, ["bc", "dc", "mail", "mailx", "telnet", "flask", "rails", "gnuplot"].contains(call.program), text.allText.contains("!") || text.allText.contains("system")
        {
            return [.runUnknown(source: "\(call.program) may run what comes in")]
        }
        return []
    }

    private static let looking: Set<String> = [
        "--version", "--help", "-h", "-V", "-v", "version", "help", "status", "list", "ls", "show", "info", "get", "describe", "--list", "--status", "-l", "ps", "check", "validate", "lint", "diff",
        "ping",
        "health", "stats", "search", "--dry-run", "--check", "whoami", "print", "query", "inspect", "top", "logs", "test", "configtest", "--test", "--info", "--show",
    ]

    /// By its first word it asks for something; or a service or a job that is set up runs its application's program.
    private static func onlyLooks(_ call: Call) -> Bool {
        if call.wrappers.contains("systemd") || call.wrappers.contains("cron") { return true }
        if call.arguments.contains(where: { $0.known == "--help" || $0.known == "--version" }) { return true }
        return call.arguments.first?.known.map(looking.contains) ?? false
    }

    private static let writing = [
        "mkfs", "newfs", "format", "wipe", "erase", "write", "restore", "clone", "zap", "makefs", "burn", "image", "nuke", "shred", "trim", "discard", "sanitize", "clear", "delete", "destroy",
        "remove", "zero",
        "create", "init", "flash", "overwrite", "of=", "dest=", "output",
    ]

    /// A device among the arguments of a program whose name or words speak of writing.
    private static func deviceWritten(_ call: Call) -> Value? {
        var device: Value?
        for argument in call.arguments {
            guard let text = argument.known, let start = text.firstRange(of: "/dev/") else { continue }
            let path = String(text[start.lowerBound...].prefix { $0 != "," })
            if Devices.isBlock(path) { device = Value(path) }
        }
        guard let device else { return nil }
        let words = ([call.program] + call.arguments.compactMap(\.known)).map { $0.lowercased() }
        return words.contains { word in !word.hasPrefix("/") && writing.contains { word.contains($0) } } ? device : nil
    }

    /// Words looked at as arguments of others.
    private static let workLimit = 100_000

    private static func risk(of text: String, _ index: Int, _ call: Call, _ work: inout Int) -> String? {
        let name = text.split(separator: "/").last.map(String.init) ?? text
        if risky.contains(name) || ShellPrograms.isShell(name) || name.hasPrefix("mkfs.") { return "is given the program '\(name)'" }
        if name.count > 1, Programs.knows(name) {
            work += call.arguments.count - index
            if runs(name, Array(call.arguments.dropFirst(index + 1)), call) { return "may run '\(name)'" }
        }
        // A whole command in one word: `--hook='rm -rf /usr'`, `shell rm -rf /usr`.
        if text.contains(" ") || text.contains("=") || text.contains(";") {
            let parts = text.split { " \t\n=!;|&`$()".contains($0) }.map(String.init)
            for (start, part) in parts.enumerated().prefix(32) where parts.count > 1 {
                let inner = part.split(separator: "/").last.map(String.init) ?? part
                if runs(inner, parts.dropFirst(start + 1).map { Argument($0) }, call) { return "may run '\(inner)' out of '\(DisplayText.escaped(text))'" }
            }
            if let equals = text.firstIndex(of: "="), text[text.index(after: equals)...].hasPrefix("/") { return risk(ofPath: String(text[text.index(after: equals)...])) }
        }
        return text.hasPrefix("/") || text.hasPrefix("~") ? risk(ofPath: text) : nil
    }

    private static func risk(ofPath path: String) -> String? {
        guard let resolved = ResolvedPath.all(Value(path), in: []).first, let known = resolved.known else { return nil }
        let kinds = PathTable.shared.kinds(of: known)
        let risks: Set<PathKind> = [
            .protectedTree, .critical, .fileSystemTable, .sudoers, .sshConfiguration, .sshHostKey, .authorizedKeys, .boot, .core, .cronJob, .preload, .packageDatabase, .rawDevice, .memoryDevice,
            .kernelControl, .hardeningControl, .secret, .loginRecord, .auditRules, .containerSocket, .systemProgram,
        ]
        return kinds.contains(where: risks.contains) ? "is given \(DisplayText.escaped(path))" : nil
    }

    /// Whether the words, run as a command, would be asked about.
    private static func runs(_ name: String, _ arguments: [Argument], _ call: Call) -> Bool {
        guard let spec = Programs.spec(of: name), name.count > 1 else { return false }
        var inner = Call(name, arguments, span: call.span)
        inner.directories = call.directories
        let effects = spec.effects(of: inner)
        guard !effects.isEmpty else { return false }
        return Classifier(context: CommandContext(purpose: .command, loginUser: "root")).findings(for: ProgramEffects(effects: effects, isKnown: true), of: inner).contains { $0.decision > .allow }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"), UInt8(ascii: "["), UInt8(ascii: ":"): true
        default: false
        }
    }
}
