import CommandSafety
import ConfigurationFiles
import Cryptography
import HostRunner
import Logging
import Model
import Orchestration
import SSH
import TestSupport
import Testing
import WireProtocol

@testable import Worker

@Suite("Secrets of a command")
struct SecretTests {
    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("are masked in a whole text, byte for byte")
    func whole() {
        let mask = SecretMask([Array("hunter2".utf8), Array("hunter2-longer".utf8)])
        #expect(text(mask.masked(Array("user=bob password=hunter2\nagain hunter2-longer.".utf8))) == "user=bob password=*******\nagain **************.")
        // A tail may begin in the middle of one.
        #expect(text(mask.masked(Array("nter2 and more".utf8))) == "***** and more")
        #expect(text(mask.masked(Array("nothing of it".utf8))) == "nothing of it")
    }

    @Test("are masked in a stream, also where it was cut; offsets stay", arguments: 1...12)
    func cut(size: Int) {
        let mask = SecretMask([Array("hunter2".utf8)])
        let printed = Array("a hunter2 b hunthunter2 hunter c".utf8)
        var told = [UInt8](repeating: UInt8(ascii: "?"), count: printed.count)
        func take(_ offset: Int, _ bytes: [UInt8]) { for (index, byte) in bytes.enumerated() { told[offset + index] = byte } }
        for start in stride(from: 0, to: printed.count, by: size) {
            for piece in mask.pass(.output, start, Array(printed[start..<min(printed.count, start + size)])) { take(piece.offset, piece.bytes) }
        }
        for piece in mask.rest() { take(piece.offset, piece.bytes) }
        #expect(text(told) == "a ******* b hunt******* hunter c")
    }

    /// What becomes of a job for a host that does not answer.
    func outcome(command: String, secrets: [String: SecretReference], environment: [String: String] = [:], purpose: Purpose = .run) async throws -> JobOutcome {
        let ssh = try #require(SSHLoop())
        defer { ssh.stop() }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let links = HostLinks(clients: SSHClients(loop: ssh, environment: [:]), secrets: SecretResolver(environment: environment), logger: logger)
        var host = Host(name: "h1", address: "127.0.0.1", port: 1, user: "nobody", authentication: .key(path: "/nonexistent/key", passphrase: nil))
        host.hostKeyPolicy = .off
        let work = Job.Work(command: command, secrets: secrets, timeout: .seconds(5))
        let job = Job(id: JobID(String(repeating: "a", count: 32)), run: RunID(String(repeating: "b", count: 32)), host: "h1", step: "s", subtask: "a", work: work)
        let assignment = Assignment(
            job: job, coordinator: "c", target: RemoteTarget(host: host, hostKeys: []), purpose: purpose, guardDigest: [], commandDigest: Digest.sha256(Array(command.utf8)), healthDigest: [])
        let result = await JobExecutor(links: links, guardian: CommandGuard(), logger: logger).carryOut(assignment, started: {}, output: { _, _, _ in })
        await links.closeAll()
        return result.outcome
    }

    @Test("that can't be had stop the job before it starts, and say which")
    func missing() async throws {
        let outcome = try await outcome(command: "true", secrets: ["PGPASS": .environment("NOT_SET")])
        #expect(outcome == .failed(.refusedByHost("h1: PGPASS: the secret env:NOT_SET is not set — set it where this process runs, or name another in the configuration")))
        let lines = try await self.outcome(command: "true", secrets: ["PGPASS": .environment("P")], environment: ["P": "a\nb"])
        #expect("\(lines)".contains("has more than one line"))
    }

    @Test("that can't be had any more keep nobody from asking the host what became of the command, or from ending it", arguments: [Purpose.settle, .cancel])
    func lateMissing(purpose: Purpose) async throws {
        // It gets as far as the host, which does not answer here.
        let outcome = try await outcome(command: "true", secrets: ["PGPASS": .environment("NOT_SET")], purpose: purpose)
        #expect(!"\(outcome)".contains("NOT_SET"), "\(outcome)")
    }

    @Test("that stand in a text as they are stop the job: they would stand in argv and logs")
    func literal() async throws {
        let outcome = try await outcome(command: "echo sesame-open", secrets: ["PGPASS": .environment("P")], environment: ["P": "sesame-open"])
        #expect(outcome == .failed(.refusedByPolicy("the value of the secret PGPASS stands in the text — write \"$PGPASS\" in its place")))
        guard case .failed(.unreachable) = try await self.outcome(command: "echo \"$PGPASS\" >/dev/null", secrets: ["PGPASS": .environment("P")], environment: ["P": "sesame-open"]) else {
            Issue.record("a reference is what the text should have")
            return
        }
    }

    @Test("may not be variables that change what programs do")
    func dangerous() async throws {
        let outcome = try await outcome(command: "true", secrets: ["LD_PRELOAD": .environment("P")], environment: ["P": "/tmp/x.so"])
        #expect("\(outcome)".contains("LD_PRELOAD, which changes what programs do"))
    }
}
