import CommandSafety
import ConfigurationFiles
import Cryptography
import Logging
import Model
import SSH
import Testing
import WireProtocol

@testable import Worker

@Suite("A worker that is given a job")
struct EnvironmentTests {
    /// What becomes of a job for a host that does not answer.
    static func outcome(_ environment: [String: String]) async throws -> JobOutcome {
        let ssh = try #require(SSHLoop())
        defer { ssh.stop() }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let links = HostLinks(clients: SSHClients(loop: ssh, environment: [:]), secrets: SecretResolver(environment: [:]), logger: logger)
        // Port 1 of this machine: nobody listens there.
        var host = Host(name: "h1", address: "127.0.0.1", port: 1, user: "nobody", authentication: .key(path: "/nonexistent/key", passphrase: nil))
        host.hostKeyPolicy = .off
        let work = Job.Work(command: "true", environment: environment, timeout: .seconds(5))
        let job = Job(
            id: JobID(String(repeating: "a", count: 32)), run: RunID(String(repeating: "b", count: 32)), host: "h1", step: "s", subtask: "a", work: work)
        let assignment = Assignment(
            job: job, coordinator: "c", target: RemoteTarget(host: host, hostKeys: []), guardDigest: [],
            commandDigest: Digest.sha256(Array("true".utf8)), healthDigest: [])
        let executor = JobExecutor(links: links, guardian: CommandGuard(), logger: logger)
        let result = await executor.carryOut(assignment, started: {}, output: { _, _, _ in })
        await links.closeAll()
        #expect(result.job == job.id && result.attempt == 1)
        return result.outcome
    }

    @Test("refuses variables that change what programs do, without asking the host", arguments: ["PATH", "LD_PRELOAD", "BASH_ENV", "BASH_FUNC_true", "IFS", "PAGER"])
    func refused(name: String) async throws {
        let expected = JobOutcome.failed(.refusedByPolicy("the job sets \(name), which changes what programs do — name programs and their options in the command instead"))
        #expect(try await Self.outcome([name: "/tmp/x", "LANG": "C"]) == expected)
    }

    @Test("names all such variables, in order")
    func several() async throws {
        let outcome = try await Self.outcome(["PATH": "/tmp", "A": "1", "LD_AUDIT": "x"])
        #expect(outcome == .failed(.refusedByPolicy("the job sets LD_AUDIT and PATH, which change what programs do — name programs and their options in the command instead")))
    }

    @Test("has nothing against others")
    func allowed() async throws {
        guard case .failed(.unreachable) = try await Self.outcome(["LANG": "C", "DEBIAN_FRONTEND": "noninteractive"]) else {
            Issue.record("the host was not asked")
            return
        }
    }
}
