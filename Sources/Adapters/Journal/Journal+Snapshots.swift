import GRDB

extension Journal {
    /// Keeps a snapshot in the place of the run's last one. Throws `.unknownRun` for a run without records, `.tooLarge`,
    /// `.invalidName`; a write that fails ends all writing (`append`).
    package func store(_ snapshot: JournalSnapshot) async throws(JournalError) {
        try checkSize("a snapshot", snapshot.payload.count, limit: limits.payloadBytes)
        try checkName(snapshot.version)
        try await write { database, heads in
            guard let head = heads[snapshot.run] else { throw JournalError.unknownRun(snapshot.run) }
            let statement = try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO snapshot (run, sequence, version, payload, hash) VALUES (?, ?, ?, ?, ?)")
            try statement.execute(
                arguments: [head.id, snapshot.sequence, snapshot.version, snapshot.payload.data, HashChain.hash(of: snapshot).data])
        }
    }

    /// The snapshot of a run, whichever version it has; nil also for a damaged one, since records can do without.
    package func snapshot(of run: String) async throws(JournalError) -> JournalSnapshot? {
        try await read { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT sequence, version, payload, snapshot.hash
                    FROM snapshot JOIN run ON run.id = snapshot.run WHERE name = ?
                    """)
            guard let row = try Row.fetchOne(statement, arguments: [run]) else { return nil }
            let snapshot = try Self.snapshot(row, run: run)
            return try row.bytes(3) == HashChain.hash(of: snapshot) ? snapshot : nil
        }
    }

    /// Forgets the snapshot of a run, if there is one.
    package func removeSnapshot(of run: String) async throws(JournalError) {
        try await write { database, heads in
            guard let head = heads[run] else { return }
            try database.cachedStatement(sql: "DELETE FROM snapshot WHERE run = ?").execute(arguments: [head.id])
        }
    }

    static func snapshot(_ row: Row, run: String) throws -> JournalSnapshot {
        JournalSnapshot(run: run, sequence: try row.integer(0), version: try row.text(1), payload: try row.bytes(2))
    }
}
