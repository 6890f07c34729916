/// Judges what a run left behind: every command took effect at most once, and every outcome is known or said to be unknown.
struct Checker {
    let aftermath: Aftermath

    /// Each breach of the promise in one line; none is what is wanted.
    func breaches() -> [String] {
        var found: [String] = []
        if aftermath.verification != 0 { found.append("the journal is not whole: status \(aftermath.verification)") }
        found += aftermath.leftovers.map { "a command lives on although nothing of the run is out: \($0)" }
        let counters = Dictionary(uniqueKeysWithValues: aftermath.plan.counters.map { ($0.name, $0) })
        for host in aftermath.lines.keys.sorted() {
            let lines = aftermath.lines[host] ?? []
            for line in Set(lines) where counters[line] == nil { found.append("\(host): a line that no command writes: '\(line)'") }
            let told = aftermath.status.filter { $0.host == host }
            for counter in aftermath.plan.counters {
                let count = lines.count { $0 == counter.name }
                let statuses = told.filter { $0.subtask == counter.name }
                // A host that was out of reach when the run was planned takes no part.
                if told.isEmpty, count == 0 { continue }
                guard statuses.count == 1, let status = statuses.first else {
                    found.append("\(host) \(counter.name): told \(statuses.count) times, \(count) lines")
                    continue
                }
                if let breach = breach(counter, status, lines: count) {
                    found.append("\(host) \(counter.name): \(status.status), attempt \(status.attempt ?? 0), \(count) lines: \(breach) (\(status.reason ?? "no reason"))")
                }
            }
        }
        return found
    }

    /// What is wrong with one job; nil if nothing is.
    private func breach(_ counter: ChaosPlan.Counter, _ status: StatusLine, lines: Int) -> String? {
        let words = aftermath.words["\(status.host) \(status.subtask)"] ?? []
        // Lines that attempts before a person's word have left; each "again" allows one more.
        let before = words.last?.lines ?? 0
        if lines > before + (words.last.map { $0.decision == "again" ? 1 : 0 } ?? 1) { return "more lines than attempts that may run" }
        for (earlier, later) in zip(words, words.dropFirst()) where later.lines > earlier.lines + 1 { return "an attempt left more than one line" }
        if let first = words.first, first.lines > 1 { return "the first attempt left more than one line" }
        let fresh = lines - before
        switch (status.status, words.last?.decision) {
        case ("changed", "done"?), ("failed", "failed"?): return fresh == 0 ? nil : "it ran after a person's word"
        case ("changed", _): return fresh == 1 ? nil : "changed means one line"
        case ("skipped", _):
            guard counter.isDecidable else { return "its guard is never satisfied" }
            return lines == 1 ? nil : "its guard looks for one line"
        case ("not started", _), ("not run", _): return fresh == 0 ? nil : "it ran"
        case ("failed", _): return failed(status, fresh: fresh)
        case ("in doubt", _):
            if status.reason?.isEmpty ?? true { return "in doubt without a reason" }
            return wasHit(status.host) { $0.leavesDoubt } ? nil : "nothing on this host makes an outcome unknown"
        case (let other, _): return "'\(other)' is no outcome"
        }
    }

    private func failed(_ status: StatusLine, fresh: Int) -> String? {
        guard let reason = status.reason else { return "failed without a reason" }
        if reason.hasPrefix("the command ended with exit code") { return wasHit(status.host) { $0.endsCommands } ? nil : "nobody ended this command" }
        if fresh != 0 { return "it ran, though it is said not to have been started" }
        return wasHit(status.host) { $0.keepsFromStarting } ? nil : "nothing kept this host from starting it"
    }

    private func wasHit(_ host: String, _ isSuch: (FaultKind) -> Bool) -> Bool { aftermath.faults.contains { $0.host == host && isSuch($0.kind) } }
}
