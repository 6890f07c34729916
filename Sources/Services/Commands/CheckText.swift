import CommandSafety

/// The guard's judgement on a text as people read it: the decision first, then why, what instead, and what the text would do.
struct CheckText {
    let account: CommandAccount
    let policy: CommandPolicy

    var lines: [String] {
        var lines: [String] = []
        let verdict = account.verdict
        if let finding = verdict.strictest {
            lines.append("\(Self.word(verdict.decision))  \(finding.policyClass.rawValue)")
            lines += told(finding)
        } else {
            lines.append(Self.word(.allow))
            lines += account.text.split(separator: "\n", omittingEmptySubsequences: false).prefix(20).map { "  " + DisplayText.escaped(String($0)) }
        }
        for finding in others { lines += ["also \(finding.decision): \(finding.policyClass.rawValue)"] + told(finding) }
        for finding in verdict.lowered {
            lines.append("allowed by the rule '\(finding.rule ?? "")': \(finding.policyClass.rawValue): \(finding.why)")
        }
        if verdict.decision == .ask, Set(verdict.findings.map(\.policyClass)).isSubset(of: policy.approves) {
            lines.append("approved by the policy file: it runs without a question, and that is recorded")
        } else if verdict.decision == .ask {
            let classes = Set(verdict.findings.map(\.policyClass.rawValue)).sorted().joined(separator: ",")
            lines.append("a person may say yes to it: when 'muster run' asks, or with --approve \(classes)")
        }
        lines.append("what it would do:")
        let effects = account.effects.map { "  " + $0.sentence }
        if !effects.isEmpty { return lines + effects }
        return lines + [verdict.findings.isEmpty ? "  nothing that changes anything, as far as is known" : "  that is not known"]
    }

    /// One of a class is enough.
    private var others: [Finding] {
        guard let strictest = account.verdict.strictest else { return [] }
        var seen: Set<String> = [Self.key(strictest)]
        return account.verdict.findings.filter { seen.insert(Self.key($0)).inserted }.sorted { $0.decision > $1.decision }
    }

    private static func key(_ finding: Finding) -> String { "\(finding.policyClass.rawValue) \(finding.decision) \(finding.rule ?? "")" }

    private func told(_ finding: Finding) -> [String] {
        var lines = CommandRefusal.underlined(account.text, finding.span).split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }
        if let call = account.call(of: finding), call.sentence != account.text { lines.append("  that is: \(call.sentence)") }
        lines.append("  why: \(DisplayText.escaped(finding.why))")
        if !finding.instead.isEmpty { lines.append("  instead: \(DisplayText.escaped(finding.instead))") }
        if let id = finding.rule { lines.append("  rule: \(id)" + (policy.rule(id).map { ", level \($0.level.rawValue)" } ?? "")) }
        return lines
    }

    private static func word(_ decision: Decision) -> String {
        switch decision {
        case .allow: "ALLOW"
        case .ask: "ASK"
        case .deny: "DENY"
        }
    }
}
