import CommandSafety
import Model

/// What became of a run, for people: counts, then every host that is not simply done, with the reason.
struct SummaryText {
    let report: RunReport
    let excluded: [(HostName, String)]

    var lines: [String] {
        var lines: [String] = [""]
        for host in report.hosts where host.status != .done {
            lines.append("\(host.host): \(host.status.rawValue)")
            for step in host.steps {
                for subtask in step.subtasks { lines += self.subtask(step.id, subtask) }
            }
        }
        for (_, reason) in excluded { lines.append("took no part: \(DisplayText.escaped(reason))") }
        let done = report.hosts.count { $0.status == .done }
        let changed = report.hosts.reduce(0) { $0 + $1.changed }, skipped = report.hosts.reduce(0) { $0 + $1.skipped }
        lines.append(
            "\(done) of \(report.hosts.count + excluded.count) hosts done: \(changed) subtask\(changed == 1 ? "" : "s") changed something, \(skipped) had nothing to do")
        return lines
    }

    private func subtask(_ step: StepID, _ subtask: SubtaskReport) -> [String] {
        if let result = subtask.result, !result.outcome.isSuccess {
            var lines = ["  \(step)/\(subtask.id)  \(OutcomeText.status(result.outcome)): \(OutcomeText.reason(result.outcome) ?? "")"]
            lines += OutcomeText.tail(result).map { "    | \($0)" }
            return lines
        }
        if let reason = subtask.notRun { return ["  \(step)/\(subtask.id)  \(reason)"] }
        return []
    }
}
