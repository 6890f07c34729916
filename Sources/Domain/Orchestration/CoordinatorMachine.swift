package import Model

/// What a run's journal keeps, in order: `CoordinatorMachine` makes them, and a restart applies them again.
package enum RunRecord: Sendable, Equatable {
    /// Where the run comes from and what its hosts are: all that a restart needs to know beside the plan.
    case created(RunDescription)
    case run(RunMachine.Event)
    /// Written before the assignment is sent.
    case handedOut(JobReference, Purpose, worker: String)
}

/// All decisions of a coordinator in one value: runs, and the fleet of workers that carries them out.
///
/// `handle` decides and applies one input and returns what it must write down and what it may then do: the effects leave
/// only after the records are durable. Policy runs once, live; a restart applies records and decides nothing anew.
package struct CoordinatorMachine: Sendable {
    package enum Input: Sendable {
        case begin(RunDescription, CompiledPlan, keys: [HostName: HostKeys], stamp: Stamp)
        case expected(HostName, avoiding: Set<WorkerID> = [])
        case helloed(WorkerID, name: String, slots: Int, knows: [JobReference])
        case left(WorkerID, reason: String)
        case accepted(WorkerID, JobReference)
        case refused(WorkerID, JobReference)
        /// - Parameter worker: nil for an outcome that was found here.
        case finished(WorkerID?, JobReference, JobResult, stamp: Stamp)
        case pause(RunID)
        case proceed(RunID, stamp: Stamp)
        case cancel(RunID, stamp: Stamp)
        case decide(RunID, JobID, PersonDecision, stamp: Stamp)
        case tick
    }

    package enum Effect: Sendable, Equatable {
        case assign(Job, Purpose, WorkerID)
        case cancel(JobReference, WorkerID)
        case acknowledge(JobReference, WorkerID)
        /// Something that a watcher of the run wants to know.
        case happened(RunID, RunMachine.Event)
        case workerJoined(WorkerID, name: String, slots: Int)
        case workerLeft(WorkerID, name: String, reason: String)
        case handedBack(JobID, reason: String)
        /// Nothing of the run is out any more: it is finished, paused, or waits for a person. Attempts that were not yet handed out
        /// when it was paused wait with it.
        case rests(RunID)
    }

    /// The consequences of one input.
    package struct Turn: Sendable {
        package struct Entry: Sendable {
            package let run: RunID
            package let record: RunRecord

            package init(run: RunID, record: RunRecord) {
                self.run = run
                self.record = record
            }
        }
        package var records: [Entry] = []
        package var effects: [Effect] = []
        package init() {}
    }

    package private(set) var fleet: FleetMachine
    package private(set) var runs: [RunID: RunMachine] = [:]
    private var runOf: [JobID: RunID] = [:]
    /// The last hand-out of each job that is not settled: the next one of the same attempt has the epoch after it.
    private var handOuts: [JobID: JobReference] = [:]

    package init(settings: FleetMachine.Settings = FleetMachine.Settings()) { fleet = FleetMachine(settings: settings) }

    /// What a worker says of itself, before its Hello is handled: not an input that a journal would keep.
    package mutating func describe(_ worker: WorkerID, name: String, labels: Set<String>) { fleet.describe(worker, name: name, labels: labels) }

    /// Which workers may reach a host that is looked at.
    package mutating func want(_ label: String?, for host: HostName) { fleet.want(label, for: host) }

    /// A sign of life of a worker: not an input that a journal would keep.
    package mutating func heard(_ worker: WorkerID, now: Duration) { fleet.heard(worker, now: now) }

    package func job(_ id: JobID) -> Job? { runOf[id].flatMap { runs[$0]?.job(id) } }
    /// The current attempt of a job, and what its subtask is called.
    package func titledJob(_ id: JobID) -> (job: Job, title: String)? { runOf[id].flatMap { runs[$0]?.titledJob(id) } }
    package func run(of job: JobID) -> RunID? { runOf[job] }

    /// Lets go of a run that rests: its state is in its journal.
    package mutating func remove(_ run: RunID) {
        guard rests(run) else { return }
        runs[run] = nil
        runOf = runOf.filter { $0.value != run }
        handOuts = handOuts.filter { runOf[$0.key] != nil }
    }

    /// Decides and applies one input.
    package mutating func handle(_ input: Input, now: Duration) -> Turn {
        var turn = Turn()
        switch input {
        case .begin(let description, let plan, let keys, let stamp):
            guard runs[description.run] == nil else { return turn }
            runs[description.run] = RunMachine(run: description.run)
            for host in description.hosts { fleet.want(host.worker, for: host.name) }
            turn.records.append(Turn.Entry(run: description.run, record: .created(description)))
            take(description.run, .planned(plan, keys: keys, stamp: stamp), now, &turn)
        case .expected(let host, let tried): advance(.expected(host, avoiding: tried), now, &turn)
        case .helloed(let worker, let name, let slots, let knows):
            advance(.helloed(worker, name: name, slots: slots, knows: knows, now: now), now, &turn)
            fleet.heard(worker, now: now)
        case .left(let worker, let reason): advance(.left(worker, reason: reason), now, &turn)
        case .accepted(let worker, let reference): advance(.accepted(worker, reference), now, &turn)
        case .refused(let worker, let reference): advance(.refused(worker, reference), now, &turn)
        case .finished(let worker, let reference, let result, let stamp): finish(worker, reference, result, stamp, now, &turn)
        case .pause(let run):
            take(run, .pauseRequested, now, &turn)
            advance(.tick(now: now), now, &turn)
        case .proceed(let run, let stamp): take(run, .continued(stamp: stamp), now, &turn)
        case .cancel(let run, let stamp):
            take(run, .cancelRequested(stamp: stamp), now, &turn)
            for open in runs[run]?.openJobs ?? [] { cancel(open.job, stamp, now, &turn) }
            advance(.tick(now: now), now, &turn)
        case .decide(let run, let job, let decision, let stamp): take(run, .decided(job, decision, stamp: stamp), now, &turn)
        case .tick: advance(.tick(now: now), now, &turn)
        }
        return turn
    }

    private mutating func finish(
        _ worker: WorkerID?, _ reference: JobReference, _ result: JobResult, _ stamp: Stamp, _ now: Duration, _ turn: inout Turn
    ) {
        // Even a repeat is acknowledged, and so is the report of an attempt that is settled: the first one counted.
        defer { if let worker { turn.effects.append(.acknowledge(reference, worker)) } }
        guard let run = runOf[result.job], let current = runs[run]?.attempt(of: result.job), current.number == result.attempt else { return }
        // A fact from the ledger counts whatever its epoch. What a worker says of itself counts only as long as the job is its own:
        // another hand-out may have started the command, and of an undecided job nobody has it.
        guard result.isFact(firstKey: current.hostKey) || fleet.reference(of: result.job) == reference else { return }
        if let worker, isUnreached(result), let host = job(result.job)?.host, fleet.note(worker, cannotReach: host), case .failed = result.outcome,
            fleet.reference(of: result.job) == reference
        {
            // It may be the worker's network, not the host: another worker tries the same attempt before the host is given up.
            advance(.unreached(worker, reference), now, &turn)
            return
        }
        advance(.finished(result.job), now, &turn)
        take(run, .reported(result, stamp: stamp), now, &turn)
    }

    private func isUnreached(_ result: JobResult) -> Bool {
        switch result.outcome {
        case .failed(.unreachable): true
        // Asked again after a while, by another worker if there is one.
        case .inDoubt(let doubt): doubt.kind == .unanswered
        case .skipped, .changed, .failed, .notStarted: false
        }
    }

    private mutating func cancel(_ job: JobID, _ stamp: Stamp, _ now: Duration, _ turn: inout Turn) {
        // One that was held back in a pause is not in the fleet's hands.
        let withdrawn = fleet.holds(job) ? advance(.cancelled(job), now, &turn) : self.job(job)
        guard let withdrawn, let run = runOf[job] else { return }
        let result = JobResult(job: job, attempt: withdrawn.attempt, outcome: .notStarted(reason: "the run was cancelled before it was handed out"))
        take(run, .reported(result, stamp: stamp), now, &turn)
    }

    mutating func adopt(_ machine: RunMachine, _ handOuts: [JobID: RunReplay.HandOut]) {
        runs[machine.run] = machine
        for job in machine.jobs { runOf[job] = machine.run }
        for (job, last) in handOuts { self.handOuts[job] = last.reference }
    }

    mutating func restore(_ job: Job, _ purpose: Purpose, lastEpoch: Int, reportsUntil: Duration?, _ now: Duration, _ turn: inout Turn) {
        advance(.restored(job, purpose, lastEpoch: lastEpoch, reportsUntil: reportsUntil), now, &turn)
    }

    // MARK: Decide and apply

    private mutating func take(_ run: RunID, _ input: RunMachine.Input, _ now: Duration, _ turn: inout Turn) {
        guard let events = runs[run]?.decide(input), !events.isEmpty else { return }
        for event in events {
            runs[run]?.apply(event)
            if case .attemptCreated(let attempt) = event { runOf[attempt.job] = run }
            turn.records.append(Turn.Entry(run: run, record: .run(event)))
            turn.effects.append(.happened(run, event))
        }
        for event in events { hand(event, of: run, now, &turn) }
        if rests(run) { turn.effects.append(.rests(run)) }
    }

    /// Nothing of it is out: no worker will report anything.
    package func rests(_ run: RunID) -> Bool {
        guard let machine = runs[run] else { return false }
        return machine.outCount == 0 || machine.isPaused && !machine.openJobs.contains { fleet.holds($0.job) }
    }

    /// What the fleet has to do about an event of a run.
    private mutating func hand(_ event: RunMachine.Event, of run: RunID, _ now: Duration, _ turn: inout Turn) {
        switch event {
        case .attemptCreated(let attempt):
            if let job = runs[run]?.job(attempt.job) { advance(.submitted(job, .run, after: nil), now, &turn) }
        case .jobInDoubt(let job, _): ask(job, of: run, after: now + fleet.settings.askAgainAfter, now, &turn)
        case .continued:
            for open in runs[run]?.openJobs ?? [] where !fleet.holds(open.job) {
                if open.isInDoubt { ask(open.job, of: run, after: nil, now, &turn) } else if let job = runs[run]?.job(open.job) { advance(.submitted(job, .run, after: nil), now, &turn) }
            }
        case .paused:
            for open in runs[run]?.openJobs ?? [] { advance(.heldBack(open.job), now, &turn) }
        case .jobSettled(let result): handOuts[result.job] = nil
        case .began, .attemptClosed, .jobUndecided, .personDecided, .hostKeysChanged, .stepNotRun, .cancelling, .finished: break
        }
    }

    private mutating func ask(_ job: JobID, of run: RunID, after: Duration?, _ now: Duration, _ turn: inout Turn) {
        guard let machine = runs[run], var asked = machine.job(job) else { return }
        if let last = handOuts[job], last.attempt == asked.attempt { asked.epoch = last.epoch + 1 }
        advance(.submitted(asked, machine.isCancelling ? .cancel : .settle, after: after), now, &turn)
    }

    /// Returns the job that was withdrawn, if one was.
    @discardableResult
    private mutating func advance(_ input: FleetMachine.Input, _ now: Duration, _ turn: inout Turn) -> Job? {
        var withdrawn: Job?
        for event in fleet.decide(input, now: now) {
            let leaving: String? = if case .workerLeft(let id, _) = event { fleet.name(of: id) } else { nil }
            let isResend: Bool = if case .assigned(let job, _, _, _) = event { fleet.worker(of: job.id) != nil && fleet.reference(of: job.id)?.epoch == job.epoch } else { false }
            fleet.apply(event)
            switch event {
            case .assigned(let job, let purpose, let worker, _):
                if !isResend, let run = runOf[job.id] {
                    let reference = JobReference(job: job.id, attempt: job.attempt, epoch: job.epoch)
                    handOuts[job.id] = reference
                    turn.records.append(Turn.Entry(run: run, record: .handedOut(reference, purpose, worker: fleet.name(of: worker) ?? worker.value)))
                }
                turn.effects.append(.assign(job, purpose, worker))
            case .cancelSent(let reference, let worker, _): turn.effects.append(.cancel(reference, worker))
            case .workerJoined(let id, let name, let slots): turn.effects.append(.workerJoined(id, name: name, slots: slots))
            case .workerLeft(let id, let reason): turn.effects.append(.workerLeft(id, name: leaving ?? id.value, reason: reason))
            case .returned(let job, let reason): turn.effects.append(.handedBack(job, reason: reason))
            case .withdrawn(let job): withdrawn = job
            case .queued, .awaited, .accepted, .adopted, .settled, .cancelMarked, .placed: break
            }
        }
        return withdrawn
    }
}
