package import Model

/// Decides what happens next in one run. `decide` holds the policy, `apply` changes the state (EXECUTION: "decide once").
///
/// Each input costs time in the steps of one host; only a barrier that opens or breaks looks at all hosts.
package struct RunMachine: Sendable, Equatable {
    package let run: RunID
    package let limits: JobTracker.Limits
    package private(set) var isPaused = false
    package private(set) var isCancelling = false
    package private(set) var isFinished = false
    /// Jobs of which a worker is to report: with none of them the run rests, until somebody lets it go on.
    package private(set) var outCount = 0
    /// What is carried out.
    package private(set) var plan = CompiledPlan(variants: [])
    private(set) var order: [HostName] = []
    private(set) var tracks: [HostName: HostTrack] = [:]
    private(set) var places: [JobID: Place] = [:]
    /// The jobs that are not settled.
    private(set) var trackers: [JobID: JobTracker] = [:]
    private(set) var keys: [HostName: HostKeys] = [:]
    private(set) var barriers = BarrierCounts()
    private(set) var unfinishedHosts = 0
    private(set) var identifiers = AscendingIdentifiers()

    package init(run: RunID, limits: JobTracker.Limits = JobTracker.Limits()) {
        self.run = run
        self.limits = limits
        // Identifiers of jobs are greater than their run's: hosts compare them (EXECUTION: "late and forgotten").
        identifiers.observe(run.value)
    }

    package var hasBegun: Bool { !order.isEmpty || isFinished }
    package var hosts: [HostName] { order }
    package func keys(of host: HostName) -> HostKeys? { keys[host] }

    package func report() -> RunReport {
        RunReport(run: run, hosts: order.compactMap { host in tracks[host].map { report($0) } })
    }

    private func report(_ track: HostTrack) -> HostReport {
        guard let job = track.activeJob, case .undecided(let doubt)? = trackers[job]?.state else { return track.report() }
        return track.report(undecided: JobResult(job: job, attempt: trackers[job]?.attempt ?? 1, outcome: .inDoubt(doubt)))
    }

    /// All jobs that were ever made.
    package var jobs: [JobID] { Array(places.keys) }

    /// Where a job stands in the plan; nil for a job of another run.
    package func position(of job: JobID) -> (host: HostName, step: StepID, subtask: CompiledSubtask)? {
        guard let place = places[job], let subtask = tracks[place.host]?.subtask(place.step, place.index) else { return nil }
        return (place.host, place.step, subtask)
    }

    /// The current attempt of a job, as it is handed out.
    package func job(_ id: JobID) -> Job? {
        titledJob(id)?.job
    }

    /// The current attempt of a job, and what its subtask is called.
    package func titledJob(_ id: JobID) -> (job: Job, title: String)? {
        guard let place = places[id], let subtask = tracks[place.host]?.subtask(place.step, place.index) else { return nil }
        let job = Job(
            id: id, run: run, host: place.host, step: place.step, subtask: subtask.id, attempt: trackers[id]?.attempt ?? 1,
            hostKey: place.hostKey, work: subtask.work)
        return (job, subtask.title)
    }

    /// The number of a job's current attempt, and the host key that it was made under.
    func attempt(of id: JobID) -> (number: Int, hostKey: String)? {
        places[id].map { (trackers[id]?.attempt ?? 1, $0.hostKey) }
    }

    /// Jobs whose outcome is awaited, and whether it is in doubt already; in the order of their identifiers.
    package var openJobs: [(job: JobID, isInDoubt: Bool)] {
        trackers.filter(\.value.isOut).keys.sorted().map { id in
            if case .settling? = trackers[id]?.state { (id, true) } else { (id, false) }
        }
    }

    package var undecidedJobs: [(job: JobID, doubt: Doubt)] {
        trackers.keys.sorted().compactMap { id in
            if case .undecided(let doubt)? = trackers[id]?.state { (id, doubt) } else { nil }
        }
    }

    // MARK: Deciding

    package func decide(_ input: Input) -> [Event] {
        var draft = RunDraft(machine: self)
        switch input {
        case .planned(let plan, let keys, let stamp):
            guard order.isEmpty, !isFinished else { return [] }
            var begun = self
            begun.apply(.began(plan, keys: keys))
            draft = RunDraft(machine: begun)
            draft.stamp = stamp
            draft.events = [.began(plan, keys: keys)]
            for host in begun.order { draft.advance(host) }
        case .reported(let result, let stamp):
            draft.stamp = stamp
            guard draft.take(result) else { return [] }
        case .pauseRequested:
            guard !isPaused, !isFinished, hasBegun else { return [] }
            return [.paused]
        case .continued(let stamp):
            guard !isFinished, hasBegun else { return [] }
            draft.stamp = stamp
            draft.resume()
        case .cancelRequested(let stamp):
            guard !isCancelling, !isFinished, hasBegun else { return [] }
            draft.stamp = stamp
            draft.cancel()
        case .decided(let job, let decision, let stamp):
            draft.stamp = stamp
            guard draft.take(decision, on: job) else { return [] }
        }
        if !isFinished, draft.unfinishedHosts == 0 { draft.events.append(.finished) }
        return draft.events
    }

    // MARK: Applying

    package mutating func apply(_ event: Event) {
        switch event {
        case .began(let plan, let keys):
            self.keys = keys
            self.plan = plan
            for variant in plan.variants {
                for host in variant.hosts {
                    let track = HostTrack(host: host, steps: variant.steps)
                    order.append(host)
                    if !track.isFinished { unfinishedHosts += 1 }
                    for entry in track.entries where !entry.state.isFinal { barriers.expect(entry.step.id) }
                    tracks[host] = track
                }
            }
        case .attemptCreated(let attempt):
            identifiers.observe(attempt.job.value)
            guard let index = tracks[attempt.host]?.index(of: attempt.subtask, in: attempt.step) else { return }
            places[attempt.job] = Place(host: attempt.host, step: attempt.step, index: index, hostKey: attempt.hostKey)
            tracks[attempt.host]?.assign(attempt.job, step: attempt.step, index: index)
            var tracker = trackers[attempt.job] ?? JobTracker()
            if !(trackers[attempt.job]?.isOut ?? false) { outCount += 1 }
            tracker.begin(attempt: attempt.number)
            trackers[attempt.job] = tracker
        case .attemptClosed(let result):
            change(result.job) { if case .inDoubt(let doubt) = result.outcome { $0.close(doubt) } else { $0.closeEmpty() } }
        case .jobInDoubt(let job, _): change(job) { $0.ask() }
        case .jobUndecided(let job, let doubt): change(job) { $0.wait(doubt) }
        case .jobSettled(let result):
            change(result.job) { $0.settle() }
            trackers[result.job] = nil
            guard let place = places[result.job] else { return }
            if tracks[place.host]?.settle(result, step: place.step, index: place.index) == true {
                _ = barriers.record(place.step, succeeded: result.outcome.isSuccess)
            }
            if tracks[place.host]?.isFinished == true { unfinishedHosts -= 1 }
        case .personDecided: break
        case .hostKeysChanged(let host, let keys): self.keys[host] = keys
        case .stepNotRun(let host, let step, let reason):
            tracks[host]?.close(step, reason: reason)
            _ = barriers.record(step, succeeded: false)
            if tracks[host]?.isFinished == true { unfinishedHosts -= 1 }
        case .paused: isPaused = true
        case .continued:
            isPaused = false
            for (job, tracker) in trackers {
                if case .undecided = tracker.state { change(job) { $0.askAnew() } }
            }
        case .cancelling: isCancelling = true
        case .finished: isFinished = true
        }
    }

    private mutating func change(_ job: JobID, _ change: (inout JobTracker) -> Void) {
        guard var tracker = trackers[job] else { return }
        let wasOut = tracker.isOut
        change(&tracker)
        trackers[job] = tracker
        if wasOut != tracker.isOut { outCount += tracker.isOut ? 1 : -1 }
    }
}
