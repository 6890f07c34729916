import Journal
package import Model
import Orchestration

/// All runs of a state directory, as their journals tell them.
package struct RunCatalogue: Sendable {
    package let state: StateDirectory

    package init(state: StateDirectory) { self.state = state }

    /// One run, for people.
    package struct Entry: Sendable {
        package enum Condition: Sendable, Equatable {
            /// A process carries it out.
            case running(owner: String)
            case finished, cancelled
            /// It waits for 'muster resume'.
            case paused
            /// It waits for a person's word on some jobs.
            case undecided(Int)
            /// The process that carried it out is gone.
            case abandoned
            /// Its process ended before anything was written down: no host was asked anything.
            case neverBegan
            /// The policy did not let the plan through, or nobody approved it: no host was asked anything.
            case refused
            case unreadable(String)
        }
        package var run: RunID
        package var condition: Condition
        /// Nil if it can't be read.
        package var history: RunHistory?

        package var isUnfinished: Bool {
            switch condition {
            case .paused, .undecided, .abandoned, .running: true
            case .finished, .cancelled, .neverBegan, .refused, .unreadable: false
            }
        }

        package var isRunning: Bool {
            if case .running = condition { true } else { false }
        }
    }

    /// Oldest first. Runs that are known to be over are not read.
    package func openEntries() async throws(StateDirectory.Problem) -> [Entry] {
        var entries: [Entry] = []
        for run in try state.runs() where !state.isOver(run) { entries.append(await entry(run)) }
        return entries
    }

    package func entry(_ run: RunID) async -> Entry {
        let directory = state.directory(of: run)
        // The owner first: if it ends in between, what it wrote last is read after that.
        let owner = (try? DirectoryLock.owner(of: directory)).flatMap { $0 }
        do throws(RunJournalError) {
            let history = try await RunHistory.read(directory: directory, run)
            return Entry(run: run, condition: Self.condition(history.replay, owner), history: history)
        } catch {
            return Entry(run: run, condition: Self.condition(error, owner), history: nil)
        }
    }

    private static func condition(_ error: RunJournalError, _ owner: LockOwner?) -> Entry.Condition {
        // An owner that has only just begun.
        if let owner { return .running(owner: "\(owner)") }
        switch error {
        case .empty, .journal(.missing): return .neverBegan
        case .journal, .record, .notEnoughSpace: return .unreadable("\(error)")
        }
    }

    private static func condition(_ replay: RunReplay, _ owner: LockOwner?) -> Entry.Condition {
        if replay.description?.refusals.isEmpty == false { return .refused }
        guard let machine = replay.machine else { return .abandoned }
        if machine.isFinished { return machine.isCancelling ? .cancelled : .finished }
        if let owner { return .running(owner: "\(owner)") }
        // A paused run keeps attempts that were never handed out.
        let isOut = machine.openJobs.contains { !machine.isPaused || $0.isInDoubt || replay.handOuts[$0.job] != nil }
        if isOut { return .abandoned }
        if !machine.undecidedJobs.isEmpty { return .undecided(machine.undecidedJobs.count) }
        return machine.isPaused ? .paused : .abandoned
    }

    /// Runs of which hosts may still be asked something; one that can't be read may be whole again after a backup.
    package func unfinished() async throws(StateDirectory.Problem) -> [RunID] {
        try await openEntries().filter { entry in
            switch entry.condition {
            case .running, .paused, .undecided, .abandoned, .unreadable: true
            case .finished, .cancelled, .neverBegan, .refused: false
            }
        }.map(\.run)
    }
}
