import CommandSafety
package import Model
import Orchestration
package import RunStore

/// A run host by host: what was applied, what runs, what waits, and why the rest was not run.
package struct RunDocument: Codable, Sendable, Equatable {
    package var summary: RunSummary
    package var title: String
    /// Who made the plan: `runbook postgresql`.
    package var origin: String
    /// Commands of which a person has to tell what became of them.
    package var undecided: Int
    package var hosts: [HostDocument]
    /// Hosts without a part, and why.
    package var excluded: [ExclusionDocument]
    /// The last record that is in it.
    package var sequence: Int

    /// - Returns: nil for a run of which nothing is written down, or that can't be read.
    package init?(_ entry: RunCatalogue.Entry) {
        guard let history = entry.history, let description = history.replay.description, let machine = history.replay.machine else { return nil }
        summary = RunSummary(entry)
        title = description.title
        origin = description.origin
        undecided = machine.undecidedJobs.count
        let context = OpenJobs(entry, history, machine)
        hosts = machine.report().hosts.map { HostDocument($0, context) }
        excluded = description.excluded.map { ExclusionDocument(host: $0.host.value, reason: $0.reason) }
        sequence = history.sequence
    }
}

/// A host without a part in a run or plan.
package struct ExclusionDocument: Codable, Sendable, Equatable {
    package var host: String
    /// One line, as it came.
    package var reason: String

    package init(host: String, reason: String) {
        self.host = host
        self.reason = reason
    }
}

/// One host's part of a run.
package struct HostDocument: Codable, Sendable, Equatable {
    package var host: String
    /// `done`, `failed`, `stopped`, `in doubt`, `unreachable`, `under way` or `not finished`.
    package var status: String
    package var changed: Int
    package var skipped: Int
    package var subtasks: [SubtaskDocument]

    /// A host of a run that rests, or that nobody carries out.
    package init(_ report: HostReport) { self.init(report, nil) }

    init(_ report: HostReport, _ open: OpenJobs?) {
        host = report.host.value
        // A host that is not through yet is not called stopped.
        if let open, report.status == .stopped, !open.isFinished { status = open.isRunning ? "under way" : "not finished" } else { status = report.status.rawValue }
        changed = report.changed
        skipped = report.skipped
        subtasks = report.steps.flatMap { step in step.subtasks.map { SubtaskDocument($0, step.id, report.host, open) } }
    }
}

/// One subtask on one host.
package struct SubtaskDocument: Codable, Sendable, Equatable {
    package var step: String
    package var subtask: String
    package var title: String
    /// `skipped`, `changed`, `failed`, `in doubt`, `not started`, `open`, `waits` or `not run`.
    package var status: String
    /// Its job, once there is one.
    package var job: String?
    package var attempt: Int?
    /// Why; safe to show.
    package var reason: String?
    /// What the looks said of a host whose record does not tell.
    package var evidence: String?
    /// A person has to tell what became of it.
    package var waitsForPerson: Bool
    /// The last lines of output of what did not succeed, escaped.
    package var tail: [String]

    enum CodingKeys: String, CodingKey {
        case step, subtask, title, status, job, attempt, reason, evidence
        case waitsForPerson = "waits_for_person"
        case tail
    }

    init(_ report: SubtaskReport, _ step: StepID, _ host: HostName, _ open: OpenJobs?) {
        self.step = step.value
        subtask = report.id
        title = report.title
        waitsForPerson = false
        tail = []
        if report.result == nil, let open = open?.entry(host, step, report.id) {
            status = "open"
            reason = open.text
            job = open.job.value
        } else if let result = report.result {
            status = OutcomeText.status(result.outcome)
            reason = OutcomeText.reason(result.outcome)
            attempt = result.attempt
            job = result.job.value
            if case .inDoubt(let doubt) = result.outcome { evidence = Self.evidence(doubt) }
            waitsForPerson = open?.undecided.contains(result.job) ?? false
            if !result.outcome.isSuccess { tail = OutcomeText.tail(result) }
        } else if let notRun = report.notRun, notRun != .stopped || (open?.isFinished ?? true) {
            status = "not run"
            reason = "\(notRun)"
        } else {
            status = "waits"
        }
    }

    /// What the looks said of a host.
    static func evidence(_ doubt: Doubt) -> String? {
        let evidence: Doubt.Evidence
        switch doubt.kind {
        case .interrupted(let seen), .ledgerLost(let seen): evidence = seen
        case .unanswered, .otherMachine: return nil
        }
        let guardText = evidence.guardSatisfied.map { "its guard says that the state is \($0 ? "" : "not ")there" }
        let healthText = evidence.healthPassed.map { "its health check \($0 ? "passes" : "fails")" }
        let parts = [guardText, healthText].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}

/// What is out of a run, by place.
struct OpenJobs {
    private struct Place: Hashable {
        var host: HostName
        var step: StepID
        var subtask: String
    }
    let isRunning: Bool
    let isFinished: Bool
    let undecided: Set<JobID>
    private var entries: [Place: (job: JobID, text: String)] = [:]

    init(_ entry: RunCatalogue.Entry, _ history: RunHistory, _ machine: RunMachine) {
        isRunning = entry.isRunning
        isFinished = machine.isFinished
        undecided = Set(machine.undecidedJobs.map(\.job))
        for open in machine.openJobs {
            guard let position = machine.position(of: open.job) else { continue }
            let text: String
            if open.isInDoubt {
                text = "in doubt: the host \(isRunning ? "is" : "will be") asked"
            } else if let out = history.replay.handOuts[open.job] {
                let attempt = out.reference.attempt
                text = isRunning
                    ? "out with \(DisplayText.escaped(out.worker)), attempt \(attempt)" : "attempt \(attempt) may be under way; 'muster resume' asks the host"
            } else {
                text = "waits for a worker"
            }
            entries[Place(host: position.host, step: position.step, subtask: position.subtask.id)] = (open.job, text)
        }
    }

    /// How a subtask stands that is out; nil for the others.
    func entry(_ host: HostName, _ step: StepID, _ subtask: String) -> (job: JobID, text: String)? {
        entries[Place(host: host, step: step, subtask: subtask)]
    }
}
