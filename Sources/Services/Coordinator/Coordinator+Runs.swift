import ConfigurationFiles
import Cryptography
import Logging
package import Model
import Observability
package import Orchestration
import ProtocolMessages
package import RunStore
import Threads
import WireProtocol

extension Coordinator {
    /// Carries a plan out on hosts that were probed. Returns when nothing of it is out any more: it is finished, paused, or
    /// waits for a person.
    ///
    /// - Parameters:
    ///   - journal: where the run is kept; nil keeps nothing.
    ///   - observer: called for everything that happens, in order; must return at once.
    package func execute(
        _ plan: CompiledPlan, _ description: RunDescription, journal: RunJournal?, observer: @escaping @Sendable (RunEvent) -> Void
    ) async throws(RunJournalError) -> RunRest {
        var keys: [HostName: HostKeys] = [:]
        for host in plan.hosts { keys[host] = knowledge[host]?.keys }
        journals[description.run] = journal
        return try await watch(description, observer) { stamp in
            self.take(.begin(description, plan, keys: keys, stamp: stamp))
        }
    }

    /// Goes on with a run that another process began.
    ///
    /// - Parameter reportsWithin: how long workers that have kept its jobs may take to say so; nil if there can be none.
    package func resume(
        _ replay: RunReplay, journal: RunJournal, cancelling: Bool, reportsWithin: Duration?, observer: @escaping @Sendable (RunEvent) -> Void
    ) async throws(RunJournalError) -> RunRest {
        guard let description = replay.description, let machine = replay.machine else { throw .empty(journal.directory) }
        if machine.isFinished { return RunRest(machine) }
        journals[description.run] = journal
        return try await watch(description, observer) { stamp in
            let now = MonotonicTime.now
            self.stage(self.machine.restore(replay, reportsUntil: reportsWithin.map { now + $0 }, now: now))
            if cancelling { self.take(.cancel(description.run, stamp: stamp)) } else { self.take(.proceed(description.run, stamp: stamp)) }
            // Nothing may have come of it: all that is left waits for a person.
            if self.machine.rests(description.run) { self.stage(.resting(description.run)) }
        }
    }

    private func watch(
        _ description: RunDescription, _ observer: @escaping @Sendable (RunEvent) -> Void, begin: (Stamp) -> Void
    ) async throws(RunJournalError) -> RunRest {
        if let journalFailure { throw journalFailure }
        let hosts = Dictionary(description.hosts.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let result = await withCheckedContinuation { continuation in
            watchers[description.run] = Watcher(hosts: hosts, approvals: Approvals(description.approvals), observer: observer, done: continuation)
            begin(stamp())
        }
        return try result.get()
    }

    /// Whether a run has begun here, so that it can be paused, cancelled and decided on.
    package func carries(_ run: RunID) -> Bool { machine.runs[run] != nil }

    /// Starts nothing new; what runs goes on to its end.
    package func pause(_ run: RunID) { take(.pause(run)) }

    /// Ends what runs, and starts nothing more.
    package func cancel(_ run: RunID) { take(.cancel(run, stamp: stamp())) }

    /// A person's word on a job whose outcome is not known.
    package func decide(_ run: RunID, _ job: JobID, _ decision: PersonDecision) { take(.decide(run, job, decision, stamp: stamp())) }

    /// Lets go of a run that rests, so that its journal can be closed: its state is there.
    ///
    /// - Returns: false if it does not rest any more: a person's word came.
    package func release(_ run: RunID) async -> Bool {
        await settleWrites()
        guard journalFailure != nil || machine.rests(run) || machine.runs[run] == nil else { return false }
        machine.remove(run)
        watchers[run] = nil
        journals[run] = nil
        return true
    }

    /// Waits until a run that was set going again rests.
    package func nextRest(_ run: RunID) async throws(RunJournalError) -> RunRest {
        if let journalFailure { throw journalFailure }
        guard let machine = machine.runs[run] else { throw .empty(run.value) }
        if self.machine.rests(run) { return RunRest(machine) }
        return try await withCheckedContinuation { watchers[run]?.done = $0 }.get()
    }

    /// Waits until what was decided so far is in the journal.
    package func settleWrites() async {
        guard journalFailure == nil, isCommitting || !staged.records.isEmpty else { return }
        await withCheckedContinuation { writeWaiters.append($0) }
    }

    // MARK: Acting

    func act(_ effects: [CoordinatorMachine.Effect]) {
        gathering {
            for effect in effects { act(effect) }
        }
    }

    private func act(_ effect: CoordinatorMachine.Effect) {
        switch effect {
        case .assign(let job, let purpose, let worker): assign(job, purpose, to: worker)
        case .cancel(let reference, let worker):
            var message = Muster_V1_Cancel()
            message.job = Wire.reference(reference.job, reference.attempt, reference.epoch)
            send(.cancel(message), to: worker)
        case .acknowledge(let reference, let worker):
            var message = Muster_V1_Acknowledged()
            message.job = Wire.reference(reference.job, reference.attempt, reference.epoch)
            send(.acknowledged(message), to: worker)
        case .happened(let run, let event): tell(event, of: run)
        case .workerJoined(_, let name, let slots):
            logger.info("worker joined", metadata: [LogField.worker: "\(name)", "slots": "\(slots)"])
            for watcher in watchers.values { watcher.observer(.workerJoined(name: name)) }
        case .workerLeft(let id, let name, let reason):
            logger.log(
                level: reason == Self.goodbye ? .info : .warning, "worker left", metadata: [LogField.worker: "\(name)", LogField.reason: "\(reason)"])
            draining.remove(id)
            users[id] = nil
            if let peer = peers.removeValue(forKey: id) { addresses[peer] = nil }
            for watcher in watchers.values { watcher.observer(.workerLeft(name: name, reason: reason, remaining: fleet.workerCount)) }
            for (request, probe) in probes where probe.worker == id { sendProbe(request) }
        case .handedBack(let job, let reason):
            logger.info("job handed out again", metadata: [LogField.job: "\(job)", LogField.reason: "\(reason)"])
            if let job = machine.job(job) { watchers[job.run]?.observer(.jobReturned(job, reason: reason)) }
        case .rests(let run):
            guard self.machine.rests(run), let machine = machine.runs[run], let watcher = watchers[run], let done = watcher.done else { return }
            watchers[run]?.done = nil
            let rest = RunRest(machine)
            watcher.observer(.finished(rest.report))
            done.resume(returning: .success(rest))
        }
    }

    private func tell(_ event: RunMachine.Event, of run: RunID) {
        guard let observer = watchers[run]?.observer else { return }
        func job(_ id: JobID) -> (Job, String)? { machine.titledJob(id) }
        switch event {
        case .jobSettled(let result): if let (job, title) = job(result.job) { observer(.jobSettled(job, title: title, result)) }
        case .attemptClosed(let result): if let (job, title) = job(result.job) { observer(.attemptClosed(job, title: title, result)) }
        case .jobInDoubt(let id, let doubt): if let (job, title) = job(id) { observer(.jobInDoubt(job, title: title, doubt)) }
        case .jobUndecided(let id, let doubt): if let (job, title) = job(id) { observer(.jobUndecided(job, title: title, doubt)) }
        case .stepNotRun(let host, let step, let reason): observer(.stepNotRun(host, step, reason))
        case .paused: observer(.stopping(running: running(run)))
        case .cancelling: observer(.cancelling(running: running(run)))
        case .began, .attemptCreated, .personDecided, .hostKeysChanged, .continued, .finished: break
        }
    }

    private func running(_ run: RunID) -> [Job] {
        (machine.runs[run]?.openJobs ?? []).compactMap { fleet.worker(of: $0.job) == nil ? nil : machine.job($0.job) }
    }

    func title(of job: Job) -> String { machine.runs[job.run]?.position(of: job.id)?.subtask.title ?? job.subtask }

    func stamp() -> Stamp {
        var generator = SystemRandomNumberGenerator()
        return Stamp(wallMilliseconds: WallClock.milliseconds, monotonic: MonotonicTime.now, entropy: generator.next())
    }
}
