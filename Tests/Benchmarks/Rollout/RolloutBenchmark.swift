import Foundation
import TestSupport
import Threads

/// A roll-out by the real programs, on hosts behind one sshd: how evenly workers share the hosts, and where the client's CPU goes.
@main
struct RolloutBenchmark {
    static let subtasks = 5

    static func main() {
        do {
            guard TestSSHServer.isAvailable else { throw TestFailure("needs root and /usr/sbin/sshd (openssh-server)") }
            let hosts = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 200
            print("A roll-out of \(subtasks) subtasks on \(hosts) hosts: addresses of one sshd, each a machine of its own. Coordinator, workers, sshd and the")
            print("commands share the \(ProcessInfo.processInfo.activeProcessorCount) cores of this machine.\n")
            var reports: [RolloutReport] = []
            for workers in [1, 2] { reports.append(try rollOut(hosts: hosts, workers: workers)) }
            print(RolloutReport.table(reports))
            for report in reports {
                let counts = report.hostsOfWorkers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
                print("Hosts of the workers, \(report.workers) there: \(counts).")
                // A fifth more or less than its share is more than chance.
                let share = Double(hosts) / Double(report.workers)
                guard report.hostsOfWorkers.count == report.workers, report.hostsOfWorkers.values.allSatisfy({ abs(Double($0) - share) <= share / 5 }) else {
                    throw TestFailure("the hosts are not shared evenly")
                }
            }
        } catch {
            FileHandle.standardError.write(Data("benchmark: \(error)\n".utf8))
            exit(1)
        }
    }

    static let binaries = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path

    static func rollOut(hosts: Int, workers: Int) throws -> RolloutReport {
        let fleet = try RolloutFleet(hosts: hosts)
        let directory = fleet.directory
        _ = try directory.directory("runbooks")
        _ = try directory.write("runbooks/rollout.yaml", runbook)
        let keys = directory.file("keys"), endpoint = "ipc://\(directory.file("workers"))", socket = directory.file("c.sock")
        let names = (1...workers).map { "w\($0)" }
        try run("\(binaries)/muster", ["keys", "generate", "coordinator", "--directory", keys])
        for name in names { try run("\(binaries)/muster", ["keys", "generate", "worker", name, "--directory", keys]) }
        let coordinator = try ChildProcess(
            "\(binaries)/muster-coordinator",
            [
                "--listen", endpoint, "--keys", keys, "--socket", socket, "--state", directory.file("state"), "--inventory", fleet.inventory, "--runbooks",
                directory.file("runbooks"),
            ])
        try coordinator.waitForLine { $0.contains("ready") }
        let processes = try names.map {
            try ChildProcess("\(binaries)/muster-worker", ["--connect", endpoint, "--key", "\(keys)/\($0).key", "--coordinator-key", "\(keys)/coordinator.pub"])
        }
        for name in names { try coordinator.waitForLine(within: .seconds(30)) { $0.contains("worker joined") && $0.contains("worker=\(name)") } }
        func muster(_ arguments: [String]) throws -> ChildProcess {
            let child = try ChildProcess("\(binaries)/muster", ["--coordinator", "unix:\(socket)"] + arguments)
            guard try child.waitForEnd(within: .seconds(240)) == 0 else { throw TestFailure("muster \(arguments): \(child.output.suffix(5))") }
            return child
        }
        // Logs in everywhere: what follows is warm.
        let loginsFrom = MonotonicTime.now
        _ = try muster(["hosts"])
        let logins = MonotonicTime.now - loginsFrom
        let before = ThreadTimes(coordinator: coordinator.pid, workers: processes.map(\.pid))
        let from = MonotonicTime.now
        let ended = try muster(["run", "Roll out", "--yes"])
        let seconds = MonotonicTime.now - from
        let times = ThreadTimes(coordinator: coordinator.pid, workers: processes.map(\.pid)) - before
        guard ended.output.contains(where: { $0.contains("\(hosts) of \(hosts) hosts done: \(hosts * subtasks) subtasks changed something") }) else {
            throw TestFailure("not every job was done: \(ended.output.suffix(3))")
        }
        let counts = try hostsOfWorkers(muster(["workers", "list"]).output)
        for child in processes + [coordinator] { child.kill(15) }
        for child in processes + [coordinator] { _ = try child.waitForEnd(within: .seconds(60)) }
        return RolloutReport(workers: workers, jobs: hosts * subtasks, logins: logins, seconds: seconds, times: times, hostsOfWorkers: counts)
    }

    /// `w1  0 of 64 slots  100 hosts`.
    static func hostsOfWorkers(_ lines: [String]) -> [String: Int] {
        var counts: [String: Int] = [:]
        for line in lines {
            let words = line.split(separator: " ").map(String.init)
            if let place = words.firstIndex(where: { $0.hasPrefix("host") }), place > 0, let count = Int(words[place - 1]) { counts[words[0]] = count }
        }
        return counts
    }

    private static var runbook: String {
        let tasks = (1...subtasks).map { "      - {id: t\($0), title: Task \($0), guard: test -e /var/tmp/muster-never, command: 'true', health: 'true'}" }
        return """
            runbook: rollout
            title: Roll out
            families: [debian]
            phrases:
              en: [roll out]
            steps:
              - id: s
                title: Step
                subtasks:
            \(tasks.joined(separator: "\n"))

            """
    }
}
