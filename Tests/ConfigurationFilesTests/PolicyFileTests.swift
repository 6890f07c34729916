import CommandSafety
import ConfigurationFiles
import Foundation
import Model
import TestSupport
import Testing

@Suite("A policy file")
struct PolicyFileTests {
    /// What reading it gives: the policy, or the problems without the file's directory.
    static func read(_ text: String, isFloor: Bool = false) throws -> Result<CommandPolicy, Unexpected> {
        let directory = try TemporaryDirectory()
        let file = directory.file("policy.yaml")
        try Data(text.utf8).write(to: URL(filePath: file))
        do throws(ConfigurationErrors) { return .success(try ConfigurationLoader.policy(file: file, isFloor: isFloor)) } catch {
            return .failure(Unexpected(text: error.description.replacing(directory.path + "/", with: "")))
        }
    }

    static func problems(_ text: String, isFloor: Bool = false) throws -> [String] {
        switch try read(text, isFloor: isFloor) {
        case .success: []
        case .failure(let problem): problem.text.split(separator: "\n").map(String.init)
        }
    }

    /// A file with one rule of this condition and one example.
    static func rule(when: String, match: String = "docker ps", verdict: String = "deny") -> String {
        "version: 1\nrules:\n  - id: r\n    verdict: \(verdict)\n    why: so\n    when: \(when)\n    match: [\"\(match)\"]\n"
    }

    @Test("says approved classes and rules")
    func whole() throws {
        let policy = try Self.read(
            """
            version: 1
            approve: [power-cycle]
            rules:
              - id: no-compose-down
                verdict: deny
                class: container-cluster-destroy
                level: high
                when: {program: docker, verb: [compose, down], flags: ["-v|--volumes"], effect: container, hosts: "db*", users: deploy}
                why: volumes hold customers' data
                instead: docker compose stop
                match: ["docker compose down -v"]
                not_match: ["docker compose stop"]
              - id: data
                verdict: ask
                when: {effect: {kind: [write, delete], under: /srv/data}}
                why: data
                match: rm /srv/data/x
            """
        ).get()
        #expect(policy.approves == [.powerCycle])
        let rule = try #require(policy.rule("no-compose-down"))
        #expect(rule.decision == .deny && rule.policyClass == .containerClusterDestroy && rule.level == .high)
        #expect(rule.condition.sentence == "program docker; verb compose down; flags -v|--volumes; effect container; hosts db*; users deploy")
        #expect(rule.why == "volumes hold customers' data" && rule.instead == "docker compose stop")
        #expect(rule.match == ["docker compose down -v"] && rule.notMatch == ["docker compose stop"])
        let data = try #require(policy.rule("data"))
        #expect(data.decision == .ask && data.policyClass == nil && data.level == .medium)
        #expect(data.condition.sentence == "effect write or delete under /srv/data")
    }

    @Test("is found in the usual places, or named")
    func places() throws {
        let directory = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: directory.file("muster"), withIntermediateDirectories: true)
        try Data("version: 1\napprove: [power-cycle]\n".utf8).write(to: URL(filePath: directory.file("muster/policy.yaml")))
        try Data("version: 1\napprove: [ssh-key-tamper]\n".utf8).write(to: URL(filePath: directory.file("other.yaml")))
        var sources = ConfigurationSources(environment: ["XDG_CONFIG_HOME": directory.path], workingDirectory: "/")
        #expect(try ConfigurationLoader.load(sources).policy.approves == [.powerCycle])
        sources.policy = directory.file("other.yaml")
        #expect(try ConfigurationLoader.load(sources).policy.approves == [.sshKeyTamper])
        sources.policy = directory.file("none.yaml")
        #expect(throws: ConfigurationErrors.self) { try ConfigurationLoader.load(sources) }
    }

    @Test(
        "tells mistakes by their places",
        arguments: [
            ("rules: []\n", "1:1: the file has no 'version' — add 'version:'"),
            ("version: 2\n", "1:10: version is 2, which this release does not read — write version: 1, or use a newer release"),
            ("version: 1\nrule: []\n", "2:1: unknown key 'rule' in the file — did you mean 'rules'?"),
            ("version: 1\napprove: [power-cycel]\n", "2:11: each of approve is 'power-cycel', which is no class — did you mean 'power-cycle'? 'muster policy show' lists them"),
            ("version: 1\napprove: [resource-exhaustion]\n", "2:11: approve has 'resource-exhaustion', which is always denied — nothing can approve it: remove it"),
            (rule(when: "{}"), "6:11: rules[1].when is empty, so the rule would be about everything — say what it is about: program, verb, flags, operand, effect, unit, package, hosts or users"),
            (rule(when: "{progam: docker}"), "6:12: unknown key 'progam' in rules[1].when — did you mean 'program'?"),
            (rule(when: "{program: []}"), "6:21: rules[1].when.program is empty — write a value, or remove the line"),
            (rule(when: "{flags: volumes}"), "6:19: rules[1].when.flags has 'volumes', which is no flag — write -x, --name, --name=value, or several with '|' between them: -v|--volumes"),
            (rule(when: "{operand: {}}"), "6:21: rules[1].when.operand says no path — write exact:, under:, covers: or glob: with a path"),
            (rule(when: "{operand: {under: srv}}"), "6:29: rules[1].when.operand.under is 'srv', which is not absolute — write a path that begins with /"),
            (
                rule(when: "{operand: {under: /a, exact: /b}}"),
                "6:29: rules[1].when.operand has both 'exact' and 'under' — write one of them; for the other, write a second rule"
            ),
            (rule(when: "{program: docker}", verdict: "forbid"), "4:14: rules[1].verdict is 'forbid' — it must be one of allow, ask, deny"),
            (
                rule(when: "{program: docker}", match: "podman ps"),
                "7:13: rules[1].match has 'podman ps', which is not matched by the rule — see 'muster check' on it; correct when: of 'r', or the line"
            ),
            (
                rule(when: "{program: docker}", verdict: "allow"),
                "7:13: rules[1].match has 'docker ps', which is allowed without the rule — see 'muster check' on it; correct when: of 'r', or the line"
            ),
            (
                rule(when: "{program: docker}", match: "docker ps") + "    not_match: [podman ps, sudo docker ps]\n",
                "8:28: rules[1].not_match has 'sudo docker ps', which is matched by the rule — narrow when: of 'r', or take the line out"
            ),
            (
                "version: 1\nrules:\n  - {id: r, verdict: allow, class: partition-volume-destroy, why: so, when: {program: fdisk}, match: [fdisk /dev/sda]}\n",
                "3:36: rules[1] allows 'partition-volume-destroy', which is always denied — no rule can allow it: remove the rule"
            ),
            (
                "version: 1\nrules:\n  - {id: r, verdict: allow, class: not-understood, why: so, when: {program: x}, match: [x]}\n",
                "3:36: rules[1] allows 'not-understood', which is about a text as a whole — a rule is about single calls: remove it"
            ),
            ("version: 1\nrules:\n  - {id: r, verdict: deny, why: so, when: {program: x}}\n", "3:5: rules[1] has no 'match' — add 'match:'"),
            (
                "version: 1\nrules:\n  - {id: r s, verdict: deny, why: so, when: {program: x}, match: x}\n",
                "3:10: rules[1].id is 'r s', which is no name for a rule — use letters, digits, '.', '-' and '_', at most 64"
            ),
        ])
    func mistakes(_ text: String, _ problem: String) throws {
        #expect(try Self.problems(text) == ["policy.yaml:\(problem)"])
    }

    @Test("uses a name for one rule only")
    func names() throws {
        let rule = "  - {id: r, verdict: deny, why: so, when: {program: x}, match: [x]}\n"
        #expect(
            try Self.problems("version: 1\nrules:\n\(rule)\(rule)") == ["policy.yaml:4:10: rules[2].id is 'r', which stands here a second time — the first is in line 3: give this one another name"])
    }

    @Test("of a worker asks about nothing, because nobody is there")
    func floor() throws {
        #expect(try Self.problems(Self.rule(when: "{program: docker}"), isFloor: true) == [])
        #expect(
            try Self.problems(Self.rule(when: "{program: docker}", verdict: "ask"), isFloor: true) == [
                "policy.yaml:4:14: rules[1].verdict is 'ask', and nobody is there to ask where a worker runs — write deny, or put the rule into the coordinator's policy.yaml"
            ])
        #expect(try Self.problems(Self.rule(when: "{program: docker}", verdict: "ask")) == [])
        #expect(
            try Self.problems("version: 1\napprove: [power-cycle]\n", isFloor: true) == [
                "policy.yaml:2:11: approve has no meaning in a worker's policy — nobody is asked there: write it into the coordinator's policy.yaml"
            ])
    }

    @Test("in config/ is right as it stands, and so is every rule that is commented out there")
    func example() throws {
        let text = try String(contentsOfFile: packageDirectory + "/config/policy.yaml", encoding: .utf8)
        #expect(try Self.problems(text) == [])
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex { $0.hasPrefix("# rules:") })
        let whole = lines[..<start].map(String.init) + lines[start...].map { $0.hasPrefix("# ") ? String($0.dropFirst(2)) : String($0) }
        let policy = try Self.read(whole.joined(separator: "\n")).get()
        #expect(policy.rules.count >= 3)
    }
}
