import ArgumentParser
import CommandSafety
import ConfigurationFiles
import Cryptography
import Documents

struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "What commands are judged by: show it, test a policy file.", subcommands: [Show.self, Test.self])

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the built-in classes, then the rules of the policy file.")

        @Flag(help: "Print one JSON object.") var json = false
        @OptionGroup var common: CommonOptions

        mutating func run() throws {
            let console = Console()
            let settings = try common.settings(console)
            let file = common.policy ?? settings.files.last { $0.hasSuffix("/policy.yaml") }
            if json { return console.line(JSONText.encode(PolicyDocument(settings.policy, file: file))) }
            for line in PolicyText(policy: settings.policy, file: file).lines { console.line(line) }
        }
    }

    struct Test: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Read a policy file and check the examples of its rules.")

        @ArgumentParser.Argument(help: "The policy file.") var file: String
        @Flag(help: "It is for muster-worker --policy: allow and deny only.") var worker = false

        mutating func run() throws {
            let console = Console()
            do throws(ConfigurationErrors) {
                let policy = try ConfigurationLoader.policy(file: file, isFloor: worker)
                let examples = policy.rules.reduce(0) { $0 + $1.match.count + $1.notMatch.count }
                console.line(
                    "\(DisplayText.escaped(file)): \(policy.rules.count) rule\(policy.rules.count == 1 ? "" : "s"), \(examples) example\(examples == 1 ? " holds" : "s hold")")
            } catch {
                for problem in error.problems { console.error("\(problem)") }
                throw ExitStatus.usage.exitCode
            }
        }
    }
}

/// The policy as people read it.
struct PolicyText {
    let policy: CommandPolicy
    /// Where the rules come from.
    let file: String?

    var lines: [String] {
        var lines = ["built-in classes"]
        let width = PolicyClass.allCases.map(\.rawValue.count).max() ?? 0
        for policyClass in PolicyClass.allCases {
            let verdicts = policyClass.builtInDecisions.map { "\($0)" }.joined(separator: ", ")
            lines.append("  \(verdicts.rightPadded(to: 9))  \(policyClass.rawValue.rightPadded(to: width))  \(policyClass.sentence)")
        }
        lines.append("")
        guard let file else { return lines + ["no policy file"] }
        lines.append("policy file \(DisplayText.escaped(file)), digest \(PolicyDocument.digest(policy).prefix(12))")
        if !policy.approves.isEmpty { lines.append("  approved: \(policy.approves.map(\.rawValue).sorted().joined(separator: ", "))") }
        for rule in policy.rules {
            lines.append("  \("\(rule.decision)".rightPadded(to: 5))  \(rule.id), \(rule.level.rawValue)" + (rule.policyClass.map { ", \($0.rawValue)" } ?? ""))
            lines.append("         when: \(rule.condition.sentence)")
            lines.append("         why: \(DisplayText.escaped(rule.why))")
            if !rule.instead.isEmpty { lines.append("         instead: \(DisplayText.escaped(rule.instead))") }
        }
        if policy.rules.isEmpty { lines.append("  no rules") }
        return lines
    }
}

/// The policy as JSON.
struct PolicyDocument: Encodable {
    struct ClassDocument: Encodable {
        var name: String
        var verdicts: [String]
        var sentence: String
    }
    struct RuleDocument: Encodable {
        var id: String
        var verdict: String
        var policyClass: String?
        var level: String
        /// In words.
        var when: String
        var why: String
        var instead: String
        var match: [String]
        var notMatch: [String]

        enum CodingKeys: String, CodingKey {
            case id, verdict, level, when, why, instead, match
            case policyClass = "class"
            case notMatch = "not_match"
        }
    }

    var classes: [ClassDocument]
    var file: String?
    /// SHA-256 of all that the policy says beside the built-in classes.
    var digest: String
    var approve: [String]
    var rules: [RuleDocument]

    init(_ policy: CommandPolicy, file: String?) {
        classes = PolicyClass.allCases.map { ClassDocument(name: $0.rawValue, verdicts: $0.builtInDecisions.map { "\($0)" }, sentence: $0.sentence) }
        self.file = file
        digest = Self.digest(policy)
        approve = policy.approves.map(\.rawValue).sorted()
        rules = policy.rules.map { rule in
            RuleDocument(
                id: rule.id, verdict: "\(rule.decision)", policyClass: rule.policyClass?.rawValue, level: rule.level.rawValue, when: rule.condition.sentence, why: rule.why,
                instead: rule.instead, match: rule.match, notMatch: rule.notMatch)
        }
    }

    static func digest(_ policy: CommandPolicy) -> String { Digest.hexadecimal(Digest.sha256(Array(policy.fingerprintText.utf8))) }
}
