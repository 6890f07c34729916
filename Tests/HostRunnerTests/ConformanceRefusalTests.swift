import RunnerModel
import TestSupport
import Testing

@Suite("A start that is refused, in the model and in every shell", .serialized)
struct ConformanceRefusalTests {
    let name = AttemptName(7)

    private func wrong(_ host: any HostUnderTest, _ runner: RunnerID) -> HostKey {
        let key = host.key(of: runner)
        return HostKey(ledger: 900, boot: key.boot, machine: key.machine)
    }

    @Test("is told the first reason of all there are", arguments: Subject.all)
    func order(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        let key = host.key(of: runner), wrong = wrong(host, runner), past = try await host.uptime(runner) - 5
        let next = AttemptName(7, 2)
        try await host.startWaiting(AttemptName(20), runner, owner: .second)
        try host.send(.forget(coordinator: 1, low: 9, []), to: runner)
        // Wrong host, too late, forgotten, without a first attempt, while another run is at work.
        try await host.start(next, runner, key: wrong, notAfter: past)
        #expect(try await host.outcome(of: next, runner) == .refused(next, .identity(key)))
        try await host.start(next, runner, notAfter: past)
        #expect(try await host.outcome(of: next, runner) == .refused(next, .late))
        #expect(try await host.run(next, runner) == .refused(next, .forgotten))
        let later = AttemptName(10, 2)
        #expect(try await host.run(later, runner) == .refused(later, .previous(.absent)))
        let first = AttemptName(10)
        #expect(try await host.run(first, runner) == .refused(first, .busy(.second)))
        for name in [next, later, first] {
            #expect(try await host.state(name, runner) == .absent)
            #expect(try host.starts(of: name) == 0)
        }
        try host.openGate(of: AttemptName(20))
        #expect(try await host.outcome(of: AttemptName(20), runner) == .ended(AttemptName(20)))
        #expect(try await host.run(first, runner) == .ended(first))
    }

    @Test("gets the state instead if there is a record, whatever else is wrong with it", arguments: Subject.all)
    func recordFirst(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        #expect(try await host.run(name, runner) == .ended(name))
        try await host.startWaiting(AttemptName(20), runner, owner: .second)
        try await host.start(name, runner, key: wrong(host, runner), notAfter: 0)
        #expect(try await host.outcome(of: name, runner) == .state(name, .done(Outcome(exitCode: 0, ending: .exit))))
        try host.openGate(of: AttemptName(20))
    }

    @Test("for the key of another ledger of the same machine", arguments: Subject.all)
    func otherLedger(_ subject: Subject) async throws {
        let host = try subject.host()
        let first = try await host.open(ledger: 0), second = try await host.open(ledger: 1)
        let key = host.key(of: second)
        #expect(key != host.key(of: first))
        #expect(key.machine == host.key(of: first).machine && key.boot == host.key(of: first).boot)
        try await host.start(name, second, key: host.key(of: first))
        #expect(try await host.outcome(of: name, second) == .refused(name, .identity(key)))
    }

    @Test("for the key of a ledger that another has taken the place of", arguments: Subject.all)
    func replacedLedger(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        #expect(try await host.run(name, runner) == .ended(name))
        try host.wipe()
        // The runner still tells the old key, and the new ledger knows nothing of what ran.
        let next = try await host.open()
        let key = host.key(of: next)
        #expect(key != host.key(of: runner))
        #expect(try await host.run(name, runner) == .refused(name, .identity(key)))
        #expect(try host.starts(of: name) == 1)
        #expect(try await host.state(name, next) == .never)
        // It holds the machine no longer.
        #expect(try await host.run(AttemptName(8), next, owner: .second) == .ended(AttemptName(8)))
    }

    @Test("is not told of a ledger that another has taken the place of: the stream ends", arguments: Subject.all)
    func toldOfReplacedLedger(_ subject: Subject) async throws {
        let host = try subject.host()
        let telling = try await host.open(), revoking = try await host.open(), cancelling = try await host.open()
        #expect(try await host.run(name, telling) == .ended(name))
        try host.wipe()
        // "absent" or "revoked" under the old key would mean that it never ran.
        _ = try await host.open()
        try host.send(.tell(name), to: telling)
        try host.send(.revoke(name), to: revoking)
        try host.send(.cancel(name, .cancelled), to: cancelling)
        for runner in [telling, revoking, cancelling] { #expect(try await host.eventually { host.hasEnded(runner) }) }
        #expect(try host.starts(of: name) == 1)
    }

    @Test("while any attempt before it is not settled", arguments: Subject.all)
    func earlierAttempts(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        let second = AttemptName(7, 2), third = AttemptName(7, 3), fourth = AttemptName(7, 4)
        let supervisor = try await host.startWaiting(name, runner)
        for settled in [second, third] {
            try host.send(.revoke(settled), to: runner)
            #expect(try await host.stateAnswer(settled, runner) == .revoked)
        }
        #expect(try await host.run(fourth, runner) == .refused(fourth, .previous(.running)))
        host.kill(supervisor)
        #expect(try await host.reaches(name, runner) { $0 == .orphan })
        #expect(try await host.run(fourth, runner) == .refused(fourth, .previous(.orphan)))
        host.killCommand(of: name)
        #expect(try await host.reaches(name, runner) { $0 == .interrupted })
        // Begun and without a first line: it may be claimed at any moment.
        try host.write(second, [])
        #expect(try await host.run(fourth, runner) == .refused(fourth, .previous(.absent)))
        try host.write(second, [.nonsense])
        #expect(try await host.run(fourth, runner) == .refused(fourth, .previous(.garbled)))
        try host.write(second, [host.deadClaim(runner)])
        #expect(try await host.run(fourth, runner) == .ended(fourth))
        #expect(try host.starts(of: name) == 1)
    }

    @Test("for the key of another boot or machine", arguments: Subject.all)
    func otherParts(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        let key = host.key(of: runner)
        let otherBoot = HostKey(ledger: key.ledger, boot: Boot(id: 900, start: 0), machine: key.machine)
        for other in [otherBoot, HostKey(ledger: key.ledger, boot: key.boot, machine: 901)] {
            try await host.start(name, runner, key: other)
            #expect(try await host.outcome(of: name, runner) == .refused(name, .identity(key)))
        }
        #expect(try await host.run(name, runner) == .ended(name))
    }

    @Test("as late does not hinder one that is in time", arguments: Subject.all)
    func late(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        try await host.start(name, runner, notAfter: host.uptime(runner) - 1)
        #expect(try await host.outcome(of: name, runner) == .refused(name, .late))
        #expect(try await host.run(name, runner) == .ended(name))
        #expect(try host.starts(of: name) == 1)
    }

    @Test("as forgotten, up to a mark that only rises, for each coordinator", arguments: Subject.all)
    func forgotten(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        #expect(try await host.run(name, runner) == .ended(name))
        try host.send(.forget(coordinator: 1, low: 7, [name]), to: runner)
        #expect(try await host.state(name, runner) == .absent)
        #expect(try !host.hasRecord(name))
        for low in [0, 3] {
            for job in [7, 5] { #expect(try await host.run(AttemptName(job), runner) == .refused(AttemptName(job), .forgotten)) }
            try host.send(.forget(coordinator: 1, low: low, []), to: runner)
        }
        #expect(try await host.run(AttemptName(8), runner) == .ended(AttemptName(8)))
        #expect(try await host.run(AttemptName(5), runner, owner: .second) == .ended(AttemptName(5)))
        #expect(try host.starts(of: name) == 1)
        // Whoever is there or comes later sees the same mark.
        let next = try await host.open()
        #expect(try await host.run(AttemptName(6), next) == .refused(AttemptName(6), .forgotten))
    }

    @Test("leaves records alone that were not named, and running ones that were", arguments: Subject.all)
    func forgetRunning(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        #expect(try await host.run(AttemptName(1), runner) == .ended(AttemptName(1)))
        #expect(try await host.run(AttemptName(2), runner) == .ended(AttemptName(2)))
        let supervisor = try await host.startWaiting(AttemptName(3), runner)
        try host.send(.forget(coordinator: 1, low: 3, [AttemptName(2), AttemptName(3)]), to: runner)
        #expect(try await host.state(AttemptName(1), runner) == .done(Outcome(exitCode: 0, ending: .exit)))
        #expect(try await host.state(AttemptName(2), runner) == .absent)
        #expect(try await host.state(AttemptName(3), runner) == .running)
        host.kill(supervisor)
        #expect(try await host.reaches(AttemptName(3), runner) { $0 == .orphan })
        try host.send(.forget(coordinator: 1, low: 3, [AttemptName(3)]), to: runner)
        #expect(try await host.state(AttemptName(3), runner) == .orphan)
        host.killCommand(of: AttemptName(3))
        #expect(try await host.reaches(AttemptName(3), runner) { $0 == .interrupted })
        try host.send(.forget(coordinator: 1, low: 3, [AttemptName(3)]), to: runner)
        #expect(try await host.state(AttemptName(3), runner) == .absent)
    }

    @Test("while another run's job is running or orphaned, and no longer", arguments: Subject.all)
    func busy(_ subject: Subject) async throws {
        let host = try subject.host()
        let first = try await host.open(), second = try await host.open()
        let supervisor = try await host.startWaiting(AttemptName(1), first)
        // A second, shorter job of the same run must not open the door.
        #expect(try await host.run(AttemptName(2), first) == .ended(AttemptName(2)))
        #expect(try await host.run(name, second, owner: .second) == .refused(name, .busy(.first)))
        // The same run under another coordinator is another run.
        #expect(try await host.run(name, second, owner: Owner(run: 1, coordinator: 2)) == .refused(name, .busy(.first)))
        host.kill(supervisor)
        #expect(try await host.reaches(AttemptName(1), second) { $0 == .orphan })
        #expect(try await host.run(name, second, owner: .second) == .refused(name, .busy(.first)))
        host.killCommand(of: AttemptName(1))
        #expect(try await host.reaches(AttemptName(1), second) { $0 == .interrupted })
        #expect(try await host.run(name, second, owner: .second) == .ended(name))
    }

    @Test("by one run is open to the other when the machine is free again, many times over", arguments: Subject.all)
    func alternately(_ subject: Subject) async throws {
        let host = try subject.host()
        let first = try await host.open(), second = try await host.open()
        for round in 0..<12 {
            let name = AttemptName(round + 1), isFirst = round % 2 == 0
            #expect(try await host.run(name, isFirst ? first : second, owner: isFirst ? .first : .second) == .ended(name))
        }
        try await host.startWaiting(AttemptName(30), first)
        #expect(try await host.run(AttemptName(31), second, owner: .second) == .refused(AttemptName(31), .busy(.first)))
        try host.openGate(of: AttemptName(30))
        #expect(try await host.outcome(of: AttemptName(30), first) == .ended(AttemptName(30)))
    }

    @Test("is not for a job in another ledger that nobody held here", arguments: Subject.all)
    func otherLedgerIsFree(_ subject: Subject) async throws {
        let host = try subject.host()
        let first = try await host.open(ledger: 0), second = try await host.open(ledger: 1)
        try await host.startWaiting(AttemptName(1), first)
        #expect(try await host.run(name, second, owner: .second) == .ended(name))
        try host.openGate(of: AttemptName(1))
    }
}
