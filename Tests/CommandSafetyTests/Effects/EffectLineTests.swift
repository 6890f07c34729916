@testable import CommandSafety
import Foundation
import Testing

/// Tests/Fixtures/commands/effects.txt: for each class forbidden lines and harmless ones that look like them.
@Suite("The classifier")
struct EffectLineTests {
    struct Line {
        var decision: String
        var policyClass: String
        var command: String
    }

    static func lines() throws -> [Line] {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fixtures/commands/effects.txt")
        return try String(contentsOf: path, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
            try #require(parts.count == 3, "\(line)")
            return Line(decision: parts[0], policyClass: parts[1], command: parts[2])
        }
    }

    @Test("gives each line its decision")
    func decisions() throws {
        for line in try Self.lines() {
            let findings = ArgvLine.findings(line.command)
            let decision = findings.map(\.decision).max() ?? .allow
            #expect("\(decision)" == line.decision, "\(line.command): \(findings.map { "\($0.policyClass.rawValue) \($0.why)" })")
            if line.decision != "allow" { #expect(findings.contains { $0.policyClass.rawValue == line.policyClass }, "\(line.command): \(findings.map(\.policyClass.rawValue))") }
        }
    }

    @Test("has lines of both kinds for every class")
    func complete() throws {
        let lines = try Self.lines()
        for policyClass in PolicyClass.allCases {
            if [.accountChange, .notUnderstood, .unknownCode, .lookMustNotChange, .forbiddenByConfiguration].contains(policyClass) { continue }
            let own = lines.filter { $0.policyClass == policyClass.rawValue }
            #expect(own.count { $0.decision != "allow" } >= 15, "\(policyClass.rawValue): \(own.count { $0.decision != "allow" })")
            #expect(own.count { $0.decision == "allow" } >= 10, "\(policyClass.rawValue): \(own.count { $0.decision == "allow" })")
        }
    }

    @Test("lets a text that must only look change nothing")
    func looks() {
        for line in ["touch /srv/x", "systemctl restart nginx", "apt-get update", "echo x > /srv/x", "sed -i s/a/b/ /srv/x", "mkdir /srv/x"] {
            #expect(ArgvLine.findings(line, purpose: .guardCheck).contains { $0.policyClass == .lookMustNotChange && $0.decision == .deny }, "\(line)")
        }
        for line in ["test -f /etc/passwd", "systemctl is-active nginx", "curl -fsS http://127.0.0.1/", "grep -q x /srv/x 2>/dev/null", "dpkg -s nginx", "psql -c 'select 1'", "ss -ltn | grep :80"] {
            #expect(ArgvLine.findings(line, purpose: .healthCheck).isEmpty, "\(line): \(ArgvLine.findings(line, purpose: .healthCheck).map(\.why))")
        }
    }

    @Test("knows what lies above the directories that /bin and /lib are links to")
    func aboveMergedDirectories() {
        for line in ["rm -rf /usr/lib/../share", "rm -rf /usr/bin/../lib/../share", "rm -rf /lib/../share", "rm -rf /lib/../etc", "rm -rf /usr/lib/../share/*", "rm -rf /usr/lib/../../etc"] {
            #expect(ArgvLine.findings(line).contains { $0.decision == .deny }, "\(line)")
        }
        #expect(ArgvLine.findings("rm -rf ../share", in: "/usr/lib").contains { $0.decision == .deny })
        #expect(ArgvLine.findings("rm -rf /usr/lib/../../srv/x").isEmpty)
    }

    @Test("joins relative paths with each directory")
    func directories() {
        #expect(ArgvLine.findings("rm -rf lib", in: "/usr").contains { $0.policyClass == .deleteSystemTree && $0.decision == .deny })
        #expect(ArgvLine.findings("rm -rf *", in: "/var").contains { $0.decision == .deny })
        // Where it stands when an earlier `cd` has failed is a guess.
        #expect(ArgvLine.decision("rm -rf *") == .ask)
        #expect(ArgvLine.findings("rm -rf ../../../etc").contains { $0.decision == .deny })
        #expect(ArgvLine.findings("rm -rf out", in: "/opt/app").isEmpty)
    }

    @Test("follows the lines of forbidden_commands, and only calls")
    func forbidden() {
        let policy = CommandPolicy(forbiddenCommands: ["rm -rf /srv", "dd if=/dev/zero", "mkfs", "apt-get purge", "systemctl stop nginx"])
        func isForbidden(_ line: String) -> Bool { ArgvLine.findings(line, policy: policy).contains { $0.policyClass == .forbiddenByConfiguration } }
        for line in [
            "rm -fr /srv/", "rm --recursive --force /srv", "rm -r -f /tmp/x /srv", "dd if=/dev/zero of=/tmp/x count=1", "mkfs.xfs /tmp/x.img", "mkfs -t ext4 /x.img", "apt-get -y purge vim",
            "systemctl stop nginx",
        ] { #expect(isForbidden(line), "\(line)") }
        for line in ["rm -r /srv", "rm -rf /srv/x", "dd if=/dev/sda of=/tmp/x", "echo mkfs", "apt-get install purge-tool", "systemctl start nginx"] { #expect(!isForbidden(line), "\(line)") }
        #expect(CommandPolicy.problem(withForbidden: "rm | cat") == "is not a single command")
        #expect(CommandPolicy.problem(withForbidden: "rm $X") == "is not made of plain words")
        #expect(CommandPolicy.problem(withForbidden: "rm -rf /") == nil)
    }
}
