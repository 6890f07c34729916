/// What is to be appended for a run. What kind and payload mean is the caller's business.
package struct JournalEntry: Sendable, Equatable {
    /// Visible ASCII, not empty.
    package var run: String
    package var kind: Int
    package var payload: [UInt8]

    package init(run: String, kind: Int, payload: [UInt8]) {
        self.run = run
        self.kind = kind
        self.payload = payload
    }
}

/// An entry with its place in the journal.
package struct JournalRecord: Sendable, Equatable {
    package var run: String
    /// 1, 2, … within the run, without gaps.
    package var sequence: Int
    /// Wall clock, milliseconds since 1970, as given to `append`.
    package var wallMilliseconds: UInt64
    package var kind: Int
    package var payload: [UInt8]
    /// SHA-256 over this record and the hash of the one before: 32 bytes.
    package var hash: [UInt8]
}

/// A run that has records.
package struct JournalRun: Sendable, Equatable {
    package var run: String
    /// How many records it has: the sequence number of the last.
    package var records: Int
    /// Wall clock of the first and last append, milliseconds since 1970.
    package var firstMilliseconds: UInt64
    package var lastMilliseconds: UInt64
}

/// A state that the records up to a sequence number lead to, kept so that fewer need be replayed.
package struct JournalSnapshot: Sendable, Equatable {
    package var run: String
    package var sequence: Int
    /// Of whoever made it; visible ASCII. Throw away one that is not yours.
    package var version: String
    package var payload: [UInt8]

    package init(run: String, sequence: Int, version: String, payload: [UInt8]) {
        self.run = run
        self.sequence = sequence
        self.version = version
        self.payload = payload
    }
}

/// What `Journal.verify` found.
package struct JournalProblem: Sendable, Equatable, CustomStringConvertible {
    /// Nil when it is not about one run.
    package var run: String?
    /// Nil when it is not about one record.
    package var sequence: Int?
    package var what: String

    package var description: String {
        switch (run, sequence) {
        case (let run?, let sequence?): "run \(run), record \(sequence): \(what)"
        case (let run?, nil): "run \(run): \(what)"
        case (nil, _): what
        }
    }
}

/// How much goes into one place, and how long SQLite waits.
package struct JournalLimits: Sendable {
    /// Bytes of one entry's, or one snapshot's, payload.
    package var payloadBytes = 64 << 20
    /// Bytes of a run's name, and of a snapshot's version.
    package var nameBytes = 256
    /// Records and payload bytes in one batch of a long run; one record is given however large it is.
    package var batchRecords = 1000
    package var batchBytes = 4 << 20
    /// How long a statement waits for a lock of another process.
    package var busyTimeout: Duration = .seconds(5)

    package init() {}
}
