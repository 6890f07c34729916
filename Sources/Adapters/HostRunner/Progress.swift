import Threads

/// How far one command has been followed: what was seen of it, and what to ask next.
struct Progress {
    /// Bytes of each stream that come inside DONE.
    static let inlineLimit = 900
    /// What is fetched of each stream: so much from its beginning, and when there is more, so much of its end.
    static let headLimit = 1 << 20
    static let tailLimit = 64 << 10
    /// What is kept of each stream for the conclusion.
    static let keptLimit = 8192

    private struct Stream {
        var offset = 0
        var kept: [UInt8] = []
        /// Where the output ended when its tail was asked for: what a daemon adds later is not fetched.
        var end: Int?

        /// The offset to pull from; `-` for nothing.
        var question: String { end.map { offset >= $0 } ?? (offset >= Progress.headLimit) ? "-" : "\(offset)" }
    }

    let attempt: RunnerAttempt
    let deadline: Duration
    /// Until then a start without a record may still come true; nil if the record was seen.
    let claimUntil: Duration?
    var outcome: RunnerOutcome?
    private(set) var wasSeenRunning = false
    private var streams: [RunnerStream: Stream] = [.output: Stream(), .error: Stream()]
    private var hasNews = true
    private var pause: Duration = .milliseconds(500)
    private var cancelSent = false
    private var sizesAwaited = 0

    init(attempt: RunnerAttempt, limit: Duration, claimUntil: Duration? = nil) {
        self.attempt = attempt
        self.deadline = MonotonicTime.now + limit
        self.claimUntil = claimUntil
    }

    /// True the first time that the command is seen to have started.
    mutating func isFirstSign() -> Bool {
        defer { wasSeenRunning = true }
        return !wasSeenRunning
    }

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
        // A host that is asked for sizes gives back the middle of an output that grows without end.
        return isBeyondHead && outcome == nil ? tell() + "\n" + size() : tell()
    }

    mutating func tell() -> String {
        hasNews = false
        return "TELL \(attempt) \(streams[.output]?.question ?? "-") \(streams[.error]?.question ?? "-") 32"
    }

    /// What is still to be asked of a command that is done; nil when all is there.
    mutating func rest() -> String? {
        if hasNews { return tell() }
        return isBeyondHead ? size() : nil
    }

    private var isBeyondHead: Bool { streams.values.contains { $0.end == nil && $0.offset >= Self.headLimit } }

    private mutating func size() -> String {
        sizesAwaited += 1
        return "SIZE \(attempt)"
    }

    /// Goes on with the ends of long outputs. False for an answer from the time when the command still ran.
    mutating func skipToTail(_ output: Int, _ error: Int) -> Bool {
        sizesAwaited -= 1
        guard outcome != nil, sizesAwaited == 0 else { return false }
        for (name, size) in [(RunnerStream.output, output), (.error, error)] {
            guard var stream = streams[name], stream.offset >= Self.headLimit, stream.end == nil else { continue }
            stream.offset = max(stream.offset, size - Self.tailLimit)
            stream.end = size
            streams[name] = stream
        }
        return true
    }

    /// The part of a piece that was not seen before.
    mutating func accept(_ name: RunnerStream, _ offset: Int, _ bytes: [UInt8]) -> (offset: Int, bytes: [UInt8])? {
        guard var stream = streams[name], offset <= stream.offset, offset + bytes.count > stream.offset else { return nil }
        let known = stream.offset
        let fresh = Array(bytes.dropFirst(known - offset))
        stream.offset = offset + bytes.count
        stream.kept += fresh
        if stream.kept.count > Self.keptLimit { stream.kept.removeFirst(stream.kept.count - Self.keptLimit) }
        streams[name] = stream
        hasNews = true
        return (known, fresh)
    }

    func conclusion(_ outcome: RunnerOutcome) -> RunnerConclusion {
        .done(outcome, output: streams[.output]?.kept ?? [], error: streams[.error]?.kept ?? [])
    }
}
