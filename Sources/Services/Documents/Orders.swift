/// Asks for a plan.
package struct PlanOrder: Codable, Sendable, Equatable {
    package var task: String
    /// A host pattern; all hosts without it.
    package var hosts: String?
    /// Parameters of the runbook.
    package var set: [String: String]?

    package init(task: String, hosts: String? = nil, set: [String: String]? = nil) {
        self.task = task
        self.hosts = hosts
        self.set = set
    }
}

/// Starts a plan.
package struct RunOrder: Codable, Sendable, Equatable {
    package var plan: String

    package init(plan: String) { self.plan = plan }
}

/// A person's word on what became of a command.
package struct DecisionOrder: Codable, Sendable, Equatable {
    package var host: String
    /// `done`, `failed` or `again`.
    package var decision: String

    package init(host: String, decision: String) {
        self.host = host
        self.decision = decision
    }
}

/// Removes runs that have been over for so many days; `journal.keep_days` without a number.
package struct PruneOrder: Codable, Sendable, Equatable {
    package var days: Int?

    package init(days: Int?) { self.days = days }
}
