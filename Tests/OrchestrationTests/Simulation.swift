import Model
import Orchestration

/// Random numbers that a seed repeats exactly (splitmix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state = state &+ 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// What a host remembers: the record of each attempt decides whether it starts (EXECUTION: "the record").
struct SimulatedLedger {
    enum Record { case running(endsAt: Duration, JobOutcome), done(JobOutcome) }
    private(set) var records: [JobID: Record] = [:]
    /// How often each job's command took effect.
    private(set) var starts: [JobID: Int] = [:]

    /// A start, or an attach to what was started before: the caller can't tell and need not.
    mutating func startOrAttach(_ job: Job, endsAt: Duration, outcome: JobOutcome) {
        guard records[job.id] == nil else { return }
        records[job.id] = .running(endsAt: endsAt, outcome)
        starts[job.id, default: 0] += 1
    }

    /// The outcome, once the command has ended.
    mutating func outcome(of job: JobID, now: Duration) -> JobOutcome? {
        switch records[job] {
        case .done(let outcome): return outcome
        case .running(let endsAt, let outcome) where endsAt <= now:
            records[job] = .done(outcome)
            return outcome
        case .running, nil: return nil
        }
    }
}

/// One run on a simulated fleet: the real machines, with a network that loses, repeats and delays, and workers that die.
struct Simulation {
    struct Faults {
        var loss = 15
        var duplication = 15
        /// Of the messages that arrive, in percent, those that come seconds later than the others.
        var lateness = 10
        /// Of a worker, in each step, in percent.
        var death = 1
        /// A worker stops for a while without dying, past its lease.
        var sleep = 1
    }

    private enum Message {
        case hello(slots: Int, knows: [JobReference])
        case welcome
        case heartbeat(sentAt: Duration)
        case heartbeatSeen(sentAt: Duration)
        case assign(Job)
        case accepted(JobReference)
        case refused(JobReference)
        case finished(JobReference, JobResult)
        case acknowledged(JobID)
    }

    private struct Flight {
        var arrival: Duration
        var worker: WorkerID
        var toWorker: Bool
        var message: Message
    }

    private struct SimulatedWorker {
        var machine = WorkerMachine(slots: 3)
        /// What it carries out: attached to the host's record.
        var executing: [JobReference: Job] = [:]
        var lastHello: Duration = .seconds(-10)
        var lastHeartbeat: Duration = .zero
        var sleepsUntil: Duration = .zero
    }

    private(set) var run: RunMachine
    private var fleet = FleetMachine()
    private var workers: [WorkerID: SimulatedWorker] = [:]
    private var network: [Flight] = []
    private var generator: SeededGenerator
    private let faults: Faults
    private var nextWorker = 1
    private let workerLimit: Int
    private(set) var now: Duration = .zero
    private(set) var ledgers: [HostName: SimulatedLedger] = [:]
    /// Every job that the run made.
    private(set) var jobs: [JobID: Job] = [:]
    /// Outcomes as the run took them.
    private(set) var settled: [JobID: JobOutcome] = [:]
    /// What should never have happened.
    private(set) var violations: [String] = []
    private(set) var handOuts = 0
    private let stopAt: Duration?

    init(seed: UInt64, plan: CompiledPlan, workers count: Int, faults: Faults, stopAt: Duration? = nil) {
        generator = SeededGenerator(seed: seed)
        self.faults = faults
        self.stopAt = stopAt
        workerLimit = count
        run = RunMachine(run: RunID("r"))
        take(run.decide(.planned(plan, stamp: stamp())))
    }

    /// Runs until the run has ended. Returns whether it did.
    mutating func finish(within limit: Duration) -> Bool {
        var hasStopped = false
        while !run.isFinished, now < limit {
            now += .milliseconds(500)
            if let stopAt, now >= stopAt, !hasStopped {
                hasStopped = true
                take(run.decide(.stopRequested))
            }
            haveWorkers()
            deliver()
            for id in workers.keys.sorted() { step(id) }
            give(.tick(now: now))
        }
        return run.isFinished
    }

    private mutating func stamp() -> Stamp { Stamp(wallMilliseconds: 1_700_000_000_000, monotonic: now, entropy: generator.next()) }

    // MARK: The coordinator

    private mutating func take(_ events: [RunMachine.Event]) {
        for event in events {
            run.apply(event)
            switch event {
            case .jobCreated(let job):
                if jobs.updateValue(job, forKey: job.id) != nil { violations.append("\(job.id) was made twice") }
                if jobs.values.contains(where: { $0.id != job.id && $0.host == job.host && $0.step == job.step && $0.subtask == job.subtask }) {
                    violations.append("\(job.host)/\(job.step)/\(job.subtask) has two jobs")
                }
                if jobs.values.contains(where: { $0.host == job.host && $0.id != job.id && settled[$0.id] == nil }) {
                    violations.append("\(job.host) has two jobs at once")
                }
                give(.submitted(job))
            case .jobSettled(let result):
                if settled.updateValue(result.outcome, forKey: result.job) != nil { violations.append("\(result.job) was settled twice") }
            case .began, .stepNotRun, .stopping, .finished: break
            }
        }
    }

    private mutating func give(_ input: FleetMachine.Input) {
        for event in fleet.decide(input, now: now) {
            fleet.apply(event)
            if case .assigned(let job, let worker, _) = event {
                handOuts += 1
                send(.assign(job), worker, toWorker: true)
            }
        }
    }

    private mutating func coordinatorReceives(_ message: Message, from id: WorkerID) {
        if case .hello(let slots, let knows) = message {
            send(.welcome, id, toWorker: true)
            give(.helloed(id, name: id.value, slots: slots, knows: knows, now: now))
            fleet.heard(id, now: now)
            return
        }
        // Nothing counts before Hello; the worker says it when its lease is over.
        guard fleet.name(of: id) != nil else { return }
        fleet.heard(id, now: now)
        switch message {
        case .heartbeat(let sentAt): send(.heartbeatSeen(sentAt: sentAt), id, toWorker: true)
        case .accepted(let reference): give(.accepted(id, reference))
        case .refused(let reference): give(.refused(id, reference))
        case .finished(let reference, let result):
            give(.finished(reference.job))
            take(run.decide(.reported(result, stamp: stamp())))
            send(.acknowledged(reference.job), id, toWorker: true)
        case .hello, .welcome, .heartbeatSeen, .assign, .acknowledged: violations.append("a worker sent \(message)")
        }
    }

    // MARK: The network

    private mutating func send(_ message: Message, _ worker: WorkerID, toWorker: Bool) {
        guard !generator.chance(faults.loss) else { return }
        for _ in 0..<(generator.chance(faults.duplication) ? 2 : 1) {
            // Frames overtake each other.
            let delay = generator.chance(faults.lateness) ? Int.random(in: 2...60, using: &generator) : 1
            network.append(Flight(arrival: now + .milliseconds(500 * delay), worker: worker, toWorker: toWorker, message: message))
        }
    }

    private mutating func deliver() {
        var due = network.filter { $0.arrival <= now }
        network.removeAll { $0.arrival <= now }
        if faults.lateness > 0 { due.shuffle(using: &generator) }
        for flight in due {
            if flight.toWorker { workerReceives(flight.message, flight.worker) } else { coordinatorReceives(flight.message, from: flight.worker) }
        }
    }

    // MARK: Workers

    private mutating func haveWorkers() {
        while workers.count < workerLimit {
            workers[WorkerID("w\(nextWorker)")] = SimulatedWorker()
            nextWorker += 1
        }
    }

    private mutating func workerReceives(_ message: Message, _ id: WorkerID) {
        guard let worker = workers[id] else { return }
        // A stopped process reads what came when it goes on.
        guard worker.sleepsUntil <= now else {
            network.append(Flight(arrival: worker.sleepsUntil + .milliseconds(500), worker: id, toWorker: true, message: message))
            return
        }
        switch message {
        case .welcome: handle(.welcomed(lease: .seconds(15), now: now), id)
        case .heartbeatSeen(let sentAt): handle(.heartbeatSeen(sentAt: sentAt), id)
        case .assign(let job): handle(.assigned(job, now: now), id)
        case .acknowledged(let job): handle(.acknowledged(job, attempt: 1), id)
        case .hello, .heartbeat, .accepted, .refused, .finished: violations.append("the coordinator sent \(message)")
        }
    }

    private mutating func handle(_ input: WorkerMachine.Input, _ id: WorkerID) {
        guard let actions = workers[id]?.machine.handle(input) else { return }
        for action in actions {
            switch action {
            case .accept(let reference): send(.accepted(reference), id, toWorker: false)
            case .refuse(let reference, _): send(.refused(reference), id, toWorker: false)
            case .execute(let job): execute(job, id)
            case .tellFinished(let reference, let result): send(.finished(reference, result), id, toWorker: false)
            case .hello: sayHello(id)
            case .goodbye: violations.append("\(id) said goodbye")
            }
        }
    }

    private mutating func execute(_ job: Job, _ id: WorkerID) {
        let outcome: JobOutcome = generator.chance(8) ? .failed(.command(exitCode: 1)) : generator.chance(30) ? .skipped : .changed
        ledgers[job.host, default: SimulatedLedger()].startOrAttach(
            job, endsAt: now + .milliseconds(Int.random(in: 0...40_000, using: &generator)), outcome: outcome)
        workers[id]?.executing[reference(job)] = job
    }

    private mutating func sayHello(_ id: WorkerID) {
        workers[id]?.lastHello = now
        guard let known = workers[id]?.machine.known else { return }
        send(.hello(slots: 3, knows: known), id, toWorker: false)
    }

    private mutating func step(_ id: WorkerID) {
        guard let worker = workers[id], worker.sleepsUntil <= now else { return }
        if generator.chance(faults.death) {
            // The command on the host goes on; a new process starts in its place.
            workers[id] = nil
            return
        }
        if generator.chance(faults.sleep) {
            workers[id]?.sleepsUntil = now + .seconds(Int.random(in: 1...60, using: &generator))
            return
        }
        if !worker.machine.isWelcome, now - worker.lastHello > .seconds(2) { sayHello(id) }
        if worker.machine.isWelcome, now - worker.lastHeartbeat >= .seconds(5) {
            workers[id]?.lastHeartbeat = now
            send(.heartbeat(sentAt: now), id, toWorker: false)
        }
        for (reference, job) in worker.executing.sorted(by: { $0.key.job < $1.key.job }) {
            guard let outcome = ledgers[job.host]?.outcome(of: job.id, now: now) else { continue }
            workers[id]?.executing[reference] = nil
            handle(.finished(reference, JobResult(job: job.id, attempt: 1, outcome: outcome), now: now), id)
        }
        handle(.tick(now: now), id)
    }
}
