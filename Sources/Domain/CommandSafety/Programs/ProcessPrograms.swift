import ShellSyntax

/// Signals, priorities, and what eats the machine.
enum ProcessPrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec("kill", options: "-s/--signal= -n= -q= -l/--list? -L/--table", examples: ["kill -KILL -1 -> signal!", "kill -15 20314 -> signal", "kill 1 -> signal!", "kill -0 123 ->"]) {
            $0.kills()
        },
        ProgramSpec(
            "pkill", options: "-s/--session= -u/--euid= -U/--uid= -g/--pgroup= -G= -P/--parent= -t/--terminal= -f/--full -x/--exact -v/--inverse -n -o -e -F= --signal= --ns= -i -c/--count -O=",
            examples: ["pkill -9 -u 0 -> signal!", "pkill -f old-worker -> signal"]
        ) { $0.killsByName() },
        ProgramSpec(
            "killall killall5 skill slay xkill", options: "-s/--signal= -u/--user= -o= -y= -n= -e/--exact -I -g -i -q -r/--regexp -v -w -l/--list", looks: "-l", examples: ["killall5 -9 -> signal!"]
        ) { r in
            if r.call.program == "killall5" { return r.add(.signal(what: Value("all"), isMass: true)) }
            r.killsByName()
        },
        ProgramSpec("fuser", options: "-k/--kill -m/--mount= -M -i -n= -v -u -s -a -w") { r in
            guard r.has("-k") else { return }
            let targets = r.values("-m") + r.operands
            r.add(
                .signal(
                    what: targets.first ?? .unknown,
                    isMass: targets.contains { target in
                        guard let known = target.known else { return true }
                        return ["/", "/usr", "/var", "/home", "/etc", "/bin", "/lib", "/run", "/dev"].contains(ResolvedPath.normalised(known).known ?? "") || known == "22/tcp" || known == "ssh/tcp"
                    }))
        },
        ProgramSpec("renice ionice chrt taskset prlimit choom schedtool cgset cgexec cgclassify", options: "-n= -p -c= -u= -g= -a -m -t -f -b -r", stopsAtOperand: true) { r in
            if r.hasWord("-p", "-u") || r.call.program == "renice" || r.call.program == "cgset" || !r.operands.isEmpty { r.add(.change(what: "changes priorities")) }
        },
        ProgramSpec("yes", options: "", examples: ["yes ->"]) { r in
            if r.call.outputs.contains(where: { $0.path.known != "/dev/null" }) { r.add(.exhaust(what: "yes writes without end to a file")) }
        },
        ProgramSpec(
            "stress stress-ng sysbench memtester stressapptest fio bonnie++ hackbench", options: "--cpu= -c= -m= --vm= --vm-bytes= -t/--timeout= --timeout= -d= --io= --hdd= --hdd-bytes= --filename="
        ) { r in
            if r.call.program.hasPrefix("stress") {
                let isBounded = r.hasWord("--timeout", "-t") || r.has("-t", "--timeout") || r.wholeText.contains("--timeout=")
                let isSmall = !r.words.contains { ["--vm", "-m", "--hdd", "--fork", "--vm-bytes", "--class"].contains($0) || $0.hasPrefix("--vm") }
                r.add(isBounded && isSmall ? .change(what: "puts load on the machine") : .exhaust(what: "\(r.call.program) fills memory or disk"))
            } else {
                r.add(.change(what: "puts load on the machine"))
                if let file = r.value("--filename") { r.add(.write(file, .replace, content: nil)) }
            }
        },
        ProgramSpec("pipesz perf strace ltrace gdb gcore bpftrace trace-cmd ftrace bpftool sysdig stap", options: "-p= -o:writes -e= -s= -c -f -ex:code -x:code -batch -F= -a -g", stopsAtOperand: true)
        { r in
            switch r.call.program {
            case "gdb" where r.values("-ex").contains(where: { $0.prefix.hasPrefix("shell ") || $0.prefix.hasPrefix("!") }):
                for code in r.values("-ex") { r.addShell(Value(String(code.prefix.drop { $0 != " " && $0 != "!" }.dropFirst())), by: "gdb") }
            case "gdb": if !r.has("--version"), !r.call.arguments.isEmpty, !r.wholeText.contains("backtrace"), !r.wholeText.contains("bt") { r.add(.runUnknown(source: "gdb runs commands")) }
            case "gcore": r.add(.secret(what: "gcore dumps a process's memory"))
            case "bpftrace", "stap": r.add(.runUnknown(source: "\(r.call.program) loads code into the kernel"))
            case "bpftool": if r.hasWord("load", "attach", "detach", "pin", "delete", "update") { r.add(.kernel(what: "bpftool changes kernel programs")) }
            default: break
            }
        },
        ProgramSpec("ipcrm ipcmk", options: "-a/--all -m= -q= -s= -M= -Q= -S=") { r in r.add(.signal(what: Value("shared memory"), isMass: r.has("-a"))) },
        ProgramSpec("screen tmux zellij byobu dtach abduco", options: "-S= -t= -s= -d -m -X= -L= -c= -n= -F= -x= -y= -D -R -r -ls") { r in
            let verb = r.verb ?? ""
            if ["ls", "list-sessions", "list-windows", "has-session", "capture-pane", "show-options", "display-message", "info"].contains(verb) || r.has("-ls") || r.hasWord("-ls", "-list")
                || r.call.arguments.isEmpty
            {
                return
            }
            if ["kill-session", "kill-server", "attach", "detach-client", "rename-session", "kill-window", "select-window"].contains(verb) { return r.add(.change(what: "\(r.call.program) \(verb)")) }
            let code = r.operands.last?.known ?? ""
            if r.call.program == "tmux" || r.call.program == "screen", code.isEmpty {
                r.add(.change(what: "opens a terminal"))
            } else {
                r.addShell(Value(r.operands.dropFirst(r.call.program == "tmux" ? 1 : 0).map(\.display).joined(separator: " ")), by: r.call.program)
            }
        },
    ]
}

extension Reading {
    fileprivate mutating func kills() {
        if hasWord("-l", "-L", "--list", "--table") || words.first?.hasPrefix("--list=") ?? false { return }
        var rest = call.arguments.map(\.value)
        if rest.first?.known == "--" { rest.removeFirst() }
        // The first word with a dash is the signal, unless it stands alone.
        if let first = rest.first, first.prefix.hasPrefix("-") {
            if ["-s", "-n", "--signal", "-q"].contains(first.known) {
                if rest.dropFirst().first?.known == "0" { return }
                rest.removeFirst(min(2, rest.count))
            } else if rest.count > 1 {
                if first.known == "-0" { return }
                rest.removeFirst()
            }
        }
        // `kill -HUP $(cat …pid)`: to have a service read its settings again.
        let isGentle = ["-HUP", "-SIGHUP", "-1", "-USR1", "-USR2", "-SIGUSR1", "-SIGUSR2", "-WINCH", "-CONT"].contains(call.arguments.first?.known ?? "") && call.arguments.count > 1
        for target in rest where target.known != "--" {
            if isGentle, target.known == nil {
                add(.change(what: "asks a process to read its settings again"))
                continue
            }
            if target.known == nil, !call.feeders.isEmpty {
                ProcessLists.signals(of: call.feeders).forEach { add($0) }
                // Only of `kill $(pgrep x)`, with nothing else in it, is it certain that these are all.
                let nested = call.feeders.filter { call.span.start < $0.span.start && $0.span.end <= call.span.end }
                let isAlone = rest.count { $0.known == nil } == 1 && target.texts.allSatisfy { $0.pieces.count == 1 }
                if isAlone, !ProcessLists.signals(of: nested).isEmpty { continue }
            }
            let isAll = target.allKnownTexts { $0 == "-1" || $0 == "1" || $0 == "0" && false || $0 == "-0" }
            add(.signal(what: target, isMass: isAll || target.texts.contains { $0.pieces.first == .known("-") }))
        }
        if rest.isEmpty, isUncertain { add(.signal(what: .unknown, isMass: false)) }
    }

    fileprivate mutating func killsByName() {
        let isCount = has("-c") && call.program == "pkill"
        if isCount || hasWord("-0") { return }
        let users = values("-u") + values("-U")
        let names = operands.filter { !$0.prefix.hasPrefix("-") }
        // They take a user's name as well as a program's.
        if ["slay", "skill"].contains(call.program), names.contains(where: { $0.known == "root" || $0.known == "0" }) { return add(.signal(what: Value("root's processes"), isMass: true)) }
        for user in users where user.known.map({ $0.split(separator: ",").contains("root") || $0.split(separator: ",").contains("0") }) ?? true {
            return add(.signal(what: Value("root's processes"), isMass: true))
        }
        if let owner = value("-F").flatMap(ProcessLists.named) { return add(owner) }
        if has("-v") { return add(.signal(what: Value("all others"), isMass: true)) }
        if names.isEmpty {
            return add(
                users.isEmpty
                    ? .signal(what: .unknown, isMass: has("-g") && values("-g").contains { $0.known == "0" || $0.known == "1" } || has("-P") && values("-P").contains { $0.known == "1" })
                    : .signal(what: Value("the processes of \(users[0].display)"), isMass: false))
        }
        for name in names {
            add(
                .signal(
                    what: name,
                    isMass: name.known.map {
                        [
                            ".", ".*", "", "^", ".+", "[a-z]", "systemd", "init", "^.*$", "^.*", "[a-z]*", "/", "[[:alpha:]]", "dbus-daemon", "dbus", "systemd-logind", "systemd-journald",
                            "systemd-udevd", "e", "s",
                        ].contains($0)
                    } ?? false))
        }
    }
}

extension Value {
    /// Whether any of its readings is known and holds this.
    func allKnownTexts(_ test: (String) -> Bool) -> Bool { texts.contains { $0.known.map(test) ?? false } }
}
