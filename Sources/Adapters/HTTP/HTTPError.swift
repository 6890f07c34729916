import CCurl
import CShims
import Glibc

/// Why there is no answer. `server` is host and port: never the rest of a URL, which may hold secrets.
package enum HTTPError: Error, Equatable, CustomStringConvertible {
    case invalidURL(reason: String)
    case invalidHeader(name: String)
    case nameUnknown(host: String)
    case refused(server: String)
    case unreachable(server: String, reason: String)
    case connectTimedOut(server: String, after: Duration)
    case timedOut(server: String, after: Duration)
    case tls(server: String, reason: String)
    case authorityFile(path: String)
    case tooLarge(server: String, what: String, limit: Int)
    /// The connection broke before the answer was complete.
    case broken(server: String, reason: String)
    /// What answered does not speak HTTP.
    case notHTTP(server: String, reason: String)
    case cancelled
    /// The client was closed.
    case closed
    case library(reason: String)

    package var description: String {
        switch self {
        case .invalidURL(let reason): "the address can't be used: \(reason) — write http://HOST/PATH or https://HOST/PATH"
        case .invalidHeader(let name): "the header '\(name)' holds characters that headers must not hold"
        case .nameUnknown(let host): "the name '\(host)' can't be resolved — check its spelling and the DNS settings"
        case .refused(let server): "nothing listens at \(server) — is the server running, and is the port right?"
        case .unreachable(let server, let reason): "\(server) can't be reached: \(reason)"
        case .connectTimedOut(let server, let after): "no connection to \(server) within \(Self.text(after)) — check the address and firewalls"
        case .timedOut(let server, let after): "no complete answer from \(server) within \(Self.text(after))"
        case .tls(let server, let reason): "no trusted connection to \(server): \(reason)"
        case .authorityFile(let path): "the file of certificate authorities \(path) can't be used — it must hold certificates in PEM"
        case .tooLarge(let server, let what, let limit): "\(what) of \(server)'s answer is larger than \(limit) bytes"
        case .broken(let server, let reason): "the connection to \(server) broke: \(reason)"
        case .notHTTP(let server, let reason): "what answers at \(server) does not speak HTTP: \(reason)"
        case .cancelled: "the request was cancelled"
        case .closed: "the HTTP client is closed"
        case .library(let reason): "libcurl: \(reason)"
        }
    }

    private static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        return attoseconds == 0 ? "\(seconds) s" : "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000) ms"
    }

    /// From libcurl's verdict on a transfer.
    ///
    /// - Parameter wasConnected: whether the request could be sent.
    /// - Parameter detail: libcurl's own words.
    static func from(_ code: CURLcode, systemError: Int32, wasConnected: Bool, detail: String, target: HTTPTarget, limits: HTTPLimits, authorities: String?) -> HTTPError {
        let server = target.server
        switch code {
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
            // Also what libcurl says of an answer without a status line.
            return wasConnected ? .notHTTP(server: server, reason: detail) : .invalidURL(reason: detail)
        case CURLE_COULDNT_RESOLVE_HOST: return .nameUnknown(host: target.host)
        case CURLE_COULDNT_RESOLVE_PROXY: return .library(reason: detail)
        case CURLE_COULDNT_CONNECT: return systemError == ECONNREFUSED ? .refused(server: server) : .unreachable(server: server, reason: detail)
        case CURLE_OPERATION_TIMEDOUT:
            // Whichever bound was smaller is the one that was hit.
            if !wasConnected, limits.connectTimeout <= limits.totalTimeout { return .connectTimedOut(server: server, after: limits.connectTimeout) }
            return .timedOut(server: server, after: limits.totalTimeout)
        case CURLE_SSL_CACERT_BADFILE: return .authorityFile(path: authorities ?? "of the system")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ENGINE_INITFAILED, CURLE_USE_SSL_FAILED:
            return .tls(server: server, reason: detail)
        case CURLE_FILESIZE_EXCEEDED: return .tooLarge(server: server, what: "the body", limit: limits.bodyBytes)
        case CURLE_WEIRD_SERVER_REPLY: return .notHTTP(server: server, reason: detail)
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE: return .broken(server: server, reason: detail)
        default: return .library(reason: detail)
        }
    }
}
