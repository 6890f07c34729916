import Foundation
import TestSupport
import Threads

/// The floor that others stand on: libssh2 itself, a channel for each command, nothing recorded.
struct BareExecWay: Way {
    let name = "bare libssh2 exec"
    let sessions: [BareSession]
    private let answered = Lock(0)

    init(_ sessions: [BareSession]) { self.sessions = sessions }

    func carryOut(jobs: Int) async throws {
        let tickets = Tickets(jobs)
        try await onThreads(sessions.count) { host in
            while tickets.take() {
                guard try sessions[host].execute("true").isEmpty else { throw WrongCount("true printed something") }
                answered.withLock { $0 += 1 }
            }
        }
    }

    func verify() throws -> String { "\(answered.withLock { $0 }) exit statuses of 0" }
}

/// What a start frame promises, done by a script that lies on the host (wrapper.sh) and a channel for each command.
struct WrapperWay: Way {
    let name = "exec of a wrapper"
    let sessions: [BareSession]
    private let script: String
    private let key: String
    private let ledgers: [String]
    private let numbers = JobNumbers()
    private let sent = Lock<Set<String>>([])

    init(_ sessions: [BareSession], fleet: Fleet) throws {
        self.sessions = sessions
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "wrapper.sh")
        script = try fleet.write("wrapper.sh", String(contentsOf: source, encoding: .utf8))
        func line(_ path: String) throws -> String {
            try String(contentsOfFile: path, encoding: .ascii).trimmingCharacters(in: .whitespacesAndNewlines)
        }
        ledgers = try sessions.indices.map { try fleet.folder("wrapper", host: $0) }
        for ledger in ledgers { try Data("benchmark\n".utf8).write(to: URL(filePath: "\(ledger)/ledger")) }
        key = try "benchmark/\(line("/proc/sys/kernel/random/boot_id"))/\(line("/etc/machine-id"))"
    }

    func carryOut(jobs: Int) async throws {
        let tickets = Tickets(jobs)
        let uptime = try String(contentsOfFile: "/proc/uptime", encoding: .ascii).prefix { $0 != "." }
        let notAfter = (Int(uptime) ?? 0) + 600
        try await onThreads(sessions.count) { host in
            while tickets.take() {
                let name = numbers.next() + ".1"
                let answer = try sessions[host].execute(
                    "exec sh \(script) \(ledgers[host]) \(key) \(notAfter) 60 \(name) 0123456789abcdef0123456789abcdef run1 benchmark true")
                guard answer == "DONE \(name) 0 left=0\n" else { throw WrongCount("the wrapper answered: \(answer)") }
                sent.withLock { _ = $0.insert(name) }
            }
        }
    }

    func verify() throws -> String {
        let sent = self.sent.withLock { $0 }
        var found: Set<String> = []
        for ledger in ledgers {
            for name in try FileManager.default.contentsOfDirectory(atPath: ledger) where name.hasPrefix("0190") {
                let lines = try String(contentsOfFile: "\(ledger)/\(name)/record", encoding: .utf8).split(separator: "\n")
                guard lines.count == 3, lines[0].hasPrefix("claim "), lines[1].hasPrefix("run "), lines[2] == "done 0 left=0",
                    found.insert(name).inserted
                else { throw WrongCount("the wrapper's record \(name) says: \(lines)") }
            }
        }
        guard found == sent else { throw WrongCount("\(sent.count) calls of the wrapper, \(found.count) records") }
        return "\(found.count) records of exit 0"
    }
}
