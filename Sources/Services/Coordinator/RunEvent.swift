package import Model
import Orchestration

/// What happens in a run, for whoever watches: a terminal, NDJSON, later a page. Told once it is in the journal.
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
    /// The attempt is closed; another may follow.
    case attemptClosed(Job, title: String, JobResult)
    /// The host is asked what became of it.
    case jobInDoubt(Job, title: String, Doubt)
    /// A person has to tell.
    case jobUndecided(Job, title: String, Doubt)
    case stepNotRun(HostName, StepID, NotRunReason)
    case stopping(running: [Job])
    case cancelling(running: [Job])
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
    /// Why its worker reaches it over OpenSSH; nil over libssh2.
    package var overOpenSSH: String?

    package var keys: HostKeys { HostKeys(login: identity, root: rootIdentity) }
}

/// How a run stands when nothing of it is out.
package struct RunRest: Sendable {
    package enum State: Sendable, Equatable {
        case finished, cancelled, paused
        /// A person has to tell what became of these jobs.
        case undecided
    }
    package var state: State
    package var report: RunReport

    init(_ machine: RunMachine) {
        report = machine.report()
        state = machine.isFinished ? (machine.isCancelling ? .cancelled : .finished) : machine.undecidedJobs.isEmpty ? .paused : .undecided
    }
}
