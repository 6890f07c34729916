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
    /// Largest frame. A much larger one ends its sender's connection (ZMQ_MAXMSGSIZE).
    package var messageBytes = 1 << 20
    package var frames = 16
    /// Messages, and their bytes, that may wait here for one peer; a tripwire, not flow control.
    package var outbox = 10_000
    package var outboxBytes = 64 << 20
    package var handshake: Duration = .seconds(10)
    /// ZMTP's own heartbeats: find a dead link. They say nothing about a hanging program.
    package var heartbeat: Duration = .seconds(5)
    package var heartbeatTimeout: Duration = .seconds(15)
    /// How long to wait after a refusal before asking again.
    package var redial: Duration = .seconds(2)
    /// How long a closed socket goes on handing over its last messages.
    package var linger: Duration = .milliseconds(500)

    package init() {}
}

extension Socket {
    func apply(_ security: SocketSecurity, _ limits: SocketLimits) throws(ZeroMQError) {
        try apply(limits)
        switch security {
        case .curveServer(let keys, _): try becomeCurveServer(keys)
        case .curveClient(let keys, let server):
            guard CurveKeyPair.isKey(server) else { throw .invalidKey("the coordinator's public key") }
            try set(ZMQ_CURVE_SERVERKEY, server)
            try set(ZMQ_CURVE_PUBLICKEY, keys.publicKey)
            try set(ZMQ_CURVE_SECRETKEY, keys.secretKey)
        case .insecure: break
        }
    }

    func apply(_ limits: SocketLimits) throws(ZeroMQError) {
        // libzmq measures frames as they travel, and CURVE adds 33 bytes to each (RFC 26). `receive` measures them again.
        try setLong(ZMQ_MAXMSGSIZE, Int64(limits.messageBytes) + 64)
        // libzmq counts messages only; what it holds for a peer must not outgrow our own outbox in bytes.
        let highWater = Int32(clamping: max(16, min(1000, limits.outboxBytes / max(1, limits.messageBytes))))
        try set(ZMQ_SNDHWM, highWater)
        // Generous: over ipc, what a peer said before it hung up is lost when its pipe here is full.
        try set(ZMQ_RCVHWM, 1000)
        try set(ZMQ_HANDSHAKE_IVL, Self.milliseconds(limits.handshake))
        try set(ZMQ_HEARTBEAT_IVL, Self.milliseconds(limits.heartbeat))
        try set(ZMQ_HEARTBEAT_TIMEOUT, Self.milliseconds(limits.heartbeatTimeout))
        try set(ZMQ_RECONNECT_IVL, Int32.random(in: 100...300))
        try set(ZMQ_RECONNECT_IVL_MAX, 5000)
        try set(ZMQ_TCP_KEEPALIVE, 1)
    }

    func becomeCurveServer(_ keys: CurveKeyPair) throws(ZeroMQError) {
        try set(ZMQ_CURVE_SERVER, 1)
        try set(ZMQ_CURVE_SECRETKEY, keys.secretKey)
        try set(ZMQ_ZAP_DOMAIN, Authenticator.domain)
        try set(Self.enforceDomain, 1)
    }

    /// ZMQ_ZAP_ENFORCE_DOMAIN: without a handler nobody gets in, where libzmq would let everybody in. zmq.h shows it to
    /// builds with drafts only, the library knows it always.
    private static let enforceDomain: Int32 = 93

    static func milliseconds(_ duration: Duration) -> Int32 {
        let (seconds, attoseconds) = duration.components
        return Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}
