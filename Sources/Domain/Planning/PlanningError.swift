package import Model

/// Why there is no plan. Nothing has been executed.
package enum PlanningError: Error, Equatable, CustomStringConvertible {
    /// No runbook explains the sentence well enough, or two do equally well.
    case noRunbook(task: String, nearest: [RunbookCandidate])
    case unknownParameter(name: String, runbook: String, nearest: String?, known: [String])
    case badParameter(name: String, value: String, reason: String)
    case missingParameter(name: String, description: String)
    case unsupportedSystem(runbook: String, hostClass: HostClass, supported: [OSFamily])
    case unknownPlaceholder(String)
    case invalidPlan([String])
    case emptyTask
    case noHostsFor(step: StepID, pattern: String)

    package var description: String {
        switch self {
        case .noRunbook(_, let nearest):
            (["no runbook fits this task well enough — nothing was executed; the nearest:"]
                + nearest.map { "  \($0.name): \($0.title) (\($0.reason))" }
                + ["say it nearer to one of them, or write a runbook (docs/runbooks.md)"]).joined(separator: "\n")
        case .unknownParameter(let name, let runbook, let nearest?, _): "--set \(name): runbook \(runbook) has no such parameter — did you mean '\(nearest)'?"
        case .unknownParameter(let name, let runbook, nil, let known):
            "--set \(name): runbook \(runbook) has no such parameter — it has \(known.isEmpty ? "none" : known.joined(separator: ", "))"
        case .badParameter(let name, let value, let reason): "\(name) is '\(value)', but it \(reason)"
        case .missingParameter(let name, let description): "\(name) is needed (\(description)) — say it in the task or with --set \(name)=VALUE"
        case .unsupportedSystem(let runbook, let hostClass, let supported):
            "runbook \(runbook) has no commands for \(hostClass) — it is written for \(supported.map(\.rawValue).joined(separator: ", "))"
        case .unknownPlaceholder(let name): "the runbook uses '{{\(name)}}', which has no value"
        case .invalidPlan(let problems): (["the plan is not valid:"] + problems.map { "  \($0)" }).joined(separator: "\n")
        case .emptyTask: "the task is empty — say what is to be done, for example: muster run \"Install and configure PostgreSQL on the servers\""
        case .noHostsFor(let step, let pattern): "step \(step) is for '\(pattern)', which selects no host of this run"
        }
    }
}

/// A runbook that came near, and why it was not chosen.
package struct RunbookCandidate: Sendable, Equatable {
    package var name: String
    package var title: String
    package var reason: String

    package init(name: String, title: String, reason: String) {
        self.name = name
        self.title = title
        self.reason = reason
    }
}
