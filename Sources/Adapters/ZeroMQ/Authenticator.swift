import CZeroMQ
import Glibc
import Threads

/// Who a CURVE key belongs to.
package struct PeerIdentity: Sendable, Hashable {
    package var name: String
    /// What it may do: `worker`.
    package var role: String

    package init(name: String, role: String) {
        self.name = name
        self.role = role
    }
}

/// Answers libzmq's question whether a key may come in (RFC 27/ZAP). One per context; the sockets that need it keep it
/// alive.
///
/// Without a running handler libzmq accepts *any* key. So a CURVE server socket can't be made without an authenticator,
/// an authenticator can't be had before its self-test has passed, and should it go nevertheless, nobody gets in.
package final class Authenticator: Sendable {
    static let domain = "muster"
    private static let endpoint = "inproc://zeromq.zap.01"

    private struct Table {
        var peers: [String: PeerIdentity]
        /// Keys of the self-test: one that is listed, one that is not and whose refusal is nobody's business.
        var known: String?
        var stranger: String?
        var refusals = 0
    }

    private let table: Lock<Table>
    private let onRefusal: @Sendable (String) -> Void
    private let stop: Wakeup
    private static let testUser = PeerIdentity(name: "self-test", role: "test")

    /// Starts the handler, then proves that a stranger is refused and a listed key is not.
    ///
    /// - Parameter onRefusal: told the public key of each peer that was refused.
    package init(context: ZeroMQContext, peers: [String: PeerIdentity], onRefusal: @escaping @Sendable (String) -> Void) throws(ZeroMQError) {
        stop = try Wakeup()
        table = Lock(Table(peers: peers))
        self.onRefusal = onRefusal
        try start(context)
        let known = try CurveKeyPair.generate(), stranger = try CurveKeyPair.generate()
        table.withLock { ($0.known, $0.stranger) = (known.publicKey, stranger.publicKey) }
        defer { table.withLock { ($0.known, $0.stranger) = (nil, nil) } }
        try SelfTest.run(context, known: known, user: Self.userID(Self.testUser, key: known.publicKey), stranger: stranger)
    }

    deinit { stop.signal() }

    /// Number of peers refused so far.
    package var refusals: Int { table.withLock { $0.refusals } }

    /// Replaces the list. libzmq keeps connections that are up: whoever takes their messages asks `peer(of:)`.
    package func update(_ peers: [String: PeerIdentity]) { table.withLock { $0.peers = peers } }

    /// Who a message is from; nil if its key is not listed, or not any more.
    package func peer(of user: String) -> PeerIdentity? {
        let parts = user.split(separator: " ")
        guard parts.count == 2 else { return nil }
        return table.withLock { $0.peers[String(parts[1])] }.flatMap { Self.userID($0, key: String(parts[1])) == user ? $0 : nil }
    }

    private func start(_ context: ZeroMQContext) throws(ZeroMQError) {
        let outcome = Lock<Result<Void, ZeroMQError>?>(nil)
        let ready = try Wakeup()
        let stop = stop
        // The thread must not keep the authenticator alive: deinit is what ends the thread.
        let isStarted = NamedThread.start("muster-zap") { [weak self] in
            Self.serve(
                context, stop,
                onStart: { result in
                    outcome.withLock { $0 = result }
                    ready.signal()
                },
                judge: { self?.judge($0) })
        }
        guard isStarted else { throw .selfTestFailed("no thread left") }
        let end = MonotonicTime.now + SelfTest.deadline
        while true {
            if let result = outcome.withLock({ $0 }) { return try result.get() }
            let left = end - MonotonicTime.now
            guard left > .zero else { throw .selfTestFailed("the handler did not start") }
            var item = pollfd(fd: ready.descriptor, events: Int16(POLLIN), revents: 0)
            unsafe poll(&item, 1, Socket.milliseconds(left) + 1)
        }
    }

    private static func serve(
        _ context: ZeroMQContext, _ stop: Wakeup, onStart: (Result<Void, ZeroMQError>) -> Void, judge: (Socket.Received) -> [[UInt8]]?
    ) {
        do throws(ZeroMQError) {
            let socket = try Socket(context, ZMQ_REP)
            try socket.bind(endpoint)
            onStart(.success(()))
            answer(socket, stop, judge)
        } catch {
            // A context has one such endpoint.
            let isTaken = if case .endpointInUse = error { true } else { false }
            onStart(.failure(isTaken ? .selfTestFailed("this process has another one already") : error))
        }
    }

    private static func answer(_ socket: borrowing Socket, _ stop: Wakeup, _ judge: (Socket.Received) -> [[UInt8]]?) {
        var items = unsafe [
            zmq_pollitem_t(socket: socket.handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0),
            zmq_pollitem_t(socket: nil, fd: stop.descriptor, events: Int16(ZMQ_POLLIN), revents: 0),
        ]
        while true {
            guard unsafe zmq_poll(&items, 2, -1) >= 0 else {
                if zmq_errno() == EINTR { continue }
                return
            }
            if unsafe items[1].revents != 0 { return }
            while let request = socket.receive() {
                guard let reply = judge(request) else { return }
                _ = socket.send(reply)
            }
        }
    }

    /// Request: version, request id, domain, address, routing id, mechanism, credentials. Reply: version, request id,
    /// status, text, user id, metadata.
    private func judge(_ request: Socket.Received) -> [[UInt8]] {
        let frames = request.frames
        let id = frames.count > 1 ? frames[1] : []
        func reply(_ status: String, _ text: String, _ user: String) -> [[UInt8]] {
            [Array("1.0".utf8), id, Array(status.utf8), Array(text.utf8), Array(user.utf8), []]
        }
        guard frames.count == 7, frames[0] == Array("1.0".utf8), frames[2] == Array(Self.domain.utf8), frames[5] == Array("CURVE".utf8),
            frames[6].count == 32
        else { return reply("400", "only CURVE is accepted", "") }
        var text = [CChar](repeating: 0, count: 41)
        // SAFETY: 32 bytes encode to 40 characters and a NUL (RFC 32/Z85).
        unsafe zmq_z85_encode(&text, frames[6], 32)
        let key = CurveKeyPair.text(text)
        let (peer, isStranger) = table.withLock { table in
            let peer = table.known == key ? Self.testUser : table.peers[key]
            let isStranger = table.stranger == key
            if peer == nil, !isStranger { table.refusals += 1 }
            return (peer, isStranger)
        }
        if let peer { return reply("200", "OK", Self.userID(peer, key: key)) }
        if !isStranger { onRefusal(key) }
        return reply("400", "unknown key", "")
    }

    /// With the key: a name may have two while keys are exchanged, and one of them may be revoked.
    private static func userID(_ peer: PeerIdentity, key: String) -> String { "\(peer.role):\(peer.name) \(key)" }
}
