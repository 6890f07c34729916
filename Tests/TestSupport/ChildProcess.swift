import Foundation
import Glibc
import Threads

/// What went wrong in the tests' own machinery.
package struct TestFailure: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

/// A program that a test started. It is killed, by its own pid, when the last reference goes.
///
/// Standard output and error come on one socket, line by line: `waitForLine` is how a test waits for a program.
package final class ChildProcess: Sendable {
    private struct State {
        var lines: [String] = []
        var isAtEnd = false
        var status: Int32?
    }

    package let pid: pid_t
    private let program: String
    private let state = Lock(State())
    private let changed = Signal()

    /// What a program finds in its environment unless told otherwise: nothing of the machine the tests run on.
    package static let environment = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent", "LC_ALL": "C"]

    /// Starts a program by its absolute path.
    package init(_ program: String, _ arguments: [String], environment: [String: String] = ChildProcess.environment, input: String = "") throws {
        var output: [Int32] = [-1, -1], standardInput: [Int32] = [-1, -1]
        // Socket pairs, since they are made close-on-exec in one step: no other child may inherit an end.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &output) == 0, socketpair(AF_UNIX, kind, 0, &standardInput) == 0 else {
            throw TestFailure("no socket pair: \(errno)")
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, standardInput[0], 0)
        posix_spawn_file_actions_adddup2(&actions, output[1], 1)
        posix_spawn_file_actions_adddup2(&actions, output[1], 2)
        // A group of its own, so that a Ctrl-C at the tests does not race with their own clean-up.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The threads of Swift's pool block signals, and a background job ignores some: neither is for the child.
        var none = sigset_t(), all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let variables = environment.map { "\($0.key)=\($0.value)" }
        var argv: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
        defer { for text in argv + envp { free(text) } }
        var spawned: pid_t = 0
        let status = posix_spawn(&spawned, program, &actions, &attributes, &argv, &envp)
        close(output[1])
        close(standardInput[0])
        let text = Array(input.utf8)
        _ = send(standardInput[1], text, text.count, Int32(MSG_NOSIGNAL))
        close(standardInput[1])
        guard status == 0 else {
            close(output[0])
            throw TestFailure("\(program) can't be started: \(String(cString: strerror(status)))")
        }
        let pid = spawned
        self.pid = pid
        self.program = program
        let reader = output[0], state = self.state, changed = self.changed
        NamedThread.start("test-child") {
            Self.collect(from: reader) { line in
                state.withLock { $0.lines.append(line) }
                changed.raise()
            }
            state.withLock { $0.isAtEnd = true }
            changed.raise()
        }
        NamedThread.start("test-reaper") {
            var information = siginfo_t()
            while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
            // Under the lock that `kill` takes: once reaped, the pid may become somebody else's.
            state.withLock { state in
                var status: Int32 = 0
                waitpid(pid, &status, 0)
                state.status = status
            }
            changed.raise()
        }
    }

    deinit { kill(SIGKILL) }

    /// Everything that was printed so far.
    package var output: [String] { state.withLock { $0.lines } }

    /// Whether it has ended and all that it printed was read.
    package var hasEnded: Bool { state.withLock { $0.status != nil && $0.isAtEnd } }

    /// Sends a signal, unless the process has ended: its pid may be somebody else's by now.
    package func kill(_ signal: Int32) {
        state.withLock { if $0.status == nil { _ = Glibc.kill(pid, signal) } }
    }

    /// Waits for a line that satisfies `condition`, from the `from`-th on, and returns it.
    @discardableResult
    package func waitForLine(
        from: Int = 0, within limit: Duration = .seconds(30), _ condition: @Sendable (String) -> Bool
    ) throws -> String {
        var found: String?
        let isDone = changed.wait(within: limit) {
            state.withLock { state in
                found = state.lines.dropFirst(from).first(where: condition)
                return found != nil || state.isAtEnd
            }
        }
        guard let found else {
            throw TestFailure("\(program) \(isDone ? "ended" : "did not print the line"): \(output.suffix(20).joined(separator: " | "))")
        }
        return found
    }

    /// Waits for the end and returns the exit status; 128 + signal if killed.
    @discardableResult
    package func waitForEnd(within limit: Duration = .seconds(60)) throws -> Int32 {
        let isDone = changed.wait(within: limit) { state.withLock { $0.status != nil && $0.isAtEnd } }
        guard isDone, let status = state.withLock({ $0.status }) else { throw TestFailure("\(program) did not end") }
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }

    private static func collect(from descriptor: Int32, _ deliver: (String) -> Void) {
        var pending: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            pending.append(contentsOf: chunk.prefix(count))
            while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                deliver(String(decoding: pending[..<end], as: UTF8.self).trimmingCharacters(in: ["\r"]))
                pending.removeSubrange(...end)
            }
        }
        if !pending.isEmpty { deliver(String(decoding: pending, as: UTF8.self)) }
        close(descriptor)
    }
}

/// Runs a program to its end and returns what it printed; throws when it fails.
@discardableResult
package func run(_ program: String, _ arguments: [String], environment: [String: String] = ChildProcess.environment, input: String = "") throws -> [String] {
    let child = try ChildProcess(program, arguments, environment: environment, input: input)
    let status = try child.waitForEnd()
    guard status == 0 else { throw TestFailure("\(program) \(arguments): status \(status): \(child.output)") }
    return child.output
}
