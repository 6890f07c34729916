/// An error as RFC 9457 has it, with what Muster adds: where, what to do, and what led to it.
package struct ProblemDocument: Codable, Sendable, Equatable {
    package var type: String
    package var title: String
    package var status: Int
    package var detail: String
    package var place: String?
    package var remedy: String?
    package var details: [String]?

    enum CodingKeys: String, CodingKey {
        case type, title, status, detail
        case place = "where"
        case remedy, details
    }

    package init(_ problem: ServiceProblem) {
        type = "urn:muster:problem:\(problem.kind.rawValue)"
        title = Self.title(problem.kind)
        status = Self.status(problem.kind)
        detail = problem.detail
        place = problem.place
        remedy = problem.remedy
        details = problem.details.isEmpty ? nil : problem.details
    }

    /// What was thrown by the other side.
    package var problem: ServiceProblem? {
        guard type.hasPrefix("urn:muster:problem:"), let kind = ServiceProblem.Kind(rawValue: String(type.dropFirst("urn:muster:problem:".count))) else { return nil }
        return ServiceProblem(kind, detail, at: place, remedy: remedy, details: details ?? [])
    }

    private static func title(_ kind: ServiceProblem.Kind) -> String {
        switch kind {
        case .invalid: "The request is wrong"
        case .notFound: "There is no such thing"
        case .conflict: "It does not fit the state of the run"
        case .noPlan: "No plan"
        case .refusedByPolicy: "Refused by policy"
        case .needsApproval: "A person must approve"
        case .dryRun: "Nothing is executed here"
        case .nothingReachable: "No host could be reached"
        case .nobodyLeft: "No host is left to work on"
        case .noJournal: "The journal can't be used"
        case .unavailable: "Not now"
        }
    }

    private static func status(_ kind: ServiceProblem.Kind) -> Int {
        switch kind {
        case .invalid: 400
        case .notFound: 404
        case .conflict, .needsApproval, .dryRun: 409
        case .noPlan, .nothingReachable, .nobodyLeft: 422
        case .refusedByPolicy: 403
        // RFC 4918.
        case .noJournal: 507
        case .unavailable: 503
        }
    }
}

