package import Coordinator

/// The program that answers.
package struct AboutDocument: Codable, Sendable, Equatable {
    package var software: String
    /// Name of the coordinator in the ledgers of hosts.
    package var coordinator: String

    package init(software: String, coordinator: String) {
        self.software = software
        self.coordinator = coordinator
    }
}

/// A run that was started or taken up.
package struct StartedDocument: Codable, Sendable, Equatable {
    package var run: String
    /// The place in its events before the first: what comes after it is all.
    package var feed: String

    package init(run: String, feed: String) {
        self.run = run
        self.feed = feed
    }
}

/// The run that was meant.
package struct RunName: Codable, Sendable, Equatable {
    package var run: String

    package init(run: String) { self.run = run }
}

/// What a person's word was about.
package struct DecisionDocument: Codable, Sendable, Equatable {
    /// `step/subtask`.
    package var subtask: String

    package init(subtask: String) { self.subtask = subtask }
}

/// Runs that were removed.
package struct PrunedDocument: Codable, Sendable, Equatable {
    package var runs: [String]

    package init(runs: [String]) { self.runs = runs }
}

/// A worker that is connected.
package struct WorkerDocument: Codable, Sendable, Equatable {
    package var worker: String
    package var slots: Int
    /// Jobs that are out to it.
    package var jobs: Int
    /// Hosts that it has the connections of.
    package var hosts: Int
    /// It gets no more jobs, and ends when it has none left.
    package var isDraining: Bool

    enum CodingKeys: String, CodingKey {
        case worker, slots, jobs, hosts
        case isDraining = "draining"
    }

    package init(_ worker: WorkerSummary) {
        self.worker = worker.name
        slots = worker.slots
        jobs = worker.jobs
        hosts = worker.hosts
        isDraining = worker.isDraining
    }
}
