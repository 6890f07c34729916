import Cryptography
import Journal
import JournalCoding
package import Model
import Orchestration

/// One line of the audit: a text that was sent to a host, or one that was not let through; and who said yes.
package struct AuditEntry: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Handed to a worker, to be run on a host.
        case sent
        /// A person's, or the policy's, yes.
        case approved
        /// Not let through when the plan was judged.
        case denied
        /// Not let through later: when it was handed out, or by the worker.
        case refused
        /// A person's word on a command whose outcome nobody knew.
        case decided
    }
    package var kind: Kind
    /// Milliseconds since 1970.
    package var time: UInt64
    package var run: RunID
    /// The record in the run's journal that says so, and its place in the chain of hashes.
    package var sequence: Int
    package var hash: [UInt8]
    package var hosts: [HostName]
    package var step: StepID
    package var subtask: String
    package var part: String
    package var text: String
    /// Who proposed it: `runbook nginx`.
    package var origin: String
    /// The user who asked for the run, said yes or decided.
    package var user: String
    package var policyClasses: [String] = []
    package var rule = ""
    package var why = ""
    /// Offsets of bytes in the text; nil if it is not about a part of it.
    package var span: Range<Int>?
    package var attempt = 0
    package var worker = ""
}

/// The audit: what the journals of runs tell about texts that were sent, approved and not let through. Nothing is kept twice: an entry
/// stands in a run's own chain of hashes.
package struct AuditTrail: Sendable {
    private let directory: String
    private let run: RunID
    private var description: RunDescription?
    private var subtasks: [String: CompiledSubtask] = [:]
    private var attempts: [JobID: Attempt] = [:]

    /// - Parameter directory: of the run.
    package init(directory: String, run: RunID) {
        self.directory = directory
        self.run = run
    }

    /// Goes through the journal, checking its chain on the way, and gives each entry away.
    package func entries(_ take: (AuditEntry) throws -> Void) async throws {
        var trail = self
        let journal: Journal
        do { journal = try Journal(directory: directory, access: .read, now: 0) } catch { throw RunJournalError.journal(error) }
        for try await batch in journal.batches(of: run.value) {
            for record in batch {
                let read: RunRecord
                do { read = try RunRecord(payload: record.payload) } catch { throw RunJournalError.record(journal.path, sequence: record.sequence, reason: "\(error)") }
                for entry in trail.read(read, record) { try take(entry) }
            }
        }
        try journal.close()
    }

    private mutating func read(_ read: RunRecord, _ record: JournalRecord) -> [AuditEntry] {
        func entry(_ kind: AuditEntry.Kind, _ hosts: [HostName], _ step: StepID, _ subtask: String, _ part: String, _ text: String) -> AuditEntry {
            AuditEntry(
                kind: kind, time: record.wallMilliseconds, run: run, sequence: record.sequence, hash: record.hash, hosts: hosts, step: step, subtask: subtask, part: part, text: text,
                origin: description?.origin ?? "", user: description?.user ?? "")
        }
        switch read {
        case .created(let created):
            description = created
            return created.refusals.map { refusal in
                var denied = entry(.denied, refusal.hosts, refusal.step, refusal.subtask, refusal.part, refusal.text)
                denied.policyClasses = [refusal.policyClass]
                denied.rule = refusal.rule
                denied.why = refusal.why
                denied.span = refusal.span
                return denied
            }
        case .run(.began(let plan, _)):
            for variant in plan.variants {
                for step in variant.steps {
                    for subtask in step.subtasks { for host in variant.hosts where step.hosts.contains(host) { subtasks[Self.key(host, step.id, subtask.id)] = subtask } }
                }
            }
            return (description?.approvals ?? []).map { approval in
                let text = approval.hosts.first.flatMap { subtasks[Self.key($0, approval.step, approval.subtask)] }.map { Self.text($0, approval.part) } ?? ""
                var approved = entry(.approved, approval.hosts, approval.step, approval.subtask, approval.part, text)
                approved.user = approval.user
                approved.policyClasses = approval.classes
                approved.why = approval.source.name
                return approved
            }
        case .run(.attemptCreated(let attempt)): attempts[attempt.job] = attempt
        case .handedOut(let reference, let purpose, let worker):
            guard purpose == .run, let attempt = attempts[reference.job], let subtask = subtasks[Self.key(attempt.host, attempt.step, attempt.subtask)] else { return [] }
            return ["guard", "command", "health check"].compactMap { part in
                let text = Self.text(subtask, part)
                guard !text.isEmpty else { return nil }
                var sent = entry(.sent, [attempt.host], attempt.step, attempt.subtask, part, text)
                sent.attempt = reference.attempt
                sent.worker = worker
                return sent
            }
        case .run(.jobSettled(let result)), .run(.attemptClosed(let result)):
            guard case .failed(.refusedByPolicy(let why)) = result.outcome, let attempt = attempts[result.job] else { return [] }
            var refused = entry(.refused, [attempt.host], attempt.step, attempt.subtask, "", "")
            refused.why = why
            refused.attempt = result.attempt
            return [refused]
        case .run(.personDecided(let job, let decision)):
            guard let attempt = attempts[job] else { return [] }
            var decided = entry(.decided, [attempt.host], attempt.step, attempt.subtask, "command", "")
            decided.why = "\(decision)"
            return [decided]
        case .run: break
        }
        return []
    }

    private static func key(_ host: HostName, _ step: StepID, _ subtask: String) -> String { "\(host.value)\n\(step.value)\n\(subtask)" }

    private static func text(_ subtask: CompiledSubtask, _ part: String) -> String {
        switch part {
        case "guard": subtask.work.guardCheck ?? ""
        case "command": subtask.work.command
        case "health check": subtask.work.healthCheck?.command ?? ""
        case "rollback": subtask.rollback ?? ""
        default: ""
        }
    }
}
