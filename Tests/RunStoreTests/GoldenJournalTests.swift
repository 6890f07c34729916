import Foundation
import Journal
import JournalCoding
import Model
import Orchestration
import RunTestSupport
import TestSupport
import Testing

@testable import RunStore

/// Journals that earlier builds wrote, each with the state that it stands for: `Tests/Fixtures/journals/VERSION/`.
///
/// A build that can't read one of them, or reads something else in it, breaks runs that people have. These files are never
/// made anew. When records get more kinds, a directory is added: `MUSTER_WRITE_JOURNAL=DIRECTORY swift test --filter
/// GoldenJournalTests` writes one with this build.
@Suite("A journal that an earlier build wrote")
struct GoldenJournalTests {
    static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/journals").path
    static let versions = (try? FileManager.default.contentsOfDirectory(atPath: directory).sorted()) ?? []

    static func state(_ version: String) throws -> [String] {
        try String(contentsOfFile: "\(directory)/\(version)/state.txt", encoding: .utf8).split(separator: "\n").map(String.init)
    }

    static func onlyRun(of directory: String) async throws -> RunID {
        let journal = try Journal(directory: directory, access: .read, now: 0)
        let runs = try await journal.runs()
        try journal.close()
        return RunID(try #require(runs.first?.run))
    }

    @Test("is there for every version") func found() { #expect(Self.versions.contains("v1")) }

    @Test("is read as it was meant", arguments: versions)
    func reads(version: String) async throws {
        let directory = "\(Self.directory)/\(version)"
        let history = try await RunHistory.read(directory: directory, Self.onlyRun(of: directory))
        #expect(StateText.lines(history.replay) == (try Self.state(version)))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).sorted() == ["journal.db", "state.txt"])
    }

    @Test("can be gone on with", arguments: versions)
    func goesOn(version: String) async throws {
        let files = try TemporaryDirectory()
        try FileManager.default.copyItem(atPath: "\(Self.directory)/\(version)/journal.db", toPath: files.file("journal.db"))
        let run = try await Self.onlyRun(of: files.path)
        let journal = try RunJournal(directory: files.path)
        let replay = try await journal.replay(run)
        var machine = try #require(replay.machine)
        let events = machine.decide(.continued(stamp: Stamp(wallMilliseconds: noon, monotonic: .zero, entropy: 1)))
        for event in events { machine.apply(event) }
        try await journal.commit(events.map { CoordinatorMachine.Turn.Entry(run: run, record: .run($0)) })
        #expect(try await journal.replay(run).machine == machine)
        try journal.close()
        let checked = try Journal(directory: files.path, access: .read, now: 0)
        #expect(await checked.verify() == [])
        try checked.close()
    }

    @Test("is written by this build when somebody asks for it", .enabled(if: ProcessInfo.processInfo.environment["MUSTER_WRITE_JOURNAL"] != nil, "only to make a new one"))
    func write() async throws {
        let target = try #require(ProcessInfo.processInfo.environment["MUSTER_WRITE_JOURNAL"])
        let test = try TestState()
        let hosts: [HostName] = ["db1", "db2", "db3", "db4", "web1"]
        let stored = try await test.begin(
            runID(7), hosts: hosts,
            steps: [
                step("install", on: Set(hosts), subtasks: ["packages", "service"]), step("tune", on: ["db1", "db2", "web1"], isIdempotent: true),
                CompiledStep(
                    id: "announce", title: "", hosts: ["web1"], dependencies: [StepDependency(step: "install", when: .all)],
                    subtasks: [CompiledSubtask(id: "say", title: "Say so", work: Job.Work(command: "true", timeout: .seconds(1)))]),
            ])
        try await stored.report("db1", .notStarted(reason: "revoked: the worker left"))
        try await stored.report("db1", unanswered)
        try await stored.report("db1")
        try await stored.report("db1", .skipped)
        try await stored.report("db1", vanished)
        try await stored.report("db2", .failed(.healthCheck(exitCode: 3, commandExitCode: 0)))
        try await stored.report("db3", vanished)
        try await stored.decide("db3", .again)
        try await stored.report("db3", .inDoubt(Doubt(.otherMachine, "another machine answers at its name")))
        try await stored.report("db4", vanished)
        try await stored.decide("db4", .done)
        try await stored.report("web1", .failed(.deadline(.seconds(60))))
        try await stored.report("db4", unanswered)
        try await stored.pause()
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        let journal = try Journal(directory: stored.journal.directory, access: .read, now: 0)
        try await journal.backup(to: "\(target)/journal.db")
        try journal.close()
        try Data((StateText.lines(stored.replay).joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: "\(target)/state.txt"))
    }
}

/// The state of a run in words that stay when the code's names change.
enum StateText {
    static func lines(_ replay: RunReplay) -> [String] {
        var lines: [String] = []
        if let description = replay.description {
            lines.append("run \(description.run): \(description.task) | \(description.title) | \(description.origin) | \(description.coordinator) | \(description.software)")
            for host in description.hosts { lines.append("host \(host.name): \(host.user)@\(host.address):\(host.port)") }
            for exclusion in description.excluded { lines.append("excluded \(exclusion.host): \(exclusion.reason)") }
        }
        guard let machine = replay.machine else { return lines + ["nothing has begun"] }
        lines.append("paused: \(machine.isPaused), cancelling: \(machine.isCancelling), finished: \(machine.isFinished), out: \(machine.outCount)")
        for host in machine.hosts {
            lines.append("keys \(host): \(machine.keys(of: host)?.login ?? "none") \(machine.keys(of: host)?.root ?? "none")")
        }
        for variant in machine.plan.variants {
            for step in variant.steps {
                let after = step.dependencies.map { "\($0.step)" + ($0.when == .all ? " on all" : "") }.joined(separator: ", ")
                lines.append("step \(step.id) on \(step.hosts.sorted().map(\.value).joined(separator: ",")) after [\(after)]")
                for subtask in step.subtasks {
                    lines.append(
                        "  \(subtask.id): \(subtask.work.guardCheck ?? "no guard") | \(subtask.work.command) | \(subtask.work.timeout.components.seconds) s | idempotent: \(subtask.work.isIdempotent)")
                }
            }
        }
        for host in machine.report().hosts {
            for step in host.steps {
                for subtask in step.subtasks { lines.append("\(host.host) \(step.id)/\(subtask.id): \(words(subtask))") }
            }
        }
        for open in machine.openJobs {
            let job = machine.job(open.job)
            lines.append("open \(open.job): \(job?.host.value ?? "?") \(job?.subtask ?? "?"), attempt \(job?.attempt ?? 0), under \(job?.hostKey ?? "?"), in doubt: \(open.isInDoubt)")
        }
        for undecided in machine.undecidedJobs { lines.append("undecided \(undecided.job): \(words(undecided.doubt))") }
        for (job, out) in replay.handOuts.sorted(by: { $0.key < $1.key }) {
            lines.append("out \(job): attempt \(out.reference.attempt), epoch \(out.reference.epoch), purpose \(words(out.purpose)), with \(out.worker)")
        }
        return lines
    }

    private static func words(_ subtask: SubtaskReport) -> String {
        if let result = subtask.result { return "attempt \(result.attempt), \(words(result.outcome))" + (result.standardError.isEmpty ? "" : ", said \(result.standardError.count) bytes") }
        return subtask.notRun.map(words) ?? "nothing"
    }

    private static func words(_ reason: NotRunReason) -> String {
        switch reason {
        case .dependsOn(let step): "not run, depends on \(step)"
        case .after(let subtask): "not run, after \(subtask)"
        case .stopped: "not run yet"
        case .cancelled: "not run, cancelled"
        case .hostLost: "not run, host lost"
        case .waits(let subtask): "not run, waits for a word on \(subtask)"
        }
    }

    private static func words(_ failure: JobFailure) -> String {
        switch failure {
        case .command(let code): "command \(code)"
        case .healthCheck(let code, let command): "health check \(code) after command \(command)"
        case .deadline(let limit): "deadline \(limit.components.seconds) s"
        case .cancelled: "cancelled"
        case .decided: "decided"
        case .refusedByPolicy(let reason): "policy: \(reason)"
        case .unreachable(let reason): "unreachable: \(reason)"
        case .become(let reason): "become: \(reason)"
        case .refusedByHost(let reason): "refused by host: \(reason)"
        }
    }

    private static func words(_ outcome: JobOutcome) -> String {
        switch outcome {
        case .skipped: "skipped"
        case .changed: "changed"
        case .failed(let failure): "failed: \(words(failure))"
        case .inDoubt(let doubt): "in doubt: \(words(doubt))"
        case .notStarted(let reason): "not started: \(reason)"
        }
    }

    private static func words(_ doubt: Doubt) -> String {
        func words(_ evidence: Doubt.Evidence) -> String {
            "guard \(evidence.guardSatisfied.map { "\($0)" } ?? "none"), health \(evidence.healthPassed.map { "\($0)" } ?? "none")"
        }
        let kind =
            switch doubt.kind {
            case .unanswered: "unanswered"
            case .interrupted(let evidence): "interrupted (\(words(evidence)))"
            case .ledgerLost(let evidence): "ledger lost (\(words(evidence)))"
            case .otherMachine: "other machine"
            }
        return "\(kind): \(doubt.reason)"
    }

    private static func words(_ purpose: Purpose) -> String {
        switch purpose {
        case .run: "run"
        case .settle: "settle"
        case .cancel: "cancel"
        }
    }
}
