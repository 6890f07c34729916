package import Model

/// Hands jobs to workers: who is there, what each carries out, what must be handed out again. One job at a time for each
/// host, whatever run it is of.
package struct FleetMachine: Sendable {
    package let settings: Settings
    private var workers: [WorkerID: Worker] = [:]
    private var deliveries: [JobID: Delivery] = [:]
    /// Jobs that may be handed out, in order.
    private var queue = JobQueue()
    /// The job that each host is given to, and those that wait for it to end.
    private var holders: [HostName: JobID] = [:]
    private var behind: [HostName: [JobID]] = [:]
    /// Jobs that wait for their time.
    private var delayed: Set<JobID> = []
    /// The worker that has a warm connection to a host.
    private var home: [HostName: WorkerID] = [:]
    /// When each worker's lease ends: not journalled, a restart learns it again from the workers.
    private var leaseEnds: [WorkerID: Duration] = [:]

    /// What each worker says of itself, and its name; and which of that a host wants of its worker.
    private var labels: [WorkerID: Set<String>] = [:]
    private var wanted: [HostName: String] = [:]

    /// Workers that could not reach a host: it goes to none of them as long as there is another. Not journalled.
    private var unreached: [HostName: Set<WorkerID>] = [:]

    package init(settings: Settings = Settings()) { self.settings = settings }

    /// A worker could not reach a host. Returns whether there is another one that may; if all have tried, each may try again.
    package mutating func note(_ worker: WorkerID, cannotReach host: HostName) -> Bool {
        unreached[host, default: []].insert(worker)
        if workers.keys.contains(where: { mayReach(host, $0) && unreached[host]?.contains($0) != true }) { return true }
        unreached[host] = nil
        return false
    }

    /// What a worker says of itself with its Hello: before it is told here.
    package mutating func describe(_ worker: WorkerID, name: String, labels: Set<String>) { self.labels[worker] = labels.union([name]) }

    /// Only a worker with this label, or of this name, may reach the host; nil: any may.
    package mutating func want(_ label: String?, for host: HostName) { wanted[host] = label }

    /// Whether the worker may reach the host.
    package func mayReach(_ host: HostName, _ worker: WorkerID) -> Bool { wanted[host].map { labels[worker]?.contains($0) ?? false } ?? true }

    package var workerCount: Int { workers.count }
    package var workerNames: [String] { workers.values.map(\.name).sorted() }
    /// Who is there and what each has, by name.
    package var workerLoads: [(id: WorkerID, name: String, slots: Int, jobs: Int, hosts: Int)] {
        workers.map { ($0.key, $0.value.name, $0.value.slots, $0.value.jobs.count, $0.value.hosts.count) }.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }
    package var queuedJobs: Int { queue.count }
    package func holds(_ job: JobID) -> Bool { deliveries[job] != nil }
    package func home(of host: HostName) -> WorkerID? { home[host] }
    package func worker(of job: JobID) -> WorkerID? { deliveries[job]?.worker }
    package func name(of worker: WorkerID) -> String? { workers[worker]?.name }
    /// The current hand-out of a job that is not settled.
    package func reference(of job: JobID) -> JobReference? {
        deliveries[job].map { JobReference(job: job, attempt: $0.job.attempt, epoch: $0.job.epoch) }
    }

    /// A sign of life: extends the lease, changes nothing that a journal would keep.
    package mutating func heard(_ worker: WorkerID, now: Duration) {
        guard workers[worker] != nil else { return }
        leaseEnds[worker] = now + settings.lease + settings.margin
    }

    // MARK: Deciding

    package func decide(_ input: Input, now: Duration) -> [Event] {
        // The most frequent input, and one without further consequences.
        if case .accepted(let id, let reference) = input {
            return isCurrent(reference, with: id) && deliveries[reference.job]?.isAccepted == false ? [.accepted(reference.job)] : []
        }
        var draft = Draft(load: workers.mapValues(\.jobs.count))
        switch input {
        case .submitted(let job, let purpose, let after):
            guard deliveries[job.id] == nil else { return [] }
            draft.events.append(.queued(job, purpose, after: after))
            if isFree(job), after.map({ $0 <= now }) ?? true { draft.waiting.append((job, purpose)) }
        case .restored(let job, let purpose, let lastEpoch, let reportsUntil):
            guard deliveries[job.id] == nil else { return [] }
            var job = job
            job.epoch = lastEpoch + 1
            let waits = lastEpoch > 0 ? reportsUntil : nil
            draft.events.append(.awaited(job, purpose, until: waits))
            if isFree(job), waits.map({ $0 <= now }) ?? true { draft.waiting.append((job, purpose)) }
        case .expected(let host, let tried):
            guard let worker = chooseWorker(for: host, draft, needsRoom: false, avoiding: tried), home[host] != worker else { return [] }
            return [.placed(host, worker)]
        case .helloed(let id, let name, let slots, let knows, _):
            if workers[id] == nil {
                draft.events.append(.workerJoined(id, name: name, slots: slots))
                draft.joined = (id, max(1, slots))
                draft.load[id] = 0
            }
            let known = Set(knows)
            for reference in knows {
                // Handed out before our restart, and still with the worker that got it.
                guard let delivery = deliveries[reference.job], delivery.worker == nil, delivery.isAwaited, !delivery.wasHandedOut,
                    reference.attempt == delivery.job.attempt, reference.epoch == delivery.job.epoch - 1
                else { continue }
                draft.events.append(.adopted(reference.job, id))
                if delivery.purpose == .cancel { draft.events.append(.cancelSent(reference, id, at: now)) }
            }
            // An assignment that never arrived, or was lost with the connection, is handed out again.
            for job in workers[id]?.jobs.sorted() ?? [] {
                guard let delivery = deliveries[job], delivery.isAccepted, let reference = reference(of: job) else { continue }
                if !known.contains(reference) { giveBack(delivery, from: id, reason: "the worker does not know it any more", &draft) }
            }
        case .left(let id, let reason):
            guard workers[id] != nil else { return [] }
            lose(id, reason: reason, &draft)
        case .accepted: return []
        case .refused(let id, let reference):
            guard isCurrent(reference, with: id), let delivery = deliveries[reference.job] else { return [] }
            giveBack(delivery, from: id, reason: "refused by the worker", &draft)
            // It said that it has no room: what it holds is all that it takes for now.
            draft.load[id] = .max
        case .unreached(let id, let reference):
            guard isCurrent(reference, with: id), let delivery = deliveries[reference.job] else { return [] }
            giveBack(delivery, from: id, reason: "the worker can't reach the host", &draft)
        case .finished(let job):
            guard let delivery = deliveries[job] else { return [] }
            draft.events.append(.settled(job))
            draft.settled = job
            if let worker = delivery.worker { draft.load[worker, default: 1] -= 1 }
            if let next = successor(on: delivery.job.host, after: job, now: now) { draft.waiting.append(next) }
        case .cancelled(let job):
            guard let delivery = deliveries[job], delivery.purpose != .cancel else { return [] }
            if let worker = delivery.worker, let reference = reference(of: job) { return [.cancelSent(reference, worker, at: now)] }
            return isUntouched(delivery) ? [.withdrawn(delivery.job), .settled(job)] : [.cancelMarked(job)]
        case .heldBack(let job):
            guard let delivery = deliveries[job], isUntouched(delivery) else { return [] }
            return [.withdrawn(delivery.job), .settled(job)]
        case .tick(let now):
            for id in workers.keys.sorted() where leaseEnds[id].map({ $0 <= now }) ?? false {
                lose(id, reason: "not heard within its lease", &draft)
            }
            // In a fixed order: the same inputs must give the same events in every process.
            for (id, worker) in workers.sorted(by: { $0.key < $1.key }) where !draft.gone.contains(id) {
                for job in worker.jobs.sorted() {
                    guard let delivery = deliveries[job] else { continue }
                    if !delivery.isAccepted, delivery.assignedAt + settings.acceptWithin <= now {
                        draft.events.append(.assigned(delivery.job, delivery.cancelledAt == nil ? delivery.purpose : .cancel, id, at: now))
                    }
                    if let told = delivery.cancelledAt, told + settings.acceptWithin <= now, let reference = reference(of: job) {
                        draft.events.append(.cancelSent(reference, id, at: now))
                    }
                }
            }
        }
        dispatch(&draft, now: now)
        return draft.events
    }

    /// Consequences of an input beside the state: copying the state would cost time in all jobs.
    private struct Draft {
        var events: [Event] = []
        var load: [WorkerID: Int]
        var gone: Set<WorkerID> = []
        var joined: (id: WorkerID, slots: Int)?
        /// Jobs that this input adds to the queue.
        var waiting: [(job: Job, purpose: Purpose)] = []
        var settled: JobID?
        /// Where this input's own assignments went.
        var homes: [HostName: WorkerID] = [:]
        /// Hosts whose worker gave their job back: any other one serves.
        var homeless: Set<HostName> = []

        init(load: [WorkerID: Int]) { self.load = load }

        var adopted: Set<JobID> {
            Set(events.compactMap { if case .adopted(let job, _) = $0 { job } else { nil } })
        }

        /// Jobs that this input marks to be ended with their next hand-out.
        var marked: Set<JobID> {
            Set(events.compactMap { if case .cancelMarked(let job) = $0 { job } else { nil } })
        }
    }

    private func giveBack(_ delivery: Delivery, from worker: WorkerID, reason: String, _ draft: inout Draft) {
        draft.events.append(.returned(delivery.job.id, reason: reason))
        draft.homeless.insert(delivery.job.host)
        draft.load[worker, default: 1] -= 1
        guard isFree(delivery.job) else { return }
        var job = delivery.job
        job.epoch += 1
        draft.waiting.append((job, delivery.cancelledAt == nil ? delivery.purpose : .cancel))
    }

    /// No worker ever got this attempt.
    private func isUntouched(_ delivery: Delivery) -> Bool {
        delivery.worker == nil && !delivery.wasHandedOut && delivery.job.epoch == 1 && delivery.purpose == .run
    }

    private func isCurrent(_ reference: JobReference, with worker: WorkerID) -> Bool {
        guard let delivery = deliveries[reference.job] else { return false }
        return delivery.worker == worker && delivery.job.attempt == reference.attempt && delivery.job.epoch == reference.epoch
    }

    private func lose(_ id: WorkerID, reason: String, _ draft: inout Draft) {
        for job in workers[id]?.jobs.sorted() ?? [] {
            if let delivery = deliveries[job] { giveBack(delivery, from: id, reason: reason, &draft) }
        }
        draft.events.append(.workerLeft(id, reason: reason))
        draft.gone.insert(id)
        draft.load[id] = nil
    }

    /// Hands out what is queued, as long as a worker has room: its slots and one more, so that it never waits for us.
    private func dispatch(_ draft: inout Draft, now: Duration) {
        guard !queue.isEmpty || !draft.waiting.isEmpty || !delayed.isEmpty, someoneHasRoom(draft) else { return }
        // A host that a worker is on already is given to nobody else.
        let taken = Set(draft.adopted.compactMap { deliveries[$0]?.job.host }), marked = draft.marked
        // No copies of what waits: there may be thousands of jobs, and room for one.
        var place = queue.first
        while let (next, entry) = place {
            place = queue.next(after: next)
            guard entry.job != draft.settled, !taken.contains(entry.host) else { continue }
            guard someoneHasRoom(draft) else { return }
            guard let worker = chooseWorker(for: entry.host, draft), let delivery = deliveries[entry.job] else { continue }
            assign(delivery.job, marked.contains(entry.job) ? .cancel : delivery.purpose, worker, &draft, now)
        }
        let due = delayed.isEmpty ? [] : delayed.filter { deliveries[$0].map { isFree($0.job) && ($0.after ?? .zero) <= now } ?? false }.sorted()
        for (job, purpose) in due.compactMap({ deliveries[$0].map { ($0.job, $0.purpose) } }) + draft.waiting where job.id != draft.settled && !taken.contains(job.host) {
            guard someoneHasRoom(draft) else { return }
            guard let worker = chooseWorker(for: job.host, draft) else { continue }
            assign(job, marked.contains(job.id) ? .cancel : purpose, worker, &draft, now)
        }
    }

    private func assign(_ job: Job, _ purpose: Purpose, _ worker: WorkerID, _ draft: inout Draft, _ now: Duration) {
        draft.load[worker, default: 0] += 1
        draft.homes[job.host] = worker
        draft.events.append(.assigned(job, purpose, worker, at: now))
    }

    private func someoneHasRoom(_ draft: Draft) -> Bool { draft.load.contains { hasRoom($0.key, draft) } }

    /// Whether the host is given to nobody else.
    private func isFree(_ job: Job) -> Bool { holders[job.host].map { $0 == job.id } ?? true }

    /// Who gets a host next, if its time has come.
    private func successor(on host: HostName, after job: JobID, now: Duration) -> (job: Job, purpose: Purpose)? {
        guard holders[host] == job, let next = behind[host]?.first(where: { $0 != job }), let delivery = deliveries[next], (delivery.after ?? .zero) <= now else { return nil }
        return (delivery.job, delivery.purpose)
    }

    private func hasRoom(_ id: WorkerID, _ draft: Draft) -> Bool {
        guard let load = draft.load[id] else { return false }
        let slots = draft.joined?.id == id ? draft.joined?.slots : workers[id]?.slots
        return slots.map { load <= $0 } ?? false
    }

    /// The worker that is connected to the host already; else by rendezvous hashing among those with room, so that
    /// hosts keep their worker when others come and go, and none gets more than its share of hosts.
    private func chooseWorker(for host: HostName, _ draft: Draft, needsRoom: Bool = true, avoiding tried: Set<WorkerID> = []) -> WorkerID? {
        var tried = tried
        // Who could not reach it is asked only when nobody else is there.
        if let unreached = unreached[host], draft.load.keys.contains(where: { mayReach(host, $0) && !unreached.contains($0) && !tried.contains($0) }) { tried.formUnion(unreached) }
        func hasRoom(_ id: WorkerID) -> Bool { (!needsRoom || self.hasRoom(id, draft)) && mayReach(host, id) && !tried.contains(id) }
        if let warm = draft.homes[host] ?? (draft.homeless.contains(host) ? nil : home[host]), draft.load[warm] != nil, !tried.contains(warm), mayReach(host, warm) {
            return hasRoom(warm) ? warm : nil
        }
        let share = (home.count + draft.homes.count + draft.load.count) / max(1, draft.load.count)
        let candidates = draft.load.keys.filter(hasRoom)
        let unloaded = candidates.filter { id in
            (workers[id]?.hosts.count ?? 0) + draft.homes.values.count { $0 == id } < share
        }
        return (unloaded.isEmpty ? candidates : unloaded).max { Self.weight($0, host) < Self.weight($1, host) }
    }

    /// FNV-1a over worker and host: the same in every process, unlike Swift's seeded hashing.
    private static func weight(_ worker: WorkerID, _ host: HostName) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in worker.value.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ 0xff) &* 0x100_0000_01b3
        for byte in host.value.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        // FNV's upper bits mix poorly for short texts: one more round.
        return (hash ^ (hash >> 29)) &* 0xBF58_476D_1CE4_E5B9
    }

    // MARK: Applying

    package mutating func apply(_ event: Event) {
        switch event {
        case .queued(let job, let purpose, let after):
            deliveries[job.id] = Delivery(job: job, purpose: purpose, after: after)
            enqueue(job.id, job.host, after)
        case .awaited(let job, let purpose, let until):
            deliveries[job.id] = Delivery(job: job, purpose: purpose, after: until, isAwaited: until != nil)
            enqueue(job.id, job.host, until)
        case .workerJoined(let id, let name, let slots):
            workers[id] = Worker(name: name, slots: max(1, slots))
        case .workerLeft(let id, _):
            workers[id] = nil
            leaseEnds[id] = nil
            labels[id] = nil
            home = home.filter { $0.value != id }
            for (host, workers) in unreached where workers.contains(id) { unreached[host]?.remove(id) }
        case .assigned(let job, let purpose, let id, let at):
            unqueue(job.id)
            deliveries[job.id]?.handOut(to: id, purpose, at: at)
            workers[id]?.jobs.insert(job.id)
            workers[id]?.hosts.insert(job.host)
            home[job.host] = id
        case .placed(let host, let id):
            if let old = home.updateValue(id, forKey: host) { workers[old]?.hosts.remove(host) }
            workers[id]?.hosts.insert(host)
        case .accepted(let job):
            deliveries[job]?.isAccepted = true
        case .adopted(let job, let id):
            unqueue(job)
            guard var delivery = deliveries[job] else { return }
            delivery.worker = id
            // It says so once more when the next tick sends it the assignment again: its Hello may be an old one.
            delivery.isAccepted = false
            delivery.after = nil
            delivery.wasHandedOut = true
            delivery.job.epoch -= 1
            deliveries[job] = delivery
            hold(delivery.job.host, by: job)
            workers[id]?.jobs.insert(job)
            workers[id]?.hosts.insert(delivery.job.host)
            home[delivery.job.host] = id
        case .cancelSent(let reference, _, let at):
            deliveries[reference.job]?.cancelledAt = at
        case .cancelMarked(let job):
            deliveries[job]?.purpose = .cancel
        case .withdrawn: break
        case .returned(let id, _):
            guard var delivery = deliveries[id] else { return }
            if let worker = delivery.worker { workers[worker]?.jobs.remove(id) }
            if let old = home.removeValue(forKey: delivery.job.host) { workers[old]?.hosts.remove(delivery.job.host) }
            delivery.worker = nil
            delivery.isAccepted = false
            delivery.job.epoch += 1
            if delivery.cancelledAt != nil { delivery.purpose = .cancel }
            delivery.cancelledAt = nil
            deliveries[id] = delivery
            enqueue(id, delivery.job.host, nil)
        case .settled(let id):
            guard let delivery = deliveries.removeValue(forKey: id) else { return }
            if let worker = delivery.worker { workers[worker]?.jobs.remove(id) }
            unqueue(id)
            release(delivery.job.host, from: id)
        }
    }

    private mutating func enqueue(_ job: JobID, _ host: HostName, _ after: Duration?) {
        if let holder = holders[host], holder != job {
            behind[host, default: []].append(job)
            return
        }
        holders[host] = job
        if after == nil { queue.append(job, host) } else { delayed.insert(job) }
    }

    /// A worker is on the host with this job: whoever was next there comes after it.
    private mutating func hold(_ host: HostName, by job: JobID) {
        behind[host]?.removeAll { $0 == job }
        if let holder = holders[host], holder != job {
            // Both are with workers: what keeps them apart is the host's own claim.
            guard deliveries[holder]?.worker == nil else { return }
            unqueue(holder)
            behind[host, default: []].insert(holder, at: 0)
        }
        if behind[host]?.isEmpty == true { behind[host] = nil }
        holders[host] = job
    }

    private mutating func release(_ host: HostName, from job: JobID) {
        behind[host]?.removeAll { $0 == job }
        if behind[host]?.isEmpty == true { behind[host] = nil }
        guard holders[host] == job else { return }
        holders[host] = nil
        guard let next = behind[host]?.first else { return }
        behind[host]?.removeFirst()
        enqueue(next, host, deliveries[next]?.after)
    }

    private mutating func unqueue(_ job: JobID) {
        delayed.remove(job)
        queue.remove(job)
    }
}
