import GRDB

/// The tables, from version 1 on. A version that was released is never changed, only followed by another.
enum JournalSchema {
    static let version = 1
    /// SQLite's application id of a journal: "Mstr".
    static let applicationID = 0x4D73_7472

    /// Brings a database up to `version`.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.execute(
                sql: """
                    PRAGMA application_id = \(applicationID);
                    CREATE TABLE meta (
                        id INTEGER PRIMARY KEY CHECK (id = 1),
                        epoch INTEGER NOT NULL,       -- how often it was opened for writing
                        opened INTEGER NOT NULL       -- when, last; milliseconds since 1970
                    );
                    INSERT INTO meta VALUES (1, 0, 0);
                    CREATE TABLE run (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        name TEXT NOT NULL UNIQUE,
                        records INTEGER NOT NULL,     -- also the sequence number of the last one
                        hash BLOB NOT NULL,           -- of the last one
                        first INTEGER NOT NULL,       -- time of the first and last append, milliseconds since 1970
                        last INTEGER NOT NULL
                    );
                    CREATE TABLE record (
                        position INTEGER PRIMARY KEY, -- order of all appends
                        run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
                        sequence INTEGER NOT NULL,
                        time INTEGER NOT NULL,
                        kind INTEGER NOT NULL,
                        payload BLOB NOT NULL,
                        hash BLOB NOT NULL,
                        UNIQUE (run, sequence)
                    );
                    CREATE TABLE snapshot (
                        run INTEGER PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
                        sequence INTEGER NOT NULL,
                        version TEXT NOT NULL,
                        payload BLOB NOT NULL,
                        hash BLOB NOT NULL
                    );
                    """)
        }
        return migrator
    }

    /// What a database holds.
    enum Content {
        /// Nothing at all: a file just made.
        case empty
        case journal
    }

    /// Throws `.newerSchema` or `.foreign`.
    static func inspect(_ database: Database, path: String) throws -> Content {
        let applied = try migrator.appliedIdentifiers(database)
        if applied.isEmpty {
            let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master WHERE name NOT LIKE 'grdb_%'") ?? 0
            guard tables == 0 else { throw JournalError.foreign(path) }
            return .empty
        }
        guard try Int.fetchOne(database, sql: "PRAGMA application_id") == applicationID else { throw JournalError.foreign(path) }
        guard try !migrator.hasBeenSuperseded(database) else {
            throw JournalError.newerSchema(path, found: applied.compactMap { Int($0) }.max() ?? 0, known: version)
        }
        return .journal
    }
}

/// Columns as they should be; anything else is damage, where GRDB's own subscripts would end the process.
extension Row {
    func integer(_ index: Int) throws -> Int {
        guard case .int64(let value) = databaseValue(index).storage else { throw unexpected(index, "a number") }
        return Int(value)
    }

    func text(_ index: Int) throws -> String {
        guard case .string(let value) = databaseValue(index).storage else { throw unexpected(index, "a text") }
        return value
    }

    func bytes(_ index: Int) throws -> [UInt8] {
        switch databaseValue(index).storage {
        case .blob(let value): return Array(value)
        default: throw unexpected(index, "bytes")
        }
    }

    private func databaseValue(_ index: Int) -> DatabaseValue { self[index] }

    private func unexpected(_ index: Int, _ wanted: String) -> DatabaseError {
        DatabaseError(resultCode: .SQLITE_CORRUPT, message: "column \(columnNames.dropFirst(index).first ?? "?") is not \(wanted)")
    }
}
