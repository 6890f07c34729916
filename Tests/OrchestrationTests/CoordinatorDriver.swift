import Model
import Orchestration
import Testing

/// Drives a coordinator machine by hand: keeps the records as a journal would, and what would be sent.
///
/// After each input the journal is replayed: every run must be the same.
struct CoordinatorDriver {
    var machine = CoordinatorMachine()
    var now: Duration = .zero
    private(set) var journals: [RunID: [RunRecord]] = [:]
    /// Hand-outs in the order they were sent.
    private(set) var sent: [(job: Job, purpose: Purpose, worker: WorkerID)] = []
    /// Words for the records and effects of the last input.
    private(set) var records: [String] = []
    private(set) var effects: [String] = []
    private var entropy: UInt64 = 0

    mutating func stamp() -> Stamp {
        entropy += 1
        return Stamp(wallMilliseconds: 1_700_000_000_000, monotonic: now, entropy: entropy)
    }

    mutating func give(_ input: CoordinatorMachine.Input) { keep(machine.handle(input, now: now)) }

    mutating func keep(_ turn: CoordinatorMachine.Turn) {
        records = []
        effects = []
        for entry in turn.records {
            journals[entry.run, default: []].append(entry.record)
            records.append(word(entry.record))
        }
        for effect in turn.effects {
            if case .assign(let job, let purpose, let worker) = effect { sent.append((job, purpose, worker)) }
            if let word = word(effect) { effects.append(word) }
        }
        for (run, journal) in journals where machine.runs[run] != nil { #expect(Self.replay(journal).machine == machine.runs[run], "\(run)") }
    }

    static func replay(_ journal: [RunRecord]) -> RunReplay {
        var replay = RunReplay()
        for record in journal {
            do throws(RunReplay.Problem) { try replay.apply(record) } catch { Issue.record("\(error)") }
        }
        return replay
    }

    // MARK: Inputs

    static func run(_ number: Int) -> RunID { RunID("0000000000007000800000000000000\(number)") }

    mutating func begin(_ steps: [CompiledStep], _ number: Int = 1, hosts: [HostName] = ["h1"]) {
        let description = RunDescription(run: Self.run(number), task: "t", title: "T", origin: "o", coordinator: "c", software: "1", hosts: [])
        let keys = Dictionary(hosts.map { ($0, HostKeys(login: key(boot: 1), root: nil)) }, uniquingKeysWith: { $1 })
        give(.begin(description, CompiledPlan(variants: [.init(hosts: hosts, steps: steps)]), keys: keys, stamp: stamp()))
    }

    mutating func hello(_ worker: WorkerID, slots: Int = 4, knows: [JobReference] = []) {
        give(.helloed(worker, name: "name of \(worker)", slots: slots, knows: knows))
    }

    mutating func tick(after duration: Duration) {
        now += duration
        give(.tick)
    }

    /// The newest hand-out for a host.
    func last(_ host: HostName) -> Job {
        if let job = sent.last(where: { $0.job.host == host })?.job { return job }
        Issue.record("nothing was sent for \(host)")
        return OrchestrationTests.job(1)
    }

    /// The worker of a hand-out reports it; the newest one for the host if none is given.
    mutating func report(_ host: HostName, _ outcome: JobOutcome = .changed, of handedOut: Job? = nil, epoch: Int? = nil) {
        let job = handedOut ?? last(host)
        let worker = sent.last { $0.job.id == job.id && $0.job.epoch == job.epoch }?.worker
        give(
            .finished(
                worker, JobReference(job: job.id, attempt: job.attempt, epoch: epoch ?? job.epoch), JobResult(job: job.id, attempt: job.attempt, outcome: outcome),
                stamp: stamp()))
    }

    /// A coordinator that takes its runs over from the journals.
    mutating func restart(reportsUntil: Duration?) {
        machine = CoordinatorMachine()
        for run in journals.keys.sorted() { keep(machine.restore(Self.replay(journals[run] ?? []), reportsUntil: reportsUntil, now: now)) }
    }

    // MARK: Words

    /// Hand-outs, a line each: `h1/s/a #1 run e1 -> w1`.
    var lines: [String] { sent.map { "\($0.job.host)/\($0.job.step)/\($0.job.subtask) #\($0.job.attempt) \($0.purpose) e\($0.job.epoch) -> \($0.worker)" } }

    func word(_ record: RunRecord) -> String {
        switch record {
        case .created: "created"
        case .run(let event): word(event)
        case .handedOut(let reference, let purpose, let worker): "handed out #\(reference.attempt) \(purpose) e\(reference.epoch) to \(worker)"
        }
    }

    func word(_ event: RunMachine.Event) -> String {
        switch event {
        case .began: "began"
        case .attemptCreated(let attempt): "attempt \(attempt.host)/\(attempt.step)/\(attempt.subtask) #\(attempt.number)"
        case .attemptClosed(let result): "closed #\(result.attempt)"
        case .jobInDoubt: "in doubt"
        case .jobUndecided: "undecided"
        case .jobSettled(let result): "settled \(result.outcome)"
        case .personDecided(_, let decision): "person: \(decision)"
        case .hostKeysChanged(let host, _): "keys of \(host)"
        case .stepNotRun(let host, let step, _): "not run \(host)/\(step)"
        case .paused: "paused"
        case .continued: "continued"
        case .cancelling: "cancelling"
        case .finished: "finished"
        }
    }

    /// Nil for what only repeats a record.
    func word(_ effect: CoordinatorMachine.Effect) -> String? {
        switch effect {
        case .assign(let job, let purpose, let worker): "assign \(job.host) #\(job.attempt) \(purpose) e\(job.epoch) to \(worker)"
        case .cancel(let reference, let worker): "cancel #\(reference.attempt) e\(reference.epoch) at \(worker)"
        case .acknowledge(let reference, let worker): "acknowledge #\(reference.attempt) e\(reference.epoch) to \(worker)"
        case .happened: nil
        case .workerJoined(_, let name, let slots): "joined: \(name), \(slots)"
        case .workerLeft(_, let name, let reason): "left: \(name), \(reason)"
        case .handedBack(_, let reason): "handed back: \(reason)"
        case .rests: "rests"
        }
    }
}
