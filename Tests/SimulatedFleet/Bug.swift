/// Mistakes that the simulation can make on purpose, to see that its checks find them: what the shells around the machines, or
/// the machines themselves, could do wrong.
package enum Bug: String, CaseIterable, Sendable {
    /// Effects leave before their records are stored.
    case actsBeforeCommit
    /// Only acknowledgements leave before their records are stored.
    case acknowledgesBeforeStoring
    /// A report of an earlier hand-out counts like one of the latest.
    case forgetsEpochs
    /// No record is taken for "not started", without a revocation.
    case takesAbsenceForNotStarted
    /// The record is looked at where it should be closed.
    case looksWithoutRevoking
    /// Doubt is reported as "not started", so that the next attempt follows.
    case takesDoubtForNotStarted
    /// A restart gives the old inputs to a new machine instead of applying the records.
    case decidesAgainOnReplay
    /// A host that was restarted gets attempts under its new key.
    case startsUnderNewKey
    /// Neither lease nor NOT-AFTER keep a late start back.
    case ignoresLateness
    /// The host may forget a record as soon as its result is acknowledged, and refuses all starts up to it.
    case forgetsAtAcknowledgement
    /// All starts come in one owner's name, so that no run keeps another out.
    case losesHostWideLock
    /// A second result of a settled job replaces the first.
    case secondResultCounts
    /// A restart does not know what was handed out: epochs begin at 1 again.
    case replaysWithoutHandOuts
    /// An execution goes on over a new connection as if it were the one it began with.
    case reconnectsSilently
}
