import Model
import Orchestration
import Testing

/// Drives a run machine by hand: every event is decided and applied as the coordinator does it.
struct RunDriver {
    var machine = RunMachine(run: RunID("00000000000070008000000000000001"))
    private(set) var events: [RunMachine.Event] = []
    /// Jobs that are out, by `host/step/subtask`.
    private(set) var out: [String: Job] = [:]
    /// Everything that ever went out, in order.
    private(set) var started: [String] = []
    private var entropy: UInt64 = 0

    init(_ variants: [CompiledPlan.Variant]) {
        take(machine.decide(.planned(CompiledPlan(variants: variants), stamp: stamp())))
    }

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
            case .jobCreated(let job):
                let name = Self.name(job)
                #expect(out[name] == nil, "\(name) went out twice")
                #expect(!out.values.contains { $0.host == job.host }, "\(job.host) has two jobs at once")
                out[name] = job
                started.append(name)
            case .jobSettled(let result): out = out.filter { $0.value.id != result.job }
            case .began, .stepNotRun, .stopping, .finished: break
            }
        }
    }

    static func name(_ job: Job) -> String { "\(job.host)/\(job.step)/\(job.subtask)" }

    mutating func plan(_ variants: [CompiledPlan.Variant]) {
        take(machine.decide(.planned(CompiledPlan(variants: variants), stamp: stamp())))
    }

    /// Reports a job that is out.
    mutating func report(_ name: String, _ outcome: JobOutcome = .changed) {
        guard let job = out[name] else {
            Issue.record("\(name) is not out; out are \(out.keys.sorted())")
            return
        }
        report(JobResult(job: job.id, attempt: 1, outcome: outcome))
    }

    mutating func report(_ result: JobResult) { take(machine.decide(.reported(result, stamp: stamp()))) }

    mutating func stop() { take(machine.decide(.stopRequested)) }

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

/// A step of a test plan: each letter of `subtasks` is one.
func step(
    _ id: StepID, on hosts: [HostName] = ["h1"], needs: [StepDependency] = [], subtasks: String = "a"
) -> CompiledStep {
    CompiledStep(
        id: id, title: "step \(id)", hosts: Set(hosts), dependencies: needs,
        subtasks: subtasks.map { CompiledSubtask(id: String($0), title: "subtask \($0)", work: Job.Work(command: "true", timeout: .seconds(1))) })
}

func after(_ step: StepID) -> StepDependency { StepDependency(step: step, when: .host) }
func afterAll(_ step: StepID) -> StepDependency { StepDependency(step: step, when: .all) }
let exitOne = JobOutcome.failed(.command(exitCode: 1))
