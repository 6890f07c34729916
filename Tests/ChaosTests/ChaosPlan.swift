import Testing

/// Random numbers from a seed (splitmix64): the same seed, the same plan.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Where the workers of a run are.
enum WorkerPlace: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case embedded = "in the coordinator's process"
    case processes = "in two processes of their own"
    var testDescription: String { rawValue }
}

/// What goes wrong, and with whom.
enum FaultKind: String, CaseIterable, Sendable {
    case killCoordinator, stopCoordinator, killWorker, stopWorker, stopWorkerPastLease
    case killRunner, stopRunner, killSupervisor, stopSupervisor, killCommand, stopCommand, killSession, stopSession
    case unplug, drop, reset, sessionsKill, fillLedger, reboot, crash

    /// Power goes or the supervisor of a command: then its end may be unknown.
    var leavesDoubt: Bool { [.killSupervisor, .reboot, .crash].contains(self) }
    /// A command may end otherwise than by itself.
    var endsCommands: Bool { [.killCommand, .reboot, .crash].contains(self) }
    /// The host may be out of reach, or refuse: jobs may fail without having started.
    var keepsFromStarting: Bool {
        switch self {
        case .killCoordinator, .stopCoordinator, .killWorker, .stopWorker, .stopWorkerPastLease, .killSupervisor, .stopSupervisor, .killCommand, .stopCommand: false
        case .killRunner, .stopRunner, .killSession, .stopSession, .unplug, .drop, .reset, .sessionsKill, .fillLedger, .reboot, .crash: true
        }
    }
    var isPower: Bool { self == .reboot || self == .crash }
}

/// One fault of a plan.
struct PlannedFault: Sendable {
    var kind: FaultKind
    /// Which of the hosts, or of the workers, by its number; taken modulo how many there are.
    var victim: Int
    /// So many jobs end after the fault before it, at most `patience` later, and it begins.
    var afterJobs: Int
    var patience: Duration
    /// So many jobs end, at most `lasts` later, and it is mended.
    var untilJobs: Int
    var lasts: Duration
}

/// What happens in one run: made from a seed alone.
struct ChaosPlan: Sendable {
    /// One subtask: it leaves its own name in a file of its identity on its host.
    struct Counter: Sendable {
        var step: String
        var name: String
        var isRoot: Bool
        /// Its guard looks for its line: if it was interrupted, the guard tells what became of it.
        var isDecidable: Bool
        var milliseconds: Int
    }

    let counters: [Counter]
    let faults: [PlannedFault]
    /// What the person says of each command whose outcome is not known, in turn.
    let decisions: [String]

    init(seed: UInt64, place: WorkerPlace, faultCount: Int) {
        var random = SeededRandom(seed: seed)
        let shapes: [(step: String, name: String, isRoot: Bool, isDecidable: Bool)] = [
            ("first", "a1", true, false), ("first", "a2", true, false), ("second", "b1", false, false), ("third", "c1", true, true), ("fourth", "d1", false, true),
            ("fifth", "e1", true, false),
        ]
        counters = shapes.map { Counter(step: $0.step, name: $0.name, isRoot: $0.isRoot, isDecidable: $0.isDecidable, milliseconds: Int.random(in: 200...2000, using: &random)) }
        var bag: [FaultKind] = []
        faults = (0..<faultCount).map { number in
            if bag.isEmpty { bag = Self.bag(place).shuffled(using: &random) }
            return PlannedFault(
                kind: bag.removeLast(), victim: Int.random(in: 0..<1000, using: &random), afterJobs: Int.random(in: 1...9, using: &random),
                patience: .milliseconds(Int.random(in: 300...2500, using: &random)), untilJobs: Int.random(in: 2...15, using: &random),
                lasts: .milliseconds(Int.random(in: 500...5000, using: &random)))
        }
        decisions = (0..<64).map { _ in ["done", "failed", "again"].randomElement(using: &random) ?? "done" }
    }

    private static func bag(_ place: WorkerPlace) -> [FaultKind] {
        let ofHosts = FaultKind.allCases.filter { ![.killCoordinator, .stopCoordinator, .killWorker, .stopWorker, .stopWorkerPastLease].contains($0) }
        switch place {
        case .embedded: return ofHosts + [.killCoordinator, .killCoordinator, .stopCoordinator]
        case .processes: return ofHosts + [.killCoordinator, .stopCoordinator, .killWorker, .killWorker, .stopWorker, .stopWorkerPastLease]
        }
    }

    /// The plan of counters as a runbook.
    func runbook(mark: String) -> String {
        var text = """
            runbook: chaos-count
            title: Count under chaos
            phrases:
              en: [count under chaos]
            families: [debian]
            steps:

            """
        var last = ""
        for step in counters.map(\.step) where step != last {
            last = step
            text += "  - id: \(step)\n    title: \(step)\n    subtasks:\n"
            for counter in counters where counter.step == step {
                let file = Self.file(mark: mark, isRoot: counter.isRoot)
                let check = counter.isDecidable ? "grep -qx \(counter.name) \(file)" : "test -e /var/tmp/chaos-never"
                text += "      - {id: \(counter.name), title: \(counter.name), guard: \(check), timeout: 100, become: \(counter.isRoot), "
                text += "command: 'sleep \(Double(counter.milliseconds) / 1000); echo \(counter.name) >> \(file)'}\n"
            }
        }
        return text
    }

    /// Where the lines of one identity are on each host.
    static func file(mark: String, isRoot: Bool) -> String { "/var/tmp/\(mark)-\(isRoot ? "root" : "user")" }
}
