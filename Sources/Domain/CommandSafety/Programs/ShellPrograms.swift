/// Shells and wrappers, for what is left of them when the evaluator has taken them off.
enum ShellPrograms {
    private static let shells: Set<String> = ["sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "rbash", "csh", "tcsh", "fish", "pdksh", "ksh93", "yash", "posh", "elvish", "nu", "xonsh"]
    static func isShell(_ program: String) -> Bool { shells.contains(program) }

    /// Whether what comes in is run.
    static func runsInput(_ call: Call) -> Bool { isShell(call.program) || InterpreterPrograms.isInterpreter(call.program) }

    static let table: [ProgramSpec] = [
        ProgramSpec(
            "sh bash dash ash zsh ksh mksh rbash csh tcsh fish pdksh ksh93 yash posh elvish nu xonsh",
            options: "-c= -o= -O= -s -i -l -e -x -u -n --norc --noprofile --posix --rcfile:runs --init-file:runs --version --login", stopsAtOperand: true,
            examples: ["bash /opt/x.sh -> run /opt/x.sh", "bash -n x.sh ->"]
        ) { r in
            if r.has("-n", "--version") { return }
            if r.value("-c") != nil { return }
            if let file = r.operands.first, !r.has("-s") {
                if file.known == "-" || file.known == "/dev/stdin" || file.prefix.hasPrefix("/dev/fd/") || file.prefix.hasPrefix("/proc/self/fd/") { return r.shellInput() }
                return r.add(.runFile(file))
            }
            r.shellInput()
        },
        ProgramSpec(". source", options: "", stopsAtOperand: true) { r in
            guard let file = r.operands.first else { return }
            // Settings that everybody reads in.
            if let known = file.known,
                ["/etc/os-release", "/etc/lsb-release", "/usr/lib/os-release", "/lib/os-release", "/etc/environment", "/etc/profile", "/etc/default/locale"].contains(known)
                    || known.hasSuffix("/bin/activate") || known.hasSuffix("/.bashrc") || known.hasSuffix("/.profile") || known.hasPrefix("/etc/default/")
            {
                return
            }
            r.add(.runFile(file))
        },
        ProgramSpec("eval trap", options: "-l -p") { _ in },
        ProgramSpec("exec", options: "-a= -c -l", stopsAtOperand: true) { _ in },
        ProgramSpec(
            "sudo doas su runuser pkexec nice nohup setsid stdbuf timeout time flock xargs parallel env chroot nsenter unshare setpriv script watch busybox toybox strace-wrapper entr setarch linux32 linux64 systemd-inhibit sg newgrp builtin coproc cpulimit proot dbus-run-session unbuffer fakeroot chpst ld-linux-x86-64.so.2 ld.so rlwrap catchsegv firejail-wrapper torsocks proxychains proxychains4 tsocks eatmydata faketime softlimit envdir setlock daemonize runsv torify dumb-init tini gosu su-exec",
            options: "-u= -n= -p=", stopsAtOperand: true
        ) { r in
            switch r.call.program {
            case "su", "newgrp", "sg": r.add(.change(what: "opens a shell as another user"))
            case _ where KnownPrograms.kind(r.call.program) == nil: r.runsOperands()
            case "sudo", "doas": if r.hasWord("-s", "-i") || r.has("-s", "-i") { r.shellInput() }
            default: break
            }
        },
    ]
}

extension Reading {
    /// A program that runs what stands behind its options and that the evaluator does not take off: its operands are a line of their own.
    mutating func runsOperands(from start: Int = 0) {
        let words = call.arguments.map { $0.known ?? "?" }
        let options = words.prefix { $0.hasPrefix("-") }.count + start
        // Where the program begins depends on options that are not known here: each word that is a program may be it.
        for index in options..<max(options, min(words.count, options + 4)) where Programs.knows(words[index]) || ShellPrograms.isShell(words[index]) || words[index].contains("/") {
            shellCode.append(Value(words[index...].map { "'" + $0.replacing("'", with: "'\\''") + "'" }.joined(separator: " ")))
            return
        }
        if words.count > options { add(.runUnknown(source: "\(call.program) runs '\(words[options...].joined(separator: " ").prefix(60))'")) }
    }

    /// A shell that reads its commands from what comes in.
    mutating func shellInput() {
        switch call.input {
        case .nothing: if has("-i") { add(.change(what: "opens an interactive shell")) }
        // The evaluator has judged the text; here nothing is unknown but what it could not tell.
        case .text(let text): if text.texts.contains(where: { $0.pieces.contains(.unknown) }) { add(.runUnknown(source: "\(call.program) runs what comes in")) }
        case .file(let file): add(.runFile(file))
        case .socket(let to): add(.backdoor(what: "\(call.program) takes its commands from \(to.display)"))
        case .calls(let calls):
            if let source = calls.last(where: { ["nc", "ncat", "netcat", "socat", "telnet"].contains($0.program) || $0.program == "openssl" && $0.arguments.first?.known == "s_client" }) {
                add(.backdoor(what: "\(call.program) takes its commands from \(source.program)"))
            } else if let source = calls.last(where: FetchingPrograms.fetches) {
                add(.runFetched(source: "\(source.program) into \(call.program)"))
            } else {
                add(.runUnknown(source: "\(call.program) runs what \(calls.last?.program ?? "something") prints"))
            }
        }
    }
}
