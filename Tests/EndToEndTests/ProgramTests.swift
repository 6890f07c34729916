import Foundation
import TestSupport
import Testing

@Suite("The programs")
struct ProgramTests {
    @Test("name their versions, and the worker links no HTTP client, hence no LLM")
    func libraries() async throws {
        let version = try run("\(Lab.binaries)/muster", ["version"])
        #expect(version.contains { $0.contains("libssh2") } && version.contains { $0.contains("libzmq") || $0.contains("ZeroMQ") })
        let needed = try run("/usr/bin/readelf", ["-d", "\(Lab.binaries)/muster-worker"]).filter { $0.contains("NEEDED") }
        #expect(needed.contains { $0.contains("libssh2") })
        #expect(!needed.contains { $0.contains("libcurl") })
    }

    @Test("that plan for a service reach no host themselves: the coordinator links no SSH")
    func coordinatorLibraries() throws {
        let needed = try run("/usr/bin/readelf", ["-d", "\(Lab.binaries)/muster-coordinator"]).filter { $0.contains("NEEDED") }
        #expect(needed.contains { $0.contains("libzmq") })
        #expect(!needed.contains { $0.contains("libssh2") })
    }

    @Test("keep the coordinator's name from workers")
    func reservedName() throws {
        let directory = try TemporaryDirectory()
        let child = try ChildProcess("\(Lab.binaries)/muster", ["keys", "generate", "worker", "coordinator", "--directory", directory.path])
        #expect(try child.waitForEnd() == 2)
        #expect(child.output.contains { $0.contains("'coordinator' is the coordinator's own name") }, "\(child.output)")
    }

    @Test("explain their exit codes")
    func exitCodes() throws {
        let lines = try run("\(Lab.binaries)/muster", ["exit-codes"])
        for code in ["0", "1", "2", "3", "4", "5", "6", "7", "8", "130"] { #expect(lines.contains { $0.trimmingPrefix { $0 == " " }.hasPrefix("\(code) ") }, "\(code)") }
    }

    @Test("put keys into a directory that is named relative to where they were started")
    func relativeKeys() async throws {
        let files = try TemporaryDirectory()
        for role in ["coordinator", "worker w1"] {
            _ = try run("/bin/sh", ["-c", "cd '\(files.path)' && exec '\(Lab.binaries)/muster' keys generate \(role) --directory some/keys"])
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: files.file("some/keys")).sorted() == ["coordinator.key", "coordinator.pub", "w1.key", "w1.pub", "workers"])
        let again = try ChildProcess("\(Lab.binaries)/muster", ["keys", "generate", "coordinator", "--directory", files.file("some/keys")])
        #expect(try await end(again, within: .seconds(20)) == 2)
        #expect(again.output == ["muster: \(files.file("some/keys"))/coordinator.key is there already — remove it first if it is to be replaced"])
    }

    @Test("end with 2 when a directory of runbooks that was named is not there", arguments: ["run", "plan"])
    func missingRunbooks(command: String) async throws {
        let files = try TemporaryDirectory(), missing = files.file("nope")
        let inventory = try files.write("inventory.yaml", "hosts: {h: {address: 127.0.0.1, user: nobody, auth_method: agent}}\n")
        let child = try ChildProcess("\(Lab.binaries)/muster", [command, "Install nginx", "--inventory", inventory, "--runbooks", missing])
        #expect(try await end(child, within: .seconds(20)) == 2)
        #expect(child.output == ["\(missing): there is no such directory — name one that is there, or leave --runbooks out"])
    }

    @Test("say of a group without hosts that it has none")
    func emptyGroup() async throws {
        let files = try TemporaryDirectory()
        let inventory = try files.write("inventory.yaml", "hosts: {h: {address: 127.0.0.1, user: nobody, auth_method: agent}}\ngroups: {web: {hosts: []}}\n")
        let child = try ChildProcess("\(Lab.binaries)/muster", ["hosts", "--hosts", "web", "--inventory", inventory])
        #expect(try await end(child, within: .seconds(20)) == 2)
        #expect(child.output == ["muster: --hosts: the group 'web' has no hosts — add some to it in the inventory"])
    }
}
