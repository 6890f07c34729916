import CommandSafety
import TestSupport
import Threads

@testable import HostRunner

/// The threads of runners on pipes. Several, since a write to a full pipe blocks its thread and the runners it shares it with.
private let pipeLoops = (0..<8).compactMap { EventLoop(name: "test-pipes\($0)") }

func pipeLoop() -> EventLoop {
    guard let loop = pipeLoops.randomElement() else { preconditionFailure("the system has no thread to give") }
    return loop
}

/// A runner's stream to a process of this machine.
struct PipeChannel: RunnerChannel {
    let process: PipedProcess
    let loop = pipeLoop()

    func write(_ bytes: [UInt8]) async throws { try process.write(bytes) }

    func read() async throws -> [UInt8]? {
        var bytes: [UInt8] = []
        while true {
            let isThere = await eventually {
                bytes = process.take()
                return !bytes.isEmpty || process.isAtEnd
            }
            if !bytes.isEmpty { return bytes }
            if isThere { return nil }
        }
    }

    func diagnostics() async -> [UInt8] {
        // Over SSH one stream carries both: what was said on standard error is there when the output ends.
        if process.isAtEnd { _ = await eventually(within: .seconds(2)) { process.isErrorAtEnd } }
        return Array(process.standardError.utf8)
    }
    func close() async { process.closeInput() }
}

/// Our client on a runner in one of the shells.
func openRunner(_ shell: RunnerShell, ledger: String) async throws -> (runner: HostRunner, process: PipedProcess) {
    let process = try PipedProcess(shell.words + ["-c", RunnerShell.bootstrap], environment: ["PATH": shell.path, "HOME": "/nonexistent"])
    return (try await HostRunner.open(on: PipeChannel(process: process), identity: .login, ledger: ledger, nonce: "n0nce"), process)
}

/// What the guard lets pass, with a person's yes.
func cleared(_ text: String, for purpose: CommandPurpose = .command) throws -> ClearedCommand {
    try CommandGuard().clear(text, context: CommandContext(purpose: purpose, loginUser: "root", isApproved: true))
}

func makeStart(
    _ text: String, job: String = newJob(), environment: [String: String] = [:], content: [UInt8]? = nil, limit: Duration = .seconds(60)
) throws -> RunnerStart {
    RunnerStart(
        attempt: RunnerAttempt(job: job, attempt: 1), command: try cleared(text), digest: "digest", coordinator: "c1", run: "r1",
        environment: environment, content: content, limit: limit)
}

/// What a followed command said, in the order and at the offsets in which it was told.
final class Told: Sendable {
    private struct State {
        var starts = 0
        var pieces: [(stream: RunnerStream, offset: Int, bytes: [UInt8])] = []
    }
    private let state = Lock(State())

    var starts: Int { state.withLock { $0.starts } }
    func text(_ stream: RunnerStream) -> String { String(decoding: bytes(stream), as: UTF8.self) }
    func bytes(_ stream: RunnerStream) -> [UInt8] {
        state.withLock { state in state.pieces.filter { $0.stream == stream }.flatMap(\.bytes) }
    }
    /// Where each stretch without a gap begins and ends.
    func stretches(_ stream: RunnerStream) -> [Range<Int>] {
        state.withLock { state in
            state.pieces.filter { $0.stream == stream }.reduce(into: []) { ranges, piece in
                let end = piece.offset + piece.bytes.count
                if let last = ranges.last, last.upperBound == piece.offset { ranges[ranges.count - 1] = last.lowerBound..<end } else { ranges.append(piece.offset..<end) }
            }
        }
    }

    func started() { state.withLock { $0.starts += 1 } }
    func output(_ stream: RunnerStream, _ offset: Int, _ bytes: [UInt8]) { state.withLock { $0.pieces.append((stream, offset, bytes)) } }
}

extension HostRunner {
    func carryOut(_ start: RunnerStart, telling told: Told = Told()) async throws -> RunnerConclusion {
        try await carryOut(start, started: { told.started() }, output: { told.output($0, $1, $2) })
    }
}
