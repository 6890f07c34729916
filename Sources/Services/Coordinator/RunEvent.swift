package import Model

/// What happens in a run, for whoever watches: a terminal, NDJSON, later a page.
package enum RunEvent: Sendable {
    case workerJoined(name: String)
    /// `remaining`: workers that are left.
    case workerLeft(name: String, reason: String, remaining: Int)
    case jobAssigned(Job, title: String, worker: String)
    case jobStarted(Job, title: String)
    /// A piece of a command's output, as the host sent it: untrusted bytes.
    case output(Job, isError: Bool, [UInt8])
    case jobSettled(Job, title: String, JobResult)
    case jobReturned(Job, reason: String)
    case stepNotRun(HostName, StepID, NotRunReason)
    case stopping(running: [Job])
    case finished(RunReport)
}

/// What a probe found out about a host.
package enum ProbeResult: Sendable, Equatable {
    case reached(HostKnowledge)
    /// One line: what, where, what to do.
    case unreachable(String)

    package var knowledge: HostKnowledge? {
        if case .reached(let knowledge) = self { knowledge } else { nil }
    }
}

/// What is known of a host that was reached.
package struct HostKnowledge: Sendable, Equatable {
    package var facts: Facts
    /// Host key of the login user's runner: journalled, and put into every job.
    package var identity: String
    package var rootIdentity: String?
    package var becomeError: String?
}
