package import CommandSafety
import Cryptography
package import Model

/// The guard's judgement on every text of a plan, before anything is sent.
package struct PlanReview: Sendable {
    package struct Objection: Sendable {
        package var step: StepID
        package var subtask: String
        /// `guard`, `command`, `health check`, `rollback`.
        package var part: String
        package var hosts: [HostName]
        package var refusal: CommandRefusal
        /// SHA-256 of the text's bytes.
        package var digest: [UInt8] { Digest.sha256(Array(refusal.text.utf8)) }
        /// The classes for which a person is asked.
        package var askedClasses: Set<PolicyClass> { Set(refusal.verdict.findings.filter { $0.decision == .ask }.map(\.policyClass)) }
    }
    /// Texts that never run.
    package var denied: [Objection] = []
    /// Texts that need a person's yes.
    package var asked: [Objection] = []

    /// Hosts that the policy does not tell apart are judged together.
    private struct Group: Hashable {
        var user: String
        var forbidden: [String]
        var rules: [Int]
    }

    /// - Parameter policy: what is judged by, beside each host's own `forbidden_commands`.
    package init(_ plan: CompiledPlan, hosts: [Host], policy: CommandPolicy = CommandPolicy()) {
        let byName = Dictionary(hosts.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for variant in plan.variants {
            let groups = Dictionary(grouping: variant.hosts.compactMap { byName[$0] }) { host in
                Group(user: host.user, forbidden: host.forbiddenCommands, rules: policy.rulesNaming(host: host.name.value))
            }
            for (_, members) in groups.sorted(by: { $0.value[0].name < $1.value[0].name }) {
                for step in variant.steps { review(step, members, policy) }
            }
        }
    }

    private mutating func review(_ step: CompiledStep, _ hosts: [Host], _ policy: CommandPolicy) {
        let guardian = CommandGuard(policy: policy.forbidding(hosts[0].forbiddenCommands))
        for subtask in step.subtasks {
            let texts: [(String?, CommandPurpose)] = [
                (subtask.work.guardCheck, .guardCheck), (subtask.work.command, .command), (subtask.work.healthCheck?.command, .healthCheck),
                (subtask.rollback, .rollback),
            ]
            for case (let text?, let purpose) in texts {
                let verdict = guardian.judge(text, context: CommandContext(purpose: purpose, loginUser: hosts[0].user, host: hosts[0].name.value))
                let objection = Objection(
                    step: step.id, subtask: subtask.id, part: purpose.part, hosts: hosts.map(\.name), refusal: CommandRefusal(text: text, verdict: verdict))
                switch verdict.decision {
                case .allow: continue
                case .ask: asked.append(objection)
                case .deny: denied.append(objection)
                }
            }
        }
    }
}
