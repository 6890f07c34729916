import Foundation
import Journal
import Model
import RunTestSupport
import TestSupport
import Testing

@testable import RunStore

@Suite("The list of runs")
struct RunCatalogueTests {
    let test: TestState
    var catalogue: RunCatalogue { RunCatalogue(state: test.state) }

    init() throws { test = try TestState() }

    func condition(_ run: RunID) async -> RunCatalogue.Entry.Condition { await catalogue.entry(run).condition }

    @Test("says that a run is carried out, and by which process")
    func running() async throws {
        let stored = try await test.begin()
        #expect(await condition(stored.run) == .running(owner: "the running process \(getpid())"))
        #expect(await catalogue.entry(stored.run).isRunning)
        #expect(try await catalogue.unfinished() == [stored.run])
    }

    @Test("calls a run interrupted whose process is gone with commands under way")
    func abandoned() async throws {
        let stored = try await test.begin()
        try await stored.pause()
        try stored.journal.close()
        #expect(await condition(stored.run) == .abandoned)
    }

    @Test("calls a run paused once its commands have ended")
    func paused() async throws {
        let stored = try await test.begin(steps: [step("s", on: ["h1"], subtasks: ["a", "b"])])
        try await stored.pause()
        try await stored.report("h1")
        try stored.journal.close()
        #expect(await condition(stored.run) == .paused)
        #expect(try await catalogue.unfinished() == [stored.run])
    }

    @Test("counts the commands that wait for a person's word")
    func undecided() async throws {
        let stored = try await test.begin()
        try await stored.report("h1", vanished)
        try await stored.report("h2", vanished)
        try stored.journal.close()
        #expect(await condition(stored.run) == .undecided(2))
        #expect(await catalogue.entry(stored.run).isUnfinished)
    }

    @Test("tells finished runs from cancelled ones, also while their process still tidies up")
    func over() async throws {
        let finished = try await test.begin(runID(1)), cancelled = try await test.begin(runID(2))
        try await finished.succeedAll()
        try await cancelled.cancel()
        for host in ["h1", "h2"] as [HostName] { try await cancelled.report(host, .failed(.cancelled)) }
        for _ in 0..<2 {
            #expect(await condition(finished.run) == .finished)
            #expect(await condition(cancelled.run) == .cancelled)
            try? finished.journal.close()
            try? cancelled.journal.close()
        }
        #expect(try await catalogue.unfinished() == [])
        #expect(try await catalogue.openEntries().map(\.run) == [finished.run, cancelled.run])
    }

    @Test("calls a run one that never began whose process ended before it wrote anything")
    func neverBegan() async throws {
        let empty = runID(1), bare = runID(2)
        let journal = try RunJournal(directory: test.state.directory(of: empty))
        #expect(await condition(empty) == .running(owner: "the running process \(getpid())"))
        try journal.close()
        try FileManager.default.createDirectory(atPath: test.state.directory(of: bare), withIntermediateDirectories: true)
        for run in [empty, bare] { #expect(await condition(run) == .neverBegan) }
        #expect(try await catalogue.unfinished() == [])
    }

    @Test("says why a run can't be read, and lets no host forget beyond it")
    func unreadable() async throws {
        let run = runID(), path = test.state.directory(of: run) + "/journal.db"
        try FileManager.default.createDirectory(atPath: test.state.directory(of: run), withIntermediateDirectories: true)
        try Data(repeating: 0x41, count: 8192).write(to: URL(filePath: path))
        let condition = await condition(run)
        guard case .unreadable(let reason) = condition else {
            Issue.record("\(condition)")
            return
        }
        #expect(reason.contains(path) && reason.contains("damaged"), "\(reason)")
        #expect(await !catalogue.entry(run).isUnfinished)
        #expect(try await catalogue.unfinished() == [run])
    }
}

@Suite("Old runs")
struct RunRetentionTests {
    let test: TestState

    init() throws { test = try TestState() }

    /// What is left when it is so many days later.
    func prune(keepDays: Int = 90, daysLater: UInt64) async throws -> [RunID] {
        // Records have the time of the test, identifiers that of the fixture.
        let now = max(WallClock.milliseconds, noon) + daysLater * day
        await RunRetention(state: test.state, keepDays: keepDays).prune(now: now)
        return try test.state.runs()
    }

    @Test("that are over are removed when their time has come, not before")
    func finished() async throws {
        let stored = try await test.begin()
        try await stored.succeedAll()
        try stored.journal.close()
        #expect(try await prune(daysLater: 89) == [stored.run])
        #expect(try await prune(daysLater: 91) == [])
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(test.state.path)/runs") == [])
    }

    @Test("that are not finished stay, however old")
    func unfinished() async throws {
        let open = try await test.begin(runID(1)), paused = try await test.begin(runID(2), hosts: ["h1"], steps: [step("s", on: ["h1"], subtasks: ["a", "b"])])
        let undecided = try await test.begin(runID(3), hosts: ["h1"], steps: [step("s", on: ["h1"])])
        try await paused.pause()
        try await paused.report("h1")
        try await undecided.report("h1", vanished)
        for stored in [open, paused, undecided] { try stored.journal.close() }
        #expect(try await prune(daysLater: 100_000) == [open.run, paused.run, undecided.run])
    }

    @Test("that have an owner stay, although they are finished")
    func owned() async throws {
        let stored = try await test.begin()
        try await stored.succeedAll()
        #expect(try await prune(daysLater: 1000) == [stored.run])
        try stored.journal.close()
        #expect(try await prune(daysLater: 1000) == [])
    }

    @Test("that can't be read stay: somebody may have a backup; those that never began go")
    func unreadable() async throws {
        let damaged = runID(1), never = runID(2)
        for run in [damaged, never] { try FileManager.default.createDirectory(atPath: test.state.directory(of: run), withIntermediateDirectories: true) }
        try Data("no journal".utf8).write(to: URL(filePath: test.state.directory(of: damaged) + "/journal.db"))
        #expect(try await prune(daysLater: 1000) == [damaged])
    }

    @Test("are counted from their end, not from their beginning")
    func longRun() async throws {
        let stored = try await test.begin(runID(daysAgo: 10_000))
        try await stored.succeedAll()
        try stored.journal.close()
        #expect(try await prune(keepDays: 1, daysLater: 0) == [stored.run])
    }
}
