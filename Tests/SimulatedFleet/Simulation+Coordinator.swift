import JournalCoding
import Model
import Orchestration
import RunnerModel

/// The coordinators' processes: turns are queued, committed and then acted on; a restart replays what was stored.
extension Simulation {
    func clock(ofCoordinator index: Int) -> Duration { .milliseconds(now + coordinators[index].clockOffset) }

    private func process(_ index: Int) -> Incarnation { Incarnation(place: index, life: coordinators[index].life) }

    /// False for an event of an earlier life; an event of a stopped process waits.
    private mutating func isReady(_ process: Incarnation, _ event: Event) -> Bool {
        guard coordinators[process.place].isAlive, coordinators[process.place].life == process.life else { return false }
        guard coordinators[process.place].stoppedUntil > now else { return true }
        queue.push(event, at: coordinators[process.place].stoppedUntil)
        return false
    }

    // MARK: Life

    mutating func startCoordinator(_ index: Int) {
        guard !coordinators[index].isAlive else { return }
        coordinators[index].life += 1
        coordinators[index].isAlive = true
        coordinators[index].stoppedUntil = 0
        coordinators[index].clockOffset = random.below(1_000_000)
        coordinators[index].machine = CoordinatorMachine(settings: scenario.fleet)
        coordinators[index].failsNext = false
        note("coordinator \(index) starts")
        var identifiers = AscendingIdentifiers()
        for slot in runs.indices where scenario.runs[slot].coordinator == index {
            guard let id = runs[slot].id, !runs[slot].records.isEmpty else { continue }
            identifiers.observe(id.value)
            for case .run(.attemptCreated(let attempt)) in runs[slot].records { identifiers.observe(attempt.job.value) }
            restore(slot, index)
        }
        coordinators[index].identifiers = identifiers
        queue.push(.coordinatorTick(process(index)), at: now + 500)
        for worker in workers.indices where workers[worker].coordinator == index && workers[worker].isAlive && !random.percent(10) {
            queue.push(.connected(Incarnation(place: worker, life: workers[worker].life)), at: now + random.between(10, 3000))
        }
    }

    private mutating func restore(_ slot: Int, _ index: Int) {
        guard let replay = replayed(slot), let machine = replay.machine else { return }
        if machine.isFinished, random.percent(50) { return }
        let clock = clock(ofCoordinator: index)
        let settings = coordinators[index].machine.fleet.settings
        if settings.lease > .zero, self.settings.bug == .decidesAgainOnReplay {
            guard let description = replay.description, case .run(.began(let plan, let keys))? = runs[slot].records.dropFirst().first else { return }
            let turn = coordinators[index].machine.handle(.begin(description, plan, keys: keys, stamp: stamp(clock)), now: clock)
            return take(turn, index)
        }
        let turn = coordinators[index].machine.restore(replay, reportsUntil: clock + settings.lease + settings.margin, now: clock)
        take(turn, index)
    }

    /// What the stored records say, by way of their bytes: as they are, and with the first of them condensed.
    private mutating func replayed(_ slot: Int) -> RunReplay? {
        let records = runs[slot].records
        do {
            let read = try records.map { record in try RunRecord(payload: try record.payload) }
            if read != records { checker.fail("records of run \(slot) changed on their way through the journal") }
            var full = RunReplay()
            for record in read { try full.apply(record) }
            let cut = random.between(1, read.count)
            var condensed = RunReplay()
            let snapshot = try RunSnapshot.records(try RunSnapshot.payload(RunSnapshot.condensed(Array(read[..<cut]))))
            for record in snapshot + read[cut...] { try condensed.apply(record) }
            if condensed != full { checker.fail("a snapshot of \(cut) of \(read.count) records and the rest make another state than all records") }
            guard settings.bug == .replaysWithoutHandOuts else { return full }
            var forgetful = RunReplay()
            for record in read {
                if case .handedOut = record { continue }
                try forgetful.apply(record)
            }
            return forgetful
        } catch {
            checker.fail("the journal of run \(slot) can't be replayed: \(error)")
            return nil
        }
    }

    /// - Parameter isStored: whether the commit under way reaches the disk.
    mutating func killCoordinator(_ index: Int, isStored: Bool? = nil) {
        guard coordinators[index].isAlive else { return }
        let stores = isStored ?? random.percent(50)
        note("coordinator \(index) dies\(coordinators[index].isCommitting ? stores ? ", its commit is stored" : ", its commit is not stored" : "")")
        if coordinators[index].isCommitting, stores { store(coordinators[index].committing, index) }
        checker.coordinatorDied(index)
        coordinators[index].isAlive = false
        coordinators[index].isCommitting = false
        coordinators[index].committing = []
        coordinators[index].queued = []
        coordinators[index].peers = [:]
        queue.push(.startCoordinator(index), at: now + (random.percent(70) ? random.between(20, 2000) : random.between(2000, 40_000)))
        // Runs that were never written down are asked for again.
        for slot in runs.indices where scenario.runs[slot].coordinator == index && runs[slot].records.isEmpty && runs[slot].id != nil {
            runs[slot].id = nil
            queue.push(.begin(run: slot), at: now + 3000)
        }
    }

    mutating func begin(_ slot: Int, _ event: Event) {
        let index = scenario.runs[slot].coordinator
        guard runs[slot].id == nil else { return }
        guard coordinators[index].isAlive, coordinators[index].stoppedUntil <= now, let keys = probedKeys() else {
            queue.push(event, at: now + 1000)
            return
        }
        let clock = clock(ofCoordinator: index)
        let id = RunID(coordinators[index].identifiers.next(milliseconds: wallMilliseconds, random: random.next()))
        runs[slot].id = id
        checker.begin(slot, id, coordinator: index, plan: scenario.runs[slot].plan)
        let description = RunDescription(
            run: id, task: "t", title: "t", origin: "o", coordinator: "c\(index)", software: "1", hosts: [])
        note("run \(slot) begins")
        give(.begin(description, scenario.runs[slot].plan, keys: keys, stamp: stamp(clock)), index)
    }

    // MARK: Turns

    mutating func give(_ input: CoordinatorMachine.Input, _ index: Int) {
        let turn = coordinators[index].machine.handle(input, now: clock(ofCoordinator: index))
        take(turn, index)
        if tempts(.coordinatorKilled) { killCoordinator(index) }
    }

    private mutating func take(_ turn: CoordinatorMachine.Turn, _ index: Int) {
        var turn = turn
        switch settings.bug {
        case .actsBeforeCommit:
            perform(turn.effects, index)
            turn.effects = []
        case .acknowledgesBeforeStoring:
            perform(turn.effects.filter { if case .acknowledge = $0 { true } else { false } }, index)
            turn.effects.removeAll { if case .acknowledge = $0 { true } else { false } }
        default: break
        }
        guard coordinators[index].isAlive else { return }
        if turn.records.isEmpty, turn.effects.isEmpty { return }
        if turn.records.isEmpty, !coordinators[index].isCommitting { return perform(turn.effects, index) }
        coordinators[index].queued.append(turn)
        commit(index)
    }

    private mutating func commit(_ index: Int) {
        guard !coordinators[index].isCommitting, !coordinators[index].queued.isEmpty else { return }
        coordinators[index].isCommitting = true
        coordinators[index].committing = coordinators[index].queued
        coordinators[index].queued = []
        let fails = coordinators[index].failsNext || tempts(.journalFails)
        let delay = random.percent(90) ? random.between(1, 5) : random.between(5, 1500)
        queue.push(.committed(process(index), isStored: !fails), at: now + delay)
    }

    mutating func committed(_ process: Incarnation, isStored: Bool, _ event: Event) {
        let index = process.place
        guard isReady(process, event) else { return }
        guard isStored else {
            note("the journal of coordinator \(index) fails")
            return killCoordinator(index)
        }
        let turns = coordinators[index].committing
        store(turns, index)
        coordinators[index].isCommitting = false
        coordinators[index].committing = []
        if tempts(.coordinatorKilled) { return killCoordinator(index) }
        for turn in turns {
            perform(turn.effects, index)
            guard coordinators[index].isAlive, coordinators[index].life == process.life else { return }
        }
        commit(index)
    }

    private mutating func store(_ turns: [CoordinatorMachine.Turn], _ index: Int) {
        for turn in turns {
            for entry in turn.records {
                guard let slot = runs.firstIndex(where: { $0.id == entry.run }) else { continue }
                store(entry.record, slot)
            }
        }
    }

    private mutating func store(_ record: RunRecord, _ slot: Int) {
        note("stored: run \(slot) \(Self.text(record))")
        runs[slot].records.append(record)
        // Hosts refuse what is not above all that they were told to forget: a run that begins later is, whatever the clock says.
        if case .run(.attemptCreated(let attempt)) = record { coordinators[scenario.runs[slot].coordinator].identifiers.observe(attempt.job.value) }
        checker.stored(record, slot, machines)
    }

    private mutating func perform(_ effects: [CoordinatorMachine.Effect], _ index: Int) {
        for effect in effects {
            switch effect {
            case .assign(let job, let purpose, let worker):
                checker.handedOut(job, purpose)
                send(.assign(job, purpose), worker, index)
            case .cancel(let reference, let worker): send(.cancel(reference), worker, index)
            case .acknowledge(let reference, let worker):
                checker.acknowledged(reference)
                send(.acknowledged(reference), worker, index)
                if settings.bug == .forgetsAtAcknowledgement {
                    forget([checker.number(of: reference.job)], attempts: [reference.attempt], low: checker.number(of: reference.job), index)
                }
            case .happened(let id, .finished):
                if let slot = runs.firstIndex(where: { $0.id == id }) { forget(slot, index) }
            case .happened, .workerJoined, .workerLeft, .handedBack, .rests: break
            }
            if tempts(.coordinatorKilled), random.percent(30) { return killCoordinator(index) }
        }
    }

    mutating func send(_ message: ToWorker, _ worker: WorkerID, _ index: Int) {
        guard let process = coordinators[index].peers[worker] else { return }
        transmit(.toWorker(process, message))
    }

    // MARK: Messages

    mutating func coordinatorReceives(_ index: Int, _ message: ToCoordinator, from worker: Incarnation, _ event: Event) {
        guard coordinators[index].isAlive else {
            // The worker's socket keeps it for the next process, up to a point.
            if random.percent(50) { queue.push(event, at: now + 1000) }
            return
        }
        guard coordinators[index].stoppedUntil <= now else { return queue.push(event, at: coordinators[index].stoppedUntil) }
        let id = Self.identifier(of: worker)
        let clock = clock(ofCoordinator: index)
        if case .hello(let slots, let knows) = message {
            note("coordinator \(index) hears Hello of \(id) with \(knows.count) jobs")
            coordinators[index].peers[id] = worker
            transmit(.toWorker(worker, .welcome(lease: coordinators[index].machine.fleet.settings.lease)))
            return give(.helloed(id, name: "w\(worker.place)", slots: slots, knows: knows), index)
        }
        // Who was there before this process, or has lost its lease, must say Hello first.
        guard coordinators[index].peers[id] != nil, coordinators[index].machine.fleet.name(of: id) != nil else { return }
        coordinators[index].machine.heard(id, now: clock)
        switch message {
        case .hello: break
        case .heartbeat(let sentAt): transmit(.toWorker(worker, .heartbeatSeen(sentAt: sentAt)))
        case .accepted(let reference): give(.accepted(id, reference), index)
        case .refused(let reference): give(.refused(id, reference), index)
        case .finished(let reference, let result): finish(reference, result, id, index)
        case .goodbye: give(.left(id, reason: "it said goodbye"), index)
        }
    }

    private mutating func finish(_ reference: JobReference, _ result: JobResult, _ worker: WorkerID, _ index: Int) {
        var reference = reference, result = result
        note("coordinator \(index) hears of \(checker.name(reference)) by \(worker): \(result.outcome)")
        switch settings.bug {
        case .forgetsEpochs: reference.epoch = coordinators[index].machine.fleet.reference(of: reference.job)?.epoch ?? reference.epoch
        case .takesDoubtForNotStarted: if case .inDoubt = result.outcome { result.outcome = .notStarted(reason: "it is not known") }
        case .secondResultCounts:
            if let slot = checker.slot(of: reference.job), checker.isSettled(reference.job) { store(.run(.jobSettled(result)), slot) }
        default: break
        }
        checker.reported(result, reference)
        give(.finished(worker, reference, result, stamp: stamp(clock(ofCoordinator: index))), index)
    }

    mutating func coordinatorTick(_ process: Incarnation, _ event: Event) {
        guard isReady(process, event) else { return }
        give(.tick, process.place)
        queue.push(.coordinatorTick(process), at: now + random.between(500, 2500))
    }

    // MARK: Names

    static func identifier(of worker: Incarnation) -> WorkerID { WorkerID("w\(worker.place)/\(worker.life)") }

    private static func short(_ job: JobID) -> Substring { job.value.suffix(20).prefix(8) }

    private static func text(_ record: RunRecord) -> String {
        switch record {
        case .created: "created"
        case .handedOut(let reference, let purpose, let worker):
            "handed out \(short(reference.job)).\(reference.attempt) epoch \(reference.epoch) to \(purpose) by \(worker)"
        case .run(.began): "began"
        case .run(.attemptCreated(let attempt)):
            "attempt \(short(attempt.job)).\(attempt.number) \(attempt.host)/\(attempt.step)/\(attempt.subtask) under \(attempt.hostKey)"
        case .run(let event): "\(event)"
        }
    }
}
