import CSSH2
import CShims
import Glibc
package import KnownHosts
import Threads

/// One SSH connection. All its calls into libssh2 happen on the loop's thread, one at a time.
///
/// libssh2's rules, each met by experiment: a call that returned EAGAIN while a packet was half sent must be repeated
/// before any other call may send (`sender`); one channel at a time may be in its opening phase (`openingTurn`); one
/// read may buffer packets of every channel, so all are asked after every event (`pump`).
@safe package actor SSHConnection {
    let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    package nonisolated let target: SSHTarget
    /// The key that the server presented and that was accepted.
    package private(set) var hostKey = HostPublicKey(blob: [])

    /// At most this many channels at once: sshd allows ten (MaxSessions).
    package static let channelLimit = 8

    var socket: Int32 = -1
    var session: OpaquePointer?
    var channels: [UInt64: SSHChannel.State] = [:]
    var nextChannel: UInt64 = 1
    /// Why the connection can't be used any more.
    var failure: SSHError?
    private var parked: [CheckedContinuation<Void, Never>] = []
    /// The operation that has a packet half sent.
    private var sender: UInt64?
    private var nextOperation: UInt64 = 1
    private var isOpening = false
    private var openingLine: [CheckedContinuation<Void, Never>] = []
    private var lastHeard: Duration = .zero
    private var keepAliveTimer: UInt64?
    private var unanswered = 0
    /// Answers of keyboard-interactive; libssh2's callback finds it through the session.
    var password: SSHSecret?
    private var lostHandlers: [@Sendable (SSHError) -> Void] = []

    init(target: SSHTarget, loop: EventLoop) {
        self.target = target
        self.loop = loop
    }

    isolated deinit { release() }

    func accept(hostKey: HostPublicKey) { self.hostKey = hostKey }

    // MARK: Driving libssh2

    /// Repeats a non-blocking call until it no longer says EAGAIN.
    ///
    /// - Parameter deadline: a moment of `MonotonicTime`; nil waits as long as the connection lives.
    func drive(_ phase: SSHError.Phase, deadline: Duration?, _ call: (OpaquePointer) -> Int) async throws(SSHError) -> Int {
        let operation = nextOperation
        nextOperation += 1
        while true {
            if let failure { throw failure }
            guard let session = unsafe session else { throw .closed(host: target.name) }
            if sender == nil || sender == operation {
                let result = unsafe call(session)
                let mustSend = unsafe libssh2_session_block_directions(session) & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0
                if result != Int(LIBSSH2_ERROR_EAGAIN) {
                    if sender == operation {
                        sender = nil
                        resumeParked()
                    }
                    updateInterest(mustSend: false)
                    pump()
                    return result
                }
                sender = mustSend ? operation : sender == operation ? nil : sender
                updateInterest(mustSend: mustSend)
                if sender == nil { pump() }
            }
            if let deadline, MonotonicTime.now >= deadline {
                // A packet half sent can't be taken back: nothing else may be sent on this connection.
                if sender == operation { fail(.connectionLost(host: target.name, reason: "the link takes no more data")) }
                throw .timedOut(host: target.name, endpoint: target.endpoint, phase: phase, after: target.timeout)
            }
            await park(until: deadline)
        }
    }

    func waitForEvent(until deadline: Duration) async { await park(until: deadline) }

    private func park(until deadline: Duration?) async {
        var timer: UInt64?
        if let deadline {
            timer = loop.schedule(at: deadline) { [weak self] in
                guard let self else { return }
                self.assumeIsolated { $0.resumeParked() }
            }
        }
        await withCheckedContinuation { parked.append($0) }
        if let timer { loop.cancelTimer(timer) }
    }

    func resumeParked() {
        let waiting = parked
        parked = []
        for continuation in waiting { continuation.resume() }
    }

    private func updateInterest(mustSend: Bool) {
        guard socket >= 0 else { return }
        loop.change(socket, mustSend ? [.readable, .writable] : .readable)
    }

    // MARK: Events

    func watchSocket() -> Bool {
        lastHeard = MonotonicTime.now
        return loop.watch(socket, .readable) { [weak self] events in
            guard let self else { return }
            self.assumeIsolated { $0.socketEvent(events) }
        }
    }

    private func socketEvent(_ events: EventLoop.Events) {
        if events.contains(.readable) {
            lastHeard = MonotonicTime.now
            unanswered = 0
        }
        if sender == nil { pump() }
        resumeParked()
    }

    /// Reads what has come for every channel, until nothing is left: epoll does not fire again for what libssh2 has
    /// taken from the socket already.
    func pump() {
        guard failure == nil, !channels.isEmpty, sender == nil else { return }
        var hasMore = true
        while hasMore, failure == nil {
            hasMore = false
            for channel in channels.values { hasMore = channel.fill(self) || hasMore }
            if !hasMore { hasMore = channels.values.contains { $0.hasQueuedData } }
        }
        for channel in channels.values { channel.wake() }
    }

    /// A call failed in a way that ends the connection.
    func fail(_ error: SSHError) {
        guard failure == nil else { return }
        failure = error
        release()
        for channel in channels.values { channel.end(error) }
        channels = [:]
        resumeParked()
        let handlers = lostHandlers
        lostHandlers = []
        for handler in handlers { handler(error) }
    }

    /// What libssh2 says of its last error.
    func lastMessage() -> String {
        guard let session = unsafe session else { return "closed" }
        var text: UnsafeMutablePointer<CChar>?
        var length: Int32 = 0
        unsafe libssh2_session_last_error(session, &text, &length, 0)
        // SAFETY: the text belongs to libssh2 and is copied here.
        return unsafe text.map { unsafe String(cString: $0) } ?? "unknown error"
    }

    // MARK: One channel opens at a time

    func takeOpeningTurn() async {
        if !isOpening {
            isOpening = true
            return
        }
        await withCheckedContinuation { openingLine.append($0) }
    }

    func giveOpeningTurn() {
        if openingLine.isEmpty { isOpening = false } else { openingLine.removeFirst().resume() }
    }

    // MARK: Keep-alive

    func startKeepAlive() {
        guard let session = unsafe session else { return }
        let (seconds, _) = target.keepAlive.interval.components
        unsafe libssh2_keepalive_config(session, 1, UInt32(clamping: max(1, seconds)))
        scheduleKeepAlive()
    }

    private func scheduleKeepAlive() {
        keepAliveTimer = loop.schedule(at: MonotonicTime.now + target.keepAlive.interval) { [weak self] in
            guard let self else { return }
            self.assumeIsolated { $0.keepAlive() }
        }
    }

    private func keepAlive() {
        guard failure == nil, let session = unsafe session else { return }
        let silence = MonotonicTime.now - lastHeard
        if unanswered >= target.keepAlive.maximumUnanswered {
            let (seconds, _) = silence.components
            fail(.connectionLost(host: target.name, reason: "nothing heard for \(seconds) s"))
            return
        }
        if sender == nil {
            unanswered += 1
            var next: Int32 = 0
            let result = unsafe libssh2_keepalive_send(session, &next)
            if result != 0, result != LIBSSH2_ERROR_EAGAIN {
                fail(.connectionLost(host: target.name, reason: lastMessage()))
                return
            }
        } else {
            unanswered += 1
        }
        scheduleKeepAlive()
    }

    // MARK: End

    /// Calls `handler` once when the connection is lost or closed; at once if that has happened.
    package func whenLost(_ handler: @escaping @Sendable (SSHError) -> Void) {
        if let failure { handler(failure) } else { lostHandlers.append(handler) }
    }

    package var isOpen: Bool { failure == nil && socket >= 0 }

    /// Ends the connection and everything on it. Commands that run on the host are not ended by this.
    package func close() { fail(.closed(host: target.name)) }

    private func release() {
        if let keepAliveTimer { loop.cancelTimer(keepAliveTimer) }
        keepAliveTimer = nil
        if let session = unsafe session {
            // One try: the other side may be gone, and nothing here may block.
            unsafe libssh2_session_disconnect_ex(session, SSH_DISCONNECT_BY_APPLICATION, "done", "")
            // Freeing closes channels politely and would say EAGAIN for ever on a link that still looks alive.
            shutdown(socket, Int32(SHUT_RDWR))
            for _ in 0..<4 where unsafe libssh2_session_free(session) != LIBSSH2_ERROR_EAGAIN { break }
            unsafe self.session = nil
        }
        if socket >= 0 {
            loop.forget(socket)
            Glibc.close(socket)
            socket = -1
        }
    }
}
