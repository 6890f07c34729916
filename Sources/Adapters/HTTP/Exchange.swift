import Threads

/// One request and its answer, between libcurl's thread, which writes, and one reader.
final class Exchange: Sendable {
    private enum Waiting {
        case head(CheckedContinuation<Result<HTTPResponseHead, HTTPError>, Never>)
        case body(CheckedContinuation<Result<[UInt8]?, HTTPError>, Never>)
    }

    private struct State {
        var head: HTTPResponseHead?
        var chunks: [UInt8] = []
        var isPaused = false
        var outcome: Result<Void, HTTPError>?
        var waiting: Waiting?
    }

    /// How much is kept for a reader that is slow; then the server waits.
    static let bufferBytes = 256 << 10

    let id: UInt64
    private let state = Lock(State())

    init(id: UInt64) { self.id = id }

    // MARK: On libcurl's thread

    func deliver(_ head: HTTPResponseHead) {
        let waiting = state.withLock { state -> Waiting? in
            state.head = head
            guard case .head = state.waiting else { return nil }
            defer { state.waiting = nil }
            return state.waiting
        }
        if case .head(let continuation) = waiting { continuation.resume(returning: .success(head)) }
    }

    /// Takes bytes; false when there is no room, and the transfer is to pause until the reader asks for more.
    func deliver(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let (isTaken, waiting) = state.withLock { state -> (Bool, Waiting?) in
            guard state.chunks.count < Self.bufferBytes else {
                state.isPaused = true
                return (false, nil)
            }
            if case .body = state.waiting {
                defer { state.waiting = nil }
                return (true, state.waiting)
            }
            unsafe state.chunks.append(contentsOf: bytes)
            return (true, nil)
        }
        // Nothing else is kept when somebody waits.
        if case .body(let continuation) = waiting { unsafe continuation.resume(returning: .success(Array(bytes))) }
        return isTaken
    }

    /// The end; what came before may still be read after a good one.
    func finish(_ outcome: Result<Void, HTTPError>) {
        let waiting = state.withLock { state -> Waiting? in
            guard state.outcome == nil else { return nil }
            state.outcome = outcome
            defer { state.waiting = nil }
            return state.waiting
        }
        switch (waiting, outcome) {
        case (.head(let continuation), .failure(let error)): continuation.resume(returning: .failure(error))
        case (.head(let continuation), .success): continuation.resume(returning: .failure(.library(reason: "an answer without a head")))
        case (.body(let continuation), .failure(let error)): continuation.resume(returning: .failure(error))
        case (.body(let continuation), .success): continuation.resume(returning: .success(nil))
        case (nil, _): break
        }
    }

    // MARK: The reader

    /// Waits for the head. To be called once.
    func head() async -> Result<HTTPResponseHead, HTTPError> {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state -> Result<HTTPResponseHead, HTTPError>? in
                if let head = state.head { return .success(head) }
                if case .failure(let error) = state.outcome { return .failure(error) }
                state.waiting = .head(continuation)
                return nil
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }

    /// Waits for more of the body; nil at its end.
    ///
    /// - Parameter resume: called when the transfer had paused and may go on.
    func next(_ resume: () -> Void) async -> Result<[UInt8]?, HTTPError> {
        await withCheckedContinuation { continuation in
            let (ready, mayResume) = state.withLock { state -> (Result<[UInt8]?, HTTPError>?, Bool) in
                if case .failure(let error) = state.outcome { return (.failure(error), false) }
                guard state.chunks.isEmpty else {
                    defer { (state.chunks, state.isPaused) = ([], false) }
                    return (.success(state.chunks), state.isPaused)
                }
                if state.outcome != nil { return (.success(nil), false) }
                // A second reader would leave the first waiting for ever.
                guard state.waiting == nil else { return (.failure(.library(reason: "two readers of one body")), false) }
                state.waiting = .body(continuation)
                return (nil, false)
            }
            if let ready { continuation.resume(returning: ready) }
            if mayResume { resume() }
        }
    }
}
