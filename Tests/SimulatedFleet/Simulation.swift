import Model
import Orchestration
import RunnerModel

/// Coordinators, workers and hosts in one process, under a simulated clock, network and disk, driven by one seed.
///
/// The machines are the product's own; the shells around them do what the services do. `run` goes on until every run has
/// ended and nothing is under way any more, or a check fails.
package struct Simulation {
    /// What is to be simulated.
    package struct Settings: Sendable {
        package var bug: Bug?
        package var hostBug: PlantedBug?
        package var isFaultless = false
        package init(bug: Bug? = nil, hostBug: PlantedBug? = nil, isFaultless: Bool = false) {
            self.bug = bug
            self.hostBug = hostBug
            self.isFaultless = isFaultless
        }
    }

    /// How a simulation ended.
    package struct Verdict: Sendable {
        package var seed: UInt64
        /// What should never have happened; nil if all is well.
        package var violation: String?
        /// Of all that happened: equal in a repetition.
        package var checksum: UInt64
        package var events: Int
        /// Commands that took effect.
        package var starts: Int
        /// Of the simulated clock, in milliseconds.
        package var duration: Int
    }

    let seed: UInt64
    let settings: Settings
    let scenario: Scenario
    var random: SeededRandom
    var now = 0
    var queue = EventQueue<Event>()
    var sites: [Site] = []
    var machines: [Machine] = []
    var links: [Link] = []
    var workers: [WorkerShell] = []
    var coordinators: [CoordinatorShell] = []
    var runs: [StoredRun] = []
    var checker: Checker
    var isHealed = false
    var wallOffset = 0
    /// Starts that are held up on their way; nil once they have arrived.
    var heldStarts: [HeldStart?] = []
    private var checksum: UInt64 = 0xcbf2_9ce4_8422_2325
    private var eventCount = 0
    private let tracer: Tracer?

    package init(seed: UInt64, settings: Settings = Settings(), isTraced: Bool = false) {
        self.seed = seed
        self.settings = settings
        tracer = isTraced ? Tracer() : nil
        random = SeededRandom(seed: seed &* 0x9E37_79B9 &+ 1)
        scenario = Scenario(&random, faultless: settings.isFaultless)
        checker = Checker()
        // The clock is looked at a few steps before the command: who may stop there, or whose clock may, starts later.
        if ![Fault.processStopped, .processKilled, .hostSuspended].contains(where: scenario.faults.has) {
            checker.patience = scenario.patience * 1000 + 5000
        }
        for (number, name) in scenario.sites.enumerated() {
            sites.append(Site(name: name, hasRoot: scenario.hasRoot[number], machine: addMachine(hasRoot: scenario.hasRoot[number])))
        }
        runs = scenario.runs.map { _ in StoredRun() }
        for (coordinator, count) in scenario.workers.enumerated() {
            coordinators.append(CoordinatorShell())
            for _ in 0..<count { workers.append(WorkerShell(coordinator: coordinator)) }
        }
        for index in coordinators.indices { startCoordinator(index) }
        for index in workers.indices { startWorker(index) }
        for index in runs.indices { queue.push(.begin(run: index), at: scenario.runs[index].beginsAt + random.below(50)) }
        queue.push(.person, at: random.between(2000, 8000))
        if !scenario.faults.isEmpty { queue.push(.fault, at: random.below(scenario.faultInterval)) }
        queue.push(.heal, at: scenario.healsAt)
    }

    /// What happened, one line each; empty if it was not to be traced.
    package var trace: [String] { tracer?.lines ?? [] }

    func note(_ line: @autoclosure () -> String) {
        guard let tracer else { return }
        let seconds = now / 1000, rest = "\(now % 1000 + 1000)"
        tracer.lines.append("\(seconds).\(rest.dropFirst()) \(line())")
    }

    /// Beside the value, so that its lines can be made from the value while it changes.
    private final class Tracer {
        var lines: [String] = []
    }

    // MARK: The loop

    /// How long runs may take once nothing goes wrong any more, in milliseconds.
    static let healedLimit = 3_600_000
    /// How long what was delayed may still arrive after the last run has ended.
    static let lateLimit = 400_000

    package mutating func run() -> Verdict {
        var quietUntil: Int?
        while checker.violation == nil, let (time, event) = queue.pop() {
            now = max(now, time)
            eventCount += 1
            checksum = (checksum ^ UInt64(truncatingIfNeeded: now &* 64 &+ Self.kind(event))) &* 0x100_0000_01b3
            handle(event)
            if quietUntil == nil, isHealed, checker.allFinished(runs.count) { quietUntil = now + Self.lateLimit }
            if let quietUntil, now > quietUntil { break }
            if isHealed, quietUntil == nil, now > scenario.healsAt + Self.healedLimit {
                checker.fail("a run does not end: \(checker.unfinished(runs.count))")
            }
        }
        if checker.violation == nil { compareWithJournals() }
        if checker.violation != nil {
            for index in coordinators.indices { note("coordinator \(index) in the end: \(coordinators[index].machine.fleet)") }
        }
        return Verdict(seed: seed, violation: checker.violation, checksum: checksum, events: eventCount, starts: checker.startCount, duration: now)
    }

    private static func kind(_ event: Event) -> Int {
        switch event {
        case .toCoordinator: 1
        case .toWorker: 2
        case .connected: 3
        case .coordinatorTick: 4
        case .workerTick: 5
        case .committed: 6
        case .startCoordinator: 7
        case .startWorker: 8
        case .machine(let index): 9 + 32 * index
        case .linkReached: 10
        case .linkFailed: 11
        case .linkLost: 12
        case .streamClosed: 13
        case .frame: 14
        case .answer: 15
        case .timer: 16
        case .resume: 17
        case .begin: 18
        case .person: 19
        case .fault: 20
        case .heal: 21
        case .takeDown: 22
        case .release: 23
        }
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .toCoordinator(let index, let worker, let message): coordinatorReceives(index, message, from: worker, event)
        case .toWorker(let worker, let message): workerReceives(worker, message, event)
        case .connected(let worker): workerConnected(worker, event)
        case .coordinatorTick(let process): coordinatorTick(process, event)
        case .workerTick(let process): workerTick(process, event)
        case .committed(let process, let isStored): committed(process, isStored: isStored, event)
        case .startCoordinator(let index): startCoordinator(index)
        case .startWorker(let index): startWorker(index)
        case .machine(let index): stepMachine(index)
        case .linkReached(let link): linkReached(link)
        case .linkFailed(let link): linkFailed(link, event)
        case .linkLost(let link): linkLost(link, event)
        case .streamClosed(let link): closeStream(link)
        case .frame(let link, let frame): frameArrives(link, frame)
        case .release(let start): release(start)
        case .answer(let link, let message): answerArrives(link, message, event)
        case .timer(let process, let execution, let token): timerRings(process, execution, token, event)
        case .resume(let machine, let pid, let start): resumeProcess(machine, pid, start)
        case .takeDown(let machine, let boots, let end): takeDown(machine, boots, end)
        case .begin(let run): begin(run, event)
        case .person: person()
        case .fault: nextFault()
        case .heal: heal()
        }
    }

    // MARK: Clocks

    var wallMilliseconds: UInt64 { UInt64(1_700_000_000_000 + now + wallOffset) }

    mutating func stamp(_ clock: Duration) -> Stamp { Stamp(wallMilliseconds: wallMilliseconds, monotonic: clock, entropy: random.next()) }

    /// A few milliseconds; now and then more.
    mutating func latency() -> Int { random.percent(95) ? random.between(1, 4) : random.between(5, 200) }

    /// Whether a fault comes at a moment that invites it.
    mutating func tempts(_ fault: Fault) -> Bool {
        !isHealed && scenario.temptation > 0 && scenario.faults.has(fault) && random.perMille(scenario.temptation)
    }
}
