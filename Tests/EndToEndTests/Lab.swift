import Foundation
import TestSupport
import Testing

/// The three Debian machines that deploy/test.sh makes, and the programs that were built.
struct Lab {
    static let directory = ProcessInfo.processInfo.environment["MUSTER_TEST_LAB"] ?? ""
    static let isAvailable = !directory.isEmpty
    static let skipReason: Comment = "needs three test hosts: run deploy/test.sh as root"
    static let hosts = ["h01", "h02", "h03"]

    /// Where `muster` and `muster-worker` lie: beside the tests' own bundle.
    static let binaries: String = {
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        return URL(filePath: bundle).deletingLastPathComponent().path
    }()
    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    static let runbooks = "\(repository)/Tests/Fixtures/runbooks"

    /// Files of one test: its inventory, keys and whatever it writes.
    let files: TemporaryDirectory
    let inventory: String
    /// Where runs of this test are kept.
    var state: String { files.file("state") }

    /// - Parameter more: further entries under `hosts:`, such as `gone: {address: 10.77.0.99}`.
    init(hosts: [String] = Lab.hosts, more: [String] = []) throws {
        files = try TemporaryDirectory()
        let rows = try String(contentsOfFile: "\(Self.directory)/inventory.tsv", encoding: .utf8).split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
        let named = rows.filter { hosts.contains($0[0]) }.map { "\($0[0]): {address: \($0[1])}" }
        inventory = try files.write(
            "inventory.yaml",
            """
            defaults:
              user: deploy
              auth_method: key
              key_path: \(Self.directory)/keys/id_ed25519
              known_hosts: \(Self.directory)/known_hosts
            hosts:
            \((named + more).map { "  \($0)\n" }.joined())
            """)
    }

    /// A name that no other run on these hosts has used.
    static func mark() -> String { "m" + String(UInt32.random(in: 0 ... .max), radix: 16) }

    /// The address of a host.
    static func address(_ host: String) throws -> String {
        let rows = try String(contentsOfFile: "\(directory)/inventory.tsv", encoding: .utf8).split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
        guard let row = rows.first(where: { $0[0] == host }) else { throw TestFailure("no host \(host) in the lab") }
        return row[1]
    }

    /// Starts `muster COMMAND … --inventory FILE --runbooks DIR`.
    func start(_ arguments: [String], environment: [String: String] = [:]) throws -> ChildProcess {
        try ChildProcess(
            "\(Self.binaries)/muster", arguments + ["--inventory", inventory, "--runbooks", Self.runbooks],
            environment: ChildProcess.environment.merging(["MUSTER_STATE": state]) { $1 }.merging(environment) { $1 })
    }

    /// Runs it to its end.
    func muster(_ arguments: [String], environment: [String: String] = [:], within limit: Duration = .seconds(120)) async throws -> Ended {
        let child = try start(arguments, environment: environment)
        return Ended(status: try await end(child, within: limit), lines: child.output)
    }

    /// Breaks or mends something of a host: `Tests/Hosts/fault.sh HOST FAULT`. Outside of the lab's namespace, where the
    /// hosts' control groups can be seen.
    @discardableResult
    static func fault(_ host: String, _ fault: String...) async throws -> [String] {
        let outside = ProcessInfo.processInfo.environment["MUSTER_TEST_OUTSIDE"] ?? "1"
        let child = try ChildProcess(
            "/usr/bin/nsenter", ["-t", outside, "-m", "-n", "--", "\(repository)/Tests/Hosts/fault.sh", host] + fault,
            environment: ProcessInfo.processInfo.environment.filter { $0.key.hasPrefix("TESTHOSTS_") || $0.key == "PATH" })
        let status = try await end(child, within: .seconds(120))
        guard status == 0 else { throw TestFailure("\(host): \(fault): status \(status): \(child.output)") }
        return child.output
    }

    /// Runs a command as root on a host, past SSH, and returns what it printed.
    @discardableResult
    static func on(_ host: String, _ command: String...) async throws -> [String] {
        let child = try ChildProcess(
            "\(repository)/Tests/Hosts/in.sh", [host] + command,
            environment: ProcessInfo.processInfo.environment.filter { $0.key.hasPrefix("TESTHOSTS_") || $0.key == "PATH" })
        let status = try await end(child, within: .seconds(120))
        guard status == 0 else { throw TestFailure("\(host): \(command): status \(status): \(child.output)") }
        return child.output
    }
}

/// A program that has ended.
struct Ended {
    var status: Int32
    var lines: [String]
    var text: String { lines.joined(separator: "\n") }

    func has(_ part: String) -> Bool { text.contains(part) }

    /// The NDJSON events of one kind.
    func events(_ kind: String) throws -> [[String: any Sendable]] { try objects().filter { $0["event"] as? String == kind } }

    /// Every line that is a JSON object.
    func objects() throws -> [[String: any Sendable]] {
        try lines.filter { $0.hasPrefix("{") }.compactMap { line in
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: any Sendable]
        }
    }
}

/// Waits for a program without holding one of the few threads that async tests share.
func end(_ child: ChildProcess, within limit: Duration) async throws -> Int32 {
    try await onOwnThread { try child.waitForEnd(within: limit) }
}

/// Waits for a line of a program that runs.
@discardableResult
func line(of child: ChildProcess, within limit: Duration = .seconds(60), _ condition: @escaping @Sendable (String) -> Bool) async throws -> String {
    try await onOwnThread { try child.waitForLine(within: limit, condition) }
}

/// What needs the hosts runs one test at a time: they would change each other's hosts.
@Suite("On real hosts", .serialized, .enabled(if: Lab.isAvailable, Lab.skipReason), .timeLimit(.minutes(5)))
struct OnHosts {}
