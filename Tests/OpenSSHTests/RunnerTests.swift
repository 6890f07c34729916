import CommandSafety
import Glibc
import HostRunner
import SSH
import TestSupport
import Testing
import Threads

@testable import OpenSSH

@Suite("A host's runner over the system's ssh", .enabled(if: hasServerAndClient, "needs sshd, ssh and root"), .timeLimit(.minutes(3)))
struct RunnerTests {
    let fixture: OpenSSHFixture

    init() throws { fixture = try OpenSSHFixture(keyType: "rsa") }

    private func open() async throws -> HostRunner {
        let session = try await fixture.client.execute(RunnerIdentity.login.startLine, on: fixture.target())
        return try await HostRunner.open(on: OpenSSHRunnerChannel(session), identity: .login, ledger: fixture.directory.directory("ledger"), nonce: "n0nce")
    }

    private func cleared(_ text: String, for purpose: CommandPurpose = .command) throws -> ClearedCommand {
        try CommandGuard().clear(text, context: CommandContext(purpose: purpose, loginUser: "root", isApproved: true))
    }

    private func start(_ text: String, _ number: Int = 1) throws -> RunnerStart {
        RunnerStart(
            attempt: RunnerAttempt(job: "0190" + String(repeating: "0", count: 27) + "\(number)", attempt: 1), command: try cleared(text), digest: "digest", coordinator: "c1",
            run: "r1", environment: [:], content: nil, limit: .seconds(120))
    }

    @Test("looks, starts, and brings all output")
    func job() async throws {
        let runner = try await open()
        #expect(try await runner.look(cleared("test -d /nonexistent", for: .guardCheck), within: .seconds(20)).exitCode == 1)
        let output = Lock<[UInt8]>([]), starts = Lock(0)
        let conclusion = try await runner.carryOut(
            start("seq 1 30000; echo wrong >&2; exit 3"), started: { starts.withLock { $0 += 1 } },
            output: { stream, _, bytes in if stream == .output { output.withLock { $0 += bytes } } })
        guard case .done(let outcome, _, let error) = conclusion else {
            Issue.record("\(conclusion)")
            return
        }
        #expect(outcome.exitCode == 3 && outcome.ending == .exit)
        #expect(String(decoding: error, as: UTF8.self) == "wrong\n")
        let expected = (1...30000).map { "\($0)\n" }.joined()
        #expect(output.withLock { String(decoding: $0, as: UTF8.self) } == expected)
        #expect(starts.withLock { $0 } == 1)
        await runner.close()
        #expect(await eventually { fixture.processes.isEmpty })
    }

    @Test("ends a command that is cancelled")
    func cancel() async throws {
        let runner = try await open()
        let start = try start("sleep 1000")
        let (started, feed) = AsyncStream<Void>.makeStream()
        async let ended = runner.carryOut(start, started: { feed.yield() }, output: { _, _, _ in })
        for await _ in started { break }
        try await runner.cancel(start.attempt)
        guard case .done(let outcome, _, _) = try await ended else {
            Issue.record("not done")
            return
        }
        #expect(outcome.ending == .cancelled)
        await runner.close()
    }

    @Test("whose ssh is killed in the middle is lost, and the next one finds the command still running")
    func killed() async throws {
        let runner = try await open()
        let gate = fixture.directory.file("gate")
        // Opening a FIFO waits for the other side.
        #expect(mkfifo(gate, 0o600) == 0)
        let start = try start("cat '\(gate)'")
        let (started, feed) = AsyncStream<Void>.makeStream()
        async let ended = runner.carryOut(start, started: { feed.yield() }, output: { _, _, _ in })
        for await _ in started { break }
        let process = try #require(fixture.processes.first)
        kill(process, SIGKILL)
        do {
            let conclusion = try await ended
            Issue.record("\(conclusion)")
        } catch let error as HostRunnerError {
            guard case .lost(let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(reason.contains("ssh was ended by signal 9"), "\(reason)")
        }
        #expect(await !runner.isUsable)
        let next = try await open()
        try run("/bin/sh", ["-c", "echo through > '\(gate)'"])
        let conclusion = try await next.attach(start.attempt, limit: .seconds(60), started: {}, output: { _, _, _ in })
        guard case .done(let outcome, let output, _)? = conclusion else {
            Issue.record("\(String(describing: conclusion))")
            return
        }
        #expect(outcome.exitCode == 0 && String(decoding: output, as: UTF8.self) == "through\n")
        await next.close()
    }

    @Test("whose server hangs up is lost, with ssh's reason")
    func serverGone() async throws {
        let session = try await fixture.client.execute("sleep 1000", on: fixture.target())
        for pid in fixture.server.connectionPIDs { kill(pid, SIGKILL) }
        let error = try await failure(of: { try await session.read() })
        guard case .connectionLost(_, let reason) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(reason.contains("closed by remote host"), "\(reason)")
        #expect(await session.loss == error)
    }

    @Test("ends with its output, also where the command goes on without")
    func outputClosed() async throws {
        let session = try await fixture.client.execute("echo last; exec >&- 2>&-; exec sleep 1000", on: fixture.target())
        #expect(try await session.readAll() == "last\n")
        #expect(await session.loss == nil)
        await session.close()
        #expect(fixture.processes.isEmpty)
    }

    @Test("takes more input than ssh has room for, and holds back output that nobody reads")
    func pressure() async throws {
        let session = try await fixture.client.execute("cat", on: fixture.target())
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20), count = 16
        async let sent: Void = {
            for _ in 0..<count { try await session.write(piece) }
        }()
        var received = 0
        while received < count * piece.count, let bytes = try await session.read() { received += bytes.count }
        try await sent
        #expect(received == count * piece.count)
        await session.close()
    }
}
