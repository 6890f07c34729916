import Model
import Orchestration
import RunnerModel

/// The workers' processes, and the network between them and their coordinators.
extension Simulation {
    func clock(ofWorker index: Int) -> Int { now + workers[index].clockOffset }
    private func duration(ofWorker index: Int) -> Duration { .milliseconds(clock(ofWorker: index)) }
    func process(ofWorker index: Int) -> Incarnation { Incarnation(place: index, life: workers[index].life) }

    /// False for an event of an earlier life; an event of a stopped process waits.
    mutating func isReady(worker: Incarnation, _ event: Event) -> Bool {
        guard workers[worker.place].isAlive, workers[worker.place].life == worker.life else { return false }
        guard workers[worker.place].stoppedUntil > now else { return true }
        queue.push(event, at: workers[worker.place].stoppedUntil)
        return false
    }

    // MARK: Network

    /// Puts a message on the way: it may be lost, come twice, or minutes late.
    mutating func transmit(_ event: Event) {
        if !isHealed, random.percent(scenario.loss) { return }
        let copies = !isHealed && random.percent(scenario.repetition) ? 2 : 1
        for _ in 0..<copies {
            var delay = latency()
            if !isHealed, random.percent(scenario.lateness) {
                delay += random.percent(80) ? random.between(100, 8000) : random.between(8000, 300_000)
            }
            queue.push(event, at: now + delay)
        }
    }

    private mutating func say(_ message: ToCoordinator, _ index: Int) {
        transmit(.toCoordinator(workers[index].coordinator, from: process(ofWorker: index), message))
    }

    // MARK: Life

    mutating func startWorker(_ index: Int) {
        guard !workers[index].isAlive else { return }
        let coordinator = workers[index].coordinator, life = workers[index].life + 1
        workers[index] = WorkerShell(coordinator: coordinator)
        workers[index].life = life
        workers[index].isAlive = true
        workers[index].clockOffset = random.below(1_000_000)
        workers[index].machine = WorkerMachine(slots: random.between(1, 3))
        workers[index].lastHello = clock(ofWorker: index) - 10_000
        queue.push(.workerTick(process(ofWorker: index)), at: now + random.between(1, 100))
    }

    mutating func killWorker(_ index: Int) {
        guard workers[index].isAlive else { return }
        note("worker \(index) dies")
        workers[index].isAlive = false
        for link in workers[index].links { cut(link, isNoticed: false) }
        queue.push(.startWorker(index), at: now + random.between(50, 5000))
    }

    mutating func workerConnected(_ worker: Incarnation, _ event: Event) {
        guard isReady(worker: worker, event) else { return }
        if workers[worker.place].wasWelcome { hello(worker.place) }
    }

    private mutating func hello(_ index: Int) {
        workers[index].lastHello = clock(ofWorker: index)
        // The machine's own order is that of a hash table, which differs between processes.
        let known = workers[index].machine.known.sorted { $0.job == $1.job ? $0.attempt < $1.attempt : $0.job < $1.job }
        say(.hello(slots: workers[index].machine.slots, knows: known), index)
    }

    mutating func workerTick(_ worker: Incarnation, _ event: Event) {
        guard isReady(worker: worker, event) else { return }
        let index = worker.place, clock = clock(ofWorker: worker.place)
        if workers[index].machine.isWelcome, clock - workers[index].lastHeartbeat >= 5000 {
            workers[index].lastHeartbeat = clock
            say(.heartbeat(sentAt: .milliseconds(clock)), index)
        }
        if !workers[index].machine.isWelcome, clock - workers[index].lastHello > 2000 { hello(index) }
        act(workers[index].machine.handle(.tick(now: .milliseconds(clock))), index)
        queue.push(.workerTick(worker), at: now + (workers[index].executions.isEmpty ? random.between(1000, 2500) : random.between(500, 1500)))
    }

    // MARK: Messages

    mutating func workerReceives(_ worker: Incarnation, _ message: ToWorker, _ event: Event) {
        guard isReady(worker: worker, event) else { return }
        let index = worker.place, clock = duration(ofWorker: worker.place)
        switch message {
        case .welcome(let lease):
            workers[index].wasWelcome = true
            act(workers[index].machine.handle(.welcomed(lease: lease, now: clock)), index)
        case .heartbeatSeen(let sentAt): act(workers[index].machine.handle(.heartbeatSeen(sentAt: sentAt)), index)
        case .assign(let job, let purpose):
            note("worker \(index) is given \(checker.name(job)) epoch \(job.epoch) to \(purpose)")
            act(workers[index].machine.handle(.assigned(job, purpose, now: clock)), index)
        case .cancel(let reference): act(workers[index].machine.handle(.cancelled(reference.job, attempt: reference.attempt)), index)
        case .acknowledged(let reference): act(workers[index].machine.handle(.acknowledged(reference)), index)
        case .forget(let site, let directory, let frame):
            if let link = usableLink(index, site, directory), links[link].isOpen { send(frame, link) }
        case .drain: act(workers[index].machine.handle(.drain), index)
        }
    }

    private mutating func act(_ actions: [WorkerMachine.Action], _ index: Int) {
        for action in actions {
            switch action {
            case .accept(let reference): say(.accepted(reference), index)
            case .refuse(let reference, let why):
                note("worker \(index) refuses \(checker.name(reference)): \(why)")
                say(.refused(reference), index)
            case .execute(let job, let purpose): execute(job, purpose, index)
            case .end(let reference): endExecution(reference, index)
            case .tellFinished(let reference, let result): say(.finished(reference, result), index)
            case .hello: hello(index)
            case .goodbye:
                say(.goodbye, index)
                killWorker(index)
            }
        }
    }

    /// An execution has its outcome.
    mutating func finished(_ index: Int, _ execution: Int, _ outcome: JobOutcome) {
        guard let place = place(of: execution, index) else { return }
        let done = workers[index].executions.remove(at: place)
        note("worker \(index) knows of \(checker.name(done.reference)): \(outcome)")
        let result = JobResult(job: done.job.id, attempt: done.job.attempt, outcome: outcome, hostKey: done.machine.hostKey)
        act(workers[index].machine.handle(.finished(done.reference, result, now: duration(ofWorker: index))), index)
    }

    func place(of execution: Int, _ index: Int) -> Int? {
        for place in workers[index].executions.indices where workers[index].executions[place].id == execution { return place }
        return nil
    }

    private mutating func execute(_ job: Job, _ purpose: Purpose, _ index: Int) {
        guard let site = sites.firstIndex(where: { $0.name == job.host }) else { return }
        let id = workers[index].nextExecution
        workers[index].nextExecution += 1
        let reference = JobReference(job: job.id, attempt: job.attempt, epoch: job.epoch)
        let name = AttemptName(checker.number(of: job.id), job.attempt)
        workers[index].executions.append(
            Execution(
                id: id, reference: reference, job: job, name: name, site: site,
                machine: AttemptMachine(job: job, purpose: purpose, settings: scenario.attempts)))
        perform(.connect, index, id)
    }

    /// What runs is told to end; what has not started yet starts no more.
    private mutating func endExecution(_ reference: JobReference, _ index: Int) {
        for place in workers[index].executions.indices {
            let execution = workers[index].executions[place]
            guard execution.reference.job == reference.job, execution.reference.attempt == reference.attempt else { continue }
            workers[index].executions[place].isCancelled = true
            if let link = usableLink(index, execution.site, execution.job.work.become ? 1 : 0), links[link].isOpen {
                send(.cancel(execution.name, .cancelled), link)
            }
        }
    }
}
