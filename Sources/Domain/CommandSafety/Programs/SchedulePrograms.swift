/// Scheduled jobs.
enum SchedulePrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec(
            "crontab", options: "-u/--user= -l/--list -r/--remove -e/--edit -i -s -T -V -n", looks: "-T -V",
            examples: ["crontab -r -> schedule!", "crontab -l -> read /var/spool/cron", "crontab /tmp/x -> schedule"]
        ) { r in
            if r.has("-r") { return r.add(.schedule(what: "crontab -r removes all jobs", isWipe: true)) }
            if r.has("-l") { return r.add(.read(Value("/var/spool/cron"), prints: false)) }
            if r.has("-e") { return r.add(.schedule(what: "crontab -e edits jobs", isWipe: false)) }
            guard let file = r.operands.first else {
                if r.hasInput, r.call.input != .file(Value("/dev/null")) { return r.crontab(r.inputText ?? r.printedBefore) }
                return r.add(.schedule(what: "crontab without jobs empties it", isWipe: true))
            }
            if file.known == "/dev/null" { return r.add(.schedule(what: "crontab /dev/null empties it", isWipe: true)) }
            if file.known == "-" || file.known == "/dev/stdin", !r.hasInput || r.call.input == .file(Value("/dev/null")) {
                return r.add(.schedule(what: "crontab without jobs empties it", isWipe: true))
            }
            if file.known == "-" || file.known == "/dev/stdin" { return r.crontab(r.inputText ?? r.printedBefore) }
            if let text = file.known.flatMap({ r.call.files[$0] }) { return r.crontab(text) }
            r.add(.schedule(what: "crontab replaces the jobs by \(file.display)", isWipe: false))
        },
        ProgramSpec("at batch", options: "-f:runs -q= -t= -l -d= -r= -c= -m -M -v -V", looks: "-l -c -V") { r in
            if r.has("-d", "-r") { return r.add(.schedule(what: "\(r.call.program) removes jobs", isWipe: r.value("-d", "-r")?.known == nil)) }
            r.add(.schedule(what: "\(r.call.program) plants a job", isWipe: false))
            if let text = r.inputText ?? r.printedBefore { r.shellCode.append(text) } else if r.hasInput { r.add(.runUnknown(source: "\(r.call.program) runs later what comes in")) }
        },
        ProgramSpec("atrm", options: "") { r in r.add(.schedule(what: "atrm removes jobs", isWipe: r.hasUnknownWord || r.operands.count > 3)) },
        ProgramSpec("atq anacron run-parts cronnext fcrontab", options: "--test --list --report -u= -f -n -s -t= -S= -a= --regex= -T -v --arg=", looks: "--test --list -T") { r in
            if r.call.program == "run-parts", let directory = r.operands.last {
                r.add(.runFile(directory))
            } else if r.call.program == "anacron" {
                r.add(.change(what: "runs the jobs that are due"))
            } else if r.call.program == "fcrontab" {
                r.add(.schedule(what: "fcrontab", isWipe: r.hasWord("-r")))
            }
        },
    ]
}

extension Reading {
    /// A whole crontab that comes in.
    fileprivate mutating func crontab(_ text: Value?) {
        guard let known = text?.known else {
            // `(crontab -l; echo '…') | crontab -`: what was there stays.
            let keeps = inputCalls.contains { $0.program == "crontab" && $0.arguments.contains { $0.known?.contains("l") ?? false } }
            let filters = inputCalls.contains { ["grep", "sed", "awk", "head", "tail", "egrep"].contains($0.program) }
            add(.schedule(what: keeps && !filters ? "crontab adds a job" : "crontab replaces all jobs", isWipe: false))
            for before in inputCalls where before.program == "echo" || before.program == "printf" { if let line = Content.printed(by: before)?.known { jobs(line) } }
            return
        }
        let lines = known.split(separator: "\n").filter { !$0.allSatisfy(\.isWhitespace) && !$0.hasPrefix("#") }
        if lines.isEmpty { return add(.schedule(what: "crontab empties the jobs", isWipe: true)) }
        add(.schedule(what: "crontab replaces all jobs", isWipe: false))
        jobs(known)
    }

    private mutating func jobs(_ text: String) {
        if SettingText.isPlantedBadly(text) { add(.schedule(what: "crontab plants a job that nobody plants for a good reason", isWipe: true)) }
        for command in CronText.commands(of: text, hasUser: false) { shellCode.append(Value(command)) }
    }
}

/// The commands in a crontab.
enum CronText {
    static func commands(of text: String, hasUser: Bool) -> [String] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            guard let first = words.first, !first.hasPrefix("#") else { return nil }
            if first.contains("="), !first.hasPrefix("*") { return nil }
            let skipped = (first.hasPrefix("@") ? 1 : 5) + (hasUser ? 1 : 0)
            guard words.count > skipped else { return nil }
            return words.dropFirst(skipped).joined(separator: " ")
        }
    }
}
