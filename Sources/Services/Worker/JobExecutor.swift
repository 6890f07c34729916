import CommandSafety
import Cryptography
import HostRunner
import Logging
import Model
import Observability
import Orchestration
import Threads
import WireProtocol

/// Carries one assignment out: judges it again, then does what `AttemptMachine` says until it has an outcome.
struct JobExecutor: Sendable {
    let links: HostLinks
    let guardian: CommandGuard
    let logger: Logger
    /// Whether the worker's lease allows to start something new.
    var lease = LeaseGate.open
    var cancellation = Cancellation()

    static let lookLimit: Duration = .seconds(60)

    struct Texts {
        var guardCheck: ClearedCommand?
        var command: ClearedCommand
        var healthCheck: ClearedCommand?
    }

    /// - Parameters:
    ///   - started: called when the command was handed to the host.
    ///   - output: called with pieces of its output.
    func carryOut(
        _ assignment: Assignment, started: @escaping @Sendable () -> Void,
        output: @escaping @Sendable (RunnerStream, Int, [UInt8]) -> Void
    ) async -> JobResult {
        let start = MonotonicTime.now
        let job = assignment.job
        var result: JobResult
        let secrets: JobSecrets
        // Without its secrets a command is not started, but it can be asked about and ended; what it printed is kept back then, since nothing
        // in it could be masked.
        var isWithheld = false
        do throws(SecretProblem) { secrets = try JobSecrets.resolve(job.work.secrets, links.secrets) } catch {
            guard assignment.purpose != .run else {
                return JobResult(job: job.id, attempt: job.attempt, outcome: unstarted(assignment, .refusedByHost("\(job.host): \(error)")))
            }
            secrets = .none
            isWithheld = true
        }
        let mask = secrets.mask, tellsOutput = !isWithheld
        do throws(CommandRefusal) {
            if let reason = Self.refusal(of: Array(job.work.environment.keys) + job.work.secrets.keys) ?? Self.refusal(of: job.work, with: secrets) {
                result = refused(assignment, reason)
            } else {
                let texts = try clear(assignment)
                var host = HostConversation(
                    assignment: assignment, texts: texts, secrets: secrets, link: await links.link(assignment.target), started: started,
                    output: { stream, offset, bytes in
                        guard tellsOutput else { return }
                        for piece in mask.pass(stream, offset, bytes) { output(stream, piece.offset, piece.bytes) }
                    })
                result = await follow(&host, assignment)
                for piece in mask.rest() { output(piece.stream, piece.offset, piece.bytes) }
                result.standardOutput = tellsOutput ? mask.masked(result.standardOutput) : []
                result.standardError = tellsOutput ? mask.masked(result.standardError) : Array("what it printed is kept back: its secrets can't be had here any more\n".utf8)
            }
        } catch {
            result = refused(assignment, "\(error)")
        }
        result.duration = MonotonicTime.now - start
        return result
    }

    /// What is told of a job that this worker has not started: an earlier hand-out of it may have been started by another.
    private func unstarted(_ assignment: Assignment, _ failure: JobFailure) -> JobOutcome {
        assignment.job.epoch > 1 || assignment.purpose != .run ? .inDoubt(Doubt(.unanswered, failure.description)) : .failed(failure)
    }

    private func refused(_ assignment: Assignment, _ reason: String) -> JobResult {
        let job = assignment.job
        logger.warning("job refused by policy", metadata: [LogField.job: "\(job.id)", LogField.host: "\(job.host)", LogField.reason: "\(reason)"])
        return JobResult(job: job.id, attempt: job.attempt, outcome: unstarted(assignment, .refusedByPolicy(reason)))
    }

    // MARK: Judging

    /// Why no command is started with these variables; nil if nothing is wrong with them.
    ///
    /// Planning refuses them too; but a worker takes nobody's word for what it does to its hosts.
    private static func refusal(of variables: [String]) -> String? {
        let names = variables.filter(CommandGuard.changesPrograms).sorted()
        guard !names.isEmpty else { return nil }
        return "the job sets \(names.joined(separator: " and ")), which change\(names.count == 1 ? "s" : "") what programs do — name programs and their options in the command instead"
    }

    /// A secret that was written into a text would stand in argv, in logs and in the journal.
    private static func refusal(of work: Job.Work, with secrets: JobSecrets) -> String? {
        for text in [work.guardCheck, work.command, work.healthCheck?.command].compactMap(\.self) {
            if let name = secrets.name(in: text) { return "the value of the secret \(name) stands in the text — write \"$\(name)\" in its place" }
        }
        return nil
    }

    private func clear(_ assignment: Assignment) throws(CommandRefusal) -> Texts {
        let work = assignment.job.work
        let target = assignment.target
        func clear(_ text: String, _ purpose: CommandPurpose) throws(CommandRefusal) -> ClearedCommand {
            // What a person is asked for, the coordinator has asked for; here nobody could be. What is denied stays denied.
            try guardian.clear(text, context: CommandContext(purpose: purpose, loginUser: target.user, host: target.name.value, isApproved: true))
        }
        return Texts(
            guardCheck: try work.guardCheck.map { text throws(CommandRefusal) in try clear(text, .guardCheck) },
            command: try clear(work.command, .command),
            healthCheck: try work.healthCheck.map { check throws(CommandRefusal) in try clear(check.command, .healthCheck) })
    }

    // MARK: Executing

    private func follow(_ host: inout HostConversation, _ assignment: Assignment) async -> JobResult {
        let job = assignment.job
        var machine = AttemptMachine(job: job, purpose: assignment.purpose)
        var action = machine.first
        while true {
            let answer: AttemptMachine.Answer
            switch action {
            case .finish(let outcome): return host.result(outcome, hostKey: machine.hostKey)
            case .wait(let pause):
                guard (try? await ContinuousClock().sleep(for: pause)) != nil else { return stopped(host, machine) }
                answer = .waited
            case .start:
                guard await lease.opens() else { return stopped(host, machine) }
                if cancellation.isRequested { machine.cancelRequested() }
                answer = await host.perform(.start)
            case .connect, .lookAtGuard, .lookAtHealth, .attach, .revoke, .cancel: answer = await host.perform(action)
            }
            if case .lost(let reason) = answer {
                logger.info("link lost in mid-job", metadata: [LogField.job: "\(job.id)", LogField.host: "\(job.host)", LogField.reason: "\(reason)"])
            }
            if cancellation.isRequested { machine.cancelRequested() }
            action = machine.next(answer, now: MonotonicTime.now)
        }
    }

    /// The worker ends: whoever gets the job next asks the host.
    private func stopped(_ host: HostConversation, _ machine: AttemptMachine) -> JobResult {
        host.result(.inDoubt(Doubt(.unanswered, "the worker was stopped before it knew")), hostKey: machine.hostKey)
    }
}

/// Says to one job that it is to end.
final class Cancellation: Sendable {
    private let state = Lock(false)
    var isRequested: Bool { state.withLock { $0 } }
    func request() { state.withLock { $0 = true } }
}

/// Whether the worker's lease allows to start something new. A courtesy: what makes a second start harmless is the ledger.
final class LeaseGate: Sendable {
    private let end: Lock<Duration?>

    /// - Parameter end: nil: closed.
    init(end: Duration?) { self.end = Lock(end) }

    /// For ever open.
    static var open: LeaseGate { LeaseGate(end: .seconds(Int64.max / 4)) }

    func set(_ end: Duration?) { self.end.withLock { $0 = end } }

    var isOpen: Bool {
        let now = MonotonicTime.now
        return end.withLock { $0.map { now < $0 } ?? false }
    }

    /// Waits until it is open. False when the worker is stopped meanwhile.
    func opens() async -> Bool {
        while !isOpen {
            guard (try? await ContinuousClock().sleep(for: .milliseconds(200))) != nil else { return false }
        }
        return true
    }
}
