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
    /// Texts that need approval, and that a person has read and said yes to.
    package var approvals: [ApprovalOrder]?
    /// Policy classes that are approved as a whole.
    package var approve: [String]?
    /// Somebody said no: the plan is not started, whatever else is approved; the audit is told.
    package var declined: Bool?

    package init(plan: String, approvals: [ApprovalOrder]? = nil, approve: [String]? = nil, declined: Bool? = nil) {
        self.plan = plan
        self.approvals = approvals
        self.approve = approve
        self.declined = declined
    }
}

/// A person's yes to one text of a plan: to exactly its bytes.
package struct ApprovalOrder: Codable, Sendable, Equatable {
    package var step: String
    package var subtask: String
    /// `guard`, `command`, `health check` or `rollback`.
    package var part: String
    /// SHA-256 of the text, hexadecimal, as the plan tells it.
    package var digest: String

    package init(step: String, subtask: String, part: String, digest: String) {
        self.step = step
        self.subtask = subtask
        self.part = part
        self.digest = digest
    }
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
