import Threads

/// What came of asking a runner for an attempt: the last word on it, as far as this host knows.
package enum RunnerConclusion: Sendable, Equatable {
    case done(RunnerOutcome, output: [UInt8], error: [UInt8])
    /// Not one byte of the command ran; the reason is the runner's word (`identity …`, `late`, `busy RUN COORDINATOR`,
    /// `nospace`, …) or says why the frame can't be made.
    case refused(String)
    /// Never started, and can never start under this attempt.
    case neverStarted
    /// Started and vanished; what it did is not known.
    case interrupted
}

/// Whether a host is held for a job.
package enum HoldAnswer: Sendable, Equatable {
    /// Until its record says that it is over or, if it has none, the host's uptime is past `notAfter`.
    case held
    /// The runner's word: `identity KEY`, `late`, `busy RUN COORDINATOR`, `nospace`, `ledger` (it can't read that one).
    case refused(String)
}

extension HostRunner {
    /// Starts a command, or attaches to it if this attempt has a record already, and follows it to its end.
    ///
    /// - Parameters:
    ///   - started: called once when the command runs.
    ///   - output: called with pieces of output in order, each stream from its offset on.
    package func carryOut(
        _ start: RunnerStart, started: @Sendable () -> Void, output: @Sendable (RunnerStream, Int, [UInt8]) -> Void
    ) async throws(HostRunnerError) -> RunnerConclusion {
        let (patience, _) = start.patience.components
        let now = uptimeNow
        let notAfter = start.notAfter ?? now + Int(patience)
        let frame: [UInt8]
        do throws(HostRunnerError) { frame = try RunnerFrames.start(start, key: hello.key, notAfter: notAfter) } catch {
            return .refused("\(error)")
        }
        let box = openBox(start.attempt.description)
        defer { closeBox(box) }
        try await send(frame)
        // A runner that is busy may not have written the claim when it is first asked: "no record" is no answer yet.
        let progress = Progress(attempt: start.attempt, limit: start.limit, claimUntil: MonotonicTime.now + .seconds(max(0, notAfter - now)))
        return try await follow(progress, box, started: started, output: output)
    }

    /// Holds this runner's host for a command that another identity's runner will start there, with the same `notAfter`.
    ///
    /// Starts and holds of other runs are refused in this runner's ledger as long as the command's record, in the other ledger,
    /// says that it runs; without a record until the host's uptime is past `notAfter`.
    ///
    /// - Parameters:
    ///   - ledger: of the runner that will start it, as its `hello` tells.
    ///   - notAfter: the host's uptime in seconds, as in `RunnerStart.notAfter`.
    package func hold(
        attempt: RunnerAttempt, coordinator: String, run: String, ledger: String, notAfter: Int
    ) async throws(HostRunnerError) -> HoldAnswer {
        let frame = try RunnerFrames.hold(attempt, key: hello.key, notAfter: notAfter, coordinator: coordinator, run: run, ledger: ledger)
        let box = openBox(attempt.description)
        defer { closeBox(box) }
        try await send(frame)
        while let message = try await next(box, within: answerLimit) {
            if case .held = message { return .held }
            if case .refused(_, let reason) = message { return .refused(reason) }
        }
        throw await giveUp()
    }

    /// Asks the ledger about an attempt and, if it runs, follows it to its end. Nil if the ledger has no record.
    ///
    /// A runner that does not answer is lost: its silence says nothing about the attempt.
    package func attach(
        _ attempt: RunnerAttempt, limit: Duration, started: @Sendable () -> Void, output: @Sendable (RunnerStream, Int, [UInt8]) -> Void
    ) async throws(HostRunnerError) -> RunnerConclusion? {
        if try await ask("TELL \(attempt) 0 0 0", attempt) == .absent { return nil }
        let box = openBox(attempt.description)
        defer { closeBox(box) }
        try await send(RunnerFrames.line("TELL \(attempt) 0 0 0"))
        return try await follow(Progress(attempt: attempt, limit: limit), box, started: started, output: output)
    }

    /// Makes sure that an attempt can't start any more, and tells where it stands: the only way to learn "not started".
    package func settle(_ attempt: RunnerAttempt, reason: String) async throws(HostRunnerError) -> RunnerState {
        try await ask("REVOKE \(attempt) \(RunnerFrames.word(reason))", attempt)
    }

    /// Ends a command and all that is left of it; one that has not started is revoked.
    package func cancel(_ attempt: RunnerAttempt) async throws(HostRunnerError) {
        try await send(RunnerFrames.line("CANCEL \(attempt) cancelled"))
    }

    private func ask(_ frame: String, _ attempt: RunnerAttempt) async throws(HostRunnerError) -> RunnerState {
        let box = openBox(attempt.description)
        defer { closeBox(box) }
        try await send(RunnerFrames.line(frame))
        while let message = try await next(box, within: answerLimit) {
            if case .state(_, let state) = message { return state }
        }
        throw await giveUp()
    }

    private func follow(
        _ attempt: Progress, _ box: Mailboxes.ID, started: @Sendable () -> Void, output: @Sendable (RunnerStream, Int, [UInt8]) -> Void
    ) async throws(HostRunnerError) -> RunnerConclusion {
        var progress = attempt
        while true {
            guard let message = try await next(box, within: progress.wait()) else {
                try await send(RunnerFrames.line(progress.ask()))
                continue
            }
            switch message {
            case .started: if progress.isFirstSign() { started() }
            case .output(_, let stream, let offset, let bytes):
                if let fresh = progress.accept(stream, offset, bytes) { output(stream, fresh.offset, fresh.bytes) }
            case .done(_, let outcome, let first, let error):
                if progress.isFirstSign() { started() }
                progress.outcome = outcome
                if let fresh = progress.accept(.output, 0, first) { output(.output, fresh.offset, fresh.bytes) }
                if let fresh = progress.accept(.error, 0, error) { output(.error, fresh.offset, fresh.bytes) }
                // All of it came along; otherwise the rest is pulled until a turn brings nothing.
                if first.count < Progress.inlineLimit, error.count < Progress.inlineLimit { return progress.conclusion(outcome) }
                try await send(RunnerFrames.line(progress.tell()))
            case .size(_, let bytes, let errorBytes):
                if progress.skipToTail(bytes, errorBytes) { try await send(RunnerFrames.line(progress.tell())) }
            case .state(_, let state):
                switch state {
                case .done(let outcome):
                    progress.outcome = outcome
                    guard let question = progress.rest() else { return progress.conclusion(outcome) }
                    try await send(RunnerFrames.line(question))
                case .revoked, .never: return .neverStarted
                case .interrupted, .garbled: return .interrupted
                case .absent:
                    // It was there and is gone: what it did is not known.
                    guard let claimUntil = progress.claimUntil, !progress.wasSeenRunning else { return .interrupted }
                    // Only a revocation makes sure that it can't start any more.
                    if MonotonicTime.now >= claimUntil { try await send(RunnerFrames.line("REVOKE \(progress.attempt) unclaimed")) }
                case .running, .orphan: if progress.isFirstSign() { started() }
                }
            case .refused(_, let reason): return .refused(reason)
            case .hello, .held, .seen, .pulled, .pong, .failure: continue
            }
        }
    }
}
