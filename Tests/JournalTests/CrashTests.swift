import Foundation
import TestSupport
import Testing

@testable import Journal

@Suite("After a crash")
struct CrashTests {
    let directory: TemporaryDirectory
    let path: String
    private var database: String { "\(path)/journal.db" }

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("journal")
    }

    /// What a killed process would have left at this moment: nothing is being written.
    private func snapshot(_ name: String) throws -> String {
        let target = directory.file(name)
        try copy(path, to: target)
        return target
    }

    /// The numbers of a run's records, after checking all there is to check.
    private func recovered(_ path: String) async throws -> Int {
        let journal = try open(path)
        defer { try? journal.close() }
        #expect(await journal.verify() == [])
        let records = try await journal.records(of: "a")
        #expect(records.map(\.sequence) == Array(0..<records.count).map { $0 + 1 })
        for record in records { #expect(record.payload == payload(record.sequence, bytes: 300)) }
        return records.count
    }

    @Test("a torn or garbled last transaction is gone as a whole, and all before it is there", arguments: [1, 2, 3] as [UInt64])
    func torn(_ seed: UInt64) async throws {
        var random = Seeded(seed)
        let journal = try open(path)
        for number in 1...20 { try await journal.append([entry("a", number, bytes: 300)], at: noon) }
        let base = try snapshot("base")
        let before = try bytes(ofFile: "\(database)-wal")
        try await journal.append((21...40).map { entry("a", $0, bytes: 300) }, at: noon)
        let after = try bytes(ofFile: "\(database)-wal")
        #expect(after.count > before.count && after.prefix(before.count) == before[...])
        for round in 0..<25 {
            let cut = round == 0 ? after.count : Int.random(in: before.count...after.count, using: &random)
            var log = Array(after[..<cut])
            // What was never flushed may be zeros, or what the blocks held before.
            if round % 3 == 1 { log += [UInt8](repeating: 0, count: after.count - cut) }
            if round % 3 == 2 { log += (cut..<after.count).map { _ in UInt8.random(in: .min ... .max, using: &random) } }
            let target = directory.file("cut\(round)")
            try copy(base, to: target)
            try Data(log).write(to: URL(filePath: "\(target)/journal.db-wal"))
            // Half of them with an index that knows nothing of it: it belongs to the memory of a machine that lost power.
            if round % 2 == 1 { try FileManager.default.removeItem(atPath: "\(target)/journal.db-shm") }
            let count = try await recovered(target)
            #expect(count == 20 || (count == 40 && cut == after.count), "seed \(seed), round \(round), cut \(cut): \(count) records")
        }
    }

    @Test("every record that was acknowledged is there, whenever the process is killed")
    func killed() async throws {
        let journal = try open(path)
        var acknowledged = 0
        // More than the 1000 pages after which SQLite moves the log into the database.
        for round in 0..<12 {
            for _ in 0..<30 {
                try await journal.append((1...10).map { entry("a", acknowledged + $0, bytes: 300) }, at: noon)
                acknowledged += 10
            }
            #expect(try await recovered(snapshot("round\(round)")) == acknowledged)
        }
    }

    @Test("a database that was being made is made anew")
    func begun() async throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Data().write(to: URL(filePath: database))
        let journal = try open(path)
        #expect(journal.epoch == 1)
        try await fill(journal, "a", 1)
    }
}
