package import Model

/// Where a run comes from: written once, when it begins.
package struct RunDescription: Sendable, Equatable {
    package var run: RunID
    /// The sentence that was asked for.
    package var task: String
    package var title: String
    /// Who made the plan: `runbook postgresql`.
    package var origin: String
    /// Name of the coordinator in the hosts' ledgers: the same after a restart.
    package var coordinator: String
    /// Version of the program that began it.
    package var software: String
    /// How the hosts are reached; secrets are references.
    package var hosts: [Host]
    /// What each host was when the plan was made.
    package var facts: [HostName: Facts]
    /// Hosts without a part, and why: one line each.
    package var excluded: [Exclusion]
    /// What was approved before it began.
    package var approvals: [Approval]
    /// What was not let through: a plan with any of these is not carried out.
    package var refusals: [Refusal] = []
    /// The user who asked for the run; empty in journals of older versions.
    package var user = ""

    package struct Exclusion: Sendable, Equatable {
        package var host: HostName
        package var reason: String
        package init(host: HostName, reason: String) {
            self.host = host
            self.reason = reason
        }
    }

    package init(
        run: RunID, task: String, title: String, origin: String, coordinator: String, software: String, hosts: [Host],
        facts: [HostName: Facts] = [:], excluded: [Exclusion] = [], approvals: [Approval] = []
    ) {
        self.run = run
        self.task = task
        self.title = title
        self.origin = origin
        self.coordinator = coordinator
        self.software = software
        self.hosts = hosts
        self.facts = facts
        self.excluded = excluded
        self.approvals = approvals
    }
}
