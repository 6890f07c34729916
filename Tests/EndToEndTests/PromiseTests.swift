import Foundation
import TestSupport
import Testing

extension OnHosts {
    /// What other tools fail at, one trouble each; ChaosTests mix them all.
    @Suite("The promise: at most once, and every outcome known")
    struct PromiseTests {
        private struct StatusLine: Decodable {
            var host: String
            var subtask: String
            var status: String
        }

        private func status(_ lab: Lab, _ state: String) async throws -> [StatusLine] {
            try await lab.muster(["status", "--state", state, "--json"]).lines.map { try JSONDecoder().decode(StatusLine.self, from: Data($0.utf8)) }
        }

        /// Processes on a host whose arguments have a part, with the pids that the host itself gives them.
        private func processes(_ host: String, with part: String) async throws -> [String] {
            try await Lab.on(host, "sh", "-c", "ps -e -o pid= -o args= | grep -F -- \"$0\" | grep -vF 'grep -F' | while read -r pid rest; do [ $pid = $$ ] || echo $pid; done", part)
        }

        private func starts(_ child: ChildProcess, on hosts: [String]) async throws {
            for host in hosts { try await line(of: child) { $0.contains("\"event\":\"started\"") && $0.contains("\"host\":\"\(host)\"") } }
        }

        @Test("commands that run when the coordinator is killed are not lost, and none that is handed out twice runs twice")
        func coordinatorKilled() async throws {
            let lab = try Lab(), mark = Lab.mark(), state = lab.files.file("state")
            let child = try lab.start(["run", "Count slowly", "--set", "mark=\(mark)", "--yes", "--json", "--state", state])
            try await starts(child, on: Lab.hosts)
            child.kill(9)
            #expect(try await end(child, within: .seconds(10)) == 137)
            // They end while nobody follows them.
            for host in Lab.hosts { #expect(await eventually { (try? await Lab.on(host, "cat", "/var/tmp/count-\(mark)")) == ["one"] }) }
            #expect(try await status(lab, state).filter { $0.subtask == "one" }.allSatisfy { $0.status == "open" })
            let resumed = try await lab.muster(["resume", "--state", state, "--json"])
            #expect(resumed.status == 0, "\(resumed.text)")
            // The same attempts went out a second time, and their outcomes were there.
            #expect(try resumed.events("assigned").count { $0["subtask"] as? String == "one" && $0["epoch"] as? Int == 2 && $0["attempt"] as? Int == 1 } == 3)
            #expect(try resumed.events("finished").filter { $0["subtask"] as? String == "one" }.map { $0["status"] as? String } == ["changed", "changed", "changed"])
            for host in Lab.hosts { #expect(try await Lab.on(host, "cat", "/var/tmp/count-\(mark)") == ["one", "two", "three"]) }
            #expect(try await status(lab, state).allSatisfy { $0.status == "changed" })
            #expect(try await lab.muster(["journal", "verify", "--state", state]).status == 0)
        }

        @Test("a link that dies in mid-command does not make the command run again")
        func linkDies() async throws {
            let lab = try Lab(hosts: ["h01", "h02"]), mark = Lab.mark(), state = lab.files.file("state")
            let child = try lab.start(["run", "Count slowly", "--set", "mark=\(mark)", "--yes", "--json", "--state", state])
            try await starts(child, on: ["h01", "h02"])
            let killed = "main=$(systemctl show -p MainPID --value ssh); for p in $(pgrep '^sshd'); do [ $p = $main ] || { kill -KILL $p && echo $p; }; done"
            #expect(try await !Lab.on("h01", "sh", "-c", killed).isEmpty)
            #expect(try await end(child, within: .seconds(90)) == 0, "\(child.output)")
            for host in ["h01", "h02"] { #expect(try await Lab.on(host, "cat", "/var/tmp/count-\(mark)") == ["one", "two", "three"]) }
            #expect(try await status(lab, state).allSatisfy { $0.status == "changed" })
        }

        @Test("a host that falls silent in mid-command is not counted as done, however long it takes; nor as failed")
        func silent() async throws {
            let lab = try Lab(hosts: ["h01", "h02"]), mark = Lab.mark(), state = lab.files.file("state")
            let child = try lab.start(["run", "Count slowly", "--set", "mark=\(mark)", "--yes", "--json", "--state", state])
            try await starts(child, on: ["h01", "h02"])
            // The machine and its sshd answer; who carries the command out says nothing.
            let runners = try await processes("h01", with: "IFS= read -r p;eval")
            #expect(!runners.isEmpty)
            for pid in runners { try await Lab.on("h01", "kill", "-STOP", pid) }
            try await line(of: child) { $0.contains("\"event\":\"finished\"") && $0.contains("\"host\":\"h02\"") && $0.contains("\"subtask\":\"three\"") }
            #expect(!child.output.contains { $0.contains("\"event\":\"finished\"") && $0.contains("\"host\":\"h01\"") }, "\(child.output)")
            let silent = try await status(lab, state).filter { $0.host == "h01" }
            #expect(silent.map(\.status) == ["open", "waits", "waits"], "\(silent)")
            for pid in runners { try await Lab.on("h01", "sh", "-c", "kill -CONT \(pid) 2>/dev/null || true") }
            #expect(try await end(child, within: .seconds(90)) == 0, "\(child.output)")
            for host in ["h01", "h02"] { #expect(try await Lab.on(host, "cat", "/var/tmp/count-\(mark)") == ["one", "two", "three"]) }
        }

        @Test("a host that accepts connections and says nothing takes no part, and is told of as not reached")
        func hangs() async throws {
            let lab = try Lab(hosts: ["h01"], more: ["mute: {address: \(try Lab.address("h02")), timeout: 3}"]), mark = Lab.mark()
            try await Lab.on("h02", "systemctl", "kill", "--kill-who=main", "-s", "STOP", "ssh.service")
            let ended = try await lab.muster(["run", "Count slowly", "--set", "mark=\(mark)", "--yes", "--json", "--state", lab.files.file("state")])
            try await Lab.on("h02", "systemctl", "kill", "--kill-who=main", "-s", "CONT", "ssh.service")
            #expect(ended.status == 1, "\(ended.text)")
            #expect(try ended.events("unreachable").map { $0["host"] as? String } == ["mute"])
            #expect(try ended.events("finished").allSatisfy { $0["host"] as? String == "h01" && $0["status"] as? String == "changed" })
            #expect(try await Lab.on("h02", "sh", "-c", "test -e /var/tmp/count-\(mark) && echo ran || echo clean") == ["clean"])
        }
    }
}
