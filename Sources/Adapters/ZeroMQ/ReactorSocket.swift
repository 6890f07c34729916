import CZeroMQ
import Threads

/// A socket of a reactor with its handlers and the messages that it could not take yet. Lives on the reactor's thread.
final class ReactorSocket {
    enum Kind { case router, dealer }

    private let kind: Kind
    private let monitored: MonitoredSocket
    private let endpoint: String
    /// Kept for what hangs on it: while a CURVE server listens, its authenticator must answer.
    private let security: SocketSecurity
    private let limits: SocketLimits
    private let onMessage: @Sendable (InboundMessage) -> Void
    private let onEvent: @Sendable (SocketEvent) -> Void

    private var outboxes: [PeerAddress?: Outbox] = [:]
    private var isConnected = false
    private var redialAt: Duration?
    private var closeBy: Duration?

    /// Descriptors that announce when a turn is due.
    let descriptors: [Int32]
    var boundEndpoint: String { monitored.socket.lastEndpoint }

    /// Messages taken or sent in one turn, per peer: others get their turn in between.
    private static let turnLength = 256
    /// After how long a message is tried again for which libzmq had no room, should the news of room have been missed.
    private static let retry: Duration = .milliseconds(20)

    init(
        _ kind: Kind, _ monitored: consuming MonitoredSocket, endpoint: String, security: SocketSecurity, limits: SocketLimits,
        onMessage: @escaping @Sendable (InboundMessage) -> Void, onEvent: @escaping @Sendable (SocketEvent) -> Void
    ) {
        self.kind = kind
        descriptors = monitored.descriptors
        self.monitored = monitored
        self.endpoint = endpoint
        self.security = security
        self.limits = limits
        self.onMessage = onMessage
        self.onEvent = onEvent
    }

    /// When a turn is due though no descriptor tells of anything.
    var deadline: Duration? {
        let retryAt = outboxes.isEmpty ? nil : MonotonicTime.now + Self.retry
        return [redialAt, retryAt, closeBy].compactMap { $0 }.min()
    }

    func append(_ frames: [[UInt8]], for peer: PeerAddress?) { outboxes[peer, default: Outbox()].append(frames) }

    /// Receives, sends and looks after the connection, as far as it goes without waiting.
    ///
    /// Returns what waits no longer, and whether another turn is due at once.
    func turn() -> (released: [PeerAddress?: SendBook.Load], isBusy: Bool) {
        // Makes libzmq take notice of what its I/O thread has told it.
        _ = monitored.socket.events
        receive()
        let (released, hasMoreToSend) = flush()
        watch()
        redialIfDue()
        let events = monitored.socket.events
        let hasRoom = kind == .dealer && !outboxes.isEmpty && events & ZMQ_POLLOUT != 0
        return (released, events & ZMQ_POLLIN != 0 || hasMoreToSend || hasRoom)
    }

    /// Sends only, from now on: what waits goes out before the socket does, if its peers take it in time.
    func close() {
        guard closeBy == nil else { return }
        closeBy = MonotonicTime.now + limits.linger
        // After that it is libzmq that goes on sending. Fails for an unknown option only.
        try? monitored.socket.set(ZMQ_LINGER, Socket.milliseconds(limits.linger))
    }

    /// Whether nothing keeps the socket any longer.
    var isFinished: Bool {
        guard let closeBy else { return false }
        return outboxes.isEmpty || closeBy <= MonotonicTime.now
    }

    // MARK: Receiving

    private func receive() {
        for _ in 0..<Self.turnLength {
            // One frame more than allowed at a router: its peer's address.
            guard var received = monitored.socket.receive(frames: kind == .router ? limits.frames + 1 : limits.frames, frameBytes: limits.messageBytes) else { return }
            var peer: PeerAddress?
            if kind == .router {
                guard !received.frames.isEmpty else { continue }
                peer = PeerAddress(bytes: received.frames.removeFirst())
            }
            // Received all the same: who does not receive does not get to send either.
            if closeBy != nil { continue }
            if let reason = objection(received, peer) {
                onEvent(.dropped(peer, reason))
            } else {
                onMessage(InboundMessage(frames: received.frames, peer: peer, user: received.userID))
            }
        }
    }

    private func objection(_ received: Socket.Received, _ peer: PeerAddress?) -> DropReason? {
        if case .tooManyFrames = received.excess { return .tooManyFrames(limit: limits.frames) }
        if let excess = received.excess { return excess }
        if let peer, !peer.isGenerated { return .chosenAddress }
        if case .curveServer = security, received.userID?.isEmpty ?? true { return .unknownSender }
        return nil
    }

    // MARK: Sending

    /// Gives each peer what it takes: one that takes nothing stops nobody else.
    private func flush() -> (released: [PeerAddress?: SendBook.Load], hasMore: Bool) {
        var released: [PeerAddress?: SendBook.Load] = [:], hasMore = false
        for peer in Array(outboxes.keys) {
            let (load, isCutShort) = flush(peer)
            if load.messages > 0 { released[peer] = load }
            if isCutShort { hasMore = true }
        }
        return (released, hasMore)
    }

    private func flush(_ peer: PeerAddress?) -> (SendBook.Load, isCutShort: Bool) {
        var load = SendBook.Load()
        // Taken out, so that it is changed in place.
        guard var outbox = outboxes.removeValue(forKey: peer) else { return (load, false) }
        for _ in 0..<Self.turnLength {
            guard let frames = outbox.first else { return (load, false) }
            switch monitored.socket.send(to: peer, frames) {
            case .sent:
                load.add(frames)
                outbox.removeFirst()
            case .full:
                outboxes[peer] = outbox
                return (load, false)
            case .unroutable:
                load.messages += outbox.load.messages
                load.bytes += outbox.load.bytes
                if let peer, closeBy == nil { onEvent(.undeliverable(peer)) }
                return (load, false)
            }
        }
        guard !outbox.isEmpty else { return (load, false) }
        outboxes[peer] = outbox
        return (load, true)
    }

    // MARK: The connection

    private func watch() {
        while let (event, value) = monitored.nextEvent() {
            if closeBy != nil { continue }
            switch event {
            case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
                isConnected = true
                redialAt = nil
                onEvent(.connected)
            // libzmq tries again by itself, as it does when nobody listens or the link breaks.
            case ZMQ_EVENT_CONNECT_RETRIED: redialAt = nil
            case ZMQ_EVENT_DISCONNECTED:
                // After a refusal and after a frame that breaks the rules it gives the endpoint up, without a word.
                redialAt = MonotonicTime.now + limits.redial
                if isConnected { onEvent(.disconnected) }
                isConnected = false
            default:
                if let refusal = HandshakeRefusal(event: event, value: value) { onEvent(.handshakeRefused(refusal)) }
            }
        }
    }

    private func redialIfDue() {
        guard let due = redialAt, due <= MonotonicTime.now else { return }
        redialAt = nil
        monitored.socket.redial(endpoint)
    }
}
