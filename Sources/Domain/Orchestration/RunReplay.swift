package import Model

/// A run as its journal tells it: what a restart and `muster status` begin with. Applying decides nothing.
package struct RunReplay: Sendable, Equatable {
    /// What is wrong with the order of records.
    package enum Problem: Error, Equatable, CustomStringConvertible {
        case notCreated
        case createdTwice

        package var description: String {
            switch self {
            case .notCreated: "the first record does not say where the run comes from"
            case .createdTwice: "the run begins twice"
            }
        }
    }

    /// The last hand-out of a job's current attempt.
    package struct HandOut: Sendable, Equatable {
        package var reference: JobReference
        package var purpose: Purpose
        package var worker: String
    }

    package private(set) var description: RunDescription?
    package private(set) var machine: RunMachine?
    /// Of the jobs that are not settled.
    package private(set) var handOuts: [JobID: HandOut] = [:]

    package init() {}

    package mutating func apply(_ record: RunRecord) throws(Problem) {
        switch record {
        case .created(let description):
            guard self.description == nil else { throw .createdTwice }
            self.description = description
            // A plan that was refused is not a run that could go on.
            machine = description.refusals.isEmpty ? RunMachine(run: description.run) : nil
        case .run(let event):
            guard machine != nil else { throw .notCreated }
            machine?.apply(event)
            if case .jobSettled(let result) = event { handOuts[result.job] = nil }
        case .handedOut(let reference, let purpose, let worker):
            guard machine != nil else { throw .notCreated }
            handOuts[reference.job] = HandOut(reference: reference, purpose: purpose, worker: worker)
        }
    }
}

extension CoordinatorMachine {
    /// Takes a run over from its journal. Its open jobs are handed out again once `reportsUntil` has passed, until when
    /// workers that have kept them may say so; nil if no worker can have any.
    ///
    /// Each job that was out is safe to hand out again: its record on the host decides whether it starts.
    ///
    /// What rests goes on with `.proceed` or `.cancel`.
    package mutating func restore(_ replay: RunReplay, reportsUntil: Duration?, now: Duration) -> Turn {
        var turn = Turn()
        guard let machine = replay.machine, runs[machine.run] == nil else { return turn }
        adopt(machine, replay.handOuts)
        for host in replay.description?.hosts ?? [] { want(host.worker, for: host.name) }
        guard !machine.isFinished else { return turn }
        for open in machine.openJobs {
            guard let job = machine.job(open.job) else { continue }
            let last = replay.handOuts[open.job]?.reference
            // Never handed out, and so it stays until the run goes on.
            if machine.isPaused, !machine.isCancelling, !open.isInDoubt, last?.attempt != job.attempt { continue }
            let purpose: Purpose = machine.isCancelling ? .cancel : open.isInDoubt ? .settle : .run
            let epoch = last.map { $0.attempt == job.attempt ? $0.epoch : 0 } ?? 0
            restore(job, purpose, lastEpoch: epoch, reportsUntil: reportsUntil, now, &turn)
        }
        return turn
    }
}

extension CoordinatorMachine.Turn {
    /// Says of a run that nothing of it is out.
    package static func resting(_ run: RunID) -> CoordinatorMachine.Turn {
        var turn = CoordinatorMachine.Turn()
        turn.effects = [.rests(run)]
        return turn
    }
}
