import Foundation
import Glibc
import TestSupport
import Threads

/// OpenSSH's own client over a connection that a master holds open (ControlMaster): a process for each command.
struct OpenSSHWay: Way {
    let name = "OpenSSH, ControlMaster"
    private let masters: [Master]
    private let clients = Lock(Duration.zero)
    private let answered = Lock(0)

    init(fleet: Fleet) async throws {
        let opened = Lock<[Master]>([])
        let next = Lock(0)
        // As many at once as our own limiter allows at one server.
        try await onThreads(min(8, fleet.size)) { _ in
            while true {
                let host = next.withLock { next in
                    defer { next += 1 }
                    return next
                }
                guard host < fleet.size else { return }
                let master = try Master(fleet: fleet, host: host)
                opened.withLock { $0.append(master) }
            }
        }
        masters = opened.withLock { $0 }
    }

    var share: Int { 8 }

    func carryOut(jobs: Int) async throws {
        let tickets = Tickets(jobs)
        try await onThreads(masters.count) { host in
            while tickets.take() {
                let time = try masters[host].execute("true")
                clients.withLock { $0 += time }
                answered.withLock { $0 += 1 }
            }
        }
    }

    /// The clients that have ended, and the masters through which they went.
    var programTime: Duration { get throws { masters.reduce(clients.withLock { $0 }) { $0 + CPUMeter.time(of: $1.process.pid) } } }

    func verify() throws -> String { "\(answered.withLock { $0 }) exit statuses of 0" }

    /// A connection that is held open as long as this object lives, even if this process is killed: its command, `cat`, ends
    /// with its input.
    private final class Master: Sendable {
        let process: Program
        private let options: [String]
        private let input: Int32

        init(fleet: Fleet, host: Int) throws {
            options = [
                "-F", "none", "-i", fleet.key.path, "-p", "\(fleet.server.port)", "-l", fleet.user, "-o", "UserKnownHostsFile=\(fleet.knownHosts)",
                "-o", "GlobalKnownHostsFile=none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "LogLevel=ERROR",
                "-o", "ControlPath=\(fleet.file("master\(host)"))",
            ]
            var ends: [Int32] = [-1, -1]
            // A socket pair, since it is made close-on-exec in one step: no other master may inherit an end.
            guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
                throw TestFailure("no socket pair: \(errno)")
            }
            defer { close(ends[0]) }
            input = ends[1]
            // A cheap key exchange: the login is not what is measured.
            let login = ["-o", "ControlMaster=yes", "-o", "KexAlgorithms=curve25519-sha256", fleet.address, "cat"]
            process = try Program("/usr/bin/ssh", options + login, input: ends[0])
            let deadline = MonotonicTime.now + .seconds(60)
            // The control socket appears when the login has succeeded.
            while access(fleet.file("master\(host)"), F_OK) != 0 {
                guard MonotonicTime.now < deadline else { throw TestFailure("ssh can't log in") }
                usleep(5000)
            }
        }

        deinit {
            close(input)
            _ = try? process.waitForEnd()
        }

        /// Runs a command and returns the CPU time that its client took.
        func execute(_ command: String) throws -> Duration {
            let client = try Program("/usr/bin/ssh", options + ["127.0.0.1", command], input: nil)
            let (status, time) = try client.waitForEnd()
            guard status == 0 else { throw WrongCount("ssh ended with status \(status)") }
            return time
        }
    }
}

/// A program with as little around it as can be: what is measured is the program.
struct Program: Sendable {
    let pid: pid_t

    /// - Parameter input: standard input; nil for none. It may print on standard error, which is ours.
    init(_ path: String, _ arguments: [String], input: Int32?) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input { posix_spawn_file_actions_adddup2(&actions, input, 0) } else { posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) }
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        let variables = ["PATH=/usr/bin:/bin", "HOME=/nonexistent", "LC_ALL=C"]
        var environment: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
        defer { for text in argv + environment { free(text) } }
        var spawned: pid_t = 0
        let status = posix_spawn(&spawned, path, &actions, nil, &argv, &environment)
        guard status == 0 else { throw TestFailure("\(path) can't be started: \(String(cString: strerror(status)))") }
        pid = spawned
    }

    /// Exit status (128 + signal if killed) and CPU time.
    func waitForEnd() throws -> (status: Int, time: Duration) {
        var status: Int32 = 0
        var usage = rusage()
        while wait4(pid, &status, 0, &usage) < 0 {
            guard errno == EINTR else { throw TestFailure("can't wait for \(pid): \(errno)") }
        }
        let time = Duration.seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + .microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
        return (Int(status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)), time)
    }
}
