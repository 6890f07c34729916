import RunnerModel
import TestSupport
import Testing

/// The state table of protocol/runner.md, cell by cell.
@Suite("An attempt, in the model and in every shell", .serialized)
struct ConformanceTests {
    static let name = AttemptName(7)
    static let next = AttemptName(7, 2)

    enum State: CaseIterable { case absent, revoked, cancelledFirst, running, orphan, never, interrupted, otherBoot, done, garbled }
    enum Ask: CaseIterable { case tell, start, revoke, cancel, startNext }

    struct Row: CustomTestStringConvertible {
        let state: State
        let ask: Ask
        var testDescription: String { "\(state), \(ask)" }
    }

    static let table = State.allCases.flatMap { state in Ask.allCases.map { Row(state: state, ask: $0) } }

    /// Brings the attempt into the state. What TELL says of it then.
    private func prepare(_ state: State, _ host: any HostUnderTest, _ runner: RunnerID) async throws -> AttemptState {
        switch state {
        case .absent: return .absent
        case .revoked:
            try host.send(.revoke(Self.name), to: runner)
            return try await host.stateAnswer(Self.name, runner)
        case .cancelledFirst:
            try host.send(.cancel(Self.name, .cancelled), to: runner)
            return try await host.stateAnswer(Self.name, runner)
        case .running:
            try await host.startWaiting(Self.name, runner)
            return .running
        case .orphan:
            try await host.kill(host.startWaiting(Self.name, runner))
            return .orphan
        case .never:
            try host.write(Self.name, [host.deadClaim(runner)])
            return .never
        case .interrupted:
            try host.write(Self.name, [host.deadClaim(runner), .run(pid: 999_998, start: 8)])
            return .interrupted
        case .otherBoot:
            try host.write(Self.name, [host.deadClaim(runner, otherBoot: true)])
            return .interrupted
        case .done:
            let ended = try await host.run(Self.name, runner, Command(exitCode: 3))
            #expect(ended == .ended(Self.name, 3))
            return .done(Outcome(exitCode: 3, ending: .exit))
        case .garbled:
            try host.write(Self.name, [.nonsense])
            return .garbled
        }
    }

    @Test("is where the table says, and goes where it says", arguments: Subject.all, table)
    func cell(_ subject: Subject, _ row: Row) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        let before = try await prepare(row.state, host, runner)
        #expect(try await host.reaches(Self.name, runner) { $0 == before })
        let starts = try host.starts(of: Self.name)
        switch row.ask {
        case .tell: #expect(try await host.state(Self.name, runner) == before)
        case .start:
            let answer = try await host.run(Self.name, runner)
            #expect(answer == (before == .absent ? .ended(Self.name) : .state(Self.name, before)))
        case .revoke:
            try host.send(.revoke(Self.name), to: runner)
            #expect(try await host.stateAnswer(Self.name, runner) == (before == .absent ? .revoked : before))
            // Whatever it was: it does not start any more.
            guard case .state(Self.name, _) = try await host.run(Self.name, runner) else {
                Issue.record("a start after REVOKE was not answered with the state")
                return
            }
        case .cancel: try await cancel(before, host, runner)
        case .startNext:
            let answer = try await host.run(Self.next, runner)
            let isRefused = [.absent, .running, .orphan, .garbled].contains(before)
            #expect(answer == (isRefused ? .refused(Self.next, .previous(before)) : .ended(Self.next)))
            #expect(try host.starts(of: Self.next) == (isRefused ? 0 : 1))
        }
        #expect(try host.starts(of: Self.name) == starts + (row.ask == .start && before == .absent ? 1 : 0))
    }

    private func cancel(_ before: AttemptState, _ host: any HostUnderTest, _ runner: RunnerID) async throws {
        try host.send(.cancel(Self.name, .cancelled), to: runner)
        switch before {
        case .absent: #expect(try await host.stateAnswer(Self.name, runner) == .revoked)
        case .running:
            #expect(
                try await host.reaches(Self.name, runner) {
                    if case .done(let outcome) = $0 { outcome.ending == .cancelled && !outcome.hasLeft } else { false }
                })
            #expect(!host.isAlive(Self.name))
        case .orphan:
            #expect(try await host.reaches(Self.name, runner) { $0 == .interrupted })
            #expect(!host.isAlive(Self.name))
        case .revoked, .never, .interrupted, .garbled, .done: #expect(try await host.stateAnswer(Self.name, runner) == before)
        }
    }

    @Test("is what its first line says, whatever follows", arguments: Subject.all)
    func firstLine(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        let claim = host.deadClaim(runner), end = Outcome(exitCode: 3, ending: .exit, hasLeft: true)
        let records: [([RecordLine], AttemptState)] = [
            ([], .absent), ([.revoke, claim], .revoked), ([.cancel(.cancelled), claim, .run(pid: 999_998, start: 8)], .revoked),
            ([claim, .revoke], .never), ([claim, .cancel(.cancelled)], .never), ([claim, .revoke, .run(pid: 999_998, start: 8)], .interrupted),
            ([claim, .run(pid: 999_998, start: 8), .revoke, .done(end)], .done(end)), ([.nonsense, claim], .garbled),
            ([.run(pid: 999_998, start: 8)], .garbled), ([.done(end)], .garbled), ([claim, claim], .never),
        ]
        for (index, record) in records.enumerated() {
            let name = AttemptName(index + 1)
            try host.write(name, record.0)
            #expect(try await host.state(name, runner) == record.1, "\(record.0)")
        }
    }

    @Test("that has an empty record is absent, and can be started", arguments: Subject.all)
    func emptyRecord(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        try host.write(Self.name, [])
        #expect(try await host.state(Self.name, runner) == .absent)
        #expect(try await host.run(Self.name, runner) == .ended(Self.name))
    }

    @Test("runs once, though two runners get its frame at the same moment", arguments: Subject.all)
    func twice(_ subject: Subject) async throws {
        let host = try subject.host()
        let runners = [try await host.open(), try await host.open()]
        for job in 1...4 {
            let name = AttemptName(job)
            let notAfter = try await host.uptime(runners[0]) + 600
            for runner in runners { try await host.start(name, runner, notAfter: notAfter) }
            for runner in runners {
                #expect(try await host.reaches(name, runner) { $0 == .done(Outcome(exitCode: 0, ending: .exit)) })
            }
            #expect(try host.starts(of: name) == 1)
        }
    }

    @Test("runs once, though its frame comes again and again on one stream", arguments: Subject.all)
    func again(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        for _ in 0..<3 { try await host.start(Self.name, runner, Command(exitCode: 4)) }
        let done = AttemptState.done(Outcome(exitCode: 4, ending: .exit))
        #expect(try await host.reaches(Self.name, runner) { $0 == done })
        #expect(try await host.run(Self.name, runner, Command(exitCode: 5)) == .state(Self.name, done))
        #expect(try host.starts(of: Self.name) == 1)
    }

    @Test("that runs is told to the second runner, and its end to the first", arguments: Subject.all)
    func attached(_ subject: Subject) async throws {
        let host = try subject.host()
        let first = try await host.open(), second = try await host.open()
        try await host.startWaiting(Self.name, first)
        #expect(try await host.run(Self.name, second) == .state(Self.name, .running))
        try host.openGate(of: Self.name)
        #expect(try await host.outcome(of: Self.name, first) == .ended(Self.name))
        #expect(try await host.run(Self.name, second) == .state(Self.name, .done(Outcome(exitCode: 0, ending: .exit))))
        #expect(try host.starts(of: Self.name) == 1)
    }

    @Test("may follow one that left a process behind", arguments: Subject.all)
    func daemon(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        #expect(try await host.run(Self.name, runner, Command(leavesDaemon: true)) == .ended(Self.name, left: true))
        #expect(host.isAlive(Self.name))
        #expect(try await host.run(Self.next, runner) == .ended(Self.next))
        host.killCommand(of: Self.name)
    }

    @Test("follows the one before it only, and a third the second", arguments: Subject.all)
    func third(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        let third = AttemptName(7, 3)
        #expect(try await host.run(third, runner) == .refused(third, .previous(.absent)))
        #expect(try await host.run(Self.name, runner, Command(exitCode: 1)) == .ended(Self.name, 1))
        #expect(try await host.run(third, runner) == .refused(third, .previous(.absent)))
        #expect(try await host.run(Self.next, runner, Command(exitCode: 1)) == .ended(Self.next, 1))
        #expect(try await host.run(third, runner) == .ended(third))
    }

    @Test("does not concern another job", arguments: Subject.all)
    func others(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        try await host.startWaiting(Self.name, runner)
        #expect(try await host.run(AttemptName(8), runner) == .ended(AttemptName(8)))
        #expect(try await host.state(Self.name, runner) == .running)
        #expect(try await host.state(AttemptName(9), runner) == .absent)
        try host.openGate(of: Self.name)
        #expect(try await host.outcome(of: Self.name, runner) == .ended(Self.name))
    }

    @Test("leaves what a look can see", arguments: Subject.all)
    func looks(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        #expect(try await host.look(.exit(9), runner) == 9)
        #expect(try await host.look(.isThere(effect: 3), runner) == 1)
        #expect(try await host.run(Self.name, runner, Command(effect: 3)) == .ended(Self.name))
        #expect(try await host.look(.isThere(effect: 3), runner) == 0)
    }

    @Test("goes on while a look is ended", arguments: Subject.all)
    func endedLook(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open()
        try await host.startWaiting(Self.name, runner)
        try host.send(.look(id: 4, slot: 2, .exit(0), ticks: 60_000), to: runner)
        try host.send(.stopLook(slot: 2), to: runner)
        // The shell may not have begun it yet: then there is nothing to kill, and it is asked again.
        #expect(
            try await host.eventually {
                try host.send(.stopLook(slot: 2), to: runner)
                try host.send(.ping(8), to: runner)
                let answer = try await host.answer(from: runner) {
                    switch $0 {
                    case .seen(4, _), .pong(8, _): true
                    default: false
                    }
                }
                if case .seen = answer { return true }
                return false
            })
        #expect(try await host.state(Self.name, runner) == .running)
        try host.openGate(of: Self.name)
    }
}
