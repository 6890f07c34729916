import Threads

/// What came of asking a runner for an attempt: the last word on it, as far as this host knows.
package enum RunnerConclusion: Sendable, Equatable {
    case done(RunnerOutcome, output: [UInt8], error: [UInt8])
    /// Not one byte of the command ran; the reason is the runner's word: `identity …`, `late`, `busy RUN COORDINATOR`, `nospace`, …
    case refused(String)
    /// Never started, and can never start under this attempt.
    case neverStarted
    /// Started and vanished; what it did is not known.
    case interrupted
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
        let name = start.attempt.description
        openBox(name)
        defer { closeBox(name) }
        let (patience, _) = start.patience.components
        try await send(RunnerFrames.start(start, key: hello.key, notAfter: uptimeNow + Int(patience)))
        return try await follow(start.attempt, limit: start.limit, started: started, output: output)
    }

    /// Asks the ledger about an attempt and, if it runs, follows it to its end. Nil if the ledger has no record.
    package func attach(
        _ attempt: RunnerAttempt, limit: Duration, started: @Sendable () -> Void, output: @Sendable (RunnerStream, Int, [UInt8]) -> Void
    ) async throws(HostRunnerError) -> RunnerConclusion? {
        guard let state = try await ask("TELL \(attempt) 0 0 0", attempt) else { return nil }
        if state == .absent { return nil }
        openBox(attempt.description)
        defer { closeBox(attempt.description) }
        try await send(RunnerFrames.line("TELL \(attempt) 0 0 0"))
        return try await follow(attempt, limit: limit, started: started, output: output)
    }

    /// Makes sure that an attempt can't start any more, and tells where it stands: the only way to learn "not started".
    package func settle(_ attempt: RunnerAttempt, reason: String) async throws(HostRunnerError) -> RunnerState? {
        try await ask("REVOKE \(attempt) \(RunnerFrames.word(reason))", attempt)
    }

    /// Ends a command and all that is left of it; one that has not started is revoked.
    package func cancel(_ attempt: RunnerAttempt) async throws(HostRunnerError) {
        try await send(RunnerFrames.line("CANCEL \(attempt) cancelled"))
    }

    private func ask(_ frame: String, _ attempt: RunnerAttempt) async throws(HostRunnerError) -> RunnerState? {
        let name = attempt.description
        openBox(name)
        defer { closeBox(name) }
        try await send(RunnerFrames.line(frame))
        while let message = try await next(name, within: .seconds(30)) {
            if case .state(_, let state) = message { return state }
        }
        return nil
    }

    private func follow(
        _ attempt: RunnerAttempt, limit: Duration, started: @Sendable () -> Void, output: @Sendable (RunnerStream, Int, [UInt8]) -> Void
    ) async throws(HostRunnerError) -> RunnerConclusion {
        var progress = Progress(attempt: attempt, deadline: MonotonicTime.now + limit)
        while true {
            guard let message = try await next(attempt.description, within: progress.wait()) else {
                try await send(RunnerFrames.line(progress.ask()))
                continue
            }
            switch message {
            case .started:
                progress.wasSeenRunning = true
                started()
            case .output(_, let stream, let offset, let bytes):
                if let fresh = progress.accept(stream, offset, bytes) { output(stream, fresh.offset, fresh.bytes) }
            case .done(_, let outcome, let first, let error):
                progress.outcome = outcome
                if let fresh = progress.accept(.output, 0, first) { output(.output, fresh.offset, fresh.bytes) }
                if let fresh = progress.accept(.error, 0, error) { output(.error, fresh.offset, fresh.bytes) }
                // All of it came along; otherwise the rest is pulled until a turn brings nothing.
                if first.count < Progress.inlineLimit, error.count < Progress.inlineLimit { return progress.conclusion(outcome) }
                try await send(RunnerFrames.line(progress.tell()))
            case .state(_, let state):
                switch state {
                case .done(let outcome):
                    progress.outcome = outcome
                    if progress.isDrained { return progress.conclusion(outcome) }
                    try await send(RunnerFrames.line(progress.tell()))
                case .revoked, .never: return .neverStarted
                case .interrupted, .garbled: return .interrupted
                case .absent: return .refused("the record has vanished")
                case .running, .orphan:
                    if !progress.wasSeenRunning { started() }
                    progress.wasSeenRunning = true
                }
            case .refused(_, let reason): return .refused(reason)
            case .hello, .seen, .pulled, .pong, .failure: continue
            }
        }
    }
}

/// How far one command has been followed.
private struct Progress {
    /// Bytes of each stream that come inside DONE.
    static let inlineLimit = 900
    /// What is kept of each stream for the conclusion.
    static let tailLimit = 8192

    let attempt: RunnerAttempt
    let deadline: Duration
    var outcome: RunnerOutcome?
    var wasSeenRunning = false
    private var offsets: [RunnerStream: Int] = [:]
    private var tails: [RunnerStream: [UInt8]] = [:]
    private var hasNews = true
    private var pause: Duration = .milliseconds(500)
    private var cancelSent = false

    init(attempt: RunnerAttempt, deadline: Duration) {
        self.attempt = attempt
        self.deadline = deadline
    }

    /// The last turn of pulling brought nothing more.
    var isDrained: Bool { !hasNews }

    /// How long to wait for the host to speak up before asking.
    func wait() -> Duration {
        let left = deadline - MonotonicTime.now
        return cancelSent || left <= .zero ? min(pause, .seconds(1)) : min(pause, left)
    }

    /// What to ask next: how it stands, or for its end when the time is over.
    mutating func ask() -> String {
        if MonotonicTime.now >= deadline, !cancelSent {
            cancelSent = true
            return "CANCEL \(attempt) deadline"
        }
        pause = min(pause * 2, .seconds(2))
        return tell()
    }

    mutating func tell() -> String {
        hasNews = false
        return "TELL \(attempt) \(offsets[.output] ?? 0) \(offsets[.error] ?? 0) 32"
    }

    /// The part of a piece that was not seen before.
    mutating func accept(_ stream: RunnerStream, _ offset: Int, _ bytes: [UInt8]) -> (offset: Int, bytes: [UInt8])? {
        let known = offsets[stream] ?? 0
        guard offset <= known, offset + bytes.count > known else { return nil }
        let fresh = Array(bytes.dropFirst(known - offset))
        offsets[stream] = offset + bytes.count
        hasNews = true
        var tail = tails[stream] ?? []
        tail += fresh
        if tail.count > Self.tailLimit { tail.removeFirst(tail.count - Self.tailLimit) }
        tails[stream] = tail
        return (known, fresh)
    }

    func conclusion(_ outcome: RunnerOutcome) -> RunnerConclusion {
        .done(outcome, output: tails[.output] ?? [], error: tails[.error] ?? [])
    }
}
