/// Logs, audit, history.
enum LogPrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec(
            "journalctl",
            options:
                "-u/--unit= -n/--lines= -p/--priority= -S/--since= -U/--until= -o/--output= -t= -b/--boot? -D/--directory= --file= -g/--grep= --vacuum-time= --vacuum-size= --vacuum-files= --rotate --flush --relinquish-var --sync --setup-keys -F= -k -f -x -e -r --no-pager --header --disk-usage --verify --root= -M= --user-unit= --output-fields= --cursor= --cursor-file= -c= -q",
            examples: ["journalctl -u nginx -n 50 ->", "journalctl --vacuum-time=14d -> logs", "journalctl --vacuum-time=1s -> logs!"]
        ) { r in
            if let time = r.value("--vacuum-time") { r.add(.logs(what: "journalctl keeps \(time.display) of the journal", isKept: Retention.isLong(time.known))) }
            if let size = r.value("--vacuum-size") { r.add(.logs(what: "journalctl keeps \(size.display) of the journal", isKept: Retention.isLarge(size.known))) }
            if let count = r.value("--vacuum-files") { r.add(.logs(what: "journalctl keeps \(count.display) files of the journal", isKept: Int(count.known ?? "") ?? 0 >= 14)) }
            if r.has("--rotate"), r.effects.isEmpty { r.add(.logs(what: "journalctl rotates the journal", isKept: true)) }
            if r.has("--flush", "--relinquish-var", "--sync", "--setup-keys") { r.add(.change(what: "journalctl writes the journal to disk")) }
        },
        ProgramSpec(
            "dmesg", options: "-C/--clear -c/--read-clear -n/--console-level= -D/--console-off -E/--console-on -l/--level= -f= -s= -F= -T -w -H -L --since= --until= -k -u -x -e -t -r",
            examples: ["dmesg -T ->", "dmesg -C -> logs!"]
        ) { r in
            if r.has("-C", "-c") { r.add(.logs(what: "dmesg empties the kernel's log", isKept: false)) } else if r.has("-n", "-D", "-E") { r.add(.change(what: "sets the console's level")) }
        },
        ProgramSpec(
            "auditctl", options: "-l -s -D -e= -a= -A= -d= -w= -W= -k= -p= -S= -F= -R= -b= -f= -r= -C= -i -v -m= -t -q= --reset-lost --backlog_wait_time=",
            examples: ["auditctl -l ->", "auditctl -D -> logs!"]
        ) { r in
            if r.value("-R")?.known == "/dev/null" || r.value("-b")?.known == "0" { r.add(.logs(what: "auditctl stops auditing", isKept: false)) }
            if r.has("-D", "-d", "-W") || r.value("-e")?.known.map({ $0 == "0" }) ?? r.has("-e") || r.value("-r")?.known == "0" && false || r.value("-f")?.known == "0" && r.has("-e") {
                r.add(.logs(what: "auditctl takes audit rules away", isKept: false))
            } else if r.has("-a", "-A", "-w", "-R", "-b", "-f", "-e", "-r") {
                r.add(r.wholeText.contains("never") ? .logs(what: "auditctl stops auditing", isKept: false) : .change(what: "auditctl adds audit rules"))
            } else if r.isUncertain {
                r.add(.logs(what: "what auditctl would do can't be told", isKept: true))
            }
        },
        ProgramSpec("ausearch aureport augenrules autrace", options: "-k= -m= -i -ts= -te= --load --check -f= -ua= -if=") { r in
            if r.call.program == "augenrules", r.has("--load") { r.add(.change(what: "loads audit rules")) }
        },
        ProgramSpec("history fc", options: "-c -d= -a -w -r -n -p -s -e= -l") { r in if r.has("-c", "-d", "-w"), r.call.program == "history" { r.add(.logs(what: "history is emptied", isKept: false)) }
        },
        ProgramSpec("unset", options: "-v -f -n") { r in
            for name in r.operands {
                guard let known = name.known else { continue }
                if known == "HISTFILE" || known == "HISTSIZE" || known == "HISTFILESIZE" { r.add(.logs(what: "the shell's history is not kept", isKept: false)) }
            }
        },
        ProgramSpec("export", options: "-n -f -p") { r in
            for word in r.operands {
                guard let text = word.texts.first, let equals = text.prefix.firstIndex(of: "=") else { continue }
                let name = String(text.prefix[..<equals])
                r.add(.environment(name: name, value: word.dropping(name + "=")))
            }
        },
        ProgramSpec("alias unalias", options: "-p -a", examples: ["alias ll=ls ->"]) { r in
            for word in r.operands {
                guard r.call.program == "alias", let text = word.known, let equals = text.firstIndex(of: "=") else { continue }
                let name = String(text[..<equals]), body = String(text[text.index(after: equals)...])
                let first = body.split(separator: " ").first.map(String.init) ?? ""
                // `alias ls='ls --color'` still means ls.
                if Programs.knows(name), first != name || body.contains(where: { ";|&`$".contains($0) }) {
                    r.add(.environment(name: "alias \(name)", value: Value(body)))
                } else if !Programs.knows(name) {
                    r.addShell(Value(body), by: "alias", asks: false)
                }
            }
        },
        ProgramSpec("logger wall write systemd-cat mesg notify-send msg motd-news", options: "-t= -p= -f:prints -n= -P= -s -i", changes: "writes a message") { r in
            if !r.call.wrappers.isEmpty, r.call.program == "motd-news" { return }
        },
        ProgramSpec("utmpdump wtmpclean", options: "-r/--reverse -o:writes -f") { r in
            if r.has("-r") || r.call.program == "wtmpclean" {
                r.add(.logs(what: "\(r.call.program) rewrites login records", isKept: false))
            } else {
                for file in r.operands { r.add(.read(file, prints: false)) }
            }
        },
        ProgramSpec("savelog", options: "-c= -m= -u= -g= -p -t -n -d -l") { r in r.add(.logs(what: "savelog rotates a log", isKept: true)) },
        ProgramSpec(
            "rsyslogd syslog-ng syslogd fluentd fluent-bit filebeat vector promtail lnav goaccess ccze multitail logwatch swatch logcheck", "prints*", options: "-N= -f= -c= -i= -n -t --config= -T"),
    ]
}

/// How long logs are kept.
enum Retention {
    static func isLong(_ time: String?) -> Bool {
        guard let time else { return false }
        let number = Double(time.prefix { $0.isNumber || $0 == "." }) ?? 0
        let unit = time.drop { $0.isNumber || $0 == "." }.drop { $0 == " " }.lowercased()
        let days: Double = unit.hasPrefix("d") ? 1 : unit.hasPrefix("w") ? 7 : unit.hasPrefix("mo") || time.hasSuffix("M") ? 30 : unit.hasPrefix("y") ? 365 : unit.hasPrefix("h") ? 1.0 / 24 : 0
        return number * days >= 14
    }

    static func isLarge(_ size: String?) -> Bool {
        guard let size else { return false }
        let number = Double(size.prefix { $0.isNumber || $0 == "." }) ?? 0
        return size.hasSuffix("G") || size.hasSuffix("T") ? number >= 0.1 : size.hasSuffix("M") ? number >= 100 : number >= 1e8
    }
}
