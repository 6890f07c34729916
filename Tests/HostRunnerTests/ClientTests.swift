import CommandSafety
import Foundation
import TestSupport
import Testing
import Threads

@testable import HostRunner

@Suite("The runner's client")
struct ClientTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func done(_ code: Int, _ text: String = "", error: String = "", ending: RunnerOutcome.Ending = .exit) -> RunnerConclusion {
        .done(RunnerOutcome(exitCode: code, ending: ending, processesLeft: false), output: Array(text.utf8), error: Array(error.utf8))
    }

    @Test("carries a command out and returns what it did", arguments: RunnerShell.all)
    func carryOut(_ shell: RunnerShell) async throws {
        let (runner, _) = try await openRunner(shell, ledger: directory.path)
        let told = Told()
        let start = try makeStart("cat content; cat missing; printf '%s\\n' \"$NAME\"", environment: ["NAME": "one\ntwo \\n ы"], content: Array("file\n".utf8))
        let conclusion = try await runner.carryOut(start, telling: told)
        guard case .done(let outcome, _, let error) = conclusion else { throw TestFailure("\(conclusion)") }
        #expect(outcome == RunnerOutcome(exitCode: 0, ending: .exit, processesLeft: false))
        #expect(told.text(.output) == "file\none\ntwo \\n ы\n")
        #expect(String(decoding: error, as: UTF8.self).contains("missing"))
        #expect(told.starts == 1)
        // The same once more: told from the record.
        let again = Told()
        #expect(try await runner.carryOut(start, telling: again) == conclusion)
        #expect(again.text(.output) == told.text(.output))
        #expect(try await runner.ping() != nil)
    }

    @Test("looks, with output of any size up to 64 KiB", arguments: RunnerShell.all)
    func look(_ shell: RunnerShell) async throws {
        let (runner, _) = try await openRunner(shell, ledger: directory.path)
        for count in [0, 1599, 1600, 1601, 50_000, 65_536, 200_000] {
            let seen = try await runner.look(try cleared("head -c \(count) /dev/zero", for: .guardCheck), within: .seconds(20))
            #expect(seen == LookResult(exitCode: 0, standardOutput: Array(repeating: 0, count: min(count, 65_536)), standardError: [], isTimedOut: false))
        }
    }

    @Test("gives up a look in time and can look again", arguments: RunnerShell.all)
    func lookInTime(_ shell: RunnerShell) async throws {
        let (runner, _) = try await openRunner(shell, ledger: directory.path)
        let mark = newMark()
        #expect(try await runner.look(cleared("sleep \(mark)"), within: .milliseconds(300)).isTimedOut)
        #expect(await eventually { processes(with: mark).isEmpty })
        #expect(try await runner.look(cleared("echo here"), within: .seconds(20)).standardOutput == Array("here\n".utf8))
    }

    @Test("keeps many looks and starts apart", arguments: RunnerShell.all)
    func many(_ shell: RunnerShell) async throws {
        let (runner, _) = try await openRunner(shell, ledger: directory.path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<24 {
                group.addTask {
                    let seen = try await runner.look(cleared("echo look \(number)", for: .guardCheck), within: .seconds(20))
                    #expect(String(decoding: seen.standardOutput, as: UTF8.self) == "look \(number)\n")
                }
                group.addTask {
                    let conclusion = try await runner.carryOut(makeStart("echo start \(number)"))
                    #expect(conclusion == done(0, "start \(number)\n"))
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("ends a command at its deadline", arguments: RunnerShell.all)
    func deadline(_ shell: RunnerShell) async throws {
        let (runner, _) = try await openRunner(shell, ledger: directory.path)
        let mark = newMark()
        let conclusion = try await runner.carryOut(makeStart("echo begun; sleep \(mark)", limit: .seconds(1)))
        guard case .done(let outcome, let output, _) = conclusion else { throw TestFailure("\(conclusion)") }
        #expect(outcome.ending == .deadline)
        #expect(output == Array("begun\n".utf8))
        #expect(processes(with: mark).isEmpty)
    }

    @Test("settles and cancels a command that somebody follows", arguments: RunnerShell.all)
    func cancel(_ shell: RunnerShell) async throws {
        let (runner, _) = try await openRunner(shell, ledger: directory.path)
        let told = Told(), start = try makeStart("sleep \(newMark())")
        async let conclusion = runner.carryOut(start, telling: told)
        #expect(await eventually { told.starts == 1 })
        #expect(try await runner.settle(start.attempt, reason: "asked") == .running)
        try await runner.cancel(start.attempt)
        guard case .done(let outcome, _, _) = try await conclusion else { throw TestFailure("not done") }
        #expect(outcome.ending == .cancelled)
        let other = RunnerAttempt(job: newJob(), attempt: 1)
        #expect(try await runner.settle(other, reason: "asked") == .revoked)
        #expect(try await runner.carryOut(makeStart("echo never", job: other.job)) == .neverStarted)
    }

    @Test("follows a command again after the link was lost", arguments: RunnerShell.all)
    func attach(_ shell: RunnerShell) async throws {
        let (first, process) = try await openRunner(shell, ledger: directory.path)
        let told = Told(), start = try makeStart("seq 1 2000; sleep 1; seq 2001 4000")
        let lost = Task { try await first.carryOut(start, telling: told) }
        #expect(await eventually { told.starts == 1 })
        process.kill(9)
        await #expect(throws: HostRunnerError.self) { try await lost.value }
        #expect(await !first.isUsable)
        let (second, _) = try await openRunner(shell, ledger: directory.path)
        let again = Told()
        let conclusion = try await second.attach(start.attempt, limit: .seconds(60), started: { again.started() }, output: { again.output($0, $1, $2) })
        guard case .done(let outcome, _, _)? = conclusion else { throw TestFailure("\(String(describing: conclusion))") }
        #expect(outcome.exitCode == 0)
        #expect(again.text(.output) == (1...4000).map { "\($0)\n" }.joined())
        let nobody = RunnerAttempt(job: newJob(), attempt: 1)
        #expect(try await second.attach(nobody, limit: .seconds(1), started: {}, output: { _, _, _ in }) == nil)
    }

    @Test("fetches head and tail of an endless output")
    func longOutput() async throws {
        let (runner, _) = try await openRunner(.dash, ledger: directory.path)
        let told = Told(), size = Progress.headLimit + 1_000_000
        let conclusion = try await runner.carryOut(makeStart("head -c \(size - 4) /dev/zero; echo end"), telling: told)
        guard case .done(_, let kept, _) = conclusion else { throw TestFailure("\(conclusion)") }
        #expect(kept.suffix(4) == Array("end\n".utf8))
        let stretches = told.stretches(.output)
        #expect(stretches.count == 2)
        #expect(stretches.first.map { $0.lowerBound == 0 && $0.upperBound >= Progress.headLimit } == true)
        #expect(stretches.last == (size - Progress.tailLimit)..<size)
    }

    @Test("refuses what a frame can't carry, without sending a byte")
    func unsendable() async throws {
        let (runner, _) = try await openRunner(.dash, ledger: directory.path)
        #expect(try await runner.carryOut(makeStart("true", content: [1, 0, 2])) == .refused("a file with NUL bytes can't be sent to a host"))
        #expect(try await runner.carryOut(makeStart("true", environment: ["A B": "x"])) == .refused("a variable with the name “A B” can't be sent to a host"))
        #expect(try await runner.carryOut(makeStart("true", environment: ["MUSTER_X": "x"])) == .refused("a variable with the name “MUSTER_X” can't be sent to a host"))
        #expect(try await runner.carryOut(makeStart("true", environment: ["A": "\0"])) == .refused("the variable A, which has a NUL byte, can't be sent to a host"))
        #expect(try await runner.carryOut(makeStart("echo still here")) == done(0, "still here\n"))
    }

    @Test("sends long frames one after the other")
    func wholeFrames() async throws {
        let process = try PipedProcess(RunnerShell.dash.words + ["-c", RunnerShell.bootstrap], environment: ["PATH": RunnerShell.dash.path])
        let channel = PiecewiseChannel(channel: PipeChannel(process: process))
        let runner = try await HostRunner.open(on: channel, identity: .login, ledger: directory.path, within: .seconds(60), nonce: "n0nce")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                let content = Array(String(repeating: "\(number)\n", count: 2000).utf8)
                group.addTask {
                    let told = Told()
                    _ = try await runner.carryOut(makeStart("cat content", content: content), telling: told)
                    #expect(told.bytes(.output) == content)
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("waits for a claim that is not written yet, and revokes what never comes")
    func unclaimed() async throws {
        let script = ScriptedChannel()
        let runner = try await HostRunner.open(on: script, identity: .login, nonce: "n0nce")
        let patient = try makeStart("true")
        async let slow = runner.carryOut(patient)
        #expect(await eventually { script.sent.contains { $0.hasPrefix("TELL \(patient.attempt) ") } })
        for answer in ["STATE \(patient.attempt) absent", "STATE \(patient.attempt) running", "DONE \(patient.attempt) 0 exit left=0 o= e="] {
            script.answer(answer)
        }
        #expect(try await slow == done(0))
        var hasty = try makeStart("true")
        hasty.patience = .zero
        let (start, attempt) = (hasty, hasty.attempt)
        async let never = runner.carryOut(start)
        #expect(await eventually { script.sent.contains { $0.hasPrefix("TELL \(attempt) ") } })
        script.answer("STATE \(attempt) absent")
        #expect(await eventually { script.sent.contains("REVOKE \(attempt) unclaimed") })
        script.answer("STATE \(attempt) revoked")
        #expect(try await never == .neverStarted)
    }

    @Test("takes a runner's silence for no answer", arguments: ["attach", "settle", "hold"])
    func silence(_ question: String) async throws {
        let script = ScriptedChannel()
        let runner = try await HostRunner.open(on: script, identity: .login, answersWithin: .milliseconds(50), nonce: "n0nce")
        let attempt = RunnerAttempt(job: newJob(), attempt: 1)
        await #expect(throws: HostRunnerError.lost("the runner did not answer")) {
            switch question {
            case "attach": _ = try await runner.attach(attempt, limit: .seconds(1), started: {}, output: { _, _, _ in })
            case "settle": _ = try await runner.settle(attempt, reason: "asked")
            default: _ = try await runner.hold(attempt: attempt, coordinator: "c1", run: "r1", ledger: "/l/m", notAfter: 2000)
            }
        }
        #expect(await !runner.isUsable)
    }

    @Test("holds a host for another identity's command, with the same not-after for both", arguments: RunnerShell.all)
    func hold(_ shell: RunnerShell) async throws {
        let (root, _) = try await openRunner(shell, ledger: directory.directory("root's"))
        let (login, _) = try await openRunner(shell, ledger: directory.directory("the login's"))
        #expect(login.hello.ledger.hasPrefix(directory.file("the login's/")))
        var start = try makeStart("echo held")
        let notAfter = await root.uptimeNow + 60
        start.notAfter = notAfter
        #expect(try await root.hold(attempt: start.attempt, coordinator: "c1", run: "r1", ledger: login.hello.ledger, notAfter: notAfter) == .held)
        var other = try makeStart("echo other")
        other.run = "r2"
        #expect(try await root.carryOut(other) == .refused("busy r1 c1"))
        #expect(
            try await root.hold(attempt: other.attempt, coordinator: "c1", run: "r2", ledger: login.hello.ledger, notAfter: notAfter) == .refused("busy r1 c1"))
        #expect(try await login.carryOut(start) == done(0, "held\n"))
        #expect(try await root.carryOut(other) == done(0, "other\n"))
        var late = try makeStart("echo late")
        late.notAfter = await login.uptimeNow - 5
        #expect(try await login.carryOut(late) == .refused("late"))
        await #expect(throws: HostRunnerError.unsendable("a ledger's path that is not absolute or has a line break")) {
            try await root.hold(attempt: start.attempt, coordinator: "c1", run: "r1", ledger: "muster", notAfter: notAfter)
        }
        #expect(try await root.ping() != nil)
    }

    @Test(
        "ends the stream at an answer that is not in the protocol",
        arguments: [
            "nonsense", "DONE x", "STATE x.1 dancing", "OUT x.1 o 0 abc", "OUT x.1 q 0 ab", "SEEN 1 0 o=zz e=", "ERROR frame START x", String(repeating: "x", count: 5000),
        ])
    func violation(_ answer: String) async throws {
        let script = ScriptedChannel()
        let runner = try await HostRunner.open(on: script, identity: .login, nonce: "n0nce")
        let waiting = Task { try await runner.carryOut(makeStart("true")) }
        script.answer(answer)
        await #expect { try await waiting.value } throws: { error in if case .violation? = error as? HostRunnerError { true } else { false } }
        #expect(await !runner.isUsable)
    }
}

/// Writes like SSH: in pieces, between which others have their turn.
private struct PiecewiseChannel: RunnerChannel {
    let channel: PipeChannel
    var loop: EventLoop { channel.loop }
    func write(_ bytes: [UInt8]) async throws {
        for start in stride(from: 0, to: bytes.count, by: 999) {
            try await channel.write(Array(bytes[start..<min(start + 999, bytes.count)]))
            await Task.yield()
        }
    }
    func read() async throws -> [UInt8]? { try await channel.read() }
    func diagnostics() async -> [UInt8] { await channel.diagnostics() }
    func close() async { await channel.close() }
}

/// A runner that answers what the test says.
private final class ScriptedChannel: RunnerChannel {
    private let answers = Lock<[UInt8]>(Array("HELLO 1 n0nce l/b/m 1000 uid=0 group=setsid bash= ledger=/l/m\n".utf8))
    private let frames = Lock<[String]>([])
    private let isClosed = Lock(false)

    let loop = pipeLoop()
    var sent: [String] { frames.withLock { $0 } }
    func answer(_ line: String) { answers.withLock { $0 += Array("\(line)\n".utf8) } }

    func write(_ bytes: [UInt8]) async throws {
        frames.withLock { $0 += String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init) }
    }
    func read() async throws -> [UInt8]? {
        var taken: [UInt8] = []
        _ = await eventually {
            taken = answers.withLock { answers in
                defer { answers = [] }
                return answers
            }
            return !taken.isEmpty || isClosed.withLock { $0 }
        }
        return taken.isEmpty ? nil : taken
    }
    func diagnostics() async -> [UInt8] { [] }
    func close() async { isClosed.withLock { $0 = true } }
}
