import Model
import Orchestration
import Testing

/// Drives a fleet machine by hand and keeps what a coordinator would have sent.
struct FleetDriver {
    var machine: FleetMachine
    var now: Duration = .zero
    /// Assignments in the order they were sent.
    private(set) var sent: [(job: Job, worker: WorkerID)] = []
    private(set) var events: [FleetMachine.Event] = []

    init(settings: FleetMachine.Settings = FleetMachine.Settings()) { machine = FleetMachine(settings: settings) }

    @discardableResult mutating func give(_ input: FleetMachine.Input) -> [FleetMachine.Event] {
        let decided = machine.decide(input, now: now)
        for event in decided {
            machine.apply(event)
            events.append(event)
            if case .assigned(let job, let worker, _) = event { sent.append((job, worker)) }
        }
        return decided
    }

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
        guard let (job, worker) = sent.last(where: { $0.job.id == job }) else {
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
