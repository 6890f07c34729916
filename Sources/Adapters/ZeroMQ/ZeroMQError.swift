import CShims
import CZeroMQ

/// Why a socket could not be made or used.
package enum ZeroMQError: Error, Equatable, CustomStringConvertible {
    case invalidEndpoint(String)
    case endpointInUse(String)
    case pathTooLong(String, limit: Int)
    case directoryNotPrivate(String, reason: String)
    case invalidKey(String)
    case queueFull
    case closed
    /// The handler that tells listed keys from others does not work: starting would let anybody in.
    case selfTestFailed(String)
    case library(call: String, reason: String)

    package var description: String {
        switch self {
        case .invalidEndpoint(let text): "'\(text)' is not an endpoint — write tcp://ADDRESS:PORT or ipc://PATH"
        case .endpointInUse(let text): "\(text) is in use by another process — choose another port or stop that one"
        case .pathTooLong(let path, let limit): "the socket path \(path) is longer than \(limit) bytes — use a shorter directory"
        case .directoryNotPrivate(let path, let reason): "the socket directory \(path) is not private: \(reason)"
        case .invalidKey(let what): "\(what) is not a CURVE key (40 characters of Z85) — make keys with 'muster keys generate'"
        case .queueFull: "too many messages wait for a peer that takes none"
        case .closed: "the socket is closed"
        case .selfTestFailed(let why): "the key check of the message sockets does not work (\(why)); refusing to listen"
        case .library(let call, let reason): "\(call): \(reason)"
        }
    }

    /// The library's last error on this thread.
    static func last(in call: String, endpoint: String = "") -> ZeroMQError {
        let code = zmq_errno()
        if code == EADDRINUSE { return .endpointInUse(endpoint) }
        if code == EINVAL || code == EPROTONOSUPPORT || code == ENODEV || code == EADDRNOTAVAIL, !endpoint.isEmpty {
            return .invalidEndpoint(endpoint)
        }
        // SAFETY: zmq_strerror returns a constant text.
        return .library(call: call, reason: unsafe String(cString: zmq_strerror(code)))
    }
}
