import CommandSafety
import Crypto
package import Model
import Observability
import Orchestration
import ProtocolMessages
import Threads
import WireProtocol

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Coordinator {
    /// Carries a plan out on hosts that were probed. Returns when every subtask has an outcome, or a reason for having none.
    ///
    /// - Parameter observer: called for everything that happens, in order; must return at once.
    package func execute(_ plan: CompiledPlan, run: RunID, observer: @escaping @Sendable (RunEvent) -> Void) async -> RunReport {
        let machine = RunMachine(run: run)
        let events = machine.decide(.planned(plan, stamp: stamp()))
        return await withCheckedContinuation { continuation in
            active = ActiveRun(machine: machine, observer: observer, done: continuation)
            take(events)
        }
    }

    /// Starts nothing new; what runs goes on to its end.
    package func requestStop() {
        guard let run = active else { return }
        let events = run.machine.decide(.stopRequested)
        guard !events.isEmpty else { return }
        let running = run.jobs.values.filter { fleet.reference(of: $0.id) != nil }.sorted { $0.id < $1.id }
        run.observer(.stopping(running: running))
        take(events)
    }

    func report(_ result: JobResult) {
        advance(.finished(result.job))
        guard let run = active else { return }
        take(run.machine.decide(.reported(result, stamp: stamp())))
    }

    /// Applies what was decided, then acts on it.
    private func take(_ events: [RunMachine.Event]) {
        for event in events {
            active?.machine.apply(event)
            switch event {
            case .began: break
            case .jobCreated(let job):
                active?.jobs[job.id] = job
                advance(.submitted(job))
            case .jobSettled(let result):
                if let job = active?.jobs[result.job] { active?.observer(.jobSettled(job, title: title(of: job), result)) }
            case .stepNotRun(let host, let step, let reason): active?.observer(.stepNotRun(host, step, reason))
            case .stopping: break
            case .finished:
                guard let run = active else { return }
                active = nil
                let report = run.machine.report()
                run.observer(.finished(report))
                run.done?.resume(returning: report)
            }
        }
    }

    func title(of job: Job) -> String { active?.machine.position(of: job.id)?.subtask.title ?? job.subtask }

    /// Judges a job's texts once more, now for this very host, and sends it.
    func assign(_ job: Job, to worker: WorkerID) {
        guard let host = hosts[job.host], let known = knowledge[job.host] else { return }
        let guardian = CommandGuard(policy: CommandPolicy(forbiddenCommands: host.forbiddenCommands))
        let texts: [(String?, CommandPurpose)] = [
            (job.work.guardCheck, .guardCheck), (job.work.command, .command), (job.work.healthCheck?.command, .healthCheck),
        ]
        for case (let text?, let purpose) in texts {
            do throws(CommandRefusal) { _ = try guardian.clear(text, context: CommandContext(purpose: purpose, loginUser: host.user)) } catch {
                feed.yield(.settledHere(JobResult(job: job.id, attempt: job.attempt, outcome: .failed(.refusedByPolicy("\(error)")))))
                return
            }
        }
        guard let identity = job.work.become ? known.rootIdentity : known.identity else {
            feed.yield(.settledHere(JobResult(job: job.id, attempt: job.attempt, outcome: .failed(.become(known.becomeError ?? "\(host.name): root can't be had")))))
            return
        }
        func digest(_ text: String?) -> [UInt8] { text.map { Digest.sha256(Array($0.utf8)) } ?? [] }
        let assignment = Assignment(
            job: job, coordinator: settings.name, target: RemoteTarget(host: host, hostKeys: knownKeys.keys(of: host)), identity: identity,
            guardDigest: digest(job.work.guardCheck), commandDigest: digest(job.work.command), healthDigest: digest(job.work.healthCheck?.command))
        send(.assign(assignment.message), to: worker)
        active?.jobs[job.id] = job
        active?.observer(.jobAssigned(job, title: title(of: job), worker: fleet.name(of: worker) ?? worker.value))
    }

    private func stamp() -> Stamp {
        var generator = SystemRandomNumberGenerator()
        return Stamp(
            wallMilliseconds: UInt64(max(0, Date().timeIntervalSince1970 * 1000)), monotonic: MonotonicTime.now, entropy: generator.next())
    }
}
