import CZeroMQ
import Threads

/// Owns one libzmq context and terminates it exactly once. A context may be used from any thread (zmq_ctx_new(3)).
@safe package final class ZeroMQContext: @unchecked Sendable {
    /// Version of libzmq.
    package static var libraryVersion: String {
        var major: Int32 = 0, minor: Int32 = 0, patch: Int32 = 0
        unsafe zmq_version(&major, &minor, &patch)
        return "\(major).\(minor).\(patch)"
    }

    let handle: UnsafeMutableRawPointer
    private let monitors = Lock(0)

    package init() throws(ZeroMQError) {
        // SAFETY: the pointer never leaves this target, and only deinit frees it.
        guard let handle = unsafe zmq_ctx_new() else { throw .last(in: "zmq_ctx_new") }
        unsafe self.handle = handle
        unsafe zmq_ctx_set(handle, ZMQ_IPV6, 1)
    }

    deinit {
        // Returns soon: sockets are closed by their threads, which hold the context until then, with a short linger.
        unsafe zmq_ctx_term(handle)
    }

    /// An endpoint for a socket's monitor that no other monitor of this context has.
    func monitorEndpoint() -> String {
        monitors.withLock { count in
            count += 1
            return "inproc://muster-monitor-\(count)"
        }
    }
}
