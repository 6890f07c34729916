import Foundation
import TestSupport
import Testing

/// A coordinator, two workers and three targets.
private let hasSixHosts = ((try? String(contentsOfFile: "\(Lab.directory)/inventory.tsv", encoding: .utf8)) ?? "").contains("h06\t")

extension OnHosts {
    /// The coordinator on h01, workers on h02 and h03, as systemd services that deploy/install.sh installed; they work on h04 to h06.
    @Suite("Services of systemd", .enabled(if: hasSixHosts, "needs six test hosts: run deploy/test.sh as root"))
    struct ServiceTests {
        static let targets = ["h04", "h05", "h06"]
        static let workers = ["w1": "h02", "w2": "h03"]

        let files: TemporaryDirectory

        /// Installs everything anew, with new keys, and starts it.
        init() async throws {
            files = try TemporaryDirectory()
            let child = try ChildProcess(
                "\(Lab.repository)/Tests/Hosts/muster.sh", ["h01", "h02", "h03"],
                environment: ProcessInfo.processInfo.environment.filter { $0.key.hasPrefix("TESTHOSTS_") || $0.key == "PATH" }.merging(["MUSTER_BUILT": Lab.binaries]) { $1 })
            guard try await end(child, within: .seconds(180)) == 0 else { throw TestFailure("not installed: \(child.output)") }
            try await Lab.on("h01", "sh", "-c", "systemctl stop muster-coordinator; rm -rf /etc/muster/keys/* /var/lib/muster-coordinator")
            for key in ["coordinator", "worker w1", "worker w2"] { try await Lab.on("h01", "sh", "-c", "muster keys generate \(key) --directory /etc/muster/keys") }
            for (worker, host) in Self.workers {
                for file in ["coordinator.pub", "\(worker).key"] {
                    try await put(host, "/etc/muster/keys/\(file)", try await Lab.on("h01", "cat", "/etc/muster/keys/\(file)").joined(separator: "\n") + "\n", mode: file.hasSuffix(".key") ? "600" : "644")
                }
                try await put(host, "/etc/muster/ssh-key", try String(contentsOfFile: "\(Lab.directory)/keys/id_ed25519", encoding: .utf8), mode: "600", owner: "muster")
                try await put(host, "/etc/muster/worker.env", "MUSTER_COORDINATOR_ENDPOINT=tcp://\(try Lab.address("h01")):7731\n", mode: "644")
            }
            try await put("h01", "/etc/muster/known_hosts", try String(contentsOfFile: "\(Lab.directory)/known_hosts", encoding: .utf8), mode: "644")
            try await put("h01", "/etc/muster/coordinator.env", "MUSTER_COORDINATOR_OPTIONS=--listen tcp://0.0.0.0:7731\n", mode: "644")
            try await put("h01", "/etc/muster/runbooks/count.yaml", try String(contentsOfFile: "\(Lab.runbooks)/probe-count.yaml", encoding: .utf8), mode: "644")
            let hosts = try Self.targets.map { "  \($0): {address: \(try Lab.address($0))}\n" }.joined()
            try await put(
                "h01", "/etc/muster/inventory.yaml",
                "defaults: {user: deploy, auth_method: key, key_path: /etc/muster/ssh-key, known_hosts: /etc/muster/known_hosts}\nhosts:\n\(hosts)", mode: "644")
            try await Lab.on("h01", "systemctl", "restart", "muster-coordinator")
            for (worker, host) in Self.workers { try await Lab.on(host, "systemctl", "restart", "muster-worker@\(worker)") }
            #expect(try await eventually(within: .seconds(60)) { try await muster("workers", "list").count == 2 })
        }

        func put(_ host: String, _ path: String, _ text: String, mode: String, owner: String = "root") async throws {
            let coded = Data(text.utf8).base64EncodedString()
            try await Lab.on(host, "sh", "-c", "echo \(coded) | base64 -d >\(path).new && chown \(owner): \(path).new && chmod \(mode) \(path).new && mv \(path).new \(path)")
        }

        /// As a member of the socket's group, not as root.
        func muster(_ arguments: String...) async throws -> [String] {
            try await Lab.on("h01", "sh", "-c", "id -nG deploy | grep -qw muster || usermod -aG muster deploy")
            return try await Lab.on("h01", "runuser", "-u", "deploy", "--", "muster", "--coordinator", "unix:/run/muster/coordinator.sock", arguments[0], arguments.dropFirst().joined(separator: " "))
        }

        /// A run as a person on h01 sees it.
        func startRun(_ mark: String) throws -> ChildProcess {
            try ChildProcess(
                "\(Lab.repository)/Tests/Hosts/in.sh",
                ["h01", "muster", "--coordinator", "unix:/run/muster/coordinator.sock", "run", "Count slowly", "--set", "mark=\(mark)", "--yes"],
                environment: ProcessInfo.processInfo.environment.filter { $0.key.hasPrefix("TESTHOSTS_") || $0.key == "PATH" })
        }

        func expectOnce(_ mark: String) async throws {
            for host in Self.targets { #expect(try await Lab.on(host, "cat", "/var/tmp/count-\(mark)") == ["one", "two", "three"], "\(host)") }
        }

        @Test("each killed in turn in mid-run come back by themselves, and nothing is lost or repeated")
        func killed() async throws {
            let mark = Lab.mark()
            let view = try startRun(mark)
            try await line(of: view) { $0.hasPrefix("run ") }
            try await Lab.on("h01", "systemctl", "kill", "-s", "KILL", "muster-coordinator")
            try await line(of: view) { $0.contains("count/one") && $0.contains("changed") }
            try await Lab.on("h02", "systemctl", "kill", "-s", "KILL", "muster-worker@w1")
            try await line(of: view) { $0.contains("count/two") && $0.contains("changed") }
            try await Lab.on("h03", "systemctl", "kill", "-s", "KILL", "muster-worker@w2")
            #expect(try await end(view, within: .seconds(120)) == 0, "\(view.output)")
            #expect(view.output.contains { $0.contains("3 of 3 hosts done: 9 subtasks changed something") }, "\(view.output)")
            try await expectOnce(mark)
            #expect(try await Lab.on("h01", "systemctl", "show", "-P", "NRestarts", "muster-coordinator") == ["1"])
            // The journal's fields find all of a run.
            let run = try #require(view.output.first { $0.hasPrefix("run ") }).dropFirst(4)
            #expect(try await Lab.on("h01", "journalctl", "-q", "-o", "cat", "MUSTER_RUN=\(run)").contains { $0.hasPrefix("run taken up") })
        }

        @Test("are upgraded one after the other under load: no job fails, nothing runs twice")
        func rolling() async throws {
            let mark = Lab.mark()
            let view = try startRun(mark)
            try await line(of: view) { $0.hasPrefix("run ") }
            for (worker, host) in Self.workers.sorted(by: { $0.key < $1.key }) {
                // What an upgrade does: new files, then a restart, which lets commands end or hands them over.
                try await Lab.on(host, "/opt/muster/deploy/install.sh", "--from", "/opt/muster/bin")
                try await Lab.on(host, "systemctl", "restart", "muster-worker@\(worker)")
                #expect(try await eventually(within: .seconds(60)) { try await muster("workers", "list").count == 2 })
            }
            try await Lab.on("h01", "systemctl", "restart", "muster-coordinator")
            #expect(try await end(view, within: .seconds(120)) == 0, "\(view.output)")
            #expect(!view.output.contains { $0.contains("failed") }, "\(view.output)")
            try await expectOnce(mark)
        }

        @Test("read their configuration again without a restart, and keep it if the new one is wrong")
        func reload() async throws {
            let before = try await Lab.on("h01", "systemctl", "show", "-P", "MainPID", "muster-coordinator")
            let good = try await Lab.on("h01", "cat", "/etc/muster/inventory.yaml").joined(separator: "\n") + "\n"
            try await put("h01", "/etc/muster/inventory.yaml", good.replacing("  h06:", with: "  renamed:"), mode: "644")
            try await Lab.on("h01", "systemctl", "reload", "muster-coordinator")
            #expect(try await eventually(within: .seconds(30)) { try await muster("hosts", "--hosts=renamed").count == 1 })
            try await put("h01", "/etc/muster/inventory.yaml", good + "hots: {}\n", mode: "644")
            try await Lab.on("h01", "systemctl", "reload", "muster-coordinator")
            #expect(try await eventually(within: .seconds(30)) { try await Lab.on("h01", "journalctl", "-q", "-o", "cat", "-u", "muster-coordinator").contains { $0.contains("did you mean 'hosts'") } })
            #expect(try await muster("hosts", "--hosts=renamed").count == 1)
            #expect(try await Lab.on("h01", "systemctl", "show", "-P", "MainPID", "muster-coordinator") == before)
        }

        @Test("are taken away again without a trace but what is the user's")
        func uninstall() async throws {
            try await Lab.on("h02", "/opt/muster/deploy/install.sh", "--uninstall")
            #expect(try await Lab.on("h02", "sh", "-c", "ls /usr/local/bin /etc/systemd/system | grep muster || true").isEmpty)
            #expect(try await Lab.on("h02", "ls", "/etc/muster/keys").contains("w1.key"))
            #expect(try await Lab.on("h02", "systemctl", "list-units", "--plain", "--no-legend", "muster-worker@*").isEmpty)
        }
    }
}
