import Cryptography
import GRDB
import TestSupport
import Testing

@testable import Journal

@Suite("Appending")
struct AppendTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("runs/one")
    }

    @Test("numbers each run's records from 1 and binds each to the one before")
    func chain() async throws {
        let journal = try open(path)
        let first = try await journal.append([entry("a", 1), entry("b", 1), entry("a", 2)], at: noon)
        let second = try await journal.append([entry("a", 3)], at: noon + 5)
        #expect((first + second).map { "\($0.run)\($0.sequence)" } == ["a1", "b1", "a2", "a3"])
        let records = try await journal.records(of: "a")
        #expect(records == first.filter { $0.run == "a" } + second)
        #expect(records.map(\.payload) == [1, 2, 3].map { payload($0, bytes: 20) })
        #expect(records.map(\.kind) == [1, 2, 3])
        #expect(records.map(\.wallMilliseconds) == [noon, noon, noon + 5])
        #expect(Set((first + second).map(\.hash)).count == 4)
        #expect(await journal.verify() == [])
    }

    @Test("hashes the previous hash, run, sequence, time, kind and payload, with lengths")
    func hash() async throws {
        let record = try #require(try await open(path).append([JournalEntry(run: "ab", kind: 3, payload: [9])], at: 7).first)
        let zeros = [UInt8](repeating: 0, count: 7)
        let input = [UInt8](repeating: 0, count: 32) + zeros + [2] + Array("ab".utf8) + zeros + [1] + zeros + [7] + zeros + [3] + zeros + [1, 9]
        #expect(record.hash == Digest.sha256(input))
    }

    @Test("goes on where the process before stopped, in the next epoch")
    func reopen() async throws {
        let first = try open(path)
        #expect(first.epoch == 1)
        try await fill(first, "a", 3)
        try first.close()
        let second = try open(path)
        #expect(second.epoch == 2)
        #expect(try await second.append([entry("a", 4)], at: noon).map(\.sequence) == [4])
        #expect(try await second.records(of: "a").count == 4)
        #expect(await second.verify() == [])
    }

    @Test("waits for the disk: synchronous is FULL on the connection that writes")
    func synchronous() async throws {
        let journal = try open(path)
        try await fill(journal, "a", 1)
        let mode = try await #require(journal.writer).writeWithoutTransaction { try Journal.synchronousMode($0) }
        #expect(mode == 2)
        let log = try await #require(journal.writer).writeWithoutTransaction { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
        #expect(log == "wal")
    }

    @Test("many at once are all kept, in an order that is one for each run")
    func concurrent() async throws {
        let journal = try open(path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<20 {
                group.addTask {
                    for number in 1...10 { try await journal.append([entry("run\(task % 4)", number), entry("all", number)], at: noon) }
                }
            }
            try await group.waitForAll()
        }
        let runs = try await journal.runs()
        #expect(runs.first { $0.run == "all" }?.records == 200)
        #expect(runs.map(\.records).reduce(0, +) == 400)
        #expect(await journal.verify() == [])
    }

    @Test("a cancelled task's entries are written all the same, and the journal goes on")
    func cancelled() async throws {
        let journal = try open(path)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await fill(journal, "a", 5)
        }
        #expect(try await task.value.count == 5)
        try await journal.append([entry("a", 6)], at: noon)
        #expect(try await journal.records(of: "a").count == 6)
    }

    @Test("refuses what is too large before it writes, and goes on")
    func tooLarge() async throws {
        var limits = JournalLimits()
        limits.payloadBytes = 100
        let journal = try open(path, limits: limits)
        let error = await failure { try await journal.append([entry("a", 1), entry("a", 2, bytes: 101)], at: noon) }
        #expect(error.map { "\($0)" } == "a payload of 103 bytes is not written: the limit is 100")
        #expect(await failure { try await journal.append([entry(String(repeating: "x", count: 257), 1)], at: noon) } != nil)
        try await journal.append([entry("a", 1)], at: noon)
        #expect(try await journal.records(of: "a").map(\.sequence) == [1])
    }

    @Test("stops for good when somebody else has opened the journal since")
    func superseded() async throws {
        let journal = try open(path)
        try await fill(journal, "a", 1)
        try tamper(path, "UPDATE meta SET epoch = epoch + 1")
        let error = await failure { try await journal.append([entry("a", 2)], at: noon) }
        #expect(error == .superseded(journal.path, epoch: 1, found: 2))
        let next = await failure { try await journal.append([entry("a", 2)], at: noon) }
        #expect(next == .readOnly(journal.path, reason: "\(JournalError.superseded(journal.path, epoch: 1, found: 2))"))
        #expect(try await journal.records(of: "a").count == 1)
    }

    @Test("a write that fails leaves nothing of its transaction, and ends all writing")
    func failed() async throws {
        let journal = try open(path)
        try await fill(journal, "a", 1)
        try tamper(path, "CREATE TRIGGER trouble BEFORE INSERT ON record WHEN NEW.sequence = 3 BEGIN SELECT RAISE(ABORT, 'no'); END")
        let error = await failure { try await journal.append([entry("b", 1), entry("a", 2), entry("a", 3)], at: noon) }
        #expect(error == .failed(journal.path, reason: "no"))
        let next = await failure { try await journal.append([entry("c", 1)], at: noon) }
        #expect(next == .readOnly(journal.path, reason: "\(JournalError.failed(journal.path, reason: "no"))"))
        #expect(await failure { try await journal.store(JournalSnapshot(run: "a", sequence: 1, version: "1", payload: [])) } != nil)
        #expect(try await journal.runs().map(\.run) == ["a"])
        #expect(try await journal.records(of: "a").count == 1)
    }

    @Test(
        "refuses names that Swift and SQLite may understand differently, and goes on",
        arguments: ["", "a\u{0}b", "\u{e9}", "e\u{301}", "a b", "a\n"])
    func names(_ name: String) async throws {
        let journal = try open(path)
        #expect(await failure { try await journal.append([entry("a", 1), entry(name, 1)], at: noon) } == .invalidName(name))
        try await journal.append([entry("a", 1)], at: noon)
        #expect(await failure { try await journal.store(JournalSnapshot(run: "a", sequence: 1, version: name, payload: [])) } == .invalidName(name))
        #expect(try await journal.records(of: "a").count == 1)
    }

    @Test("any visible ASCII is the name of a run, and any bytes are a payload")
    func anything() async throws {
        let journal = try open(path)
        let names = ["a'b", "\"", "?1", "../..", "SELECT"]
        try await journal.append(names.map { JournalEntry(run: $0, kind: .min, payload: []) }, at: .max)
        for name in names {
            let record = try #require(try await journal.records(of: name).first)
            #expect(record.run == name && record.kind == .min && record.payload == [])
        }
        #expect(await journal.verify() == [])
    }

    @Test("forgotten runs leave nothing, and may begin anew")
    func remove() async throws {
        let journal = try open(path)
        try await fill(journal, "a", 3)
        try await fill(journal, "b", 2)
        try await journal.store(JournalSnapshot(run: "a", sequence: 3, version: "1", payload: [1]))
        try await journal.remove(runs: ["a", "unknown"])
        #expect(try await journal.runs().map(\.run) == ["b"])
        #expect(try await journal.records(of: "a") == [])
        #expect(try await journal.snapshot(of: "a") == nil)
        #expect(try await journal.append([entry("a", 1)], at: noon).map(\.sequence) == [1])
        #expect(await journal.verify() == [])
    }

    @Test("after closing everything says so")
    func closed() async throws {
        let journal = try open(path)
        try journal.close()
        #expect(await failure { try await journal.append([entry("a", 1)], at: noon) } == .readOnly(journal.path, reason: "it was closed"))
        #expect(await failure { try await journal.runs() } != nil)
        #expect(await journal.verify().isEmpty == false)
        #expect(try DirectoryLock.owner(of: path) == nil)
    }
}
