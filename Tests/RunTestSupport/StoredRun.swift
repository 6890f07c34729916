import Model
import Orchestration
import RunStore
import TestSupport

package let noon: UInt64 = 1_764_072_000_000
package let day: UInt64 = 86_400_000

/// The identifier of a run that began some days before noon.
package func runID(_ number: Int = 1, daysAgo: UInt64 = 0) -> RunID {
    var identifiers = AscendingIdentifiers()
    return RunID(identifiers.next(milliseconds: noon - daysAgo * day, random: UInt64(number)))
}

/// A state directory that goes with the test.
package struct TestState {
    package let files: TemporaryDirectory
    package let state: StateDirectory

    package init() throws {
        files = try TemporaryDirectory()
        state = StateDirectory(path: files.file("state"))
        _ = try state.coordinatorName()
    }

    package func begin(_ run: RunID = runID(), hosts: [HostName] = ["h1", "h2"], steps: [CompiledStep] = [step("s", on: ["h1", "h2"])]) async throws -> StoredRun {
        try await StoredRun(run, directory: state.directory(of: run), hosts: hosts, steps: steps)
    }
}

/// A run in its journal, driven by hand: each event is decided, written and applied as the coordinator does it.
package final class StoredRun {
    package let journal: RunJournal
    package let run: RunID
    package private(set) var machine: RunMachine
    /// What the records that were written say.
    package private(set) var replay = RunReplay()
    private var entropy: UInt64 = 0
    private var epochs: [JobID: Int] = [:]

    package init(_ run: RunID, directory: String, hosts: [HostName], steps: [CompiledStep]) async throws {
        self.run = run
        journal = try RunJournal(directory: directory)
        machine = RunMachine(run: run)
        let description = RunDescription(
            run: run, task: "install it", title: "Install", origin: "runbook test", coordinator: "c-1", software: "test",
            hosts: hosts.map { Host(name: $0, address: "192.0.2.1", user: "deploy", authentication: .agent) },
            excluded: [.init(host: "gone", reason: "gone: no answer")])
        try await write([.created(description)])
        let keys = Dictionary(hosts.map { ($0, HostKeys(login: "l/b.1/\($0)", root: "r/b.1/\($0)")) }, uniquingKeysWith: { $1 })
        try await take(.planned(CompiledPlan(variants: [.init(hosts: hosts, steps: steps)]), keys: keys, stamp: stamp()))
    }

    private func stamp() -> Stamp {
        entropy += 1
        return Stamp(wallMilliseconds: noon, monotonic: .zero, entropy: entropy)
    }

    private func write(_ records: [RunRecord]) async throws {
        for record in records { try replay.apply(record) }
        try await journal.commit(records.map { CoordinatorMachine.Turn.Entry(run: run, record: $0) })
    }

    private func take(_ input: RunMachine.Input) async throws {
        var records: [RunRecord] = []
        for event in machine.decide(input) {
            machine.apply(event)
            records.append(.run(event))
            if case .attemptCreated(let attempt) = event { records.append(handOut(attempt.job, .run)) }
            if case .jobInDoubt(let job, _) = event { records.append(handOut(job, .settle)) }
        }
        try await write(records)
    }

    private func handOut(_ job: JobID, _ purpose: Purpose) -> RunRecord {
        epochs[job, default: 0] += 1
        return .handedOut(JobReference(job: job, attempt: machine.job(job)?.attempt ?? 1, epoch: epochs[job] ?? 1), purpose, worker: "embedded")
    }

    /// The job that a host works on, or that waits for a word.
    package func job(_ host: HostName) throws -> JobID {
        let all = machine.openJobs.map(\.job) + machine.undecidedJobs.map(\.job)
        guard let job = all.first(where: { machine.position(of: $0)?.host == host }) else { throw TestFailure("\(host) has no job") }
        return job
    }

    package func report(_ host: HostName, _ outcome: JobOutcome = .changed) async throws {
        let job = try job(host)
        let attempt = machine.job(job)?.attempt ?? 1
        try await take(.reported(JobResult(job: job, attempt: attempt, outcome: outcome, standardError: outcome.isSuccess ? [] : Array("oh\n".utf8)), stamp: stamp()))
    }

    package func pause() async throws { try await take(.pauseRequested) }
    package func proceed() async throws { try await take(.continued(stamp: stamp())) }
    package func cancel() async throws { try await take(.cancelRequested(stamp: stamp())) }
    package func decide(_ host: HostName, _ decision: PersonDecision) async throws { try await take(.decided(try job(host), decision, stamp: stamp())) }

    /// Lets everything succeed until nothing is out.
    package func succeedAll() async throws {
        while let open = machine.openJobs.first, let host = machine.position(of: open.job)?.host { try await report(host) }
    }
}

/// A step whose subtasks have a guard.
package func step(_ id: StepID, on hosts: Set<HostName>, subtasks: [String] = ["a"], isIdempotent: Bool = false) -> CompiledStep {
    CompiledStep(
        id: id, title: "step \(id)", hosts: hosts, dependencies: [],
        subtasks: subtasks.map {
            CompiledSubtask(id: $0, title: "subtask \($0)", work: Job.Work(guardCheck: "test -e /x", command: "touch /x", timeout: .seconds(60), isIdempotent: isIdempotent))
        })
}

package let vanished = JobOutcome.inDoubt(Doubt(.interrupted(Doubt.Evidence(guardSatisfied: false, healthPassed: nil)), "it vanished"))
package let unanswered = JobOutcome.inDoubt(Doubt(.unanswered, "no answer"))
