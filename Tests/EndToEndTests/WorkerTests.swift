import TestSupport
import Testing

extension OnHosts {
    @Suite("Workers in processes of their own")
    struct WorkerTests {
        let lab: Lab
        let keys: String

        init() throws {
            lab = try Lab()
            keys = lab.files.file("keys")
            for arguments in [["coordinator"], ["worker", "w1"], ["worker", "w2"]] {
                try run("\(Lab.binaries)/muster", ["keys", "generate"] + arguments + ["--directory", keys])
            }
        }

        func worker(_ name: String, at endpoint: String, keys own: String? = nil) throws -> ChildProcess {
            try ChildProcess(
                "\(Lab.binaries)/muster-worker",
                ["--connect", endpoint, "--key", "\(own ?? keys)/\(name).key", "--coordinator-key", "\(keys)/coordinator.pub"])
        }

        @Test("share the hosts over CURVE; one that is killed in mid-run loses and repeats nothing")
        func killed() async throws {
            let endpoint = "tcp://127.0.0.1:5571"
            let mark = "killed"
            let coordinator = try lab.start(["run", "Count slowly", "--set", "mark=\(mark)", "--yes", "--listen", endpoint, "--workers", "2", "--keys", keys])
            let first = try worker("w1", at: endpoint), second = try worker("w2", at: endpoint)
            try await line(of: coordinator) { $0.contains("count/one") && $0.contains("changed") }
            first.kill(9)
            #expect(try await end(coordinator, within: .seconds(120)) == 0, "\(coordinator.output)")
            #expect(coordinator.output.contains { $0.contains("worker w1 left") })
            #expect(coordinator.output.contains { $0.contains("3 of 3 hosts done: 9 subtasks changed something") }, "\(coordinator.output)")
            for host in Lab.hosts { #expect(try await Lab.on(host, "cat", "/var/tmp/count-\(mark)") == ["one", "two", "three"]) }
            #expect(try await end(second, within: .seconds(30)) == 0)
        }

        @Test("with a key that is not listed are turned away, and say so")
        func unlisted() async throws {
            let endpoint = "tcp://127.0.0.1:5572", other = lab.files.file("other")
            try run("\(Lab.binaries)/muster", ["keys", "generate", "worker", "w9", "--directory", other])
            let coordinator = try lab.start(["run", "Count slowly", "--yes", "--listen", endpoint, "--workers", "1", "--keys", keys])
            let stranger = try worker("w9", at: endpoint, keys: other)
            #expect(try await end(stranger, within: .seconds(60)) == 2)
            #expect(stranger.output.contains { $0.contains("muster-worker: ") && $0.contains("key") && $0.contains("list") }, "\(stranger.output)")
            #expect(coordinator.output.contains { $0.contains("unlisted key was refused") })
            coordinator.kill(15)
            _ = try await end(coordinator, within: .seconds(30))
        }

        @Test("are waited for; Ctrl-C ends the waiting")
        func waiting() async throws {
            let coordinator = try lab.start(["run", "Count slowly", "--yes", "--listen", "tcp://127.0.0.1:5573", "--workers", "2", "--keys", keys])
            try await line(of: coordinator) { $0 == "waiting for 2 workers at tcp://127.0.0.1:5573 …" }
            coordinator.kill(2)
            #expect(try await end(coordinator, within: .seconds(30)) == 130)
        }
    }
}
