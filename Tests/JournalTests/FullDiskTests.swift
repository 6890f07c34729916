import Foundation
import TestSupport
import Testing

@testable import Journal

@Suite("A full disk", .enabled(if: SmallDisk.isPossible, "needs root and mount"))
struct FullDiskTests {
    @Test("ends all writing, keeps what was acknowledged, and can be read")
    func journal() async throws {
        let disk = try SmallDisk(kilobytes: 256)
        let path = "\(disk.path)/journal"
        let journal = try open(path)
        var acknowledged = 0
        let error = await failure {
            while acknowledged < 1000 {
                try await journal.append([entry("a", acknowledged + 1, bytes: 4000)], at: noon)
                acknowledged += 1
            }
        }
        #expect(error == .full(journal.path))
        #expect(acknowledged > 2 && acknowledged < 1000)
        #expect(
            error.map { "\($0)" }
                == "the journal \(journal.path) can't be written: no space left on device — make room; nothing new is started until then")
        let next = await failure { try await journal.append([entry("a", 1, bytes: 1)], at: noon) }
        #expect(next == .readOnly(journal.path, reason: "\(JournalError.full(journal.path))"))
        #expect(try await journal.records(of: "a").count == acknowledged)
        try journal.close()
        try disk.grow(kilobytes: 2048)
        let again = try open(path)
        #expect(try await again.records(of: "a").count == acknowledged)
        #expect(await again.verify() == [])
        #expect(try await again.append([entry("a", acknowledged + 1, bytes: 4000)], at: noon).count == 1)
    }

    @Test("is told when a journal is opened, or copied, there")
    func opening() async throws {
        let disk = try SmallDisk(kilobytes: 16)
        let error = await failure { try open("\(disk.path)/journal") }
        #expect(error == .full("\(disk.path)/journal/journal.db"))
        let directory = try TemporaryDirectory()
        let journal = try open(directory.path)
        try await fill(journal, "a", 50, bytes: 2000)
        let backup = await failure { try await journal.backup(to: "\(disk.path)/backup") }
        #expect(backup == .backupFailed("\(disk.path)/backup", reason: "database or disk is full"))
        #expect(!FileManager.default.fileExists(atPath: "\(disk.path)/backup"))
        try await journal.append([entry("a", 51)], at: noon)
    }

    @Test("is told once of output, which goes on when there is room again")
    func output() throws {
        let disk = try SmallDisk(kilobytes: 64)
        let file = try OutputFile(directory: disk.path, name: "h01")
        func piece(_ number: Int) -> OutputFrame {
            OutputFrame(job: "j", attempt: 1, stream: .output, offset: UInt64(number * 10_000), bytes: payload(number, bytes: 10_000))
        }
        var kept: [OutputFrame] = [], outcomes: [OutputOutcome] = []
        for number in 0..<10 {
            let outcome = file.append(piece(number))
            if outcome == .kept { kept.append(piece(number)) } else { outcomes.append(outcome) }
        }
        #expect(kept.count > 1)
        #expect(outcomes.first == .failed(reason: "\(file.path) can't be written: No space left on device"))
        #expect(outcomes.count > 1 && outcomes.dropFirst().allSatisfy { $0 == .dropped })
        try disk.grow(kilobytes: 256)
        #expect(file.append(piece(10)) == .kept)
        kept.append(piece(10))
        let reader = OutputReader(directory: disk.path, name: "h01")
        for frame in kept { #expect(try reader.next() == .frame(frame)) }
        #expect(try reader.next() == nil)
    }
}
