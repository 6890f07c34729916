import GRDB
import Threads

extension Journal {
    /// Appends entries of any number of runs in one transaction: all of them, or none.
    ///
    /// Returns when the disk has them; give many at once to share that wait. `wallMilliseconds` is the wall clock in
    /// milliseconds since 1970. Cancelling the task does not stop it.
    /// After a write that failed (`.full`, `.failed`, `.superseded`, …) this object writes nothing more: each later call
    /// throws `.readOnly` at once. A whole transaction that failed in its last moment may still be found after the next
    /// opening, a part of one never. `.tooLarge` and `.invalidName` are told before anything is
    /// written and end nothing.
    @discardableResult
    package func append(_ entries: [JournalEntry], at wallMilliseconds: UInt64) async throws(JournalError) -> [JournalRecord] {
        for entry in entries {
            try checkSize("a payload", entry.payload.count, limit: limits.payloadBytes)
            try checkName(entry.run)
        }
        guard !entries.isEmpty else { return [] }
        // SQLite's integers have a sign.
        let time = min(wallMilliseconds, UInt64(Int64.max))
        return try await write { database, heads in
            var touched: Set<String> = []
            var records: [JournalRecord] = []
            records.reserveCapacity(entries.count)
            for entry in entries {
                let head = try heads[entry.run] ?? Self.begin(entry.run, at: time, in: database)
                let record = Self.next(entry, after: head, at: time)
                try Self.insert(record, run: head.id, into: database)
                heads[entry.run] = ChainHead(id: head.id, sequence: record.sequence, hash: record.hash)
                touched.insert(entry.run)
                records.append(record)
            }
            for run in touched {
                if let head = heads[run] { try Self.update(head, at: time, in: database) }
            }
            return records
        }
    }

    /// Forgets runs: their records and snapshots. Unknown ones don't matter.
    package func remove(runs: [String]) async throws(JournalError) {
        try await write { database, heads in
            let statement = try database.cachedStatement(sql: "DELETE FROM run WHERE id = ?")
            for run in runs {
                guard let head = heads.removeValue(forKey: run) else { continue }
                try statement.execute(arguments: [head.id])
            }
        }
    }

    /// Names are compared by Swift, which knows equal texts of different bytes, and by SQLite, which does not; and GRDB ends
    /// a text at its first NUL. Visible ASCII has neither trouble.
    func checkName(_ name: String) throws(JournalError) {
        try checkSize("a name", name.utf8.count, limit: limits.nameBytes)
        guard !name.isEmpty, name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .invalidName(name) }
    }

    func checkSize(_ what: String, _ bytes: Int, limit: Int) throws(JournalError) {
        guard bytes <= limit else { throw .tooLarge(what: what, bytes: bytes, limit: limit) }
    }

    // MARK: One transaction

    /// Runs `body` in one transaction on the writer's queue, under our epoch. `body` must leave the heads alone when it
    /// throws a refusal; after any other error they are of no use any more.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database, inout [String: ChainHead]) throws -> Value
    ) async throws(JournalError) -> Value {
        // At once, also when the queue is busy.
        if let reason = writing.withLock({ $0.failure }) { throw .readOnly(path, reason: reason) }
        guard let writer else { throw .readOnly(path, reason: "it was opened for reading") }
        let result = await withCheckedContinuation { (continuation: CheckedContinuation<Result<Value, JournalError>, Never>) in
            // Not GRDB's async write: a cancelled task would interrupt it, and an interrupted write ends this object.
            writer.asyncWriteWithoutTransaction { continuation.resume(returning: self.transaction($0, body)) }
        }
        return try result.get()
    }

    private func transaction<Value>(
        _ database: Database, _ body: (Database, inout [String: ChainHead]) throws -> Value
    ) -> Result<Value, JournalError> {
        // Taken out, not copied: only this queue uses them.
        var (heads, failure) = writing.withLock { writing in
            let heads = writing.heads
            writing.heads = [:]
            return (heads, writing.failure)
        }
        defer { writing.withLock { $0.heads = heads } }
        if let failure { return .failure(.readOnly(path, reason: failure)) }
        do {
            try database.beginTransaction(.immediate)
            let found = try Self.epoch(database)
            guard found == epoch else { throw JournalError.superseded(path, epoch: epoch, found: found) }
            let value = try body(database, &heads)
            try database.commit()
            return .success(value)
        } catch {
            let error = JournalError(error, path: path)
            let isOpen = database.isInsideTransaction
            do {
                if isOpen { try database.rollback() }
                if error.isRefusal { return .failure(error) }
            } catch {
                // Said below: whatever broke the write, nothing more is written.
            }
            writing.withLock { $0.failure = "\(error)" }
            return .failure(error)
        }
    }

    // MARK: Statements

    private static func next(_ entry: JournalEntry, after head: ChainHead, at time: UInt64) -> JournalRecord {
        let sequence = head.sequence + 1
        let hash = HashChain.hash(
            after: head.hash, run: entry.run, sequence: sequence, wallMilliseconds: time, kind: entry.kind, payload: entry.payload)
        return JournalRecord(
            run: entry.run, sequence: sequence, wallMilliseconds: time, kind: entry.kind, payload: entry.payload, hash: hash)
    }

    /// Makes the row of a run that had no record so far.
    private static func begin(_ run: String, at time: UInt64, in database: Database) throws -> ChainHead {
        let statement = try database.cachedStatement(sql: "INSERT INTO run (name, records, hash, first, last) VALUES (?, 0, ?, ?, ?)")
        try statement.execute(arguments: [run, HashChain.start.data, Int64(time), Int64(time)])
        return ChainHead(id: database.lastInsertedRowID, sequence: 0, hash: HashChain.start)
    }

    private static func insert(_ record: JournalRecord, run: Int64, into database: Database) throws {
        let statement = try database.cachedStatement(
            sql: "INSERT INTO record (run, sequence, time, kind, payload, hash) VALUES (?, ?, ?, ?, ?, ?)")
        try statement.execute(
            arguments: [run, record.sequence, Int64(record.wallMilliseconds), record.kind, record.payload.data, record.hash.data])
    }

    private static func update(_ head: ChainHead, at time: UInt64, in database: Database) throws {
        let statement = try database.cachedStatement(sql: "UPDATE run SET records = ?, hash = ?, last = ? WHERE id = ?")
        try statement.execute(arguments: [head.sequence, head.hash.data, Int64(time), head.id])
    }
}
