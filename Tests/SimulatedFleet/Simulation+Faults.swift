import Model
import Orchestration
import RunnerModel

/// What goes wrong, and people.
extension Simulation {
    mutating func nextFault() {
        guard !isHealed else { return }
        queue.push(.fault, at: now + random.between(1, 2 * scenario.faultInterval))
        let total = Fault.allCases.reduce(0) { $0 + (scenario.faults.has($1) ? $1.weight : 0) }
        guard total > 0 else { return }
        var ticket = random.below(total)
        for fault in Fault.allCases where scenario.faults.has(fault) {
            ticket -= fault.weight
            if ticket < 0 { return strike(fault) }
        }
    }

    private func chosen(_ count: Int, _ random: inout SeededRandom) -> Int { random.below(count) }

    private mutating func strike(_ fault: Fault) {
        let machine = sites[random.below(sites.count)].machine
        switch fault {
        case .messageLost, .messageRepeated, .messageLate: break
        case .linkCut: if let link = someLink() { cut(link, isNoticed: random.percent(40)) }
        case .linkStalled: if let link = someLink() { stall(link) }
        case .workerKilled: killWorker(random.below(workers.count))
        case .workerStopped: stopWorker(random.below(workers.count))
        case .workerSuspended: stopWorker(random.below(workers.count), stopsClock: true)
        case .workerDrained:
            let index = random.below(workers.count)
            note("worker \(index) is to leave")
            transmit(.toWorker(process(ofWorker: index), .drain))
        case .coordinatorKilled: killCoordinator(random.below(coordinators.count))
        case .coordinatorStopped: stopCoordinator(random.below(coordinators.count))
        case .journalFails: coordinators[random.below(coordinators.count)].failsNext = true
        case .runnerKilled: killRunner(machine)
        case .processKilled: disturb(machine, kills: true)
        case .processStopped: disturb(machine, kills: false)
        case .reboot, .powerCut, .containerRestart: if machines[machine].downUntil <= now { restart(machine, fault) }
        case .hostUnreachable: isolate(random.below(sites.count))
        case .hostSuspended: suspend(machine)
        case .diskFull, .diskReadOnly: spoilDisk(machine, fault)
        case .ledgerWiped, .ledgerReverted: loseLedger(machine, fault)
        case .otherMachine: swapMachine(random.below(sites.count))
        case .clockSetBack:
            note("the wall clock is set back")
            wallOffset -= random.between(1, 100_000)
        case .paused, .cancelled, .decided: interfere(fault)
        }
    }

    private mutating func someLink() -> Int? {
        let alive = links.indices.filter { links[$0].runner != 0 && links[$0].framesLeft == nil }
        return alive.isEmpty ? nil : alive[random.below(alive.count)]
    }

    // MARK: Processes

    mutating func stopWorker(_ index: Int, stopsClock: Bool = false) {
        guard workers[index].isAlive, workers[index].stoppedUntil <= now else { return }
        let pause = random.percent(40) ? random.between(10, 15_000) : random.between(15_000, 120_000)
        note("worker \(index) stands still for \(pause) ms")
        workers[index].stoppedUntil = now + pause
        if stopsClock { workers[index].clockOffset -= pause }
    }

    private mutating func stopCoordinator(_ index: Int) {
        guard coordinators[index].isAlive, coordinators[index].stoppedUntil <= now else { return }
        let pause = random.percent(50) ? random.between(10, 15_000) : random.between(15_000, 60_000)
        note("coordinator \(index) stands still for \(pause) ms")
        coordinators[index].stoppedUntil = now + pause
    }

    private mutating func killRunner(_ machine: Int) {
        let runners = machines[machine].model.processes.filter { $0.kind == .runner }
        guard !runners.isEmpty else { return }
        let runner = runners[random.below(runners.count)]
        note("machine \(machine): runner \(runner.pid) is killed")
        // Some hosts end everything that a login has started.
        for process in machines[machine].model.processes where process.runner == runner.runner { checker.killed(process) }
        if random.percent(25) { machines[machine].model.killAll(of: runner.runner) } else { machines[machine].model.kill(runner.pid) }
        for link in machines[machine].links where links[link].runner == runner.runner { cut(link, isNoticed: true) }
        poke(machine)
    }

    // MARK: Hosts

    private mutating func isolate(_ site: Int) {
        let pause = random.percent(60) ? random.between(100, 20_000) : random.between(20_000, 400_000)
        note("\(sites[site].name) can't be reached for \(pause) ms")
        sites[site].unreachableUntil = now + pause
        for link in machines[sites[site].machine].links where links[link].site == site { cut(link, isNoticed: random.percent(50)) }
    }

    private mutating func suspend(_ machine: Int) {
        advance(machine)
        let pause = random.between(100, 100_000)
        note("machine \(machine) is suspended for \(pause) ms")
        machines[machine].suspendedUntil = now + pause
        // Its own clock does not count that time.
        machines[machine].clock = now + pause
    }

    private mutating func spoilDisk(_ machine: Int, _ fault: Fault) {
        let directory = random.below(2)
        note("machine \(machine): \(fault) in ledger \(directory)")
        let isSpoiled = random.percent(70)
        if fault == .diskFull {
            machines[machine].model.setFull(isSpoiled, ledger: directory)
        } else {
            checker.hasSpoiltDisks = true
            machines[machine].model.setReadOnly(isSpoiled, ledger: directory)
        }
    }

    private mutating func loseLedger(_ machine: Int, _ fault: Fault) {
        let directory = random.below(2)
        guard let ledger = machines[machine].model.ledgers.first(where: { $0.directory == directory }) else { return }
        if fault == .ledgerWiped {
            note("machine \(machine): ledger \(directory) is wiped")
            checker.lost(ledger, nil, machines[machine].model, machine)
            machines[machine].model.wipeLedger(directory)
        } else if let backup = machines[machine].backups.last(where: { $0.directory == directory }), backup.id == ledger.id, random.percent(60) {
            note("machine \(machine): ledger \(directory) is reverted")
            checker.lost(ledger, backup, machines[machine].model, machine)
            machines[machine].model.revertLedger(to: backup)
        } else {
            machines[machine].backups.append(ledger)
        }
        poke(machine)
    }

    /// Another machine answers at the name, for a while or for good.
    mutating func swapMachine(_ site: Int) {
        let old = sites[site].machine
        for link in machines[old].links where links[link].site == site { cut(link, isNoticed: random.percent(50)) }
        if old >= sites.count {
            sites[site].machine = site
        } else {
            sites[site].machine = addMachine(hasRoot: sites[site].hasRoot)
            // It may have been given the old one's disk.
            if random.percent(40) { for ledger in machines[old].model.ledgers { machines[sites[site].machine].model.revertLedger(to: ledger) } }
        }
        note("\(sites[site].name) means machine \(sites[site].machine) now")
    }

    // MARK: People

    /// A person's wish in the middle of things.
    private mutating func interfere(_ fault: Fault) {
        let slot = random.below(runs.count)
        let index = scenario.runs[slot].coordinator
        guard coordinators[index].isAlive, coordinators[index].stoppedUntil <= now, let id = runs[slot].id else { return }
        switch fault {
        case .paused: give(random.percent(60) ? .pause(id) : .proceed(id, stamp: stamp(clock(ofCoordinator: index))), index)
        case .cancelled: give(.cancel(id, stamp: stamp(clock(ofCoordinator: index))), index)
        default: decide(slot, id, index)
        }
    }

    private mutating func decide(_ slot: Int, _ id: RunID, _ index: Int) {
        guard let undecided = coordinators[index].machine.runs[id]?.undecidedJobs.first else { return }
        let decision = PersonDecision.allCases[random.below(3)]
        note("a person says of \(checker.number(of: undecided.job) % 100_000): \(decision)")
        give(.decide(id, undecided.job, decision, stamp: stamp(clock(ofCoordinator: index))), index)
    }

    /// Somebody looks at the runs now and then, and lets those go on that wait for a word.
    mutating func person() {
        queue.push(.person, at: now + random.between(5000, 20_000))
        guard isHealed || random.percent(30) else { return }
        for slot in runs.indices {
            let index = scenario.runs[slot].coordinator
            guard coordinators[index].isAlive, coordinators[index].stoppedUntil <= now, let id = runs[slot].id,
                let machine = coordinators[index].machine.runs[id],
                !machine.isFinished, machine.outCount == 0 || machine.isPaused
            else { continue }
            if machine.isPaused || random.percent(30) && now < scenario.healsAt + 300_000 {
                give(.proceed(id, stamp: stamp(clock(ofCoordinator: index))), index)
            } else {
                decide(slot, id, index)
            }
        }
    }

    // MARK: The end of faults

    /// Everything that can be mended is; what was delayed still comes.
    mutating func heal() {
        note("everything heals")
        isHealed = true
        for index in workers.indices where workers[index].stoppedUntil > now + 60_000 { workers[index].stoppedUntil = now + 60_000 }
        for index in coordinators.indices { coordinators[index].failsNext = false }
        for site in sites.indices {
            if sites[site].unreachableUntil > now { sites[site].unreachableUntil = now + random.below(60_000) }
            if random.percent(70) { sites[site].machine = site }
        }
        for machine in machines.indices {
            for directory in 0...1 {
                machines[machine].model.setFull(false, ledger: directory)
                machines[machine].model.setReadOnly(false, ledger: directory)
            }
        }
    }
}
