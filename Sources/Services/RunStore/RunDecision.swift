package import Model
package import Orchestration

extension RunJournal {
    /// Writes a person's word into the journal of a run that no process owns, and returns the run as it is then.
    ///
    /// The consequences are decided with the word; nothing is handed out before the run is resumed.
    package static func decide(_ input: RunMachine.Input, on run: RunID, directory: String) async throws(RunJournalError) -> RunMachine {
        let journal = try RunJournal(directory: directory)
        guard var machine = try await journal.replay(run).machine else { throw .empty(directory) }
        if !machine.isPaused {
            let paused = machine.decide(.pauseRequested)
            for event in paused { machine.apply(event) }
            try await journal.commit(paused.map { CoordinatorMachine.Turn.Entry(run: run, record: .run($0)) })
        }
        let events = machine.decide(input)
        try await journal.commit(events.map { CoordinatorMachine.Turn.Entry(run: run, record: .run($0)) })
        try journal.close()
        for event in events { machine.apply(event) }
        return machine
    }
}
