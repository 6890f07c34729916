import RunnerModel
import TestSupport
import Testing

@testable import HostRunner

/// HOLD, and the directory `mutating/`. Shells take part as soon as their program knows the frame.
@Suite("The host-wide claim, in the model and in every shell", .serialized)
struct ConformanceHoldTests {
    static let subjects = RunnerProgram.text.contains("HOLD)") ? Subject.all : [Subject.model]
    let name = AttemptName(7)

    /// Sends a HOLD to root's runner for a job in ledger 1. Its answer.
    private func hold(
        _ name: AttemptName, _ host: any HostUnderTest, _ runner: RunnerID, key: HostKey? = nil, notAfter: Int? = nil, owner: Owner = .first
    ) async throws -> Message {
        let latest = if let notAfter { notAfter } else { try await host.uptime(runner) + 600 }
        try host.send(.hold(HoldFrame(key: key ?? host.key(of: runner), notAfter: latest, name: name, owner: owner, ledger: 1)), to: runner)
        return try await host.answer(from: runner) {
            switch $0 {
            case .held(name), .refused(name, _): true
            default: false
            }
        }
    }

    @Test("keeps other runs away from before the start until the end", arguments: subjects)
    func life(_ subject: Subject) async throws {
        let host = try subject.host()
        let root = try await host.open(ledger: 0), login = try await host.open(ledger: 1)
        #expect(try await hold(name, host, root) == .held(name))
        let other = AttemptName(20)
        #expect(try await host.run(other, root, owner: .second) == .refused(other, .busy(.first)))
        #expect(try await hold(other, host, root, owner: .second) == .refused(other, .busy(.first)))
        // The same run is not hindered.
        #expect(try await host.run(AttemptName(8), root) == .ended(AttemptName(8)))
        try await host.startWaiting(name, login)
        #expect(try await host.run(other, root, owner: .second) == .refused(other, .busy(.first)))
        try host.openGate(of: name)
        #expect(try await host.outcome(of: name, login) == .ended(name))
        #expect(try await host.run(other, root, owner: .second) == .ended(other))
    }

    @Test("is refused for a wrong host and when it is late", arguments: subjects)
    func refused(_ subject: Subject) async throws {
        let host = try subject.host()
        let root = try await host.open(ledger: 0)
        _ = try await host.open(ledger: 1)
        let key = host.key(of: root)
        let wrong = HostKey(ledger: 900, boot: key.boot, machine: key.machine)
        #expect(try await hold(name, host, root, key: wrong, notAfter: 0) == .refused(name, .identity(key)))
        #expect(try await hold(name, host, root, notAfter: host.uptime(root) - 1) == .refused(name, .late))
        // Nothing of it is left.
        #expect(try await host.run(AttemptName(20), root, owner: .second) == .ended(AttemptName(20)))
    }

    @Test("is refused for a directory without a ledger", arguments: subjects)
    func noLedger(_ subject: Subject) async throws {
        let host = try subject.host()
        let root = try await host.open(ledger: 0)
        #expect(try await hold(name, host, root) == .refused(name, .ledger))
    }

    @Test("is over when what it was for can't start any more", arguments: subjects)
    func expires(_ subject: Subject) async throws {
        let host = try subject.host()
        let root = try await host.open(ledger: 0), login = try await host.open(ledger: 1)
        let other = AttemptName(20)
        let notAfter = try await host.uptime(root) + 1
        #expect(try await hold(name, host, root, notAfter: notAfter) == .held(name))
        #expect(try await host.run(other, root, owner: .second) == .refused(other, .busy(.first)))
        #expect(try await host.eventually { try await host.uptime(root) > notAfter })
        #expect(try await host.run(other, root, owner: .second) == .ended(other))
        try await host.start(name, login, notAfter: notAfter)
        #expect(try await host.outcome(of: name, login) == .refused(name, .late))
    }

    @Test("is over when what it was for is revoked", arguments: subjects)
    func revoked(_ subject: Subject) async throws {
        let host = try subject.host()
        let root = try await host.open(ledger: 0), login = try await host.open(ledger: 1)
        #expect(try await hold(name, host, root) == .held(name))
        try host.send(.revoke(name), to: login)
        #expect(try await host.stateAnswer(name, login) == .revoked)
        #expect(try await host.run(AttemptName(20), root, owner: .second) == .ended(AttemptName(20)))
    }

    @Test("is refused while another run works as root", arguments: subjects)
    func rootFirst(_ subject: Subject) async throws {
        let host = try subject.host()
        let root = try await host.open(ledger: 0)
        _ = try await host.open(ledger: 1)
        let other = AttemptName(20)
        try await host.startWaiting(other, root, owner: .second)
        #expect(try await hold(name, host, root) == .refused(name, .busy(.second)))
        try host.openGate(of: other)
        #expect(try await host.outcome(of: other, root) == .ended(other))
        #expect(try await hold(name, host, root) == .held(name))
    }

    @Test("may be asked for twice, and holds once", arguments: subjects)
    func twice(_ subject: Subject) async throws {
        let host = try subject.host()
        let root = try await host.open(ledger: 0), again = try await host.open(ledger: 0), login = try await host.open(ledger: 1)
        let notAfter = try await host.uptime(root) + 600
        for runner in [root, root, again] { #expect(try await hold(name, host, runner, notAfter: notAfter) == .held(name)) }
        #expect(try await hold(AttemptName(20), host, again, owner: .second) == .refused(AttemptName(20), .busy(.first)))
        #expect(try await host.run(name, login) == .ended(name))
        #expect(try await host.run(AttemptName(20), again, owner: .second) == .ended(AttemptName(20)))
    }

    @Test("lets at most one of two runs through that start at once", arguments: subjects)
    func race(_ subject: Subject) async throws {
        let host = try subject.host()
        let runners = [try await host.open(), try await host.open()]
        for round in 0..<5 {
            let names = [AttemptName(100 + 2 * round), AttemptName(101 + 2 * round)]
            for (index, runner) in runners.enumerated() {
                try await host.start(names[index], runner, Command(duration: nil), owner: index == 0 ? .first : .second)
            }
            var started = 0
            for (index, runner) in runners.enumerated() {
                let answer = try await host.answer(from: runner) {
                    switch $0 {
                    case .started(names[index], _), .refused(names[index], _): true
                    default: false
                    }
                }
                if case .started = answer { started += 1 }
                if case .refused(_, let why) = answer { #expect(why == .busy(index == 0 ? .second : .first)) }
            }
            #expect(started <= 1)
            for name in names { try host.openGate(of: name) }
            for (name, runner) in zip(names, runners) {
                #expect(try await host.reaches(name, runner) { $0 == .absent || $0 == .done(Outcome(exitCode: 0, ending: .exit)) })
            }
        }
    }

    @Test("is not kept by attempts of an earlier boot", arguments: subjects)
    func reboot(_ subject: Subject) async throws {
        let host = try subject.host()
        let root = try await host.open(ledger: 0)
        _ = try await host.open(ledger: 1)
        #expect(try await hold(name, host, root) == .held(name))
        try await host.reboot()
        let later = try await host.open(ledger: 0)
        #expect(try await host.run(AttemptName(20), later, owner: .second) == .ended(AttemptName(20)))
    }

    @Test("is free for the next run once what was held is forgotten", arguments: subjects)
    func forgotten(_ subject: Subject) async throws {
        let host = try subject.host()
        let root = try await host.open(ledger: 0), login = try await host.open(ledger: 1)
        #expect(try await hold(name, host, root) == .held(name))
        #expect(try await host.run(name, login) == .ended(name))
        try host.send(.forget(coordinator: 1, low: 7, [name]), to: login)
        #expect(try await host.state(name, login) == .absent)
        #expect(try await host.run(AttemptName(20), root, owner: .second) == .ended(AttemptName(20)))
    }

    @Test("does not outlive a forgotten job, and a record above the mark is kept", arguments: subjects)
    func aboveTheMark(_ subject: Subject) async throws {
        let host = try subject.host()
        let runner = try await host.open(ledger: 0)
        #expect(try await host.run(name, runner) == .ended(name))
        try host.send(.forget(coordinator: 1, low: 6, [name]), to: runner)
        #expect(try await host.state(name, runner) == .done(Outcome(exitCode: 0, ending: .exit)))
        #expect(try await host.run(name, runner) == .state(name, .done(Outcome(exitCode: 0, ending: .exit))))
        try host.send(.forget(coordinator: 1, low: 7, [name]), to: runner)
        #expect(try await host.state(name, runner) == .absent)
        #expect(try await host.run(AttemptName(20), runner, owner: .second) == .ended(AttemptName(20)))
        #expect(try host.starts(of: name) == 1)
    }
}
