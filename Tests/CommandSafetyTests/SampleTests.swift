import CommandSafety
import Foundation
import Testing

/// The public samples of forbidden and harmless commands. They are judged, never run.
@Suite("The guard on the samples of commands")
struct SampleTests {
    struct Sample: Decodable, CustomStringConvertible {
        var id: String
        var command: String
        var expect: String
        var description: String { id }
    }

    static func samples(_ name: String) throws -> [Sample] {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/commands/\(name)")
        return try String(contentsOf: path, encoding: .utf8).split(separator: "\n").map {
            try JSONDecoder().decode(Sample.self, from: Data($0.utf8))
        }
    }

    func judge(_ command: String) -> Verdict {
        CommandGuard().judge(command, context: CommandContext(purpose: .command, loginUser: "deploy"))
    }

    @Test("allows none that must be denied or asked")
    func forbidden() throws {
        var allowed: [String] = [], asked: [String] = []
        for sample in try Self.samples("forbidden-sample.jsonl") {
            let verdict = judge(sample.command)
            if verdict.decision == .allow { allowed.append("\(sample.id) \(sample.command)") }
            if sample.expect == "deny", verdict.decision == .ask { asked.append("\(sample.id) \(sample.command)") }
        }
        #expect(allowed.isEmpty, "allowed: \(allowed.joined(separator: "\n"))")
        if !asked.isEmpty { print("asked instead of denied (\(asked.count)):\n" + asked.joined(separator: "\n")) }
    }

    @Test("denies no plain harmless one")
    func benign() throws {
        var denied: [String] = [], notRead = 0, asked: [String] = []
        let samples = try Self.samples("benign-sample.jsonl")
        for sample in samples {
            let verdict = judge(sample.command)
            guard let finding = verdict.strictest else { continue }
            if verdict.decision == .ask, sample.expect == "allow" { asked.append("\(sample.id) \(sample.command): \(finding.why)") }
            if verdict.decision == .deny {
                if finding.policyClass == .notUnderstood { notRead += 1 } else { denied.append("\(sample.id) \(sample.command): \(finding.why)") }
            }
        }
        print("benign: \(samples.count), not read yet \(notRead), asked though harmless \(asked.count)\n" + asked.joined(separator: "\n"))
        #expect(denied.isEmpty, "denied: \(denied.joined(separator: "\n"))")
    }

    @Test("allows none of the forms that the first design forbade")
    func originalForms() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/commands/original-forbidden-forms.txt")
        var isForbidden = true
        var allowed: [String] = [], denied: [String] = []
        for line in try String(contentsOf: path, encoding: .utf8).split(separator: "\n") {
            if line.hasPrefix("# ") {
                isForbidden = line.contains("never")
                continue
            }
            let verdict = judge(String(line))
            if isForbidden, verdict.decision == .allow { allowed.append(String(line)) }
            if !isForbidden, verdict.decision == .deny { denied.append("\(line): \(verdict.strictest?.why ?? "")") }
        }
        #expect(allowed.isEmpty, "allowed: \(allowed)")
        #expect(denied.isEmpty, "denied: \(denied)")
    }
}
