import CZeroMQ

/// Owns one libzmq context and terminates it exactly once. A context may be used from any thread (zmq_ctx_new(3)).
@safe package final class ZeroMQContext: @unchecked Sendable {
    let handle: UnsafeMutableRawPointer

    package init() throws(ZeroMQError) {
        // SAFETY: the pointer never leaves this target, and only deinit frees it.
        guard let handle = unsafe zmq_ctx_new() else { throw .last(in: "zmq_ctx_new") }
        unsafe self.handle = handle
        unsafe zmq_ctx_set(handle, ZMQ_IPV6, 1)
    }

    deinit {
        // Sockets have LINGER 0 and are closed by their threads, which hold the context until then.
        unsafe zmq_ctx_term(handle)
    }
}
