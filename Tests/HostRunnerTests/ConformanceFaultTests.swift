import RunnerModel
import TestSupport
import Testing

@Suite("A command whose end is forced or not seen, in the model and in every shell", .serialized)
struct ConformanceFaultTests {
    let name = AttemptName(7)

    private func isDone(_ ending: Ending) -> (AttemptState) -> Bool {
        { if case .done(let outcome) = $0 { outcome.ending == ending } else { false } }
    }

    // MARK: Cancels

    @Test("that is cancelled at the moment of its start either never runs or is ended", arguments: Subject.all)
    func cancelRace(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open(), other = try await host.open()
        for job in 1...6 {
            let name = AttemptName(job)
            try await host.start(name, runner, Command(duration: nil))
            try host.send(.cancel(name, .cancelled), to: job % 2 == 0 ? other : runner)
            #expect(try await host.reaches(name, runner) { $0 == .revoked || isDone(.cancelled)($0) })
            #expect(!host.isAlive(name))
        }
    }

    @Test("is cancelled through any runner, with the word of the first cancel", arguments: Subject.all)
    func cancelWord(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open(), other = try await host.open()
        try await host.startWaiting(name, runner)
        try host.send(.cancel(name, .deadline), to: other)
        try host.send(.cancel(name, .cancelled), to: other)
        let outcome = try await host.ending(of: name, runner)
        #expect(outcome.ending == .deadline)
        #expect(try await host.reaches(name, other) { $0 == .done(outcome) })
    }

    @Test("that ignores the polite signal is killed", arguments: Subject.all)
    func stubborn(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        try await host.startWaiting(name, runner, ignoresTerminate: true)
        try host.send(.cancel(name, .cancelled), to: runner)
        #expect(try await host.ending(of: name, runner) == Outcome(exitCode: 137, ending: .cancelled))
        #expect(!host.isAlive(name))
    }

    @Test("that ended before its cancel keeps its outcome", arguments: Subject.all)
    func cancelAfter(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        #expect(try await host.run(name, runner, Command(exitCode: 6)) == .ended(name, 6))
        try host.send(.cancel(name, .cancelled), to: runner)
        #expect(try await host.stateAnswer(name, runner) == .done(Outcome(exitCode: 6, ending: .exit)))
    }

    @Test("leaves a stranger alone that has its number", arguments: Subject.all)
    func stranger(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        let stranger = AttemptName(8)
        let supervisor = try await host.startWaiting(stranger, runner)
        // As if the number had gone round: the command of a dead supervisor had it, born at another time.
        try host.write(name, [host.deadClaim(runner), .run(pid: supervisor, start: 9)])
        #expect(try await host.state(name, runner) == .interrupted)
        try host.send(.cancel(name, .cancelled), to: runner)
        #expect(try await host.stateAnswer(name, runner) == .interrupted)
        #expect(try await host.state(stranger, runner) == .running)
        try host.openGate(of: stranger)
        #expect(try await host.outcome(of: stranger, runner) == .ended(stranger))
    }

    @Test("that has a marker of a cancel but no line is revoked by the next cancel: the disk was full", arguments: Subject.all)
    func markerAlone(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        try host.write(name, [], marker: .cancelled)
        try host.send(.cancel(name, .cancelled), to: runner)
        #expect(try await host.stateAnswer(name, runner) == .revoked)
        #expect(try await host.run(name, runner) == .state(name, .revoked))
    }

    // MARK: Deadlines

    @Test("is ended at its deadline by whoever asks", arguments: Subject.all)
    func deadline(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open(), other = try await host.open()
        try await host.startWaiting(name, runner, limit: 1)
        #expect(try await host.reaches(name, other, isDone(.deadline)))
        #expect(try await host.ending(of: name, runner).ending == .deadline)
    }

    @Test("runs past its deadline while nobody asks", arguments: Subject.all)
    func noTimer(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        try await host.startWaiting(name, runner, limit: 1)
        let begun = try await host.uptime(runner)
        #expect(try await host.eventually { try await host.uptime(runner) > begun + 3 })
        #expect(host.isAlive(name))
        // The first TELL says how it stands, and acts.
        #expect(try await host.state(name, runner) == .running)
        #expect(try await host.reaches(name, runner, isDone(.deadline)))
    }

    @Test("is ended at its deadline by the runner when its stream has ended, which then leaves", arguments: Subject.all)
    func watchdog(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        try await host.startWaiting(name, runner, limit: 1)
        host.closeStream(runner)
        #expect(try await host.eventually { !host.isAlive(name) })
        #expect(try await host.eventually { host.hasEnded(runner) })
        let next = try await host.open()
        #expect(try await host.reaches(name, next, isDone(.deadline)))
    }

    @Test("is ended at its deadline as an orphan too", arguments: Subject.all)
    func orphanDeadline(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        try await host.kill(host.startWaiting(name, runner, limit: 1))
        #expect(try await host.reaches(name, runner) { $0 == .interrupted })
        #expect(!host.isAlive(name))
    }

    @Test("is ended at its deadline when the stream was cut in the middle of a frame", arguments: Subject.all)
    func tornFrame(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        try await host.startWaiting(name, runner, limit: 1)
        try host.send(.torn, to: runner)
        host.closeStream(runner)
        #expect(try await host.eventually { host.hasEnded(runner) })
        #expect(!host.isAlive(name))
        let next = try await host.open()
        #expect(try await host.reaches(name, next, isDone(.deadline)))
        #expect(try await host.state(AttemptName(1), next) == .absent, "half a frame started something")
    }

    @Test("is ended at its deadline when the stream ends right behind its start", arguments: Subject.all)
    func endBehindStart(_ subject: Subject) async throws {
        let host = try subject.host()
        for job in 1...3 {
            let runner = try await host.open(), name = AttemptName(job)
            try await host.start(name, runner, Command(duration: nil), limit: 1)
            host.closeStream(runner)
            #expect(try await host.eventually { try host.starts(of: name) == 1 })
            #expect(try await host.eventually { !host.isAlive(name) })
            #expect(try await host.eventually { host.hasEnded(runner) })
            let next = try await host.open()
            #expect(try await host.reaches(name, next, isDone(.deadline)))
        }
    }

    @Test("is not waited for by a runner whose stream has ended once it is over", arguments: Subject.all)
    func watchdogLeaves(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        try await host.startWaiting(name, runner)
        host.closeStream(runner)
        try host.openGate(of: name)
        #expect(try await host.eventually { host.hasEnded(runner) })
        let next = try await host.open()
        #expect(try await host.state(name, next) == .done(Outcome(exitCode: 0, ending: .exit)))
    }

    // MARK: Deaths

    @Test("goes on when its runner is killed, and is followed by another", arguments: Subject.all)
    func runnerKilled(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        try await host.startWaiting(name, runner)
        try await host.killRunner(runner)
        let next = try await host.open()
        #expect(host.key(of: next) == host.key(of: runner))
        #expect(try await host.run(name, next) == .state(name, .running))
        try host.openGate(of: name)
        #expect(try await host.reaches(name, next) { $0 == .done(Outcome(exitCode: 0, ending: .exit)) })
        #expect(try host.starts(of: name) == 1)
    }

    @Test("ends unseen when its supervisor was killed, and is never run again", arguments: Subject.all)
    func supervisorKilled(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        let next = AttemptName(7, 2)
        try await host.kill(host.startWaiting(name, runner))
        #expect(try await host.reaches(name, runner) { $0 == .orphan })
        #expect(try await host.run(next, runner) == .refused(next, .previous(.orphan)))
        try host.openGate(of: name)
        #expect(try await host.reaches(name, runner) { $0 == .interrupted })
        #expect(try await host.run(name, runner) == .state(name, .interrupted))
        #expect(try host.starts(of: name) == 1)
        #expect(try await host.run(next, runner) == .ended(next))
    }

    @Test("is an orphan as long as any of its group lives", arguments: Subject.all)
    func groupLives(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        try await host.start(name, runner, Command(effect: 5, duration: nil, leavesDaemon: true))
        let answer = try await host.answer(from: runner) { if case .started = $0 { true } else { false } }
        guard case .started(_, let supervisor) = answer else { return }
        #expect(try await host.eventually { try host.starts(of: name) == 1 })
        host.kill(supervisor)
        try host.openGate(of: name)
        // Its leader ends, and leaves one behind.
        #expect(try await host.eventually { try await host.look(.isThere(effect: 5), runner) == 0 })
        #expect(try await host.reaches(name, runner) { $0 == .orphan })
        #expect(host.isAlive(name))
        host.killCommand(of: name)
        #expect(try await host.reaches(name, runner) { $0 == .interrupted })
    }

    @Test("whose process is killed by somebody else is done", arguments: Subject.all)
    func commandKilled(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        try await host.startWaiting(name, runner)
        host.killCommand(of: name)
        // What it was waiting in may live a little longer than itself.
        let outcome = try await host.ending(of: name, runner)
        #expect(outcome.exitCode == 137 && outcome.ending == .exit)
    }

    // MARK: Boots

    @Test("is interrupted by another boot, whatever it had recorded", arguments: Subject.all)
    func reboot(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        let over = AttemptName(1), revoked = AttemptName(2), next = AttemptName(7, 2)
        #expect(try await host.run(over, runner, Command(exitCode: 2)) == .ended(over, 2))
        try host.send(.revoke(revoked), to: runner)
        #expect(try await host.stateAnswer(revoked, runner) == .revoked)
        try await host.startWaiting(name, runner)
        let old = host.key(of: runner)
        try await host.reboot()
        let later = try await host.open()
        let key = host.key(of: later)
        #expect(key.ledger == old.ledger && key.machine == old.machine && key.boot != old.boot)
        #expect(try await host.state(name, later) == .interrupted)
        #expect(try await host.state(over, later) == .done(Outcome(exitCode: 2, ending: .exit)))
        #expect(try await host.state(revoked, later) == .revoked)
        try await host.start(AttemptName(3), later, key: old)
        #expect(try await host.outcome(of: AttemptName(3), later) == .refused(AttemptName(3), .identity(key)))
        // It holds the machine no longer.
        #expect(try await host.run(AttemptName(30), later, owner: .second) == .ended(AttemptName(30)))
        #expect(try await host.run(next, later) == .ended(next))
        #expect(try host.starts(of: name) == 1)
    }
}
