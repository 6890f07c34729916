import Foundation
import GRDB
import Glibc
import TestSupport
import Threads
import Testing

@testable import Journal

@Suite("Opening a journal")
struct OpeningTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("state/runs")
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test("makes directory and files for nobody else to read")
    func modes() async throws {
        let old = umask(0)
        defer { umask(old) }
        let journal = try open(path)
        try await fill(journal, "a", 1)
        #expect(try mode(path) == 0o700)
        for name in ["journal.db", "journal.db-wal", "journal.db-shm", "lock"] { #expect(try mode("\(path)/\(name)") == 0o600, "\(name)") }
    }

    @Test("is refused while another has it open, whose process is named")
    func owned() async throws {
        let journal = try open(path)
        let owner = try #require(try DirectoryLock.owner(of: path))
        #expect(owner.pid == getpid())
        #expect(owner.startTicks != nil)
        let error = await failure { try open(path) }
        #expect(error == .owned(path, by: owner))
        #expect(error.map { "\($0)" } == "the journal \(path) belongs to the running process \(getpid()) — wait for its end, or stop it")
        try await fill(journal, "a", 1)
        try journal.close()
        #expect(try DirectoryLock.owner(of: path) == nil)
        _ = try open(path)
    }

    @Test("is refused while another process holds the lock, and works once that was killed")
    func otherProcess() async throws {
        try open(path).close()
        let child = try ChildProcess("/usr/bin/flock", ["--no-fork", "\(path)/lock", "/bin/sh", "-c", "echo held; exec sleep 600"])
        try child.waitForLine { $0 == "held" }
        try "\(child.pid) 1\n".write(toFile: "\(path)/lock", atomically: false, encoding: .utf8)
        #expect(try DirectoryLock.owner(of: path) == LockOwner(pid: child.pid, startTicks: 1))
        #expect(await failure { try open(path) } == .owned(path, by: LockOwner(pid: child.pid, startTicks: 1)))
        // Reading needs no lock.
        #expect(try open(path, .read).epoch == 1)
        child.kill(SIGKILL)
        try child.waitForEnd()
        #expect(try DirectoryLock.owner(of: path) == nil)
        #expect(try open(path).epoch == 2)
    }

    @Test("a child of the owner does not keep the lock")
    func notInherited() async throws {
        let journal = try open(path)
        let child = try ChildProcess("/bin/sh", ["-c", "echo up; exec sleep 600"])
        try child.waitForLine { $0 == "up" }
        try journal.close()
        #expect(try DirectoryLock.owner(of: path) == nil)
        child.kill(SIGKILL)
    }

    @Test("asking for the owner makes no file")
    func ownerMakesNothing() throws {
        #expect(try DirectoryLock.owner(of: path) == nil)
        #expect(!FileManager.default.fileExists(atPath: path))
        let empty = try directory.directory("empty")
        #expect(try DirectoryLock.owner(of: empty) == nil)
        #expect(try listing(empty) == [])
    }

    @Test("asking for the owner does not keep a new one out")
    func ownerDoesNotDisturb() async throws {
        try open(path).close()
        let path = path, isDone = Lock(false)
        async let asking: Void = onOwnThread { while !isDone.withLock({ $0 }) { _ = try DirectoryLock.owner(of: path) } }
        async let opening: Void = onOwnThread {
            defer { isDone.withLock { $0 = true } }
            for _ in 0..<200 { _ = try DirectoryLock(directory: path) }
        }
        _ = try await (asking, opening)
    }

    @Test(
        "is refused on file systems whose locks may not hold",
        arguments: [
            (0x6969, "nfs"), (0x517B, "smb"), (0xFF53_4D42, "cifs"), (0xFE53_4D42, "smb2"), (0x0102_1997, "9p"),
            (0x6573_5546, "fuse, which may be a remote one"), (0x5346_414F, "afs"), (0x00C3_6400, "ceph"), (0x7375_7245, "coda"),
            (0x0BD0_0BD0, "lustre"), (0x0116_1970, "gfs2"), (0x7461_636F, "ocfs2"),
        ] as [(UInt32, String)])
    func network(_ magic: UInt32, _ name: String) {
        #expect(FileSystemKind.network(magic: magic) == name)
        #expect(
            "\(JournalError.networkFileSystem(directory: "/x", kind: name))"
                == "run directory /x is on a network file system (\(name)), where locks can't be trusted — put the state directory on a local disk")
    }

    // ext4, xfs, btrfs, tmpfs, overlay, zfs, f2fs, bcachefs
    @Test(
        "is allowed on local ones",
        arguments: [0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994, 0x794C_7630, 0x2FC1_2FC1, 0xF2F5_2010, 0xCA45_1A4E] as [UInt32])
    func local(_ magic: UInt32) {
        #expect(FileSystemKind.network(magic: magic) == nil)
    }

    @Test("of a newer version is refused, and nothing in it is changed", arguments: [Journal.Access.write, .read])
    func newer(_ access: Journal.Access) async throws {
        let journal = try open(path)
        try await fill(journal, "a", 1)
        try journal.close()
        try tamper(path, "INSERT INTO grdb_migrations VALUES ('2'), ('3')")
        let before = try bytes(ofFile: "\(path)/journal.db")
        let error = await failure { try open(path, access) }
        #expect(
            error.map { "\($0)" }
                == "the journal \(path)/journal.db was written by a newer muster (schema 3, this one knows 1) — use that version")
        #expect(try bytes(ofFile: "\(path)/journal.db") == before)
    }

    @Test("of another program is refused, and nothing in it is changed")
    func foreign() async throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try tamper(path, "CREATE TABLE t (x)")
        let before = try bytes(ofFile: "\(path)/journal.db")
        #expect(await failure { try open(path) } == .foreign("\(path)/journal.db"))
        #expect(await failure { try open(path, .read) } == .foreign("\(path)/journal.db"))
        #expect(try bytes(ofFile: "\(path)/journal.db") == before)
    }

    @Test("that is no database is refused, with what to do", arguments: [Journal.Access.write, .read])
    func noDatabase(_ access: Journal.Access) async throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Data("this is a letter, no database; it is long enough to be looked at".utf8).write(to: URL(filePath: "\(path)/journal.db"))
        let error = await failure { try open(path, access) }
        #expect(
            error.map { "\($0)" }
                == "the journal \(path)/journal.db is damaged: file is not a database"
                + " — restore a backup (muster journal backup made them), or look with 'muster journal verify'")
    }

    @Test("in a place that can't be made says why")
    func noDirectory() async throws {
        let file = try directory.write("file", "")
        let error = await failure { try open("\(file)/runs") }
        #expect(error == .unusable("\(file)/runs", reason: "Not a directory"))
    }

    @Test("whose last record was changed or removed is refused for writing and readable")
    func changedHead() async throws {
        let journal = try open(path)
        try await fill(journal, "a", 3)
        try journal.close()
        try tamper(path, "DELETE FROM record WHERE sequence = 3")
        #expect(await failure { try open(path) } == .damaged("\(path)/journal.db", reason: "the last record of run a is missing or changed"))
        let reader = try open(path, .read)
        #expect(try await reader.records(of: "a").count == 2)
        #expect(await reader.verify().map(\.description) == ["run a, record 3: it is missing"])
    }

    @Test("free space is told in bytes")
    func freeSpace() throws {
        #expect(try Journal.freeSpace(at: directory.path) > 0)
        #expect(throws: JournalError.self) { try Journal.freeSpace(at: directory.file("none")) }
    }
}
