import CommandSafety
import Crypto
import HostRunner
import Logging
import Model
import Observability
import Threads
import WireProtocol

/// Carries one assignment out: judge again, guard, command, health check.
struct JobExecutor: Sendable {
    let links: HostLinks
    let guardian: CommandGuard
    let logger: Logger

    /// How long to try to reach the host again after the link was lost in mid-command.
    private static let reconnectFor: Duration = .seconds(120)
    private static let lookLimit: Duration = .seconds(60)

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
        var result = JobResult(job: job.id, attempt: job.attempt, outcome: .notStarted(reason: "not tried"))
        if let reason = Self.refusal(of: job.work.environment) {
            logger.warning("job refused by policy", metadata: [LogField.job: "\(job.id)", LogField.host: "\(job.host)", LogField.reason: "\(reason)"])
            result.outcome = .notStarted(reason: "refused by policy: \(reason)")
            return result
        }
        do throws(CommandRefusal) {
            let texts = try clear(assignment)
            result = await execute(assignment, texts, started: started, output: output)
        } catch {
            logger.warning("job refused by policy", metadata: [LogField.job: "\(job.id)", LogField.host: "\(job.host)", LogField.reason: "\(error)"])
            result.outcome = .failed(.refusedByPolicy("\(error)"))
        }
        result.duration = MonotonicTime.now - start
        return result
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
            try guardian.clear(text, context: CommandContext(purpose: purpose, loginUser: user))
        }
        return Texts(
            guardCheck: try work.guardCheck.map { text throws(CommandRefusal) in try clear(text, .guardCheck) },
            command: try clear(work.command, .command),
            healthCheck: try work.healthCheck.map { check throws(CommandRefusal) in try clear(check.command, .healthCheck) })
    }

    // MARK: Executing

    private func execute(
        _ assignment: Assignment, _ texts: Texts, started: @escaping @Sendable () -> Void,
        output: @escaping @Sendable (RunnerStream, Int, [UInt8]) -> Void
    ) async -> JobResult {
        let job = assignment.job
        let attempt = RunnerAttempt(job: job.id.value, attempt: job.attempt)
        let identity: RunnerIdentity = job.work.become ? .root : .login
        func ended(_ outcome: JobOutcome) -> JobResult { JobResult(job: job.id, attempt: job.attempt, outcome: outcome) }

        let link = await links.link(assignment.target)
        let startFrame = RunnerStart(
            attempt: attempt, command: texts.command, digest: Digest.hexadecimal(assignment.commandDigest), coordinator: assignment.coordinator,
            run: job.run.value, environment: job.work.environment, content: job.work.content, limit: job.work.timeout)
        /// From the moment of the first start frame on, only the ledger knows what happened.
        var mayHaveStarted = job.epoch > 1
        var lostSince: Duration?
        while true {
            do throws(HostLinkError) {
                let runner = try await link.runner(identity)
                guard runner.hello.key == assignment.identity else {
                    return ended(
                        mayHaveStarted
                            ? .inDoubt(reason: "the host's ledger, boot or machine has changed since the job was handed out")
                            : .failed(.refusedByHost("\(job.host): this is not the machine that was looked at: its ledger, boot or machine id has changed — run again")))
                }
                do throws(HostRunnerError) {
                    if mayHaveStarted {
                        if let conclusion = try await runner.attach(attempt, limit: job.work.timeout, started: started, output: output) {
                            return try await conclude(conclusion, assignment, texts, runner)
                        }
                    }
                    if let guardCheck = texts.guardCheck {
                        let seen = try await runner.look(guardCheck, content: job.work.content, within: Self.lookLimit)
                        if seen.exitCode == 0, !seen.isTimedOut { return ended(.skipped) }
                    }
                    mayHaveStarted = true
                    let conclusion = try await runner.carryOut(startFrame, started: started, output: output)
                    return try await conclude(conclusion, assignment, texts, runner)
                } catch {
                    guard case .lost = error else { return ended(mayHaveStarted ? .inDoubt(reason: "\(error)") : .failed(.unreachable("\(job.host): \(error)"))) }
                    logger.info("link lost in mid-job", metadata: [LogField.job: "\(job.id)", LogField.host: "\(job.host)", LogField.reason: "\(error)"])
                }
            } catch {
                if !mayHaveStarted {
                    switch error {
                    case .become(let text): return ended(.failed(.become(text)))
                    case .unreachable(let text): return ended(.failed(.unreachable(text)))
                    }
                }
                if let since = lostSince, MonotonicTime.now - since > Self.reconnectFor + job.work.timeout {
                    return ended(.inDoubt(reason: "the host could not be asked again: \(error)"))
                }
            }
            if lostSince == nil { lostSince = MonotonicTime.now }
            // The host is asked again and again, politely, until it answers or time is over.
            if (try? await ContinuousClock().sleep(for: .milliseconds(500))) == nil { return ended(.inDoubt(reason: "the worker was stopped while the link was down")) }
        }
    }

    private func conclude(
        _ conclusion: RunnerConclusion, _ assignment: Assignment, _ texts: Texts, _ runner: HostRunner
    ) async throws(HostRunnerError) -> JobResult {
        let job = assignment.job
        var result = JobResult(job: job.id, attempt: job.attempt, outcome: .changed)
        switch conclusion {
        case .done(let outcome, let output, let error):
            result.standardOutput = output
            result.standardError = error
            switch outcome.ending {
            case .deadline: result.outcome = .failed(.deadline(job.work.timeout))
            case .cancelled: result.outcome = .failed(.cancelled)
            case .exit, .unrecorded: try await judge(outcome.exitCode, job, texts.healthCheck, runner, &result)
            }
        case .refused(let reason): result.outcome = .failed(.refusedByHost(Self.explain(reason, job.host)))
        case .neverStarted: result.outcome = .notStarted(reason: "it was revoked, or died before its command")
        case .interrupted: result.outcome = .inDoubt(reason: "the command was started and vanished; what it did is not known")
        }
        return result
    }

    /// Success is what the health check says; without one, the exit code.
    private func judge(
        _ exitCode: Int, _ job: Job, _ healthCheck: ClearedCommand?, _ runner: HostRunner, _ result: inout JobResult
    ) async throws(HostRunnerError) {
        guard let healthCheck else {
            result.outcome = exitCode == 0 ? .changed : .failed(.command(exitCode: exitCode))
            return
        }
        let deadline = MonotonicTime.now + (job.work.healthCheck?.within ?? .zero)
        var pause: Duration = .milliseconds(100)
        while true {
            let seen = try await runner.look(healthCheck, content: job.work.content, within: Self.lookLimit)
            if seen.exitCode == 0, !seen.isTimedOut {
                result.outcome = .changed
                return
            }
            // A command that failed itself is not waited for.
            guard exitCode == 0, MonotonicTime.now + pause < deadline else {
                result.outcome = exitCode == 0 ? .failed(.healthCheck(exitCode: seen.exitCode, commandExitCode: exitCode)) : .failed(.command(exitCode: exitCode))
                if exitCode == 0 {
                    result.standardOutput += seen.standardOutput
                    result.standardError += seen.standardError
                }
                return
            }
            try? await ContinuousClock().sleep(for: pause)
            pause = min(pause * 2, .seconds(1))
        }
    }

    private static func explain(_ reason: String, _ host: HostName) -> String {
        let words = reason.split(separator: " ").map(String.init)
        switch words.first {
        case "busy" where words.count >= 3: return "\(host): busy: run \(words[1]) of coordinator \(words[2]) is changing this host — try again when it is done"
        case "identity": return "\(host): the machine, its boot or its ledger has changed since it was looked at — run again"
        case "late": return "\(host): the start came too late to be safe — run again"
        case "forgotten": return "\(host): the host has forgotten this job's records"
        case "nospace": return "\(host): no space for the job's record — free space on the host"
        case "shell": return "\(host): the command needs bash, and the host has none"
        default: return "\(host): refused: \(reason)"
        }
    }
}
