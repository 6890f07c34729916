import GRDB

/// Why a journal, or a file beside it, could not be opened, read or written.
package enum JournalError: Error, Equatable, CustomStringConvertible {
    /// There is no journal at this path.
    case missing(String)
    /// A directory or file could not be made, opened or read.
    case unusable(String, reason: String)
    case networkFileSystem(directory: String, kind: String)
    /// Another process, or another part of this one, has it open for writing.
    case owned(String, by: LockOwner)
    case newerSchema(String, found: Int, known: Int)
    /// An SQLite database that no journal made.
    case foreign(String)
    case damaged(String, reason: String)
    /// An output file holds bytes that are no frame.
    case damagedOutput(String, position: Int)
    /// No space left on the device.
    case full(String)
    /// A write failed; nothing of it is visible.
    case failed(String, reason: String)
    /// Nothing can be written through this object: a write failed before, or it was opened for reading.
    case readOnly(String, reason: String)
    /// Somebody else has opened it for writing since, in spite of the lock.
    case superseded(String, epoch: Int, found: Int)
    /// More bytes in one place than the limits allow. Nothing was written.
    case tooLarge(what: String, bytes: Int, limit: Int)
    /// The name of a run, or a version, has other characters than visible ASCII, or none. Nothing was written.
    case invalidName(String)
    /// Nothing was ever appended for this run.
    case unknownRun(String)
    /// The copy at this path was not made; the journal itself goes on.
    case backupFailed(String, reason: String)
    /// A file that would have been overwritten.
    case exists(String)

    package var description: String {
        switch self {
        case .missing(let path): "there is no journal at \(path)"
        case .unusable(let path, let reason): "\(path) can't be used: \(reason)"
        case .networkFileSystem(let directory, let kind):
            "run directory \(directory) is on a network file system (\(kind)), where locks can't be trusted"
                + " — put the state directory on a local disk"
        case .owned(let path, let owner):
            "the journal \(path) belongs to \(owner) — wait for its end, or stop it"
        case .newerSchema(let path, let found, let known):
            "the journal \(path) was written by a newer muster (schema \(found), this one knows \(known)) — use that version"
        case .foreign(let path):
            "\(path) is a database of another program — use another directory"
        case .damaged(let path, let reason):
            "the journal \(path) is damaged: \(reason)"
                + " — restore a backup (muster journal backup made them), or look with 'muster journal verify'"
        case .damagedOutput(let path, let position):
            "the output file \(path) is damaged at byte \(position) — what comes after it can't be read"
        case .full(let path):
            "the journal \(path) can't be written: no space left on device — make room; nothing new is started until then"
        case .failed(let path, let reason):
            "the journal \(path) can't be written: \(reason) — nothing new is started"
        case .readOnly(let path, let reason): "nothing more is written to the journal \(path): \(reason)"
        case .superseded(let path, let epoch, let found):
            "the journal \(path) has another owner by now (epoch \(found), ours was \(epoch)) — this process may write no more"
        case .tooLarge(let what, let bytes, let limit): "\(what) of \(bytes) bytes is not written: the limit is \(limit)"
        case .invalidName(let name): "'\(name.debugDescription.dropFirst().dropLast())' is no name for the journal — use visible ASCII characters"
        case .unknownRun(let run): "the journal has no run \(run)"
        case .backupFailed(let path, let reason): "the backup \(path) was not made: \(reason)"
        case .exists(let path): "\(path) exists already and is not overwritten — choose another name"
        }
    }

    /// Whether the journal is as it was before, so that it can go on.
    var isRefusal: Bool {
        switch self {
        case .tooLarge, .invalidName, .unknownRun, .exists, .backupFailed, .damagedOutput: true
        case .missing, .unusable, .networkFileSystem, .owned, .newerSchema, .foreign, .damaged, .full, .failed, .readOnly, .superseded: false
        }
    }

    /// What GRDB threw, for the database at `path`.
    init(_ error: any Error, path: String) {
        if let error = error as? JournalError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self = .failed(path, reason: "\(error)")
            return
        }
        let reason = error.reason
        switch error.extendedResultCode {
        // The shared memory file could not grow.
        case .SQLITE_IOERR_SHMSIZE: self = .full(path)
        case .SQLITE_FULL: self = .full(path)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT: self = .damaged(path, reason: reason)
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: self = .unusable(path, reason: reason)
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .failed(path, reason: "another process keeps the database locked")
        default: self = .failed(path, reason: reason)
        }
    }
}

extension DatabaseError {
    /// SQLite's words for it.
    var reason: String {
        // SQLite's message belongs to the last call on a connection, and the error to another one: a backup has two.
        guard let message, message != "not an error" else { return DatabaseError(resultCode: resultCode).message ?? "\(resultCode)" }
        return message
    }
}
