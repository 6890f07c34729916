import Model
import Orchestration
import Testing

/// Drives a fleet machine by hand and keeps what a coordinator would have sent.
struct FleetDriver {
    var machine: FleetMachine
    var now: Duration = .zero
    /// Assignments in the order they were sent.
    private(set) var sent: [(job: Job, purpose: Purpose, worker: WorkerID)] = []
    private(set) var events: [FleetMachine.Event] = []

    init(settings: FleetMachine.Settings = FleetMachine.Settings()) { machine = FleetMachine(settings: settings) }

    @discardableResult mutating func give(_ input: FleetMachine.Input) -> [FleetMachine.Event] {
        let decided = machine.decide(input, now: now)
        for event in decided {
            machine.apply(event)
            events.append(event)
            if case .assigned(let job, let purpose, let worker, _) = event { sent.append((job, purpose, worker)) }
        }
        return decided
    }

    /// A job of a run that is to be carried out now.
    @discardableResult mutating func submit(_ job: Job, _ purpose: Purpose = .run, after: Duration? = nil) -> [FleetMachine.Event] {
        give(.submitted(job, purpose, after: after))
    }

    /// What was sent, a line each: `h1 run e1 -> w1`.
    var lines: [String] { sent.map { "\($0.job.host) \($0.purpose) e\($0.job.epoch) -> \($0.worker)" } }

    /// A worker says Hello, as the coordinator passes it on.
    @discardableResult mutating func hello(_ worker: WorkerID, slots: Int = 2, knows: [JobReference] = []) -> [FleetMachine.Event] {
        let events = give(.helloed(worker, name: worker.value, slots: slots, knows: knows, now: now))
        machine.heard(worker, now: now)
        return events
    }

    @discardableResult mutating func tick(after duration: Duration = .zero) -> [FleetMachine.Event] {
        now += duration
        return give(.tick(now: now))
    }

    /// The worker takes the newest assignment of a job.
    mutating func accept(_ job: JobID) {
        guard let (job, _, worker) = sent.last(where: { $0.job.id == job }) else {
            Issue.record("\(job) was not sent")
            return
        }
        give(.accepted(worker, reference(job)))
    }
}

func reference(_ job: Job) -> JobReference { JobReference(job: job.id, attempt: job.attempt, epoch: job.epoch) }

func job(_ number: Int, host: HostName? = nil) -> Job {
    let digits = String(number, radix: 16)
    return Job(
        id: JobID(String(repeating: "0", count: 32 - digits.count) + digits), run: RunID("r"), host: host ?? HostName("h\(number)"), step: "s", subtask: "a",
        work: Job.Work(command: "true", timeout: .seconds(1)))
}

extension WorkerID: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self.init(value) }
}
