import Foundation
import Glibc
import TestSupport
import Testing

/// The claim on a whole host: while a job of one run changes it, no job of another does.
@Suite("The claim on a host")
struct ClaimTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Makes an entry as a supervisor does.
    private func enter(_ name: String, of runner: RawRunner) throws {
        try Data().write(to: URL(filePath: "\(runner.ledger)/mutating/\(name)"))
    }

    @Test("is never given to two runs whose runners start jobs at the same moment", arguments: RunnerShell.all)
    func exclusive(_ shell: RunnerShell) async throws {
        let runners = [try await RawRunner(shell, ledger: directory.path), try await RawRunner(shell, ledger: directory.path)]
        let lock = directory.file("lock"), violations = directory.file("violations")
        // The commands see to it themselves: mkdir fails if the other one is in.
        let command = "mkdir '\(lock)' || echo both >>'\(violations)'; sleep 0.01; rmdir '\(lock)'"
        var done = 0
        for _ in 0..<50 {
            let jobs = [newJob(), newJob()]
            for (number, runner) in runners.enumerated() { try runner.send(runner.startFrame(jobs[number], command, run: "r\(number)")) }
            for (number, runner) in runners.enumerated() {
                let answer = try await runner.until("DONE \(jobs[number]).1", "REFUSED \(jobs[number]).1")
                if answer[0] == "DONE" { done += 1 } else { #expect(answer.suffix(3) == ["busy", "r\(1 - number)", "c1"]) }
            }
        }
        #expect(!FileManager.default.fileExists(atPath: violations))
        #expect(done > 0)
    }

    @Test("is refused without leaving an entry", arguments: RunnerShell.all)
    func refused(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let other = try await RawRunner(shell, ledger: directory.path)
        let long = newJob(), gate = directory.file("gate")
        try runner.send(runner.startFrame(long, "while [ ! -e '\(gate)' ]; do sleep 0.05; done"))
        try await runner.until("STARTED")
        let before = try runner.entries()
        #expect(before.count == 1)
        for _ in 0..<10 {
            let job = newJob()
            try other.send(other.startFrame(job, "true", run: "r2"))
            #expect(try await other.until("REFUSED", "DONE") == ["REFUSED", "\(job).1", "busy", "r1", "c1"])
            #expect(try await other.hold(job, ledger: other.ledger, run: "r2") == ["REFUSED", "\(job).1", "busy", "r1", "c1"])
        }
        #expect(try runner.entries() == before)
        try directory.write("gate", "")
        try await runner.until("DONE")
    }

    @Test("is given up by a supervisor that finds another run's entry beside its own", arguments: RunnerShell.all)
    func withdrawn(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let boot = runner.key.split(separator: "/")[1], late = runner.uptime + 600
        // Of eight entries even those of the own run are read: the main loop waits at one, when it has seen who is there.
        for number in 0..<8 { try enter("\(newJob()).1,\(late),\(boot),\(number),c1,r1", of: runner) }
        let gate = try Gate("\(runner.ledger)/mutating/\(newJob()).1,\(late),\(boot),1-1-1,c1,r1")
        let job = newJob()
        try runner.send(runner.startFrame(job, "touch '\(directory.file("ran"))'"))
        let pipe = try await gate.openedByReader()
        try enter("\(newJob()).1,\(late),\(boot),99,c2,r2", of: runner)
        try pipe.write("/nowhere\n")
        #expect(try await runner.until("REFUSED", "STARTED") == ["REFUSED", "\(job).1", "busy", "r2", "c2"])
        #expect(try runner.entries().allSatisfy { !$0.hasPrefix(job) })
        #expect(try await runner.state("\(job).1") == ["absent"])
        #expect(!FileManager.default.fileExists(atPath: directory.file("ran")))
    }

    @Test("of a start that died before its claim holds until it can't start any more", arguments: RunnerShell.all)
    func stale(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let other = try await RawRunner(shell, ledger: directory.path)
        for isRevoked in [true, false] {
            let job = newJob(), notAfter = try await runner.now() + (isRevoked ? 600 : 2)
            // Its supervisor waits at the record, with the entry made.
            let gate = try Gate("\(runner.ledger)/\(job).1")
            try runner.send(runner.startFrame(job, "touch '\(directory.file("ran"))'", notAfter: notAfter))
            #expect(await eventually { (try? runner.entries().contains { $0.hasPrefix(job) }) == true })
            let supervisors = ProcessTable.children(of: runner.process.pid)
            #expect(supervisors.count == 1)
            for pid in supervisors { kill(pid, SIGKILL) }
            gate.remove()
            #expect(try await other.state("\(job).1") == ["absent"])
            if isRevoked {
                try other.send(other.startFrame(newJob(), "true", run: "r2"))
                #expect(try await other.until("REFUSED", "DONE").suffix(3) == ["busy", "r1", "c1"])
                try other.send("REVOKE \(job).1 settled\n")
                try await other.until("STATE \(job).1")
            }
            // Refused as long as it could be claimed, then not.
            let isFree = try await eventually {
                try other.send(other.startFrame(newJob(), "true", run: "r2"))
                return try await other.until("REFUSED", "DONE")[0] == "DONE"
            }
            #expect(isFree)
            if !isRevoked { #expect(try await other.now() > notAfter) }
        }
        #expect(!FileManager.default.fileExists(atPath: directory.file("ran")))
    }

    @Test("is not used by a supervisor that was held up past its time behind the claim", arguments: RunnerShell.all)
    func heldUp(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let other = try await RawRunner(shell, ledger: directory.path)
        for mark in ["0\n", String(repeating: "f", count: 32) + "\n"] {
            let isLate = mark == "0\n"
            let job = newJob(), notAfter = try await runner.now() + (isLate ? 1 : 600)
            // The mark is read twice: by the main loop, and by the supervisor when it has claimed.
            let gate = try Gate("\(runner.ledger)/low.c1")
            let pipe = try gate.open()
            try pipe.write("0\n")
            try runner.send(runner.startFrame(job, "touch '\(directory.file("ran"))'", notAfter: notAfter))
            #expect(try await eventually { try await other.state("\(job).1") == ["running"] })
            try other.send(other.startFrame(newJob(), "true", coordinator: "c2", run: "r2"))
            #expect(try await other.until("REFUSED", "DONE").suffix(3) == ["busy", "r1", "c1"])
            if isLate { #expect(try await eventually { try await other.now() > notAfter }) }
            try pipe.write(mark)
            #expect(try await runner.until("REFUSED", "STARTED") == ["REFUSED", "\(job).1", isLate ? "late" : "forgotten"])
            gate.remove()
            #expect(try await eventually { try await other.state("\(job).1") == ["never"] })
            #expect(try runner.entries().allSatisfy { !$0.hasPrefix(job) })
            #expect(try await other.run(newJob(), "echo free").text == "free\n")
        }
        #expect(!FileManager.default.fileExists(atPath: directory.file("ran")))
    }

    @Test("of an earlier boot says nothing", arguments: RunnerShell.all)
    func otherBoot(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        // Without a record, as after a power cut, and with a time that the host's new uptime reaches in years.
        try enter("\(newJob()).1,99999999,otherboot.1,77,c9,r9", of: runner)
        #expect(try await runner.run(newJob(), "echo free").text == "free\n")
    }

    @Test("leaves no heap of entries behind", arguments: RunnerShell.all)
    func cleaned(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let long = newJob(), gate = directory.file("gate")
        try runner.send(runner.startFrame(long, "while [ ! -e '\(gate)' ]; do sleep 0.05; done"))
        try await runner.until("STARTED")
        for _ in 0..<40 {
            _ = try await runner.run(newJob(), "true")
            #expect(try runner.entries().count <= 17)
        }
        // The one that still runs has kept its entry.
        #expect(try runner.entries().contains { $0.hasPrefix(long) })
        // Those of a runner that is gone go with the next one's first start.
        let heap = (0..<20).map { "\(newJob()).1,1,\(runner.key.split(separator: "/")[1]),\($0),c2,r2" }
        for name in heap { try enter(name, of: runner) }
        let next = try await RawRunner(shell, ledger: directory.path)
        #expect(try await next.run(newJob(), "echo on").text == "on\n")
        #expect(Set(try next.entries()).isDisjoint(with: heap))
        try directory.write("gate", "")
        try await runner.until("DONE \(long).1")
    }

    @Test("is taken over from the file that older runners kept", arguments: RunnerShell.all)
    func older(_ shell: RunnerShell) async throws {
        let folder = URL(filePath: try await RawRunner(shell, ledger: directory.path).ledger).lastPathComponent
        try FileManager.default.removeItem(atPath: directory.file("\(folder)/mutating"))
        try directory.write("\(folder)/mutating", "\(newJob()).1\n")
        let next = try await RawRunner(shell, ledger: directory.path)
        #expect(try await next.run(newJob(), "echo on").text == "on\n")
        #expect(try next.entries().count == 1)
    }
}
