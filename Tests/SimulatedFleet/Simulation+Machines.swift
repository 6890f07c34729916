import Model
import Orchestration
import RunnerModel

/// The hosts: whose turn it is, and what happens to whole machines.
extension Simulation {
    /// Makes a machine with its ledgers, as one looks that was worked on before. Returns its index.
    mutating func addMachine(hasRoot: Bool) -> Int {
        var model = HostModel(machine: machines.count + 1, pids: random.percent(30) ? 24 : 64, uptime: random.between(100, 100_000))
        if let bug = settings.hostBug { model.planted = PlantedBugs([bug]) }
        for directory in hasRoot ? [0, 1] : [0] {
            let runner = model.openRunner(ledger: directory)
            model.settle()
            model.closeStream(runner)
            model.settle()
        }
        machines.append(Machine(model: model))
        machines[machines.count - 1].clock = now
        return machines.count - 1
    }

    /// Brings its clock to now. It stands still while the machine is suspended.
    mutating func advance(_ machine: Int) {
        guard machines[machine].suspendedUntil <= now else { return }
        let ticks = (now - machines[machine].clock) / 10
        guard ticks > 0 else { return }
        machines[machine].model.advance(by: ticks)
        machines[machine].clock += ticks * 10
    }

    /// Somebody there may have something to do.
    mutating func poke(_ machine: Int) { schedule(machine, at: now + (random.percent(80) ? 0 : 1)) }

    private mutating func schedule(_ machine: Int, at time: Int) {
        if let due = machines[machine].due, due <= time { return }
        machines[machine].due = time
        queue.push(.machine(machine), at: time)
    }

    mutating func stepMachine(_ machine: Int) {
        guard let due = machines[machine].due, due <= now else { return }
        machines[machine].due = nil
        guard machines[machine].suspendedUntil <= now else { return schedule(machine, at: machines[machine].suspendedUntil) }
        guard machines[machine].downUntil <= now else { return schedule(machine, at: machines[machine].downUntil) }
        advance(machine)
        for _ in 0..<random.between(1, 5) {
            let pids = machines[machine].model.runnableProcesses()
            guard !pids.isEmpty else { break }
            machines[machine].model.step(pids[random.below(pids.count)])
            if machines[machine].model.effects.count != machines[machine].effectsSeen { lookAtEffects(machine) }
        }
        collectAnswers(machine)
        if !machines[machine].model.runnableProcesses().isEmpty {
            schedule(machine, at: now + (random.percent(85) ? random.below(3) : random.below(30)))
        } else if let wakeUp = machines[machine].model.nextWakeUp() {
            schedule(machine, at: max(now + 1, machines[machine].clock + 10 * (wakeUp - machines[machine].model.ticks)))
        }
        if machines[machine].due != nil, tempts(.processKilled) { disturb(machine, kills: true) }
        if machines[machine].due != nil, tempts(.processStopped) { disturb(machine, kills: false) }
    }

    private mutating func lookAtEffects(_ machine: Int) {
        let effects = machines[machine].model.effects
        for effect in effects[machines[machine].effectsSeen...] where effect.stage == .begun {
            note("machine \(machine): \(effect.attempt.job % 100_000).\(effect.attempt.attempt) takes effect")
            checker.started(effect.attempt, on: machine, machines, now)
            if let (end, delay) = checker.job(effect.attempt.job).flatMap({ scenario.meanings[$0.work.command]?.end }) {
                queue.push(.takeDown(machine: machine, boots: machines[machine].boots, end), at: now + delay)
            }
        }
        for effect in effects[machines[machine].effectsSeen...] where effect.stage == .ended && random.percent(90) { askAtEnd(of: effect.attempt) }
        machines[machine].effectsSeen = effects.count
        if tempts(.powerCut) { restart(machine, .powerCut) }
        if tempts(.reboot) { restart(machine, .reboot) }
    }

    /// Kills or stops one of those that carry commands out.
    mutating func disturb(_ machine: Int, kills: Bool) {
        let candidates = machines[machine].model.processes.filter { $0.status == .running && $0.kind != .look }
        let busy = candidates.filter { $0.kind == .supervisor || $0.kind == .child || $0.kind == .command }
        // The moment between a fork and the child's own record is short.
        let parents = busy.filter { parent in parent.kind == .supervisor && busy.contains { $0.kind == .child && $0.parent == parent.pid } }
        // So are those before a claim.
        let young = kills ? [] : busy.filter { parent in parent.kind == .supervisor && !candidates.contains { $0.parent == parent.pid } }
        let moments = young.isEmpty ? parents : young
        let chosen = !moments.isEmpty && random.percent(50) ? moments : busy.isEmpty || random.percent(25) ? candidates : busy
        guard !chosen.isEmpty else { return }
        let process = chosen[random.below(chosen.count)]
        note(
            "machine \(machine): \(process.kind) \(process.pid) of \(process.attempt.map(Checker.text) ?? "-") \(kills ? "is killed" : "stands still")"
        )
        if kills {
            checker.killed(process)
            let child = machines[machine].model.processes.first { $0.parent == process.pid && $0.kind == .child }
            machines[machine].model.kill(process.pid)
            // Who records itself a little later than its supervisor dies.
            if let child, process.kind == .supervisor, random.percent(60) {
                machines[machine].model.stop(child.pid)
                queue.push(.resume(machine: machine, pid: child.pid, start: child.start), at: now + random.between(100, 20_000))
            }
            // sshd sees a runner's end.
            for link in machines[machine].links where process.kind == .runner && links[link].runner == process.runner { cut(link, isNoticed: true) }
        } else {
            machines[machine].model.stop(process.pid)
            let pause = random.percent(60) ? random.between(10, 2000) : random.between(2000, 150_000)
            queue.push(.resume(machine: machine, pid: process.pid, start: process.start), at: now + pause)
        }
        poke(machine)
    }

    mutating func resumeProcess(_ machine: Int, _ pid: Int, _ start: Int) {
        guard machines[machine].model.processes.contains(where: { $0.pid == pid && $0.start == start }) else { return }
        machines[machine].model.resume(pid)
        poke(machine)
    }

    mutating func restart(_ machine: Int, _ kind: Fault) {
        note("machine \(machine): \(kind)")
        advance(machine)
        switch kind {
        case .powerCut: machines[machine].model.reboot(losing: random.between(1, 6), uptime: random.between(5, 20))
        case .containerRestart: machines[machine].model.restartContainer()
        default: machines[machine].model.reboot(uptime: random.between(5, 20))
        }
        machines[machine].boots += 1
        machines[machine].downUntil = now + (random.percent(70) ? random.between(100, 5000) : random.between(5000, 60_000))
        machines[machine].clock = machines[machine].downUntil
        for link in machines[machine].links { cut(link, isNoticed: random.percent(50)) }
        machines[machine].links = []
        poke(machine)
    }

    mutating func takeDown(_ machine: Int, _ boots: Int, _ end: ConnectionEnd) {
        guard machines[machine].boots == boots, machines[machine].downUntil <= now else { return }
        switch end {
        case .reboot: restart(machine, .reboot)
        case .link: for link in machines[machine].links { cut(link, isNoticed: random.percent(80)) }
        }
    }

    /// What a look at all hosts tells before a run; nil if one of them can't be looked at now.
    mutating func probedKeys() -> [HostName: HostKeys]? {
        var keys: [HostName: HostKeys] = [:]
        for site in sites {
            guard site.unreachableUntil <= now, machines[site.machine].downUntil <= now, let login = probedKey(site.machine, 0) else { return nil }
            var root: String?
            if site.hasRoot {
                guard let key = probedKey(site.machine, 1) else { return nil }
                root = key
            }
            keys[site.name] = HostKeys(login: login, root: root)
        }
        return keys
    }

    private mutating func probedKey(_ machine: Int, _ directory: Int) -> String? {
        advance(machine)
        let runner = machines[machine].model.openRunner(ledger: directory)
        if let pid = machines[machine].model.pid(of: runner) { machines[machine].model.step(pid) }
        machines[machine].model.closeStream(runner)
        poke(machine)
        let key = machines[machine].model.key(ledger: directory)
        return key.ledger == 0 ? nil : Self.text(of: key)
    }
}
