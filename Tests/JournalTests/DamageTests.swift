import Foundation
import TestSupport
import Testing

@testable import Journal

@Suite("A damaged journal")
struct DamageTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("journal")
    }

    private func problems(after sql: String) async throws -> [String] {
        let journal = try open(path)
        try await fill(journal, "a", 6)
        try await fill(journal, "b", 2)
        try await journal.store(JournalSnapshot(run: "a", sequence: 4, version: "1", payload: [1, 2]))
        #expect(await journal.verify() == [])
        try journal.close()
        try tamper(path, "PRAGMA foreign_keys = OFF; \(sql)")
        return await (try open(path, .read)).verify().map(\.description)
    }

    @Test(
        "is seen through by verify",
        arguments: [
            ("UPDATE record SET payload = x'00' WHERE run = 1 AND sequence = 3", ["run a, record 3: it was changed, or the one before it"]),
            ("UPDATE record SET kind = 6 WHERE run = 1 AND sequence = 3", ["run a, record 3: it was changed, or the one before it"]),
            ("UPDATE record SET time = time + 1 WHERE run = 1 AND sequence = 3", ["run a, record 3: it was changed, or the one before it"]),
            ("DELETE FROM record WHERE run = 1 AND sequence = 3", ["run a, record 3: it is missing"]),
            ("DELETE FROM record WHERE run = 1 AND sequence < 3", ["run a, record 1: this and all up to 2 are missing"]),
            ("DELETE FROM record WHERE run = 1 AND sequence > 3", ["run a, record 4: this and all up to 6 are missing"]),
            (
                "UPDATE record SET sequence = 100 WHERE run = 1 AND sequence = 2; UPDATE record SET sequence = 2 WHERE run = 1 AND sequence = 3;"
                    + " UPDATE record SET sequence = 3 WHERE run = 1 AND sequence = 100",
                [2, 3, 4].map { "run a, record \($0): it was changed, or the one before it" }
            ),
            (
                "UPDATE record SET run = 2, sequence = 3 WHERE run = 1 AND sequence = 6",
                [
                    "run a, record 6: it is missing", "run b, record 3: it was changed, or the one before it",
                    "run b, record 3: it is more than the 2 that the run should have",
                ]
            ),
            ("UPDATE run SET records = 5 WHERE id = 1", ["run a, record 6: it is more than the 5 that the run should have"]),
            ("UPDATE run SET hash = zeroblob(32) WHERE id = 1", ["run a, record 6: it is not the one that was written last"]),
            ("UPDATE run SET name = 'c' WHERE id = 2", [1, 2].map { "run c, record \($0): it was changed, or the one before it" }),
            ("DELETE FROM run WHERE id = 2", ["a row of table 'record' belongs to no run", "a row of table 'record' belongs to no run"]),
            ("UPDATE record SET payload = 5 WHERE run = 1 AND sequence = 3", ["run a: column payload is not bytes"]),
            ("UPDATE snapshot SET payload = x'00'", ["run a: the snapshot was changed; it is not used"]),
            ("DROP TABLE snapshot", ["run a: no such table: snapshot", "run b: no such table: snapshot"]),
        ] as [(String, [String])])
    func tampered(_ sql: String, _ expected: [String]) async throws {
        #expect(try await problems(after: sql) == expected)
    }

    @Test("gives no changed record, and nothing after it, unless asked to")
    func reading() async throws {
        _ = try await problems(after: "UPDATE record SET payload = x'00' WHERE run = 1 AND sequence = 3")
        let journal = try open(path)
        let error = await failure { try await journal.records(of: "a") }
        #expect(error == .damaged(journal.path, reason: "record 3 of run a was changed"))
        #expect(try await journal.records(of: "a", limit: 2).count == 2)
        #expect(try await journal.records(of: "a", after: 3).map(\.sequence) == [4, 5, 6])
        #expect(try await journal.records(of: "a", isChecked: false).count == 6)
        #expect(try await journal.records(of: "b").count == 2)
        var seen = 0
        let batches = await failure { for try await batch in journal.batches(of: "a") { seen += batch.count } }
        #expect(batches != nil && seen == 0)
    }

    @Test("gives nothing after a gap, and no snapshot that was changed")
    func gap() async throws {
        _ = try await problems(after: "DELETE FROM record WHERE run = 1 AND sequence = 3; UPDATE snapshot SET sequence = 5")
        let journal = try open(path)
        #expect(await failure { try await journal.records(of: "a") } == .damaged(journal.path, reason: "record 3 of run a is missing"))
        #expect(await failure { try await journal.records(of: "a", after: 3) } == .damaged(journal.path, reason: "record 3 of run a is missing"))
        #expect(try await journal.snapshot(of: "a") == nil)
    }

    @Test("never ends the process, and never gives a changed record as a good one", arguments: 0..<8 as Range<UInt64>)
    func flipped(_ seed: UInt64) async throws {
        var random = Seeded(seed)
        let journal = try open(path)
        let runs = ["a", "b", "c"]
        var originals: [String: [JournalRecord]] = [:]
        for run in runs { originals[run] = try await fill(journal, run, 12, bytes: 150) }
        try await journal.store(JournalSnapshot(run: "a", sequence: 12, version: "1", payload: payload(1, bytes: 6000)))
        // Half of them with everything in the database, half with everything in the log.
        if seed.isMultiple(of: 2) { try journal.close() }
        let base = directory.file("base")
        try copy(path, to: base)
        for round in 0..<25 {
            let target = directory.file("flip\(round)")
            try copy(base, to: target)
            let file = "\(target)/journal.db" + (seed.isMultiple(of: 2) ? "" : "-wal")
            var content = try bytes(ofFile: file)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                content[Int.random(in: 0..<content.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            }
            try Data(content).write(to: URL(filePath: file))
            for access in [Journal.Access.read, .write] {
                guard let journal = try? open(target, access) else { continue }
                for run in runs {
                    let records = (try? await journal.records(of: run)) ?? []
                    #expect(records == Array((originals[run] ?? []).prefix(records.count)), "seed \(seed), round \(round)")
                }
                if let snapshot = try? await journal.snapshot(of: "a") { #expect(snapshot.payload == payload(1, bytes: 6000)) }
                _ = await journal.verify()
                _ = try? await journal.runs()
                _ = try? await journal.append([entry("a", 13), entry("d", 1)], at: noon)
                _ = try? journal.close()
            }
            try FileManager.default.removeItem(atPath: target)
        }
    }
}
