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

/// Each found its mistake in the simulation of its day. With a change of the simulation a seed comes to mean something else.
let foundMistakes = [
    FoundMistake(3, "what became of a started command was not asked after the link was lost during its health check"),
    FoundMistake(43, "a job that waited for a worker was handed out although its run was paused"),
    FoundMistake(2063, "not started, of an interrupted job whose run was cancelled before the next attempt"),
    FoundMistake(3469, "an assignment that came once more, late, started a command whose job was settled"),
    FoundMistake(4779, "an idempotent subtask that restarts its host was tried again for ever"),
    FoundMistake(8332, "a worker told its old result under the epoch of a new hand-out"),
    FoundMistake(11016, "an execution of an old hand-out told its result under the epoch of a new one"),
    FoundMistake(17691, "a job was adopted by a worker whose Hello was an old one, and forgotten"),
    FoundMistake(20164, "revoked, and so not started, after a power cut had taken the record of a command that ran"),
]

/// The first seed that finds each mistake.
let plantedBugSeeds: [SimulatedFleet.Bug: UInt64] = [
    .actsBeforeCommit: 1,
    .acknowledgesBeforeStoring: 2,
    .forgetsEpochs: 28,
    .takesAbsenceForNotStarted: 9,
    .looksWithoutRevoking: 1324,
    .takesDoubtForNotStarted: 5,
    .decidesAgainOnReplay: 3,
    .startsUnderNewKey: 25,
    .ignoresLateness: 117,
    .forgetsAtAcknowledgement: 3,
    .losesHostWideLock: 6,
    .secondResultCounts: 5,
    .replaysWithoutHandOuts: 3,
    .reconnectsSilently: 1868,
]

/// Those of a host that show in runs. The others stay below: the workers and the coordinator make good what they spoil, or they
/// need meetings that only the model's own tests bring about.
let plantedHostBugSeeds: [(bug: PlantedBug, seed: UInt64?)] = [
    (.recordNotReadAgain, 19),
    (.emptyRecordIsClaim, 157),
    (.startWithoutReadingBack, 1235),
    (.revokeByLooking, 12),
    (.othersBeforeOwnEntry, 180),
    (.childIgnoresLossOfSupervisor, 968),
]
