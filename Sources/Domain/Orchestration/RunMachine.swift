package import Model

/// Decides what happens next in one run. `decide` holds the policy, `apply` changes the state (EXECUTION: "decide once").
///
/// Each input costs time in the steps of one host; only a barrier that opens or breaks looks at all hosts.
package struct RunMachine: Sendable {
    package enum Input: Sendable {
        case planned(CompiledPlan, stamp: Stamp)
        case reported(JobResult, stamp: Stamp)
        /// Nothing new is to start; what runs goes on to its end.
        case stopRequested
    }

    package enum Event: Sendable, Equatable {
        case began(CompiledPlan)
        /// A job exists and is to be dispatched.
        case jobCreated(Job)
        case jobSettled(JobResult)
        case stepNotRun(HostName, StepID, NotRunReason)
        case stopping
        case finished
    }

    package let run: RunID
    package private(set) var isStopping = false
    package private(set) var isFinished = false
    private var order: [HostName] = []
    private var tracks: [HostName: HostTrack] = [:]
    private var places: [JobID: Place] = [:]
    private var barriers = BarrierCounts()
    private var unfinishedHosts = 0
    private var identifiers = AscendingIdentifiers()

    /// Where a job belongs.
    private struct Place: Sendable {
        let host: HostName
        let step: StepID
        let index: Int
    }

    package init(run: RunID) { self.run = run }

    package func report() -> RunReport {
        RunReport(run: run, hosts: order.compactMap { tracks[$0]?.report })
    }

    /// Where a job stands in the plan; nil for a job of another run.
    package func position(of job: JobID) -> (host: HostName, step: StepID, subtask: CompiledSubtask)? {
        guard let place = places[job], let subtask = tracks[place.host]?.subtask(place.step, place.index) else { return nil }
        return (place.host, place.step, subtask)
    }

    // MARK: Deciding

    package func decide(_ input: Input) -> [Event] {
        var draft = Draft(machine: self)
        switch input {
        case .planned(let plan, let stamp):
            guard order.isEmpty, !isFinished else { return [] }
            var begun = self
            begun.apply(.began(plan))
            draft = Draft(machine: begun)
            draft.stamp = stamp
            draft.events = [.began(plan)]
            for host in begun.order { draft.advance(host) }
        case .reported(let result, let stamp):
            guard let place = places[result.job], isOut(result.job, place) else { return [] }
            draft.stamp = stamp
            draft.settle(result, place.host, place.step, place.index)
        case .stopRequested:
            guard !isStopping, !isFinished else { return [] }
            draft.events = [.stopping]
            draft.isStopping = true
            for host in order { draft.advance(host) }
        }
        if !isFinished, draft.unfinishedHosts == 0 { draft.events.append(.finished) }
        return draft.events
    }

    /// Whether the job is still awaited: the first report counts, repeats change nothing.
    private func isOut(_ job: JobID, _ place: Place) -> Bool {
        guard case .active(_, let out) = tracks[place.host]?.state(of: place.step) else { return false }
        return out == job
    }

    /// Consequences of an input, worked out on copies of the tracks that it touches.
    private struct Draft {
        let machine: RunMachine
        var events: [Event] = []
        var touched: [HostName: HostTrack] = [:]
        var barriers: BarrierCounts
        var identifiers: AscendingIdentifiers
        var isStopping: Bool
        var unfinishedHosts: Int
        var stamp = Stamp(wallMilliseconds: 0, monotonic: .zero, entropy: 0)
        private var finished: Set<HostName> = []
        /// A step that was closed has broken a barrier that other hosts may wait for.
        private var pendingBarrier = false

        init(machine: RunMachine) {
            self.machine = machine
            barriers = machine.barriers
            identifiers = machine.identifiers
            isStopping = machine.isStopping
            unfinishedHosts = machine.unfinishedHosts
        }

        private func track(_ host: HostName) -> HostTrack? { touched[host] ?? machine.tracks[host] }

        mutating func settle(_ result: JobResult, _ host: HostName, _ step: StepID, _ index: Int) {
            guard var track = track(host) else { return }
            events.append(.jobSettled(result))
            let isFinal = track.settle(result, step: step, index: index)
            touched[host] = track
            let moved = isFinal && barriers.record(step, succeeded: result.outcome.isSuccess)
            if case .failed(.unreachable) = result.outcome { close(host, reason: .hostLost) }
            advance(host)
            if moved || pendingBarrier { advanceAll() }
        }

        /// Starts what may start on a host and closes what never will.
        mutating func advance(_ host: HostName) {
            guard var track = track(host), !finished.contains(host) else { return }
            if isStopping {
                for entry in track.entries where entry.state == .waiting { closeStep(&track, host, entry.step.id, .stopped) }
                for entry in track.entries {
                    if case .active(_, nil) = entry.state { closeStep(&track, host, entry.step.id, .stopped) }
                }
            }
            var blocked = track.blocked(barrier: barriers.state)
            while !blocked.isEmpty {
                for (step, reason) in blocked { closeStep(&track, host, step, reason) }
                blocked = track.blocked(barrier: barriers.state)
            }
            if !isStopping, let next = track.nextSubtask(barrier: barriers.state), let subtask = track.subtask(next.step, next.index) {
                let id = JobID(identifiers.next(milliseconds: stamp.wallMilliseconds, random: stamp.entropy))
                stamp = stamp.next
                let job = Job(
                    id: id, run: machine.run, host: host, step: next.step, subtask: subtask.id, work: subtask.work)
                track.assign(id, step: next.step, index: next.index)
                events.append(.jobCreated(job))
            }
            touched[host] = track
            noteFinished(host)
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
            for entry in track.entries where entry.state == .waiting { closeStep(&track, host, entry.step.id, reason) }
            for entry in track.entries {
                if case .active(_, nil) = entry.state { closeStep(&track, host, entry.step.id, reason) }
            }
            touched[host] = track
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

    // MARK: Applying

    package mutating func apply(_ event: Event) {
        switch event {
        case .began(let plan):
            for variant in plan.variants {
                for host in variant.hosts {
                    let track = HostTrack(host: host, steps: variant.steps)
                    order.append(host)
                    if !track.isFinished { unfinishedHosts += 1 }
                    for entry in track.entries where !entry.state.isFinal { barriers.expect(entry.step.id) }
                    tracks[host] = track
                }
            }
        case .jobCreated(let job):
            identifiers.observe(job.id.value)
            guard let index = tracks[job.host]?.index(of: job.subtask, in: job.step) else { return }
            places[job.id] = Place(host: job.host, step: job.step, index: index)
            tracks[job.host]?.assign(job.id, step: job.step, index: index)
        case .jobSettled(let result):
            guard let place = places[result.job] else { return }
            if tracks[place.host]?.settle(result, step: place.step, index: place.index) == true {
                _ = barriers.record(place.step, succeeded: result.outcome.isSuccess)
            }
            if tracks[place.host]?.isFinished == true { unfinishedHosts -= 1 }
        case .stepNotRun(let host, let step, let reason):
            tracks[host]?.close(step, reason: reason)
            _ = barriers.record(step, succeeded: false)
            if tracks[host]?.isFinished == true { unfinishedHosts -= 1 }
        case .stopping:
            isStopping = true
        case .finished:
            isFinished = true
        }
    }
}
