/// What became of a run: every subtask of every host, with a reason for all that was not run.
package struct RunReport: Sendable, Equatable {
    package var run: RunID
    package var hosts: [HostReport]

    package init(run: RunID, hosts: [HostReport]) {
        self.run = run
        self.hosts = hosts
    }

    package var failedHosts: [HostName] { hosts.filter { $0.status == .failed }.map(\.host) }
    package var inDoubtHosts: [HostName] { hosts.filter { $0.status == .inDoubt }.map(\.host) }
}

/// One host's part of a run.
package struct HostReport: Sendable, Equatable {
    package enum Status: String, Sendable, Equatable {
        case done, failed, stopped
        case inDoubt = "in doubt"
        case unreachable
    }
    package var host: HostName
    /// Why the host had no part in the run; nil for hosts that had.
    package var unreachable: String?
    package var steps: [StepReport]

    package init(host: HostName, unreachable: String? = nil, steps: [StepReport]) {
        self.host = host
        self.unreachable = unreachable
        self.steps = steps
    }

    package var subtasks: [SubtaskReport] { steps.flatMap(\.subtasks) }
    package var changed: Int { subtasks.count { $0.result?.outcome == .changed } }
    package var skipped: Int { subtasks.count { $0.result?.outcome == .skipped } }

    package var status: Status {
        if unreachable != nil { return .unreachable }
        var status = Status.done
        for subtask in subtasks {
            switch subtask.result?.outcome {
            case .inDoubt: return .inDoubt
            case .failed: status = .failed
            case .skipped, .changed: break
            case .notStarted, nil: if status == .done { status = .stopped }
            }
        }
        return status
    }
}

/// One step on one host.
package struct StepReport: Sendable, Equatable {
    package var id: StepID
    package var title: String
    package var subtasks: [SubtaskReport]

    package init(id: StepID, title: String, subtasks: [SubtaskReport]) {
        self.id = id
        self.title = title
        self.subtasks = subtasks
    }
}

/// One subtask on one host: a result, or the reason why there is none.
package struct SubtaskReport: Sendable, Equatable {
    package var id: String
    package var title: String
    package var result: JobResult?
    package var notRun: NotRunReason?

    package init(id: String, title: String, result: JobResult?, notRun: NotRunReason?) {
        self.id = id
        self.title = title
        self.result = result
        self.notRun = notRun
    }
}

/// Why something planned was not run.
package enum NotRunReason: Sendable, Equatable, CustomStringConvertible {
    /// It depends on a step that failed or was not run itself.
    case dependsOn(StepID)
    /// An earlier subtask of its step failed.
    case after(subtask: String)
    /// The run was stopped before it.
    case stopped
    /// The run was cancelled before it.
    case cancelled
    /// The host was lost before it.
    case hostLost
    /// It waits for a person's word on what another subtask did.
    case waits(subtask: String)

    package var description: String {
        switch self {
        case .dependsOn(let step): "not run: depends on \(step)"
        case .after(let subtask): "not run: comes after \(subtask), which did not succeed"
        case .stopped: "not run: the run was stopped"
        case .cancelled: "not run: the run was cancelled"
        case .waits(let subtask): "not run: waits for a word on \(subtask), whose outcome is not known"
        case .hostLost: "not run: the host could no longer be reached"
        }
    }
}
