import CommandSafety
import Foundation
import HostRunner
import Journal
import SSH
import TestSupport
import Threads

/// Our own way: frames to a runner that each host keeps.
struct Runners: Sendable {
    let fleet: Fleet
    let runners: [HostRunner]
    let ledgers: [String]
    private let connections: [SSHConnection]

    init(fleet: Fleet, loop: SSHLoop) async throws {
        let opened = try await withThrowingTaskGroup(of: (Int, SSHConnection, HostRunner, String).self) { group in
            for host in 0..<fleet.size {
                group.addTask {
                    let connection = try await SSHConnection.connect(fleet.target(host: host), on: loop)
                    let channel = try await connection.execute(RunnerIdentity.login.startLine)
                    let ledger = try fleet.folder("ledger", host: host)
                    let runner = try await HostRunner.open(
                        on: SSHRunnerChannel(channel), identity: .login, ledger: ledger, within: .seconds(60), nonce: "benchmark\(host)")
                    return (host, connection, runner, ledger)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }
        }
        self.fleet = fleet
        connections = opened.map(\.1)
        runners = opened.map(\.2)
        ledgers = opened.map(\.3)
    }

    func close() async { for connection in connections { await connection.close() } }

    fileprivate func spread(_ jobs: Int, _ body: @escaping @Sendable (HostRunner) async throws -> Void) async throws {
        let tickets = Tickets(jobs)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for runner in runners {
                group.addTask { while tickets.take() { try await body(runner) } }
            }
            try await group.waitForAll()
        }
    }
}

/// `LOOK` frames: guards and health checks.
struct LookWay: Way {
    let name = "look frame"
    let runners: Runners
    private let command: ClearedCommand
    private let answered = Lock(0)

    init(_ runners: Runners) throws {
        self.runners = runners
        command = try CommandGuard().clear("true", context: CommandContext(purpose: .guardCheck, loginUser: "root"))
    }

    func carryOut(jobs: Int) async throws {
        try await runners.spread(jobs) { runner in
            let result = try await runner.look(command, within: .seconds(60))
            guard result.exitCode == 0, !result.isTimedOut, result.standardError.isEmpty else { throw WrongCount("a look ended so: \(result)") }
            answered.withLock { $0 += 1 }
        }
    }

    func verify() throws -> String { "\(answered.withLock { $0 }) answered with 0" }
}

/// `START` frames: a record, a supervisor and a session for each. Before each the coordinator's journal is on the disk: the
/// outcome of the host's last job, and that the next one is made and handed out, in one transaction.
struct StartWay: Way {
    let name = "start frame"
    let runners: Runners
    private let journal: GroupedJournal
    /// About as many bytes as the records of a coordinator have.
    private static let records = [110, 170, 80].map { JournalEntry(run: "run1", kind: 2, payload: [UInt8](repeating: 7, count: $0)) }
    private let command: ClearedCommand
    private let numbers = JobNumbers()
    private let sent = Lock<Set<String>>([])

    init(_ runners: Runners, journal directory: String) throws {
        self.runners = runners
        journal = try GroupedJournal(directory: directory)
        command = try CommandGuard().clear("true", context: CommandContext(purpose: .command, loginUser: "root", isApproved: true))
    }

    func carryOut(jobs: Int) async throws {
        try await runners.spread(jobs) { runner in
            try await journal.commit(Self.records)
            let attempt = RunnerAttempt(job: numbers.next(), attempt: 1)
            let start = RunnerStart(
                attempt: attempt, command: command, digest: "0123456789abcdef0123456789abcdef", coordinator: "benchmark", run: "run1",
                environment: [:], content: nil, limit: .seconds(60))
            let conclusion = try await runner.carryOut(start, started: {}, output: { _, _, _ in })
            guard case .done(let outcome, [], []) = conclusion, outcome.exitCode == 0, outcome.ending == .exit, !outcome.processesLeft else {
                throw WrongCount("start \(attempt) ended so: \(conclusion)")
            }
            sent.withLock { _ = $0.insert(attempt.description) }
        }
    }

    func verify() throws -> String {
        let sent = self.sent.withLock { $0 }
        var found: Set<String> = []
        for ledger in runners.ledgers {
            for record in try LedgerReader.records(in: ledger) {
                guard sent.contains(record.name) else { throw WrongCount("a record nobody asked for: \(record.name)") }
                guard found.insert(record.name).inserted else { throw WrongCount("\(record.name) has two records") }
                guard record.isOneRunThatEndedWithZero else { throw WrongCount("the record \(record.name) says: \(record.lines)") }
            }
        }
        guard found == sent else { throw WrongCount("\(sent.count) starts, \(found.count) records") }
        return "\(found.count) records of exit 0"
    }
}

/// Reads the runners' ledgers as protocol/runner.md describes them.
enum LedgerReader {
    struct Record {
        let name: String
        let lines: [String]

        /// Claimed once, run once, over once.
        var isOneRunThatEndedWithZero: Bool {
            lines.count == 3 && lines[0].hasPrefix("claim ") && lines[1].hasPrefix("run ") && lines[2] == "done 0 exit left=0"
        }
    }

    static func records(in ledger: String) throws -> [Record] {
        let files = FileManager.default
        return try files.contentsOfDirectory(atPath: ledger).flatMap { machine in
            let folder = "\(ledger)/\(machine)"
            return try files.contentsOfDirectory(atPath: folder).filter(isRecord).map { name in
                let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
                return Record(name: name, lines: text.split(separator: "\n").map(String.init))
            }
        }
    }

    /// `JOB.ATTEMPT`; beside them lie outputs (`JOB.ATTEMPT.o`), looks and marks.
    private static func isRecord(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[0] != "low" && Int(parts[1]) != nil
    }
}
