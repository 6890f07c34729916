/// Why something that was asked for was not done: what, where, and what to do.
package struct ServiceProblem: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable {
        /// What was asked for is wrong.
        case invalid
        case notFound = "not_found"
        /// It does not fit the state that a run is in.
        case conflict
        case noPlan = "no_plan"
        case refusedByPolicy = "refused_by_policy"
        /// The plan has commands that a person must approve.
        case needsApproval = "needs_approval"
        case dryRun = "dry_run"
        case nothingReachable = "nothing_reachable"
        case nobodyLeft = "nobody_left"
        /// Nothing can be written down.
        case noJournal = "no_journal"
        /// Too much is going on, or the service is about to end.
        case unavailable
    }
    package var kind: Kind
    /// One line: what.
    package var detail: String
    /// A parameter, a field, a file.
    package var place: String?
    /// What to do.
    package var remedy: String?
    /// A line for each thing that led to it.
    package var details: [String] = []

    package init(_ kind: Kind, _ detail: String, at place: String? = nil, remedy: String? = nil, details: [String] = []) {
        self.kind = kind
        self.detail = detail
        self.place = place
        self.remedy = remedy
        self.details = details
    }

    package var description: String { detail + (remedy.map { " — \($0)" } ?? "") }
}
