import Model

/// Consequences of one input of a run, worked out on copies of what it touches.
struct RunDraft {
    let machine: RunMachine
    var events: [RunMachine.Event] = []
    var stamp = Stamp(wallMilliseconds: 0, monotonic: .zero, entropy: 0)
    private(set) var unfinishedHosts: Int
    private var touched: [HostName: HostTrack] = [:]
    private var trackers: [JobID: JobTracker] = [:]
    private var keys: [HostName: HostKeys] = [:]
    private var barriers: BarrierCounts
    private var identifiers: AscendingIdentifiers
    private var isPaused: Bool
    private var isCancelling: Bool
    private var finished: Set<HostName> = []
    /// A step that was closed has broken a barrier that other hosts may wait for.
    private var pendingBarrier = false

    init(machine: RunMachine) {
        self.machine = machine
        barriers = machine.barriers
        identifiers = machine.identifiers
        isPaused = machine.isPaused
        isCancelling = machine.isCancelling
        unfinishedHosts = machine.unfinishedHosts
    }

    private func track(_ host: HostName) -> HostTrack? { touched[host] ?? machine.tracks[host] }
    private func tracker(_ job: JobID) -> JobTracker? { trackers[job] ?? machine.trackers[job] }

    // MARK: Inputs

    /// Returns false for a report that changes nothing.
    mutating func take(_ result: JobResult) -> Bool {
        guard let place = machine.places[result.job], let position = machine.position(of: result.job), var tracker = tracker(result.job) else { return false }
        let work = position.subtask.work
        let verdict = tracker.judge(result, work, isCancelled: isCancelling, limits: machine.limits)
        if verdict != .ignore { noteKeys(result, place.host, asRoot: work.become) }
        switch verdict {
        case .ignore: return false
        case .settle: settle(tracker.settled(result), place)
        case .retry:
            events.append(.attemptClosed(result))
            if case .inDoubt(let doubt) = result.outcome { tracker.close(doubt) } else { tracker.closeEmpty() }
            trackers[result.job] = tracker
            advance(place.host)
        case .ask:
            guard case .inDoubt(let doubt) = result.outcome else { return false }
            events.append(.jobInDoubt(result.job, doubt))
        case .undecided(let doubt):
            // Said already: the host was asked again and gave the same answer.
            if case .undecided(doubt) = tracker.state { return false }
            events.append(.jobUndecided(result.job, doubt))
        }
        return true
    }

    /// Returns false if there is nothing to decide.
    mutating func take(_ decision: PersonDecision, on job: JobID) -> Bool {
        guard let place = machine.places[job], var tracker = tracker(job), case .undecided(let doubt) = tracker.state else { return false }
        events.append(.personDecided(job, decision))
        switch decision {
        case .done: settle(JobResult(job: job, attempt: tracker.attempt, outcome: .changed), place)
        case .failed: settle(JobResult(job: job, attempt: tracker.attempt, outcome: .failed(.decided)), place)
        case .again where doubt.kind == .unanswered:
            // No attempt before the one before is settled: the host is asked once more.
            events.append(.jobInDoubt(job, doubt))
        case .again:
            events.append(.attemptClosed(JobResult(job: job, attempt: tracker.attempt, outcome: .inDoubt(doubt))))
            tracker.close(doubt)
            trackers[job] = tracker
            advance(place.host)
        }
        return true
    }

    mutating func resume() {
        if isPaused || !machine.undecidedJobs.isEmpty { events.append(.continued) }
        isPaused = false
        for host in machine.order { advance(host) }
    }

    mutating func cancel() {
        events.append(.cancelling)
        isCancelling = true
        for (job, doubt) in machine.undecidedJobs {
            guard let place = machine.places[job], let tracker = tracker(job) else { continue }
            settle(JobResult(job: job, attempt: tracker.attempt, outcome: .inDoubt(doubt)), place)
        }
        for host in machine.order { advance(host) }
    }

    // MARK: Consequences

    private mutating func noteKeys(_ result: JobResult, _ host: HostName, asRoot: Bool) {
        guard let old = keys[host] ?? machine.keys[host], !result.hostKey.isEmpty, (asRoot ? old.root : old.login) != result.hostKey,
            let new = old.restarted(showing: result.hostKey, asRoot: asRoot)
        else { return }
        keys[host] = new
        events.append(.hostKeysChanged(host, new))
    }

    private mutating func settle(_ result: JobResult, _ place: RunMachine.Place) {
        guard var track = track(place.host) else { return }
        events.append(.jobSettled(result))
        trackers[result.job] = JobTracker(state: .settled, attempt: result.attempt, empty: 0)
        let isFinal = track.settle(result, step: place.step, index: place.index)
        touched[place.host] = track
        let moved = isFinal && barriers.record(place.step, succeeded: result.outcome.isSuccess)
        if case .failed(.unreachable) = result.outcome { close(place.host, reason: .hostLost) }
        advance(place.host)
        if moved || pendingBarrier { advanceAll() }
    }

    /// Starts what may start on a host and closes what never will.
    mutating func advance(_ host: HostName) {
        guard var track = track(host), !finished.contains(host) else { return }
        if isCancelling {
            close(&track, host, reason: .cancelled)
            touched[host] = track
            if let job = track.activeJob, let place = machine.places[job], let tracker = tracker(job), tracker.state == .idle {
                return settle(tracker.settled(JobResult(job: job, attempt: tracker.attempt, outcome: .notStarted(reason: "the run was cancelled"))), place)
            }
        }
        var blocked = track.blocked(barrier: barriers.state)
        while !blocked.isEmpty {
            for (step, reason) in blocked { closeStep(&track, host, step, reason) }
            blocked = track.blocked(barrier: barriers.state)
        }
        if !isPaused, !isCancelling { start(&track, host) }
        touched[host] = track
        noteFinished(host)
    }

    /// The next attempt of a job that waits for one, or else the next subtask.
    private mutating func start(_ track: inout HostTrack, _ host: HostName) {
        if let job = track.activeJob {
            guard let place = machine.places[job], var tracker = tracker(job), tracker.state == .idle,
                let subtask = track.subtask(place.step, place.index)
            else { return }
            tracker.begin(attempt: tracker.attempt + 1)
            trackers[job] = tracker
            create(job, host, place.step, subtask, number: tracker.attempt)
        } else if let next = track.nextSubtask(barrier: barriers.state), let subtask = track.subtask(next.step, next.index) {
            let job = JobID(identifiers.next(milliseconds: stamp.wallMilliseconds, random: stamp.entropy))
            stamp = stamp.next
            track.assign(job, step: next.step, index: next.index)
            trackers[job] = JobTracker()
            create(job, host, next.step, subtask, number: 1)
        }
    }

    private mutating func create(_ job: JobID, _ host: HostName, _ step: StepID, _ subtask: CompiledSubtask, number: Int) {
        let known = keys[host] ?? machine.keys[host]
        let key = (subtask.work.become ? known?.root : known?.login) ?? ""
        events.append(.attemptCreated(Attempt(job: job, host: host, step: step, subtask: subtask.id, number: number, hostKey: key)))
    }

    private mutating func noteFinished(_ host: HostName) {
        guard let track = track(host), track.isFinished, machine.tracks[host]?.isFinished == false, finished.insert(host).inserted
        else { return }
        unfinishedHosts -= 1
    }

    private mutating func closeStep(_ track: inout HostTrack, _ host: HostName, _ step: StepID, _ reason: NotRunReason) {
        track.close(step, reason: reason)
        events.append(.stepNotRun(host, step, reason))
        if barriers.record(step, succeeded: false) { pendingBarrier = true }
    }

    private mutating func close(_ host: HostName, reason: NotRunReason) {
        guard var track = track(host) else { return }
        close(&track, host, reason: reason)
        touched[host] = track
    }

    private mutating func close(_ track: inout HostTrack, _ host: HostName, reason: NotRunReason) {
        for entry in track.entries where entry.state == .waiting { closeStep(&track, host, entry.step.id, reason) }
        for entry in track.entries {
            if case .active(_, nil) = entry.state { closeStep(&track, host, entry.step.id, reason) }
        }
    }

    /// A barrier opened or broke: other hosts may have been waiting for just that, and what they give up may break the
    /// barrier that the first host waits for.
    private mutating func advanceAll() {
        repeat {
            pendingBarrier = false
            for host in machine.order { advance(host) }
        } while pendingBarrier
    }
}
