import Foundation
import Glibc
import TestSupport
import Testing

@Suite("The end of a command that is cancelled or out of time")
struct EndTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Ways in which a command gets processes that a signal to its own group may miss.
    static let families = [
        "sleep MARK & sleep MARK",
        "(sleep MARK &); sleep MARK",
        "sh -c 'sh -c \"sleep MARK & sleep MARK\" & sleep MARK' & wait",
        // timeout(1) makes a process group of its own.
        "timeout 900 sleep MARK & timeout 900 sleep MARK",
        "setsid sleep MARK & sleep MARK",
        "setsid sh -c 'sleep MARK & sleep MARK' & wait",
    ]

    @Test("leaves no process of it", arguments: RunnerShell.all, families)
    func cancelled(_ shell: RunnerShell, _ family: String) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob(), mark = newMark()
        let count = family.components(separatedBy: "sleep MARK").count - 1
        try runner.send(runner.startFrame(job, family.replacingOccurrences(of: "MARK", with: mark)))
        try await runner.until("STARTED \(job).1")
        #expect(await eventually { sleepers(mark).count == count })
        try runner.send("CANCEL \(job).1 cancelled\n")
        let ended = try await Ended(runner.until("DONE \(job).1"))
        #expect(ended.how == "cancelled")
        #expect(ended.left == "left=0")
        #expect(await eventually { sleepers(mark).isEmpty })
        for pid in processes(with: mark) { kill(pid, SIGKILL) }
    }

    @Test("comes at its deadline when the runner is asked", arguments: RunnerShell.all)
    func deadline(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob(), mark = newMark()
        try runner.send(runner.startFrame(job, "echo begun; sleep \(mark) & sleep \(mark)", limit: 1))
        try await runner.until("STARTED \(job).1")
        // The host has no timer: it looks at the clock when it is asked.
        #expect(try await eventually { try await runner.state("\(job).1").first == "done" })
        #expect(try await runner.state("\(job).1").prefix(4).suffix(1) == ["deadline"])
        #expect(sleepers(mark).isEmpty)
        try runner.send("TELL \(job).1 0 0 1\n")
        #expect(try await runner.until("OUT").last == "626567756e0a")
    }

    @Test("comes at its deadline when nobody is connected any more", arguments: RunnerShell.all)
    func watchdog(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob(), mark = newMark()
        try runner.send(runner.startFrame(job, "sleep \(mark) & sleep \(mark)", limit: 1))
        try await runner.until("STARTED \(job).1")
        runner.process.closeInput()
        #expect(await eventually { !processes(with: mark).isEmpty })
        #expect(await eventually { processes(with: mark).isEmpty })
        #expect(await eventually { runner.process.hasEnded })
        let next = try await RawRunner(shell, ledger: directory.path)
        #expect(try await eventually { try await next.state("\(job).1").prefix(4).suffix(1) == ["deadline"] })
    }

    @Test("comes at its deadline when the stream ended in a frame, or with a wrong one", arguments: RunnerShell.all, ["LOOK", "LOOK 1 0 s 1 0 n\n", "NONSENSE\n"])
    func badEnd(_ shell: RunnerShell, _ end: String) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob(), mark = newMark()
        try runner.send(runner.startFrame(job, "sleep \(mark)", limit: 1))
        try await runner.until("STARTED \(job).1")
        try runner.send(end)
        runner.process.closeInput()
        #expect(await eventually { runner.process.hasEnded })
        let next = try await RawRunner(shell, ledger: directory.path)
        #expect(try await next.state("\(job).1").prefix(4).suffix(1) == ["deadline"])
        #expect(processes(with: mark).isEmpty)
        for pid in processes(with: mark) { kill(pid, SIGKILL) }
    }

    @Test("is forced on who ignores the polite signal", arguments: RunnerShell.all)
    func stubborn(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob(), mark = newMark()
        try runner.send(runner.startFrame(job, "trap '' TERM; sleep \(mark) & timeout 900 sleep \(mark) & setsid sleep \(mark) & wait; sleep \(mark)"))
        #expect(await eventually { sleepers(mark).count == 3 })
        try runner.send("CANCEL \(job).1 cancelled\n")
        #expect(try await Ended(runner.until("DONE \(job).1")).how == "cancelled")
        #expect(await eventually { processes(with: mark).isEmpty })
        for pid in processes(with: mark) { kill(pid, SIGKILL) }
    }

    @Test("comes before its start when it is cancelled first", arguments: RunnerShell.all)
    func cancelledFirst(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob()
        try runner.send("CANCEL \(job).1 cancelled\n")
        #expect(try await runner.until("STATE \(job).1").last == "revoked")
        try runner.send(runner.startFrame(job, "touch '\(directory.file("ran"))'"))
        #expect(try await runner.until("STATE \(job).1", "DONE \(job).1").last == "revoked")
        #expect(!FileManager.default.fileExists(atPath: directory.file("ran")))
    }

    @Test("wins over a start at the same moment, or ends it", arguments: RunnerShell.all)
    func race(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let mark = newMark()
        for _ in 0..<8 {
            let job = newJob()
            try runner.send(runner.startFrame(job, "sleep \(mark)") + Array("CANCEL \(job).1 cancelled\n".utf8))
            #expect(
                try await eventually {
                    let state = try await runner.state("\(job).1")
                    return state == ["revoked"] || state.contains("cancelled")
                })
        }
        #expect(await eventually { sleepers(mark).isEmpty })
    }

    @Test("of the command itself does not wait for a daemon it leaves behind, and tells of it", arguments: RunnerShell.all)
    func daemon(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let mark = newMark()
        let ended = try await runner.run(newJob(), "sleep \(mark) & echo up")
        #expect(ended.text == "up\n")
        #expect(ended.left == "left=1")
        #expect(await eventually { sleepers(mark).count == 1 })
        for pid in processes(with: mark) { kill(pid, SIGKILL) }
    }

    @Test("of a look that hangs takes its children along", arguments: RunnerShell.all)
    func look(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let mark = newMark()
        try runner.send("LOOK 7 3 s 1 0 n\necho seen; sleep \(mark) | sleep \(mark); echo no\nEND 7\n")
        #expect(await eventually { sleepers(mark).count == 2 })
        try runner.send("STOPLOOK 3\n")
        #expect(try await Ended(runner.until("SEEN 7")).text == "seen\n")
        #expect(await eventually { sleepers(mark).isEmpty })
    }

    @Test("leaves a group alone whose number has come to another process", arguments: RunnerShell.all)
    func reusedNumber(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let mark = newMark(), job = newJob()
        let stranger = try ChildProcess("/usr/bin/sleep", [mark])
        #expect(await eventually { sleepers(mark).count == 1 })
        // A record whose supervisor is gone and whose command had the stranger's pid, but started at another time.
        let folder = try #require(FileManager.default.contentsOfDirectory(atPath: directory.path).first)
        let boot = runner.key.split(separator: "/")[1]
        try directory.write("\(folder)/\(job).1", "claim 999999 1 \(boot) digest 1 r1 c1\nrun \(stranger.pid) 1\n")
        #expect(try await runner.state("\(job).1") == ["interrupted"])
        try runner.send("CANCEL \(job).1 cancelled\n")
        try await runner.until("STATE \(job).1")
        try runner.send("PING 1\n")
        try await runner.until("PONG 1")
        #expect(sleepers(mark).count == 1)
        stranger.kill(SIGKILL)
    }
}

/// The processes that sleep for a marked time, without the shells that have the mark in their text.
private func sleepers(_ mark: String) -> [pid_t] {
    processes(with: mark).filter { pid in
        let words = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline")?.split(separator: 0) ?? []
        return words.first.map { String(decoding: $0, as: UTF8.self).hasSuffix("sleep") } == true
    }
}
