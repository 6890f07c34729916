import Foundation
import Glibc
import TestSupport

/// CPU time of processes, from /proc: no control groups are needed.
enum CPUMeter {
    /// Of this process, all threads.
    static var ownTime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// Of one process without its children, to the nanosecond; zero if it is gone.
    static func time(of process: pid_t) -> Duration {
        let text = (try? String(contentsOfFile: "/proc/\(process)/schedstat", encoding: .ascii)) ?? ""
        return text.split(separator: " ").first.flatMap { Int64($0) }.map { .nanoseconds($0) } ?? .zero
    }

    /// Of a process and all below it, those that have ended included: each is counted with its parent when it is reaped.
    static func time(ofTree root: pid_t) -> Duration {
        var children: [pid_t: [pid_t]] = [:]
        var reaped: [pid_t: Int] = [:]
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = pid_t(entry), let stat = try? String(contentsOfFile: "/proc/\(entry)/stat", encoding: .utf8),
                let end = stat.lastIndex(of: ")")
            else { continue }
            let fields = stat[stat.index(after: end)...].split(separator: " ")
            guard fields.count > 14, let parent = pid_t(fields[1]), let user = Int(fields[13]), let system = Int(fields[14]) else { continue }
            children[parent, default: []].append(pid)
            reaped[pid] = user + system
        }
        let tick = Duration.seconds(1) / sysconf(Int32(_SC_CLK_TCK))
        var total = Duration.zero
        var open = [root]
        while let pid = open.popLast() {
            total += time(of: pid) + tick * (reaped[pid] ?? 0)
            open += children[pid] ?? []
        }
        return total
    }

    /// Of everything on this machine since it started.
    static var machineTime: Duration {
        let line = (try? String(contentsOfFile: "/proc/stat", encoding: .ascii))?.split(separator: "\n").first ?? ""
        let fields = line.split(separator: " ").dropFirst().compactMap { Int($0) }
        // user, nice, system, irq, softirq: neither idle nor waiting.
        let busy = [0, 1, 2, 5, 6].reduce(0) { $0 + ($1 < fields.count ? fields[$1] : 0) }
        return Duration.seconds(1) / sysconf(Int32(_SC_CLK_TCK)) * busy
    }
}
