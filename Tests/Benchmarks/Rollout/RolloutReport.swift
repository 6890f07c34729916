import Foundation

/// CPU time of the client's threads, by what they are for.
struct ThreadTimes {
    /// Deciding, the journal, and the interface: the coordinator's threads but those of the wire.
    var dispatch = 0.0
    /// libzmq's threads and those that read and write its sockets, in all processes.
    var wire = 0.0
    /// The workers' threads that hold connections.
    var ssh = 0.0
    /// What else the workers do: reading jobs, judging commands, keeping outcomes.
    var work = 0.0
    var total: Double { dispatch + wire + ssh + work }

    /// Seconds so far, from /proc/PID/task/TID/schedstat.
    init(coordinator: pid_t, workers: [pid_t]) {
        for (process, isWorker) in [(coordinator, false)] + workers.map({ ($0, true) }) {
            for thread in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? [] {
                let path = "/proc/\(process)/task/\(thread)"
                guard let name = try? String(contentsOfFile: "\(path)/comm", encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines),
                    let times = try? String(contentsOfFile: "\(path)/schedstat", encoding: .ascii), let nanoseconds = times.split(separator: " ").first.flatMap({ Double($0) })
                else { continue }
                let seconds = nanoseconds / 1e9
                if name.hasPrefix("ZMQbg") || name == "muster-zap" || name == "muster-coord" || (name == "muster-worker" && thread != "\(process)") {
                    wire += seconds
                } else if name == "muster-ssh" {
                    ssh += seconds
                } else if isWorker {
                    work += seconds
                } else {
                    dispatch += seconds
                }
            }
        }
    }

    static func - (left: ThreadTimes, right: ThreadTimes) -> ThreadTimes {
        var times = left
        times.dispatch -= right.dispatch
        times.wire -= right.wire
        times.ssh -= right.ssh
        times.work -= right.work
        return times
    }
}

struct RolloutReport {
    var workers: Int
    var jobs: Int
    var logins: Duration
    var seconds: Duration
    var times: ThreadTimes
    var hostsOfWorkers: [String: Int]

    static func table(_ reports: [RolloutReport]) -> String {
        func row(_ name: String, _ value: (RolloutReport) -> String) -> String { "| \(name) | " + reports.map(value).joined(separator: " | ") + " |" }
        func share(_ part: @escaping (ThreadTimes) -> Double) -> (RolloutReport) -> String { { String(format: "%.0f %%", 100 * part($0.times) / $0.times.total) } }
        return [
            row("", { "\($0.workers) worker\($0.workers == 1 ? "" : "s")" }), row("---", { _ in "---" }),
            row("first contact with all hosts, s", { String(format: "%.1f", $0.logins / .seconds(1)) }),
            row("the roll-out, s", { String(format: "%.1f", $0.seconds / .seconds(1)) }),
            row("jobs a second", { String(format: "%.0f", Double($0.jobs) / ($0.seconds / .seconds(1))) }),
            row("client CPU for each job, ms", { String(format: "%.2f", 1000 * $0.times.total / Double($0.jobs)) }),
            row("of it dispatch (deciding, journal, interface)", share(\.dispatch)), row("of it wire (libzmq, sockets)", share(\.wire)),
            row("of it SSH (libssh2, connections)", share(\.ssh)), row("of it work (reading jobs, the guard, outcomes)", share(\.work)),
        ].joined(separator: "\n") + "\n"
    }
}
