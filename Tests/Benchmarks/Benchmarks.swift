import Foundation
import Glibc
import SSH
import TestSupport
import Threads

/// The pid of sshd, for whoever ends this process with a signal.
nonisolated(unsafe) private var serverPID: pid_t = 0

/// Measures warm `true` side by side: our frames, libssh2, a wrapper with the same guarantees, OpenSSH's client.
@main
struct Benchmarks {
    static func main() async {
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                // sshd ends nothing by itself when we do; connections and masters end with us.
                if serverPID > 0 { kill(serverPID, SIGTERM) }
                _exit(128 + number)
            }
        }
        do {
            let options = try Options(CommandLine.arguments.dropFirst())
            guard TestSSHServer.isAvailable else { throw TestFailure("needs root and /usr/sbin/sshd (openssh-server)") }
            guard let loop = SSHLoop() else { throw TestFailure("no SSH loop") }
            let directory = try TemporaryDirectory()
            for hosts in options.hosts {
                say(try await measure(hosts: hosts, options, loop, directory).text())
            }
        } catch {
            FileHandle.standardError.write(Data("benchmark: \(error)\n".utf8))
            exit(1)
        }
    }

    /// At once, also into a file or a pipe.
    private static func say(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }

    private static func measure(hosts: Int, _ options: Options, _ loop: SSHLoop, _ directory: TemporaryDirectory) async throws -> Report {
        let fleet = try Fleet(size: hosts, in: directory)
        serverPID = fleet.server.process.pid
        defer { serverPID = 0 }
        if hosts == options.hosts.first { say(conditions(fleet, options)) }
        let runners = try await Runners(fleet: fleet, loop: loop)
        let sessions = try (0..<hosts).map { _ in try BareSession(fleet: fleet) }
        let ways: [any Way] = [
            try LookWay(runners), try StartWay(runners, journal: directory.file("journal-\(hosts)")), BareExecWay(sessions), try WrapperWay(sessions, fleet: fleet),
            try await OpenSSHWay(fleet: fleet),
        ]
        var measurement = Measurement(
            fleet: fleet, ways: ways, jobs: options.jobs, rounds: options.rounds, limit: .seconds(120) / options.hosts.count)
        let figures = try await measurement.run()
        await runners.close()
        return Report(hosts: hosts, figures: figures, otherLoad: measurement.otherLoad)
    }

    private static func conditions(_ fleet: Fleet, _ options: Options) -> String {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        return """
            Warm `true`. Hosts are connections to one real sshd on \(fleet.address), each with a ledger of its own; sshd, the commands
            and the client share the \(cores) cores of this machine. A host has one command at a time. Login shell \(fleet.loginShell), no PAM,
            libssh2 \(SSHLoop.libraryVersion), \(openSSHVersion()). Medians of up to \(options.rounds) rounds; every round runs all ways.
            """
    }

    private static func openSSHVersion() -> String { (try? run("/usr/bin/ssh", ["-V"]))?.first?.split(separator: ",").first.map(String.init) ?? "no OpenSSH" }
}
