import Foundation
import GRDB
import Glibc
import TestSupport
import Testing

@testable import Journal

let noon: UInt64 = 1_764_072_000_000

func open(_ directory: String, _ access: Journal.Access = .write, limits: JournalLimits = JournalLimits()) throws -> Journal {
    try Journal(directory: directory, access: access, now: noon, limits: limits)
}

func entry(_ run: String, _ number: Int, bytes: Int = 20) -> JournalEntry {
    JournalEntry(run: run, kind: number % 7, payload: payload(number, bytes: bytes))
}

/// Bytes that tell which number they were made from.
func payload(_ number: Int, bytes: Int) -> [UInt8] {
    Array("\(number):".utf8) + (0..<bytes).map { UInt8(truncatingIfNeeded: number &* 31 &+ $0) }
}

/// Appends records 1 … count of a run, in one transaction.
@discardableResult
func fill(_ journal: Journal, _ run: String, _ count: Int, bytes: Int = 20) async throws -> [JournalRecord] {
    try await journal.append((1...count).map { entry(run, $0, bytes: bytes) }, at: noon)
}

/// The error that something ends with.
func failure<Value>(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Value
) async -> JournalError? {
    await #expect(throws: JournalError.self, sourceLocation: sourceLocation) { _ = try await body() }
}

/// Changes a database behind the journal's back.
func tamper(_ directory: String, _ sql: String) throws {
    let queue = try DatabaseQueue(path: "\(directory)/journal.db")
    try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    try queue.close()
}

/// Copies files by another process: closing a file here would drop the locks that SQLite has on it.
func copy(_ source: String, to target: String) throws { try run("/bin/cp", ["-a", source, target]) }

/// All entries of a directory, with size and change time.
func listing(_ directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory).sorted().map { name in
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)")
        return "\(name) \(attributes[.size] ?? 0) \(attributes[.modificationDate] ?? 0)"
    }
}

/// Random numbers that a seed repeats (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// A file system of a few hundred kilobytes, for tests that fill it.
final class SmallDisk {
    let path: String
    private let directory: TemporaryDirectory

    /// Whether this process may mount one.
    static let isPossible: Bool = {
        guard getuid() == 0 else { return false }
        return (try? SmallDisk(kilobytes: 64)) != nil
    }()

    init(kilobytes: Int) throws {
        directory = try TemporaryDirectory()
        path = try directory.directory("disk")
        try run("/bin/mount", ["-t", "tmpfs", "-o", "size=\(kilobytes)k", "tmpfs", path])
    }

    func grow(kilobytes: Int) throws { try run("/bin/mount", ["-o", "remount,size=\(kilobytes)k", path]) }

    deinit { _ = try? run("/bin/umount", ["-l", path]) }
}
