import CShims
import CZeroMQ
import Glibc
import Threads

/// Proves at start that the key check works: a stranger must be refused, a listed key must get through.
enum SelfTest {
    static let deadline: Duration = .seconds(5)

    /// - Parameter known: a pair that the handler lists as `user`.
    static func run(_ context: ZeroMQContext, known: CurveKeyPair, user: String, stranger: CurveKeyPair) throws(ZeroMQError) {
        let keys = try CurveKeyPair.generate()
        let server = try Socket(context, ZMQ_ROUTER)
        try server.apply(SocketLimits())
        try server.becomeCurveServer(keys)
        // Not inproc: it would bypass CURVE and the handler. Not TCP: it may be missing where only ipc is used.
        let endpoint = "ipc://@muster-self-test-\(UInt64.random(in: 0 ... .max))"
        try server.bind(endpoint)
        let good = try client(context, known, keys.publicKey, endpoint), bad = try client(context, stranger, keys.publicKey, endpoint)
        let end = MonotonicTime.now + deadline
        guard try outcome(bad, before: end) == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH else { throw .selfTestFailed("an unlisted key was not refused") }
        guard try outcome(good, before: end) == ZMQ_EVENT_HANDSHAKE_SUCCEEDED else { throw .selfTestFailed("a listed key was refused") }
        var message: Socket.Received?
        while message == nil {
            message = server.receive()
            if message == nil { try wait(server.descriptor, before: end) }
        }
        guard message?.userID == user else { throw .selfTestFailed("a message came without its sender's name") }
    }

    private static func client(
        _ context: ZeroMQContext, _ keys: CurveKeyPair, _ server: String, _ endpoint: String
    ) throws(ZeroMQError) -> MonitoredSocket {
        let socket = try Socket(context, ZMQ_DEALER)
        try socket.apply(.curveClient(keys, server: server), SocketLimits())
        let monitored = try MonitoredSocket.watching(socket, MonitoredSocket.connectionEvents, context)
        try monitored.socket.connect(endpoint)
        _ = monitored.socket.send([Array("hello".utf8)])
        return monitored
    }

    /// The first event, which is how the handshake ended.
    private static func outcome(_ client: borrowing MonitoredSocket, before end: Duration) throws(ZeroMQError) -> Int32 {
        while true {
            if let (event, _) = client.nextEvent() { return event }
            try wait(client.monitorDescriptor, before: end)
        }
    }

    private static func wait(_ descriptor: Int32, before end: Duration) throws(ZeroMQError) {
        let left = end - MonotonicTime.now
        guard left > .zero else { throw .selfTestFailed("no outcome within \(deadline.components.seconds) s") }
        var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        unsafe poll(&item, 1, Socket.milliseconds(left) + 1)
    }
}
