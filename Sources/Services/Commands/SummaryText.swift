import CommandSafety
import Documents

/// What became of a run, for people: counts, then every host that is not simply done, with the reason.
struct SummaryText {
    let hosts: [HostDocument]
    let excluded: [ExclusionDocument]

    var lines: [String] {
        var lines: [String] = [""]
        for host in hosts where host.status != "done" {
            lines.append("\(host.host): \(host.status)")
            for subtask in host.subtasks { lines += self.lines(subtask) }
        }
        for exclusion in excluded { lines.append("took no part: \(DisplayText.escaped(exclusion.reason))") }
        let done = hosts.count { $0.status == "done" }
        let changed = hosts.reduce(0) { $0 + $1.changed }, skipped = hosts.reduce(0) { $0 + $1.skipped }
        lines.append(
            "\(done) of \(hosts.count + excluded.count) hosts done: \(changed) subtask\(changed == 1 ? "" : "s") changed something, \(skipped) had nothing to do")
        return lines
    }

    private func lines(_ subtask: SubtaskDocument) -> [String] {
        switch subtask.status {
        case "skipped", "changed", "open", "waits": []
        case "not run": ["  \(subtask.step)/\(subtask.subtask)  \(subtask.reason ?? "")"]
        default: ["  \(subtask.step)/\(subtask.subtask)  \(subtask.status): \(subtask.reason ?? "")"] + subtask.tail.map { "    | \($0)" }
        }
    }
}
