import CommandSafety
import Documents
import Testing

@testable import Commands

@Suite("A command that is checked")
struct CheckTextTests {
    static let policy: CommandPolicy = {
        var policy = CommandPolicy()
        var docker = PolicyCondition(), tools = PolicyCondition()
        docker.programs = ["docker"]
        docker.verbs = ["rm"]
        tools.effects = [.run]
        tools.effectPath = PathCondition(.under, "/opt/app")
        policy.rules = [
            PolicyRule(id: "no-rm", decision: .deny, policyClass: .containerClusterDestroy, level: .high, condition: docker, why: "it holds data", instead: "docker stop"),
            PolicyRule(id: "tools", decision: .allow, policyClass: .unknownCode, condition: tools, why: "reviewed"),
        ]
        return policy
    }()

    static func account(_ text: String) -> CommandAccount { CommandGuard(policy: policy).explain(text, context: CommandContext(purpose: .command, loginUser: "deploy")) }
    static func lines(_ text: String) -> [String] { CheckText(account: account(text), policy: policy).lines }

    @Test("that is denied is shown with its place, what it resolves to, why, and what instead")
    func denied() {
        let lines = Self.lines("X=rm; sudo docker \"$X\" 'web 1'")
        #expect(
            lines.prefix(7) == [
                "DENY  container-cluster-destroy",
                "  X=rm; sudo docker \"$X\" 'web 1'",
                "        ^^^^^^^^^^^^^^^^^^^^^^^^",
                "  that is: docker rm 'web 1' (through sudo)",
                "  why: docker: it holds data",
                "  instead: docker stop",
                "  rule: no-rm, level high",
            ])
        #expect(lines.contains("what it would do:"))
    }

    @Test("that is asked about says how a yes is given")
    func asked() {
        let lines = Self.lines("reboot")
        #expect(lines.first == "ASK  power-cycle")
        #expect(lines.contains("a person may say yes to it: when 'muster run' asks, or with --approve power-cycle"))
        var approving = Self.policy
        approving.approves = [.powerCycle]
        #expect(CheckText(account: Self.account("reboot"), policy: approving).lines.contains("approved by the policy file: it runs without a question, and that is recorded"))
    }

    @Test("that is allowed says what it would do, and which rule let it through")
    func allowed() {
        #expect(Self.lines("ls") == ["ALLOW", "  ls", "what it would do:", "  nothing that changes anything, as far as is known"])
        #expect(Self.lines("rm -r /srv/old").suffix(2) == ["what it would do:", "  rm: deletes /srv/old and all below it"])
        #expect(Self.lines("/opt/app/x").contains("allowed by the rule 'tools': unknown-code: /opt/app/x would be run: what stands in it is not seen"))
    }

    @Test("never brings control characters to the terminal")
    func escaped() {
        for text in ["echo '\u{1b}[2J'", "rm -rf '/srv/\u{1b}]0;x\u{7}'", "\u{1b}[31m", "cat <<X\n\u{9b}31m\nX", "docker rm '\u{202e}'"] {
            #expect(Self.lines(text).joined().unicodeScalars.allSatisfy { $0.properties.generalCategory != .control && $0.properties.generalCategory != .format }, "\(text)")
        }
    }

    @Test("is one line of JSON in a batch, with null where there is nothing")
    func json() {
        let verdict = Self.account("docker rm x").verdict
        #expect(
            JSONText.encode(CheckDocument(Self.account("ls").verdict, id: .text("a"))) == #"{"class":null,"findings":[],"id":"a","verdict":"allow"}"#)
        let line = JSONText.encode(CheckDocument(verdict, id: .number(7)))
        #expect(line.contains(#""id":7,"#) && line.contains(#""rule":"no-rm""#) && line.contains(#""span":[0,11]"#) && line.contains(#""verdict":"deny""#))
        #expect(JSONText.encode(CheckDocument(Self.account("reboot").verdict, id: .text("b"))).contains(#""rule":null"#))
    }

    @Test("in a batch is read line by line; bad lines are told by their numbers")
    func batch() {
        let text = "{\"id\": \"a\", \"command\": \"ls\\n\"}\n\n{\"id\": 1}\n[]\n{\"id\": 2, \"command\": 3}\nx\r\n{\"id\":3,\"command\":\"\",\"more\":1}"
        let lines = CheckBatch.lines(Array(text.utf8))
        #expect(lines.map(\.number) == [1, 3, 4, 5, 6, 7])
        let told = lines.map { line -> String in
            switch line.line {
            case .success(let line): line.command
            case .failure(let problem): problem.description
            }
        }
        #expect(told == ["ls\n", "it has no \"command\"", "it is no object", "its \"command\" is of the wrong kind", "it can't be read as JSON", ""])
    }

    @Test("is judged by a policy that can be shown: each class with its decisions, each rule with its condition")
    func shown() {
        let lines = PolicyText(policy: Self.policy, file: "/etc/muster/policy.yaml").lines
        for policyClass in PolicyClass.allCases { #expect(lines.contains { $0.contains("  \(policyClass.rawValue) ") }, "\(policyClass)") }
        #expect(lines.contains("  deny   no-rm, high, container-cluster-destroy"))
        #expect(lines.contains("         when: program docker; verb rm"))
        #expect(lines.contains("         when: effect run under /opt/app"))
        #expect(PolicyText(policy: CommandPolicy(), file: nil).lines.last == "no policy file")
    }
}
