import CZeroMQ

/// What is told about a socket beside its messages.
package enum SocketEvent: Sendable, Equatable {
    case connected
    case disconnected
    /// The two sides did not come to terms. It is tried again by itself.
    case handshakeRefused(HandshakeRefusal)
    /// What waited for a peer can't be delivered: the peer is gone.
    case undeliverable(PeerAddress)
    /// A message came that is no message of ours; it was dropped.
    case dropped(PeerAddress?, DropReason)
}

/// Why a handshake failed, as the connecting side sees it.
package enum HandshakeRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// The other side's key check said no.
    case keyNotListed
    /// One side uses CURVE and the other does not.
    case otherSecurity
    /// The other side hung up, or fell silent, before it was done: so does one with another key than ours expects.
    case hungUp
    /// What came is not ZMTP as libzmq knows it; the number is ZMQ_PROTOCOL_ERROR_* of zmq.h.
    case protocolError(Int)

    package var description: String {
        switch self {
        case .keyNotListed: "the other side does not list our key — add our public key to its list of workers"
        case .otherSecurity: "one side encrypts and the other does not — give both their keys, or say --insecure on both"
        case .hungUp: "the other side hung up during the handshake — check that its public key is the one we were given"
        case .protocolError(let code): "the other side does not speak our protocol (ZMTP error 0x\(String(code, radix: 16))) — check the address"
        }
    }

    /// From an event of zmq_socket_monitor(3) and its value; nil if the event tells of something else.
    init?(event: Int32, value: UInt32) {
        switch event {
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: self = .keyNotListed
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
            self = value == UInt32(ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH) ? .otherSecurity : .protocolError(Int(value))
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: self = .hungUp
        default: return nil
        }
    }
}

/// Why a message that came was dropped.
package enum DropReason: Sendable, Equatable, CustomStringConvertible {
    case tooManyFrames(limit: Int)
    case frameTooLarge(bytes: Int, limit: Int)
    /// The peer chose its own routing id: it could take another's, and its messages with it.
    case chosenAddress
    /// At a socket with CURVE: nobody vouches for the sender.
    case unknownSender

    package var description: String {
        switch self {
        case .tooManyFrames(let limit): "a message of more than \(limit) frames"
        case .frameTooLarge(let bytes, let limit): "a frame of \(bytes) bytes, the limit is \(limit)"
        case .chosenAddress: "a peer with a routing id of its own choice"
        case .unknownSender: "a sender that nobody vouches for"
        }
    }
}
