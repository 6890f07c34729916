import Model
import Orchestration
import RunnerModel

/// Watches journals and hosts, and knows what must never happen. It decides nothing, and nothing is decided by it.
struct Checker {
    /// One subtask of one host.
    struct Place: Hashable {
        var site: HostName
        var step: StepID
        var subtask: String
    }

    struct SeenJob {
        let number: Int
        let slot: Int
        let site: HostName
        let place: Place
        let work: Job.Work
        /// How many attempts were made.
        var attempts = 1
        /// The host key of the latest.
        var hostKey: String
        /// The last epoch of each attempt that was handed out.
        var epochs: [Int: Int] = [:]
        /// How attempts ended that did not settle the job.
        var closed: [Int: JobOutcome] = [:]
        var settled: JobResult?
        var isDecided = false
        /// What workers said, by attempt.
        var reports: [Int: [JobOutcome]] = [:]
        /// Facts that came to the coordinator's process of today.
        var fresh: Set<JobReference> = []
    }

    struct SeenRun {
        let id: RunID
        let number: Int
        let coordinator: Int
        let plan: CompiledPlan
        var isPaused = false
        var isCancelling = false
        var isFinished = false
        var jobs: [Int] = []
    }

    private(set) var violation: String?
    var startCount = 0
    var runs: [Int: SeenRun] = [:]
    var jobs: [Int: SeenJob] = [:]
    var numbers: [JobID: Int] = [:]
    var jobOf: [Place: [Int: Int]] = [:]
    var starts: [AttemptName: Int] = [:]
    var startedOn: [AttemptName: Int] = [:]
    /// Ledgers were put back under these without a sign.
    var excused: Set<AttemptName> = []
    /// Their claims were lost with their ledger.
    var unclaimed: Set<AttemptName> = []
    var killedBeforeExec: Set<AttemptName> = []
    var hasSpoiltDisks = false
    /// When the last start of an attempt was sent; how late it may arrive, in milliseconds; nil if clocks or processes may stand still.
    var startsSent: [AttemptName: Int] = [:]
    var patience: Int?

    init() {}

    mutating func fail(_ text: String) { if violation == nil { violation = text } }

    // MARK: Numbers

    /// The order of identifiers of one coordinator, as a number: time and counter, and the run in the lowest bits.
    private static func number(_ text: String, _ slot: Int) -> Int {
        guard let high = UInt64(text.prefix(16), radix: 16) else { return 0 }
        return Int((high >> 16) << 12 | (high & 0xFFF)) * 16 + slot
    }

    func number(of job: JobID) -> Int { numbers[job] ?? 0 }
    func job(_ number: Int) -> SeenJob? { jobs[number] }
    func slot(of job: JobID) -> Int? { numbers[job].flatMap { jobs[$0]?.slot } }
    func isSettled(_ job: JobID) -> Bool { numbers[job].flatMap { jobs[$0]?.settled } != nil }
    func runNumber(_ slot: Int) -> Int? { runs[slot]?.number }
    func isFinished(_ slot: Int) -> Bool { runs[slot]?.isFinished ?? false }
    func greatestJob(of slot: Int) -> Int { runs[slot]?.jobs.max() ?? 0 }
    /// For people: the last digits of the job, and the attempt.
    static func text(_ name: AttemptName) -> String { "\(name.job % 100_000).\(name.attempt)" }

    func name(_ reference: JobReference) -> String { "\(number(of: reference.job) % 100_000).\(reference.attempt)" }
    func name(_ job: Job) -> String { "\(number(of: job.id) % 100_000).\(job.attempt)" }

    func jobs(of slot: Int) -> [(number: Int, attempts: Int)] {
        (runs[slot]?.jobs ?? []).compactMap { number in jobs[number].map { (number, $0.attempts) } }
    }

    func owner(of job: JobID) -> Owner {
        let slot = slot(of: job) ?? 0
        return Owner(run: slot + 1, coordinator: (runs[slot]?.coordinator ?? 0) + 1)
    }

    func allFinished(_ count: Int) -> Bool { (0..<count).allSatisfy { runs[$0]?.isFinished ?? false } }

    func unfinished(_ count: Int) -> String {
        (0..<count).filter { !(runs[$0]?.isFinished ?? false) }.map { slot in
            let open = (runs[slot]?.jobs ?? []).filter { jobs[$0]?.settled == nil }
            return "run \(slot) with open jobs \(open.map { $0 % 100_000 })"
        }.joined(separator: ", ")
    }

    // MARK: Journals

    mutating func begin(_ slot: Int, _ id: RunID, coordinator: Int, plan: CompiledPlan) {
        runs[slot] = SeenRun(id: id, number: Self.number(id.value, slot), coordinator: coordinator, plan: plan)
    }

    mutating func stored(_ record: RunRecord, _ slot: Int, _ machines: [Machine]) {
        guard let run = runs[slot] else { return fail("a record of a run that nobody began") }
        if run.isFinished { return fail("run \(slot) is finished and goes on: \(record)") }
        switch record {
        case .created: break
        case .handedOut(let reference, let purpose, _): storedHandOut(reference, purpose, run)
        case .run(let event): stored(event, slot, run, machines)
        }
    }

    private mutating func storedHandOut(_ reference: JobReference, _ purpose: Purpose, _ run: SeenRun) {
        guard let number = numbers[reference.job], let job = jobs[number] else { return fail("handed out without having been made") }
        guard job.settled == nil, reference.attempt == job.attempts, job.closed[reference.attempt] == nil else {
            return fail("\(name(reference)) is handed out, and closed or not the latest")
        }
        guard reference.epoch > job.epochs[reference.attempt] ?? 0 else {
            return fail("\(name(reference)) is handed out again under epoch \(reference.epoch)")
        }
        if purpose == .run, job.epochs[reference.attempt] == nil {
            if run.isPaused { fail("\(name(reference)) is handed out for the first time in a paused run") }
            if run.isCancelling { fail("\(name(reference)) is handed out for the first time in a cancelled run") }
        }
        jobs[number]?.epochs[reference.attempt] = reference.epoch
    }

    private mutating func stored(_ event: RunMachine.Event, _ slot: Int, _ run: SeenRun, _ machines: [Machine]) {
        switch event {
        case .began, .hostKeysChanged, .stepNotRun, .jobInDoubt: break
        case .jobUndecided(let id, let doubt):
            if let number = numbers[id], let job = jobs[number] { expectInterrupted(doubt, AttemptName(number, job.attempts), machines) }
        case .attemptCreated(let attempt): create(attempt, slot, run)
        case .attemptClosed(let result):
            guard let number = numbers[result.job], let job = jobs[number] else { return fail("an unknown job is closed") }
            if job.closed[result.attempt] != nil || job.settled != nil { fail("\(number % 100_000).\(result.attempt) is closed twice") }
            conclude(result, number, machines)
            jobs[number]?.closed[result.attempt] = result.outcome
        case .jobSettled(let result):
            guard let number = numbers[result.job], let job = jobs[number] else { return fail("an unknown job is settled") }
            if let first = job.settled { return fail("\(number % 100_000) was \(first.outcome) and becomes \(result.outcome)") }
            conclude(result, number, machines)
            jobs[number]?.settled = result
        case .personDecided(let id, _): if let number = numbers[id] { jobs[number]?.isDecided = true }
        case .paused: runs[slot]?.isPaused = true
        case .continued: runs[slot]?.isPaused = false
        case .cancelling: runs[slot]?.isCancelling = true
        case .finished:
            runs[slot]?.isFinished = true
            for number in run.jobs where jobs[number]?.settled == nil { fail("run \(slot) is finished without an outcome of \(number % 100_000)") }
        }
    }

    private mutating func create(_ attempt: Attempt, _ slot: Int, _ run: SeenRun) {
        if run.isPaused { fail("an attempt is made in a paused run") }
        if run.isCancelling { fail("an attempt is made in a cancelled run") }
        let place = Place(site: attempt.host, step: attempt.step, subtask: attempt.subtask)
        if let number = numbers[attempt.job], let job = jobs[number] {
            guard attempt.number == job.attempts + 1, job.closed[job.attempts] != nil, job.settled == nil else {
                return fail("attempt \(attempt.number) of \(number % 100_000) is made before \(job.attempts) is closed")
            }
            jobs[number]?.attempts = attempt.number
            jobs[number]?.hostKey = attempt.hostKey
            jobs[number]?.isDecided = false
            return
        }
        let number = Self.number(attempt.job.value, slot)
        guard attempt.number == 1, jobs[number] == nil, number > run.number else { return fail("job \(attempt.job) has a wrong number") }
        if let other = jobOf[place]?[slot] { fail("\(place) has two jobs, \(other % 100_000) and \(number % 100_000)") }
        if let other = run.jobs.first(where: { jobs[$0]?.site == attempt.host && jobs[$0]?.settled == nil }) {
            fail("\(attempt.host) has two open jobs, \(other % 100_000) and \(number % 100_000)")
        }
        guard let step = run.plan.variants.first?.steps.first(where: { $0.id == attempt.step }),
            let part = step.subtasks.first(where: { $0.id == attempt.subtask })
        else { return fail("a job that is not of the plan") }
        if let missing = missing(before: place, slot, run) { fail("\(place) begins before \(missing)") }
        numbers[attempt.job] = number
        jobs[number] = SeenJob(number: number, slot: slot, site: attempt.host, place: place, work: part.work, hostKey: attempt.hostKey)
        jobOf[place, default: [:]][slot] = number
        runs[slot]?.jobs.append(number)
    }

    /// What must be done before this subtask, and is not.
    func missing(before place: Place, _ slot: Int, _ run: SeenRun) -> Place? {
        guard let steps = run.plan.variants.first?.steps, let step = steps.first(where: { $0.id == place.step }) else { return nil }
        for part in step.subtasks {
            if part.id == place.subtask { break }
            let earlier = Place(site: place.site, step: step.id, subtask: part.id)
            if !isDone(earlier, slot) { return earlier }
        }
        for dependency in step.dependencies {
            guard let needed = steps.first(where: { $0.id == dependency.step }) else { continue }
            for host in needed.hosts.sorted() where dependency.when == .all || host == place.site {
                for part in needed.subtasks {
                    let earlier = Place(site: host, step: needed.id, subtask: part.id)
                    if !isDone(earlier, slot) { return earlier }
                }
            }
        }
        return nil
    }

    private func isDone(_ place: Place, _ slot: Int) -> Bool { jobOf[place]?[slot].flatMap { jobs[$0]?.settled?.outcome.isSuccess } ?? false }

    // MARK: Workers and coordinators

    /// A coordinator's process takes note of a report.
    mutating func reported(_ result: JobResult, _ reference: JobReference) {
        guard let number = numbers[result.job] else { return }
        jobs[number]?.reports[result.attempt, default: []].append(result.outcome)
        if let job = jobs[number], result.attempt == job.attempts, result.isFact(firstKey: job.hostKey) { jobs[number]?.fresh.insert(reference) }
    }

    mutating func coordinatorDied(_ coordinator: Int) {
        for (_, run) in runs where run.coordinator == coordinator {
            for number in run.jobs { jobs[number]?.fresh = [] }
        }
    }

    /// An assignment leaves.
    mutating func handedOut(_ job: Job, _ purpose: Purpose) {
        guard let number = numbers[job.id], let epoch = jobs[number]?.epochs[job.attempt], epoch >= job.epoch else {
            return fail("\(name(job)) epoch \(job.epoch) leaves before it is stored")
        }
    }

    /// An acknowledgement leaves.
    mutating func acknowledged(_ reference: JobReference) {
        guard let number = numbers[reference.job], let job = jobs[number], job.fresh.contains(reference) else { return }
        if job.settled == nil, job.closed[reference.attempt] == nil { fail("the outcome of \(name(reference)) is acknowledged before it is stored") }
    }
}
