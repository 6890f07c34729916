import GRDB

extension Journal {
    /// Records of a run in order, those after `sequence`, at most `limit`. Empty for a run that is unknown.
    ///
    /// Each hash is compared on the way: throws `.damaged` where a record is missing or changed. `isChecked: false` gives
    /// what is there, for looking at a damaged journal.
    package func records(
        of run: String, after sequence: Int = 0, limit: Int? = nil, isChecked: Bool = true
    ) async throws(JournalError) -> [JournalRecord] {
        let path = path
        return try await read { database in
            try RecordReader(run: run, after: sequence, previous: nil, isChecked: isChecked, path: path)
                .records(database, limit: limit ?? .max, bytes: .max)
        }
    }

    /// The same, a batch at a time (`JournalLimits.batchRecords` and `.batchBytes`): for runs that should not be in memory
    /// as a whole.
    package func batches(of run: String, after sequence: Int = 0, isChecked: Bool = true) -> RecordBatches {
        RecordBatches(journal: self, run: run, after: sequence, isChecked: isChecked)
    }

    /// All runs, in the order in which they began.
    package func runs() async throws(JournalError) -> [JournalRun] {
        try await read { database in
            let rows = try Row.fetchCursor(database, sql: "SELECT name, records, first, last FROM run ORDER BY id")
            var runs: [JournalRun] = []
            while let row = try rows.next() {
                runs.append(
                    JournalRun(
                        run: try row.text(0), records: try row.integer(1), firstMilliseconds: UInt64(clamping: try row.integer(2)),
                        lastMilliseconds: UInt64(clamping: try row.integer(3))))
            }
            return runs
        }
    }

    /// Runs `body` on a queue of a reading connection, in one view of the database.
    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws(JournalError) -> Value {
        let path = path
        let result = await withCheckedContinuation { (continuation: CheckedContinuation<Result<Value, JournalError>, Never>) in
            reader.asyncRead { database in
                do {
                    continuation.resume(returning: .success(try body(try database.get())))
                } catch {
                    continuation.resume(returning: .failure(Self.readingError(error, path: path)))
                }
            }
        }
        return try result.get()
    }

    /// As `JournalError`, but a reading that failed says so.
    private static func readingError(_ error: any Error, path: String) -> JournalError {
        switch JournalError(error, path: path) {
        case .failed(_, let reason): .unusable(path, reason: reason)
        case let error: error
        }
    }
}

/// The records of one run in batches, none of them empty.
package struct RecordBatches: AsyncSequence, Sendable {
    package typealias Element = [JournalRecord]
    package typealias Failure = JournalError

    let journal: Journal
    let run: String
    let after: Int
    let isChecked: Bool

    package func makeAsyncIterator() -> Iterator {
        Iterator(journal: journal, reader: RecordReader(run: run, after: after, previous: nil, isChecked: isChecked, path: journal.path))
    }

    package struct Iterator: AsyncIteratorProtocol {
        let journal: Journal
        var reader: RecordReader

        package mutating func next() async throws(JournalError) -> [JournalRecord]? {
            let reader = reader, limits = journal.limits
            let records = try await journal.read { try reader.records($0, limit: limits.batchRecords, bytes: limits.batchBytes) }
            guard let last = records.last else { return nil }
            self.reader.after = last.sequence
            self.reader.previous = last.hash
            return records
        }
    }
}

/// Reads a stretch of a run and follows its chain.
struct RecordReader: Sendable {
    let run: String
    /// The last sequence number that is not wanted.
    var after: Int
    /// The hash of that record; nil to look it up.
    var previous: [UInt8]?
    let isChecked: Bool
    let path: String

    /// Stops after `limit` records, or with the one that reaches `bytes`.
    func records(_ database: Database, limit: Int, bytes: Int) throws -> [JournalRecord] {
        guard limit > 0, let id = try runID(database) else { return [] }
        let statement = try database.cachedStatement(
            sql: "SELECT sequence, time, kind, payload, hash FROM record WHERE run = ? AND sequence > ? ORDER BY sequence")
        let rows = try Row.fetchCursor(statement, arguments: [id, after])
        var previous = previous, sequence = max(after, 0), read = 0
        var records: [JournalRecord] = []
        while records.count < limit, read < bytes, let row = try rows.next() {
            let record = try Self.record(row, run: run)
            if isChecked {
                let before = try previous ?? hash(database, id)
                guard record.sequence == sequence + 1 else { throw damaged(sequence + 1, "is missing") }
                guard record.hash == record.expectedHash(after: before) else { throw damaged(record.sequence, "was changed") }
            }
            previous = record.hash
            sequence = record.sequence
            read += record.payload.count
            records.append(record)
        }
        return records
    }

    static func record(_ row: Row, run: String) throws -> JournalRecord {
        JournalRecord(
            run: run, sequence: try row.integer(0), wallMilliseconds: UInt64(clamping: try row.integer(1)), kind: try row.integer(2),
            payload: try row.bytes(3), hash: try row.bytes(4))
    }

    private func runID(_ database: Database) throws -> Int? {
        let statement = try database.cachedStatement(sql: "SELECT id FROM run WHERE name = ?")
        return try Row.fetchOne(statement, arguments: [run])?.integer(0)
    }

    /// The hash of record `after`.
    private func hash(_ database: Database, _ id: Int) throws -> [UInt8] {
        guard after > 0 else { return HashChain.start }
        let statement = try database.cachedStatement(sql: "SELECT hash FROM record WHERE run = ? AND sequence = ?")
        guard let row = try Row.fetchOne(statement, arguments: [id, after]) else { throw damaged(after, "is missing") }
        return try row.bytes(0)
    }

    private func damaged(_ sequence: Int, _ what: String) -> JournalError {
        .damaged(path, reason: "record \(sequence) of run \(run) \(what)")
    }
}

extension JournalRecord {
    /// The hash that this record has if nobody changed it.
    func expectedHash(after previous: [UInt8]) -> [UInt8] {
        HashChain.hash(after: previous, run: run, sequence: sequence, wallMilliseconds: wallMilliseconds, kind: kind, payload: payload)
    }
}
