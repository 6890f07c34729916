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

/// The first seed that finds each mistake. Those that are missing here were not found among the first 2,000: the long form looks for them.
let plantedBugSeeds: [SimulatedFleet.Bug: UInt64] = [
    .actsBeforeCommit: 1,
    .acknowledgesBeforeStoring: 1,
    .forgetsEpochs: 273,
    .takesAbsenceForNotStarted: 280,
    .takesDoubtForNotStarted: 13,
    .decidesAgainOnReplay: 1,
    .startsUnderNewKey: 26,
    .losesHostWideLock: 9,
    .secondResultCounts: 4,
    .replaysWithoutHandOuts: 4,
]

let plantedHostBugSeeds: [(bug: PlantedBug, seed: UInt64?)] = []
