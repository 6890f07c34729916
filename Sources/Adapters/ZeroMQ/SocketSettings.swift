import CZeroMQ

/// How the two ends of a socket prove who they are.
package enum SocketSecurity: Sendable {
    /// CURVE server: peers are asked about at the authenticator.
    case curveServer(CurveKeyPair, Authenticator)
    /// CURVE client: only the server with this public key is accepted.
    case curveClient(CurveKeyPair, server: String)
    /// Anybody, in the clear: only where a person has said so.
    case insecure
}

/// Bounds of a socket. Durations are sent to libzmq in whole milliseconds.
package struct SocketLimits: Sendable {
    /// Larger messages end their sender's connection (ZMQ_MAXMSGSIZE).
    package var messageBytes = 1 << 20
    /// Messages that may wait here for a peer; a tripwire, not flow control.
    package var outbox = 10_000
    package var handshake: Duration = .seconds(10)
    /// ZMTP's own heartbeats: find a dead link. They say nothing about a hanging program.
    package var heartbeat: Duration = .seconds(5)
    package var heartbeatTimeout: Duration = .seconds(15)

    package init() {}
}

extension Socket {
    func apply(_ security: SocketSecurity, _ limits: SocketLimits) throws(ZeroMQError) {
        try setLong(ZMQ_MAXMSGSIZE, Int64(limits.messageBytes))
        try set(ZMQ_HANDSHAKE_IVL, Self.milliseconds(limits.handshake))
        try set(ZMQ_HEARTBEAT_IVL, Self.milliseconds(limits.heartbeat))
        try set(ZMQ_HEARTBEAT_TIMEOUT, Self.milliseconds(limits.heartbeatTimeout))
        try set(ZMQ_RECONNECT_IVL, Int32.random(in: 100...300))
        try set(ZMQ_RECONNECT_IVL_MAX, 5000)
        try set(ZMQ_TCP_KEEPALIVE, 1)
        switch security {
        case .curveServer(let keys, _):
            try set(ZMQ_CURVE_SERVER, 1)
            try set(ZMQ_CURVE_SECRETKEY, keys.secretKey)
            try set(ZMQ_ZAP_DOMAIN, Authenticator.domain)
        case .curveClient(let keys, let server):
            guard CurveKeyPair.isKey(server) else { throw .invalidKey("the coordinator's public key") }
            try set(ZMQ_CURVE_SERVERKEY, server)
            try set(ZMQ_CURVE_PUBLICKEY, keys.publicKey)
            try set(ZMQ_CURVE_SECRETKEY, keys.secretKey)
        case .insecure: break
        }
    }

    private static func milliseconds(_ duration: Duration) -> Int32 {
        let (seconds, attoseconds) = duration.components
        return Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
