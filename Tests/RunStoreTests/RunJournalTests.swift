import Foundation
import Journal
import JournalCoding
import Model
import Orchestration
import RunTestSupport
import TestSupport
import Testing

@testable import RunStore

@Suite("The journal of a run")
struct RunJournalTests {
    let test: TestState

    init() throws { test = try TestState() }

    /// All records applied one after the other, without a snapshot.
    func fullReplay(_ run: RunID) async throws -> RunReplay {
        let journal = try Journal(directory: test.state.directory(of: run), access: .read, now: 0)
        var replay = RunReplay()
        for record in try await journal.records(of: run.value) { try replay.apply(RunRecord(payload: record.payload)) }
        try journal.close()
        return replay
    }

    func history(_ run: RunID) async throws -> RunHistory { try await RunHistory.read(directory: test.state.directory(of: run), run) }

    /// Writes into a journal what this build would not.
    func change(_ run: RunID, _ body: (Journal) async throws -> Void) async throws {
        let journal = try Journal(directory: test.state.directory(of: run), access: .write, now: noon)
        try await body(journal)
        try journal.close()
    }

    @Test("gives the state back after every commit, to its owner and to those who only look")
    func replay() async throws {
        let stored = try await test.begin(steps: [step("s", on: ["h1", "h2"], subtasks: ["a", "b"]), step("t", on: ["h2"])])
        func check() async throws {
            #expect(stored.replay.machine == stored.machine)
            #expect(try await history(stored.run).replay == stored.replay)
            #expect(try await stored.journal.replay(stored.run) == stored.replay)
        }
        try await check()
        try await stored.report("h1", .notStarted(reason: "revoked"))
        try await check()
        try await stored.report("h2", unanswered)
        try await check()
        try await stored.report("h1", vanished)
        try await stored.pause()
        try await check()
        try await stored.decide("h1", .again)
        try await stored.proceed()
        try await stored.succeedAll()
        try await check()
        #expect(stored.machine.isFinished)
        try stored.journal.close()
        let again = try RunJournal(directory: test.state.directory(of: stored.run))
        #expect(try await again.replay(stored.run) == stored.replay)
    }

    @Test("makes a snapshot after 2000 records; with it the state is the same as from all records")
    func snapshot() async throws {
        let hosts = (1...60).map { HostName("h\($0)") }
        let stored = try await test.begin(hosts: hosts, steps: [step("s", on: Set(hosts), subtasks: (1...12).map { "a\($0)" })])
        for round in 0..<12 {
            for host in hosts {
                // Some of all that a job can go through is before the snapshot, some after it.
                if round % 3 == 0, host == "h7" { try await stored.report(host, .notStarted(reason: "revoked")) }
                if round % 4 == 1, host == "h9" {
                    try await stored.report(host, vanished)
                    try await stored.decide(host, .again)
                }
                if round < 11 || host != "h3" { try await stored.report(host) }
            }
        }
        try await stored.report("h3", unanswered)
        let history = try await history(stored.run)
        #expect(history.snapshotSequence >= 2000 && history.sequence > history.snapshotSequence)
        #expect(history.records.count < history.sequence)
        #expect(history.replay == stored.replay)
        #expect(try await fullReplay(stored.run) == stored.replay)
        // The next owner begins with it and makes the next one in its turn.
        try stored.journal.close()
        let journal = try RunJournal(directory: test.state.directory(of: stored.run))
        #expect(try await journal.replay(stored.run) == stored.replay)
    }

    @Test(
        "that has a snapshot of another build, or one that can't be read, is read from its beginning",
        arguments: [
            ("another build's", "0", []), ("garbage", RunSnapshot.version, [0xff, 0xff, 0xff]), ("one of nothing", RunSnapshot.version, []),
            ("half a record", RunSnapshot.version, [0x0a, 0x02, 0x0a, 0x00]),
        ] as [(String, String, [UInt8])])
    func foreignSnapshot(what: String, version: String, payload: [UInt8]) async throws {
        let stored = try await test.begin()
        try await stored.succeedAll()
        try stored.journal.close()
        let last = try await history(stored.run).sequence
        try await change(stored.run) { try await $0.store(JournalSnapshot(run: stored.run.value, sequence: last, version: version, payload: payload)) }
        let read = try await history(stored.run)
        #expect(read.replay == stored.replay && read.snapshotSequence == 0, "\(what)")
    }

    @Test("with a record of a newer build is refused as a whole, and says which record it is and what to do")
    func newer() async throws {
        let stored = try await test.begin()
        try stored.journal.close()
        let before = try await history(stored.run).sequence
        // Field 200: some later kind.
        try await change(stored.run) { _ = try await $0.append([JournalEntry(run: stored.run.value, kind: 9, payload: [0xc2, 0x0c, 0x00])], at: noon) }
        let path = test.state.directory(of: stored.run) + "/journal.db"
        let expected = "record \(before + 1) of \(path) can't be read: "
        for text in [
            await problem { try await history(stored.run) },
            await problem { try await RunJournal(directory: test.state.directory(of: stored.run)).replay(stored.run) },
        ] {
            #expect(text.hasPrefix(expected) && text.hasSuffix(" — a newer muster may have written it: use that version"), "\(text)")
        }
        let entry = await RunCatalogue(state: test.state).entry(stored.run)
        guard case .unreadable = entry.condition else {
            Issue.record("\(entry.condition)")
            return
        }
    }

    @Test("belongs to one process at a time, which others are told")
    func owned() async throws {
        let stored = try await test.begin()
        let text = await problem { try RunJournal(directory: test.state.directory(of: stored.run)) }
        #expect(text.contains("belongs to the running process \(getpid())"), "\(text)")
        try stored.journal.close()
        try RunJournal(directory: test.state.directory(of: stored.run)).close()
    }

    @Test("of a new run is not begun where less than the floor is free; the text names both and the key")
    func floor() async throws {
        let path = test.state.path
        try RunJournal.checkSpace(at: path, floor: 0)
        try RunJournal.checkSpace(at: path, floor: 1)
        let text = await problem { try RunJournal.checkSpace(at: path, floor: 1 << 60) }
        #expect(
            text.wholeMatch(of: /no new run is started: [^ ]+ has [0-9]+ MiB free, less than the 1099511627776 MiB of journal\.free_space_floor — make room/) != nil,
            "\(text)")
    }

    @Test("that never began says so")
    func empty() async throws {
        let journal = try RunJournal(directory: test.state.directory(of: runID()))
        #expect(await problem { try await journal.replay(runID()) } == "\(test.state.directory(of: runID()))/journal.db has no records: its run never began")
    }
}

@Suite("The output of a run")
struct RunOutputTests {
    let test: TestState

    init() throws { test = try TestState() }

    @Test("is kept once, although pieces of it come again and overlap")
    func repeats() throws {
        let journal = try RunJournal(directory: test.state.directory(of: runID())), job = JobID(runID().value)
        func keep(_ offset: UInt64, _ text: String, isError: Bool = false, attempt: Int = 1) {
            #expect(journal.keep("h1", job, attempt: attempt, isError: isError, offset: offset, Array(text.utf8)) == nil)
        }
        keep(0, "one ")
        keep(0, "one ")
        keep(2, "e two ")
        keep(0, "oh", isError: true)
        keep(0, "again", attempt: 2)
        // The next process gets what was kept again, and more.
        try journal.close()
        let next = try RunJournal(directory: journal.directory)
        for text in ["one two ", "one two three"] {
            #expect(next.keep("h1", job, attempt: 1, isError: false, offset: 0, Array(text.utf8)) == nil)
        }
        let reader = OutputReader(directory: journal.directory, name: "h1")
        var texts: [String] = []
        while case .frame(let frame)? = try reader.next() { texts.append("\(frame.attempt) \(frame.stream) \(frame.offset) \(String(decoding: frame.bytes, as: UTF8.self))") }
        #expect(texts == ["1 output 0 one ", "1 output 4 two ", "1 error 0 oh", "2 output 0 again", "1 output 8 three"])
    }

    @Test("beyond the limit is told once")
    func limit() throws {
        let journal = try RunJournal(directory: test.state.directory(of: runID()), outputLimit: 1 << 20), job = JobID(runID().value)
        let piece = [UInt8](repeating: 0x61, count: 400_000)
        let told = (0..<5).compactMap { journal.keep("h1", job, attempt: 1, isError: false, offset: UInt64($0) * 400_000, piece) }
        #expect(told == ["more than 1 MiB of output of h1 is not kept"])
    }
}
