import CZeroMQ

/// Tells what becomes of a socket's connections (zmq_socket_monitor(3)). Lives on the socket's thread.
struct Monitor: ~Copyable {
    private let events: Socket

    /// To be called before the socket is connected: what happened earlier is not told.
    init(_ socket: borrowing Socket, _ context: ZeroMQContext) throws(ZeroMQError) {
        let endpoint = context.monitorEndpoint()
        let wanted =
            ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
            | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED
        guard unsafe zmq_socket_monitor(socket.handle, endpoint, wanted) == 0 else { throw .last(in: "zmq_socket_monitor") }
        let events = try Socket(context, ZMQ_PAIR)
        try events.connect(endpoint)
        self.events = events
    }

    /// See `Socket.descriptor`.
    var descriptor: Int32 { events.descriptor }

    /// The next event and its value, or nil. Both stand in the first frame: 16 and 32 bits in the machine's order.
    func next() -> (event: Int32, value: UInt32)? {
        guard let frame = events.receive()?.frames.first, frame.count >= 6 else { return nil }
        let value = (0..<4).reduce(UInt32(0)) { $0 | UInt32(frame[2 + $1]) << (8 * UInt32($1)) }
        return (Int32(frame[0]) | Int32(frame[1]) << 8, value)
    }
}
