import GRDB

extension Journal {
    /// Copies the journal as it is now into one new file, on the disk when this returns, while it goes on being written.
    ///
    /// The file is an SQLite database that stands for itself: put it into a directory as `journal.db` to restore it. Throws
    /// `.exists` for a file that is there, `.backupFailed`; nothing remains of a copy that failed, and the journal goes on.
    package func backup(to target: String) async throws(JournalError) {
        let target = target.hasPrefix("/") ? target : "./\(target)"
        // First, so that nobody else's is overwritten.
        try Files.create(target)
        do throws(JournalError) {
            let path = path
            try await read { try Self.copy($0, from: path, to: target) }
            try Files.synchronize(target)
            try Files.synchronize(Files.parent(of: target) ?? ".")
        } catch {
            for suffix in ["", "-journal", "-wal", "-shm"] { Files.remove(target + suffix) }
            throw error
        }
    }

    private static func copy(_ source: Database, from path: String, to target: String) throws {
        do {
            let destination = try DatabaseQueue(path: target)
            try destination.writeWithoutTransaction { database in
                try source.backup(to: database)
                // Without a log beside it, the file can be moved and read alone.
                try database.execute(sql: "PRAGMA journal_mode = DELETE")
            }
            try destination.close()
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            throw JournalError(error, path: path)
        } catch {
            throw JournalError.backupFailed(target, reason: (error as? DatabaseError)?.reason ?? "\(error)")
        }
    }
}
