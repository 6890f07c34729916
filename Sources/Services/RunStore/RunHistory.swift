import Journal
import JournalCoding
package import Model
package import Orchestration
import WireProtocol

/// A run as its journal tells it.
package struct RunHistory: Sendable {
    package var replay: RunReplay
    /// The last record that is in it.
    package var sequence: Int
    /// Wall clock of the first and the last record, milliseconds since 1970.
    package var began: UInt64
    package var changed: UInt64
    /// The records that matter, and how many of all the snapshot stands for.
    var records: [RunRecord]
    var snapshotSequence: Int

    /// Reads a run beside its owner, without writing anything.
    package static func read(directory: String, _ run: RunID) async throws(RunJournalError) -> RunHistory {
        let journal: Journal
        do { journal = try Journal(directory: directory, access: .read, now: 0) } catch { throw .journal(error) }
        let history = try await read(journal, run)
        do { try journal.close() } catch { throw .journal(error) }
        return history
    }

    static func read(_ journal: Journal, _ run: RunID) async throws(RunJournalError) -> RunHistory {
        var history = RunHistory(replay: RunReplay(), sequence: 0, began: 0, changed: 0, records: [], snapshotSequence: 0)
        do throws(JournalError) {
            if let known = try await journal.runs().first(where: { $0.run == run.value }) {
                history.began = known.firstMilliseconds
                history.changed = known.lastMilliseconds
            }
            // A snapshot of another build, or one that can't be read, is as good as none.
            if let snapshot = try await journal.snapshot(of: run.value), snapshot.version == RunSnapshot.version,
                let records = try? RunSnapshot.records(snapshot.payload), let replay = try? Self.replay(records),
                replay.description != nil
            {
                history.replay = replay
                history.records = records
                history.sequence = snapshot.sequence
                history.snapshotSequence = snapshot.sequence
            }
        } catch { throw .journal(error) }
        do {
            for try await batch in journal.batches(of: run.value, after: history.sequence) {
                for record in batch { try history.take(record, path: journal.path) }
            }
        } catch let error as JournalError {
            throw .journal(error)
        } catch let error as RunJournalError {
            throw error
        } catch {
            throw .record(journal.path, sequence: history.sequence, reason: "\(error)")
        }
        guard history.replay.description != nil else { throw .empty(journal.path) }
        return history
    }

    private static func replay(_ records: [RunRecord]) throws(RunReplay.Problem) -> RunReplay {
        var replay = RunReplay()
        for record in records { try replay.apply(record) }
        return replay
    }

    private mutating func take(_ record: JournalRecord, path: String) throws(RunJournalError) {
        do {
            let read = try RunRecord(payload: record.payload)
            try replay.apply(read)
            records.append(read)
            sequence = record.sequence
        } catch { throw .record(path, sequence: record.sequence, reason: "\(error)") }
    }
}
