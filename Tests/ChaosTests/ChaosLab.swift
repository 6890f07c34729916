import Foundation
import Glibc
import TestSupport
import Testing

/// The hosts that are made for these tests alone: they are killed, cut off and rebooted.
struct ChaosLab: Sendable {
    static let directory = ProcessInfo.processInfo.environment["MUSTER_CHAOS_LAB"] ?? ""
    static let rows: [[String]] = ((try? String(contentsOfFile: "\(directory)/inventory.tsv", encoding: .utf8)) ?? "")
        .split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
    static let hosts = rows.map { $0[0] }
    static let isAvailable = hosts.count >= 20
    static let skipReason: Comment = "needs 20 test hosts of their own: run deploy/test.sh as root"

    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    static let name = URL(filePath: directory).lastPathComponent
    /// Where `muster` and `muster-worker` lie: beside the tests' own bundle.
    static let binaries: String = {
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        return URL(filePath: bundle).deletingLastPathComponent().path
    }()
    /// Hosts with ledgers on small disks of their own, which run full. These keep their power: such a disk would be lost with it.
    static let smallDisks = Array(hosts.prefix(max(1, hosts.count / 5)))
    static let otherHosts = hosts.filter { !smallDisks.contains($0) }
    private static let ledgers = [("/var/lib/muster", "root"), ("/home/deploy/.local/state/muster", "deploy")]
    private static var environment: [String: String] {
        let top = URL(filePath: directory).deletingLastPathComponent().deletingLastPathComponent().path
        return ["PATH": ChildProcess.environment["PATH"] ?? "", "TESTHOSTS_LAB": name, "TESTHOSTS_DIR": top, "LC_ALL": "C"]
    }

    // MARK: Programs

    /// Starts `muster` or `muster-worker` where it sees the hosts.
    static func start(_ program: String, _ arguments: [String]) throws -> ChildProcess {
        var environment = Self.environment
        environment["HOME"] = "/nonexistent"
        return try ChildProcess("\(repository)/Tests/Hosts/in.sh", ["ctl", "\(binaries)/\(program)"] + arguments, environment: environment)
    }

    /// Breaks or mends something of a host; it ends when that is done.
    static func fault(_ host: String, _ arguments: [String]) throws -> ChildProcess {
        try ChildProcess("\(repository)/Tests/Hosts/fault.sh", [host] + arguments, environment: environment)
    }

    /// Runs a shell text as root in a host.
    static func inHost(_ host: String, _ text: String) throws -> ChildProcess {
        try ChildProcess("\(repository)/Tests/Hosts/in.sh", [host, "sh", "-c", text], environment: environment)
    }

    /// Puts the ledgers of some hosts on small disks, unless they are there already.
    static func prepare() async throws {
        let children = try smallDisks.map { host in
            try inHost(
                host,
                ledgers.map { path, owner in
                    "mountpoint -q \(path) || { runuser -u \(owner) -- mkdir -p \(path) && mount -t tmpfs -o size=1m,mode=700,uid=$(id -u \(owner)) tmpfs \(path); }"
                }.joined(separator: " && "))
        }
        for child in children {
            let status = try await end(child, within: .seconds(60))
            guard status == 0 else { throw TestFailure("a small disk could not be made: \(child.output)") }
        }
    }

    // MARK: Hosts from outside

    /// A host's root directory as this machine sees it; nil if it has no power.
    static func root(of host: String) -> String? {
        guard let text = try? String(contentsOfFile: "\(directory)/hosts/\(host)/nspawn.pid", encoding: .utf8), let pid = pid_t(text),
            let children = try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8), let first = children.split(separator: " ").first
        else { return nil }
        return "/proc/\(first)/root"
    }

    /// The lines that the counters of one identity have left on a host.
    static func lines(_ host: String, _ path: String) throws -> [String] {
        guard let root = root(of: host) else { throw TestFailure("\(host) has no power") }
        guard access(root + path, F_OK) == 0 else { return [] }
        return try String(contentsOfFile: root + path, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    /// Fills the small disks of a host to the last byte.
    static func fill(_ host: String) {
        guard let root = root(of: host) else { return }
        for (path, _) in ledgers {
            let descriptor = open("\(root)\(path)/.fill", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            let page = [UInt8](repeating: 0, count: 4096)
            var size = page.count
            while size > 0 { if write(descriptor, page, size) < 0 { size /= 2 } }
        }
    }

    static func clear(_ host: String) {
        guard let root = root(of: host) else { return }
        for (path, _) in ledgers { unlink("\(root)\(path)/.fill") }
    }
}

/// Waits for a program without holding one of the few threads that async tests share.
func end(_ child: ChildProcess, within limit: Duration) async throws -> Int32 {
    try await onOwnThread { try child.waitForEnd(within: limit) }
}

/// The processes that a run has on the hosts.
struct HostProcesses {
    struct Entry {
        var host: String
        var pid: pid_t
        var parent: pid_t
        var arguments: String
    }
    let entries: [Entry]

    /// Looks at every process of the lab's hosts: each lives in its host's control group.
    init() {
        let marker = "/testhosts/\(ChaosLab.name)/"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        entries = names.compactMap { name in
            guard let pid = pid_t(name), let host = Self.host(of: pid, marker), let arguments = try? Data(contentsOf: URL(filePath: "/proc/\(pid)/cmdline")),
                !arguments.isEmpty, let parent = Self.parent(of: pid)
            else { return nil }
            let text = String(decoding: arguments.map { $0 == 0 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
            return Entry(host: host, pid: pid, parent: parent, arguments: text)
        }
    }

    private static func host(of pid: pid_t, _ marker: String) -> String? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/cgroup", encoding: .utf8), let range = text.range(of: marker) else { return nil }
        return String(text[range.upperBound...].prefix { $0 != "/" && $0 != "\n" })
    }

    private static func parent(of pid: pid_t) -> pid_t? {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        return fields.count > 1 && fields[0] != "Z" ? pid_t(fields[1]) : nil
    }

    private static func isOfRunner(_ entry: Entry) -> Bool { entry.arguments.hasPrefix("sh -c IFS= read -r p;eval") }

    /// Shells that carry out a counter's command.
    func commands(_ mark: String) -> [Entry] { entries.filter { $0.arguments.hasPrefix("sh -c sleep ") && $0.arguments.contains(mark) } }

    /// Processes of runners that wait for such a shell.
    func supervisors(_ mark: String) -> [Entry] {
        let parents = Set(commands(mark).map(\.parent))
        return entries.filter { Self.isOfRunner($0) && parents.contains($0.pid) }
    }

    /// Runners themselves: what they fork has one of them as parent.
    var runners: [Entry] {
        let all = Set(entries.filter(Self.isOfRunner).map(\.pid))
        return entries.filter { Self.isOfRunner($0) && !all.contains($0.parent) }
    }

    /// The servers of single SSH connections.
    var sessions: [Entry] { entries.filter { $0.arguments.hasPrefix("sshd: deploy") } }

    /// Sends a signal to a process that is still what it was.
    static func signal(_ entry: Entry, _ number: Int32) {
        guard host(of: entry.pid, "/testhosts/\(ChaosLab.name)/") == entry.host else { return }
        kill(entry.pid, number)
    }
}
