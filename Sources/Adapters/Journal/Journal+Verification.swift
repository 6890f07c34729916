import GRDB

extension Journal {
    /// Looks at everything: the database's structure, the order of records, every hash, the snapshots. Empty when all is well.
    ///
    /// Reads the whole journal. At most `limit` problems are told.
    package func verify(limit: Int = 1000) async -> [JournalProblem] {
        do throws(JournalError) {
            let path = path
            return try await read { database in
                var verification = Verification(limit: limit, path: path)
                verification.run(database)
                return verification.problems
            }
        } catch {
            return [JournalProblem(what: "\(error)")]
        }
    }
}

/// One look through the database, which may be broken anywhere.
private struct Verification {
    var problems: [JournalProblem] = []
    let limit: Int
    let path: String

    init(limit: Int, path: String) {
        self.limit = limit
        self.path = path
    }

    private var isFull: Bool { problems.count >= limit }

    private mutating func note(_ what: String, run: String? = nil, sequence: Int? = nil) {
        if !isFull { problems.append(JournalProblem(run: run, sequence: sequence, what: what)) }
    }

    /// Notes what stops a part of the look, and goes on with the next.
    private mutating func attempt(run: String? = nil, _ body: (inout Verification) throws -> Void) {
        do {
            try body(&self)
        } catch let error as DatabaseError {
            note(error.reason, run: run)
        } catch {
            note("\(error)", run: run)
        }
    }

    mutating func run(_ database: Database) {
        attempt { look in
            for text in try String.fetchAll(database, sql: "PRAGMA integrity_check(100)") where text != "ok" { look.note("SQLite: \(text)") }
        }
        attempt { look in
            let rows = try Row.fetchCursor(database, sql: "PRAGMA foreign_key_check")
            while !look.isFull, let row = try rows.next() { look.note("a row of table '\(try row.text(0))' belongs to no run") }
        }
        var runs: [(id: Int, name: String, records: Int, hash: [UInt8])] = []
        attempt { look in
            let rows = try Row.fetchCursor(database, sql: "SELECT id, name, records, hash FROM run ORDER BY id")
            while let row = try rows.next() {
                look.attempt { _ in runs.append((try row.integer(0), try row.text(1), try row.integer(2), try row.bytes(3))) }
            }
        }
        for run in runs where !isFull {
            attempt(run: run.name) { try $0.chain(database, id: run.id, name: run.name, records: run.records, hash: run.hash) }
            attempt(run: run.name) { try $0.snapshot(database, id: run.id, name: run.name, records: run.records) }
        }
    }

    /// A changed record is told once: the next one is compared with the hash that it has.
    private mutating func chain(_ database: Database, id: Int, name: String, records: Int, hash: [UInt8]) throws {
        let rows = try Row.fetchCursor(
            database, sql: "SELECT sequence, time, kind, payload, hash FROM record WHERE run = ? ORDER BY sequence", arguments: [id])
        var sequence = 0, previous = HashChain.start
        while !isFull, let row = try rows.next() {
            let record = try RecordReader.record(row, run: name)
            if record.sequence != sequence + 1 {
                noteMissing(sequence + 1, record.sequence - 1, run: name)
            } else if record.hash != record.expectedHash(after: previous) {
                note("it was changed, or the one before it", run: name, sequence: record.sequence)
            }
            sequence = record.sequence
            previous = record.hash
        }
        if isFull { return }
        if sequence < records {
            noteMissing(sequence + 1, records, run: name)
        } else if sequence > records {
            note("it is more than the \(records) that the run should have", run: name, sequence: sequence)
        } else if previous != hash {
            note("it is not the one that was written last", run: name, sequence: sequence)
        }
    }

    private mutating func noteMissing(_ first: Int, _ last: Int, run: String) {
        note(last > first ? "this and all up to \(last) are missing" : "it is missing", run: run, sequence: first)
    }

    private mutating func snapshot(_ database: Database, id: Int, name: String, records: Int) throws {
        guard let row = try Row.fetchOne(database, sql: "SELECT sequence, version, payload, hash FROM snapshot WHERE run = ?", arguments: [id])
        else { return }
        let snapshot = try Journal.snapshot(row, run: name)
        if try row.bytes(3) != HashChain.hash(of: snapshot) { note("the snapshot was changed; it is not used", run: name) }
        if snapshot.sequence > records { note("the snapshot is of a record that does not exist", run: name, sequence: snapshot.sequence) }
    }
}
