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

    /// Whether libzmq made it: five bytes, the first of them 0. What a peer chose itself is no address for us.
    var isGenerated: Bool { bytes.count == 5 && bytes[0] == 0 }
}

/// One thread that owns all its sockets. Others hand messages over through a queue; handlers run on the thread and
/// must return at once. The thread runs, and keeps the reactor, until `stop`.
package final class Reactor: Sendable {
    enum Command: Sendable {
        case add(SocketID, @Sendable () throws(ZeroMQError) -> ReactorSocket, @Sendable (Result<String, ZeroMQError>) -> Void)
        case send(SocketID, PeerAddress?, [[UInt8]])
        case close(SocketID)
        case stop
    }

    package struct SocketID: Sendable, Hashable {
        let value: Int
    }

    struct State {
        var queue: [Command] = []
        var books: [SocketID: SendBook] = [:]
        var isSignalled = false
        /// `stop` was called: nothing more is taken.
        var isStopping = false
        /// The thread has ended.
        var isStopped = false
        /// Told when it has.
        var stopped: [@Sendable () -> Void] = []
        var nextID = 1
    }

    let context: ZeroMQContext
    let wake: Wakeup
    let state = Lock(State())

    package init(context: ZeroMQContext, name: String) throws(ZeroMQError) {
        self.context = context
        wake = try Wakeup()
        let reactor = self
        guard NamedThread.start(name, { reactor.run() }) else { throw .library(call: "pthread_create", reason: "no thread left") }
    }

    /// Binds a ROUTER. Returns when it is bound, with the endpoint it got.
    package func bindRouter(
        _ endpoint: String, security: SocketSecurity, limits: SocketLimits = SocketLimits(),
        onMessage: @escaping @Sendable (InboundMessage) -> Void, onEvent: @escaping @Sendable (SocketEvent) -> Void = { _ in }
    ) async throws(ZeroMQError) -> (id: SocketID, endpoint: String) {
        try await add(limits) { [context] () throws(ZeroMQError) in
            let socket = try Socket(context, ZMQ_ROUTER)
            try socket.apply(security, limits)
            // Without it messages to a peer that is gone vanish without a word.
            try socket.set(ZMQ_ROUTER_MANDATORY, 1)
            let monitored = try MonitoredSocket.watching(socket, MonitoredSocket.listenerEvents, context)
            try monitored.socket.bind(endpoint)
            return ReactorSocket(.router, monitored, endpoint: endpoint, security: security, limits: limits, onMessage: onMessage, onEvent: onEvent)
        }
    }

    /// Connects a DEALER, and connects it again whenever the link is lost or refused.
    package func connectDealer(
        _ endpoint: String, security: SocketSecurity, limits: SocketLimits = SocketLimits(),
        onMessage: @escaping @Sendable (InboundMessage) -> Void, onEvent: @escaping @Sendable (SocketEvent) -> Void = { _ in }
    ) async throws(ZeroMQError) -> SocketID {
        try await add(limits) { [context] () throws(ZeroMQError) in
            let socket = try Socket(context, ZMQ_DEALER)
            try socket.apply(security, limits)
            let monitored = try MonitoredSocket.watching(socket, MonitoredSocket.connectionEvents, context)
            try monitored.socket.connect(endpoint)
            return ReactorSocket(.dealer, monitored, endpoint: endpoint, security: security, limits: limits, onMessage: onMessage, onEvent: onEvent)
        }.id
    }

    private func add(
        _ limits: SocketLimits, _ make: @escaping @Sendable () throws(ZeroMQError) -> ReactorSocket
    ) async throws(ZeroMQError) -> (id: SocketID, endpoint: String) {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            state.books[SocketID(value: state.nextID)] = SendBook(limits: limits)
            return SocketID(value: state.nextID)
        }
        let result: Result<String, ZeroMQError> = await withCheckedContinuation { continuation in
            let isTaken = enqueue(.add(id, { () throws(ZeroMQError) in try make() }, { continuation.resume(returning: $0) }))
            if !isTaken { continuation.resume(returning: .failure(.closed)) }
        }
        if case .failure = result { state.withLock { $0.books[id] = nil } }
        return (id, try result.get())
    }

    /// Hands a message over. That says nothing about its delivery: acknowledgements decide.
    ///
    /// Throws `queueFull` when too much waits for this very peer; others are not concerned.
    package func send(_ socket: SocketID, to peer: PeerAddress? = nil, _ frames: [[UInt8]]) throws(ZeroMQError) {
        let needsSignal = try state.withLock { state throws(ZeroMQError) in
            guard !state.isStopping, state.books[socket] != nil else { throw .closed }
            try state.books[socket]?.take(peer, frames)
            return state.push(.send(socket, peer, frames))
        }
        if needsSignal { wake.signal() }
    }

    /// Hands messages over together, in this order: one wake-up for all. Returns why some were not taken; each is judged by itself.
    package func send(_ socket: SocketID, _ messages: [(peer: PeerAddress?, frames: [[UInt8]])]) -> [ZeroMQError] {
        let (problems, needsSignal) = state.withLock { state in
            var problems: [ZeroMQError] = [], needsSignal = false
            for (peer, frames) in messages {
                do throws(ZeroMQError) {
                    guard !state.isStopping, state.books[socket] != nil else { throw .closed }
                    try state.books[socket]?.take(peer, frames)
                    if state.push(.send(socket, peer, frames)) { needsSignal = true }
                } catch { problems.append(error) }
            }
            return (problems, needsSignal)
        }
        if needsSignal { wake.signal() }
        return problems
    }

    /// Closes a socket after what was handed over before; its handlers hear no more. Messages that can't be delivered
    /// within the socket's linger are lost.
    package func close(_ socket: SocketID) {
        // From here on `send` says that it is closed.
        guard state.withLock({ $0.books.removeValue(forKey: socket) }) != nil else { return }
        enqueue(.close(socket))
    }

    /// Closes all sockets and ends the thread. Returns when that is done: soon, the sockets' linger at most.
    package func stop() async {
        await withCheckedContinuation { continuation in
            let (isTaken, needsSignal) = state.withLock { state in
                guard !state.isStopped else { return (false, false) }
                state.isStopping = true
                state.stopped.append { continuation.resume() }
                return (true, state.push(.stop))
            }
            if !isTaken { continuation.resume() }
            if needsSignal { wake.signal() }
        }
    }

    @discardableResult
    private func enqueue(_ command: Command) -> Bool {
        let (isTaken, needsSignal) = state.withLock { state in
            guard !state.isStopping else { return (false, false) }
            return (true, state.push(command))
        }
        if needsSignal { wake.signal() }
        return isTaken
    }
}

extension Reactor.State {
    /// Appends a command. Returns whether the thread must be woken.
    fileprivate mutating func push(_ command: Reactor.Command) -> Bool {
        queue.append(command)
        defer { isSignalled = true }
        return !isSignalled
    }
}
