import CShims
import CZeroMQ

/// Why a socket could not be made or used.
package enum ZeroMQError: Error, Equatable, CustomStringConvertible {
    case invalidEndpoint(String)
    case endpointInUse(String)
    /// The address belongs to another machine, or to none.
    case addressNotHere(String)
    case endpointDenied(String, reason: String)
    case pathTooLong(String, limit: Int)
    case directoryNotPrivate(String, reason: String)
    case invalidKey(String)
    /// The two halves were not made together.
    case keysDoNotMatch
    /// As many messages wait for the peer as may.
    case queueFull
    case messageTooLarge(bytes: Int, limit: Int)
    case closed
    /// The handler that tells listed keys from others does not work: starting would let anybody in.
    case selfTestFailed(String)
    case library(call: String, reason: String)

    package var description: String {
        switch self {
        case .invalidEndpoint(let text): "'\(text)' is not an endpoint — write tcp://ADDRESS:PORT or ipc://PATH"
        case .endpointInUse(let text): "\(text) is in use by another process — choose another port or stop that one"
        case .addressNotHere(let text): "\(text) is no address of this machine — 'ip address' lists those there are"
        case .endpointDenied(let text, let reason): "can't listen at \(text): \(reason)"
        case .pathTooLong(let path, let limit): "the socket path \(path) is longer than \(limit) bytes — use a shorter directory"
        case .directoryNotPrivate(let path, let reason): "the socket directory \(path) is not private: \(reason)"
        case .invalidKey(let what): "\(what) is not a CURVE key (40 characters of Z85) — make keys with 'muster keys generate'"
        case .keysDoNotMatch: "the public and the secret key do not belong together — make new ones with 'muster keys generate'"
        case .queueFull: "too many messages wait for a peer that takes none"
        case .messageTooLarge(let bytes, let limit): "a message of \(bytes) bytes was not sent: the limit is \(limit)"
        case .closed: "the socket is closed"
        case .selfTestFailed(let why): "the key check of the message sockets does not work (\(why)); refusing to listen"
        case .library(let call, let reason): "\(call): \(reason)"
        }
    }

    /// The library's last error on this thread.
    static func last(in call: String, endpoint: String = "") -> ZeroMQError {
        let code = zmq_errno()
        // SAFETY: zmq_strerror returns a constant text.
        let reason = unsafe String(cString: zmq_strerror(code))
        guard !endpoint.isEmpty else { return .library(call: call, reason: reason) }
        switch code {
        case EADDRINUSE: return .endpointInUse(endpoint)
        case EADDRNOTAVAIL: return .addressNotHere(endpoint)
        // ENODEV: the host part of a bind is no address.
        case EINVAL, EPROTONOSUPPORT, ENOCOMPATPROTO, ENODEV: return .invalidEndpoint(endpoint)
        case EACCES, EPERM, ENOENT, ENOTDIR, EROFS: return .endpointDenied(endpoint, reason: reason)
        case ENAMETOOLONG: return .pathTooLong(String(endpoint.trimmingPrefix("ipc://")), limit: PrivateDirectory.pathLimit)
        default: return .library(call: "\(call) \(endpoint)", reason: reason)
        }
    }
}
