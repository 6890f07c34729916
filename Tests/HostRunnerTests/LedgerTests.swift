import Foundation
import Glibc
import TestSupport
import Testing

@Suite("The ledger of a host")
struct LedgerTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// The one directory below the given one that holds the records of this machine.
    private var folder: String {
        get throws {
            let entries = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            return try directory.file(#require(entries.first { FileManager.default.fileExists(atPath: directory.file("\($0)/ledger")) }))
        }
    }

    private func write(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)")) }

    @Test("lets a new runner follow a command whose runner was killed", arguments: RunnerShell.all)
    func runnerKilled(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob(), gate = directory.file("gate")
        // A fifo would do, but not every shell reads one alike: the command waits for a file.
        let command = "echo first; echo one >&2; while [ ! -e '\(gate)' ]; do sleep 0.05; done; echo last; exit 5"
        try runner.send(runner.startFrame(job, command))
        try await runner.until("STARTED \(job).1")
        runner.process.kill(SIGKILL)
        #expect(await eventually { runner.process.hasEnded })
        let next = try await RawRunner(shell, ledger: directory.path)
        #expect(next.key == runner.key)
        try next.send(next.startFrame(job, command))
        #expect(try await next.until("STATE \(job).1").last == "running")
        try directory.write("gate", "")
        #expect(try await eventually { try await next.state("\(job).1").first == "done" })
        #expect(try await next.state("\(job).1") == ["done", "done", "5", "exit", "left=0"])
        try next.send("TELL \(job).1 0 0 9\n")
        #expect(try await next.until("OUT \(job).1 o 0").last.map(hexadecimal) == Array("first\nlast\n".utf8))
        #expect(try await next.until("OUT \(job).1 e 0").last.map(hexadecimal) == Array("one\n".utf8))
    }

    @Test("tells of a command whose supervisor was killed, first as orphan, then as interrupted", arguments: RunnerShell.all)
    func supervisorKilled(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob(), mark = newMark()
        try runner.send(runner.startFrame(job, "exec sleep \(mark)"))
        let supervisor = try #require(pid_t(await runner.until("STARTED \(job).1").last ?? ""))
        #expect(await eventually { processes(with: mark).contains { FileManager.default.contents(atPath: "/proc/\($0)/comm") == Data("sleep\n".utf8) } || !processes(with: mark).isEmpty })
        kill(supervisor, SIGKILL)
        #expect(try await eventually { try await runner.state("\(job).1") == ["orphan"] })
        try runner.send(runner.startFrame(job, attempt: 2, "true"))
        #expect(try await runner.until("REFUSED", "DONE") == ["REFUSED", "\(job).2", "previous-orphan"])
        for pid in processes(with: mark) { kill(pid, SIGKILL) }
        #expect(try await eventually { try await runner.state("\(job).1") == ["interrupted"] })
        try runner.send(runner.startFrame(job, attempt: 2, "true"))
        #expect(try await runner.until("REFUSED", "DONE").first == "DONE")
    }

    @Test("refuses a second attempt before the first is settled", arguments: RunnerShell.all)
    func unsettled(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob()
        try runner.send(runner.startFrame(job, attempt: 2, "true"))
        #expect(try await runner.until("REFUSED", "DONE").last == "previous-absent")
        try runner.send("REVOKE \(job).1 settled\n")
        #expect(try await runner.until("STATE \(job).1").last == "revoked")
        try runner.send(runner.startFrame(job, attempt: 1, "true"))
        #expect(try await runner.until("STATE \(job).1", "DONE").last == "revoked")
        try runner.send(runner.startFrame(job, attempt: 2, "true"))
        #expect(try await runner.until("REFUSED", "DONE").first == "DONE")
    }

    @Test("does not take back what runs or is done when it is settled", arguments: RunnerShell.all)
    func settled(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob(), gate = directory.file("gate")
        try runner.send(runner.startFrame(job, "while [ ! -e '\(gate)' ]; do sleep 0.05; done"))
        try await runner.until("STARTED")
        try runner.send("REVOKE \(job).1 settled\n")
        #expect(try await runner.until("STATE \(job).1").last == "running")
        try directory.write("gate", "")
        #expect(try await Ended(runner.until("DONE \(job).1")).exitCode == 0)
        try runner.send("REVOKE \(job).1 settled\n")
        #expect(try await runner.until("STATE \(job).1").contains("done"))
    }

    @Test("refuses a start meant for another host, too late, or forgotten", arguments: RunnerShell.all)
    func refused(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let old = newJob(), low = newJob()
        try runner.send(runner.startFrame(newJob(), "true", key: "a/b/c"))
        #expect(try await runner.until("REFUSED").suffix(2) == ["identity", runner.key])
        try runner.send(runner.startFrame(newJob(), "true", notAfter: runner.uptime - 5))
        #expect(try await runner.until("REFUSED").last == "late")
        #expect(try await runner.run(low, "echo x").exitCode == 0)
        try runner.send("FORGET c1 \(low) \(low).1\n")
        for job in [old, low] {
            try runner.send(runner.startFrame(job, "true"))
            #expect(try await runner.until("REFUSED", "DONE").last == "forgotten")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix(low) }.isEmpty)
        // The mark is per coordinator, and a late frame with a lower one does not lower it.
        try runner.send("FORGET c1 0\n")
        try runner.send(runner.startFrame(old, "true"))
        #expect(try await runner.until("REFUSED", "DONE").last == "forgotten")
        try runner.send(runner.startFrame(old, "true", coordinator: "c2"))
        #expect(try await runner.until("REFUSED", "DONE").first == "DONE")
    }

    @Test("does not forget what still runs", arguments: RunnerShell.all)
    func forgetRunning(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob(), gate = directory.file("gate")
        try runner.send(runner.startFrame(job, "while [ ! -e '\(gate)' ]; do sleep 0.05; done; echo end"))
        try await runner.until("STARTED")
        try runner.send("FORGET c1 \(job) \(job).1\n")
        #expect(try await runner.state("\(job).1") == ["running"])
        #expect(try runner.entries().contains { $0.hasPrefix(job) })
        try directory.write("gate", "")
        #expect(try await Ended(runner.until("DONE \(job).1")).text == "end\n")
    }

    @Test("forgets what is settled, with its output and entry", arguments: RunnerShell.all)
    func forgets(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let boot = String(runner.key.split(separator: "/")[1])
        let dead = "claim 999999 7 \(boot) digest 99999999 r1 c1\n"
        let jobs = try ["revoke settled\n", dead, dead + "run 999998 8\n", dead + "run 999998 8\ndone 0 exit left=0\n"].map { record in
            let job = newJob()
            for name in ["", ".o", ".e", ".x"] { try write("\(job).1\(name)", record) }
            try write("mutating/\(job).1,\(runner.uptime + 600),\(boot),7,c1,r1", "")
            return job
        }
        let above = newJob()
        try write("\(above).1", dead)
        try write("\(above).1.o", "secret")
        func left() throws -> Set<String> { Set(try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.contains("0190") }) }
        // A mark alone takes nothing away; records at or below it can't run again, so they may go.
        let mark = jobs[jobs.count - 1]
        try runner.send("FORGET c1 \(mark)\nPING 1\n")
        try await runner.until("PONG 1")
        #expect(try left().count == 22)
        #expect(try String(contentsOfFile: "\(folder)/low.c1", encoding: .utf8) == mark + "\n")
        try runner.send("FORGET c1 \(mark) " + (jobs + [above]).map { "\($0).1" }.joined(separator: " ") + "\nPING 2\n")
        try await runner.until("PONG 2")
        // The one above it keeps its record: without, its start could run again.
        let rest = try left()
        #expect(rest == ["\(above).1"])
        #expect(try await runner.state("\(above).1") == ["never"])
        #expect(try await runner.state("\(jobs[0]).1") == ["absent"])
        try runner.send(runner.startFrame(jobs[0], "true"))
        #expect(try await runner.until("REFUSED", "DONE").last == "forgotten")
    }

    @Test("keeps another run off a host that one is changing", arguments: RunnerShell.all)
    func busy(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let other = try await RawRunner(shell, ledger: directory.path)
        let long = newJob(), gate = directory.file("gate")
        try runner.send(runner.startFrame(long, "while [ ! -e '\(gate)' ]; do sleep 0.05; done"))
        try await runner.until("STARTED")
        // A second, shorter job of the same run must not open the door.
        #expect(try await runner.run(newJob(), "true").exitCode == 0)
        try other.send(other.startFrame(newJob(), "true", coordinator: "c2", run: "r2"))
        #expect(try await other.until("REFUSED", "DONE").suffix(3) == ["busy", "r1", "c1"])
        try directory.write("gate", "")
        try await runner.until("DONE \(long).1")
        try other.send(other.startFrame(newJob(), "true", coordinator: "c2", run: "r2"))
        #expect(try await other.until("REFUSED", "DONE").first == "DONE")
    }

    @Test("takes an empty record for none: its claim found no room", arguments: RunnerShell.all)
    func emptyRecord(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob()
        try write("\(job).1", "")
        #expect(try await runner.state("\(job).1") == ["absent"])
        #expect(try await runner.run(job, "echo ran").text == "ran\n")
    }

    @Test("takes a first line without its end for none: it is being written, or found no room", arguments: RunnerShell.all)
    func tornRecord(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob()
        try write("\(job).1", "claim 12")
        #expect(try await runner.state("\(job).1") == ["absent"])
        // Nobody's claim can come first any more, nor does what is appended make it one.
        try runner.send("REVOKE \(job).1 settled\n")
        #expect(try await runner.until("STATE \(job).1").last == "garbled")
    }

    @Test("tells every state of a record", arguments: RunnerShell.all)
    func states(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let boot = String(runner.key.split(separator: "/")[1])
        let dead = "claim 999999 7 \(boot) digest 99999999 r1 c1\n"
        let records = [
            ("revoke settled\n", "revoked"), ("cancel cancelled\n", "revoked"), ("cancel cancelled\n" + dead, "revoked"),
            (dead, "never"), (dead + "cancel cancelled\n", "never"), (dead + "run 999998 8\n", "interrupted"),
            (dead + "run 999998 8\nvoid\n", "never"),
            ("claim 999999 7 otherboot digest 99999999 r1 c1\n", "interrupted"), ("nonsense\n", "garbled"), ("claim 1\n", "garbled"),
            (dead + "run 999998 8\nrevoke late\ndone 3 exit left=1\n", "done done 3 exit left=1"),
        ]
        for (record, state) in records {
            let job = newJob()
            try write("\(job).1", record)
            #expect(try await runner.state("\(job).1").joined(separator: " ") == state, "\(record)")
            // None of them ever runs again.
            try runner.send(runner.startFrame(job, "true"))
            #expect(try await runner.until("STATE \(job).1", "DONE", "REFUSED").dropFirst(2).joined(separator: " ") == state)
        }
        #expect(try await runner.state("\(newJob()).1") == ["absent"])
    }

    @Test("judges an interrupted host by its boot", arguments: RunnerShell.all)
    func otherBoot(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob(), mark = newMark()
        try runner.send(runner.startFrame(job, "exec sleep \(mark)"))
        try await runner.until("STARTED")
        let rebooted = try await RawRunner(shell, ledger: directory.path, environment: ["MUSTER_TEST_BOOT": "later.1"])
        #expect(rebooted.key != runner.key)
        #expect(try await rebooted.state("\(job).1") == ["interrupted"])
        try rebooted.send(rebooted.startFrame(newJob(), "true", key: runner.key))
        #expect(try await rebooted.until("REFUSED").suffix(2) == ["identity", rebooted.key])
        try runner.send("CANCEL \(job).1 cancelled\n")
        try await runner.until("DONE")
    }

    @Test("keeps its files from other users", arguments: RunnerShell.all)
    func modes(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        _ = try await runner.run(newJob(), "echo secret; touch made", content: Array("secret".utf8))
        let paths = try #require(FileManager.default.enumerator(atPath: folder)).compactMap { $0 as? String }.filter { !$0.hasSuffix("made") }
        #expect(paths.count >= 6)
        for path in try [folder] + paths.map({ try "\(folder)/\($0)" }) {
            let mode = try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
            #expect(mode & 0o077 == 0, "\(path)")
        }
    }

    @Test("is made once, also by runners that start together", arguments: RunnerShell.all)
    func madeOnce(_ shell: RunnerShell) async throws {
        let path = directory.path
        let keys = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<6 { group.addTask { try await RawRunner(shell, ledger: path).key } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(keys.count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["cwd", "ledger", "mutating"])
    }

    @Test("without an id starts nothing more", arguments: RunnerShell.all)
    func withoutID(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob(), rest = runner.key.drop { $0 != "/" }
        try FileManager.default.removeItem(atPath: "\(runner.ledger)/ledger")
        try runner.send(runner.startFrame(job, "touch '\(directory.file("ran"))'"))
        #expect(try await runner.until("REFUSED", "STARTED", "DONE") == ["REFUSED", "\(job).1", "identity", String(rest)])
        #expect(try runner.entries().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: directory.file("ran")))
    }

    @Test("gets a new id when the old one was lost with the power", arguments: RunnerShell.all)
    func emptied(_ shell: RunnerShell) async throws {
        let key = try await RawRunner(shell, ledger: directory.path).key
        try write("ledger", "")
        let next = try await RawRunner(shell, ledger: directory.path)
        #expect(next.hello.first == "HELLO")
        #expect(next.key != key)
    }

    @Test("that can't be made is an error, with its path", arguments: RunnerShell.all)
    func unwritable(_ shell: RunnerShell) async throws {
        try directory.write("file", "")
        let answer = try await RawRunner(shell, ledger: directory.file("file/below")).hello
        #expect(answer.prefix(2) == ["ERROR", "ledger"])
        #expect(answer.contains { $0.hasPrefix(directory.file("file/below")) })
    }

    @Test("may stand in a directory with any name", arguments: RunnerShell.all)
    func oddName(_ shell: RunnerShell) async throws {
        let path = try directory.directory("it's a \\ \"ledger\" $HOME %s * ы")
        let runner = try await RawRunner(shell, ledger: path)
        #expect(runner.hello.first == "HELLO")
        let job = newJob()
        #expect(try await runner.run(job, "cat content; pwd", content: Array("c\n".utf8)).text.hasPrefix("c\n\(path)/"))
        #expect(try await runner.state("\(job).1").first == "done")
    }
}
