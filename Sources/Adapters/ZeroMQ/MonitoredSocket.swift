import CZeroMQ

/// A socket that tells what becomes of its connections (zmq_socket_monitor(3)).
struct MonitoredSocket: ~Copyable {
    let socket: Socket
    private let monitor: Socket

    /// What the connecting side wants to know.
    static let connectionEvents =
        ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL
        | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED
    /// What the listening side wants to know: who hangs up in the middle is no news.
    static let listenerEvents = ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL

    private init(socket: consuming Socket, monitor: consuming Socket) {
        self.socket = socket
        self.monitor = monitor
    }

    /// To be called before the socket is connected or bound: what happened earlier is not told.
    static func watching(_ socket: consuming Socket, _ wanted: Int32, _ context: ZeroMQContext) throws(ZeroMQError) -> MonitoredSocket {
        let endpoint = context.monitorEndpoint()
        let monitor = try Socket(context, ZMQ_PAIR)
        // libzmq's I/O thread waits for room before it tells of an event, and with it all sockets of the context.
        try monitor.set(ZMQ_RCVHWM, 0)
        guard unsafe zmq_socket_monitor(socket.handle, endpoint, wanted) == 0 else { throw .last(in: "zmq_socket_monitor") }
        let monitored = MonitoredSocket(socket: socket, monitor: monitor)
        try monitored.monitor.connect(endpoint)
        return monitored
    }

    deinit {
        // First of all: the I/O thread would wait for ever to tell a monitor that is gone.
        unsafe zmq_socket_monitor(socket.handle, nil, 0)
    }

    /// See `Socket.descriptor`; both want to be waited for.
    var descriptors: [Int32] { [socket.descriptor, monitor.descriptor] }
    var monitorDescriptor: Int32 { monitor.descriptor }

    /// The next event and its value, or nil. Both stand in the first frame: 16 and 32 bits in the machine's order.
    func nextEvent() -> (event: Int32, value: UInt32)? {
        guard let frame = monitor.receive()?.frames.first, frame.count >= 6 else { return nil }
        let value = (0..<4).reduce(UInt32(0)) { $0 | UInt32(frame[2 + $1]) << (8 * UInt32($1)) }
        return (Int32(frame[0]) | Int32(frame[1]) << 8, value)
    }
}
