import GRDB
import GRDBSQLite
import Threads

/// Records of any number of runs in one directory: `journal.db`, an SQLite database, and `lock`.
///
/// One process writes; any number read meanwhile. What `append` has returned for is on the disk. Payloads are opaque.
/// SQLite works on GRDB's own queues: nothing but opening and closing blocks the caller's thread.
package final class Journal: Sendable {
    package enum Access: Sendable {
        /// Makes what is missing and takes the directory's lock.
        case write
        /// Takes no lock, makes no file and changes none but SQLite's index of its log (`journal.db-shm`). A backup or copy
        /// without a log is taken for one that nobody writes: what is appended later is seen only after opening anew.
        case read
    }

    package let directory: String
    /// The database.
    package let path: String
    /// How often it was opened for writing, this time included; for `.read` as it stood at opening.
    package let epoch: Int
    let limits: JournalLimits
    let reader: any DatabaseReader
    /// Nil when opened for reading.
    let writer: DatabasePool?
    let writing: Lock<Writing>
    // The last property, so that the lock outlives the connections.
    private let lock: Lock<DirectoryLock?>

    /// What the writer's queue knows between two transactions.
    struct Writing {
        /// Ends of the chains by run, so that an append reads nothing.
        var heads: [String: ChainHead] = [:]
        /// Why nothing more is written.
        var failure: String?
    }

    /// Opens the journal of a directory. Blocks: call it at start.
    ///
    /// `now` is the wall clock in milliseconds since 1970. Throws for a directory of another owner, on a network file
    /// system, and for a journal that is missing (`.read`), damaged, or of a newer version.
    package init(directory: String, access: Access, now: UInt64, limits: JournalLimits = JournalLimits()) throws(JournalError) {
        // SQLite would take a name that starts with "file:" for a URI.
        let directory = directory.hasPrefix("/") ? directory : "./\(directory)"
        let path = "\(directory)/journal.db"
        self.directory = directory
        self.path = path
        self.limits = limits
        switch access {
        case .write:
            try Files.refuseNetwork(directory)
            try Files.makeDirectory(directory)
            let lock = try DirectoryLock(directory: directory)
            try Self.makeDatabaseFile(path)
            do {
                try Self.inspect(path, limits)
                let pool = try DatabasePool(path: path, configuration: Self.configuration(limits))
                let opened = try Self.prepare(pool, path: path, now: now)
                try Files.synchronize(directory)
                writer = pool
                reader = pool
                epoch = opened.epoch
                writing = Lock(Writing(heads: opened.heads))
            } catch {
                throw JournalError(error, path: path)
            }
            self.lock = Lock(lock)
        case .read:
            do {
                let queue = try Self.openForReading(path, limits)
                epoch = try queue.read { database in
                    guard try JournalSchema.inspect(database, path: path) == .journal else { throw JournalError.missing(path) }
                    return try Self.epoch(database)
                }
                reader = queue
            } catch {
                throw JournalError(error, path: path)
            }
            writer = nil
            writing = Lock(Writing(failure: "it was opened for reading"))
            lock = Lock(nil)
        }
    }

    /// Waits for the transaction that is being written, closes the database and gives the lock back. Every later call,
    /// and every append that still waits, throws.
    package func close() throws(JournalError) {
        writing.withLock { $0.failure = $0.failure ?? "it was closed" }
        do { try reader.close() } catch { throw JournalError(error, path: path) }
        lock.withLock { $0 = nil }
    }

    /// Bytes that may still be written where `path` is.
    package static func freeSpace(at path: String) throws(JournalError) -> UInt64 { try Files.freeSpace(at: path) }

    // MARK: Opening

    private static func makeDatabaseFile(_ path: String) throws(JournalError) {
        // By us, so that nobody else can read it (SQLite gives its other files the same mode), and only if there is none:
        // closing any descriptor of an open database drops SQLite's locks.
        if !Files.exists(path) { try Files.create(path) }
    }

    /// Before anything is written: the database of a newer version, or of another program, stays as it is.
    private static func inspect(_ path: String, _ limits: JournalLimits) throws {
        var configuration = configuration(limits)
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        _ = try queue.read { try JournalSchema.inspect($0, path: path) }
        try queue.close()
    }

    private static func configuration(_ limits: JournalLimits) -> Configuration {
        var configuration = Configuration()
        let (seconds, attoseconds) = limits.busyTimeout.components
        configuration.busyMode = .timeout(Double(seconds) + Double(attoseconds) / 1e18)
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = 2
        return configuration
    }

    /// Makes the writing connection durable, brings the tables up to date and takes the next epoch.
    private static func prepare(_ pool: DatabasePool, path: String, now: UInt64) throws -> (epoch: Int, heads: [String: ChainHead]) {
        try pool.writeWithoutTransaction { database in
            // GRDB has set NORMAL by now, which loses the last commits in a power cut.
            try database.execute(sql: "PRAGMA synchronous = FULL")
            guard try synchronousMode(database) == 2 else {
                throw JournalError.failed(path, reason: "SQLite does not wait for the disk (PRAGMA synchronous)")
            }
            // A log that grew once is cut again, so that it does not keep its room for ever.
            try database.execute(sql: "PRAGMA journal_size_limit = \(16 << 20)")
            // The files -wal and -shm stay when the last connection closes: readers then need to make none.
            var on: Int32 = 1
            // SAFETY: the connection is open in this closure; SQLite reads and writes one int.
            unsafe sqlite3_file_control(database.sqliteConnection, nil, SQLITE_FCNTL_PERSIST_WAL, &on)
        }
        try JournalSchema.migrator.migrate(pool)
        return try pool.write { database in
            let epoch = try epoch(database) + 1
            try database.execute(sql: "UPDATE meta SET epoch = ?, opened = ?", arguments: [epoch, Int64(clamping: now)])
            return (epoch, try heads(database, path: path))
        }
    }

    static func synchronousMode(_ database: Database) throws -> Int? { try Int.fetchOne(database, sql: "PRAGMA synchronous") }

    static func epoch(_ database: Database) throws -> Int {
        let statement = try database.cachedStatement(sql: "SELECT epoch FROM meta")
        guard let row = try Row.fetchOne(statement) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the epoch is missing")
        }
        return try row.integer(0)
    }

    /// Where the chains end; throws for a run whose last record is not the one that it should be.
    private static func heads(_ database: Database, path: String) throws -> [String: ChainHead] {
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT run.id, name, records, run.hash, record.hash IS run.hash
                FROM run LEFT JOIN record ON record.run = run.id AND record.sequence = run.records
                """)
        var heads: [String: ChainHead] = [:]
        while let row = try rows.next() {
            let name = try row.text(1)
            guard try row.integer(4) == 1 else {
                throw JournalError.damaged(path, reason: "the last record of run \(name) is missing or changed")
            }
            heads[name] = ChainHead(id: Int64(try row.integer(0)), sequence: try row.integer(2), hash: try row.bytes(3))
        }
        return heads
    }

    /// A connection that makes no file.
    private static func openForReading(_ path: String, _ limits: JournalLimits) throws -> DatabaseQueue {
        guard Files.exists(path) else { throw JournalError.missing(path) }
        var configuration = configuration(limits)
        configuration.readonly = true
        // A writer leaves -wal and -shm behind. Where both are, SQLite makes neither; without them nobody writes: a backup, or
        // a copy. Not readonly_shm: SQLite has one index for all connections of a process, and a writer needs to change it.
        let log = Files.size(of: "\(path)-wal"), hasIndex = Files.exists("\(path)-shm")
        guard hasIndex || (log ?? 0) == 0 else {
            throw JournalError.unusable(path, reason: "journal.db-shm is missing, without which its log can't be read — open it for writing once")
        }
        let mode = log != nil && hasIndex ? "mode=ro" : "immutable=1"
        return try DatabaseQueue(path: "file:\(PercentEncoding.uri(path: path))?\(mode)", configuration: configuration)
    }
}
