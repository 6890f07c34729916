package import Model

/// Carries one hand-out of an attempt out, in the worker: what to ask the host next, and what the answers mean.
///
/// From the first start frame on only the host's ledger knows what happened, and "not started" is an answer only after a
/// revocation (EXECUTION: "settle, don't look up"). The service performs the actions; a simulation does the same.
package struct AttemptMachine: Sendable {
    package enum Action: Sendable, Equatable {
        /// Make sure that a runner of the job's identity is there.
        case connect
        case lookAtGuard
        case lookAtHealth
        /// Send the start, and follow the command to its end.
        case start
        /// Ask for the record, and follow the command to its end if it runs.
        case attach
        /// Close the record, unless the command has started; answered like `attach`.
        case revoke(reason: String)
        /// End the command, or close its record; then follow it to its end.
        case cancel
        case wait(Duration)
        case finish(JobOutcome)
    }

    /// Why a start was not taken: nothing of it ran.
    package enum Refusal: Sendable, Equatable {
        case busy(run: String, coordinator: String)
        case late
        /// An attempt before this one is not settled.
        case previous(String)
        /// The host has another key than it showed when the connection was made: its ledger was replaced. One line for people.
        case otherKey(String)
        /// Anything else; one line for people.
        case other(String)
    }

    package enum Answer: Sendable, Equatable {
        case connected(hostKey: String)
        case unreachable(String)
        case noRoot(String)
        case looked(exitCode: Int)
        /// It ended by itself with this exit code.
        case exited(Int)
        case endedAtDeadline
        case endedByCancel
        case refused(Refusal)
        case absent
        /// Revoked, or claimed and dead before its command: closed for ever.
        case neverStarted
        /// Started and vanished; nothing of it lives.
        case interrupted
        /// The stream broke; what was asked may have arrived.
        case lost(String)
        /// The host can't serve as it is: one line for people.
        case unusable(String)
        case waited
    }

    package struct Settings: Sendable {
        /// How long to try to reach a host again that may have started the command, beside the command's own deadline.
        package var reconnectFor: Duration = .seconds(120)
        /// How long to wait for another run to leave the host.
        package var busyFor: Duration = .seconds(60)
        package var pause: Duration = .milliseconds(500)
        package init() {}
    }

    private enum Stage: Sendable, Equatable {
        case connecting
        /// The guard before a start; `closes`: a record elsewhere may still start, so it is closed before "skipped" is said.
        case guarding(closes: Bool)
        /// `before`: whether something may have started before this start was sent.
        case starting(before: Bool)
        case attaching
        case ending
        /// Closing the record on the way to an outcome.
        case closing(JobOutcome)
        /// The command ended with this exit code: its health check decides.
        case checking(exitCode: Int, until: Duration)
        /// Started and vanished: what do guard and health check say?
        case weighing(Doubt.Evidence, guardSeen: Bool, isLedgerLost: Bool)
        /// It took its own connection down, and the health check tells whether it did its work.
        case awaitingReturn(until: Duration)
        case pausing
        case done
    }

    package let job: Job
    private let purpose: Purpose
    private let settings: Settings
    private var stage: Stage = .connecting
    /// Something may have started under this attempt: from then on only the ledger knows.
    private var mayHaveStarted: Bool
    /// The host has shown its record: should it be gone later, it is lost.
    private var isRecorded = false
    private var isCancelled: Bool
    private var lostSince: Duration?
    private var busySince: Duration?
    private var lateStarts = 0
    private var checkPause: Duration = .milliseconds(100)
    /// What the host showed last.
    package private(set) var hostKey = ""

    package init(job: Job, purpose: Purpose, settings: Settings = Settings()) {
        self.job = job
        self.purpose = purpose
        self.settings = settings
        // Without a host key no start was ever taken: the identity could not be had when the run began.
        mayHaveStarted = (job.epoch > 1 || purpose != .run) && !job.hostKey.isEmpty
        isCancelled = purpose == .cancel
    }

    package var first: Action { .connect }

    /// From now on nothing new is started; a command that runs is ended by who follows it.
    package mutating func cancelRequested() { isCancelled = true }

    /// - Parameter now: monotonic.
    package mutating func next(_ answer: Answer, now: Duration) -> Action {
        switch answer {
        case .exited, .endedAtDeadline, .endedByCancel, .interrupted:
            mayHaveStarted = true
            isRecorded = true
        case .connected, .unreachable, .noRoot, .looked, .refused, .absent, .neverStarted, .lost, .unusable, .waited: break
        }
        return action(after: answer, now)
    }

    private mutating func action(after answer: Answer, _ now: Duration) -> Action {
        switch answer {
        case .connected(let key): connected(key)
        case .unreachable(let reason): unreachable(reason, now)
        case .noRoot(let reason): mayHaveStarted ? unreachable(reason, now) : finish(.failed(.become(reason)))
        case .lost: lost(now)
        case .unusable(let reason): unusable(reason)
        case .waited: waited()
        case .looked(let exitCode): looked(exitCode, now)
        case .exited(let exitCode): ended(exitCode, now)
        case .endedAtDeadline: finish(.failed(.deadline(job.work.timeout)))
        case .endedByCancel: finish(.failed(.cancelled))
        case .absent: absent()
        case .neverStarted: neverStarted()
        case .interrupted: interrupted(now)
        case .refused(let refusal): refused(refusal, now)
        }
    }

    // MARK: Reaching the host

    private mutating func connected(_ key: String) -> Action {
        lostSince = nil
        hostKey = key
        guard key == job.hostKey else { return connected(other: key) }
        return begin()
    }

    private mutating func begin() -> Action {
        if isCancelled {
            if mayHaveStarted { return go(.ending, .cancel) }
            return close(.notStarted(reason: "it was cancelled before it started"), "cancelled")
        }
        if mayHaveStarted { return go(.attaching, .attach) }
        return guardOrStart(closes: false)
    }

    /// Another ledger, another boot or another machine than the attempt was handed out under.
    private mutating func connected(other key: String) -> Action {
        guard let new = HostIdentity(key), let old = HostIdentity(job.hostKey), new.machine == old.machine else {
            let reason = "another machine answers at this name than the one that was looked at — see to it that the name means the right one"
            return mayHaveStarted ? finish(.inDoubt(Doubt(.otherMachine, reason))) : finish(.failed(.refusedByHost("\(job.host): \(reason)")))
        }
        if new.ledger != old.ledger {
            let reason = "\(job.host): the host's ledger is another one than before — was its directory deleted? run again"
            return mayHaveStarted ? weigh(isLedgerLost: true) : finish(.failed(.refusedByHost(reason)))
        }
        // Restarted: what was done is recorded; what was not can't start under its old key, but its record is closed all the same.
        if mayHaveStarted { return go(.attaching, .attach) }
        return close(.notStarted(reason: "the host was restarted before it started"), "restarted")
    }

    private var isUnderFirstKey: Bool { hostKey == job.hostKey }

    private mutating func unreachable(_ reason: String, _ now: Duration) -> Action {
        guard mayHaveStarted else { return finish(.failed(.unreachable(reason))) }
        let since = lostSince ?? now
        lostSince = since
        guard now - since <= settings.reconnectFor + job.work.timeout else {
            return finish(.inDoubt(Doubt(.unanswered, "the host could not be asked again: \(reason)")))
        }
        return go(.pausing, .wait(settings.pause))
    }

    private mutating func unusable(_ reason: String) -> Action {
        mayHaveStarted ? finish(.inDoubt(Doubt(.unanswered, reason))) : finish(.failed(.refusedByHost(reason)))
    }

    private mutating func lost(_ now: Duration) -> Action {
        if lostSince == nil { lostSince = now }
        return go(.pausing, .wait(settings.pause))
    }

    private mutating func waited() -> Action {
        switch stage {
        case .checking, .awaitingReturn: .lookAtHealth
        // Busy, or late: the same start again.
        case .starting: isCancelled ? begin() : start()
        case .connecting, .guarding, .attaching, .ending, .closing, .weighing, .pausing, .done: go(.connecting, .connect)
        }
    }

    // MARK: Starting

    private mutating func guardOrStart(closes: Bool) -> Action {
        job.work.guardCheck == nil ? start() : go(.guarding(closes: closes), .lookAtGuard)
    }

    private mutating func start() -> Action {
        let before: Bool = if case .starting(let before) = stage { before } else { mayHaveStarted }
        mayHaveStarted = true
        return go(.starting(before: before), .start)
    }

    private mutating func refused(_ refusal: Refusal, _ now: Duration) -> Action {
        // Not a start: to be asked about an attempt, a host has no reason to refuse.
        guard case .starting(let before) = stage else { return unusable("\(job.host): the host does not answer what it is asked about the job (\(refusal))") }
        // Not one byte ran of what was just refused.
        mayHaveStarted = before
        switch refusal {
        case .busy(let run, let coordinator):
            return again(within: settings.busyFor, now, orElse: "\(job.host): busy: run \(run) of coordinator \(coordinator) is changing this host — try again when it is done")
        case .previous(let state):
            return again(within: settings.busyFor, now, orElse: "\(job.host): the attempt before this one is still \(state)")
        case .late:
            lateStarts += 1
            guard lateStarts < 3 else { return giveUp("\(job.host): starts came too late to be safe — is the host overloaded? run again") }
            return go(stage, .wait(settings.pause))
        case .otherKey(let reason):
            // The record of what an earlier hand-out started would be in the ledger that is gone.
            return before ? weigh(isLedgerLost: true) : giveUp(reason)
        case .other(let reason): return giveUp(reason)
        }
    }

    private mutating func again(within limit: Duration, _ now: Duration, orElse reason: String) -> Action {
        let since = busySince ?? now
        busySince = since
        guard now - since < limit else { return giveUp(reason) }
        return go(stage, .wait(settings.pause))
    }

    /// An earlier hand-out's start may still be on its way, so the record is closed.
    private mutating func giveUp(_ reason: String) -> Action { close(.failed(.refusedByHost(reason)), "refused") }

    private mutating func close(_ outcome: JobOutcome, _ why: String) -> Action { go(.closing(outcome), .revoke(reason: why)) }

    // MARK: What the ledger says

    private mutating func absent() -> Action {
        // Absence means "not started" only under the key of the first hand-out.
        guard isUnderFirstKey else { return weigh(isLedgerLost: false) }
        // It was there and is gone.
        if case .starting = stage { return weigh(isLedgerLost: true) }
        if isRecorded { return weigh(isLedgerLost: true) }
        if purpose == .run, !isCancelled { return guardOrStart(closes: true) }
        return close(.notStarted(reason: "it had not started when it was asked about"), "settled")
    }

    private mutating func neverStarted() -> Action {
        if case .closing(let outcome) = stage { return finish(outcome) }
        // Closed by whom? The record of a command that ran may have been lost with the power, and closed after that.
        guard isUnderFirstKey else { return weigh(isLedgerLost: false) }
        return finish(.notStarted(reason: isCancelled ? "it was cancelled before it started" : "it was revoked, or died before its command"))
    }

    private mutating func interrupted(_ now: Duration) -> Action {
        guard job.work.endsConnection != nil, let check = job.work.healthCheck else { return weigh(isLedgerLost: false) }
        return go(.awaitingReturn(until: now + check.within), .lookAtHealth)
    }

    private mutating func ended(_ exitCode: Int, _ now: Duration) -> Action {
        guard let check = job.work.healthCheck else {
            return finish(exitCode == 0 ? .changed : .failed(.command(exitCode: exitCode)))
        }
        return go(.checking(exitCode: exitCode, until: now + check.within), .lookAtHealth)
    }

    // MARK: Looking

    private mutating func weigh(isLedgerLost: Bool) -> Action {
        let evidence = Doubt.Evidence(guardSatisfied: nil, healthPassed: nil)
        if job.work.guardCheck != nil { return go(.weighing(evidence, guardSeen: false, isLedgerLost: isLedgerLost), .lookAtGuard) }
        return weighHealth(evidence, isLedgerLost)
    }

    private mutating func weighHealth(_ evidence: Doubt.Evidence, _ isLedgerLost: Bool) -> Action {
        if job.work.healthCheck != nil { return go(.weighing(evidence, guardSeen: true, isLedgerLost: isLedgerLost), .lookAtHealth) }
        return conclude(evidence, isLedgerLost)
    }

    private mutating func conclude(_ evidence: Doubt.Evidence, _ isLedgerLost: Bool) -> Action {
        isLedgerLost
            ? finish(.inDoubt(Doubt(.ledgerLost(evidence), "the host's ledger has lost its record of the command")))
            : finish(.inDoubt(Doubt(.interrupted(evidence), "the command was started and vanished; what it did is not known")))
    }

    private mutating func looked(_ exitCode: Int, _ now: Duration) -> Action {
        switch stage {
        case .guarding(let closes):
            guard exitCode == 0 else { return isCancelled ? begin() : start() }
            return closes ? close(.skipped, "skipped") : finish(.skipped)
        case .checking(let commandExit, let until): return checked(exitCode, commandExit, until, now)
        case .weighing(var evidence, let guardSeen, let isLedgerLost):
            if guardSeen {
                evidence.healthPassed = exitCode == 0
                return conclude(evidence, isLedgerLost)
            }
            evidence.guardSatisfied = exitCode == 0
            return weighHealth(evidence, isLedgerLost)
        case .awaitingReturn(let until):
            if exitCode == 0 { return finish(.changed) }
            guard now < until else { return weigh(isLedgerLost: false) }
            return go(stage, .wait(.seconds(1)))
        case .connecting, .starting, .attaching, .ending, .closing, .pausing, .done: return go(.connecting, .connect)
        }
    }

    /// Success is what the health check says; without one, the exit code.
    private mutating func checked(_ exitCode: Int, _ commandExit: Int, _ until: Duration, _ now: Duration) -> Action {
        if exitCode == 0 { return finish(.changed) }
        // A command that failed itself is not waited for.
        guard commandExit == 0 else { return finish(.failed(.command(exitCode: commandExit))) }
        guard now + checkPause < until else { return finish(.failed(.healthCheck(exitCode: exitCode, commandExitCode: commandExit))) }
        defer { checkPause = min(checkPause * 2, .seconds(1)) }
        return .wait(checkPause)
    }

    private mutating func go(_ stage: Stage, _ action: Action) -> Action {
        self.stage = stage
        return action
    }

    private mutating func finish(_ outcome: JobOutcome) -> Action { go(.done, .finish(outcome)) }
}
