import Model
import Orchestration
import RunnerModel

/// How a worker does what `AttemptMachine` says: one conversation with a host for each execution, over the connection that it
/// began with. A connection that was lost is told to the machine, never replaced behind its back: the next may lead elsewhere.
extension Simulation {
    mutating func perform(_ action: AttemptMachine.Action, _ worker: Int, _ id: Int) {
        guard let place = place(of: id, worker) else { return }
        let execution = workers[worker].executions[place]
        note("worker \(worker): \(execution.name.job % 100_000).\(execution.name.attempt) \(action)")
        switch action {
        case .finish(let outcome): return finished(worker, id, outcome)
        case .wait(let pause):
            wait(.pause, milliseconds: Self.milliseconds(pause), worker, place)
            return changeHost(of: execution)
        case .connect: return connect(worker, id, place)
        case .lookAtGuard, .lookAtHealth, .start, .attach, .revoke, .cancel: break
        }
        guard let link = execution.link, !links[link].isDead else {
            if settings.bug == .reconnectsSilently { return reconnect(action, worker, place) }
            return next(.lost("gone"), worker, id)
        }
        converse(action, worker, place, link)
    }

    /// Who waits may find another boot, or another machine, afterwards.
    private mutating func changeHost(of execution: Execution) {
        let machine = sites[execution.site].machine
        if tempts(.reboot), machines[machine].downUntil <= now { restart(machine, .reboot) }
        if !isHealed, scenario.faults.has(.otherMachine), random.percent(10) { swapMachine(execution.site) }
    }

    private mutating func converse(_ action: AttemptMachine.Action, _ worker: Int, _ place: Int, _ link: Int) {
        let name = workers[worker].executions[place].name
        switch action {
        case .finish, .wait, .connect: break
        case .lookAtGuard: look(isGuard: true, worker, place, link)
        case .lookAtHealth: look(isGuard: false, worker, place, link)
        case .start: beginStart(worker, place)
        case .attach:
            send(.tell(name), link)
            follow(claimUntil: nil, worker, place)
            wait(.told, milliseconds: 30_000, worker, place)
        case .revoke:
            send(settings.bug == .looksWithoutRevoking ? .tell(name) : .revoke(name), link)
            wait(.revoked, milliseconds: 30_000, worker, place)
        case .cancel:
            send(.cancel(name, .cancelled), link)
            send(.tell(name), link)
            follow(claimUntil: nil, worker, place)
            wait(.told, milliseconds: 30_000, worker, place)
        }
    }

    static func milliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }

    /// The machine's next action, after an answer.
    mutating func next(_ answer: AttemptMachine.Answer, _ worker: Int, _ id: Int) {
        guard let place = place(of: id, worker) else { return }
        workers[worker].executions[place].token += 1
        workers[worker].executions[place].waiting = .nothing
        if workers[worker].executions[place].isCancelled { workers[worker].executions[place].machine.cancelRequested() }
        note(
            "worker \(worker): \(Checker.text(workers[worker].executions[place].name)) hears \(answer)"
        )
        let action = workers[worker].executions[place].machine.next(answer, now: .milliseconds(clock(ofWorker: worker)))
        perform(action, worker, id)
    }

    mutating func wait(_ waiting: Waiting, milliseconds: Int?, _ worker: Int, _ place: Int) {
        workers[worker].executions[place].waiting = waiting
        workers[worker].executions[place].token += 1
        guard let milliseconds else { return }
        let execution = workers[worker].executions[place].id, token = workers[worker].executions[place].token
        queue.push(.timer(process(ofWorker: worker), execution: execution, token: token), at: now + milliseconds)
    }

    // MARK: Connecting

    private mutating func connect(_ worker: Int, _ id: Int, _ place: Int) {
        let execution = workers[worker].executions[place]
        guard !execution.job.work.become || sites[execution.site].hasRoot else { return next(.noRoot("no sudo"), worker, id) }
        let link =
            usableLink(worker, execution.site, execution.job.work.become ? 1 : 0)
            ?? openLink(worker, execution.site, execution.job.work.become ? 1 : 0)
        workers[worker].executions[place].link = link
        guard links[link].isOpen else { return wait(.link, milliseconds: nil, worker, place) }
        next(.connected(hostKey: shownKey(link, execution)), worker, id)
    }

    func shownKey(_ link: Int, _ execution: Execution) -> String { settings.bug == .startsUnderNewKey ? execution.job.hostKey : links[link].keyText }

    private mutating func reconnect(_ action: AttemptMachine.Action, _ worker: Int, _ place: Int) {
        let execution = workers[worker].executions[place]
        let directory = execution.job.work.become ? 1 : 0
        let link = usableLink(worker, execution.site, directory) ?? openLink(worker, execution.site, directory)
        workers[worker].executions[place].link = link
        if links[link].isOpen { converse(action, worker, place, link) } else { wait(.newLink(action), milliseconds: nil, worker, place) }
    }

    // MARK: Looking

    private mutating func look(isGuard: Bool, _ worker: Int, _ place: Int, _ link: Int) {
        let meaning = scenario.meanings[workers[worker].executions[place].job.work.command]
        let id = workers[worker].nextLook
        workers[worker].nextLook += 1
        let question = isGuard ? meaning?.guardQuestion : meaning?.healthQuestion
        send(.look(id: id, slot: id % 16, question ?? .exit(0), ticks: random.percent(80) ? 0 : random.below(200)), link)
        wait(.look(id), milliseconds: 60_000, worker, place)
    }

    // MARK: Starting

    /// The lease is looked at, then the frame is made, then it goes out: the process may stand still in between.
    private mutating func beginStart(_ worker: Int, _ place: Int) {
        let clock = clock(ofWorker: worker)
        let isOpen = workers[worker].machine.leaseEnds.map { .milliseconds(clock) < $0 } ?? false
        guard isOpen || settings.bug == .ignoresLateness else { return wait(.gate, milliseconds: 200, worker, place) }
        guard let link = workers[worker].executions[place].link else { return }
        workers[worker].executions[place].notAfter =
            settings.bug == .ignoresLateness ? 1_000_000_000 : clock / 1000 + links[link].uptimeOffset + scenario.patience
        wait(.write, milliseconds: random.percent(90) ? 0 : random.below(20), worker, place)
        if tempts(.workerStopped) { stopWorker(worker) }
        if tempts(.workerKilled) { killWorker(worker) }
    }

    private mutating func write(_ worker: Int, _ id: Int) {
        guard let place = place(of: id, worker), let link = workers[worker].executions[place].link else { return }
        guard !links[link].isDead else { return next(.lost("gone before the start"), worker, id) }
        let execution = workers[worker].executions[place]
        if execution.job.work.become || !sites[execution.site].hasRoot { return sendStart(worker, place, link) }
        // Root's ledger is where this host is claimed: also for the commands of others.
        let root =
            execution.holdLink.flatMap { links[$0].isDead ? nil : $0 } ?? usableLink(worker, execution.site, 1) ?? openLink(worker, execution.site, 1)
        workers[worker].executions[place].holdLink = root
        wait(.held, milliseconds: 30_000, worker, place)
        if links[root].isOpen { sendHold(worker, place, root) }
    }

    mutating func sendHold(_ worker: Int, _ place: Int, _ root: Int) {
        let execution = workers[worker].executions[place]
        // A connection made later may lead to another machine, or another boot of it: a claim there keeps nobody out here.
        guard let link = execution.link, links[link].key.machine == links[root].key.machine, links[link].key.boot == links[root].key.boot else {
            for link in [execution.link, root].compactMap(\.self) { cut(link, isNoticed: true) }
            return next(.lost("root's runner is elsewhere"), worker, execution.id)
        }
        send(.hold(HoldFrame(key: links[root].key, notAfter: execution.notAfter, name: execution.name, owner: owner(of: execution), ledger: 0)), root)
    }

    private func owner(of execution: Execution) -> Owner {
        settings.bug == .losesHostWideLock ? Owner(run: 0, coordinator: 0) : checker.owner(of: execution.job.id)
    }

    mutating func sendStart(_ worker: Int, _ place: Int, _ link: Int) {
        let execution = workers[worker].executions[place]
        let meaning = scenario.meanings[execution.job.work.command]
        let isNewKeyTaken = settings.bug == .startsUnderNewKey || settings.bug == .reconnectsSilently
        let limit = Self.milliseconds(execution.job.work.timeout)
        let frame = StartFrame(
            key: isNewKeyTaken ? links[link].key : Self.hostKey(execution.job.hostKey), notAfter: execution.notAfter, limit: limit / 1000,
            name: execution.name,
            owner: owner(of: execution), command: meaning?.command ?? Command())
        checker.startSent(execution.name, now)
        meet(execution.name, link, percent: 15)
        for start in others(than: frame, link) where random.percent(60) { queue.push(.release(start: start), at: now + random.between(0, 5)) }
        if !isHealed, random.percent(scenario.holds) { hold(frame, link) } else { send(.start(frame), link) }
        follow(claimUntil: clock(ofWorker: worker) + scenario.patience * 1000, worker, place)
        ask(worker, place)
        if tempts(.linkCut) { cut(link, isNoticed: true) }
        if tempts(.workerKilled) { killWorker(worker) }
    }

    static func hostKey(_ text: String) -> HostKey {
        let parts = text.split(separator: "/").map { $0.split(separator: ".").compactMap { Int($0) } }
        guard parts.count == 3, parts[1].count == 2, let ledger = parts[0].first, let machine = parts[2].first else {
            return HostKey(ledger: 0, boot: Boot(id: 0, start: 0), machine: 0)
        }
        return HostKey(ledger: ledger, boot: Boot(id: parts[1][0], start: parts[1][1]), machine: machine)
    }

    // MARK: Following

    private mutating func follow(claimUntil: Int?, _ worker: Int, _ place: Int) {
        let clock = clock(ofWorker: worker)
        workers[worker].executions[place].claimUntil = claimUntil
        workers[worker].executions[place].deadline = clock + Self.milliseconds(workers[worker].executions[place].job.work.timeout)
        workers[worker].executions[place].wasSeenRunning = false
        workers[worker].executions[place].isCancelSent = false
        workers[worker].executions[place].pause = 500
    }

    /// Waits for the host to speak up; then asks.
    private mutating func ask(_ worker: Int, _ place: Int) {
        let left = workers[worker].executions[place].deadline - clock(ofWorker: worker)
        let pause = workers[worker].executions[place].pause
        let wait = workers[worker].executions[place].isCancelSent || left <= 0 ? min(pause, 1000) : min(pause, left)
        self.wait(.following, milliseconds: wait, worker, place)
    }

    private mutating func askOn(_ worker: Int, _ place: Int) {
        guard let link = workers[worker].executions[place].link else { return }
        let name = workers[worker].executions[place].name
        if workers[worker].executions[place].deadline <= clock(ofWorker: worker), !workers[worker].executions[place].isCancelSent {
            workers[worker].executions[place].isCancelSent = true
            send(.cancel(name, .deadline), link)
        } else {
            workers[worker].executions[place].pause = min(2 * workers[worker].executions[place].pause, 2000)
            send(.tell(name), link)
        }
        ask(worker, place)
    }

    /// A worker's question likes to meet the command's end.
    mutating func askAtEnd(of name: AttemptName) {
        for worker in workers.indices where workers[worker].isAlive && workers[worker].stoppedUntil <= now {
            for execution in workers[worker].executions where execution.name == name && execution.waiting == .following {
                if let link = execution.link { send(.tell(name), link) }
            }
        }
    }

    // MARK: Timers

    mutating func timerRings(_ process: Incarnation, _ id: Int, _ token: Int, _ event: Event) {
        let worker = process.place
        guard workers[worker].isAlive, workers[worker].life == process.life, let place = place(of: id, worker),
            workers[worker].executions[place].token == token,
            isReady(worker: process, event)
        else { return }
        switch workers[worker].executions[place].waiting {
        case .nothing, .link, .newLink: break
        case .pause: next(.waited, worker, id)
        case .gate:
            if workers[worker].executions[place].isCancelled { workers[worker].executions[place].machine.cancelRequested() }
            perform(.start, worker, id)
        case .write: write(worker, id)
        case .following: askOn(worker, place)
        case .look, .told, .revoked, .held:
            // A runner that stays silent has failed.
            let execution = workers[worker].executions[place]
            if let link = execution.waiting == .held ? execution.holdLink : execution.link { cut(link, isNoticed: false) }
            next(.lost("no answer"), worker, id)
        }
    }
}
