import CommandSafety
import Model
import Orchestration
package import RunStore

/// A run in one line.
package struct RunSummary: Codable, Sendable, Equatable {
    package var run: String
    /// `running`, `done`, `failed`, `cancelled`, `paused`, `undecided`, `interrupted`, `never began` or `unreadable`.
    package var condition: String
    /// The sentence that was asked for, as it was written.
    package var task: String?
    /// UTC, to the second.
    package var began: String?
    package var changed: String?
    package var hosts: Int
    /// Hosts on which everything is done.
    package var done: Int
    /// The process that carries it out.
    package var owner: String?
    /// Why nothing can be told of it.
    package var reason: String?

    package init(_ entry: RunCatalogue.Entry) {
        let reports = entry.history?.replay.machine?.report().hosts ?? []
        run = entry.run.value
        hosts = reports.count
        done = reports.count { $0.status == .done }
        task = entry.history?.replay.description?.task
        began = entry.history.map { TimeText.utc($0.began) }
        changed = entry.history.map { TimeText.utc($0.changed) }
        switch entry.condition {
        case .running(let owner):
            condition = "running"
            self.owner = owner
        case .finished: condition = reports.contains { $0.status != .done } ? "failed" : "done"
        case .cancelled: condition = "cancelled"
        case .paused: condition = "paused"
        case .undecided: condition = "undecided"
        case .abandoned: condition = "interrupted"
        case .neverBegan: condition = "never began"
        case .refused: condition = "refused"
        case .unreadable(let reason):
            condition = "unreadable"
            self.reason = reason
        }
    }

    package var text: String {
        guard let began, let task else { return "\(run)  \(condition)" + (why.map { ": \(DisplayText.escaped($0))" } ?? "") }
        return "\(run)  \(began)  \(condition.rightPadded(to: 11))  \(done)/\(hosts) hosts  \(DisplayText.escaped(task))"
    }

    private var why: String? {
        switch condition {
        case "unreadable": reason
        case "never began": "its process ended before anything was asked of a host"
        case "running": owner.map { "in \($0), which has written nothing yet" }
        default: nil
        }
    }
}
