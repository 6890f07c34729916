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

    package init(_ plan: CompiledPlan, hosts: [Host]) {
        let byName = Dictionary(hosts.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for variant in plan.variants {
            // Hosts with the same login and the same forbidden commands are judged once.
            let groups = Dictionary(grouping: variant.hosts.compactMap { byName[$0] }) { [$0.user] + $0.forbiddenCommands }
            for (_, members) in groups.sorted(by: { $0.value[0].name < $1.value[0].name }) {
                for step in variant.steps { review(step, members) }
            }
        }
    }

    private mutating func review(_ step: CompiledStep, _ hosts: [Host]) {
        let guardian = CommandGuard(policy: CommandPolicy(forbiddenCommands: hosts[0].forbiddenCommands))
        for subtask in step.subtasks {
            let texts: [(String?, CommandPurpose)] = [
                (subtask.work.guardCheck, .guardCheck), (subtask.work.command, .command), (subtask.work.healthCheck?.command, .healthCheck),
                (subtask.rollback, .rollback),
            ]
            for case (let text?, let purpose) in texts {
                let verdict = guardian.judge(text, context: CommandContext(purpose: purpose, loginUser: hosts[0].user))
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
