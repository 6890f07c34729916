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
        do throws(CommandRefusal) {
            if let reason = Self.refusal(of: job.work.environment) {
                result = refused(assignment, reason)
            } else {
                let texts = try clear(assignment)
                var host = HostConversation(
                    assignment: assignment, texts: texts, link: await links.link(assignment.target), started: started, output: output)
                result = await follow(&host, assignment)
            }
        } catch {
            result = refused(assignment, "\(error)")
        }
        result.duration = MonotonicTime.now - start
        return result
    }

    private func refused(_ assignment: Assignment, _ reason: String) -> JobResult {
        let job = assignment.job
        logger.warning("job refused by policy", metadata: [LogField.job: "\(job.id)", LogField.host: "\(job.host)", LogField.reason: "\(reason)"])
        // What may have been started before a policy was made stricter is not known here.
        let outcome: JobOutcome = job.epoch > 1 || assignment.purpose != .run ? .inDoubt(Doubt(.unanswered, "refused by policy: \(reason)")) : .failed(.refusedByPolicy(reason))
        return JobResult(job: job.id, attempt: job.attempt, outcome: outcome)
    }

    // MARK: Judging

    /// Why no command is started with these variables; nil if nothing is wrong with them.
    ///
    /// Planning refuses them too; but a worker takes nobody's word for what it does to its hosts.
    private static func refusal(of environment: [String: String]) -> String? {
        let names = environment.keys.filter(CommandGuard.changesPrograms).sorted()
        guard !names.isEmpty else { return nil }
        return "the job sets \(names.joined(separator: " and ")), which change\(names.count == 1 ? "s" : "") what programs do — name programs and their options in the command instead"
    }

    private func clear(_ assignment: Assignment) throws(CommandRefusal) -> Texts {
        let work = assignment.job.work
        let user = assignment.target.user
        func clear(_ text: String, _ purpose: CommandPurpose) throws(CommandRefusal) -> ClearedCommand {
            // What a person is asked for, the coordinator has asked for; here nobody could be. What is denied stays denied.
            try guardian.clear(text, context: CommandContext(purpose: purpose, loginUser: user, isApproved: true))
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
