import RunnerModel
import SimulatedFleet
import Testing

/// A seed that found a mistake of ours once.
struct FoundMistake: Sendable, CustomTestStringConvertible {
    let seed: UInt64
    let what: String

    init(_ seed: UInt64, _ what: String) {
        self.seed = seed
        self.what = what
    }

    var testDescription: String { "\(seed): \(what)" }
}

let foundMistakes = [
    FoundMistake(3, "a job in doubt was asked about under epoch 1 again"),
    FoundMistake(43, "cancelling the jobs of a run one by one handed the queued ones out"),
    FoundMistake(904, "a job that waited for a worker was handed out although its run was paused"),
    FoundMistake(1362, "skipped after the command had ended: the link was lost during the health check"),
    FoundMistake(955, "unreachable after the command had ended"),
    FoundMistake(1015, "a worker told its old result under the epoch of a new hand-out"),
    FoundMistake(4640, "revoked, after a power cut had taken the record of a command that ran"),
    FoundMistake(2304, "a record above the low-water mark was forgotten, and the command started again"),
]

/// The first seed that finds each mistake.
let plantedBugSeeds: [SimulatedFleet.Bug: UInt64] = [
    .actsBeforeCommit: 1,
    .acknowledgesBeforeStoring: 2,
    .forgetsEpochs: 519,
    .takesAbsenceForNotStarted: 16,
    .looksWithoutRevoking: 374,
    .takesDoubtForNotStarted: 3,
    .decidesAgainOnReplay: 1,
    .startsUnderNewKey: 3,
    .ignoresLateness: 144,
    .forgetsAtAcknowledgement: 4,
    .losesHostWideLock: 8,
    .secondResultCounts: 14,
    .replaysWithoutHandOuts: 3,
    .reconnectsSilently: 1407,
]

/// Those of a host that show in runs. The others stay below: the workers and the coordinator make good what they spoil, or they
/// need meetings that only the model's own tests bring about.
let plantedHostBugSeeds: [(bug: PlantedBug, seed: UInt64?)] = [
    (.recordNotReadAgain, 588),
    (.emptyRecordIsClaim, 252),
    (.startWithoutReadingBack, 487),
    (.revokeByLooking, 1959),
    (.othersBeforeOwnEntry, 527),
    (.childIgnoresLossOfSupervisor, 6),
]
