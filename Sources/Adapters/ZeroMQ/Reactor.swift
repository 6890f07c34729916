import CShims
import CZeroMQ
import Glibc
import Threads

/// A message from a peer.
package struct InboundMessage: Sendable {
    package var frames: [[UInt8]]
    /// At a router: where an answer goes.
    package var peer: PeerAddress?
    /// At a router with CURVE: who the key belongs to, as `role:name`.
    package var user: String?
}

/// Where a router's answer goes. libzmq makes it up anew for each connection.
package struct PeerAddress: Sendable, Hashable {
    let bytes: [UInt8]
}

/// What is told about a socket beside its messages.
package enum SocketEvent: Sendable, Equatable {
    case connected
    case disconnected
    /// The other side does not accept our key, or is not who we expect.
    case handshakeRefused
    /// A message could not be delivered: its peer is gone.
    case undeliverable(PeerAddress)
}

/// One thread that owns all its sockets. Others hand messages over through a queue; handlers run on the thread and
/// must return at once.
package final class Reactor: Sendable {
    enum Command: Sendable {
        case add(SocketID, @Sendable () throws(ZeroMQError) -> Entry, @Sendable (Result<String, ZeroMQError>) -> Void)
        case send(SocketID, PeerAddress?, [[UInt8]])
        case close(SocketID)
        case stop(@Sendable () -> Void)
    }

    /// A socket with its handlers and the messages that it could not take yet. Lives on the thread.
    final class Entry {
        let socket: Socket
        let isRouter: Bool
        let monitor: Socket?
        let limits: SocketLimits
        let onMessage: @Sendable (InboundMessage) -> Void
        let onEvent: @Sendable (SocketEvent) -> Void
        var outbox: [[[UInt8]]] = []
        var outboxHead = 0

        init(
            socket: consuming Socket, isRouter: Bool, monitor: consuming Socket?, limits: SocketLimits,
            onMessage: @escaping @Sendable (InboundMessage) -> Void, onEvent: @escaping @Sendable (SocketEvent) -> Void
        ) {
            self.socket = socket
            self.isRouter = isRouter
            self.monitor = monitor
            self.limits = limits
            self.onMessage = onMessage
            self.onEvent = onEvent
        }
    }

    package struct SocketID: Sendable, Hashable {
        let value: Int
    }

    /// Commands that may wait for the thread; more is `queueFull`.
    private static let queueLimit = 100_000

    let context: ZeroMQContext
    private let commands = Lock<(queue: [Command], isSignalled: Bool, isStopped: Bool)>(([], false, false))
    private let wake: Int32
    private let nextID = Lock(1)

    package init(context: ZeroMQContext, name: String) throws(ZeroMQError) {
        self.context = context
        wake = muster_eventfd()
        guard wake >= 0 else { throw .library(call: "eventfd", reason: "no descriptor left") }
        let reactor = self
        guard NamedThread.start(name, { reactor.run() }) else { throw .library(call: "pthread_create", reason: "no thread left") }
    }

    deinit { Glibc.close(wake) }

    // MARK: From any thread

    /// Binds a ROUTER. Returns when it is bound, with the endpoint it got.
    package func bindRouter(
        _ endpoint: String, security: SocketSecurity, limits: SocketLimits = SocketLimits(),
        onMessage: @escaping @Sendable (InboundMessage) -> Void, onEvent: @escaping @Sendable (SocketEvent) -> Void = { _ in }
    ) async throws(ZeroMQError) -> (id: SocketID, endpoint: String) {
        try await add(onMessage: onMessage) { [context] id throws(ZeroMQError) in
            let socket = try Socket(context, ZMQ_ROUTER)
            try socket.apply(security, limits)
            // Without it messages to a peer that is gone vanish without a word.
            try socket.set(ZMQ_ROUTER_MANDATORY, 1)
            try socket.bind(endpoint)
            return Entry(socket: socket, isRouter: true, monitor: nil, limits: limits, onMessage: onMessage, onEvent: onEvent)
        }
    }

    /// Connects a DEALER; libzmq connects again by itself when the link is lost.
    package func connectDealer(
        _ endpoint: String, security: SocketSecurity, limits: SocketLimits = SocketLimits(),
        onMessage: @escaping @Sendable (InboundMessage) -> Void, onEvent: @escaping @Sendable (SocketEvent) -> Void = { _ in }
    ) async throws(ZeroMQError) -> SocketID {
        try await add(onMessage: onMessage) { [context] id throws(ZeroMQError) in
            let socket = try Socket(context, ZMQ_DEALER)
            try socket.apply(security, limits)
            let monitorEndpoint = "inproc://monitor-\(id.value)"
            let events =
                ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
                | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_DISCONNECTED
            guard unsafe zmq_socket_monitor(socket.handle, monitorEndpoint, events) == 0 else { throw .last(in: "zmq_socket_monitor") }
            let monitor = try Socket(context, ZMQ_PAIR)
            try monitor.connect(monitorEndpoint)
            try socket.connect(endpoint)
            return Entry(socket: socket, isRouter: false, monitor: monitor, limits: limits, onMessage: onMessage, onEvent: onEvent)
        }.id
    }

    private func add(
        onMessage: @escaping @Sendable (InboundMessage) -> Void, _ make: @escaping @Sendable (SocketID) throws(ZeroMQError) -> Entry
    ) async throws(ZeroMQError) -> (id: SocketID, endpoint: String) {
        let id = nextID.withLock { next in
            defer { next += 1 }
            return SocketID(value: next)
        }
        let result: Result<String, ZeroMQError> = await withCheckedContinuation { continuation in
            let isTaken = enqueue(.add(id, { () throws(ZeroMQError) in try make(id) }, { continuation.resume(returning: $0) }))
            if !isTaken { continuation.resume(returning: .failure(.closed)) }
        }
        return (id, try result.get())
    }

    /// Hands a message over. That says nothing about its delivery: acknowledgements decide.
    package func send(_ socket: SocketID, to peer: PeerAddress? = nil, _ frames: [[UInt8]]) throws(ZeroMQError) {
        guard enqueue(.send(socket, peer, frames)) else { throw .queueFull }
    }

    package func close(_ socket: SocketID) { enqueue(.close(socket)) }

    /// Closes all sockets and ends the thread. Messages that wait are lost.
    package func stop() async {
        await withCheckedContinuation { continuation in
            if !enqueue(.stop({ continuation.resume() })) { continuation.resume() }
        }
    }

    @discardableResult
    private func enqueue(_ command: Command) -> Bool {
        let (isTaken, needsSignal) = commands.withLock { state in
            guard !state.isStopped, state.queue.count < Self.queueLimit else { return (false, false) }
            state.queue.append(command)
            defer { state.isSignalled = true }
            return (true, !state.isSignalled)
        }
        if needsSignal { muster_eventfd_signal(wake) }
        return isTaken
    }

    // MARK: On the thread

    private func run() {
        var entries: [SocketID: Entry] = [:]
        var items: [zmq_pollitem_t] = unsafe []
        while true {
            unsafe items.removeAll(keepingCapacity: true)
            unsafe items.append(zmq_pollitem_t(socket: nil, fd: wake, events: Int16(ZMQ_POLLIN), revents: 0))
            let order = Array(entries.values)
            for entry in order {
                let wantsOut = entry.outboxHead < entry.outbox.count
                unsafe items.append(
                    zmq_pollitem_t(
                        socket: entry.socket.handle, fd: 0, events: Int16(wantsOut ? ZMQ_POLLIN | ZMQ_POLLOUT : ZMQ_POLLIN), revents: 0))
                if let monitor = unsafe entry.monitorHandle {
                    unsafe items.append(zmq_pollitem_t(socket: monitor, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0))
                }
            }
            if unsafe zmq_poll(&items, Int32(items.count), -1) < 0, zmq_errno() != EINTR { return }
            if unsafe items[0].revents != 0 {
                muster_eventfd_drain(wake)
                guard takeCommands(&entries) else { return }
            }
            for entry in order {
                receive(entry)
                flush(entry)
                watch(entry)
            }
        }
    }

    /// Carries out what was handed over. Returns false when the thread is to end.
    private func takeCommands(_ entries: inout [SocketID: Entry]) -> Bool {
        let queue = commands.withLock { state in
            let queue = state.queue
            state.queue = []
            state.isSignalled = false
            return queue
        }
        for command in queue {
            switch command {
            case .add(let id, let make, let done):
                do throws(ZeroMQError) {
                    let entry = try make()
                    entries[id] = entry
                    done(.success(entry.socket.lastEndpoint))
                } catch { done(.failure(error)) }
            case .send(let id, let peer, let frames):
                guard let entry = entries[id] else { continue }
                entry.outbox.append(peer.map { [$0.bytes] + frames } ?? frames)
                // A peer that takes nothing: the oldest go, they are repeated by those who need them.
                if entry.outbox.count - entry.outboxHead > entry.limits.outbox { entry.outboxHead += 1 }
                flush(entry)
            case .close(let id): entries[id] = nil
            case .stop(let done):
                entries = [:]
                let rest = commands.withLock { state in
                    state.isStopped = true
                    defer { state.queue = [] }
                    return state.queue
                }
                for case .add(_, _, let added) in rest { added(.failure(.closed)) }
                done()
                return false
            }
        }
        return true
    }

    /// Messages taken in one turn: others get their turn in between.
    private static let turn = 256

    private func receive(_ entry: Entry) {
        for _ in 0..<Self.turn {
            guard var received = entry.socket.receive() else { return }
            var peer: PeerAddress?
            if entry.isRouter {
                guard !received.frames.isEmpty else { continue }
                peer = PeerAddress(bytes: received.frames.removeFirst())
            }
            entry.onMessage(InboundMessage(frames: received.frames, peer: peer, user: received.userID))
        }
    }

    private func flush(_ entry: Entry) {
        while entry.outboxHead < entry.outbox.count {
            let frames = entry.outbox[entry.outboxHead]
            switch entry.socket.send(frames) {
            case .sent: break
            case .full: return
            case .unroutable: entry.onEvent(.undeliverable(PeerAddress(bytes: frames[0])))
            }
            entry.outboxHead += 1
        }
        entry.outbox.removeAll(keepingCapacity: true)
        entry.outboxHead = 0
    }

    private func watch(_ entry: Entry) {
        while let event = entry.nextMonitorEvent() {
            switch event {
            case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: entry.onEvent(.connected)
            case ZMQ_EVENT_DISCONNECTED: entry.onEvent(.disconnected)
            default: entry.onEvent(.handshakeRefused)
            }
        }
    }
}

extension Reactor.Entry {
    var monitorHandle: UnsafeMutableRawPointer? {
        switch monitor {
        case .some(let monitor): unsafe monitor.handle
        case .none: nil
        }
    }

    /// The next event of the socket's monitor: a 16-bit number at the start of its first frame (zmq_socket_monitor(3)).
    func nextMonitorEvent() -> Int32? {
        switch monitor {
        case .some(let monitor):
            guard let frame = monitor.receive()?.frames.first, frame.count >= 2 else { return nil }
            return Int32(frame[0]) | Int32(frame[1]) << 8
        case .none: return nil
        }
    }
}
