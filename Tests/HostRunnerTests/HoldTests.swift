import Foundation
import Glibc
import TestSupport
import Testing

@Suite("A hold, for a command of another identity")
struct HoldTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Root's runner and the login user's, each with a ledger of its own.
    private func runners(_ shell: RunnerShell) async throws -> (root: RawRunner, login: RawRunner) {
        (try await RawRunner(shell, ledger: directory.directory("root's")), try await RawRunner(shell, ledger: directory.directory("login's")))
    }

    @Test("keeps other runs off while the command runs in its own ledger", arguments: RunnerShell.all)
    func held(_ shell: RunnerShell) async throws {
        let (root, login) = try await runners(shell)
        let job = newJob(), notAfter = root.uptime + 600, gate = directory.file("gate")
        #expect(root.ledger.hasPrefix(directory.file("root's/")))
        #expect(try await root.hold(job, ledger: login.ledger, notAfter: notAfter) == ["HELD", "\(job).1"])
        let busy = ["busy", "r1", "c1"]
        func refusal() async throws -> [String] {
            let other = newJob()
            try root.send(root.startFrame(other, "true", run: "r2"))
            return try await root.until("REFUSED \(other).1", "DONE \(other).1").suffix(3).map(\.self)
        }
        // No record yet: it may come.
        #expect(try await refusal() == busy)
        try login.send(login.startFrame(job, "while [ ! -e '\(gate)' ]; do sleep 0.05; done", notAfter: notAfter))
        try await login.until("STARTED \(job).1")
        #expect(try await refusal() == busy)
        #expect(try await root.hold(newJob(), ledger: login.ledger, run: "r2").suffix(3) == busy)
        // Its own run may hold and start on.
        let next = newJob()
        #expect(try await root.hold(next, ledger: login.ledger).first == "HELD")
        #expect(try await root.run(newJob(), "echo own").text == "own\n")
        try directory.write("gate", "")
        try await login.until("DONE \(job).1")
        // The second hold has no record.
        #expect(try await refusal() == busy)
        try login.send("REVOKE \(next).1 unused\n")
        try await login.until("STATE \(next).1")
        #expect(try await refusal().first == "left=0")
    }

    @Test("is over when its time is, without a record, or when the job is forgotten", arguments: RunnerShell.all)
    func over(_ shell: RunnerShell) async throws {
        let (root, login) = try await runners(shell)
        let job = newJob(), soon = try await root.now() + 1
        #expect(try await root.hold(job, ledger: login.ledger, notAfter: soon).first == "HELD")
        #expect(
            try await eventually {
                let next = newJob()
                try root.send(root.startFrame(next, "true", run: "r2"))
                return try await root.until("REFUSED", "DONE")[0] == "DONE"
            })
        // What it was for can't start any more either.
        try login.send(login.startFrame(job, "true", notAfter: soon))
        #expect(try await login.until("REFUSED", "DONE").last == "late")
        let second = newJob()
        #expect(try await root.hold(second, ledger: login.ledger).first == "HELD")
        try login.send("FORGET c1 \(second) \(second).1\n")
        _ = try await login.now()
        #expect(try await root.hold(newJob(), ledger: login.ledger, run: "r2").first == "HELD")
    }

    @Test("is refused by the rules of a start", arguments: RunnerShell.all)
    func refused(_ shell: RunnerShell) async throws {
        let (root, login) = try await runners(shell)
        #expect(try await root.hold(newJob(), ledger: login.ledger, key: login.key).suffix(2) == ["identity", root.key])
        #expect(try await root.hold(newJob(), ledger: login.ledger, notAfter: root.uptime - 5).last == "late")
        #expect(try await root.hold(newJob(), ledger: directory.file("nowhere")).last == "ledger")
        #expect(try root.entries().isEmpty)
    }

    @Test("whose record can't be read is not taken for over", arguments: RunnerShell.all)
    func unreadable(_ shell: RunnerShell) async throws {
        let (root, login) = try await runners(shell)
        let soon = try await root.now() + 1
        #expect(try await root.hold(newJob(), ledger: login.ledger, notAfter: soon).first == "HELD")
        try FileManager.default.moveItem(atPath: login.ledger, toPath: directory.file("unmounted"))
        #expect(try await eventually { try await root.now() > soon })
        #expect(try await root.hold(newJob(), ledger: root.ledger, run: "r2").suffix(3) == ["busy", "r1", "c1"])
        try FileManager.default.moveItem(atPath: directory.file("unmounted"), toPath: login.ledger)
        #expect(try await root.hold(newJob(), ledger: root.ledger, run: "r2").first == "HELD")
    }

    @Test("that died while it was written holds until its time is over", arguments: RunnerShell.all)
    func torn(_ shell: RunnerShell) async throws {
        let (root, login) = try await runners(shell)
        let boot = root.key.split(separator: "/")[1]
        for (content, notAfter, isOver) in [("", 1, true), ("/half", 1, true), ("", root.uptime + 600, false), ("/half", root.uptime + 600, false)] {
            let path = "\(root.ledger)/mutating/\(newJob()).1,\(notAfter),\(boot),1-1-1,c1,r1"
            try Data(content.utf8).write(to: URL(filePath: path))
            let answer = try await root.hold(newJob(), ledger: login.ledger, run: "r2")
            #expect(isOver ? answer.first == "HELD" : answer.suffix(3) == ["busy", "r1", "c1"])
            try FileManager.default.removeItem(atPath: path)
            // The next of the four meets no other.
            for name in try root.entries() { try FileManager.default.removeItem(atPath: "\(root.ledger)/mutating/\(name)") }
        }
    }

    @Test("finds a ledger whose name has spaces and quotes", arguments: RunnerShell.all)
    func oddName(_ shell: RunnerShell) async throws {
        let (root, _) = try await runners(shell)
        let path = try directory.directory("it's a \\ \"ledger\"  $HOME %s * ы ,,")
        let login = try await RawRunner(shell, ledger: path)
        let machine = root.key.split(separator: "/").last.map(String.init) ?? ""
        let job = newJob(), notAfter = root.uptime + 600
        #expect(try await root.hold(job, ledger: "\(path)/\(machine)", notAfter: notAfter).first == "HELD")
        try login.send(login.startFrame(job, "true", notAfter: notAfter))
        try await login.until("DONE \(job).1")
        #expect(try await root.hold(newJob(), ledger: root.ledger, run: "r2").first == "HELD")
    }
}
