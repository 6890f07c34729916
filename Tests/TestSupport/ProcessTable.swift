import Foundation
import Glibc

/// What /proc says of processes.
package enum ProcessTable {
    /// The direct children of a process.
    package static func children(of parent: pid_t) -> [pid_t] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { pid_t($0) }.filter { self.parent(of: $0) == parent }
    }

    /// All processes below one.
    package static func descendants(of ancestor: pid_t) -> [pid_t] {
        children(of: ancestor).flatMap { [$0] + descendants(of: $0) }
    }

    /// How many descriptors this process has open.
    package static var openDescriptors: Int { ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []).count }

    /// How many sockets of this machine are connected, or were left open, to a port on loopback.
    package static func connections(toPort port: Int) throws -> Int {
        let suffix = ":" + String(port, radix: 16, uppercase: true).leftPadded(to: 4)
        // 01 is ESTABLISHED, 08 CLOSE_WAIT: states that end only when the descriptor is closed.
        return try ["/proc/net/tcp", "/proc/net/tcp6"].reduce(0) { count, path in
            let lines = try String(contentsOfFile: path, encoding: .ascii).split(separator: "\n").dropFirst()
            return count
                + lines.count { line in
                    let fields = line.split(separator: " ")
                    return fields.count > 3 && fields[2].hasSuffix(suffix) && ["01", "08"].contains(fields[3])
                }
        }
    }

    /// Resident memory of this process in bytes.
    package static var residentMemory: Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .ascii)) ?? ""
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * sysconf(Int32(_SC_PAGESIZE))
    }

    /// CPU time in clock ticks of this process's thread with a name; nil if there is none.
    package static func ticks(ofThread name: String) -> Int? {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        for task in tasks {
            guard let stat = try? String(contentsOfFile: "/proc/self/task/\(task)/stat", encoding: .utf8), stat.contains("(\(name))"),
                let end = stat.lastIndex(of: ")")
            else { continue }
            let fields = stat[stat.index(after: end)...].split(separator: " ")
            guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { continue }
            return user + system
        }
        return nil
    }

    private static func parent(of pid: pid_t) -> pid_t? {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        return fields.count > 1 ? pid_t(fields[1]) : nil
    }
}

extension String {
    fileprivate func leftPadded(to length: Int) -> String { String(repeating: "0", count: max(0, length - count)) + self }
}
