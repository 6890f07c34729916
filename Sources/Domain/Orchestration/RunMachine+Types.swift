package import Model

/// One try of a job: what a journal keeps of it. The texts are the plan's.
package struct Attempt: Sendable, Equatable {
    package var job: JobID
    package var host: HostName
    package var step: StepID
    package var subtask: String
    /// 1, 2, …
    package var number: Int
    /// The host key under which it is handed out first, and every time after.
    package var hostKey: String

    package init(job: JobID, host: HostName, step: StepID, subtask: String, number: Int, hostKey: String) {
        self.job = job
        self.host = host
        self.step = step
        self.subtask = subtask
        self.number = number
        self.hostKey = hostKey
    }
}

extension RunMachine {
    package enum Input: Sendable {
        case planned(CompiledPlan, keys: [HostName: HostKeys], stamp: Stamp)
        case reported(JobResult, stamp: Stamp)
        /// Nothing new is to start; what runs goes on to its end.
        case pauseRequested
        /// Go on after a pause or a restart; hosts with an undecided job are asked once more.
        case continued(stamp: Stamp)
        /// End what runs, start nothing more.
        case cancelRequested(stamp: Stamp)
        /// A person's word on an undecided job.
        case decided(JobID, PersonDecision, stamp: Stamp)
    }

    /// What a journal keeps of a run. `apply` makes the state of it again.
    package enum Event: Sendable, Equatable {
        case began(CompiledPlan, keys: [HostName: HostKeys])
        /// An attempt exists and is to be handed out.
        case attemptCreated(Attempt)
        /// It is closed for ever and did not settle its job: the next may follow.
        case attemptClosed(JobResult)
        /// The host is to be asked what became of it.
        case jobInDoubt(JobID, Doubt)
        /// Only a person can tell what became of it.
        case jobUndecided(JobID, Doubt)
        case jobSettled(JobResult)
        /// What a person said; the consequence is an event of its own.
        case personDecided(JobID, PersonDecision)
        /// The host was restarted.
        case hostKeysChanged(HostName, HostKeys)
        case stepNotRun(HostName, StepID, NotRunReason)
        case paused
        case continued
        case cancelling
        case finished
    }

    /// Where a job belongs.
    struct Place: Sendable, Equatable {
        let host: HostName
        let step: StepID
        let index: Int
        var hostKey: String
    }
}
