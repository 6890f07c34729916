import RunnerModel

/// One machine through a few boots: two runs want their commands on it, through several runners at once, with every fault
/// there is. Directory 0 is root's ledger, 1 the login user's; a job of the latter is held in the former first.
struct ModelChaos {
    struct Client {
        let runner: RunnerID
        let ledger: Int
        var key: HostKey?
    }

    struct Attempt {
        let name: AttemptName
        let owner: Owner
        let ledger: Int
        let command: Command
        /// That of the first hand-out: an attempt never gets another.
        var key: HostKey?
        /// The ledgers' generation at the first hand-out: what a wiped ledger knew of it is lost.
        var generation = 0
        /// Told by a runner of the same key: how often it had started by then, for ever.
        var settled: (state: AttemptState, starts: Int)?
        /// Whoever asks about it now may hear `absent`, or `revoked` if he revokes.
        var isForgotten = false
    }

    /// What a life is rich in. One seed in eight has each.
    struct Temper {
        /// In percent of the settled jobs.
        var forgets = 25
        /// In thousandths of all moves.
        var wipes = 1
        /// In seconds: how long a start may wait.
        var patience = 6
        /// In ticks: the longest leap of the clock, and the longest command.
        var leap = 150
        /// In thousandths of all moves, once more.
        var leaps = 0
        var longest = 300
        /// In percent of all commands: those that don't end by themselves.
        var endless = 30

        init(seed: UInt64) {
            switch seed % 8 {
            case 1, 2: (forgets, patience, longest, endless) = (90, 30, 20, 5)
            case 3: (wipes, patience, leap) = (15, 30, 60)
            case 4, 5: (patience, leap, leaps, longest) = (4, 80, 120, 200)
            default: break
            }
        }
    }

    var host: HostModel
    let temper: Temper
    /// Steps go to whom a lot favours, which changes now and then: others stand still for long. Else they go to anybody.
    let hasFavourites: Bool
    var lots: [Int: Int] = [:]
    var violations: [String] = []
    var dice: Dice
    var clients: [Client] = []
    var attempts: [Attempt] = []
    /// STARTs that wait for HELD.
    var held: [(name: AttemptName, notAfter: Int)] = []
    var generation = 0
    var nextJob = 1
    let owners = [Owner(run: 1, coordinator: 1), Owner(run: 2, coordinator: 2)]

    init(seed: UInt64, planted: [PlantedBug] = []) {
        dice = Dice(seed: seed)
        temper = Temper(seed: seed)
        hasFavourites = seed / 8 % 2 == 1
        host = HostModel(machine: 1, pids: 24, uptime: 5000)
        host.planted = PlantedBugs(planted)
    }

    /// A life with faults, then calm: everything must come to an end, and the machine be free again.
    mutating func live(moves: Int) {
        for _ in 0..<moves where violations.isEmpty {
            move()
            check()
        }
        if violations.isEmpty { calmDown() }
    }

    // MARK: Faults and steps

    mutating func move() {
        let roll = dice.below(1000)
        switch roll {
        case 0..<700: if let pid = chosen() { host.step(pid) } else { host.advance(by: 1 + dice.below(temper.leap)) }
        case 700..<755: host.advance(by: 1 + dice.below(temper.leap))
        case 755..<900: send()
        case 900..<930: open()
        case 930..<955: if let process = dice.one(of: host.processes) { host.stop(process.pid) }
        case 955..<975: for process in host.processes where dice.chance(60) { host.resume(process.pid) }
        case 975..<980: if let process = dice.one(of: host.processes) { host.kill(process.pid) }
        case 980..<987: if let process = dice.one(of: host.processes.filter { $0.kind == .supervisor }) { host.kill(process.pid) }
        case 987..<990: close()
        case 990..<992: if let client = dice.one(of: clients) { host.killAll(of: client.runner) }
        case 992..<994: host.setFull(dice.chance(50), ledger: dice.below(2))
        case 994..<995: host.setReadOnly(dice.chance(50), ledger: dice.below(2))
        case 995..<997: reboot()
        default: if let attempt = dice.one(of: attempts) { host.openGate(of: attempt.name) }
        }
        if dice.below(1000) < temper.wipes { wipe() }
        if dice.below(1000) < temper.leaps { host.advance(by: 1 + dice.below(temper.leap)) }
        receive()
    }

    /// Who goes on next; nil: nobody.
    mutating func chosen() -> Int? {
        let pids = host.runnableProcesses()
        guard hasFavourites else { return dice.one(of: pids) }
        if dice.chance(6), let pid = dice.one(of: pids) { lots[pid] = dice.below(1000) }
        var best: (pid: Int, lot: Int)?
        for pid in pids {
            let lot = lots[pid] ?? dice.below(1000)
            lots[pid] = lot
            if lot > best?.lot ?? -1 { best = (pid, lot) }
        }
        return best?.pid
    }

    mutating func open() {
        guard clients.count < 5 else { return close() }
        let ledger = dice.below(3) / 2
        clients.append(Client(runner: host.openRunner(ledger: ledger), ledger: ledger))
    }

    mutating func close() {
        guard !clients.isEmpty else { return }
        let client = clients.remove(at: dice.below(clients.count))
        if dice.chance(30) { host.deliver(.torn, to: client.runner) }
        host.closeStream(client.runner)
    }

    mutating func wipe() {
        host.wipeLedger(dice.below(2))
        generation += 1
    }

    mutating func reboot() {
        if dice.chance(30) { host.restartContainer() } else { host.reboot(losing: dice.chance(50) ? dice.below(6) : 0) }
        clients = []
        held = []
    }

    // MARK: Frames

    mutating func send() {
        guard let client = dice.one(of: clients), let key = client.key else { return }
        // The youngest are where things meet.
        guard dice.chance(80), let index = dice.one(of: attempts.indices.suffix(6).filter { attempts[$0].ledger == client.ledger }) else {
            return handOut(newAttempt(client.ledger), client, key)
        }
        let attempt = attempts[index]
        switch dice.below(10) {
        case 0...3: handOut(index, client, key)
        case 4: host.deliver(.tell(attempt.name), to: client.runner)
        case 5, 6: host.deliver(.revoke(attempt.name), to: client.runner)
        case 7:
            host.deliver(.cancel(attempt.name, .cancelled), to: client.runner)
        default: forgetOrGoOn(attempt, client, key)
        }
    }

    /// The next attempt of a settled job, of an unsettled one too (the runner must refuse it), or its end.
    mutating func forgetOrGoOn(_ attempt: Attempt, _ client: Client, _ key: HostKey) {
        let ofJob = attempts.filter { $0.name.job == attempt.name.job }
        if dice.chance(temper.forgets), ofJob.allSatisfy({ $0.settled != nil }) {
            for index in attempts.indices where attempts[index].name.job == attempt.name.job { attempts[index].isForgotten = true }
            host.deliver(.forget(coordinator: attempt.owner.coordinator, low: attempt.name.job, ofJob.map(\.name)), to: client.runner)
        } else if attempt.name.attempt < 3, attempt.generation == generation, attempt.key?.ledger == key.ledger,
            // Nobody thinks of a third attempt before the first is settled, or at least claimed: without a record no runner sees it.
            ofJob.allSatisfy({ $0.settled != nil || $0.name.attempt >= attempt.name.attempt || isClaimed($0) })
        {
            let name = AttemptName(attempt.name.job, attempt.name.attempt + 1)
            if !attempts.contains(where: { $0.name == name }) {
                attempts.append(Attempt(name: name, owner: attempt.owner, ledger: attempt.ledger, command: command()))
            }
            if let index = attempts.firstIndex(where: { $0.name == name }) { handOut(index, client, key) }
        }
    }

    func isClaimed(_ attempt: Attempt) -> Bool {
        host.ledgers.contains { $0.directory == attempt.ledger && !$0.lines(of: attempt.name).isEmpty }
    }

    mutating func command() -> Command {
        Command(
            duration: dice.chance(temper.endless) ? nil : dice.below(temper.longest), exitCode: dice.below(2),
            ignoresTerminate: dice.chance(20))
    }

    mutating func newAttempt(_ ledger: Int) -> Int {
        let name = AttemptName(nextJob)
        nextJob += 1
        attempts.append(Attempt(name: name, owner: owners[dice.below(2)], ledger: ledger, command: command()))
        return attempts.count - 1
    }

    mutating func handOut(_ index: Int, _ client: Client, _ key: HostKey) {
        if attempts[index].key == nil {
            attempts[index].key = key
            attempts[index].generation = generation
        }
        let attempt = attempts[index], notAfter = host.uptime + dice.below(temper.patience)
        guard attempt.ledger == 1 else {
            start(attempt, notAfter, client.runner)
            // The same frame on another way, or a cancel right behind it.
            if dice.chance(30), let other = dice.one(of: clients.filter { $0.ledger == 0 }) { start(attempt, notAfter, other.runner) }
            guard dice.chance(15), let other = dice.one(of: clients.filter { $0.ledger == 0 }) else { return }
            host.deliver(.cancel(attempt.name, .cancelled), to: other.runner)
            return
        }
        // The login user's: root's ledger is where the machine is claimed.
        guard let root = dice.one(of: clients.filter { $0.ledger == 0 }), let rootKey = root.key else { return }
        held.append((attempt.name, notAfter))
        host.deliver(
            .hold(HoldFrame(key: rootKey, notAfter: notAfter, name: attempt.name, owner: attempt.owner, ledger: 1)), to: root.runner)
    }

    mutating func start(_ attempt: Attempt, _ notAfter: Int, _ runner: RunnerID) {
        guard let key = attempt.key else { return }
        host.deliver(
            .start(
                StartFrame(
                    key: key, notAfter: notAfter, limit: 1 + dice.below(60), name: attempt.name, owner: attempt.owner,
                    command: attempt.command)),
            to: runner)
    }

    // MARK: Answers

    mutating func receive() {
        for index in clients.indices {
            for message in host.takeMessages(from: clients[index].runner) { take(message, index) }
        }
    }

    mutating func take(_ message: Message, _ client: Int) {
        switch message {
        case .hello(let key, _, _): clients[client].key = key
        case .state(let name, let state): take(state, of: name, clients[client].key)
        case .done(let name, let outcome): if outcome.ending != .unrecorded { take(.done(outcome), of: name, clients[client].key) }
        case .held(let name):
            guard let wait = held.first(where: { $0.name == name }), let attempt = attempts.first(where: { $0.name == name }),
                let login = dice.one(of: clients.filter { $0.ledger == 1 && $0.key != nil })
            else { return }
            start(attempt, wait.notAfter, login.runner)
        case .refused(let name, _): held.removeAll { $0.name == name && dice.chance(50) }
        case .started, .seen, .pong: break
        }
    }

    mutating func take(_ state: AttemptState, of name: AttemptName, _ key: HostKey?) {
        guard state.isSettled, let index = attempts.firstIndex(where: { $0.name == name }), attempts[index].generation == generation else {
            return
        }
        let attempt = attempts[index], starts = host.starts[name] ?? 0
        if attempt.isForgotten { return }
        if attempt.key == key, state == .revoked || state == .never, starts > 0 { fail("\(name) started, and is told as \(state)") }
        if attempt.key == key, case .done(let outcome) = state, outcome.exitCode < 2, starts == 0 {
            fail("\(name) never started, and is told as \(state)")
        }
        if let before = attempt.settled, case .done = before.state, attempt.key == key, before.state != state {
            fail("\(name) was \(before.state), and is told as \(state)")
        }
        if attempt.settled == nil { attempts[index].settled = (state, starts) }
    }
}
