import Coordinator
import Cryptography
import Logging
import Model
import Orchestration
import ProtocolMessages
import TestSupport
import Testing
import Threads
import WireProtocol
import Worker
import ZeroMQ

/// What was logged, as text.
struct RecordingLog: LogHandler {
    let lines: Lock<[String]>
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        lines.withLock { $0.append("\(event.message) \(fields.joined(separator: " "))") }
    }
}

/// A coordinator with two listed keys: one for a real worker, one for somebody who got hold of a key.
@Suite("A coordinator whose worker sends what it likes", .timeLimit(.minutes(2)))
struct HostilePeerTests {
    @Test("drops and counts it, and goes on with the others")
    func garbage() async throws {
        let lines = Lock<[String]>([])
        let logger = Logger(label: "test") { _ in RecordingLog(lines: lines) }
        let context = try ZeroMQContext()
        let server = try CurveKeyPair.generate(), good = try CurveKeyPair.generate(), bad = try CurveKeyPair.generate()
        let authenticator = try Authenticator(
            context: context,
            peers: [good.publicKey: PeerIdentity(name: "good", role: "worker"), bad.publicKey: PeerIdentity(name: "bad", role: "worker")], onRefusal: { _ in })
        let reactor = try Reactor(context: context, name: "test-coord"), peers = try Reactor(context: context, name: "test-peers")
        let coordinator = Coordinator(
            settings: CoordinatorSettings(
                name: "test", controlEndpoint: "tcp://127.0.0.1:*", bulkEndpoint: "tcp://127.0.0.1:*", security: .curveServer(server, authenticator)),
            reactor: reactor, logger: logger)
        let endpoints = try await coordinator.listen()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await coordinator.run() }
            let worker = WorkerService(
                settings: WorkerSettings(
                    controlEndpoint: endpoints.control, bulkEndpoint: endpoints.bulk, security: .curveClient(good, server: server.publicKey), environment: [:]),
                reactor: peers, logger: logger)
            group.addTask { try await worker.run() }
            var limits = SocketLimits()
            limits.messageBytes = 64 << 20
            let security = SocketSecurity.curveClient(bad, server: server.publicKey)
            let control = try await peers.connectDealer(endpoints.control, security: security, limits: limits, onMessage: { _ in })
            let bulk = try await peers.connectDealer(endpoints.bulk, security: security, limits: limits, onMessage: { _ in })

            func said(_ part: String) async -> Bool { await eventually { lines.withLock { $0.contains { $0.contains(part) } } } }
            func encoded(_ body: Muster_V1_WorkerMessage.OneOf_Body) throws -> [[UInt8]] {
                var message = Muster_V1_WorkerMessage()
                message.body = body
                return try Wire.encode(message)
            }
            // A Heartbeat before Hello, frames that are no messages, of another version, of random bytes, of nothing.
            try peers.send(control, try encoded(.heartbeat(Muster_V1_Heartbeat())))
            #expect(await said("a message before Hello"))
            try peers.send(control, [Array("muster/9".utf8), [1, 2, 3]])
            try peers.send(control, [Array("muster/1".utf8), (0..<500).map { UInt8(truncatingIfNeeded: $0 &* 7) }])
            try peers.send(control, [[]])
            try peers.send(bulk, try encoded(.heartbeat(Muster_V1_Heartbeat())))
            #expect(await said("only output belongs on the bulk socket"))
            #expect(await eventually { lines.withLock { $0.count { $0.hasPrefix("message dropped") } } >= 5 })
            // A Hello of another version is answered, not joined.
            var hello = Muster_V1_Hello()
            hello.minimumVersion = 90
            hello.maximumVersion = 91
            hello.instance = String(repeating: "a", count: 32)
            hello.slots = 1
            try peers.send(control, try encoded(.hello(hello)))
            // Reports of jobs that nobody handed out.
            hello.minimumVersion = 1
            try peers.send(control, try encoded(.hello(hello)))
            try #require(await said("worker joined slots=1 worker=bad"), "\(lines.withLock { $0 })")
            var finished = Muster_V1_Finished()
            finished.job.job = "01a20efb55167000a13bad64b960dee9"
            finished.job.attempt = 1
            finished.job.epoch = 1
            try peers.send(control, try encoded(.finished(finished)))
            // More than a message may have: the socket itself refuses.
            try? peers.send(control, [Array("muster/1".utf8), [UInt8](repeating: 0, count: 32 << 20)])

            await coordinator.waitForWorkers(2)
            // The good one still serves: it says of a closed port that it is closed.
            let host = Host(name: HostName("web1"), address: "127.0.0.1", port: 1, user: "nobody", authentication: .agent, hostKeyPolicy: .off, timeout: .seconds(2))
            let other = Host(name: HostName("web2"), address: "127.0.0.1", port: 1, user: "nobody", authentication: .agent, hostKeyPolicy: .off, timeout: .seconds(2))
            peers.close(control)
            peers.close(bulk)
            let answers = await coordinator.probe([host, other])
            for name in ["web1", "web2"] {
                guard case .unreachable(let reason)? = answers[HostName(name)] else {
                    Issue.record("\(name): \(String(describing: answers[HostName(name)]))")
                    continue
                }
                #expect(reason.contains("refused the connection") || reason.contains("did not answer"), "\(reason)")
            }
            group.cancelAll()
        }
        await peers.stop()
        await reactor.stop()
    }
}
