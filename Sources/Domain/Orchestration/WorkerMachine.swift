package import Model

/// The worker's own decisions: which assignments to take, what to tell again, when its lease is over.
package struct WorkerMachine: Sendable {
    package enum Input: Sendable {
        case welcomed(lease: Duration, now: Duration)
        /// The coordinator answered a heartbeat that was sent at this moment.
        case heartbeatSeen(sentAt: Duration)
        case assigned(Job, Purpose, now: Duration)
        /// The attempt is to be ended.
        case cancelled(JobID, attempt: Int)
        case finished(JobReference, JobResult, now: Duration)
        /// The result that was told under this reference is stored.
        case acknowledged(JobReference)
        case drain
        case tick(now: Duration)
    }

    package enum Refusal: Sendable, Equatable {
        case noSlot, draining, leaseExpired
        /// Its result was told under this very reference and acknowledged.
        case over
    }

    package enum Action: Sendable, Equatable {
        case accept(JobReference)
        case refuse(JobReference, Refusal)
        case execute(Job, Purpose)
        /// End what is carried out under this reference.
        case end(JobReference)
        case tellFinished(JobReference, JobResult)
        case hello
        case goodbye
    }

    private enum Progress: Sendable {
        /// - Parameter began: the epoch under which it is carried out; the job's own is that of the latest hand-out.
        case running(Job, Purpose, began: Int)
        /// - Parameter toldAt: nil if the coordinator was not told yet.
        case finished(JobResult, epoch: Int, toldAt: Duration?)
    }

    private struct Key: Hashable, Sendable {
        let job: JobID
        let attempt: Int
    }

    package let slots: Int
    /// How long to wait for an acknowledgement before telling again.
    private let repeatAfter: Duration
    private var jobs: [Key: Progress] = [:]
    /// Hand-outs that were refused, or whose results were acknowledged: the same frame once more starts nothing. The oldest go first.
    private var over: [Key: (epoch: Int, refusal: Refusal)] = [:]
    private var overInOrder: [Key] = []
    private static let overLimit = 4096
    private var lease: Duration?
    private var leaseEnd: Duration = .zero
    private var isDraining = false
    private var saidGoodbye = false

    package init(slots: Int, repeatAfter: Duration = .seconds(2)) {
        self.slots = slots
        self.repeatAfter = repeatAfter
    }

    package var isWelcome: Bool { lease != nil }
    package var runningJobs: Int {
        jobs.values.count { if case .running = $0 { true } else { false } }
    }

    /// What `Hello` lists.
    package var known: [JobReference] {
        inOrder.compactMap { key in
            switch jobs[key] {
            case .running(let job, _, _)?: JobReference(job: key.job, attempt: key.attempt, epoch: job.epoch)
            case .finished(_, let epoch, _)?: JobReference(job: key.job, attempt: key.attempt, epoch: epoch)
            case nil: nil
            }
        }
    }

    /// Two attempts of one job may be there at once, and the same inputs must give the same actions in every process.
    private var inOrder: [Key] { jobs.keys.sorted { ($0.job, $0.attempt) < ($1.job, $1.attempt) } }

    package mutating func handle(_ input: Input) -> [Action] {
        switch input {
        case .welcomed(let lease, let now):
            self.lease = lease
            leaseEnd = now + lease
            return inOrder.compactMap { key in retell(key, now: now) }
        case .heartbeatSeen(let sentAt):
            if let lease { leaseEnd = max(leaseEnd, sentAt + lease) }
            return []
        case .assigned(let job, let purpose, let now): return lapse(now) + take(job, purpose, now: now)
        case .cancelled(let job, let attempt):
            guard case .running(let job, _, _)? = jobs[Key(job: job, attempt: attempt)] else { return [] }
            return [.end(JobReference(job: job.id, attempt: attempt, epoch: job.epoch))]
        case .finished(let reference, let result, let now):
            let key = Key(job: reference.job, attempt: reference.attempt)
            guard case .running(let job, let purpose, let began)? = jobs[key] else { return [] }
            let lapsed = lapse(now)
            // It was with another worker meanwhile, and that one may have started the command: ask the ledger.
            if began < job.epoch, !result.isFact(firstKey: job.hostKey) {
                jobs[key] = .running(job, purpose, began: job.epoch)
                return lapsed + [.execute(job, purpose)]
            }
            jobs[key] = .finished(result, epoch: job.epoch, toldAt: nil)
            // Without a lease it is told after the next Welcome.
            return lapsed + (lease == nil ? [] : [retell(key, now: now)].compactMap(\.self))
        case .acknowledged(let reference):
            // Hello listed it, and the coordinator counts on hearing of what was listed: it is told after the Welcome.
            guard lease != nil else { return [] }
            let key = Key(job: reference.job, attempt: reference.attempt)
            // A late one is of an earlier hand-out: what was found out since then is not stored yet.
            if case .finished(_, let epoch, _)? = jobs[key], epoch == reference.epoch {
                jobs[key] = nil
                close(key, epoch, .over)
            }
            return leaveIfDone()
        case .drain:
            isDraining = true
            return leaveIfDone()
        case .tick(let now):
            var actions = lapse(now)
            guard lease != nil else { return actions }
            for key in inOrder {
                if case .finished(_, _, let toldAt)? = jobs[key], toldAt.map({ now - $0 >= repeatAfter }) ?? true, let action = retell(key, now: now) {
                    actions.append(action)
                }
            }
            return actions
        }
    }

    /// Past its lease a worker says Hello before anything else: it may have slept for hours.
    private mutating func lapse(_ now: Duration) -> [Action] {
        guard lease != nil, now >= leaseEnd else { return [] }
        lease = nil
        return [.hello]
    }

    /// Until when something new may be started on a host; nil without a lease.
    package var leaseEnds: Duration? { lease == nil ? nil : leaseEnd }

    private mutating func take(_ job: Job, _ purpose: Purpose, now: Duration) -> [Action] {
        let key = Key(job: job.id, attempt: job.attempt)
        let reference = JobReference(job: job.id, attempt: job.attempt, epoch: job.epoch)
        switch jobs[key] {
        // A late frame of an earlier hand-out: the newer one stands.
        case .running(let known, _, _) where job.epoch < known.epoch: return []
        case .finished(_, let epoch, _) where job.epoch < epoch: return []
        case .running(_, _, let began):
            // The same attempt handed out again: the work goes on under the new epoch.
            jobs[key] = .running(job, purpose, began: began)
            return purpose == .cancel ? [.accept(reference), .end(reference)] : [.accept(reference)]
        case .finished(let result, let epoch, _):
            // Only what the ledger said is true under every hand-out; the rest is to be found out anew.
            if job.epoch > epoch, !result.isFact(firstKey: job.hostKey) {
                guard lease != nil, now < leaseEnd else { return [.refuse(reference, .leaseExpired)] }
                jobs[key] = .running(job, purpose, began: job.epoch)
                return [.accept(reference), .execute(job, purpose)]
            }
            jobs[key] = .finished(result, epoch: job.epoch, toldAt: now)
            return [.accept(reference), .tellFinished(reference, result)]
        case nil:
            // It came twice, the second time late: by now the job may have been settled by what was said of the first.
            if let last = over[key], job.epoch <= last.epoch { return [.refuse(reference, last.refusal)] }
            if let refusal = refusal(now) {
                close(key, job.epoch, refusal)
                return [.refuse(reference, refusal)]
            }
            jobs[key] = .running(job, purpose, began: job.epoch)
            return [.accept(reference), .execute(job, purpose)]
        }
    }

    private func refusal(_ now: Duration) -> Refusal? {
        guard lease != nil, now < leaseEnd else { return .leaseExpired }
        guard !isDraining else { return .draining }
        // One more than the slots may be out to us, so that we never wait for the coordinator.
        return runningJobs <= slots ? nil : .noSlot
    }

    private mutating func close(_ key: Key, _ epoch: Int, _ refusal: Refusal) {
        if over.updateValue((epoch, refusal), forKey: key) == nil { overInOrder.append(key) }
        guard overInOrder.count > Self.overLimit else { return }
        for key in overInOrder.prefix(Self.overLimit / 2) { over[key] = nil }
        overInOrder.removeFirst(Self.overLimit / 2)
    }

    private mutating func retell(_ key: Key, now: Duration) -> Action? {
        guard case .finished(let result, let epoch, _)? = jobs[key] else { return nil }
        jobs[key] = .finished(result, epoch: epoch, toldAt: now)
        return .tellFinished(JobReference(job: key.job, attempt: key.attempt, epoch: epoch), result)
    }

    private mutating func leaveIfDone() -> [Action] {
        guard isDraining, jobs.isEmpty, !saidGoodbye else { return [] }
        saidGoodbye = true
        return [.goodbye]
    }
}
