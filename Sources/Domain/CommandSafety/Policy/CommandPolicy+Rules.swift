extension CommandPolicy {
    /// The same policy with more lines of `forbidden_commands`: those of one host.
    package func forbidding(_ more: [String]) -> CommandPolicy {
        if more.isEmpty { return self }
        var policy = self
        policy.forbidden += more.compactMap(ForbiddenPattern.init)
        return policy
    }

    /// Which of the rules that name hosts are about this one. Hosts with the same answer are judged alike.
    package func rulesNaming(host: String) -> [Int] {
        rules.indices.filter { index in rules[index].condition.hosts.contains { Glob.matches($0, host) } }
    }

    /// All that the policy says, in lines that are the same for the same policy: for a digest of it.
    package var fingerprintText: String {
        var lines = ["muster policy 1"]
        func add(_ name: String, _ texts: [String]) { lines.append(([name] + texts.map(DisplayText.escaped)).joined(separator: "\t")) }
        add("approve", approves.map(\.rawValue).sorted())
        for pattern in forbidden { add("forbid", [pattern.text]) }
        for rule in rules {
            add("rule", [rule.id, "\(rule.decision)", rule.policyClass?.rawValue ?? "", rule.level.rawValue, rule.why, rule.instead])
            let condition = rule.condition
            for (name, texts) in [
                ("program", condition.programs), ("flag", condition.flags), ("verb", condition.verbs), ("effect", condition.effects.map(\.rawValue)), ("unit", condition.units),
                ("package", condition.packages), ("host", condition.hosts), ("user", condition.users), ("match", rule.match), ("not-match", rule.notMatch),
            ] where !texts.isEmpty {
                add(name, texts)
            }
            for (name, path) in [("operand", condition.operand), ("effect-path", condition.effectPath)] {
                if let path { add(name, [path.relation.rawValue, path.path]) }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Why an example of a rule does not hold, in words that follow it; nil if it does.
    ///
    /// Judged as a command on a host and with a user that the rule is about.
    package func problem(withExample text: String, of rule: PolicyRule, mustMatch: Bool) -> String? {
        var anywhere = rule
        anywhere.condition.hosts = []
        anywhere.condition.users = []
        var policy = self
        policy.rules = rules.map { $0.id == rule.id ? anywhere : $0 }
        let verdict = CommandGuard(policy: policy).judge(text, context: CommandContext(purpose: .command, loginUser: "deploy"))
        let touches = verdict.findings.contains { $0.rule == rule.id } || verdict.lowered.contains { $0.rule == rule.id }
        guard mustMatch else { return touches ? "is matched by the rule" : nil }
        if verdict.lowered.contains(where: { $0.rule == rule.id }) || verdict.findings.contains(where: { $0.rule == rule.id && $0.decision == rule.decision }) { return nil }
        if touches { return "is only asked about: the text does not tell whether the rule is meant" }
        if let finding = verdict.findings.first(where: { $0.policyClass == .notUnderstood }) { return "can't be read as a command: \(finding.why)" }
        guard rule.decision == .allow else { return "is not matched by the rule" }
        if verdict.findings.contains(where: { $0.decision == .deny }) { return "is denied, which no rule can change" }
        return verdict.decision == .allow ? "is allowed without the rule" : "is not matched by the rule"
    }
}
