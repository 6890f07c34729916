package import Journal
import JournalCoding
package import Model
package import Orchestration
import Threads
import WireProtocol

/// Why a run's journal can't be read or written: one line.
package enum RunJournalError: Error, CustomStringConvertible {
    case journal(JournalError)
    /// A record that this build can't read.
    case record(String, sequence: Int, reason: String)
    case notEnoughSpace(String, free: UInt64, floor: UInt64)
    case empty(String)

    package var description: String {
        switch self {
        case .journal(let error): "\(error)"
        case .record(let path, let sequence, let reason):
            "record \(sequence) of \(path) can't be read: \(reason) — a newer muster may have written it: use that version"
        case .notEnoughSpace(let path, let free, let floor):
            "no new run is started: \(path) has \(free >> 20) MiB free, less than the \(floor >> 20) MiB of journal.free_space_floor — make room"
        case .empty(let path): "\(path) has no records: its run never began"
        }
    }
}

/// The journal of runs, open for writing: what a coordinator decides is kept here before anybody hears of it.
package final class RunJournal: Sendable {
    private let journal: Journal
    private let outputs: RunOutputs
    /// Records since the last snapshot, and all that matter of a run: to make the next one.
    private let histories = Lock<[RunID: History]>([:])

    fileprivate struct History {
        var records: [RunRecord] = []
        var sinceSnapshot = 0
        /// So many records after the last snapshot make the next.
        var nextAfter = RunJournal.snapshotEvery
    }

    /// So few records are never worth a snapshot's room.
    fileprivate static let snapshotEvery = 2000

    package var directory: String { journal.directory }

    /// Opens the journal of a directory for writing; makes it if it is not there. Blocks; throws when another process has it.
    ///
    /// - Parameter outputLimit: bytes of output kept for each host.
    package init(directory: String, outputLimit: Int = OutputFile.defaultLimit) throws(RunJournalError) {
        do { journal = try Journal(directory: directory, access: .write, now: WallClock.milliseconds) } catch { throw .journal(error) }
        outputs = RunOutputs(directory: directory, limit: outputLimit)
    }

    /// Refuses when less than `floor` bytes are free where the runs lie: what runs already may need them.
    package static func checkSpace(at path: String, floor: UInt64) throws(RunJournalError) {
        let free: UInt64
        do { free = try Journal.freeSpace(at: path) } catch { throw .journal(error) }
        guard free >= floor else { throw .notEnoughSpace(path, free: free, floor: floor) }
    }

    /// Writes down that a plan was not let through: a journal of one record, so that the audit tells of it.
    package static func keepRefusal(_ description: RunDescription, in state: StateDirectory) async throws(RunJournalError) {
        let journal = try RunJournal(directory: state.directory(of: description.run))
        try await journal.commit([CoordinatorMachine.Turn.Entry(run: description.run, record: .created(description))])
        try journal.close()
    }

    /// The state of a run as its records tell it.
    package func replay(_ run: RunID) async throws(RunJournalError) -> RunReplay {
        let history = try await RunHistory.read(journal, run)
        histories.withLock {
            $0[run] = History(
                records: history.records, sinceSnapshot: history.sequence - history.snapshotSequence,
                nextAfter: max(Self.snapshotEvery, history.records.count))
        }
        return history.replay
    }

    /// Writes records of any number of runs as one transaction. When it returns they are on the disk.
    ///
    /// Encodes beside its caller, who can decide on what comes next meanwhile.
    @concurrent package func commit(_ entries: [CoordinatorMachine.Turn.Entry]) async throws(RunJournalError) {
        var payloads: [JournalEntry] = []
        payloads.reserveCapacity(entries.count)
        do throws(WireError) {
            for entry in entries { payloads.append(JournalEntry(run: entry.run.value, kind: entry.record.kind, payload: try entry.record.payload)) }
        } catch { throw .record(journal.path, sequence: 0, reason: "\(error)") }
        do throws(JournalError) {
            let written = try await journal.append(payloads, at: WallClock.milliseconds)
            try await snapshot(after: entries, written)
        } catch { throw .journal(error) }
    }

    /// Makes a snapshot where enough has happened since the last.
    private func snapshot(after entries: [CoordinatorMachine.Turn.Entry], _ written: [JournalRecord]) async throws(JournalError) {
        var due: [JournalSnapshot] = []
        histories.withLock { histories in
            // In place: a copy of a history for each of its records would cost more than writing them.
            for (entry, record) in zip(entries, written) {
                if let payload = histories[entry.run, default: History()].take(entry.record) {
                    due.append(JournalSnapshot(run: entry.run.value, sequence: record.sequence, version: RunSnapshot.version, payload: payload))
                }
            }
        }
        // Only the newest of a run counts.
        for snapshot in due { try await journal.store(snapshot) }
    }

    /// Keeps a piece of a command's output. Returns what is worth a log line.
    package func keep(_ host: HostName, _ job: JobID, attempt: Int, isError: Bool, offset: UInt64, _ bytes: [UInt8]) -> String? {
        outputs.keep(host, job, attempt: attempt, isError: isError, offset: offset, bytes)
    }

    /// Gives the journal and its lock back.
    package func close() throws(RunJournalError) {
        do { try journal.close() } catch { throw .journal(error) }
    }
}

extension RunJournal.History {
    /// Keeps one more record. Returns a snapshot's payload if the time for one has come.
    fileprivate mutating func take(_ record: RunRecord) -> [UInt8]? {
        records.append(record)
        sinceSnapshot += 1
        guard sinceSnapshot >= nextAfter else { return nil }
        records = RunSnapshot.condensed(records)
        sinceSnapshot = 0
        // The longer, the rarer: all snapshots of a run together cost time in its records, not in their square.
        nextAfter = max(RunJournal.snapshotEvery, records.count)
        // What can't be encoded was not written either.
        return try? RunSnapshot.payload(records)
    }
}

extension RunRecord {
    /// For looking at a journal without reading payloads.
    var kind: Int {
        switch self {
        case .created: 1
        case .run: 2
        case .handedOut: 3
        }
    }
}

/// The wall clock: only for what people read, and for identifiers.
package enum WallClock {
    package static var milliseconds: UInt64 { UInt64(max(0, unixNanoseconds() / 1_000_000)) }
}
