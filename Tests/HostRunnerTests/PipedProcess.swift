import Foundation
import Glibc
import TestSupport
import Threads

/// A process on three streams, as sshd would start it: own session, no blocked or ignored signals.
///
/// It is killed, by its own pid, when the last reference goes.
final class PipedProcess: Sendable {
    private struct State {
        var input: Int32
        var received: [UInt8] = []
        var said: [UInt8] = []
        var isAtEnd = false
        var isErrorAtEnd = false
        var isReaped = false
    }

    let pid: pid_t
    private let state: Lock<State>

    init(_ words: [String], environment: [String: String]) throws {
        var input: [Int32] = [-1, -1], output: [Int32] = [-1, -1], error: [Int32] = [-1, -1]
        // Socket pairs, as sshd uses them: made close-on-exec in one step, so that no other child inherits an end.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &input) == 0, socketpair(AF_UNIX, kind, 0, &output) == 0, socketpair(AF_UNIX, kind, 0, &error) == 0 else {
            throw TestFailure("no socket pair: \(errno)")
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input[0], 0)
        posix_spawn_file_actions_adddup2(&actions, output[1], 1)
        posix_spawn_file_actions_adddup2(&actions, error[1], 2)
        // What the tests themselves were started with is no business of the child.
        for descriptor in 3..<Int32(256) { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Threads of Swift's pool block signals, and a child would inherit that.
        var none = sigset_t(), all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | 0x80))
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var spawned: pid_t = 0
        let status = posix_spawn(&spawned, words[0], &actions, &attributes, &argv, &envp)
        for end in [input[0], output[1], error[1]] { close(end) }
        let state = Lock(State(input: input[1]))
        self.state = state
        let child = spawned
        pid = child
        guard status == 0 else { throw TestFailure("\(words[0]) can't be started: \(status)") }
        let reader = output[0], errorReader = error[0]
        NamedThread.start("test-output") {
            Self.collect(from: reader) { bytes in state.withLock { $0.received += bytes } }
            state.withLock { $0.isAtEnd = true }
        }
        NamedThread.start("test-error") {
            Self.collect(from: errorReader) { bytes in state.withLock { $0.said += bytes } }
            state.withLock { $0.isErrorAtEnd = true }
        }
        NamedThread.start("test-reaper") {
            var information = siginfo_t()
            while waitid(P_PID, id_t(child), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
            // Under the lock that `kill` takes: once reaped, the pid may become somebody else's.
            state.withLock { state in
                waitpid(child, nil, 0)
                state.isReaped = true
            }
        }
    }

    deinit {
        kill(SIGKILL)
        closeInput()
    }

    /// Everything on standard error so far.
    var standardError: String { String(decoding: state.withLock { $0.said }, as: UTF8.self) }
    var isAtEnd: Bool { state.withLock { $0.isAtEnd && $0.received.isEmpty } }
    var isErrorAtEnd: Bool { state.withLock { $0.isErrorAtEnd } }
    var hasEnded: Bool { state.withLock { $0.isReaped } }

    func kill(_ signal: Int32) {
        state.withLock { if !$0.isReaped { _ = Glibc.kill(pid, signal) } }
    }

    func write(_ bytes: [UInt8]) throws {
        let input = state.withLock { $0.input }
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(input, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw TestFailure("standard input is closed: \(errno)") }
            sent += count
        }
    }

    func closeInput() {
        state.withLock { state in
            if state.input >= 0 { close(state.input) }
            state.input = -1
        }
    }

    /// Takes what was printed since the last call.
    func take() -> [UInt8] {
        state.withLock { state in
            defer { state.received = [] }
            return state.received
        }
    }

    /// Takes one line, if one is complete.
    func takeLine() -> String? {
        state.withLock { state in
            guard let end = state.received.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            defer { state.received.removeSubrange(...end) }
            return String(decoding: state.received[..<end], as: UTF8.self)
        }
    }

    private static func collect(from descriptor: Int32, _ deliver: ([UInt8]) -> Void) {
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            deliver(Array(chunk.prefix(count)))
        }
        close(descriptor)
    }
}
