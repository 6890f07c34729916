import CZeroMQ
import TestSupport
import Testing
import Threads
@testable import ZeroMQ

@Suite("The flow of messages")
struct FlowTests {
    /// Sends, waiting as long as too much waits already.
    private func push(_ peer: Peer, _ frames: [[UInt8]], to address: PeerAddress? = nil) async throws {
        let isTaken = try await eventually {
            do {
                try peer.send(frames, to: address)
                return true
            } catch ZeroMQError.queueFull { return false }
        }
        if !isTaken { throw TestFailure("no room for a message") }
    }

    @Test("many messages arrive in order, once each, however little may wait", arguments: Transport.allCases)
    func order(_ transport: Transport) async throws {
        try await Node.with { node in
            let router = try await SecureRouter(node, transport)
            var limits = SocketLimits.forTests
            limits.outbox = 500
            let worker = try await router.worker(limits)
            for number in 0..<20_000 { try await push(worker, [Array("\(number)".utf8)]) }
            try await router.inbox.waitForMessages(20_000)
            #expect(router.inbox.texts == (0..<20_000).map(String.init))
        }
    }

    /// A worker that is connected and takes nothing until it is asked.
    private final class SlowWorker {
        let socket: Socket
        init(_ router: SecureRouter) throws {
            socket = try Socket(router.node.context, ZMQ_DEALER)
            try socket.apply(router.keys.client(router.keys.listed), .forTests)
            try socket.set(ZMQ_RCVHWM, 1)
            try socket.connect(router.endpoint)
            _ = socket.send([Array("slow".utf8)])
        }
    }

    @Test("messages that are handed over together arrive in order; one that must not be sent keeps no other back")
    func together() async throws {
        try await Node.with { node in
            let router = try await SecureRouter(node)
            var limits = SocketLimits.forTests
            limits.messageBytes = 1000
            let worker = try await router.worker(limits)
            let sizes = (0..<300).map { $0 == 150 ? 1001 : 10 }
            let problems = worker.reactor.send(worker.id, sizes.enumerated().map { (nil, [Array("\($0)".utf8), [UInt8](repeating: 1, count: $1)]) })
            #expect(problems == [.messageTooLarge(bytes: 1001, limit: 1000)])
            try await router.inbox.waitForMessages(299)
            #expect(router.inbox.texts == (0..<300).filter { $0 != 150 }.map(String.init))
            worker.close()
            #expect(worker.reactor.send(worker.id, [(nil, [[1]]), (nil, [[2]])]) == [.closed, .closed])
        }
    }

    @Test("a peer that takes nothing fills its own outbox and stops nobody else; later it gets all that was accepted")
    func slowPeer() async throws {
        try await Node.with { node in
            var limits = SocketLimits.forTests
            limits.outboxBytes = 1 << 20
            let router = try await SecureRouter(node, limits: limits)
            let slow = try SlowWorker(router)
            let quick = try await router.worker()
            try quick.send("quick")
            try await router.inbox.waitForMessages(2)
            let slowAddress = try router.inbox.address(of: "slow"), quickAddress = try router.inbox.address(of: "quick")

            var accepted = 0
            let filling = [UInt8](repeating: 1, count: 60_000)
            // Sockets take megabytes: full is full when it stays so.
            var refusals = 0
            let isFull = await eventually {
                do throws(ZeroMQError) {
                    while true {
                        try router.socket.send([Array("\(accepted)".utf8), filling], to: slowAddress)
                        accepted += 1
                        refusals = 0
                    }
                } catch { refusals += error == .queueFull ? 1 : 0 }
                return refusals == 5
            }
            #expect(isFull)
            #expect("\(ZeroMQError.queueFull)" == "too many messages wait for a peer that takes none")

            for number in 0..<2000 { try await push(router.socket, [Array("\(number)".utf8)], to: quickAddress) }
            try await quick.inbox.waitForMessages(2000)
            #expect(quick.inbox.texts == (0..<2000).map(String.init))

            var received: [String] = []
            let isComplete = await eventually {
                while let message = slow.socket.receive() { received.append(String(decoding: message.frames[0], as: UTF8.self)) }
                return received.count == accepted
            }
            #expect(isComplete)
            #expect(received == (0..<accepted).map(String.init))
            try await push(router.socket, [Array("room again".utf8)], to: slowAddress)
            #expect(await eventually { slow.socket.receive()?.frames == [Array("room again".utf8)] })
            #expect(router.inbox.events.isEmpty)
        }
    }

    @Test("a peer that is gone is reported, and what waited for it makes room")
    func goneWhileBlocked() async throws {
        try await Node.with { node in
            var limits = SocketLimits.forTests
            limits.outboxBytes = 1 << 20
            let router = try await SecureRouter(node, limits: limits)
            var slow: SlowWorker? = try SlowWorker(router)
            try await router.inbox.waitForMessages(1)
            let address = try router.inbox.address(of: "slow")
            let filling = [UInt8](repeating: 1, count: 60_000)
            #expect(await eventually { (try? router.socket.send([filling], to: address)) == nil })
            slow = nil
            #expect(slow == nil)
            try await router.inbox.waitForEvent(.undeliverable(address))
            // The outbox is free: what is sent now is reported anew.
            try router.socket.send([filling], to: address)
            try await router.inbox.waitForEvent(.undeliverable(address), count: 2)
        }
    }

    @Test("a message to a peer that is gone is reported; the others go on")
    func gone() async throws {
        try await Node.with { node in
            let router = try await SecureRouter(node)
            let one = try await router.worker(), other = try await router.worker()
            try one.send("one")
            try other.send("other")
            try await router.inbox.waitForMessages(2)
            let address = try router.inbox.address(of: "one")
            one.close()
            #expect(throws: ZeroMQError.closed) { try one.send("too late") }
            let isReported = try await eventually {
                try router.socket.send("are you there?", to: address)
                return router.inbox.events.contains(.undeliverable(address))
            }
            #expect(isReported)
            try router.socket.send("go on", to: try router.inbox.address(of: "other"))
            try await other.inbox.waitForMessages(1)
            #expect(other.inbox.events == [.connected])
        }
    }

    @Test("a worker finds the router again that was restarted at the same endpoint", arguments: Transport.allCases)
    func restart(_ transport: Transport) async throws {
        try await Node.with { node in
            try await Node.with { workers in
                let router = try await SecureRouter(node, transport)
                let worker = try await workers.dealer(router.endpoint, router.keys.client(router.keys.listed))
                try worker.send("before")
                try await router.inbox.waitForMessages(1)
                router.socket.close()
                try await worker.inbox.waitForEvent(.disconnected)
                try worker.send("meanwhile")
                let again = try await reopen(node, router)
                try await worker.inbox.waitForEvent(.connected, count: 2)
                try worker.send("after")
                try await again.inbox.waitForMessages(2)
                #expect(again.inbox.texts == ["meanwhile", "after"])
                try again.send("welcome", to: try again.inbox.address(of: "after"))
                try await worker.inbox.waitForMessages(1)
                // The old address leads nowhere, not to somebody else.
                try again.send("wrong", to: try router.inbox.address(of: "before"))
                try await again.inbox.waitForEvent(.undeliverable(try router.inbox.address(of: "before")))
                #expect(worker.inbox.texts == ["welcome"])
                #expect(router.inbox.texts == ["before"])
            }
        }
    }

    /// Binds the endpoint of a router that was closed, once libzmq has let go of it.
    private func reopen(_ node: Node, _ router: SecureRouter) async throws -> Peer {
        var made: Peer?
        _ = try await eventually {
            do { made = try await node.router(router.endpoint, router.security).0 } catch ZeroMQError.endpointInUse { return false }
            return true
        }
        guard let made else { throw TestFailure("\(router.endpoint) stays in use") }
        return made
    }

    @Test("senders on all threads meet a closing socket with an error, and others go on")
    func closeWhileSending() async throws {
        try await Node.with { node in
            let router = try await SecureRouter(node)
            let doomed = try await router.worker(), other = try await router.worker()
            try await doomed.inbox.waitForEvent(.connected)
            let accepted = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var count = 0
                        while true {
                            do throws(ZeroMQError) {
                                try doomed.send("x")
                                count += 1
                            } catch {
                                if error == .closed { return count }
                                guard error == .queueFull else { throw error }
                                await Task.yield()
                            }
                        }
                    }
                }
                try await router.inbox.waitForMessages(100)
                doomed.close()
                return try await group.reduce(0, +)
            }
            #expect(accepted >= 100)
            try other.send("still here")
            #expect(await eventually { router.inbox.texts.contains("still here") })
            #expect(router.inbox.texts.count { $0 == "x" } <= accepted)
        }
    }

    @Test("the last words before a close are heard", arguments: Transport.allCases)
    func lastWords(_ transport: Transport) async throws {
        try await Node.with { node in
            let router = try await SecureRouter(node, transport)
            var limits = SocketLimits.forTests
            limits.linger = .seconds(20)
            let worker = try await router.worker(limits)
            try await worker.inbox.waitForEvent(.connected)
            for number in 0..<600 { try worker.send("\(number)") }
            worker.close()
            try await router.inbox.waitForMessages(600)
            #expect(router.inbox.texts.last == "599")
        }
    }
}

@Suite("A reactor")
struct ReactorTests {
    @Test("goes on while connections come and go in the middle of their handshakes")
    func comingAndGoing() async throws {
        try await Node.with { node in
            let router = try await SecureRouter(node)
            for number in 0..<200 {
                let key = number.isMultiple(of: 2) ? router.keys.listed : router.keys.stranger
                let worker = try await node.dealer(router.endpoint, router.keys.client(key))
                worker.close()
            }
            let last = try await router.worker()
            try last.send("still there?")
            try await router.inbox.waitForMessages(1)
        }
    }

    @Test("does not wait for ever to be rid of what nobody takes")
    func lingers() async throws {
        let node = try Node()
        let worker = try await node.dealer("tcp://127.0.0.1:9", .insecure)
        for _ in 0..<2000 { try worker.send("anybody?") }
        await node.reactor.stop()
    }

    @Test("refuses everything once it is stopped, and stopping it twice is no harm")
    func stopped() async throws {
        let node = try Node()
        let (router, endpoint) = try await node.router("tcp://127.0.0.1:*", .insecure)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { await node.reactor.stop() } }
        }
        await node.reactor.stop()
        #expect(throws: ZeroMQError.closed) { try router.send("x", to: PeerAddress(bytes: [0, 1, 2, 3, 4])) }
        await #expect(throws: ZeroMQError.closed) { _ = try await node.dealer(endpoint, .insecure) }
        #expect("\(ZeroMQError.closed)" == "the socket is closed")
    }

    @Test("answers everybody who asks for a socket while it stops")
    func stopWhileAdding() async throws {
        for _ in 0..<20 {
            let node = try Node()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { _ = try? await node.dealer("tcp://127.0.0.1:9", .insecure) } }
                group.addTask { await node.reactor.stop() }
                for _ in 0..<4 { group.addTask { _ = try? await node.dealer("tcp://127.0.0.1:9", .insecure) } }
            }
        }
    }

    @Test("shares its context with others, each with sockets of its own")
    func sharedContext() async throws {
        try await Node.with { node in
            let other = try Node(node.context)
            let (_, endpoint) = try await node.router("tcp://127.0.0.1:*", .insecure)
            let one = try await node.dealer(endpoint, .insecure), two = try await other.dealer(endpoint, .insecure)
            try await one.inbox.waitForEvent(.connected)
            try await two.inbox.waitForEvent(.connected)
            await other.reactor.stop()
        }
    }

    @Test("takes its thread, its sockets and its context with it")
    func leaks() async throws {
        func round() async throws {
            try await Node.with { node in
                let router = try await SecureRouter(node)
                let worker = try await router.worker()
                try worker.send("hello")
                try await router.inbox.waitForMessages(1)
            }
        }
        weak var context: ZeroMQContext?
        try await Node.with { node in context = node.context }
        #expect(await eventually { context == nil })
        try await round()
    }

    @Test(
        "says what is wrong with an endpoint",
        arguments: [
            ("nonsense", "'nonsense' is not an endpoint — write tcp://ADDRESS:PORT or ipc://PATH"),
            ("tcp://127.0.0.1", "'tcp://127.0.0.1' is not an endpoint — write tcp://ADDRESS:PORT or ipc://PATH"),
            ("udp://127.0.0.1:5", "'udp://127.0.0.1:5' is not an endpoint — write tcp://ADDRESS:PORT or ipc://PATH"),
            ("tcp://192.0.2.1:5555", "tcp://192.0.2.1:5555 is no address of this machine — 'ip address' lists those there are"),
            ("ipc:///nonexistent/control", "can't listen at ipc:///nonexistent/control: No such file or directory"),
            ("ipc:///tmp/" + String(repeating: "x", count: 120), "the socket path /tmp/" + String(repeating: "x", count: 120) + " is longer than 107 bytes — use a shorter directory"),
        ])
    func endpoints(_ endpoint: String, _ text: String) async throws {
        try await Node.with { node in
            let error = await #expect(throws: ZeroMQError.self) { _ = try await node.router(endpoint, .insecure) }
            #expect(error.map { "\($0)" } == text)
        }
    }

    @Test("says that an endpoint is taken")
    func taken() async throws {
        try await Node.with { node in
            let (_, endpoint) = try await node.router("tcp://127.0.0.1:*", .insecure)
            let error = await #expect(throws: ZeroMQError.self) { _ = try await node.router(endpoint, .insecure) }
            #expect(error.map { "\($0)" } == "\(endpoint) is in use by another process — choose another port or stop that one")
        }
    }
}

@Suite("A private directory")
struct PrivateDirectoryTests {
    @Test("is entered by its owner only, and named in what goes wrong")
    func mode() throws {
        let parent = try TemporaryDirectory()
        let path = try PrivateDirectory.make(under: parent.path, prefix: "m-")
        #expect(try run("/usr/bin/stat", ["-c", "%a", path]) == ["700"])
        #expect(try PrivateDirectory.endpoint(path, "control") == "ipc://\(path)/control")
        let error = #expect(throws: ZeroMQError.self) { _ = try PrivateDirectory.make(under: "/nonexistent", prefix: "m-") }
        #expect(error.map { "\($0)" } == "the socket directory /nonexistent is not private: No such file or directory")
        #expect(throws: ZeroMQError.self) { _ = try PrivateDirectory.endpoint(path, String(repeating: "x", count: 100)) }
    }
}
