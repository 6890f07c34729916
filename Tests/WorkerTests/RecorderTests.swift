import CommandSafety
import ConfigurationFiles
import Cryptography
import Foundation
import Logging
import Model
import SSH
import TestSupport
import Testing
import WireProtocol

@testable import Worker

/// A host that records what arrives: an sshd that runs nothing but a recorder. No sample is ever run.
@Suite("Forbidden commands on their way to a host", .enabled(if: TestSSHServer.isAvailable, "needs root and openssh-server"), .timeLimit(.minutes(2)))
struct RecorderTests {
    struct Sample: Decodable {
        var id: String
        var command: String
        var expect: String
    }

    static func samples() throws -> [Sample] {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/commands/forbidden-sample.jsonl")
        return try String(contentsOf: path, encoding: .utf8).split(separator: "\n").map { try JSONDecoder().decode(Sample.self, from: Data($0.utf8)) }
    }

    /// Where a proposer may put a text: a worker takes nobody's word for it.
    enum Place: CaseIterable {
        case guardCheck, command, healthCheck

        func work(_ text: String) -> Job.Work {
            switch self {
            case .guardCheck: Job.Work(guardCheck: text, command: "true", timeout: .seconds(5))
            case .command: Job.Work(command: text, timeout: .seconds(5))
            case .healthCheck: Job.Work(command: "true", healthCheck: HealthCheck(command: text), timeout: .seconds(5))
            }
        }
    }

    @Test("do not arrive, whoever proposes them and wherever they stand; the host sees no connection")
    func nothingArrives() async throws {
        let files = try TemporaryDirectory()
        let key = try SSHKeyPair(type: "ed25519", in: files)
        let record = files.file("record")
        let recorder = try files.write("recorder", "#!/bin/sh\n{ echo \"$SSH_ORIGINAL_COMMAND\"; cat; } >>'\(record)'\n", mode: 0o755)
        let server = try TestSSHServer(authorizedKeys: [key.publicLine], options: ["ForceCommand \(recorder)"])
        let ssh = try #require(SSHLoop())
        defer { ssh.stop() }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let links = HostLinks(clients: SSHClients(loop: ssh, environment: [:]), secrets: SecretResolver(environment: [:]), logger: logger)
        var host = Host(name: "h1", address: "127.0.0.1", port: server.port, user: "root", authentication: .key(path: key.path, passphrase: nil))
        host.hostKeyPolicy = .off
        let executor = JobExecutor(links: links, guardian: CommandGuard(), logger: logger)
        var number = 0
        func outcome(_ work: Job.Work) async -> JobOutcome {
            number += 1
            let job = Job(
                id: JobID(String(repeating: "0", count: 24) + String(format: "%08x", number)), run: RunID(String(repeating: "b", count: 32)), host: "h1", step: "s", subtask: "a", work: work)
            func digest(_ text: String?) -> [UInt8] { text.map { Digest.sha256(Array($0.utf8)) } ?? [] }
            let assignment = Assignment(
                job: job, coordinator: "c", target: RemoteTarget(host: host, hostKeys: []), guardDigest: digest(work.guardCheck), commandDigest: digest(work.command),
                healthDigest: digest(work.healthCheck?.command))
            return await executor.carryOut(assignment, started: {}, output: { _, _, _ in }).outcome
        }
        let mustDeny = try Self.samples().filter { $0.expect == "deny" }
        #expect(mustDeny.count > 40)
        for sample in mustDeny {
            for place in Place.allCases {
                guard case .failed(.refusedByPolicy) = await outcome(place.work(sample.command)) else {
                    Issue.record("\(sample.id) as \(place) was not refused")
                    continue
                }
            }
        }
        #expect(server.logins == 0)
        #expect(!FileManager.default.fileExists(atPath: record))
        // The recorder does record: a harmless command gets there.
        _ = await outcome(Place.command.work("true"))
        #expect(server.logins > 0)
        await links.closeAll()
    }
}
