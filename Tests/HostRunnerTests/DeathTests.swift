import Foundation
import Glibc
import TestSupport
import Testing

@Suite("A command whose supervisor dies")
struct DeathTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test("before its child has recorded itself never runs, as is told", arguments: RunnerShell.all)
    func never(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob()
        // The child waits at its output file, in front of its "run".
        let gate = try Gate("\(runner.ledger)/\(job).1.o")
        try runner.send(runner.startFrame(job, "touch '\(directory.file("ran"))'"))
        let supervisor = try #require(pid_t(await runner.until("STARTED \(job).1").last ?? ""))
        var child: pid_t?
        #expect(
            await eventually {
                child = ProcessTable.children(of: supervisor).first
                return child != nil
            })
        kill(supervisor, SIGKILL)
        #expect(try await eventually { try await runner.state("\(job).1") == ["never"] })
        // The next attempt may run now, so this one must not.
        try runner.send(runner.startFrame(job, attempt: 2, "echo second"))
        #expect(try await Ended(runner.until("DONE \(job).2")).text == "second\n")
        let pipe = try gate.open()
        let path = try "/proc/\(#require(child))"
        #expect(await eventually { !FileManager.default.fileExists(atPath: path) })
        withExtendedLifetime(pipe) {}
        #expect(try await runner.state("\(job).1") == ["never"])
        #expect(!FileManager.default.fileExists(atPath: directory.file("ran")))
    }

    @Test("while its child stands still goes on as an orphan", arguments: RunnerShell.all)
    func orphan(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob(), gate = directory.file("gate"), file = directory.file("ran")
        try runner.send(runner.startFrame(job, "while [ ! -e '\(gate)' ]; do sleep 0.05; done; echo x >>'\(file)'"))
        let supervisor = try #require(pid_t(await runner.until("STARTED \(job).1").last ?? ""))
        var child: pid_t?
        #expect(
            await eventually {
                child = ProcessTable.children(of: supervisor).first
                return (try? bytes(ofFile: "\(runner.ledger)/\(job).1").contains(Array("\nrun ".utf8))) == true && child != nil
            })
        try kill(#require(child), SIGSTOP)
        kill(supervisor, SIGKILL)
        runner.process.kill(SIGKILL)
        let next = try await RawRunner(shell, ledger: directory.path)
        #expect(try await eventually { try await next.state("\(job).1") == ["orphan"] })
        // It holds the host as before.
        try next.send(next.startFrame(newJob(), "true", run: "r2"))
        #expect(try await next.until("REFUSED", "DONE").suffix(3) == ["busy", "r1", "c1"])
        try directory.write("gate", "")
        try kill(#require(child), SIGCONT)
        #expect(try await eventually { try await next.state("\(job).1") == ["interrupted"] })
        #expect(try bytes(ofFile: file) == Array("x\n".utf8))
        try next.send(next.startFrame(newJob(), "true", run: "r2"))
        #expect(try await next.until("REFUSED", "DONE").first == "DONE")
    }

    @Test("is not taken for another process with its number", arguments: RunnerShell.all)
    func reusedNumber(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let stranger = try ChildProcess("/usr/bin/sleep", [newMark()])
        let boot = runner.key.split(separator: "/")[1]
        let records = [
            ("claim \(stranger.pid) 1 \(boot) digest 1 r1 c1\n", "never"),
            ("claim \(stranger.pid) 1 \(boot) digest 1 r1 c1\nrun \(stranger.pid) 1\n", "interrupted"),
        ]
        for (record, state) in records {
            let job = newJob()
            try Data(record.utf8).write(to: URL(filePath: "\(runner.ledger)/\(job).1"))
            #expect(try await runner.state("\(job).1") == [state])
            try Data().write(to: URL(filePath: "\(runner.ledger)/mutating/\(job).1,\(runner.uptime + 600),\(boot),7,c2,r2"))
            #expect(try await runner.run(newJob(), "echo free").text == "free\n")
        }
        stranger.kill(SIGKILL)
    }
}
