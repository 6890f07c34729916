package import Model

/// Decides what becomes of one job: whether an attempt settles it, is followed by another, must be asked about again, or
/// waits for a person (EXECUTION: "in doubt").
///
/// A new attempt is never made before the one before is settled: done, or closed for ever in the host's ledger.
package struct JobTracker: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        /// An attempt is out with a worker, or on its way.
        case out
        /// The host is being asked what became of the attempt; so many times it could not be.
        case settling(tries: Int)
        /// The attempt is closed; the next one waits until the run goes on.
        case idle
        /// Only a person can tell.
        case undecided(Doubt)
        case settled
    }

    package struct Limits: Sendable, Equatable {
        /// How many attempts may end without having started before the job is given up.
        package var emptyAttempts = 5
        /// How often a host that does not answer is asked about an attempt.
        package var settleTries = 3
        /// How many attempts of an idempotent subtask may be interrupted before a person is asked: one that takes its host down
        /// each time would do so for ever.
        package var interruptedAttempts = 10
        package init() {}
    }

    /// What a report means.
    package enum Verdict: Sendable, Equatable {
        /// Nothing: of another attempt, or the job is settled.
        case ignore
        case settle
        /// The attempt is closed and left no trace: the next may go.
        case retry
        /// Ask the host once more.
        case ask
        case undecided(Doubt)
    }

    package private(set) var state: State = .out
    package private(set) var attempt = 1
    /// Attempts that ended without having started.
    private var empty = 0
    /// Attempts that were closed without an end that is known.
    private var interrupted = 0
    /// Of an attempt that was closed and may have changed something: what a later one that did not start can't take back.
    package private(set) var earlierDoubt: Doubt?

    package init() {}

    /// Whether something of it is out: a worker will report.
    package var isOut: Bool {
        switch state {
        case .out, .settling: true
        case .idle, .undecided, .settled: false
        }
    }

    /// - Parameter isCancelled: the run is being given up: nothing is tried again, no person is waited for.
    package func judge(_ result: JobResult, _ work: Job.Work, isCancelled: Bool, limits: Limits) -> Verdict {
        guard result.attempt == attempt else { return .ignore }
        switch state {
        case .settled, .idle: return .ignore
        case .out, .settling, .undecided: break
        }
        switch result.outcome {
        case .skipped, .changed, .failed: return .settle
        case .notStarted: return isCancelled || empty + 1 >= limits.emptyAttempts ? .settle : .retry
        case .inDoubt(let doubt): return judge(doubt, work, isCancelled: isCancelled, limits: limits)
        }
    }

    private func judge(_ doubt: Doubt, _ work: Job.Work, isCancelled: Bool, limits: Limits) -> Verdict {
        switch doubt.kind {
        case .unanswered:
            let tries: Int = if case .settling(let tries) = state { tries } else { 0 }
            if tries < limits.settleTries, !isUndecided { return .ask }
        case .interrupted, .ledgerLost:
            // Not counted as a correction: nothing is known to be wrong with the command.
            if !isCancelled, !doubt.isDispelled, work.isIdempotent, interrupted + 1 < limits.interruptedAttempts, case .interrupted = doubt.kind { return .retry }
            if doubt.isDispelled { return .settle }
        case .otherMachine: break
        }
        return isCancelled ? .settle : .undecided(doubt)
    }

    /// The job's outcome when this result settles it: guard and health check may settle what the ledger could not, and an earlier
    /// attempt whose end is not known is not made undone by one that did not start.
    package func settled(_ result: JobResult) -> JobResult {
        var settled = result
        if case .inDoubt(let doubt) = result.outcome, doubt.isDispelled { settled.outcome = .changed }
        if let earlierDoubt, result.outcome.saysNothingRan { settled.outcome = .inDoubt(earlierDoubt) }
        return settled
    }

    private var isUndecided: Bool {
        if case .undecided = state { true } else { false }
    }

    // MARK: Changes, called by apply only

    mutating func begin(attempt: Int) {
        self.attempt = attempt
        state = .out
    }

    mutating func closeEmpty() {
        empty += 1
        state = .idle
    }

    /// An interrupted attempt of an idempotent subtask, or one that a person wants again: closed, and not counted as empty.
    mutating func close(_ doubt: Doubt) {
        state = .idle
        interrupted += 1
        earlierDoubt = doubt
    }

    mutating func ask() {
        let tries: Int = if case .settling(let tries) = state { tries } else { 0 }
        state = .settling(tries: tries + 1)
    }

    /// Asked anew after a person wanted it, or after a restart.
    mutating func askAnew() { state = .settling(tries: 0) }
    mutating func wait(_ doubt: Doubt) { state = .undecided(doubt) }
    mutating func settle() { state = .settled }

    /// For snapshots: the state as it was.
    package init(state: State, attempt: Int, empty: Int) {
        self.state = state
        self.attempt = attempt
        self.empty = empty
    }

    package var emptyAttempts: Int { empty }
}
