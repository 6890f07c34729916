import CShims
import CZeroMQ
import Glibc
import Threads

/// Proves at start that the key check works: a stranger must be refused, a listed key must get through.
enum SelfTest {
    private static let strangers = Lock<Set<String>>([])

    /// Whether a refused key is the self-test's own stranger.
    static func owns(_ key: String) -> Bool { strangers.withLock { $0.contains(key) } }

    static func run(_ authenticator: Authenticator) throws(ZeroMQError) {
        let serverKeys = try CurveKeyPair.generate(), known = try CurveKeyPair.generate(), stranger = try CurveKeyPair.generate()
        authenticator.add(known.publicKey, PeerIdentity(name: "self-test", role: "test"))
        strangers.withLock { _ = $0.insert(stranger.publicKey) }
        defer {
            authenticator.remove(known.publicKey)
            strangers.withLock { _ = $0.remove(stranger.publicKey) }
            authenticator.forgetRefusals()
        }
        let server = try Socket(authenticator.context, ZMQ_ROUTER)
        try server.apply(.curveServer(serverKeys, authenticator), SocketLimits())
        // Not inproc: it would bypass CURVE and the handler.
        try server.bind("tcp://127.0.0.1:*")
        let endpoint = server.lastEndpoint
        let bad = try client(authenticator.context, stranger, serverKeys.publicKey, endpoint)
        let good = try client(authenticator.context, known, serverKeys.publicKey, endpoint)
        guard wait(server, 5000), let message = server.receive() else {
            throw .selfTestFailed("a listed key did not get through")
        }
        guard message.userID == "test:self-test" else { throw .selfTestFailed("an unlisted key got through") }
        let before = authenticator.refusals
        let deadline = MonotonicTime.now + .seconds(5)
        // The stranger's refusal is the second half of the proof.
        while authenticator.refusals == 0, MonotonicTime.now < deadline { _ = wait(server, 5) }
        guard authenticator.refusals > 0 || before > 0 else { throw .selfTestFailed("nobody asked about an unlisted key") }
        if let second = server.receive(), second.userID != "test:self-test" { throw .selfTestFailed("an unlisted key got through") }
        _ = (bad.lastEndpoint, good.lastEndpoint)
    }

    private static func client(
        _ context: ZeroMQContext, _ keys: CurveKeyPair, _ server: String, _ endpoint: String
    ) throws(ZeroMQError) -> Socket {
        let socket = try Socket(context, ZMQ_DEALER)
        try socket.apply(.curveClient(keys, server: server), SocketLimits())
        try socket.connect(endpoint)
        _ = socket.send([Array("hello".utf8)])
        return socket
    }

    private static func wait(_ socket: borrowing Socket, _ milliseconds: Int) -> Bool {
        var item = unsafe zmq_pollitem_t(socket: socket.handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
        return unsafe zmq_poll(&item, 1, milliseconds) > 0
    }
}
