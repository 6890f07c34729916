import CommandSafety
package import Model
import Observability
import Orchestration
import ProtocolMessages
import Threads
import WireProtocol

extension Coordinator {
    /// Judges a job's texts once more, now for this very host, and sends it.
    func assign(_ job: Job, _ purpose: Purpose, to worker: WorkerID) {
        guard let watcher = watchers[job.run], let host = watcher.hosts[job.host] else { return }
        let reference = JobReference(job: job.id, attempt: job.attempt, epoch: job.epoch)
        func settle(_ failure: JobFailure) {
            // What an earlier hand-out may have started is not known here.
            let outcome: JobOutcome = job.epoch > 1 || purpose != .run ? .inDoubt(Doubt(.unanswered, failure.description)) : .failed(failure)
            feed.yield(.settledHere(reference, JobResult(job: job.id, attempt: job.attempt, outcome: outcome)))
        }
        let texts: [(String?, CommandPurpose)] = [
            (job.work.guardCheck, .guardCheck), (job.work.command, .command), (job.work.healthCheck?.command, .healthCheck),
        ]
        var digests: [[UInt8]] = []
        for (text, textPurpose) in texts {
            guard let text else {
                digests.append([])
                continue
            }
            switch judgedTexts.judge(text, for: textPurpose, host: host.name.value, loginUser: host.user, forbidden: host.forbiddenCommands) {
            case .cleared(let digest): digests.append(digest)
            case .asked(let digest, let reason):
                guard let refusal = watcher.approvals.refusal(of: digest, job, textPurpose, reason, starts: purpose == .run) else {
                    digests.append(digest)
                    continue
                }
                return settle(.refusedByPolicy(refusal))
            case .refused(let reason): return settle(.refusedByPolicy(reason))
            }
        }
        guard !job.hostKey.isEmpty else { return settle(.become(knowledge[job.host]?.becomeError ?? "\(job.host): root can't be had")) }
        let assignment = Assignment(
            job: job, coordinator: settings.name, target: RemoteTarget(host: host, hostKeys: knownKeys.keys(of: host)), purpose: purpose,
            claimsAsRoot: !job.work.become && host.user != "root" && machine.runs[job.run]?.keys(of: job.host)?.root != nil,
            guardDigest: digests[0], commandDigest: digests[1], healthDigest: digests[2])
        send(.assign(assignment.message), to: worker)
        watchers[job.run]?.observer(.jobAssigned(job, title: title(of: job), worker: fleet.name(of: worker) ?? worker.value))
    }

    /// Lets the hosts of a run that is over forget its records. Returns what could not be told to a host: nothing is lost by it.
    ///
    /// - Parameters:
    ///   - low: starts with job ids up to this one are refused by the hosts from now on.
    ///   - limit: how long to wait for the hosts.
    package func forget(_ run: RunID, low: String, within limit: Duration) async -> [String] {
        guard let machine = machine.runs[run], machine.isFinished, let hosts = watchers[run]?.hosts else { return [] }
        var requests: [(WorkerID, Muster_V1_Forget)] = []
        for report in machine.report().hosts {
            // A record above the mark must stay: a worker that comes back would find none, and start the command again.
            let results = report.subtasks.compactMap(\.result).filter { $0.job.value <= low }
            guard let host = hosts[report.host], !results.isEmpty else { continue }
            // A run that was taken over may have had no business there any more.
            take(.expected(report.host))
            guard let worker = fleet.home(of: report.host) else { continue }
            var message = Muster_V1_Forget()
            message.target = RemoteTarget(host: host, hostKeys: knownKeys.keys(of: host)).message
            message.coordinator = settings.name
            message.low = low
            for result in results {
                let become = machine.position(of: result.job)?.subtask.work.become ?? false
                for number in 1...max(1, result.attempt) {
                    var attempt = Muster_V1_ForgottenAttempt()
                    attempt.job = result.job.value
                    attempt.attempt = UInt32(clamping: number)
                    attempt.become = become
                    message.attempts.append(attempt)
                }
            }
            message.request = nextForget
            nextForget += 1
            requests.append((worker, message))
        }
        let own = Set(requests.map(\.1.request))
        return await withTaskGroup(of: String?.self) { group in
            for (worker, message) in requests {
                group.addTask { await self.forget(message, worker) }
            }
            group.addTask {
                try? await ContinuousClock().sleep(for: limit)
                await self.giveUpForgetting(own)
                return nil
            }
            var problems: [String] = [], answered = 0
            for await problem in group {
                if let problem, !problem.isEmpty { problems.append(problem) }
                answered += 1
                if answered == requests.count { group.cancelAll() }
            }
            return problems
        }
    }

    private func forget(_ request: Muster_V1_Forget, _ worker: WorkerID) async -> String? {
        await withCheckedContinuation { continuation in
            forgetting[request.request] = continuation
            send(.forget(request), to: worker)
        }
    }

    /// Those of one run: others have their own time.
    private func giveUpForgetting(_ requests: Set<UInt64>) {
        for request in requests {
            forgetting.removeValue(forKey: request)?.resume(returning: "a host did not say in time that it forgot the run's records")
        }
    }
}
