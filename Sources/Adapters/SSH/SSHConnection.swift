import CSSH2
import CShims
import Glibc
package import KnownHosts
package import Threads

/// One SSH connection. All its calls into libssh2 happen on the loop's thread, one at a time.
///
/// libssh2's rules, each met by experiment: a call that returned EAGAIN while a packet was half sent must be repeated
/// before any other call may send (`sender`); one channel at a time may be in its opening phase (`openingTurn`); one
/// read may buffer packets of every channel, so all are asked after every event (`pump`).
@safe package actor SSHConnection {
    /// The thread that it lives on.
    package nonisolated let loop: EventLoop
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
    private var isLoggedIn = false
    private var parked: [CheckedContinuation<Void, Never>] = []
    /// Who has a packet half sent: nobody else may call libssh2 until it is out.
    private enum Sender: Equatable {
        case operation(UInt64)
        /// Reading a channel widens its window, which sends.
        case reading(channel: UInt64)
    }
    private var sender: Sender?
    private var interest = EventLoop.Events.readable
    private var nextOperation: UInt64 = 1
    private var isOpening = false
    private var openingLine: [CheckedContinuation<Void, Never>] = []
    private var lastHeard: Duration = .zero
    private var keepAliveTimer: UInt64?
    private var unanswered = 0
    private var unreadAtLastKeepAlive = 0
    /// Bytes taken from the socket so far.
    var receivedBytes = 0
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
            if sender == nil || sender == .operation(operation) {
                let wasSender = sender != nil
                let result = unsafe call(session)
                let isSender = unsafe result == Int(LIBSSH2_ERROR_EAGAIN) && mustSend(session)
                sender = isSender ? .operation(operation) : nil
                if wasSender, !isSender { resumeParked() }
                pump()
                if result != Int(LIBSSH2_ERROR_EAGAIN) { return result }
            }
            if let deadline, MonotonicTime.now >= deadline {
                // A packet half sent can't be taken back: nothing else may be sent on this connection.
                if sender == .operation(operation) { fail(.connectionLost(host: target.name, reason: "the link takes no more data")) }
                throw .timedOut(host: target.name, endpoint: target.endpoint, phase: phase, after: target.timeout)
            }
            await park(until: deadline)
        }
    }

    func waitForEvent(_ events: EventLoop.Events, until deadline: Duration) async { await park(until: deadline, events) }

    private func park(until deadline: Duration?, _ events: EventLoop.Events = .readable) async {
        var timer: UInt64?
        if let deadline {
            timer = loop.schedule(at: deadline) { [weak self] in
                guard let self else { return }
                self.assumeIsolated { $0.resumeParked() }
            }
        }
        await withCheckedContinuation {
            parked.append($0)
            setInterest(sender == nil ? events : .writable)
        }
        if let timer { loop.cancelTimer(timer) }
    }

    func resumeParked() {
        let waiting = parked
        parked = []
        for continuation in waiting { continuation.resume() }
    }

    /// While a packet is half sent nothing is read, and what nobody reads must not be reported: epoll would repeat it for ever.
    func setInterest(_ events: EventLoop.Events) {
        guard socket >= 0, events != interest else { return }
        interest = events
        loop.change(socket, events)
    }

    private func mustSend(_ session: OpaquePointer) -> Bool {
        unsafe libssh2_session_block_directions(session) & LIBSSH2_SESSION_BLOCK_OUTBOUND != 0
    }

    // MARK: Events

    func watchSocket() -> Bool {
        lastHeard = MonotonicTime.now
        interest = .readable
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
        pump()
        if failure == nil, isLoggedIn, sender == nil, parked.isEmpty, !channels.values.contains(where: \.wantsData) { rest(events) }
        resumeParked()
    }

    /// Nobody reads now: the channels are full or at their end, or there is none.
    private func rest(_ events: EventLoop.Events) {
        if events.contains(.peerClosed) || !events.isDisjoint(with: .hangUp) {
            return fail(.connectionLost(host: target.name, reason: "the server closed the connection"))
        }
        unreadAtLastKeepAlive = 0
        // A full channel still holds what came before the server's end: that is noticed when it is read again.
        setInterest(channels.values.contains(where: \.isFull) ? [] : .peerClosed)
    }

    /// Reads what has come for every channel, until nothing is left: epoll does not fire again for what libssh2 has
    /// taken from the socket already.
    func pump() {
        guard failure == nil, let session = unsafe session else { return }
        if case .reading(let id)? = sender {
            _ = channels[id]?.fill(self, isFinishing: true)
            guard failure == nil, unsafe !mustSend(session) else { return }
            sender = nil
            resumeParked()
        }
        guard sender == nil, !channels.isEmpty else { return }
        var hasMore = true
        while hasMore, sender == nil {
            let before = receivedBytes
            hasMore = false
            for (id, channel) in channels {
                if channel.fill(self) { hasMore = true }
                guard failure == nil else { return }
                if unsafe mustSend(session) {
                    sender = .reading(channel: id)
                    setInterest(.writable)
                    break
                }
            }
            // Reading one channel queues what came for another that was asked before. (libssh2_poll_channel_read would
            // tell, but only reports an error once a packet of less than five bytes lies in the queue, and it stays there.)
            if receivedBytes != before { hasMore = true }
        }
        if sender == nil, channels.values.contains(where: \.wantsData) { setInterest(.readable) }
        for channel in channels.values { channel.wake() }
    }

    /// A call failed in a way that ends the connection.
    func fail(_ error: SSHError) {
        guard failure == nil else { return }
        failure = error
        release()
        // They stay listed: what they have received can still be read.
        for channel in channels.values { channel.end(error) }
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

    /// Seconds below which libssh2 sends no second one; it makes two of one. The pace is that of our own timer.
    private static let leastInterval: UInt32 = 2

    func startKeepAlive() {
        guard let session = unsafe session else { return }
        isLoggedIn = true
        unsafe libssh2_keepalive_config(session, 1, Self.leastInterval)
        // For the time when nobody reads, and answers are not seen: the kernel gives up when nothing is acknowledged.
        let (seconds, _) = (target.keepAlive.interval * (target.keepAlive.maximumUnanswered + 1)).components
        var limit = UInt32(clamping: max(1, seconds) * 1000)
        unsafe setsockopt(socket, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &limit, socklen_t(MemoryLayout<UInt32>.size))
        scheduleKeepAlive()
        if channels.isEmpty, parked.isEmpty { rest([]) }
    }

    private func scheduleKeepAlive() {
        keepAliveTimer = loop.schedule(at: MonotonicTime.now + target.keepAlive.interval) { [weak self] in
            guard let self else { return }
            self.assumeIsolated { $0.keepAlive() }
        }
    }

    private func keepAlive() {
        guard failure == nil, let session = unsafe session else { return }
        if interest == .peerClosed { lookForAnswers() }
        guard failure == nil else { return }
        let silence = MonotonicTime.now - lastHeard
        if unanswered >= target.keepAlive.maximumUnanswered {
            let (seconds, _) = silence.components
            fail(.connectionLost(host: target.name, reason: "nothing heard for \(seconds) s"))
            return
        }
        if sender != nil {
            unanswered += 1
        } else if isWritable {
            var next: Int32 = 0
            let result = unsafe libssh2_keepalive_send(session, &next)
            if result != 0, result != LIBSSH2_ERROR_EAGAIN {
                fail(.connectionLost(host: target.name, reason: lastMessage()))
                return
            }
            // libssh2 goes by the wall clock: when that jumps it sends nothing, and no answer will come.
            let isSent = next == Int32(Self.leastInterval)
            // A full channel: nobody listens for the answer.
            if isSent, !interest.isEmpty { unanswered += 1 }
        }
        scheduleKeepAlive()
    }

    /// Whether a short packet goes out in one piece: libssh2 forgets a keep-alive that it has half sent.
    private var isWritable: Bool {
        var poller = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
        return unsafe poll(&poller, 1, 0) > 0
    }

    /// Without a channel libssh2 reads nothing; answers are then seen by the growth of what waits in the socket.
    private func lookForAnswers() {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        // SAFETY: the buffer is ours and has the size told.
        let unread = unsafe recv(socket, &buffer, buffer.count, Int32(MSG_PEEK | MSG_DONTWAIT))
        if unread == 0 { return fail(.connectionLost(host: target.name, reason: "the server closed the connection")) }
        if unread > unreadAtLastKeepAlive || unread == buffer.count {
            lastHeard = MonotonicTime.now
            unanswered = 0
        }
        unreadAtLastKeepAlive = max(0, unread)
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
            // No callback may reach for a connection that is going away.
            unsafe libssh2_session_abstract(session)?.pointee = nil
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
