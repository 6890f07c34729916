import CommandSafety
import Documents

/// A run host by host: what was applied, what runs, what waits, and why the rest was not run.
struct StatusText {
    let run: RunDocument

    func lines(_ wanted: [String]?) -> [String] {
        var lines = ["run \(run.summary.run)  \(condition)"]
        if let advice { lines.append("  \(advice)") }
        lines.append("\(DisplayText.escaped(run.summary.task ?? "?"))  (\(DisplayText.escaped(run.origin)))")
        lines.append("began \(run.summary.began ?? "?"), last change \(run.summary.changed ?? "?")")
        for host in run.hosts where wanted?.contains(host.host) ?? true {
            lines.append("\(host.host)  \(host.status)  \(host.changed) changed, \(host.skipped) had nothing to do")
            for subtask in host.subtasks { lines += self.lines(subtask, host.host) }
        }
        for exclusion in run.excluded where wanted?.contains(exclusion.host) ?? true {
            lines.append("took no part: \(DisplayText.escaped(exclusion.reason))")
        }
        return lines
    }

    private var condition: String {
        switch run.summary.condition {
        case "running": "running, in \(run.summary.owner ?? "?")"
        case "undecided": "undecided: what became of \(run.undecided) command\(run.undecided == 1 ? "" : "s") is not known"
        case "interrupted": "interrupted: its process is gone"
        default: run.summary.condition
        }
    }

    /// What to do about a run that rests.
    private var advice: String? {
        switch run.summary.condition {
        case "undecided": "muster resume \(run.summary.run)    asks the hosts once more, and goes on"
        case "interrupted", "paused": "muster resume \(run.summary.run)    goes on"
        default: nil
        }
    }

    private func lines(_ subtask: SubtaskDocument, _ host: String) -> [String] {
        let name = "  \(subtask.step)/\(subtask.subtask)"
        switch subtask.status {
        case "open", "not run": return ["\(name)  \(subtask.reason ?? "")"]
        case "waits": return ["\(name)  waits"]
        default: break
        }
        let number = subtask.attempt.map { $0 > 1 ? " (attempt \($0))" : "" } ?? ""
        var lines = ["\(name)  \(subtask.status)\(number)" + (subtask.reason.map { ": \($0)" } ?? "")]
        if let evidence = subtask.evidence { lines.append("      \(evidence)") }
        if subtask.waitsForPerson { lines.append("      muster decide \(run.summary.run) \(host) done|failed|again") }
        return lines + subtask.tail.map { "    | \($0)" }
    }

    private struct Line: Encodable {
        var run: String
        var host: String
        var step: String
        var subtask: String
        var status: String
        var attempt: Int?
        var reason: String?
    }

    func json(_ wanted: [String]?) -> [String] {
        run.hosts.filter { wanted?.contains($0.host) ?? true }.flatMap { host in
            host.subtasks.map { subtask in
                JSONText.encode(
                    Line(
                        run: run.summary.run, host: host.host, step: subtask.step, subtask: subtask.subtask, status: subtask.status, attempt: subtask.attempt,
                        reason: subtask.reason))
            }
        }
    }
}

extension ExitStatus {
    /// The exit code of a run itself; nil while it is carried out.
    init?(_ run: RunDocument) {
        switch run.summary.condition {
        case "undecided": self = .inDoubt
        case "paused", "interrupted": self = .waitsForPerson
        case "cancelled": self = .hostFailed
        case "done", "failed":
            if run.hosts.contains(where: { $0.status == "in doubt" }) {
                self = .inDoubt
            } else {
                self = run.hosts.contains { $0.status != "done" } || !run.excluded.isEmpty ? .hostFailed : .done
            }
        default: return nil
        }
    }
}
