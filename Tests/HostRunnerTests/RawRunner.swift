import Foundation
import TestSupport
import Threads

@testable import HostRunner

/// A runner that is spoken to in frames, without our client: what protocol/runner.md promises is tested here.
final class RawRunner: Sendable {
    let process: PipedProcess
    let shell: RunnerShell
    /// The words of the HELLO line.
    let hello: [String]
    var key: String { hello.count > 3 ? hello[3] : "" }
    /// The directory of its records, if there is no space in it.
    var ledger: String { hello.first { $0.hasPrefix("ledger=") }.map { String($0.dropFirst(7)) } ?? "" }
    /// The host's uptime when it started.
    var uptime: Int { hello.count > 4 ? Int(hello[4]) ?? 0 : 0 }

    init(_ shell: RunnerShell, ledger: String, environment: [String: String] = [:]) async throws {
        var variables = ["PATH": shell.path, "HOME": "/nonexistent"]
        variables.merge(environment) { $1 }
        self.shell = shell
        process = try PipedProcess(shell.words + ["-c", RunnerShell.bootstrap], environment: variables)
        try process.write(RunnerIdentity.programLine(ledger: ledger, nonce: "n0nce"))
        hello = try await Self.until(process, ["HELLO", "ERROR"])
    }

    func send(_ text: String) throws { try process.write(Array(text.utf8)) }
    func send(_ frame: [UInt8]) throws { try process.write(frame) }

    /// The words of the next line that starts with one of the given words; lines before it are dropped.
    @discardableResult
    func until(_ starts: String..., longest: Int = .max) async throws -> [String] {
        try await Self.until(process, starts, longest: longest)
    }

    private static func until(_ process: PipedProcess, _ starts: [String], longest: Int = .max) async throws -> [String] {
        var dropped: [String] = []
        var found: [String]?
        _ = try await eventually {
            while let line = process.takeLine() {
                if line.utf8.count > longest { throw TestFailure("a line of \(line.utf8.count) bytes") }
                if starts.contains(where: { line == $0 || line.hasPrefix($0 + " ") }) {
                    found = line.split(separator: " ").map(String.init)
                    return true
                }
                dropped.append(line)
            }
            return process.isAtEnd
        }
        guard let found else {
            throw TestFailure("no line with \(starts), but \(dropped.suffix(5).map { $0.prefix(200) }); it said: \(process.standardError.suffix(500))")
        }
        return found
    }

    /// The frame of a start, written out as protocol/runner.md has it.
    func startFrame(
        _ job: String, attempt: Int = 1, _ command: String, environment: [String] = [], content: [UInt8]? = nil, key: String? = nil,
        notAfter: Int? = nil, limit: Int = 60, coordinator: String = "c1", run: String = "r1", shell: String = "s"
    ) -> [UInt8] {
        let lines = command.utf8.split(separator: 0x0a, omittingEmptySubsequences: false)
        var file: [ArraySlice<UInt8>] = [], kind = "n"
        if let content {
            kind = content.last == 0x0a ? "l" : "e"
            file = content.dropLast(kind == "l" ? 1 : 0).split(separator: 0x0a, omittingEmptySubsequences: false)
        }
        let head =
            "START \(key ?? self.key) \(notAfter ?? uptime + 600) \(limit) \(job) \(attempt) digest \(coordinator) \(run) \(shell) "
            + "\(environment.count) \(lines.count) \(file.count) \(kind)"
        let texts = [head] + environment + lines.map { String(decoding: $0, as: UTF8.self) }
        return texts.flatMap { Array($0.utf8) + [0x0a] } + file.flatMap { Array($0) + [0x0a] } + Array("END \(job).\(attempt)\n".utf8)
    }

    /// Starts a command and waits for its end.
    func run(_ job: String, _ command: String, environment: [String] = [], content: [UInt8]? = nil) async throws -> Ended {
        try send(startFrame(job, command, environment: environment, content: content))
        return try Ended(await until("DONE \(job).1", "REFUSED \(job).1"))
    }

    /// Holds the host for a job whose record will be in a ledger, and returns the words of the answer.
    func hold(
        _ job: String, ledger: String, notAfter: Int? = nil, coordinator: String = "c1", run: String = "r1", key: String? = nil
    ) async throws -> [String] {
        try send("HOLD \(key ?? self.key) \(notAfter ?? uptime + 600) \(job) 1 \(coordinator) \(run) \(ledger)\n")
        return try await until("HELD \(job).1", "REFUSED \(job).1")
    }

    /// The host's uptime now.
    func now() async throws -> Int {
        try send("PING now\n")
        return Int(try await until("PONG now").last ?? "") ?? 0
    }

    /// The names of the entries of starts and holds.
    func entries() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: "\(ledger)/mutating") }

    /// Looks and returns what was seen.
    func look(_ id: Int, slot: Int = 0, _ command: String) async throws -> Ended {
        try send("LOOK \(id) \(slot) s \(command.components(separatedBy: "\n").count) 0 n\n\(command)\nEND \(id)\n")
        return try Ended(await until("SEEN \(id)"))
    }

    /// Where an attempt stands.
    func state(_ attempt: String) async throws -> [String] {
        try send("TELL \(attempt) 0 0 0\n")
        return Array(try await until("STATE \(attempt)").dropFirst(2))
    }
}

/// The words of DONE or SEEN.
struct Ended {
    let exitCode: Int
    let how: String
    let left: String
    let output: [UInt8]
    let error: [UInt8]
    var text: String { String(decoding: output, as: UTF8.self) }

    init(_ words: [String]) throws {
        func bytes(_ prefix: String) throws -> [UInt8] {
            guard let field = words.first(where: { $0.hasPrefix(prefix) }) else { throw TestFailure("no \(prefix) in \(words)") }
            return try hexadecimal(String(field.dropFirst(2)))
        }
        guard words.count > 2, let code = Int(words[2]) else { throw TestFailure("no exit code in \(words)") }
        exitCode = code
        how = words[0] == "DONE" ? words[3] : ""
        left = words[0] == "DONE" ? words[4] : ""
        output = try bytes("o=")
        error = try bytes("e=")
    }
}

func hexadecimal(_ text: String) throws -> [UInt8] {
    let digits = Array(text.utf8)
    return try stride(from: 0, to: digits.count - 1, by: 2).map { index in
        guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16) else { throw TestFailure("not hexadecimal: \(text)") }
        return byte
    }
}

/// A job id that sorts after all that were made before it.
func newJob() -> String {
    let number = jobCounter.withLock { number in
        number += 1
        return number
    }
    let digits = String(number, radix: 16)
    return "0190" + String(repeating: "0", count: 28 - digits.count) + digits
}

private let jobCounter = Lock(1)

/// A number for `sleep` that is nobody else's: the tests' own processes are found by it.
func newMark() -> String { "600.\(getpid())\(UInt64(newJob().suffix(8), radix: 16) ?? 0)" }

/// The processes that have a word among their arguments.
func processes(with word: String) -> [pid_t] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return entries.compactMap { pid_t($0) }.filter { pid in
        guard let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else { return false }
        return line.split(separator: 0).contains { String(decoding: $0, as: UTF8.self) == word }
    }
}
