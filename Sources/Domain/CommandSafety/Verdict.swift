package import ShellSyntax

/// One reason not to let a command through, or not without a person.
package struct Finding: Sendable, Hashable {
    package var policyClass: PolicyClass
    package var decision: Decision
    package var span: Span
    /// What would have happened: the call as resolved and what it is about.
    package var why: String
    /// What to write instead; empty if nothing sensible can be said.
    package var instead: String
    /// The rule of a policy file that it comes from, or that took it away; nil: a built-in class, or `forbidden_commands`.
    package var rule: String?

    /// The bytes of the text that it is about.
    package var bytes: Range<Int> { min(span.start, span.end)..<span.end }

    package init(_ policyClass: PolicyClass, _ decision: Decision, _ span: Span, _ why: String, instead: String = "") {
        self.policyClass = policyClass
        self.decision = decision
        self.span = span
        self.why = why
        self.instead = instead
    }
}

/// The judgement on a text: the strictest finding wins.
package struct Verdict: Sendable, Equatable {
    package var findings: [Finding]
    /// What would have been asked about, and was taken away by a rule that allows it.
    package var lowered: [Finding]

    package init(findings: [Finding], lowered: [Finding] = []) {
        self.findings = findings
        self.lowered = lowered
    }

    package var decision: Decision { findings.map(\.decision).max() ?? .allow }
    package var strictest: Finding? { findings.max { $0.decision < $1.decision } }
}

/// Why a command was not let through.
package struct CommandRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    package var text: String
    package var verdict: Verdict

    package init(text: String, verdict: Verdict) {
        self.text = text
        self.verdict = verdict
    }

    /// One line: class, rule, why, what instead.
    package var description: String {
        guard let finding = verdict.strictest else { return "refused" }
        let head = finding.decision == .ask ? "needs a person's approval" : "refused"
        let rule = finding.rule.map { ", rule \($0)" } ?? ""
        return "\(head) (\(finding.policyClass.rawValue)\(rule)): \(finding.why)" + (finding.instead.isEmpty ? "" : " — \(finding.instead)")
    }

    /// The command with the part underlined that the strictest finding is about, and the reason below.
    package var explanation: String {
        guard let finding = verdict.strictest else { return DisplayText.escaped(text) }
        return Self.underlined(text, finding.span) + "\n" + description
    }

    /// Two lines: the line of a text that a span begins in, and `^` under what of it lies in the span. Escaped for terminals.
    package static func underlined(_ text: String, _ span: Span) -> String {
        let bytes = Array(text.utf8)
        let start = min(max(0, span.start), bytes.count), end = min(max(start, span.end), bytes.count)
        let lineStart = bytes[..<start].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let lineEnd = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        func shown(_ slice: ArraySlice<UInt8>) -> String { DisplayText.escaped(String(decoding: slice, as: UTF8.self)) }
        let marked = max(1, shown(bytes[start..<min(end, lineEnd)]).count)
        return shown(bytes[lineStart..<lineEnd]) + "\n" + String(repeating: " ", count: shown(bytes[lineStart..<start]).count)
            + String(repeating: "^", count: marked)
    }
}
