import CZeroMQ
import TestSupport
import Testing
import Threads
@testable import ZeroMQ

@Suite("Who may talk to a router")
struct SecurityTests {
    @Test("a listed key comes in under its name and is answered", arguments: Transport.allCases)
    func listed(_ transport: Transport) async throws {
        try await Node.with { node in
            let router = try await SecureRouter(node, transport)
            let worker = try await router.worker()
            try worker.send("hello")
            try await router.inbox.waitForMessages(1)
            #expect(router.inbox.messages.map { $0.user?.split(separator: " ").first } == ["worker:w1"])
            try router.socket.send("welcome", to: try router.inbox.address(of: "hello"))
            try await worker.inbox.waitForMessages(1)
            #expect(worker.inbox.texts == ["welcome"])
            #expect(worker.inbox.events == [.connected])
            #expect(router.authenticator.refusals == 0)
        }
    }

    @Test("an unlisted key is refused, both sides are told, and nothing it says is heard", arguments: Transport.allCases)
    func unlisted(_ transport: Transport) async throws {
        try await Node.with { node in
            let router = try await SecureRouter(node, transport)
            let stranger = try await node.dealer(router.endpoint, router.keys.client(router.keys.stranger))
            try stranger.send("let me in")
            try await stranger.inbox.waitForEvent(.handshakeRefused(.keyNotListed), count: 2)
            #expect(!stranger.inbox.events.contains(.connected))
            #expect(!stranger.inbox.events.contains(.disconnected))
            #expect(router.refused.withLock { Set($0) } == [router.keys.stranger.publicKey])
            #expect(router.authenticator.refusals >= 2)
            let worker = try await router.worker()
            try worker.send("hello")
            try await router.inbox.waitForMessages(1)
            #expect(router.inbox.texts == ["hello"])
        }
        #expect("\(HandshakeRefusal.keyNotListed)" == "the other side does not list our key — add our public key to its list of workers")
    }

    @Test("a key that is listed later comes in without a restart")
    func listedLater() async throws {
        try await Node.with { node in
            let router = try await SecureRouter(node)
            let worker = try await node.dealer(router.endpoint, router.keys.client(router.keys.stranger))
            try await worker.inbox.waitForEvent(.handshakeRefused(.keyNotListed))
            router.authenticator.update([router.keys.stranger.publicKey: PeerIdentity(name: "new", role: "worker")])
            try await worker.inbox.waitForEvent(.connected)
            try worker.send("hello")
            try await router.inbox.waitForMessages(1)
            #expect(router.inbox.messages.last?.user?.split(separator: " ").first == "worker:new")
        }
    }

    @Test("a router with another key than expected hears nothing", arguments: Transport.allCases)
    func wrongServerKey(_ transport: Transport) async throws {
        try await Node.with { node in
            let router = try await SecureRouter(node, transport)
            let other = try CurveKeyPair.generate().publicKey
            let worker = try await node.dealer(router.endpoint, .curveClient(router.keys.listed, server: other))
            try worker.send("a secret")
            try await worker.inbox.waitForEvent(.handshakeRefused(.hungUp), count: 2)
            #expect(Set(worker.inbox.events.map { "\($0)" }) == ["\(SocketEvent.handshakeRefused(.hungUp))"])
            #expect(router.inbox.messages.isEmpty)
        }
        #expect("\(HandshakeRefusal.hungUp)".contains("check that its public key is the one we were given"))
    }

    @Test("what is no key is refused before anything is sent")
    func noServerKey() async throws {
        try await Node.with { node in
            let keys = try Keys()
            await #expect(throws: ZeroMQError.invalidKey("the coordinator's public key")) {
                _ = try await node.dealer("tcp://127.0.0.1:1", .curveClient(keys.listed, server: "my-key"))
            }
        }
    }

    @Test("plain text does not reach a router with keys", arguments: Transport.allCases)
    func plaintext(_ transport: Transport) async throws {
        try await Node.with { node in
            let router = try await SecureRouter(node, transport)
            let plain = try await node.dealer(router.endpoint, .insecure)
            try plain.send("hello")
            try await plain.inbox.waitForEvent(.handshakeRefused(.otherSecurity), count: 2)
            #expect(!plain.inbox.events.contains(.connected))
            #expect(router.inbox.messages.isEmpty)
        }
        #expect("\(HandshakeRefusal.otherSecurity)" == "one side encrypts and the other does not — give both their keys, or say --insecure on both")
    }

    @Test("a worker with keys does not talk to a router without")
    func downgrade() async throws {
        try await Node.with { node in
            let (router, endpoint) = try await node.router("tcp://127.0.0.1:*", .insecure)
            let keys = try Keys()
            let worker = try await node.dealer(endpoint, keys.client(keys.listed))
            try worker.send("a secret")
            try await worker.inbox.waitForEvent(.handshakeRefused(.otherSecurity))
            #expect(router.inbox.messages.isEmpty)
        }
    }

    @Test("without keys on both sides anybody talks, and has no name")
    func insecure() async throws {
        try await Node.with { node in
            let (router, endpoint) = try await node.router("tcp://127.0.0.1:*", .insecure)
            let worker = try await node.dealer(endpoint, .insecure)
            try worker.send("hello")
            try await router.inbox.waitForMessages(1)
            #expect(router.inbox.messages.map(\.user) == [nil])
        }
    }

    @Test("the socket keeps its key check alive, and lets it go when it is closed")
    func lifetime() async throws {
        try await Node.with { node in
            let keys = try Keys()
            weak var authenticator: Authenticator?
            func listen() async throws -> (Peer, endpoint: String) {
                let made = try Authenticator(context: node.context, peers: keys.peers, onRefusal: { _ in })
                authenticator = made
                return try await node.router("tcp://127.0.0.1:*", .curveServer(keys.server, made))
            }
            let (router, endpoint) = try await listen()
            #expect(authenticator != nil)
            let stranger = try await node.dealer(endpoint, keys.client(keys.stranger))
            try await stranger.inbox.waitForEvent(.handshakeRefused(.keyNotListed))
            let worker = try await node.dealer(endpoint, keys.client(keys.listed))
            try await worker.inbox.waitForEvent(.connected)
            router.close()
            #expect(await eventually { authenticator == nil })
        }
    }
}

@Suite("The self-test at start")
struct SelfTestTests {
    /// A handler like the authenticator's, but with one answer for all, or none at all if nil.
    private func selfTest(answering status: String?, as user: String = "test:self-test") throws {
        let context = try ZeroMQContext()
        let stop = try Wakeup()
        let ended = Signal(), isEnded = Lock(false), isBound = Lock(false)
        NamedThread.start("test-zap") {
            if let status, let socket = try? Socket(context, ZMQ_REP), (try? socket.bind("inproc://zeromq.zap.01")) != nil {
                isBound.withLock { $0 = true }
                ended.raise()
                var items = [
                    zmq_pollitem_t(socket: socket.handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0),
                    zmq_pollitem_t(socket: nil, fd: stop.descriptor, events: Int16(ZMQ_POLLIN), revents: 0),
                ]
                while zmq_poll(&items, 2, -1) >= 0, items[1].revents == 0 {
                    guard let request = socket.receive() else { continue }
                    _ = socket.send([Array("1.0".utf8), request.frames[1], Array(status.utf8), [], Array(user.utf8), []])
                }
            }
            isEnded.withLock { $0 = true }
            ended.raise()
        }
        _ = ended.wait(within: .seconds(20)) { isBound.withLock { $0 } || isEnded.withLock { $0 } }
        defer {
            stop.signal()
            _ = ended.wait(within: .seconds(20)) { isEnded.withLock { $0 } }
        }
        try SelfTest.run(context, known: .generate(), user: "test:self-test", stranger: .generate())
    }

    @Test("a check that lets anybody in is found")
    func open() {
        #expect(throws: ZeroMQError.selfTestFailed("an unlisted key was not refused")) { try selfTest(answering: "200") }
    }

    @Test("a check that lets nobody in is found")
    func shut() {
        #expect(throws: ZeroMQError.selfTestFailed("a listed key was refused")) { try selfTest(answering: "400") }
    }

    @Test("a missing check is found, and lets nobody in")
    func missing() {
        #expect(throws: ZeroMQError.selfTestFailed("an unlisted key was not refused")) { try selfTest(answering: nil) }
    }

    @Test("where no check answers nobody gets in, though libzmq itself would let anybody in")
    func unguarded() async throws {
        try await Node.with { node in
            let keys = try Keys()
            let server = try Socket(node.context, ZMQ_ROUTER)
            try server.apply(.forTests)
            try server.becomeCurveServer(keys.server)
            try server.bind("tcp://127.0.0.1:*")
            let client = try await node.dealer(server.lastEndpoint, keys.client(keys.listed))
            try client.send("hello")
            try await client.inbox.waitForEvent(.handshakeRefused(.hungUp), count: 2)
            let message = server.receive()
            #expect(message?.frames == nil)
        }
    }

    @Test("a process has one check for all its sockets")
    func second() throws {
        let context = try ZeroMQContext()
        let first = try Authenticator(context: context, peers: [:], onRefusal: { _ in })
        #expect(throws: ZeroMQError.selfTestFailed("this process has another one already")) {
            _ = try Authenticator(context: context, peers: [:], onRefusal: { _ in })
        }
        #expect(first.refusals == 0)
    }

    @Test("leaves no trace: no refusal counted or told, no key listed")
    func traceless() throws {
        let told = Lock(0)
        let authenticator = try Authenticator(context: ZeroMQContext(), peers: [:], onRefusal: { _ in told.withLock { $0 += 1 } })
        #expect(authenticator.refusals == 0)
        #expect(told.withLock { $0 } == 0)
        #expect("\(ZeroMQError.selfTestFailed("a listed key was refused"))" == "the key check of the message sockets does not work (a listed key was refused); refusing to listen")
    }
}
