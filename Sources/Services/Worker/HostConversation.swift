import CommandSafety
import Cryptography
import HostRunner
import Model
import Orchestration
import Threads
import WireProtocol

/// Performs the actions of one attempt on its host, and says in the machine's words what came of them.
struct HostConversation {
    let assignment: Assignment
    let texts: JobExecutor.Texts
    let secrets: JobSecrets
    let link: HostLink
    let started: @Sendable () -> Void
    let output: @Sendable (RunnerStream, Int, [UInt8]) -> Void
    private var runner: HostRunner?
    private var standardOutput: [UInt8] = []
    private var standardError: [UInt8] = []

    init(
        assignment: Assignment, texts: JobExecutor.Texts, secrets: JobSecrets, link: HostLink, started: @escaping @Sendable () -> Void,
        output: @escaping @Sendable (RunnerStream, Int, [UInt8]) -> Void
    ) {
        self.assignment = assignment
        self.texts = texts
        self.secrets = secrets
        self.link = link
        self.started = started
        self.output = output
    }

    private var job: Job { assignment.job }
    private var attempt: RunnerAttempt { RunnerAttempt(job: job.id.value, attempt: job.attempt) }

    func result(_ outcome: JobOutcome, hostKey: String) -> JobResult {
        JobResult(
            job: job.id, attempt: job.attempt, outcome: outcome, standardOutput: standardOutput, standardError: standardError, hostKey: hostKey)
    }

    /// What a host says is true under the key that `connect` told. A connection that was lost meanwhile is told, and never replaced
    /// here: the next may lead to another boot, another ledger or another machine.
    mutating func perform(_ action: AttemptMachine.Action) async -> AttemptMachine.Answer {
        do throws(HostLinkError) {
            let runner: HostRunner
            if let bound = self.runner, action != .connect {
                guard await bound.isUsable else { return .lost("\(job.host): the connection was lost") }
                runner = bound
            } else {
                runner = try await link.runner(job.work.become ? .root : .login)
            }
            self.runner = runner
            do throws(HostRunnerError) { return try await perform(action, runner) } catch {
                switch error {
                case .lost, .violation: return .lost("\(error)")
                case .noShell, .passwordExpired, .become, .noHello, .ledger, .textTooLong, .unsendable, .missing: return .unusable("\(job.host): \(error)")
                }
            }
        } catch {
            switch error {
            case .become(let text): return .noRoot(text)
            case .unreachable(let text): return .unreachable(text)
            }
        }
    }

    private mutating func perform(_ action: AttemptMachine.Action, _ runner: HostRunner) async throws(HostRunnerError) -> AttemptMachine.Answer {
        switch action {
        case .connect: return .connected(hostKey: runner.hello.key)
        case .lookAtGuard: return try await look(texts.guardCheck, runner, keepsOutput: false)
        case .lookAtHealth: return try await look(texts.healthCheck, runner, keepsOutput: true)
        case .start: return try await start(runner)
        case .attach: return try await attach(runner)
        case .revoke(let reason):
            switch try await runner.settle(attempt, reason: reason) {
            case .revoked, .never: return .neverStarted
            case .interrupted, .garbled: return .interrupted
            case .running, .orphan, .done: return try await attach(runner)
            case .absent: return .unusable("\(job.host): the job's record can't be closed — is the disk full?")
            }
        case .cancel:
            try await runner.cancel(attempt)
            return try await attach(runner)
        case .wait, .finish: return .waited
        }
    }

    private mutating func look(_ command: ClearedCommand?, _ runner: HostRunner, keepsOutput: Bool) async throws(HostRunnerError) -> AttemptMachine.Answer {
        guard let command else { return .looked(exitCode: 0) }
        let seen = try await runner.look(command, content: job.work.content, within: JobExecutor.lookLimit)
        if keepsOutput, seen.exitCode != 0 || seen.isTimedOut {
            standardOutput = (standardOutput + seen.standardOutput).suffix(JobResult.tailLimit)
            standardError = (standardError + seen.standardError).suffix(JobResult.tailLimit)
        }
        return .looked(exitCode: seen.isTimedOut ? 124 : seen.exitCode)
    }

    private mutating func start(_ runner: HostRunner) async throws(HostRunnerError) -> AttemptMachine.Answer {
        var start = RunnerStart(
            attempt: attempt, command: texts.command, digest: Digest.hexadecimal(assignment.commandDigest), coordinator: assignment.coordinator,
            run: job.run.value, environment: job.work.environment.merging(secrets.environment) { $1 }, content: job.work.content, limit: job.work.timeout)
        // One moment for both: without a record the claim in root's ledger is over when the start can't be taken any more.
        start.notAfter = await runner.uptimeNow + Int(start.patience.components.seconds)
        if assignment.claimsAsRoot, let refusal = try await claim(start, runner) { return .refused(refusal) }
        return answer(try await runner.carryOut(start, started: started, output: output))
    }

    /// Claims the host in root's ledger, where all identities are seen, for a command of the login user. Nil: claimed.
    private func claim(_ start: RunnerStart, _ runner: HostRunner) async throws(HostRunnerError) -> AttemptMachine.Refusal? {
        let root: HostRunner
        do throws(HostLinkError) { root = try await link.runner(.root) } catch {
            switch error {
            case .unreachable(let text): throw .lost(text)
            case .become(let text): return .other("\(job.host): the host can't be claimed in root's ledger any more: \(text)")
            }
        }
        // A connection made later may lead to another machine, or another boot of it: a claim there keeps nobody out here.
        guard let here = HostIdentity(runner.hello.key), let there = HostIdentity(root.hello.key), here.machine == there.machine, here.boot == there.boot else {
            throw .lost("\(job.host): root's runner is on another machine or boot")
        }
        let answer = try await root.hold(
            attempt: attempt, coordinator: assignment.coordinator, run: job.run.value, ledger: runner.hello.ledger, notAfter: start.notAfter ?? 0)
        switch answer {
        case .held: return nil
        case .refused(let reason): return refusal(reason)
        }
    }

    private mutating func attach(_ runner: HostRunner) async throws(HostRunnerError) -> AttemptMachine.Answer {
        guard let conclusion = try await runner.attach(attempt, limit: job.work.timeout, started: started, output: output) else { return .absent }
        return answer(conclusion)
    }

    private mutating func answer(_ conclusion: RunnerConclusion) -> AttemptMachine.Answer {
        switch conclusion {
        case .done(let outcome, let output, let error):
            standardOutput = output
            standardError = error
            switch outcome.ending {
            case .deadline: return .endedAtDeadline
            case .cancelled: return .endedByCancel
            case .exit, .unrecorded: return .exited(outcome.exitCode)
            }
        case .refused(let reason): return .refused(refusal(reason))
        case .neverStarted: return .neverStarted
        case .interrupted: return .interrupted
        }
    }

    private func refusal(_ reason: String) -> AttemptMachine.Refusal {
        let words = reason.split(separator: " ").map(String.init)
        switch words.first {
        case "busy" where words.count >= 3: return .busy(run: words[1], coordinator: words[2])
        case "late": return .late
        case let word? where word.hasPrefix("previous-"): return .previous(String(word.dropFirst("previous-".count)))
        case "identity": return .otherKey("\(job.host): the machine, its boot or its ledger has changed since it was looked at — run again")
        case "forgotten": return .other("\(job.host): the host has forgotten this job's records")
        case "nospace": return .other("\(job.host): no space for the job's record — free space on the host")
        case "shell": return .other("\(job.host): the command needs bash, and the host has none")
        default: return .other("\(job.host): refused: \(reason)")
        }
    }
}
