import CommandSafety
import Foundation
import Testing

/// Thousands of lines, forbidden and harmless, and rewrites of them. They are judged, never run.
@Suite("The guard on many lines")
struct LineTests {
    struct Line: Decodable {
        var id: String
        var command: String
        var expect: String
        var mustBeStopped: Bool { expect.hasPrefix("deny") }
    }
    struct Counts {
        var forbidden = 0, mustDeny = 0, denied = 0, benign = 0, plain = 0, asked = 0
        var allowed: [String] = [], blocked: [String] = [], questions: [String] = []
    }

    static func lines(_ name: String) throws -> [Line] {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/commands/\(name)")
        return try String(contentsOf: path, encoding: .utf8).split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    }

    static let files = ["forbidden-lines.jsonl", "benign-lines.jsonl", "policy-lines.jsonl", "forbidden-lines-2.jsonl", "benign-lines-2.jsonl"]
    static let context = CommandContext(purpose: .command, loginUser: "deploy")
    static let guardian = CommandGuard()
    static func judge(_ text: String) -> Verdict { guardian.judge(text, context: context) }

    @Test("allows no forbidden line, denies no harmless one and asks about few", arguments: LineTests.files)
    func decisions(file: String) throws {
        var counts = Counts()
        for line in try Self.lines(file) {
            let verdict = Self.judge(line.command), decision = verdict.decision
            if line.mustBeStopped {
                counts.forbidden += 1
                if decision == .allow { counts.allowed.append("\(line.id) \(line.command)") }
                if line.expect == "deny" { counts.mustDeny += 1 }
                if line.expect == "deny", decision == .deny { counts.denied += 1 }
            } else {
                counts.benign += 1
                if decision == .deny { counts.blocked.append("\(line.id) \(line.command): \(verdict.strictest?.why ?? "")") }
                if line.expect == "allow" { counts.plain += 1 }
                if line.expect == "allow", decision == .ask { counts.questions.append("\(line.id) \(line.command): \(verdict.strictest?.why ?? "")") }
            }
        }
        print(
            "\(file): forbidden \(counts.forbidden), allowed \(counts.allowed.count), denied \(counts.denied) of \(counts.mustDeny); "
                + "harmless \(counts.benign), denied \(counts.blocked.count), asked \(counts.questions.count) of \(counts.plain)")
        #expect(counts.allowed.isEmpty, "allowed: \(counts.allowed.joined(separator: "\n"))")
        #expect(counts.blocked.isEmpty, "denied: \(counts.blocked.joined(separator: "\n"))")
        #expect(counts.denied * 100 >= counts.mustDeny * 97)
        #expect(counts.questions.count * 100 <= counts.plain * 6, "asked: \(counts.questions.joined(separator: "\n"))")
    }

    // MARK: Rewrites

    private static func quoted(_ text: String) -> String { "'" + text.replacingOccurrences(of: "'", with: "'\\''") + "'" }
    private static func document(_ text: String) -> String { "<<'XXEOF'\n\(text)\nXXEOF\n" }

    /// They keep what a line does.
    static let rewrites: [(name: String, rewrite: @Sendable (String) -> String)] = [
        ("bash -c", { "bash -c " + quoted($0) }),
        ("eval", { "eval " + quoted($0) }),
        ("function", { "f() {\n\($0)\n}\nf" }),
        ("if", { "if true; then\n\($0)\nfi" }),
        ("ssh", { "ssh h " + quoted($0) }),
        ("sudo sh", { "sudo sh -c " + quoted($0) }),
        ("here-document", { "bash " + document($0) }),
        ("base64", { "echo " + Data($0.utf8).base64EncodedString() + " | base64 -d | bash" }),
        ("variable", { "c=" + quoted($0) + "; eval \"$c\"" }),
        ("written", { "cat > /tmp/s.sh " + document($0) + "bash /tmp/s.sh" }),
        ("trap", { "trap " + quoted($0) + " EXIT" }),
        ("timeout", { "timeout 5 bash -c " + quoted($0) }),
        ("substitution", { "echo \"$(\($0)\n)\"" }),
        ("loop", { "for i in 1; do\n\($0)\ndone" }),
        ("background", { "{\n\($0)\n} &" }),
        ("pipe", { "{\n\($0)\n} | cat" }),
        ("process", { "cat <(\($0)\n)" }),
        ("case", { "case x in *) \n\($0)\n;; esac" }),
        ("env", { "env A=1 bash -c " + quoted($0) }),
        ("env -S", { "env -S " + quoted("bash -c " + quoted($0)) }),
        ("cron", { "cat > /etc/cron.daily/x " + document($0) }),
        ("su", { "su - bob -c " + quoted($0) }),
        ("docker", { "docker exec c sh -c " + quoted($0) }),
        ("false", { "false && {\n\($0)\n}" }),
        ("printf", { "printf '%s\\n' " + quoted($0) + " | sh" }),
        ("sudo -i", { "sudo -i " + document($0) }),
        ("argument", { "sh -c 'eval \"$1\"' _ " + quoted($0) }),
        ("parallel", { "parallel ::: " + quoted($0) }),
        ("flock", { "flock /tmp/l -c " + quoted($0) }),
        ("xargs", { "echo x | xargs -I{} bash -c " + quoted($0) }),
        ("find", { "find /srv -maxdepth 0 -exec sh -c " + quoted($0) + " \\;" }),
        ("mapfile", { "bash -c \"$(cat " + document($0) + ")\"" }),
    ]
    /// They make mere text of a line.
    static let asData: [(name: String, rewrite: @Sendable (String) -> String)] = [
        ("echo", { "echo " + quoted($0) }),
        ("commit", { "git commit -m " + quoted($0) }),
        ("notes", { "cat > /srv/notes/x.md " + document($0) }),
        ("search", { "grep -F -- " + quoted($0) + " /srv/notes/x.md" }),
        ("log", { "logger " + quoted($0) }),
    ]

    @Test("judges no line more mildly when it is rewritten")
    func rewritten() throws {
        var milder: [String] = []
        for line in try Self.lines("policy-lines.jsonl") where line.mustBeStopped {
            let decision = Self.judge(line.command).decision
            for (name, rewrite) in Self.rewrites where Self.judge(rewrite(line.command)).decision < decision { milder.append("\(name): \(line.command)") }
        }
        #expect(milder.isEmpty, "\(milder.joined(separator: "\n"))")
    }

    @Test("allows forbidden lines that are only text")
    func onlyText() throws {
        var stopped: [String] = []
        for line in try Self.lines("policy-lines.jsonl") where line.mustBeStopped {
            for (name, rewrite) in Self.asData {
                let verdict = Self.judge(rewrite(line.command))
                if verdict.decision != .allow { stopped.append("\(name): \(line.command): \(verdict.strictest?.why ?? "")") }
            }
        }
        #expect(stopped.isEmpty, "\(stopped.joined(separator: "\n"))")
    }
}
