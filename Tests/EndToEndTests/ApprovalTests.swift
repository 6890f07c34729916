import Foundation
import TestSupport
import Testing

extension OnHosts {
    @Suite("A command that needs a person's yes")
    struct ApprovalTests {
        let lab: Lab
        let mark = Lab.mark()

        init() throws { lab = try Lab(hosts: ["h01"]) }

        var task: [String] { ["run", "Remove the account", "--set", "mark=\(mark)"] }

        /// What ran on the host.
        func lines() async throws -> [String] { try await Lab.on("h01", "sh", "-c", "cat /var/tmp/count-\(mark) 2>/dev/null || true") }

        /// At a terminal, with these answers.
        func atTerminal(_ more: [String], answers: String) async throws -> Ended {
            let words = ["\(Lab.binaries)/muster"] + task + more + ["--inventory", lab.inventory, "--runbooks", Lab.runbooks]
            let command = words.map { "'" + $0 + "'" }.joined(separator: " ")
            let child = try ChildProcess(
                "/usr/bin/script", ["-qec", command, "/dev/null"], environment: ChildProcess.environment.merging(["MUSTER_STATE": lab.state, "TERM": "dumb"]) { $1 }, input: answers)
            return Ended(status: try await end(child, within: .seconds(120)), lines: child.output)
        }

        @Test("is not run without one: --yes answers the question about the plan only")
        func unattended() async throws {
            let ended = try await lab.muster(task + ["--yes"])
            #expect(ended.status == 5)
            #expect(ended.has("NEEDS APPROVAL"))
            #expect(ended.has("1 command needs a person's approval, and there is no terminal to ask; nothing was executed"), "\(ended.text)")
            #expect(ended.has("--approve account-"))
            #expect(try await lines().isEmpty)
        }

        @Test("is run when its class is approved, and not when another is")
        func byClass() async throws {
            let other = try await lab.muster(task + ["--yes", "--approve", "power-cycle"])
            #expect(other.status == 5, "\(other.text)")
            #expect(try await lines().isEmpty)
            let unknown = try await lab.muster(task + ["--yes", "--approve", "everything"])
            #expect(unknown.status != 0 && unknown.has("there is no policy class 'everything'"), "\(unknown.text)")
            let ended = try await lab.muster(task + ["--yes", "--approve", "power-cycle,account-lockout,account-change"])
            #expect(ended.status == 0, "\(ended.text)")
            #expect(ended.has("approved as account-"))
            #expect(try await lines() == ["line", "removed"])
        }

        @Test("is run after a typed yes, and not after anything else")
        func typed() async throws {
            let no = try await atTerminal(["--yes"], answers: "y\n")
            #expect(no.status == 5, "\(no.text)")
            #expect(no.has("Type yes to approve exactly this on h01: "))
            #expect(no.has("not approved; nothing was executed"))
            #expect(try await lines().isEmpty)
            let yes = try await atTerminal(["--yes"], answers: "yes\n")
            #expect(yes.status == 0, "\(yes.text)")
            #expect(try await lines() == ["line", "removed"])
            let run = try #require(try await lab.muster(["runs", "--json"]).objects().first?["run"] as? String)
            let export = try await lab.muster(["journal", "export", run])
            #expect(export.has("person"), "\(export.text.prefix(2000))")
        }
    }
}
