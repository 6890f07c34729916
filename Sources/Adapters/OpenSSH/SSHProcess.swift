import CShims
import Glibc
import Threads

/// A running `ssh` with its three streams, on a loop's thread. It is reaped when it ends, whoever still wants it.
final class SSHProcess {
    /// Our ends of its streams: close-on-exec, non-blocking.
    struct Streams {
        var input: Int32
        var output: Int32
        var error: Int32
    }

    private let loop: EventLoop
    private let pid: pid_t
    private let watch: Int32
    private var onExit: ((SSHLog.End) -> Void)?
    private var hasEnded = false

    private init(loop: EventLoop, pid: pid_t, watch: Int32, onExit: @escaping (SSHLog.End) -> Void) {
        self.loop = loop
        self.pid = pid
        self.watch = watch
        self.onExit = onExit
    }

    /// Starts a program, without a shell, in a session and process group of its own: it has no terminal to ask at.
    ///
    /// - Parameter onExit: called once on the loop, after it was reaped.
    /// - Returns: nil with the error number when the system has no process or descriptor to give.
    static func start(
        _ program: String, _ arguments: [String], environment: [String], on loop: EventLoop, onExit: @escaping (SSHLog.End) -> Void
    ) -> Result<(process: SSHProcess, streams: Streams), StartFailure> {
        var pairs: [[Int32]] = []
        func closeAll() { for pair in pairs { for end in pair { close(end) } } }
        // Socket pairs, not pipes: close-on-exec from the first moment on, and writing to a closed one can be kept from raising SIGPIPE.
        for _ in 0..<3 {
            var pair: [Int32] = [-1, -1]
            guard unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
                let code = muster_errno()
                closeAll()
                return .failure(StartFailure(code: code))
            }
            pairs.append(pair)
        }
        var pid: pid_t = 0
        let status = spawn(&pid, program, arguments, environment, pairs.map { $0[1] })
        for index in pairs.indices { close(pairs[index].removeLast()) }
        guard status == 0 else {
            closeAll()
            return .failure(StartFailure(code: status))
        }
        let watch = muster_pidfd_open(pid)
        guard watch >= 0 else {
            let code = muster_errno()
            // Not reaped yet, so the pid is still its own.
            _ = kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            closeAll()
            return .failure(StartFailure(code: code))
        }
        for pair in pairs { _ = fcntl(pair[0], F_SETFL, O_NONBLOCK) }
        let process = SSHProcess(loop: loop, pid: pid, watch: watch, onExit: onExit)
        // Holds the process until it has ended.
        guard loop.watch(watch, .readable, { _ in process.reap() }) else {
            let code = muster_errno()
            _ = kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            close(watch)
            closeAll()
            return .failure(StartFailure(code: code))
        }
        return .success((process, Streams(input: pairs[0][0], output: pairs[1][0], error: pairs[2][0])))
    }

    struct StartFailure: Error {
        let code: Int32
        // SAFETY: strerror's text is copied at once.
        var reason: String { unsafe String(cString: strerror(code)) }
    }

    private static func spawn(_ pid: inout pid_t, _ program: String, _ arguments: [String], _ environment: [String], _ streams: [Int32]) -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (target, stream) in streams.enumerated() { unsafe posix_spawn_file_actions_adddup2(&actions, stream, Int32(target)) }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // Threads of Swift's pool block signals, and services ignore some: neither is for ssh.
        var none = sigset_t(), all = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | muster_spawn_setsid))
        var argv: [UnsafeMutablePointer<CChar>?] = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = unsafe environment.map { unsafe strdup($0) } + [nil]
        // SAFETY: the copies are ours, end with nil, and are freed once, after the call that reads them.
        defer { unsafe (argv + envp).forEach { unsafe free($0) } }
        return unsafe posix_spawn(&pid, program, &actions, &attributes, &argv, &envp)
    }

    /// Asks it to end, and ends it and what it has started if it does not within two seconds.
    func terminate() {
        guard !hasEnded else { return }
        _ = kill(pid, SIGTERM)
        _ = loop.schedule(at: MonotonicTime.now + .seconds(2)) { [self] in endAtOnce() }
    }

    /// Ends it, and what it has started, without asking.
    func endAtOnce() {
        // Until it is reaped, pid and group are its own.
        if !hasEnded { _ = kill(-pid, SIGKILL) }
    }

    private func reap() {
        var status: Int32 = 0
        guard !hasEnded, unsafe waitpid(pid, &status, WNOHANG) == pid else { return }
        hasEnded = true
        loop.forget(watch)
        close(watch)
        let handler = onExit
        onExit = nil
        handler?(status & 0x7f == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: status & 0x7f))
    }
}
