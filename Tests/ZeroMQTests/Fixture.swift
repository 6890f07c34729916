import Glibc
import TestSupport
import Threads
@testable import ZeroMQ

/// What a socket's handlers were told.
final class Inbox: Sendable {
    private let state = Lock<(messages: [InboundMessage], events: [SocketEvent])>(([], []))

    func take(_ message: InboundMessage) { state.withLock { $0.messages.append(message) } }
    func take(_ event: SocketEvent) { state.withLock { $0.events.append(event) } }

    var messages: [InboundMessage] { state.withLock { $0.messages } }
    var events: [SocketEvent] { state.withLock { $0.events } }
    /// The messages' first frames.
    var texts: [String] { messages.map { String(decoding: $0.frames.first ?? [], as: UTF8.self) } }

    func waitForMessages(_ count: Int) async throws {
        guard await eventually({ messages.count >= count }) else { throw TestFailure("\(messages.count) of \(count) messages came: \(texts.suffix(5)), \(events)") }
    }

    func waitForEvent(_ event: SocketEvent, count: Int = 1) async throws {
        guard await eventually({ events.count { $0 == event } >= count }) else { throw TestFailure("no \(event) among \(events)") }
    }
}

enum Transport: CaseIterable { case tcp, ipc }

/// A reactor, its context, and the sockets that a test makes with it.
final class Node: Sendable {
    let context: ZeroMQContext
    let reactor: Reactor

    init(_ context: ZeroMQContext? = nil) throws {
        self.context = try context ?? ZeroMQContext()
        reactor = try Reactor(context: self.context, name: "test-reactor")
    }

    /// The thread keeps the reactor: without this every test would leave one behind.
    static func with<Value>(_ body: (Node) async throws -> Value) async throws -> Value {
        let node = try Node()
        do {
            let value = try await body(node)
            await node.reactor.stop()
            return value
        } catch {
            await node.reactor.stop()
            throw error
        }
    }

    func router(_ endpoint: String, _ security: SocketSecurity, _ limits: SocketLimits = .forTests) async throws -> (Peer, endpoint: String) {
        let inbox = Inbox()
        let made = try await reactor.bindRouter(
            endpoint, security: security, limits: limits, onMessage: { inbox.take($0) }, onEvent: { inbox.take($0) })
        return (Peer(reactor: reactor, id: made.id, inbox: inbox), made.endpoint)
    }

    func dealer(_ endpoint: String, _ security: SocketSecurity, _ limits: SocketLimits = .forTests) async throws -> Peer {
        let inbox = Inbox()
        let id = try await reactor.connectDealer(
            endpoint, security: security, limits: limits, onMessage: { inbox.take($0) }, onEvent: { inbox.take($0) })
        return Peer(reactor: reactor, id: id, inbox: inbox)
    }
}

struct Peer: Sendable {
    let reactor: Reactor
    let id: Reactor.SocketID
    let inbox: Inbox

    func send(_ text: String, to peer: PeerAddress? = nil) throws(ZeroMQError) { try reactor.send(id, to: peer, [Array(text.utf8)]) }
    func send(_ frames: [[UInt8]], to peer: PeerAddress? = nil) throws(ZeroMQError) { try reactor.send(id, to: peer, frames) }
    func close() { reactor.close(id) }
}

extension SocketLimits {
    /// Tests need not be patient.
    static var forTests: SocketLimits {
        var limits = SocketLimits()
        limits.redial = .milliseconds(100)
        return limits
    }
}

/// A coordinator's keys, a worker that it lists, and one that it does not.
struct Keys {
    let server: CurveKeyPair, listed: CurveKeyPair, stranger: CurveKeyPair

    init() throws {
        server = try .generate()
        listed = try .generate()
        stranger = try .generate()
    }

    var peers: [String: PeerIdentity] { [listed.publicKey: PeerIdentity(name: "w1", role: "worker")] }
    func client(_ keys: CurveKeyPair) -> SocketSecurity { .curveClient(keys, server: server.publicKey) }
}

/// A router with CURVE and a key check, listening.
struct SecureRouter {
    let node: Node
    let keys: Keys
    let refused = Lock<[String]>([])
    let authenticator: Authenticator
    let socket: Peer
    let endpoint: String
    private let directory = try? TemporaryDirectory()

    init(_ node: Node, _ transport: Transport = .tcp, limits: SocketLimits = .forTests) async throws {
        self.node = node
        keys = try Keys()
        let refused = self.refused
        authenticator = try Authenticator(context: node.context, peers: keys.peers, onRefusal: { key in refused.withLock { $0.append(key) } })
        let address =
            switch transport {
            case .tcp: "tcp://127.0.0.1:*"
            case .ipc: "ipc://\(directory?.file("control") ?? "")"
            }
        (socket, endpoint) = try await node.router(address, .curveServer(keys.server, authenticator), limits)
    }

    var inbox: Inbox { socket.inbox }
    var security: SocketSecurity { .curveServer(keys.server, authenticator) }

    /// Connects the listed worker.
    func worker(_ limits: SocketLimits = .forTests) async throws -> Peer { try await node.dealer(endpoint, keys.client(keys.listed), limits) }
}

extension Inbox {
    /// Where the sender of the message with a text gets its answers.
    func address(of text: String) throws -> PeerAddress {
        guard let peer = messages.first(where: { $0.frames.first == Array(text.utf8) })?.peer else { throw TestFailure("no message '\(text)'") }
        return peer
    }
}
