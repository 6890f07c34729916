import CZeroMQ
import Foundation
import TestSupport
import Testing
import Threads
@testable import ZeroMQ

@Suite("Bounds on messages")
struct LimitTests {
    private func limits(_ bytes: Int) -> SocketLimits {
        var limits = SocketLimits.forTests
        limits.messageBytes = bytes
        return limits
    }

    @Test("a frame of exactly the limit passes, encrypted or not", arguments: [false, true])
    func exact(_ isInsecure: Bool) async throws {
        try await Node.with { node in
            let secure = try await SecureRouter(node, limits: limits(1000))
            let plain = try await node.router("tcp://127.0.0.1:*", .insecure, limits(1000))
            let (router, endpoint) = isInsecure ? plain : (secure.socket, secure.endpoint)
            let worker = try await node.dealer(endpoint, isInsecure ? .insecure : secure.keys.client(secure.keys.listed), limits(1000))
            let frame = [UInt8](repeating: 7, count: 1000)
            try worker.send([frame, frame])
            try await router.inbox.waitForMessages(1)
            #expect(router.inbox.messages.first?.frames == [frame, frame])
            #expect(router.inbox.events.isEmpty)
        }
    }

    @Test("a larger frame is not sent: its sender is told")
    func tooLargeToSend() async throws {
        try await Node.with { node in
            let router = try await SecureRouter(node, limits: limits(1000))
            let worker = try await router.worker(limits(1000))
            let error = #expect(throws: ZeroMQError.self) { try worker.send([[1], [UInt8](repeating: 7, count: 1001)]) }
            #expect(error.map { "\($0)" } == "a message of 1001 bytes was not sent: the limit is 1000")
            try worker.send("hello")
            try await router.inbox.waitForMessages(1)
            #expect(worker.inbox.events == [.connected])
        }
    }

    @Test("a frame a little larger than the limit is dropped and reported")
    func slightlyTooLarge() async throws {
        try await Node.with { node in
            let router = try await SecureRouter(node, limits: limits(1000))
            let worker = try await router.worker()
            try worker.send([[UInt8](repeating: 7, count: 1001)])
            try worker.send("hello")
            try await router.inbox.waitForMessages(1)
            #expect(router.inbox.texts == ["hello"])
            #expect(router.inbox.events == [.dropped(try router.inbox.address(of: "hello"), .frameTooLarge(bytes: 1001, limit: 1000))])
        }
    }

    @Test("an oversized frame ends its sender's connection and nobody else's")
    func oversized() async throws {
        try await Node.with { node in
            let router = try await SecureRouter(node, limits: limits(1000))
            let quiet = try await router.worker()
            try quiet.send("first")
            try await router.inbox.waitForMessages(1)
            let loud = try await router.worker()
            try await loud.inbox.waitForEvent(.connected)
            try loud.send([[UInt8](repeating: 7, count: 500_000)])
            try await loud.inbox.waitForEvent(.disconnected)
            try await loud.inbox.waitForEvent(.connected, count: 2)
            try loud.send("sorry")
            try quiet.send("second")
            try await router.inbox.waitForMessages(3)
            #expect(Set(router.inbox.texts) == ["first", "second", "sorry"])
            #expect(quiet.inbox.events == [.connected])
        }
    }

    @Test("a worker that got an oversized frame connects again")
    func oversizedAnswer() async throws {
        try await Node.with { node in
            let router = try await SecureRouter(node)
            let worker = try await router.worker(limits(1000))
            try worker.send("first")
            try await router.inbox.waitForMessages(1)
            try router.socket.send([[UInt8](repeating: 7, count: 500_000)], to: try router.inbox.address(of: "first"))
            // libzmq itself would never try again.
            try await worker.inbox.waitForEvent(.connected, count: 2)
            try worker.send("second")
            try await router.inbox.waitForMessages(2)
            try router.socket.send("answer", to: try router.inbox.address(of: "second"))
            try await worker.inbox.waitForMessages(1)
            #expect(worker.inbox.texts == ["answer"])
        }
    }

    @Test("a message of too many frames is dropped and reported; empty ones are messages like others")
    func frames() async throws {
        try await Node.with { node in
            let router = try await SecureRouter(node)
            var generous = SocketLimits.forTests
            generous.frames = 1000
            let worker = try await router.worker(generous)
            try worker.send([[UInt8]](repeating: [1], count: 17))
            try worker.send([[UInt8]](repeating: [], count: 16))
            try worker.send([[]])
            try worker.send("end")
            try await router.inbox.waitForMessages(3)
            #expect(router.inbox.messages.map(\.frames) == [[[UInt8]](repeating: [], count: 16), [[]], [Array("end".utf8)]])
            #expect(router.inbox.events == [.dropped(try router.inbox.address(of: "end"), .tooManyFrames(limit: 16))])
        }
    }

    @Test("a peer that chooses its own address is not heard")
    func chosenAddress() async throws {
        try await Node.with { node in
            let router = try await SecureRouter(node)
            let socket = try Socket(node.context, ZMQ_DEALER)
            try socket.apply(router.keys.client(router.keys.listed), .forTests)
            try socket.set(ZMQ_ROUTING_ID, "w1-address")
            try socket.connect(router.endpoint)
            #expect(socket.send([Array("hello".utf8)]) == .sent)
            #expect(await eventually { !router.inbox.events.isEmpty })
            #expect(router.inbox.events == [.dropped(PeerAddress(bytes: Array("w1-address".utf8)), .chosenAddress)])
            #expect(router.inbox.messages.isEmpty)
        }
    }

    @Test(
        "noise from the network harms nobody",
        arguments: [
            Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8),
            [],
            [0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f],
            // A greeting that offers a mechanism nobody knows.
            [0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0] + Array("NOSUCH".utf8) + [UInt8](repeating: 0, count: 46),
            // A good greeting, then a command that claims to be immense.
            [0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0] + Array("CURVE".utf8) + [UInt8](repeating: 0, count: 47) + [6] + [UInt8](repeating: 0xff, count: 8),
            // And one that is a HELLO of the right size with nothing in it.
            [0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0] + Array("CURVE".utf8) + [UInt8](repeating: 0, count: 47) + [4, 200, 5] + Array("HELLO".utf8)
                + [UInt8](repeating: 0, count: 194),
            (0..<512).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) },
        ] as [[UInt8]])
    func noise(_ bytes: [UInt8]) async throws {
        try await Node.with { node in
            var limits = SocketLimits.forTests
            limits.handshake = .milliseconds(500)
            let router = try await SecureRouter(node, limits: limits)
            let worker = try await router.worker()
            try worker.send("before")
            try await router.inbox.waitForMessages(1)
            let connection = try RawConnection(port: try port(router.endpoint))
            connection.send(bytes)
            #expect(connection.isClosedByPeer(within: .seconds(20)))
            try worker.send("after")
            try await router.inbox.waitForMessages(2)
            #expect(router.inbox.texts == ["before", "after"])
            #expect(worker.inbox.events == [.connected])
        }
    }

    private func port(_ endpoint: String) throws -> Int {
        guard let port = endpoint.split(separator: ":").last.flatMap({ Int($0) }) else { throw TestFailure("no port in \(endpoint)") }
        return port
    }
}
