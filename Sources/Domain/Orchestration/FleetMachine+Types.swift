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

/// What a worker is to do about an attempt.
package enum Purpose: String, Hashable, Sendable, CaseIterable {
    /// Carry it out, unless it was carried out already.
    case run
    /// Find out what became of it, and make sure that it can't start any more; start nothing.
    case settle
    /// End it, or make sure that it can't start any more.
    case cancel
}

extension FleetMachine {
    package enum Input: Sendable {
        /// - Parameter after: not before this moment: a host that did not answer is not asked again at once.
        case submitted(Job, Purpose, after: Duration?)
        /// An attempt that was out before a restart. Workers may still report it until `reportsUntil`.
        case restored(Job, Purpose, lastEpoch: Int, reportsUntil: Duration?)
        /// A host is about to be worked on: choose the worker that will hold its connection; not one of those that could not reach it.
        case expected(HostName, avoiding: Set<WorkerID> = [])
        case helloed(WorkerID, name: String, slots: Int, knows: [JobReference], now: Duration)
        case left(WorkerID, reason: String)
        case accepted(WorkerID, JobReference)
        case refused(WorkerID, JobReference)
        /// The worker could not reach the host, and has started nothing: another one is to try.
        case unreached(WorkerID, JobReference)
        /// The attempt has its outcome, for good or for now.
        case finished(JobID)
        /// The attempt is to be ended. Nothing is handed out by this input: the others of its run may be next to be cancelled.
        case cancelled(JobID)
        /// The attempt is to wait, unless a worker has got it: its run is paused. Nothing is handed out by this input.
        case heldBack(JobID)
        case tick(now: Duration)
    }

    package enum Event: Sendable, Equatable {
        case queued(Job, Purpose, after: Duration?)
        /// A job from before a restart is there; until that moment a worker may say that it has it.
        case awaited(Job, Purpose, until: Duration?)
        case workerJoined(WorkerID, name: String, slots: Int)
        case workerLeft(WorkerID, reason: String)
        /// Send the job to the worker. A repeat with the same epoch is a resend.
        case assigned(Job, Purpose, WorkerID, at: Duration)
        case accepted(JobID)
        /// A worker has it, from before a restart.
        case adopted(JobID, WorkerID)
        /// Not with its worker any more: back to the queue.
        case returned(JobID, reason: String)
        case settled(JobID)
        /// Tell the worker to end it; said again until the outcome is there.
        case cancelSent(JobReference, WorkerID, at: Duration)
        /// To be ended with the next hand-out.
        case cancelMarked(JobID)
        /// It was cancelled or held back before it was ever handed out.
        case withdrawn(Job)
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
        /// How long a host that did not answer is left alone before it is asked again what became of a job.
        package var askAgainAfter: Duration = .seconds(10)

        package init() {}
    }

    struct Worker: Sendable {
        var name: String
        var slots: Int
        var jobs: Set<JobID> = []
        /// Hosts that have their home here.
        var hosts: Set<HostName> = []
    }

    struct Delivery: Sendable {
        var job: Job
        var purpose: Purpose
        var worker: WorkerID?
        var assignedAt: Duration = .zero
        var isAccepted = false
        /// It was sent to a worker at least once: only the host knows what became of it.
        var wasHandedOut = false
        /// When the worker was last told to end it.
        var cancelledAt: Duration?
        /// Not handed out before this moment.
        var after: Duration?
        /// It may be with a worker since before a restart.
        var isAwaited = false

        mutating func handOut(to worker: WorkerID, _ purpose: Purpose, at moment: Duration) {
            self.worker = worker
            self.purpose = purpose
            after = nil
            wasHandedOut = true
            assignedAt = moment
            isAccepted = false
        }
    }
}
