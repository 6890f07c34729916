/// A machine with runners, as a value: what protocol/runner.md and runner.sh say, in steps that the caller chooses.
///
/// Every process is a program that stands between two system calls that matter. `runnableProcesses()` tells who could go on,
/// `step(pid)` lets one go on by one such call. Nothing else moves: no clock, no randomness, no order of its own.
///
/// ```
/// var host = HostModel(machine: 1)
/// let runner = host.openRunner(ledger: 0)            // then step it: HELLO with the key comes first
/// host.deliver(.start(frame), to: runner)            // whole frames; `.torn` for one that was cut
/// for pid in host.runnableProcesses() { host.step(pid) }
/// let answers = host.takeMessages(from: runner)
/// host.advance(by: 100)                              // ticks: 1/100 s; `nextWakeUp` tells when somebody waits for the clock
/// ```
/// `settle()` steps everybody in turn until only the clock could move something.
/// Faults: `kill`, `stop`, `resume`, `killAll(of:)`, `reboot(losing:)`, `restartContainer()`, `wipeLedger`, `revertLedger`, `isFull` and
/// `isReadOnly` of a ledger, `planted` bugs. Another machine behind the same name is another `HostModel`.
/// For checkers: `starts`, `isAlive`, `aliveAttempts`, `aliveOwners`, `effects`, `strayKills`, `ledgers`, `processes`.
package struct HostModel: Sendable {
    package let machine: Int
    package internal(set) var boot: Boot
    /// Time since boot, in ticks.
    package internal(set) var ticks: Int
    package internal(set) var processes: [ModelProcess] = []
    package internal(set) var ledgers: [Ledger] = []
    /// How often the command of an attempt took effect.
    package internal(set) var starts: [AttemptName: Int] = [:]
    package internal(set) var effects: [Effect] = []
    /// Signals for one attempt that hit a process of another.
    package internal(set) var strayKills = 0
    package var planted = PlantedBugs()
    var connections: [Connection] = []
    var openGates: [AttemptName] = []
    private var nextRunner = 1
    private var nextLedger = 1
    private var nextPID = 2
    private var lastStarts: [Int]

    /// One thing that a command did.
    package struct Effect: Hashable, Sendable {
        package enum Stage: Sendable { case begun, ended }
        package var attempt: AttemptName
        package var effect: Int?
        package var stage: Stage
    }

    struct Connection: Sendable {
        let id: RunnerID
        let pid: Int
        let start: Int
        let ledger: Int
        var inbox: [Frame] = []
        var outbox: [Message] = []
        var isClosed = false
        /// The runner ended its side by itself.
        var hasLeft = false
    }

    /// - Parameters:
    ///   - machine: the machine id; ledger ids are made from it, so it must be unique within a simulation.
    ///   - pids: how many pids there are; few, so that they come again soon.
    ///   - uptime: in seconds.
    package init(machine: Int, pids: Int = 48, uptime: Int = 1000) {
        self.machine = machine
        boot = Boot(id: machine * 1000 + 1, start: 1)
        ticks = uptime * 100
        lastStarts = [Int](repeating: -1, count: pids + 2)
    }

    /// In seconds, as runners read it.
    package var uptime: Int { ticks / 100 }

    package mutating func advance(by ticks: Int) { self.ticks += ticks }

    // MARK: Connections

    /// A new runner on a ledger, which it makes if there is none. Its HELLO comes with its first step.
    package mutating func openRunner(ledger directory: Int = 0) -> RunnerID {
        _ = ledgerIndex(directory)
        connections = connections.filter { !$0.isClosed || isRunning($0.pid, $0.start) }
        let id = nextRunner
        nextRunner += 1
        let pid = spawn(.runner, parent: 1, runner: id, attempt: nil, owner: nil, .runner(RunnerProgram(ledger: directory)))
        connections.append(Connection(id: id, pid: pid, start: ticksOfStart(pid), ledger: directory))
        return id
    }

    /// The key that a runner opened now would tell.
    package mutating func key(ledger directory: Int = 0) -> HostKey {
        HostKey(ledger: ledgers[ledgerIndex(directory)].id, boot: boot, machine: machine)
    }

    /// Puts a frame into the runner's input. False: its stream is closed, or the runner does not read any more.
    @discardableResult
    package mutating func deliver(_ frame: Frame, to runner: RunnerID) -> Bool {
        guard let index = connectionIndex(runner), !connections[index].isClosed, !connections[index].hasLeft else { return false }
        connections[index].inbox.append(frame)
        return true
    }

    /// What was said on the stream since the last call.
    package mutating func takeMessages(from runner: RunnerID) -> [Message] {
        guard let index = connectionIndex(runner), !connections[index].outbox.isEmpty else { return [] }
        defer { connections[index].outbox.removeAll() }
        return connections[index].outbox
    }

    /// Ends the stream in both directions. Frames that were delivered are still read; what is said goes nowhere.
    package mutating func closeStream(_ runner: RunnerID) {
        guard let index = connectionIndex(runner) else { return }
        connections[index].isClosed = true
        connections[index].outbox = []
    }

    /// Whether the runner ended its stream by itself, whatever else of it still runs.
    package func hasLeft(_ runner: RunnerID) -> Bool { connectionIndex(runner).map { connections[$0].hasLeft } ?? false }

    /// The pid of a runner that still reads its stream, or watches after it.
    package func pid(of runner: RunnerID) -> Int? {
        guard let index = connectionIndex(runner) else { return nil }
        let connection = connections[index]
        return isRunning(connection.pid, connection.start) ? connection.pid : nil
    }

    // MARK: Steps

    /// Who could go on now, in order of birth.
    package func runnableProcesses() -> [Int] {
        var pids: [Int] = []
        for index in processes.indices where isRunnable(index) { pids.append(processes[index].pid) }
        return pids
    }

    /// When the clock alone makes somebody runnable, in ticks; nil: never.
    package func nextWakeUp() -> Int? {
        var next: Int?
        for index in processes.indices where processes[index].status == .running {
            if let time = wakeUp(index), time > ticks, time < next ?? .max { next = time }
        }
        return next
    }

    /// Lets a process go on by one system call that matters. Nothing happens if it can't.
    package mutating func step(_ pid: Int) {
        guard let index = index(of: pid), isRunnable(index) else { return }
        switch processes[index].program {
        case .runner(let program): stepRunner(index, program)
        case .supervisor(let program): stepSupervisor(index, program)
        case .child(let program): stepChild(index, program)
        case .command(let program): endCommand(index, program)
        case .look(let program): stepLook(index, program)
        case .ender(let program): stepEnder(index, program)
        case .daemon: break
        }
    }

    /// Steps everybody in turn until nobody can go on before the clock does.
    /// - Returns: false if that took more steps than the limit.
    @discardableResult
    package mutating func settle(limit: Int = 100_000) -> Bool {
        var left = limit
        while true {
            let pids = runnableProcesses()
            if pids.isEmpty { return true }
            for pid in pids { step(pid) }
            left -= pids.count
            if left < 0 { return false }
        }
    }

    // MARK: For checkers

    /// A command of this attempt has a live process.
    package func isAlive(_ name: AttemptName) -> Bool {
        processes.contains { $0.attempt == name && $0.kind == .command && $0.status != .zombie }
    }

    /// Attempts whose command, not only what it left behind, has a live process.
    package var aliveAttempts: [AttemptName] { processes.compactMap { $0.kind == .command && $0.status != .zombie ? $0.attempt : nil } }
    /// Whose commands have live processes.
    package var aliveOwners: [Owner] { processes.compactMap { $0.kind == .command && $0.status != .zombie ? $0.owner : nil } }

    /// Lets a command without duration end.
    package mutating func openGate(of name: AttemptName) { openGates.append(name) }

    func answer(_ question: Question) -> Int {
        switch question {
        case .exit(let code): code
        case .isThere(let effect): effects.contains { $0.effect == effect && $0.stage == .ended } ? 0 : 1
        }
    }

    // MARK: Lookups

    func index(of pid: Int) -> Int? {
        for index in processes.indices where processes[index].pid == pid { return index }
        return nil
    }

    func connectionIndex(_ runner: RunnerID) -> Int? {
        for index in connections.indices where connections[index].id == runner { return index }
        return nil
    }

    /// Where a ledger's directory is in the list; made, without an id, when it is not.
    mutating func ledgerIndex(_ directory: Int) -> Int {
        if let index = ledgers.firstIndex(where: { $0.directory == directory }) { return index }
        ledgers.append(Ledger(directory: directory))
        return ledgers.count - 1
    }

    func ledger(_ directory: Int) -> Ledger? {
        for ledger in ledgers where ledger.directory == directory { return ledger }
        return nil
    }

    mutating func makeLedgerID(_ directory: Int) -> Int {
        let index = ledgerIndex(directory)
        if ledgers[index].id == 0, !ledgers[index].isReadOnly {
            ledgers[index].id = machine * 1000 + nextLedger
            nextLedger += 1
        }
        return ledgers[index].id
    }

    /// `born`: there is a process with that pid and start time, and it is no zombie.
    func isRunning(_ pid: Int, _ start: Int) -> Bool {
        guard let index = index(of: pid) else { return false }
        return processes[index].start == start && processes[index].status != .zombie
    }

    func hasMembers(_ group: Int) -> Bool { processes.contains { $0.group == group && $0.status != .zombie } }
    func ticksOfStart(_ pid: Int) -> Int { index(of: pid).map { processes[$0].start } ?? 0 }

    mutating func say(_ message: Message, _ runner: RunnerID) {
        guard let index = connectionIndex(runner), !connections[index].isClosed else { return }
        connections[index].outbox.append(message)
    }

    // MARK: Birth

    /// Starts a process with the next pid that neither a process nor a group has.
    mutating func spawn(
        _ kind: ModelProcess.Kind, parent: Int, runner: RunnerID, attempt: AttemptName?, owner: Owner?, _ program: Program
    ) -> Int {
        var pid = nextPID, isSecondRound = false
        while true {
            if pid >= lastStarts.count {
                // All are taken when the search came round: the space grows.
                if isSecondRound { lastStarts.append(-1) } else { pid = 2 }
                isSecondRound = true
            }
            if !processes.contains(where: { $0.pid == pid || $0.group == pid }) { break }
            pid += 1
        }
        nextPID = pid + 1
        // No pid comes twice within one tick.
        let start = max(ticks, lastStarts[pid] + 1)
        lastStarts[pid] = start
        let group = index(of: parent).map { processes[$0].group } ?? pid
        processes.append(
            ModelProcess(
                pid: pid, start: start, parent: parent, group: group, kind: kind, runner: runner, attempt: attempt, owner: owner, program: program))
        return pid
    }

    mutating func forgetPIDs() {
        for index in lastStarts.indices { lastStarts[index] = -1 }
        nextPID = 2
    }
}
