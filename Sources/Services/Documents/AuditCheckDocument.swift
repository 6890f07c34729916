import Model
package import RunStore

/// What came of checking the audit's chains of hashes.
package struct AuditCheckDocument: Codable, Sendable, Equatable {
    /// How many runs are here, and how many were removed and kept as sealed files.
    package var runs: Int
    package var sealed: Int
    /// One line each, with its place. Empty: all is whole.
    package var problems: [String]

    package init(_ state: StateDirectory) async {
        let seal = AuditSeal(state: state)
        sealed = seal.runs.count
        problems = []
        do throws(StateDirectory.Problem) {
            let all = try state.runs()
            runs = all.count
            for run in all { problems += await RunJournal.problems(of: run, directory: state.directory(of: run)).map { "\(run): \($0)" } }
        } catch {
            runs = 0
            problems = ["\(error)"]
        }
        problems += seal.problems()
    }
}
