import CShims
import CZeroMQ
import Glibc

/// One libzmq socket. Not for sharing: it lives on the thread that made it.
@safe struct Socket: ~Copyable {
    let handle: UnsafeMutableRawPointer

    init(_ context: ZeroMQContext, _ kind: Int32) throws(ZeroMQError) {
        // SAFETY: only deinit closes it.
        guard let made = unsafe zmq_socket(context.handle, kind) else { throw .last(in: "zmq_socket") }
        var linger: Int32 = 0
        // Fails for an unknown option only.
        unsafe zmq_setsockopt(made, ZMQ_LINGER, &linger, MemoryLayout<Int32>.size)
        unsafe handle = made
    }

    deinit { unsafe zmq_close(handle) }

    func set(_ option: Int32, _ value: Int32) throws(ZeroMQError) {
        var value = value
        guard unsafe zmq_setsockopt(handle, option, &value, MemoryLayout<Int32>.size) == 0 else { throw .last(in: "zmq_setsockopt") }
    }

    func setLong(_ option: Int32, _ value: Int64) throws(ZeroMQError) {
        var value = value
        guard unsafe zmq_setsockopt(handle, option, &value, MemoryLayout<Int64>.size) == 0 else { throw .last(in: "zmq_setsockopt") }
    }

    func set(_ option: Int32, _ text: String) throws(ZeroMQError) {
        guard unsafe zmq_setsockopt(handle, option, text, text.utf8.count) == 0 else { throw .last(in: "zmq_setsockopt") }
    }

    func bind(_ endpoint: String) throws(ZeroMQError) {
        guard unsafe zmq_bind(handle, endpoint) == 0 else { throw .last(in: "zmq_bind", endpoint: endpoint) }
    }

    func connect(_ endpoint: String) throws(ZeroMQError) {
        guard unsafe zmq_connect(handle, endpoint) == 0 else { throw .last(in: "zmq_connect", endpoint: endpoint) }
    }

    /// Connects anew an endpoint that libzmq has given up. What it still held for it is lost.
    func redial(_ endpoint: String) {
        unsafe zmq_disconnect(handle, endpoint)
        // The endpoint was good when it was connected first.
        unsafe zmq_connect(handle, endpoint)
    }

    /// The endpoint that a bind got, with its port.
    var lastEndpoint: String {
        var text = [CChar](repeating: 0, count: 512)
        var size = text.count
        guard unsafe zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, &text, &size) == 0 else { return "" }
        return CurveKeyPair.text(text)
    }

    /// Becomes readable when something happened, and says so only once: ask `events` until nothing is left.
    var descriptor: Int32 { number(ZMQ_FD) }

    /// ZMQ_POLLIN and ZMQ_POLLOUT, as far as they hold now.
    var events: Int32 { number(ZMQ_EVENTS) }

    private func number(_ option: Int32) -> Int32 {
        var value: Int32 = 0
        var size = MemoryLayout<Int32>.size
        // Fails for an unknown option only.
        unsafe zmq_getsockopt(handle, option, &value, &size)
        return value
    }

    enum SendOutcome { case sent, full, unroutable }

    /// Sends all frames or none. A message whose first frame is taken is taken whole (zmq_msg_send(3)).
    func send(to peer: PeerAddress? = nil, _ frames: [[UInt8]]) -> SendOutcome {
        if let peer {
            let outcome = send(peer.bytes, isLast: false)
            guard outcome == .sent else { return outcome }
        }
        for (index, frame) in frames.enumerated() {
            let outcome = send(frame, isLast: index + 1 == frames.count)
            guard outcome == .sent else { return outcome }
        }
        return .sent
    }

    private func send(_ frame: [UInt8], isLast: Bool) -> SendOutcome {
        while true {
            // SAFETY: zmq_send copies the bytes before it returns.
            let result = unsafe frame.withUnsafeBytes {
                unsafe zmq_send(handle, $0.baseAddress, $0.count, isLast ? ZMQ_DONTWAIT : ZMQ_DONTWAIT | ZMQ_SNDMORE)
            }
            if result >= 0 { return .sent }
            switch zmq_errno() {
            case EINTR: continue
            case EHOSTUNREACH: return .unroutable
            default: return .full
            }
        }
    }

    /// A message as it came: its frames and the name that the key check gave its sender.
    struct Received {
        var frames: [[UInt8]] = []
        var userID: String?
        /// Not all of the message is here: it had more frames, or larger ones, than allowed.
        var excess: DropReason?
    }

    /// The next message, or nil when there is none.
    func receive(frames limit: Int = 16, frameBytes: Int = 1 << 20) -> Received? {
        var received = Received()
        while true {
            var message = zmq_msg_t()
            unsafe zmq_msg_init(&message)
            defer { unsafe zmq_msg_close(&message) }
            while unsafe zmq_msg_recv(&message, handle, ZMQ_DONTWAIT) < 0 {
                guard zmq_errno() == EINTR else { return nil }
            }
            let size = unsafe zmq_msg_size(&message)
            if size > frameBytes {
                received.excess = .frameTooLarge(bytes: size, limit: frameBytes)
            } else if received.frames.count == limit {
                received.excess = .tooManyFrames(limit: limit)
            } else {
                // SAFETY: the data lives until zmq_msg_close and is copied here.
                unsafe received.frames.append(Array(UnsafeRawBufferPointer(start: zmq_msg_data(&message), count: size)))
            }
            if received.userID == nil, let user = unsafe zmq_msg_gets(&message, "User-Id") {
                unsafe received.userID = String(cString: user)
            }
            guard unsafe zmq_msg_more(&message) != 0 else { return received }
        }
    }
}
