import RunnerModel

/// What must never be, and what must be in the end.
extension ModelChaos {
    mutating func fail(_ what: String) { violations.append(what) }

    mutating func check() {
        if host.strayKills > 0 { fail("a signal hit a process of another attempt") }
        for (name, count) in host.starts where count > 1 { fail("\(name) started \(count) times") }
        let alive = host.aliveAttempts
        for (index, name) in alive.enumerated() {
            guard let attempt = attempts.first(where: { $0.name == name }) else { continue }
            if let settled = attempt.settled, attempt.generation == generation {
                fail("\(name) runs, and was told as \(settled.state)")
            }
            for other in alive[(index + 1)...] {
                guard let second = attempts.first(where: { $0.name == other }) else { continue }
                if other.job == name.job { fail("\(name) and \(other) run at once") }
                if attempt.owner != second.owner, attempt.generation == generation, second.generation == generation {
                    fail("\(name) and \(other), of two runs, run at once")
                }
            }
        }
    }

    // MARK: Calm

    mutating func calmDown() {
        for ledger in 0..<2 {
            host.setFull(false, ledger: ledger)
            host.setReadOnly(false, ledger: ledger)
        }
        for process in host.processes { host.resume(process.pid) }
        for client in clients { host.closeStream(client.runner) }
        clients = (0..<4).map { Client(runner: host.openRunner(ledger: $0 % 2), ledger: $0 % 2) }
        quieten()
        // Starts and their cancels meet.
        for index in clients.indices where clients[index].ledger == 0 {
            guard let key = clients[index].key else { return fail("no HELLO in the calm") }
            handOut(newAttempt(0), clients[index], key)
        }
        for index in attempts.indices {
            guard let client = dice.one(of: clients.filter { $0.ledger == attempts[index].ledger }) else { continue }
            host.deliver(.cancel(attempts[index].name, .cancelled), to: client.runner)
        }
        quieten()
        if !violations.isEmpty { return }
        for name in host.aliveAttempts where attempts.contains(where: { $0.name == name && $0.generation == generation }) {
            fail("\(name) runs after its cancel")
        }
        freshStart()
    }

    /// Random steps, then time, until nothing moves.
    mutating func quieten() {
        for _ in 0..<20_000 where violations.isEmpty {
            if let pid = dice.one(of: host.runnableProcesses()) {
                host.step(pid)
            } else if let time = host.nextWakeUp() {
                host.advance(by: time - host.ticks)
            } else {
                return
            }
            receive()
            check()
        }
        if violations.isEmpty { fail("no end of it in the calm") }
    }

    /// Nothing of the past keeps a third run from the machine.
    mutating func freshStart() {
        host.advance(by: 10_000)
        guard host.aliveAttempts.isEmpty, let client = clients.first, let key = client.key else { return }
        let attempt = Attempt(
            name: AttemptName(nextJob), owner: Owner(run: 3, coordinator: 3), ledger: 0, command: Command(), key: key, generation: generation)
        attempts.append(attempt)
        start(attempt, host.uptime + 5, client.runner)
        quieten()
        if host.starts[attempt.name] != 1 { return fail("the machine is not free in the end") }
        lastDeadline()
    }

    /// The stream ends in the middle of a frame: the runner keeps the deadline of what runs.
    mutating func lastDeadline() {
        for client in clients { host.closeStream(client.runner) }
        clients = [Client(runner: host.openRunner(), ledger: 0)]
        quieten()
        let name = AttemptName(nextJob + 1)
        guard let client = clients.first, let key = client.key else { return fail("no HELLO in the end") }
        let frame = StartFrame(
            key: key, notAfter: host.uptime + 5, limit: 3, name: name, owner: Owner(run: 3, coordinator: 3), command: Command(duration: nil))
        host.deliver(.start(frame), to: client.runner)
        quieten()
        guard host.isAlive(name) else { return fail("the last command does not run") }
        host.deliver(.torn, to: client.runner)
        host.closeStream(client.runner)
        quieten()
        if host.isAlive(name) { fail("nobody keeps the deadline of \(name)") }
    }
}
