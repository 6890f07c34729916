/// What one call would do, by program, flags and operands.
struct Rules {
    struct Outcome {
        var findings: [Finding] = []
        /// It would change something on the host.
        var changes = false
    }

    static let interpreters: Set<String> = [
        "python", "python2", "python3", "perl", "ruby", "node", "php", "lua", "tclsh", "expect", "awk", "gawk", "mawk", "osascript",
    ]

    let call: Call
    let context: CommandContext
    var outcome = Outcome()

    init(call: Call, context: CommandContext) {
        self.call = call
        self.context = context
    }

    func judge() -> Outcome {
        var rules = self
        if let verb = Self.byProgram[call.program] ?? Self.byFamily(call.program) {
            verb(&rules)
        } else {
            rules.unknownProgram()
        }
        if let code = CodeOptions.runs(call) {
            rules.find(.unknownCode, .ask, "\(call.program) would run what '\(DisplayText.escaped(code))' says", instead: "write the command itself")
        }
        rules.printsSecret()
        return rules.outcome
    }

    mutating func find(_ policyClass: PolicyClass, _ decision: Decision, _ why: String, instead: String = "") {
        outcome.findings.append(Finding(policyClass, decision, call.span, why, instead: instead))
    }

    mutating func changes() { outcome.changes = true }

    // MARK: The table

    typealias Rule = @Sendable (inout Rules) -> Void

    private static let lookers: Set<String> = [
        "cat", "ls", "grep", "egrep", "fgrep", "zgrep", "head", "tail", "wc", "stat", "sha256sum", "sha1sum", "md5sum", "sha512sum", "test", "[",
        "echo", "printf", "true", "false", ":", "uname", "id", "whoami", "groups", "df", "du", "ps", "ss", "netstat", "dpkg-query", "rpmquery",
        "pg_isready", "nproc", "free", "uptime", "readlink", "realpath", "basename", "dirname", "cut", "sort", "uniq", "tr", "cmp", "diff", "which",
        "type", "sleep", "getent", "locale", "lsblk", "findmnt", "lscpu", "lsmod", "lsof", "pgrep", "w", "who", "last", "file", "strings", "od",
        "xxd", "hexdump", "base64", "jq", "column", "nl", "rev", "seq", "expr", "tac", "fold", "pwd", "cd", "exit", "set", "export", "unset", "read",
        "umask", "wait", "ping", "dig", "host", "nslookup", "traceroute", "getfacl", "namei", "apt-cache", "pg_lsclusters", "env", "printenv",
        "openssl", "gpg", "zcat", "less", "more", "vmstat", "iostat", "nice", "command", "sudo", "visudo", "sshd", "man", "apropos", "smartctl", "lsb_release", "ldd", "tty", "logger",
    ]

    private static let byProgram: [String: Rule] = {
        var table: [String: Rule] = [:]
        for name in lookers { table[name] = { $0.looks() } }
        for (names, rule) in FileRules.table + SystemRules.table + SoftwareRules.table {
            for name in names { table[name] = rule }
        }
        return table
    }()

    private static func byFamily(_ program: String) -> Rule? {
        if program.hasPrefix("mkfs.") || program.hasPrefix("mke2fs") { return byProgram["mkfs"] }
        if program.hasPrefix("python3.") || program.hasPrefix("python2.") { return byProgram["python3"] }
        if program.hasPrefix("fsck.") { return byProgram["fsck"] }
        return nil
    }

    // MARK: Rules for many

    private mutating func looks() {
        if call.program == "sort", call.has("-o", "--output") { changes() }
        if call.program == "find", call.has("-delete") { changes() }
    }

    /// A program in no table: allowed only if nothing about it is a risk.
    private mutating func unknownProgram() {
        if call.program != "[", !call.program.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0) || "._+-@".utf8.contains($0) }) {
            find(.unknownCode, .ask, "'\(DisplayText.escaped(call.program))' is not the name of a program")
        }
        for (index, word) in call.arguments.enumerated() {
            if let text = word.known {
                // A whole command in one word: `--hook='rm -rf /usr'`, `shell rm -rf /usr`.
                let parts = text.split { " \t\n=!;|&".contains($0) }.map(String.init)
                for (start, part) in parts.enumerated().prefix(32) where parts.count > 1 {
                    let inner = Paths.programName(part)
                    guard runs(inner, parts.dropFirst(start + 1).map { Word(known: $0) }) else { continue }
                    find(.unknownCode, .ask, "\(call.program) is not known here, and may run '\(inner)' out of '\(DisplayText.escaped(text))'", instead: "call \(inner) directly")
                    break
                }
                let name = Paths.programName(text)
                if runs(name, Array(call.arguments.dropFirst(index + 1))) {
                    find(.unknownCode, .ask, "\(call.program) is not known here, and may run '\(name)'", instead: "call \(name) directly")
                }
                if Self.risky.contains(name) || Wrappers.shells.contains(name) {
                    find(.unknownCode, .ask, "\(call.program) is not known here, and is given the program '\(name)'", instead: "call \(name) directly")
                } else if text.hasPrefix("/"), Paths.isProtectedTree(word) || Paths.sensitiveClass(text) != nil {
                    find(.unknownCode, .ask, "\(call.program) is not known here, and is given \(DisplayText.escaped(text))")
                }
            }
        }
    }

    /// Whether the words, run as a command, would be asked about.
    private func runs(_ name: String, _ arguments: [Word]) -> Bool {
        guard let rule = Self.byProgram[name] ?? Self.byFamily(name) else { return false }
        var inner = Rules(call: Call(program: name, arguments: arguments, span: call.span), context: context)
        rule(&inner)
        inner.printsSecret()
        return !inner.outcome.findings.isEmpty
    }

    private static let risky: Set<String> = [
        "rm", "dd", "mkfs", "shred", "wipefs", "fdisk", "parted", "userdel", "passwd", "iptables", "nft", "reboot", "shutdown", "poweroff", "halt",
        "kill", "pkill", "killall", "chmod", "chown", "mv", "eval", "exec", "python", "python3", "perl", "ruby", "curl", "wget", "nc", "find", "-delete",
    ]

    /// Reading a secret prints it, and what is printed is stored.
    private mutating func printsSecret() {
        let prints: Set<String> = [
            "cat", "head", "tail", "less", "more", "grep", "egrep", "strings", "od", "xxd", "hexdump", "base64", "cut", "sort", "nl", "tac", "rev", "sed",
            "awk", "curl", "wget", "scp", "rsync", "cp", "tar", "zip", "nc", "tee", "diff", "openssl", "gpg", "fold", "column", "jq", "dd", "install", "mv",
        ]
        for word in call.arguments {
            let path = word.known.map { text in
                text.hasPrefix("@") ? String(text.dropFirst()) : text.contains("=/") ? String(text.drop { $0 != "/" }) : text.contains("@/") ? String(text.drop { $0 != "@" }.dropFirst()) : text
            }
            // `grep 'cat ~/.ssh/id_rsa' notes` looks for words.
            guard let path, path.hasPrefix("/") || path.hasPrefix("~") || !path.contains(" "), Paths.isSecret(path) else { continue }
            if prints.contains(call.program) {
                find(.secretExfiltration, .deny, "\(call.program) would print or send \(DisplayText.escaped(path)), which holds secrets")
            }
        }
        if call.program == "printenv" || (call.program == "env" && call.arguments.isEmpty), context.purpose == .command {
            // The environment is our own, fixed one; nothing of the operator's is in it.
        }
    }

    // MARK: Questions

    var protectedOperand: Word? { call.operands.first(where: Paths.isProtectedTree) }

    /// Judges a path that would be written.
    mutating func writes(_ word: Word?) {
        changes()
        guard let word else { return }
        guard let path = word.known else {
            if Paths.isProtectedTree(word) { find(.unknownCode, .ask, "\(call.shown) writes to a path that can't be told from the text") }
            return
        }
        if let (policyClass, decision) = Paths.sensitiveClass(path) {
            find(policyClass, decision, "\(call.shown) writes \(DisplayText.escaped(path))")
        }
    }
}
