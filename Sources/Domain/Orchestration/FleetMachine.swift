package import Model

/// One worker process as the coordinator knows it: new with each process, whatever its key's name.
package struct WorkerID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let value: String
    package init(_ value: String) { self.value = value }
    package var description: String { value }
    package static func < (left: WorkerID, right: WorkerID) -> Bool { left.value < right.value }
}

/// An attempt as handed out: the epoch tells hand-outs of one attempt apart.
package struct JobReference: Hashable, Sendable {
    package var job: JobID
    package var attempt: Int
    package var epoch: Int

    package init(job: JobID, attempt: Int, epoch: Int) {
        self.job = job
        self.attempt = attempt
        self.epoch = epoch
    }
}

/// Hands jobs to workers: who is there, what each carries out, what must be handed out again.
package struct FleetMachine: Sendable {
    package enum Input: Sendable {
        case submitted(Job)
        /// A host is about to be worked on: choose the worker that will hold its connection.
        case expected(HostName)
        case helloed(WorkerID, name: String, slots: Int, knows: [JobReference], now: Duration)
        case left(WorkerID, reason: String)
        case accepted(WorkerID, JobReference)
        case refused(WorkerID, JobReference)
        case finished(JobID)
        case tick(now: Duration)
    }

    package enum Event: Sendable, Equatable {
        case queued(Job)
        case workerJoined(WorkerID, name: String, slots: Int)
        case workerLeft(WorkerID, reason: String)
        /// Send the job to the worker. A repeat with the same epoch is a resend.
        case assigned(Job, WorkerID, at: Duration)
        case accepted(JobID)
        /// Not with its worker any more: back to the queue.
        case returned(JobID, reason: String)
        case settled(JobID)
        /// The worker that is to hold the host's connection.
        case placed(HostName, WorkerID)
    }

    package struct Settings: Sendable {
        /// A worker that has not been heard for this long has lost its jobs.
        package var lease: Duration = .seconds(15)
        /// Added to the lease: the worker counts from when it sent, we from when we received.
        package var margin: Duration = .seconds(2)
        /// An assignment that is not accepted within this time is sent again.
        package var acceptWithin: Duration = .seconds(5)

        package init() {}
    }

    private struct Worker: Sendable {
        var name: String
        var slots: Int
        var jobs: Set<JobID> = []
        /// Hosts that have their home here.
        var hosts: Set<HostName> = []
    }

    private struct Delivery: Sendable {
        var job: Job
        var worker: WorkerID?
        var assignedAt: Duration = .zero
        var isAccepted = false
    }

    package let settings: Settings
    private var workers: [WorkerID: Worker] = [:]
    private var deliveries: [JobID: Delivery] = [:]
    private var queue: [JobID] = []
    /// The worker that has a warm connection to a host.
    private var home: [HostName: WorkerID] = [:]
    /// When each worker's lease ends: not journalled, a restart learns it again from the workers.
    private var leaseEnds: [WorkerID: Duration] = [:]

    package init(settings: Settings = Settings()) { self.settings = settings }

    package var workerCount: Int { workers.count }
    package var workerNames: [String] { workers.values.map(\.name).sorted() }
    package var queuedJobs: Int { queue.count }
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
        var draft = Draft(load: workers.mapValues(\.jobs.count))
        switch input {
        case .submitted(let job):
            guard deliveries[job.id] == nil else { return [] }
            draft.events.append(.queued(job))
            draft.waiting.append(job)
        case .expected(let host):
            guard let worker = chooseWorker(for: host, draft, needsRoom: false), home[host] != worker else { return [] }
            return [.placed(host, worker)]
        case .helloed(let id, let name, let slots, let knows, _):
            if workers[id] == nil {
                draft.events.append(.workerJoined(id, name: name, slots: slots))
                draft.joined = (id, max(1, slots))
                draft.load[id] = 0
            }
            let known = Set(knows)
            // An assignment that never arrived, or was lost with the connection, is handed out again.
            for job in workers[id]?.jobs.sorted() ?? [] {
                guard let delivery = deliveries[job], delivery.isAccepted, let reference = reference(of: job) else { continue }
                if !known.contains(reference) { draft.giveBack(delivery.job, from: id, reason: "the worker does not know it any more") }
            }
        case .left(let id, let reason):
            guard workers[id] != nil else { return [] }
            lose(id, reason: reason, &draft)
        case .accepted(let id, let reference):
            guard isCurrent(reference, with: id), deliveries[reference.job]?.isAccepted == false else { return [] }
            return [.accepted(reference.job)]
        case .refused(let id, let reference):
            guard isCurrent(reference, with: id), let delivery = deliveries[reference.job] else { return [] }
            draft.giveBack(delivery.job, from: id, reason: "refused by the worker")
            // It said that it has no room: what it holds is all that it takes for now.
            draft.load[id] = .max
        case .finished(let job):
            guard let delivery = deliveries[job] else { return [] }
            draft.events.append(.settled(job))
            draft.settled = job
            if let worker = delivery.worker { draft.load[worker, default: 1] -= 1 }
        case .tick(let now):
            for id in workers.keys.sorted() where leaseEnds[id].map({ $0 <= now }) ?? false {
                lose(id, reason: "not heard within its lease", &draft)
            }
            // In a fixed order: the same inputs must give the same events in every process.
            for (id, worker) in workers.sorted(by: { $0.key < $1.key }) where !draft.gone.contains(id) {
                for job in worker.jobs.sorted() {
                    guard let delivery = deliveries[job], !delivery.isAccepted, delivery.assignedAt + settings.acceptWithin <= now
                    else { continue }
                    draft.events.append(.assigned(delivery.job, id, at: now))
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
        var waiting: [Job] = []
        var settled: JobID?
        /// Where this input's own assignments went.
        var homes: [HostName: WorkerID] = [:]
        /// Hosts whose worker gave their job back: any other one serves.
        var homeless: Set<HostName> = []

        init(load: [WorkerID: Int]) { self.load = load }

        mutating func giveBack(_ job: Job, from worker: WorkerID, reason: String) {
            events.append(.returned(job.id, reason: reason))
            homeless.insert(job.host)
            var job = job
            job.epoch += 1
            waiting.append(job)
            load[worker, default: 1] -= 1
        }
    }

    private func isCurrent(_ reference: JobReference, with worker: WorkerID) -> Bool {
        deliveries[reference.job]?.worker == worker && self.reference(of: reference.job) == reference
    }

    private func lose(_ id: WorkerID, reason: String, _ draft: inout Draft) {
        for job in workers[id]?.jobs.sorted() ?? [] {
            if let delivery = deliveries[job] { draft.giveBack(delivery.job, from: id, reason: reason) }
        }
        draft.events.append(.workerLeft(id, reason: reason))
        draft.gone.insert(id)
        draft.load[id] = nil
    }

    /// Hands out what is queued, as long as a worker has room: its slots and one more, so that it never waits for us.
    private func dispatch(_ draft: inout Draft, now: Duration) {
        for job in queue.lazy.compactMap({ deliveries[$0]?.job }) + draft.waiting where job.id != draft.settled {
            guard draft.load.contains(where: { hasRoom($0.key, draft) }) else { return }
            guard let worker = chooseWorker(for: job.host, draft) else { continue }
            draft.load[worker, default: 0] += 1
            draft.homes[job.host] = worker
            draft.events.append(.assigned(job, worker, at: now))
        }
    }

    private func hasRoom(_ id: WorkerID, _ draft: Draft) -> Bool {
        guard let load = draft.load[id] else { return false }
        let slots = draft.joined?.id == id ? draft.joined?.slots : workers[id]?.slots
        return slots.map { load <= $0 } ?? false
    }

    /// The worker that is connected to the host already; else by rendezvous hashing among those with room, so that
    /// hosts keep their worker when others come and go, and none gets more than its share of hosts.
    private func chooseWorker(for host: HostName, _ draft: Draft, needsRoom: Bool = true) -> WorkerID? {
        func hasRoom(_ id: WorkerID) -> Bool { !needsRoom || self.hasRoom(id, draft) }
        if let warm = draft.homes[host] ?? (draft.homeless.contains(host) ? nil : home[host]), draft.load[warm] != nil { return hasRoom(warm) ? warm : nil }
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
        case .queued(let job):
            deliveries[job.id] = Delivery(job: job)
            queue.append(job.id)
        case .workerJoined(let id, let name, let slots):
            workers[id] = Worker(name: name, slots: max(1, slots))
        case .workerLeft(let id, _):
            workers[id] = nil
            leaseEnds[id] = nil
            home = home.filter { $0.value != id }
        case .assigned(let job, let id, let at):
            unqueue(job.id)
            deliveries[job.id]?.worker = id
            deliveries[job.id]?.assignedAt = at
            deliveries[job.id]?.isAccepted = false
            workers[id]?.jobs.insert(job.id)
            workers[id]?.hosts.insert(job.host)
            home[job.host] = id
        case .placed(let host, let id):
            if let old = home.updateValue(id, forKey: host) { workers[old]?.hosts.remove(host) }
            workers[id]?.hosts.insert(host)
        case .accepted(let job):
            deliveries[job]?.isAccepted = true
        case .returned(let id, _):
            guard var delivery = deliveries[id] else { return }
            if let worker = delivery.worker { workers[worker]?.jobs.remove(id) }
            if let old = home.removeValue(forKey: delivery.job.host) { workers[old]?.hosts.remove(delivery.job.host) }
            delivery.worker = nil
            delivery.isAccepted = false
            delivery.job.epoch += 1
            deliveries[id] = delivery
            queue.append(id)
        case .settled(let id):
            if let worker = deliveries[id]?.worker { workers[worker]?.jobs.remove(id) }
            deliveries[id] = nil
            unqueue(id)
        }
    }

    /// Jobs leave the queue near its front, so that this is short.
    private mutating func unqueue(_ job: JobID) {
        if let place = queue.firstIndex(of: job) { queue.remove(at: place) }
    }
}
