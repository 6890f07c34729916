import Threads

extension SSHLoop {
    /// Logs in within the target's time, once a slot of the server is free.
    ///
    /// A server that closes the connection before saying anything is overloaded: it is asked again, later and later, until the
    /// time is over. A credential that was refused is not tried again.
    ///
    /// - Parameters:
    ///   - gate: the server that sees the login first.
    ///   - attempt: logs in by a moment of `MonotonicTime`.
    package func logIn<Session: Sendable>(
        _ target: SSHTarget, through gate: String, by client: SSHClientKind, _ attempt: (Duration) async throws(SSHError) -> Session
    ) async throws(SSHError) -> Session {
        let allowed = target.timeout
        var used: Duration = .zero
        var pause: Duration = .milliseconds(100)
        while true {
            await limiter.acquire(gate)
            // While this one waited another with the same credential may have been refused.
            if let earlier = await limiter.earlierRefusal(target, by: client) {
                await limiter.release(gate)
                throw earlier
            }
            let start = MonotonicTime.now
            do throws(SSHError) {
                let session = try await attempt(start + allowed - used)
                await limiter.release(gate)
                return session
            } catch {
                if case .authenticationFailed = error { await limiter.remember(error, for: target, by: client) }
                await limiter.release(gate)
                used += MonotonicTime.now - start
                switch error {
                case .overloaded where used + pause < allowed:
                    // Full jitter: many hosts behind one server must not come back together.
                    let wait = pause * Double.random(in: 0.5...1.5)
                    try? await ContinuousClock().sleep(for: wait)
                    used += wait
                    pause = min(pause * 2, .seconds(4))
                default: throw error
                }
            }
        }
    }
}
