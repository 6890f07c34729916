import RunnerModel
import TestSupport
import Testing

/// A machine with runners, modelled or real: what protocol/runner.md promises is asked of both in the same words.
protocol HostUnderTest: AnyObject {
    /// Starts a runner on one of the machine's ledger directories and waits for its HELLO.
    func open(ledger: Int) async throws -> RunnerID
    /// As told in its HELLO.
    func key(of runner: RunnerID) -> HostKey
    func send(_ frame: Frame, to runner: RunnerID) throws
    /// The next answer that is wanted; those before it are dropped.
    func answer(from runner: RunnerID, _ isWanted: (Message) -> Bool) async throws -> Message
    /// Ends the runner's input.
    func closeStream(_ runner: RunnerID)
    /// Kills a runner and waits until it is gone.
    func killRunner(_ runner: RunnerID) async throws
    func hasEnded(_ runner: RunnerID) -> Bool
    /// Kills one process: a supervisor, by the pid in STARTED.
    func kill(_ pid: Int)
    /// Kills all processes of a command.
    func killCommand(of name: AttemptName)
    /// All processes are gone, and the boot is another.
    func reboot() async throws
    /// Lets a command that waits for it end.
    func openGate(of name: AttemptName) throws
    /// How often the command took effect.
    func starts(of name: AttemptName) throws -> Int
    /// A process of the command is there.
    func isAlive(_ name: AttemptName) -> Bool
    /// Takes the directory of ledger 0 away, with all that is in it.
    func wipe() throws
    /// Puts a record there that no runner wrote. `marker`: the file beside it.
    func write(_ name: AttemptName, _ lines: [RecordLine], marker: Ending?) throws
    func hasRecord(_ name: AttemptName) throws -> Bool
    /// Asks again and again, while time passes. False: it did not come to pass.
    func eventually(_ isTrue: () async throws -> Bool) async throws -> Bool
}

extension HostUnderTest {
    func open() async throws -> RunnerID { try await open(ledger: 0) }
    func write(_ name: AttemptName, _ lines: [RecordLine]) throws { try write(name, lines, marker: nil) }

    /// In seconds, now.
    func uptime(_ runner: RunnerID) async throws -> Int {
        try send(.ping(77), to: runner)
        let answer = try await answer(from: runner) { if case .pong(77, _) = $0 { true } else { false } }
        guard case .pong(_, let uptime) = answer else { return 0 }
        return uptime
    }

    /// Where an attempt stands, as a runner tells it.
    func state(_ name: AttemptName, _ runner: RunnerID) async throws -> AttemptState {
        try send(.tell(name), to: runner)
        return try await stateAnswer(name, runner)
    }

    func stateAnswer(_ name: AttemptName, _ runner: RunnerID) async throws -> AttemptState {
        let answer = try await answer(from: runner) { if case .state(name, _) = $0 { true } else { false } }
        guard case .state(_, let state) = answer else { return .garbled }
        return state
    }

    func reaches(_ name: AttemptName, _ runner: RunnerID, _ isWanted: (AttemptState) -> Bool) async throws -> Bool {
        var last: AttemptState?
        let isReached = try await eventually {
            let state = try await state(name, runner)
            last = state
            return isWanted(state)
        }
        if !isReached { Issue.record("\(name) stays \(last.map { "\($0)" } ?? "untold")") }
        return isReached
    }

    /// What DONE says of it.
    func ending(of name: AttemptName, _ runner: RunnerID) async throws -> Outcome {
        let answer = try await answer(from: runner) { if case .done(name, _) = $0 { true } else { false } }
        guard case .done(_, let outcome) = answer else { return Outcome(exitCode: -1, ending: .unrecorded) }
        return outcome
    }

    /// Sends a START that is right in all that is not given.
    func start(
        _ name: AttemptName, _ runner: RunnerID, _ command: Command = Command(), key: HostKey? = nil, notAfter: Int? = nil, limit: Int = 600,
        owner: Owner = .first
    ) async throws {
        let latest = if let notAfter { notAfter } else { try await uptime(runner) + 600 }
        try send(
            .start(
                StartFrame(
                    key: key ?? self.key(of: runner), notAfter: latest, limit: limit, name: name, owner: owner, command: command)),
            to: runner)
    }

    /// What a START is answered with in the end: STARTED is passed over.
    func outcome(of name: AttemptName, _ runner: RunnerID) async throws -> Message {
        try await answer(from: runner) {
            switch $0 {
            case .done(name, _), .state(name, _), .refused(name, _): true
            default: false
            }
        }
    }

    /// Starts a command that waits for its gate, and waits until it took effect. The supervisor's pid.
    @discardableResult
    func startWaiting(
        _ name: AttemptName, _ runner: RunnerID, limit: Int = 600, owner: Owner = .first, ignoresTerminate: Bool = false
    ) async throws -> Int {
        try await start(name, runner, Command(duration: nil, ignoresTerminate: ignoresTerminate), limit: limit, owner: owner)
        let answer = try await answer(from: runner) { if case .started(name, _) = $0 { true } else { false } }
        try #require(await eventually { try starts(of: name) == 1 })
        guard case .started(_, let pid) = answer else { return 0 }
        return pid
    }

    /// Starts a command and waits for its end.
    func run(_ name: AttemptName, _ runner: RunnerID, _ command: Command = Command(), owner: Owner = .first) async throws -> Message {
        try await start(name, runner, command, owner: owner)
        return try await outcome(of: name, runner)
    }

    func look(_ question: Question, _ runner: RunnerID) async throws -> Int {
        try send(.look(id: 5, slot: 0, question, ticks: 0), to: runner)
        guard case .seen(_, let code) = try await answer(from: runner, { if case .seen(5, _) = $0 { true } else { false } }) else { return -1 }
        return code
    }

    /// Lines of a claim whose supervisor is gone.
    func deadClaim(_ runner: RunnerID, otherBoot: Bool = false) -> RecordLine {
        let boot = otherBoot ? Boot(id: 999_999, start: 1) : key(of: runner).boot
        return .claim(Claim(pid: 999_999, start: 7, boot: boot, deadline: 99_999_999, owner: .first))
    }
}

extension Owner {
    static let first = Owner(run: 1, coordinator: 1)
    static let second = Owner(run: 2, coordinator: 2)
}

extension Message {
    /// DONE of a command that ended by itself.
    static func ended(_ name: AttemptName, _ exitCode: Int = 0, left: Bool = false) -> Message {
        .done(name, Outcome(exitCode: exitCode, ending: .exit, hasLeft: left))
    }
}

/// Whom the conformance cases are asked of.
enum Subject: Sendable, CustomTestStringConvertible {
    case model
    case shell(RunnerShell)

    static let all = [model] + RunnerShell.all.map(Subject.shell)

    var testDescription: String {
        switch self {
        case .model: "model"
        case .shell(let shell): shell.testDescription
        }
    }

    func host() throws -> any HostUnderTest {
        switch self {
        case .model: ModelHost()
        case .shell(let shell): try ShellHost(shell)
        }
    }
}
