import Foundation
import TestSupport
import Testing

@testable import Journal

@Suite("Reading")
struct ReadingTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("journal")
    }

    @Test("gives the records after a number, up to a limit")
    func stretch() async throws {
        let journal = try open(path)
        let records = try await fill(journal, "a", 50)
        #expect(try await journal.records(of: "a", after: 10, limit: 5) == Array(records[10..<15]))
        #expect(try await journal.records(of: "a", after: 48) == Array(records[48...]))
        #expect(try await journal.records(of: "a", after: 50) == [])
        #expect(try await journal.records(of: "a", limit: 0) == [])
        #expect(try await journal.records(of: "b") == [])
    }

    @Test("gives a long run in batches bounded by records and by bytes")
    func batches() async throws {
        var limits = JournalLimits()
        limits.batchRecords = 64
        limits.batchBytes = 10_000
        let journal = try open(path, limits: limits)
        let records = try await fill(journal, "small", 200) + fill(journal, "large", 9, bytes: 4000)
        var read: [JournalRecord] = [], sizes: [Int] = []
        for run in ["small", "large"] {
            for try await batch in journal.batches(of: run) {
                read += batch
                sizes.append(batch.count)
            }
        }
        #expect(read == records)
        #expect(sizes == [64, 64, 64, 8, 3, 3, 3])
        var tail: [Int] = []
        for try await batch in journal.batches(of: "small", after: 190) { tail += batch.map(\.sequence) }
        #expect(tail == Array(191...200))
    }

    @Test("lists runs with the times of their first and last records")
    func runs() async throws {
        let journal = try open(path)
        try await journal.append([entry("b", 1)], at: noon)
        try await journal.append([entry("a", 1), entry("b", 2)], at: noon + 9)
        #expect(
            try await journal.runs() == [
                JournalRun(run: "b", records: 2, firstMilliseconds: noon, lastMilliseconds: noon + 9),
                JournalRun(run: "a", records: 1, firstMilliseconds: noon + 9, lastMilliseconds: noon + 9),
            ])
    }

    @Test("goes on beside a writer, and sees what is appended")
    func beside() async throws {
        let writer = try open(path)
        try await fill(writer, "a", 3)
        let reader = try open(path, .read)
        #expect(reader.epoch == 1)
        #expect(try await reader.records(of: "a").count == 3)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for number in 4...60 { try await writer.append([entry("a", number)], at: noon) } }
            group.addTask {
                var seen = 0
                while seen < 60 {
                    for record in try await reader.records(of: "a", after: seen) {
                        #expect(record.payload == payload(record.sequence, bytes: 20))
                        seen = record.sequence
                    }
                }
            }
            try await group.waitForAll()
        }
        let error = await failure { try await reader.append([entry("a", 61)], at: noon) }
        #expect(error == .readOnly(reader.path, reason: "it was opened for reading"))
    }

    @Test(
        "makes no file, and changes none but SQLite's index of the log",
        arguments: ["open for writing", "closed", "copied while open", "restored from a backup"])
    func changesNothing(_ state: String) async throws {
        let writer = try open(path)
        try await fill(writer, "a", 3)
        var readPath = path
        switch state {
        case "open for writing": break
        case "closed": try writer.close()
        case "copied while open":
            readPath = directory.file("copy")
            try copy(path, to: readPath)
        default:
            readPath = try directory.directory("restored")
            try await writer.backup(to: "\(readPath)/journal.db")
        }
        func listing() throws -> [String] { try JournalTests.listing(readPath).filter { !$0.hasPrefix("journal.db-shm") } }
        let before = try listing(), names = try FileManager.default.contentsOfDirectory(atPath: readPath)
        let reader = try open(readPath, .read)
        #expect(try await reader.records(of: "a").count == 3)
        #expect(await reader.verify() == [])
        #expect(try listing() == before)
        try reader.close()
        #expect(try listing() == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: readPath) == names)
        #expect(try await fill(open(directory.file("other")), "a", 1).count == 1)
        if state == "open for writing" { #expect(try await writer.append([entry("a", 4)], at: noon).count == 1) }
    }

    @Test("does not keep this or another process from writing, and then sees what is written")
    func readerFirst() async throws {
        try await fill(open(path), "a", 3)
        let reader = try open(path, .read)
        #expect(try await reader.records(of: "a").count == 3)
        let writer = try open(path)
        try await writer.append([entry("a", 4)], at: noon)
        #expect(try await reader.records(of: "a").count == 4)
        #expect(try await writer.records(of: "a").count == 4)
    }

    @Test("works from storage that can't be written", .enabled(if: SmallDisk.isPossible, "needs root and mount"), arguments: [true, false])
    func readOnlyStorage(_ isClosed: Bool) async throws {
        let disk = try SmallDisk(kilobytes: 1024)
        let writer = try open(path)
        try await fill(writer, "a", 3)
        if isClosed { try writer.close() }
        try copy(path, to: "\(disk.path)/journal")
        try run("/bin/mount", ["-o", "remount,ro", disk.path])
        let reader = try open("\(disk.path)/journal", .read)
        #expect(try await reader.records(of: "a").count == 3)
        #expect(await failure { try open("\(disk.path)/journal") } != nil)
    }

    @Test("of a log without its index is refused, and nothing is made")
    func logWithoutIndex() async throws {
        let writer = try open(path)
        try await fill(writer, "a", 3)
        let copied = directory.file("copy")
        try copy(path, to: copied)
        try FileManager.default.removeItem(atPath: "\(copied)/journal.db-shm")
        let before = try listing(copied)
        guard case .unusable = await failure({ try open(copied, .read) }) else {
            Issue.record("it was not refused")
            return
        }
        #expect(try listing(copied) == before)
        #expect(try await open(copied).records(of: "a").count == 3)
    }

    @Test("of what is not there, or not yet, says so and makes nothing")
    func missing() async throws {
        #expect(await failure { try open(path, .read) } == .missing("\(path)/journal.db"))
        #expect(!FileManager.default.fileExists(atPath: path))
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Data().write(to: URL(filePath: "\(path)/journal.db"))
        #expect(await failure { try open(path, .read) } == .missing("\(path)/journal.db"))
        #expect(try listing(path).count == 1)
    }

    @Test("works with paths that mean something to SQLite", arguments: ["a?mode=memory", "50%41", "#x", "ü b", "file:x"])
    func oddPaths(_ name: String) async throws {
        let writer = try open(directory.file(name))
        try await fill(writer, "a", 2)
        try writer.close()
        #expect(try await open(directory.file(name), .read).records(of: "a").count == 2)
    }

    @Test("keeps one snapshot of each run, for whoever knows its version")
    func snapshots() async throws {
        let journal = try open(path)
        try await fill(journal, "a", 4)
        #expect(try await journal.snapshot(of: "a") == nil)
        let snapshot = JournalSnapshot(run: "a", sequence: 3, version: "7", payload: [1, 2, 3])
        try await journal.store(JournalSnapshot(run: "a", sequence: 2, version: "7", payload: [1]))
        try await journal.store(snapshot)
        #expect(try await journal.snapshot(of: "a") == snapshot)
        #expect(await failure { try await journal.store(JournalSnapshot(run: "b", sequence: 1, version: "7", payload: [])) } == .unknownRun("b"))
        try await journal.append([entry("a", 5)], at: noon)
        try await journal.removeSnapshot(of: "a")
        try await journal.removeSnapshot(of: "b")
        #expect(try await journal.snapshot(of: "a") == nil)
        #expect(await journal.verify() == [])
    }

    @Test("a backup made while the journal is written stands for itself")
    func backup() async throws {
        let journal = try open(path)
        try await fill(journal, "a", 200, bytes: 500)
        let target = try directory.directory("restored") + "/journal.db"
        async let copying: Void = journal.backup(to: target)
        for number in 201...230 { try await journal.append([entry("a", number)], at: noon) }
        try await copying
        #expect(try listing(directory.file("restored")).count == 1)
        let restored = try open(directory.file("restored"))
        let count = try await restored.records(of: "a").count
        #expect((200...230).contains(count))
        #expect(await restored.verify() == [])
        #expect(try await restored.append([entry("a", count + 1)], at: noon).map(\.sequence) == [count + 1])
        #expect(try await journal.records(of: "a").count == 230)
    }

    @Test("a backup overwrites nothing, and leaves nothing when it fails")
    func backupRefused() async throws {
        let journal = try open(path)
        try await fill(journal, "a", 2)
        let target = try directory.write("precious", "text")
        #expect(await failure { try await journal.backup(to: target) } == .exists(target))
        #expect(try bytes(ofFile: target) == Array("text".utf8))
        #expect(await failure { try await journal.backup(to: directory.file("none/backup")) } != nil)
        try await journal.append([entry("a", 3)], at: noon)
    }
}
