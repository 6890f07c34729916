import Model
import Orchestration

/// Journals of runs as a coordinator writes them: random plans, reports, words of people and restarts, from one seed.
struct RandomHistory {
    private var generator: Generator
    private var machine = CoordinatorMachine()
    private var now: Duration = .zero
    private(set) var journals: [RunID: [RunRecord]] = [:]
    /// What is out to workers, newest last.
    private var out: [(job: Job, worker: WorkerID)] = []
    private var workers = 0
    let runs: [RunID]

    init(seed: UInt64, steps: Int) {
        generator = Generator(state: seed)
        runs = (1...Int.random(in: 1...3, using: &generator)).map { RunID("0000000000007000800000000000000\($0)") }
        for run in runs { begin(run) }
        for _ in 0..<steps { step() }
    }

    func machine(of run: RunID) -> RunMachine? { machine.runs[run] }

    private mutating func stamp() -> Stamp { Stamp(wallMilliseconds: 1_700_000_000_000, monotonic: now, entropy: generator.next()) }

    private mutating func begin(_ run: RunID) {
        let hosts = (1...Int.random(in: 1...4, using: &generator)).map { HostName("h\($0)") }
        var steps: [CompiledStep] = []
        for number in 1...Int.random(in: 1...4, using: &generator) {
            let needs = steps.filter { _ in generator.chance(40) }.map { StepDependency(step: $0.id, when: generator.chance(50) ? .all : .host) }
            let subtasks = (1...Int.random(in: 1...3, using: &generator)).map { index in
                CompiledSubtask(
                    id: "t\(index)", title: "",
                    work: Job.Work(command: "true", become: generator.chance(30), timeout: .seconds(1), isIdempotent: generator.chance(30)))
            }
            steps.append(
                CompiledStep(
                    id: StepID("s\(number)"), title: "", hosts: Set(hosts.filter { _ in generator.chance(80) }), dependencies: needs, subtasks: subtasks))
        }
        let keys = Dictionary(uniqueKeysWithValues: hosts.map { ($0, HostKeys(login: "l/b.1/\($0)", root: generator.chance(70) ? "r/b.1/\($0)" : nil)) })
        let description = RunDescription(run: run, task: "t", title: "T", origin: "o", coordinator: "c", software: "1", hosts: [])
        give(.begin(description, CompiledPlan(variants: [.init(hosts: hosts, steps: steps)]), keys: keys, stamp: stamp()))
    }

    private mutating func give(_ input: CoordinatorMachine.Input) { keep(machine.handle(input, now: now)) }

    private mutating func keep(_ turn: CoordinatorMachine.Turn) {
        for entry in turn.records { journals[entry.run, default: []].append(entry.record) }
        for effect in turn.effects { if case .assign(let job, _, let worker) = effect { out.append((job, worker)) } }
    }

    private mutating func step() {
        let run = runs.randomElement(using: &generator) ?? runs[0]
        now += .milliseconds(Int.random(in: 0...4000, using: &generator))
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<8:
            workers += 1
            give(.helloed(WorkerID("w\(workers)"), name: "w", slots: 3, knows: []))
        case 8..<11: give(.left(WorkerID("w\(Int.random(in: 0...workers, using: &generator))"), reason: "gone"))
        case 11..<70: report()
        case 70..<74: give(.pause(run))
        case 74..<80: give(.proceed(run, stamp: stamp()))
        case 80..<88:
            guard let job = machine.runs[run]?.undecidedJobs.randomElement(using: &generator)?.job else { return }
            give(.decide(run, job, PersonDecision.allCases.randomElement(using: &generator) ?? .done, stamp: stamp()))
        case 88: if generator.chance(40) { give(.cancel(run, stamp: stamp())) }
        case 89..<92: restart()
        default:
            now += .seconds(Int.random(in: 0...12, using: &generator))
            give(.tick)
        }
    }

    private mutating func report() {
        guard let (job, worker) = generator.chance(80) ? out.suffix(6).randomElement(using: &generator) : out.randomElement(using: &generator) else { return }
        let parts = job.hostKey.split(separator: "/")
        var hostKey = job.hostKey
        if generator.chance(10), parts.count == 3 { hostKey = "\(parts[0])/b.\(Int.random(in: 1...9, using: &generator))/\(parts[2])" }
        let outcome = generator.chance(50) ? .changed : Samples.outcomes.randomElement(using: &generator) ?? .changed
        give(
            .finished(
                worker, JobReference(job: job.id, attempt: job.attempt, epoch: job.epoch),
                JobResult(job: job.id, attempt: job.attempt, outcome: outcome, duration: .microseconds(7), hostKey: hostKey), stamp: stamp()))
    }

    private mutating func restart() {
        machine = CoordinatorMachine()
        for run in runs {
            var replay = RunReplay()
            for record in journals[run] ?? [] { try? replay.apply(record) }
            keep(machine.restore(replay, reportsUntil: generator.chance(50) ? now + .seconds(5) : nil, now: now))
        }
    }
}
