import Journal
package import Model

extension RunJournal {
    /// What is wrong with the journal of a run: the database, gaps, the chain of hashes, records that can't be read. Empty: it is whole.
    package static func problems(of run: RunID, directory: String) async -> [String] {
        do {
            let journal = try Journal(directory: directory, access: .read, now: 0)
            let problems = await journal.verify().map { "\($0)" }
            try journal.close()
            if problems.isEmpty { _ = try await RunHistory.read(directory: directory, run) }
            return problems
        } catch { return ["\(error)"] }
    }
}
