import RunnerModel
import Testing

/// Orders of steps that chance finds too rarely, each written out.
@Suite("The model of a host, step by step")
struct ModelRaceTests {
    private var host = HostModel(machine: 1)

    private mutating func open(ledger: Int = 0) -> (runner: RunnerID, key: HostKey) {
        let runner = host.openRunner(ledger: ledger)
        host.settle()
        guard case .hello(let key, _, _)? = host.takeMessages(from: runner).first else { return (runner, host.key(ledger: ledger)) }
        return (runner, key)
    }

    private func start(_ job: Int, _ key: HostKey, _ owner: Owner, notAfter: Int? = nil, limit: Int = 3600) -> Frame {
        .start(
            StartFrame(
                key: key, notAfter: notAfter ?? host.uptime + 60, limit: limit, name: AttemptName(job), owner: owner, command: Command(duration: nil)))
    }

    private mutating func step(_ pid: Int, _ count: Int) { for _ in 0..<count { host.step(pid) } }

    /// Steps a runner until it has forked a supervisor, which has not taken a step. Its pid.
    private mutating func supervisor(of job: Int, _ runner: RunnerID) -> Int {
        let loop = host.pid(of: runner) ?? 0
        for _ in 0..<100 {
            if let process = host.processes.last(where: { $0.attempt == AttemptName(job) && $0.kind == .supervisor && $0.runner == runner }) {
                return process.pid
            }
            host.step(loop)
        }
        return 0
    }

    @Test("reads the clock before the record of another's entry", arguments: [[], [PlantedBug.clockAfterRecord]])
    mutating func clockFirst(_ bugs: [PlantedBug]) {
        host.planted = PlantedBugs(bugs)
        let first = open(), second = open()
        host.deliver(start(1, first.key, .first, notAfter: host.uptime), to: first.runner)
        host.deliver(start(2, second.key, .second), to: second.runner)
        let early = supervisor(of: 1, first.runner), late = supervisor(of: 2, second.runner)
        // The first makes its entry and sees nobody; the second finds it, without a record.
        step(early, 3)
        step(late, 5)
        // The first claims and looks at the clock, just in time.
        step(early, 7)
        #expect(host.takeMessages(from: first.runner).contains(.started(AttemptName(1), pid: early)))
        host.advance(by: 200)
        host.settle()
        #expect(Set(host.aliveOwners).count == (bugs.isEmpty ? 1 : 2))
        #expect(host.takeMessages(from: second.runner).contains(.refused(AttemptName(2), .busy(.first))) == bugs.isEmpty)
    }

    @Test("writes the line of a cancel that found no room before", arguments: [[], [PlantedBug.markerHidesMissingLine]])
    mutating func lineAfterMarker(_ bugs: [PlantedBug]) {
        host.planted = PlantedBugs(bugs)
        let (runner, _) = open()
        host.setFull(true)
        host.deliver(.cancel(AttemptName(1), .cancelled), to: runner)
        host.settle()
        #expect(host.takeMessages(from: runner) == [.state(AttemptName(1), .absent)])
        host.setFull(false)
        host.deliver(.cancel(AttemptName(1), .cancelled), to: runner)
        host.settle()
        #expect(host.takeMessages(from: runner) == [.state(AttemptName(1), bugs.isEmpty ? .revoked : .absent)])
    }

    @Test("keeps the deadline of a start that is not claimed yet when its stream ends", arguments: [[], [PlantedBug.unclaimedLeftBehind]])
    mutating func unclaimed(_ bugs: [PlantedBug]) {
        host.planted = PlantedBugs(bugs)
        let (runner, key) = open()
        host.deliver(start(1, key, .first, limit: 1), to: runner)
        let supervisor = supervisor(of: 1, runner)
        host.closeStream(runner)
        // The runner finds the end before the supervisor has taken a step.
        let loop = host.pid(of: runner) ?? 0
        step(loop, 10)
        step(supervisor, 3)
        host.settle()
        #expect(host.isAlive(AttemptName(1)))
        for _ in 0..<20 {
            host.advance(by: 100)
            host.settle()
        }
        #expect(host.isAlive(AttemptName(1)) != bugs.isEmpty)
        #expect(host.pid(of: runner) == nil)
    }

    @Test("is free for the next run once a held job is forgotten", arguments: [[], [PlantedBug.forgottenEntriesCount]])
    mutating func forgottenHold(_ bugs: [PlantedBug]) {
        host.planted = PlantedBugs(bugs)
        let root = open(ledger: 0), login = open(ledger: 1)
        let notAfter = host.uptime + 60, name = AttemptName(1)
        host.deliver(.hold(HoldFrame(key: root.key, notAfter: notAfter, name: name, owner: .first, ledger: 1)), to: root.runner)
        host.settle()
        #expect(host.takeMessages(from: root.runner) == [.held(name)])
        host.deliver(start(1, login.key, .first, notAfter: notAfter), to: login.runner)
        host.openGate(of: name)
        host.settle()
        host.deliver(.forget(coordinator: 1, low: 1, [name]), to: login.runner)
        host.settle()
        #expect(host.ledgers.allSatisfy { $0.lines(of: name).isEmpty })
        host.deliver(start(2, root.key, .second), to: root.runner)
        host.settle()
        #expect(host.isAlive(AttemptName(2)) == bugs.isEmpty)
    }

    @Test("lets no child become the command when its supervisor is gone", arguments: [[], [PlantedBug.childIgnoresLossOfSupervisor]])
    mutating func orphanedChild(_ bugs: [PlantedBug]) throws {
        host.planted = PlantedBugs(bugs)
        let (runner, key) = open()
        host.deliver(start(1, key, .first), to: runner)
        let supervisor = supervisor(of: 1, runner)
        // As far as the fork, and not one step of the child.
        for _ in 0..<100 where !host.processes.contains(where: { $0.kind == .child }) { host.step(supervisor) }
        let child = try #require(host.processes.first { $0.kind == .child }?.pid)
        host.stop(child)
        host.kill(supervisor)
        host.deliver(.tell(AttemptName(1)), to: runner)
        host.settle()
        #expect(host.takeMessages(from: runner).last == .state(AttemptName(1), .never))
        host.resume(child)
        host.settle()
        #expect(host.starts[AttemptName(1)] ?? 0 == (bugs.isEmpty ? 0 : 1))
        host.deliver(.tell(AttemptName(1)), to: runner)
        host.settle()
        #expect(host.takeMessages(from: runner).last == .state(AttemptName(1), bugs.isEmpty ? .never : .orphan))
    }

    @Test("gives a pid again only when neither process nor group has it")
    mutating func pids() {
        host = HostModel(machine: 1, pids: 6)
        let (runner, key) = open()
        var seen: Set<[Int]> = []
        for job in 1...40 {
            host.deliver(start(job, key, .first), to: runner)
            host.openGate(of: AttemptName(job))
            host.settle()
            for case .claim(let claim) in host.ledgers[0].lines(of: AttemptName(job)) {
                #expect(seen.insert([claim.pid, claim.start]).inserted)
            }
            #expect(host.starts[AttemptName(job)] == 1)
        }
        #expect(Set(seen.map { $0[0] }).count < 8)
    }

    @Test("has another boot after a power cut, and lost what had not reached the disk")
    mutating func powerCut() {
        let (runner, key) = open()
        host.deliver(start(1, key, .first), to: runner)
        host.settle()
        #expect(host.isAlive(AttemptName(1)))
        host.reboot(losing: 1)
        #expect(host.processes.isEmpty)
        let later = open()
        #expect(later.key.ledger == key.ledger && later.key.boot != key.boot)
        #expect(host.ledgers[0].lines(of: AttemptName(1)).count == 1)
        host.deliver(.tell(AttemptName(1)), to: later.runner)
        host.settle()
        #expect(host.takeMessages(from: later.runner) == [.state(AttemptName(1), .interrupted)])
    }
}
