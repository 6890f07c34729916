import CShims
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

/// Answers libzmq's question whether a key may come in (RFC 27/ZAP).
///
/// Without a running handler libzmq accepts *any* key. So a CURVE server socket can't be made without an authenticator,
/// and an authenticator can't be had before its self-test has passed.
package final class Authenticator: Sendable {
    static let domain = "muster"
    private static let endpoint = "inproc://zeromq.zap.01"

    let context: ZeroMQContext
    private let table: Lock<[String: PeerIdentity]>
    private let refused = Lock(0)
    private let onRefusal: @Sendable (String) -> Void
    private let stopSignal: Int32

    /// Starts the handler, then proves that a stranger is refused and a listed key is not.
    ///
    /// - Parameter onRefusal: told the public key of each peer that was refused.
    package init(context: ZeroMQContext, peers: [String: PeerIdentity], onRefusal: @escaping @Sendable (String) -> Void) throws(ZeroMQError) {
        self.context = context
        table = Lock(peers)
        self.onRefusal = onRefusal
        stopSignal = muster_eventfd()
        try start()
        try SelfTest.run(self)
    }

    deinit {
        muster_eventfd_signal(stopSignal)
    }

    /// Number of peers refused so far.
    package var refusals: Int { refused.withLock { $0 } }

    /// Replaces the list. Connections that are up stay up.
    package func update(_ peers: [String: PeerIdentity]) { table.withLock { $0 = peers } }

    func add(_ key: String, _ peer: PeerIdentity) { table.withLock { $0[key] = peer } }
    func remove(_ key: String) { table.withLock { _ = $0.removeValue(forKey: key) } }
    func forgetRefusals() { refused.withLock { $0 = 0 } }

    private func start() throws(ZeroMQError) {
        let outcome = Lock<(done: Bool, error: ZeroMQError?)>((false, nil))
        let ready = muster_eventfd()
        defer { close(ready) }
        let context = context, stopSignal = stopSignal
        // The thread must not keep the authenticator alive: deinit is what ends the thread.
        let isStarted = NamedThread.start("muster-zap") { [weak self] in
            Self.serve(context, stopSignal, outcome, ready) { self?.judge($0) }
            close(stopSignal)
        }
        guard isStarted else { throw .selfTestFailed("no thread left") }
        var poller = pollfd(fd: ready, events: Int16(POLLIN), revents: 0)
        unsafe poll(&poller, 1, 5000)
        let (done, error) = outcome.withLock { $0 }
        if let error { throw error }
        guard done else { throw .selfTestFailed("the handler did not start") }
    }

    private static func serve(
        _ context: ZeroMQContext, _ stop: Int32, _ outcome: Lock<(done: Bool, error: ZeroMQError?)>, _ ready: Int32,
        _ judge: (Socket.Received) -> [[UInt8]]?
    ) {
        do {
            let socket = try Socket(context, ZMQ_REP)
            try socket.bind(endpoint)
            outcome.withLock { $0.done = true }
            muster_eventfd_signal(ready)
            var items = unsafe [
                zmq_pollitem_t(socket: socket.handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0),
                zmq_pollitem_t(socket: nil, fd: stop, events: Int16(ZMQ_POLLIN), revents: 0),
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
        } catch {
            outcome.withLock { $0.error = error }
            muster_eventfd_signal(ready)
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
        guard frames.count == 7, frames[0] == Array("1.0".utf8), frames[5] == Array("CURVE".utf8), frames[6].count == 32 else {
            return reply("400", "only CURVE is accepted", "")
        }
        var text = [CChar](repeating: 0, count: 41)
        // SAFETY: 32 bytes encode to 40 characters and a NUL (RFC 32/Z85).
        unsafe zmq_z85_encode(&text, frames[6], 32)
        let key = CurveKeyPair.text(text)
        guard let peer = table.withLock({ $0[key] }) else {
            refused.withLock { $0 += 1 }
            if !SelfTest.owns(key) { onRefusal(key) }
            return reply("400", "unknown key", "")
        }
        return reply("200", "OK", "\(peer.role):\(peer.name)")
    }
}
