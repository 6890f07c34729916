import Model
import Orchestration
import Testing

/// Drives a run machine by hand: every event is decided and applied as the coordinator does it.
struct RunDriver {
    var machine = RunMachine(run: RunID("00000000000070008000000000000001"))
    private(set) var events: [RunMachine.Event] = []
    /// Jobs that are out, by `host/step/subtask`, each with its current attempt.
    private(set) var out: [String: Job] = [:]
    /// Everything that ever went out, in order; attempts after the first have their number: `h1/s/a #2`.
    private(set) var started: [String] = []
    private var entropy: UInt64 = 0

    init(_ variants: [CompiledPlan.Variant]) { plan(variants) }

    init(hosts: [HostName], steps: [CompiledStep]) { self.init([.init(hosts: hosts, steps: steps)]) }

    /// A machine that has not been given its plan yet.
    init() {}

    private mutating func stamp() -> Stamp {
        entropy += 1
        return Stamp(wallMilliseconds: 1_700_000_000_000, monotonic: .zero, entropy: entropy)
    }

    mutating func take(_ new: [RunMachine.Event]) {
        for event in new {
            machine.apply(event)
            events.append(event)
            switch event {
            case .attemptCreated(let attempt):
                let name = "\(attempt.host)/\(attempt.step)/\(attempt.subtask)"
                #expect(out[name] == nil, "\(name) went out twice")
                #expect(!out.values.contains { $0.host == attempt.host }, "\(attempt.host) has two jobs at once")
                out[name] = machine.job(attempt.job)
                started.append(attempt.number == 1 ? name : "\(name) #\(attempt.number)")
            case .jobSettled(let result), .attemptClosed(let result): forget(result.job)
            case .jobUndecided(let job, _): forget(job)
            case .continued: for open in machine.openJobs where open.isInDoubt { remember(open.job) }
            case .began, .jobInDoubt, .personDecided, .hostKeysChanged, .stepNotRun, .paused, .cancelling, .finished: break
            }
        }
        #expect(machine.outCount == out.count, "\(out.keys.sorted()) are out")
        #expect(Set(machine.openJobs.map(\.job)) == Set(out.values.map(\.id)))
    }

    private mutating func forget(_ job: JobID) { out = out.filter { $0.value.id != job } }
    private mutating func remember(_ id: JobID) {
        if let job = machine.job(id) { out["\(job.host)/\(job.step)/\(job.subtask)"] = job }
    }

    mutating func plan(_ variants: [CompiledPlan.Variant]) {
        let keys = Dictionary(variants.flatMap(\.hosts).map { ($0, HostKeys(login: key(boot: 1), root: rootKey(boot: 1))) }, uniquingKeysWith: { $1 })
        take(machine.decide(.planned(CompiledPlan(variants: variants), keys: keys, stamp: stamp())))
    }

    /// Reports the current attempt of a job that is out.
    mutating func report(_ name: String, _ outcome: JobOutcome = .changed, showing hostKey: String = "") {
        guard let job = out[name] else {
            Issue.record("\(name) is not out; out are \(out.keys.sorted())")
            return
        }
        report(JobResult(job: job.id, attempt: job.attempt, outcome: outcome, hostKey: hostKey))
    }

    mutating func report(_ result: JobResult) { take(machine.decide(.reported(result, stamp: stamp()))) }
    mutating func pause() { take(machine.decide(.pauseRequested)) }
    mutating func proceed() { take(machine.decide(.continued(stamp: stamp()))) }
    mutating func cancel() { take(machine.decide(.cancelRequested(stamp: stamp()))) }
    mutating func decide(_ job: JobID, _ decision: PersonDecision) { take(machine.decide(.decided(job, decision, stamp: stamp()))) }

    /// Lets everything succeed until nothing is out.
    mutating func succeedAll() {
        while let name = out.keys.sorted().first { report(name) }
    }

    /// The line that a person reads about a subtask: its outcome or why it was not run.
    func line(_ host: HostName, _ step: StepID, _ subtask: String = "a") -> String? {
        let report = machine.report().hosts.first { $0.host == host }?.steps.first { $0.id == step }?.subtasks.first { $0.id == subtask }
        guard let report else { return nil }
        if let reason = report.notRun { return "\(reason)" }
        return report.result.map { "\($0.outcome)" }
    }

    var notRun: [String] {
        events.compactMap { event in
            if case .stepNotRun(let host, let step, let reason) = event { "\(host)/\(step) \(reason)" } else { nil }
        }
    }
}

/// Host keys of the hosts in these tests.
func key(boot: Int, ledger: String = "ledger", machine: String = "machine") -> String { "\(ledger)/boot.\(boot)/\(machine)" }
func rootKey(boot: Int) -> String { key(boot: boot, ledger: "root-ledger") }

/// A step of a test plan: each letter of `subtasks` is one.
func step(
    _ id: StepID, on hosts: [HostName] = ["h1"], needs: [StepDependency] = [], subtasks: String = "a",
    work: Job.Work = Job.Work(command: "true", timeout: .seconds(1))
) -> CompiledStep {
    CompiledStep(
        id: id, title: "step \(id)", hosts: Set(hosts), dependencies: needs,
        subtasks: subtasks.map { CompiledSubtask(id: String($0), title: "subtask \($0)", work: work) })
}

func after(_ step: StepID) -> StepDependency { StepDependency(step: step, when: .host) }
func afterAll(_ step: StepID) -> StepDependency { StepDependency(step: step, when: .all) }
let exitOne = JobOutcome.failed(.command(exitCode: 1))

let idempotent = Job.Work(command: "true", timeout: .seconds(1), isIdempotent: true)
/// Doubts of every kind. The ones with evidence say what guard and health check answered.
let unanswered = Doubt(.unanswered, "the host could not be asked")
let otherMachine = Doubt(.otherMachine, "another machine answers")
func interrupted(_ guardSatisfied: Bool?, _ healthPassed: Bool?) -> Doubt {
    Doubt(.interrupted(Doubt.Evidence(guardSatisfied: guardSatisfied, healthPassed: healthPassed)), "it vanished")
}
func ledgerLost(_ guardSatisfied: Bool?, _ healthPassed: Bool?) -> Doubt {
    Doubt(.ledgerLost(Doubt.Evidence(guardSatisfied: guardSatisfied, healthPassed: healthPassed)), "the ledger is another")
}
