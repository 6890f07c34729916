import Foundation
import HTTP
import TestSupport
import Testing

extension OnHosts {
    @Suite("A coordinator that goes on without its clients")
    struct CoordinatorTests {
        let lab: Lab
        let keys: String
        let socket: String
        let endpoint: String

        init() throws {
            lab = try Lab()
            keys = lab.files.file("keys")
            socket = lab.files.file("c.sock")
            endpoint = "ipc://\(lab.files.file("workers"))"
            for arguments in [["coordinator"], ["worker", "w1"], ["worker", "w2"]] { try run("\(Lab.binaries)/muster", ["keys", "generate"] + arguments + ["--directory", keys]) }
        }

        func coordinator(_ more: [String] = []) async throws -> ChildProcess {
            let child = try ChildProcess(
                "\(Lab.binaries)/muster-coordinator",
                ["--listen", endpoint, "--keys", keys, "--socket", socket, "--state", lab.state, "--inventory", lab.inventory, "--runbooks", Lab.runbooks] + more)
            try await line(of: child) { $0.contains("ready") }
            return child
        }

        func worker(_ name: String) throws -> ChildProcess {
            try ChildProcess("\(Lab.binaries)/muster-worker", ["--connect", endpoint, "--key", "\(keys)/\(name).key", "--coordinator-key", "\(keys)/coordinator.pub"])
        }

        func start(_ arguments: [String]) throws -> ChildProcess { try ChildProcess("\(Lab.binaries)/muster", ["--coordinator", "unix:\(socket)"] + arguments) }

        func muster(_ arguments: [String]) async throws -> Ended {
            let child = try start(arguments)
            return Ended(status: try await end(child, within: .seconds(120)), lines: child.output)
        }

        func stop(_ children: ChildProcess...) async throws {
            for child in children { child.kill(15) }
            for child in children { _ = try await end(child, within: .seconds(30)) }
        }

        @Test("shows the same as muster alone: hosts, plans, runs, status, logs, journals")
        func same() async throws {
            let daemon = try await coordinator(), first = try worker("w1")
            let alone = try await lab.muster(["hosts"])
            #expect(try await muster(["hosts"]).lines == alone.lines)
            let mark = Lab.mark()
            let plan = ["plan", "Count slowly", "--set", "mark=\(mark)", "--hosts", "h01,h02"]
            #expect(try await muster(plan).lines == (try await lab.muster(plan)).lines)
            let done = try await muster(["run", "Count slowly", "--set", "mark=\(mark)", "--hosts", "h01", "--yes"])
            #expect(done.status == 0, "\(done.text)")
            #expect(done.has("h01  count/one  One: changed"))
            #expect(done.has("1 of 1 hosts done: 3 subtasks changed something, 0 had nothing to do"))
            // The state directory is the same: what is told from outside is what is told from inside.
            for arguments in [["status"], ["runs"], ["journal", "verify"], ["journal", "export"], ["logs"]] {
                let name = ["runs", "journal"].contains(arguments[0]) && arguments != ["journal", "export"] ? [] : ["latest"]
                let run = try String(contentsOfFile: "\(lab.state)/coordinator", encoding: .utf8)
                #expect(!run.isEmpty)
                let inside = try await muster(arguments + name)
                let identifier = try #require(try await muster(["runs", "--json"]).objects().first?["run"] as? String)
                let outside = try ChildProcess(
                    "\(Lab.binaries)/muster", arguments + (name.isEmpty ? [] : [identifier]), environment: ChildProcess.environment.merging(["MUSTER_STATE": lab.state]) { $1 })
                #expect(try await end(outside, within: .seconds(60)) == inside.status)
                #expect(outside.output == inside.lines, "\(arguments)")
            }
            #expect(try await muster(["workers", "list"]).lines == ["w1  0 of 64 slots  3 hosts"])
            let copy = lab.files.file("copy.db")
            #expect(try await muster(["journal", "backup", "latest", copy]).lines == ["\(copy) has the journal of run latest"])
            #expect(try String(decoding: Data(contentsOf: URL(filePath: copy)).prefix(15), as: UTF8.self) == "SQLite format 3")
            #expect(try await muster(["journal", "backup", "latest", copy]).has("is there already"))
            #expect(try await muster(["audit", "list"]).has("count/one, command  (runbook probe-count, user "))
            #expect(try await muster(["audit", "verify"]).status == 0)
            try await stop(daemon, first)
            let gone = try await muster(["runs"])
            #expect(gone.status == 10)
            #expect(gone.has("no coordinator answers at unix:\(socket)"))
        }

        @Test("killed in mid-run, with a worker too, loses and repeats nothing; the view goes on")
        func killed() async throws {
            let mark = Lab.mark()
            var daemon = try await coordinator(), first = try worker("w1")
            let second = try worker("w2")
            let view = try start(["run", "Count slowly", "--set", "mark=\(mark)", "--yes"])
            try await line(of: view) { $0.contains("count/one") && $0.contains("changed") }
            daemon.kill(9)
            _ = try await end(daemon, within: .seconds(30))
            daemon = try await coordinator()
            first.kill(9)
            _ = try await end(first, within: .seconds(30))
            first = try worker("w1")
            #expect(try await end(view, within: .seconds(120)) == 0, "\(view.output)")
            #expect(view.output.contains { $0.contains("3 of 3 hosts done: 9 subtasks changed something") }, "\(view.output)")
            for host in Lab.hosts {
                #expect(try await Lab.on(host, "cat", "/var/tmp/count-\(mark)") == ["one", "two", "three"])
                for subtask in ["one", "two", "three"] { #expect(view.output.count { $0.hasPrefix("\(host)  count/\(subtask)  ") } == 1, "\(view.output)") }
            }
            try await stop(daemon, first, second)
        }

        @Test("starts a plan once, however often it is asked to, and stops without a word of error")
        func askedTwice() async throws {
            let mark = Lab.mark()
            let daemon = try await coordinator(), first = try worker("w1")
            var settings = HTTPSettings()
            settings.socketPath = socket
            let client = try HTTPClient(settings)
            func post(_ path: String, _ body: String) async throws -> [String: any Sendable] {
                let response = try await client.send(HTTPRequest(.post, "http://coordinator\(path)", body: Array(body.utf8)))
                return try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: any Sendable] ?? [:]
            }
            let plan = try #require(try await post("/v1/plans", #"{"task": "Count quickly", "set": {"mark": "\#(mark)"}, "hosts": "h01"}"#)["plan"] as? String)
            let run = try #require(try await post("/v1/runs", #"{"plan": "\#(plan)"}"#)["run"] as? String)
            #expect(try await post("/v1/runs", #"{"plan": "\#(plan)"}"#)["run"] as? String == run)
            // Another plan in between does not make it forgotten, nor does its end.
            _ = try await post("/v1/plans", #"{"task": "Count quickly", "hosts": "h02"}"#)
            #expect(try await eventually(within: .seconds(60)) { try await muster(["status", run]).has("run \(run)  done") })
            #expect(try await post("/v1/runs", #"{"plan": "\#(plan)"}"#)["run"] as? String == run)
            #expect(try await Lab.on("h01", "cat", "/var/tmp/count-\(mark)") == ["one", "two", "three"])
            try await stop(daemon, first)
            #expect(!daemon.output.contains { $0.hasPrefix("error:") }, "\(daemon.output)")
        }

        @Test("is left by Ctrl-C: the view ends, the run goes on; pause, resume and cancel reach it")
        func detached() async throws {
            let mark = Lab.mark()
            let daemon = try await coordinator(), first = try worker("w1")
            let view = try start(["run", "Count slowly", "--set", "mark=\(mark)", "--yes"])
            let begun = try await line(of: view) { $0.hasPrefix("run ") }
            let run = String(begun.dropFirst(4))
            view.kill(2)
            #expect(try await end(view, within: .seconds(30)) == 130)
            #expect(view.output.contains("the run goes on at the coordinator"))
            let paused = try await muster(["pause", run])
            #expect(paused.lines == ["run \(run) is paused; commands that run go on to their ends"])
            #expect(try await eventually(within: .seconds(60)) { try await muster(["status", run]).has("run \(run)  paused") })
            let resumed = try await muster(["resume"])
            #expect(resumed.status == 0, "\(resumed.text)")
            for host in Lab.hosts { #expect(try await Lab.on(host, "cat", "/var/tmp/count-\(mark)") == ["one", "two", "three"]) }
            let again = try start(["run", "Count slowly", "--set", "mark=\(Lab.mark())", "--yes"])
            try await line(of: again) { $0.hasPrefix("run ") }
            #expect(try await muster(["cancel", "latest"]).status == 0)
            #expect(try await end(again, within: .seconds(60)) == 1)
            try await stop(daemon, first)
        }

        @Test("takes a changed list of workers at once: a revoked key is cut off in mid-run, and nothing is lost")
        func revoked() async throws {
            let mark = Lab.mark()
            let daemon = try await coordinator(), first = try worker("w1"), second = try worker("w2")
            try await line(of: daemon) { $0.contains("worker joined") && $0.contains("worker=w1") }
            try await line(of: daemon) { $0.contains("worker joined") && $0.contains("worker=w2") }
            let view = try start(["run", "Count slowly", "--set", "mark=\(mark)", "--yes"])
            try await line(of: view) { $0.contains("count/one") && $0.contains("changed") }
            let list = try String(contentsOfFile: "\(keys)/workers", encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("w1 ") }
            try Data((list.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: "\(keys)/workers"))
            daemon.kill(1)
            try await line(of: daemon) { $0.contains("worker left") && $0.contains("its key was revoked") }
            #expect(try await end(view, within: .seconds(120)) == 0, "\(view.output)")
            for host in Lab.hosts { #expect(try await Lab.on(host, "cat", "/var/tmp/count-\(mark)") == ["one", "two", "three"]) }
            #expect(try await muster(["workers", "list"]).lines == ["w2  0 of 64 slots  3 hosts"])
            first.kill(9)
            try await stop(daemon, second)
        }

        @Test("gives a host only to a worker with the label that its group wants, and says whom it waits for")
        func labels() async throws {
            let text = try String(contentsOfFile: lab.inventory, encoding: .utf8)
            try Data((text + "groups: {wall: {hosts: [h01], worker: dmz}}\n").utf8).write(to: URL(filePath: lab.inventory))
            let daemon = try await coordinator(), first = try worker("w1")
            try await line(of: daemon) { $0.contains("worker joined") && $0.contains("worker=w1") }
            let hosts = try start(["hosts", "--hosts", "h01"])
            let second = try ChildProcess(
                "\(Lab.binaries)/muster-worker", ["--connect", endpoint, "--key", "\(keys)/w2.key", "--coordinator-key", "\(keys)/coordinator.pub", "--label", "dmz"])
            #expect(try await end(hosts, within: .seconds(60)) == 0, "\(hosts.output)")
            let listed = try await muster(["workers", "list", "--json"]).objects()
            #expect(listed.map { $0["hosts"] as? Int } == [0, 1])
            try await stop(daemon, first, second)
        }

        @Test("keeps what it had when a file that it reads again is wrong")
        func badReload() async throws {
            let daemon = try await coordinator(), first = try worker("w1")
            let good = try String(contentsOfFile: lab.inventory, encoding: .utf8)
            try Data((good + "\nhots: {}\n").utf8).write(to: URL(filePath: lab.inventory))
            daemon.kill(1)
            try await line(of: daemon) { $0.contains("configuration not taken") && $0.contains("did you mean 'hosts'") }
            #expect(try await muster(["hosts"]).status == 0)
            try await stop(daemon, first)
        }

        @Test("lets a worker be drained: it ends, and another has its hosts")
        func drain() async throws {
            let daemon = try await coordinator(), first = try worker("w1"), second = try worker("w2")
            let mark = Lab.mark()
            try await line(of: daemon) { $0.contains("worker joined") && $0.contains("worker=w2") }
            try await line(of: daemon) { $0.contains("worker joined") && $0.contains("worker=w1") }
            let view = try start(["run", "Count slowly", "--set", "mark=\(mark)", "--yes"])
            try await line(of: view) { $0.contains("count/one") && $0.contains("changed") }
            #expect(try await muster(["workers", "drain", "w1"]).status == 0)
            #expect(try await end(first, within: .seconds(60)) == 0)
            #expect(try await end(view, within: .seconds(60)) == 0, "\(view.output)")
            for host in Lab.hosts { #expect(try await Lab.on(host, "cat", "/var/tmp/count-\(mark)") == ["one", "two", "three"]) }
            try await stop(daemon, second)
        }

        @Test("of the same state directory is refused while one runs; its configuration is checked without starting it")
        func second() async throws {
            let daemon = try await coordinator()
            let other = try ChildProcess(
                "\(Lab.binaries)/muster-coordinator", ["--listen", "ipc://\(lab.files.file("x"))", "--keys", keys, "--socket", lab.files.file("y"), "--state", lab.state, "--inventory", lab.inventory])
            #expect(try await end(other, within: .seconds(30)) == 9)
            #expect(other.output.contains { $0.contains("the running process \(daemon.pid)") }, "\(other.output)")
            let check = try ChildProcess("\(Lab.binaries)/muster-coordinator", ["--keys", lab.files.file("nowhere"), "--inventory", lab.inventory, "--group", "no-such", "--check-config"])
            #expect(try await end(check, within: .seconds(30)) == 2)
            #expect(check.output.contains { $0.contains("there is no key file") })
            #expect(check.output.contains { $0.contains("--group: there is no group 'no-such'") })
            try await stop(daemon)
        }
    }
}
