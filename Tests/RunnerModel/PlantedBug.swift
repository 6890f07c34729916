/// Mistakes that a host model can be given, to see that the checkers find them. All are off by default.
package enum PlantedBug: Int, CaseIterable, Sendable {
    /// The record is read, then the process looked at, and the record not read again.
    case recordNotReadAgain
    /// An empty record counts as a claim whose claimant is gone.
    case emptyRecordIsClaim
    /// START takes its own claim for the first line without reading it back.
    case startWithoutReadingBack
    /// REVOKE of an absent record answers `revoked` and writes nothing.
    case revokeByLooking
    /// The clock is not looked at after the claim.
    case noClockAfterClaim
    /// The other entries are looked at before the own one is made.
    case othersBeforeOwnEntry
    /// The child does not look for a cancel after its `run` line.
    case childIgnoresCancel
    /// An orphan does not keep the next attempt out.
    case nextAttemptBesideOrphan

    /// The child does not look, after its `run` line, whether its supervisor lives: `never` may have been told meanwhile.
    case childIgnoresLossOfSupervisor
    /// The low-water mark is looked at before the claim only: the record may have been forgotten in between.
    case noLowWaterAfterClaim
    /// The ledger's id is read at HELLO only: the ledger may be another by now.
    case noLedgerAfterClaim
    /// An entry of the host-wide claim does not name its maker: a refused duplicate removes it from under the other.
    case entriesShared
    /// Entries of another boot, without a record, count until this boot's uptime has passed their NOT-AFTER.
    case entriesOfOtherBootsCount
    /// An entry whose record was forgotten counts until NOT-AFTER.
    case forgottenEntriesCount
    /// The clock is read after the record: what was absent then may have been claimed in time.
    case clockAfterRecord
    /// The stream's end in mid-frame is no reason to keep deadlines.
    case tornFrameEndsRunner
    /// A cancel writes no line where there is a marker, though a full disk may have kept the marker and lost the line.
    case markerHidesMissingLine
    /// A start looks at the attempt before its own only, and not at those before that.
    case onlyPreviousAttempt
    /// A runner whose stream has ended does not wait for its own starts that are not claimed yet.
    case unclaimedLeftBehind
}

/// A set of planted bugs that is tested by one machine instruction.
package struct PlantedBugs: Hashable, Sendable {
    private var bits: UInt32 = 0

    package init(_ bugs: [PlantedBug] = []) {
        for bug in bugs { bits |= 1 << UInt32(bug.rawValue) }
    }

    package func has(_ bug: PlantedBug) -> Bool { bits & (1 << UInt32(bug.rawValue)) != 0 }
}
