/// One subtask for one host, ready to be carried out: what a coordinator assigns to a worker.
package struct Job: Sendable, Equatable {
    package var id: JobID
    package var run: RunID
    package var host: HostName
    package var step: StepID
    package var subtask: String
    /// 1, 2, …; a corrected command is a new attempt.
    package var attempt: Int
    /// Grows each time the same attempt is handed out again.
    package var epoch: Int
    /// The host key of this attempt: what the host showed before it was first handed out (`HostIdentity`).
    package var hostKey: String
    package var work: Work

    package init(
        id: JobID, run: RunID, host: HostName, step: StepID, subtask: String, attempt: Int = 1, epoch: Int = 1, hostKey: String = "", work: Work
    ) {
        self.id = id
        self.run = run
        self.host = host
        self.step = step
        self.subtask = subtask
        self.attempt = attempt
        self.epoch = epoch
        self.hostKey = hostKey
        self.work = work
    }

    /// The texts of a job: judged when planned, when dispatched and once more in the worker.
    package struct Work: Sendable, Equatable {
        package var guardCheck: String?
        package var command: String
        /// Content of the file that the texts call `content`, in their working directory.
        package var content: [UInt8]?
        package var healthCheck: HealthCheck?
        package var become: Bool
        package var environment: [String: String]
        /// Further variables, of which only where their values are to be found is known: the worker resolves them, for this command alone.
        package var secrets: [String: SecretReference]
        /// Deadline of the command, counted from its start on the host.
        package var timeout: Duration
        /// Whether it may be carried out again when it is not known what an interrupted attempt did.
        package var isIdempotent: Bool
        /// Whether it takes its own connection down, so that this is no trouble but its success.
        package var endsConnection: ConnectionEnd?

        package init(
            guardCheck: String? = nil, command: String, content: [UInt8]? = nil, healthCheck: HealthCheck? = nil, become: Bool = false,
            environment: [String: String] = [:], secrets: [String: SecretReference] = [:], timeout: Duration, isIdempotent: Bool = false, endsConnection: ConnectionEnd? = nil
        ) {
            self.guardCheck = guardCheck
            self.command = command
            self.content = content
            self.healthCheck = healthCheck
            self.become = become
            self.environment = environment
            self.secrets = secrets
            self.timeout = timeout
            self.isIdempotent = isIdempotent
            self.endsConnection = endsConnection
        }
    }
}

/// What a command does to the connection that it came over.
package enum ConnectionEnd: String, Hashable, Sendable, CaseIterable {
    /// It restarts the network or the SSH server.
    case link
    /// It restarts the host.
    case reboot
}

/// What became of one attempt of a job. A fact once it is reported; the first one counts.
package struct JobResult: Sendable, Equatable {
    package var job: JobID
    package var attempt: Int
    package var outcome: JobOutcome
    /// Last bytes of the deciding command's standard output, at most `tailLimit`.
    package var standardOutput: [UInt8]
    /// Last bytes of the deciding command's standard error, at most `tailLimit`.
    package var standardError: [UInt8]
    /// From assignment to outcome, measured by the worker.
    package var duration: Duration
    /// The host key that the host showed last; empty if it was not reached.
    package var hostKey: String

    package static let tailLimit = 8192

    package init(
        job: JobID, attempt: Int, outcome: JobOutcome, standardOutput: [UInt8] = [], standardError: [UInt8] = [],
        duration: Duration = .zero, hostKey: String = ""
    ) {
        self.job = job
        self.attempt = attempt
        self.outcome = outcome
        self.standardOutput = standardOutput
        self.standardError = standardError
        self.duration = duration
        self.hostKey = hostKey
    }
}

extension JobResult {
    /// Whether the host's ledger says so: true for ever, whoever asked and under whichever hand-out.
    ///
    /// What a record does not say is proof only under the host key of the first hand-out: after a power cut or in another ledger the
    /// record of a command that ran may be gone, and a revocation stand in its place.
    /// - Parameter firstKey: the host key of the attempt.
    package func isFact(firstKey: String) -> Bool {
        if case .notStarted = outcome, hostKey != firstKey { return false }
        return outcome.isFromLedger
    }
}

/// How an attempt ended.
package enum JobOutcome: Sendable, Equatable {
    /// The guard said that the state is there already; nothing was changed.
    case skipped
    /// The command ran and, where there is a health check, it passed.
    case changed
    case failed(JobFailure)
    /// Started and vanished, or its record can't be asked: never run again silently.
    case inDoubt(Doubt)
    /// It did not start and never will under this attempt: its record is closed. Nothing was changed.
    case notStarted(reason: String)

    /// Whether it is an answer of the host's ledger, and not the worker's own word.
    package var isFromLedger: Bool {
        switch self {
        case .changed, .notStarted: true
        case .failed(let failure):
            switch failure {
            case .command, .healthCheck, .deadline, .cancelled, .decided: true
            case .refusedByPolicy, .unreachable, .become, .refusedByHost: false
            }
        case .skipped, .inDoubt: false
        }
    }

    /// Whether it says that the command of this attempt was not run, and nothing about the host's state.
    package var saysNothingRan: Bool {
        switch self {
        case .notStarted: true
        case .failed(let failure):
            switch failure {
            case .refusedByPolicy, .unreachable, .become, .refusedByHost: true
            case .command, .healthCheck, .deadline, .cancelled, .decided: false
            }
        case .skipped, .changed, .inDoubt: false
        }
    }

    /// Whether what depends on it may start.
    package var isSuccess: Bool {
        switch self {
        case .skipped, .changed: true
        case .failed, .inDoubt, .notStarted: false
        }
    }
}

/// What is known of an attempt whose end is not.
package struct Doubt: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// The host could not be asked: it may be asked again.
        case unanswered
        /// Started and vanished, and nothing of it lives; what the looks afterwards said.
        case interrupted(Evidence)
        /// The host's ledger is another one than the attempt was handed out under; what the looks said.
        case ledgerLost(Evidence)
        /// Another machine answers at the host's name.
        case otherMachine
    }

    /// What guard and health check say of the host; nil for one that the subtask does not have.
    package struct Evidence: Sendable, Equatable {
        package var guardSatisfied: Bool?
        package var healthPassed: Bool?

        package init(guardSatisfied: Bool?, healthPassed: Bool?) {
            self.guardSatisfied = guardSatisfied
            self.healthPassed = healthPassed
        }
    }

    package var kind: Kind
    package var reason: String

    package init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }

    /// Guard and health check together say that the state is there. A health check alone is not enough: it may have
    /// passed before.
    package var isDispelled: Bool {
        switch kind {
        case .interrupted(let evidence), .ledgerLost(let evidence): evidence.guardSatisfied == true && evidence.healthPassed != false
        case .unanswered, .otherMachine: false
        }
    }
}

/// A person's word on a job whose outcome could not be found out.
package enum PersonDecision: String, Hashable, Sendable, CaseIterable {
    /// The command did its work.
    case done
    /// It did not, and is not to be tried again.
    case failed
    /// It is to be carried out once more, as a new attempt.
    case again
}

/// Why an attempt failed.
package enum JobFailure: Sendable, Equatable, CustomStringConvertible {
    /// The command ended with this exit code, and no health check contradicted it.
    case command(exitCode: Int)
    /// The command ended with this exit code; the health check still failed when its time was over.
    case healthCheck(exitCode: Int, commandExitCode: Int)
    /// The command was ended at its deadline.
    case deadline(Duration)
    /// The command was ended because somebody asked for it.
    case cancelled
    /// A person said that it did not do its work.
    case decided
    /// The policy refuses one of the texts.
    case refusedByPolicy(String)
    /// The host could not be reached or logged in to; one line with what to do.
    case unreachable(String)
    /// Root was needed and could not be had.
    case become(String)
    /// The host refused the job: another ledger, a full disk, busy with another run.
    case refusedByHost(String)

    package var description: String {
        switch self {
        case .command(let code): "the command ended with exit code \(code)"
        case .healthCheck(let code, let command):
            "the health check ended with exit code \(code) (the command itself with \(command))"
        case .deadline(let limit): "the command was ended at its deadline of \(limit.components.seconds) s"
        case .cancelled: "cancelled"
        case .decided: "a person said that it did not do its work"
        case .refusedByPolicy(let reason): "refused by policy: \(reason)"
        case .unreachable(let reason): reason
        case .become(let reason): reason
        case .refusedByHost(let reason): reason
        }
    }
}
