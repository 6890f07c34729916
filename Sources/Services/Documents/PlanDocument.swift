import CommandSafety
package import Coordinator
import Cryptography
import Model

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// A plan with its texts, and what the policy says of each: what a person is shown before anything runs.
package struct PlanDocument: Codable, Sendable, Equatable {
    /// By which a coordinator starts it; nil where the process that made the plan carries it out itself.
    package var plan: String?
    package var task: String
    package var title: String
    /// Who made the plan: `runbook postgresql`.
    package var origin: String
    package var variants: [Variant]
    /// Hosts without a part, and why.
    package var excluded: [ExclusionDocument]
    /// Texts that never run.
    package var denied: [Objection]
    /// Texts that need a person's yes.
    package var asked: [Objection]
    /// Nothing is ever executed: `dry_run_mode` is on.
    /// Policy classes that the policy file approves as a whole.
    package var approves: [String]
    package var isDryRun: Bool

    enum CodingKeys: String, CodingKey {
        case plan, task, title, origin, variants, excluded, denied, asked, approves
        case isDryRun = "dry_run"
    }

    /// The plan for one class of hosts.
    package struct Variant: Codable, Sendable, Equatable {
        package var hosts: [String]
        package var hostClass: String
        package var steps: [Step]

        enum CodingKeys: String, CodingKey {
            case hosts
            case hostClass = "class"
            case steps
        }
    }

    package struct Step: Codable, Sendable, Equatable {
        package var id: String
        package var title: String
        /// Those of the variant that carry it out.
        package var hosts: [String]
        package var after: [Dependency]
        package var subtasks: [Subtask]
    }

    package struct Dependency: Codable, Sendable, Equatable {
        package var step: String
        /// Waits until it is done on all hosts.
        package var onAllHosts: Bool

        enum CodingKeys: String, CodingKey {
            case step
            case onAllHosts = "on_all_hosts"
        }
    }

    package struct Subtask: Codable, Sendable, Equatable {
        package var id: String
        package var title: String
        /// As root.
        package var become: Bool
        package var guardCheck: String?
        package var command: String
        /// What is written to a file, in Base64.
        package var content: Data?
        package var healthCheck: String?
        package var rollback: String?

        enum CodingKeys: String, CodingKey {
            case id, title, become
            case guardCheck = "guard"
            case command, content
            case healthCheck = "health_check"
            case rollback
        }
    }

    /// What the policy has against a text.
    package struct Objection: Codable, Sendable, Equatable {
        package var step: String
        package var subtask: String
        /// `guard`, `command`, `health check` or `rollback`.
        package var part: String
        package var hosts: [String]
        package var text: String
        /// SHA-256 of the text, hexadecimal: what an approval names.
        package var digest: String
        /// The policy classes that a person is asked for, or that forbid it.
        package var classes: [String]
        /// One line.
        package var reason: String
        /// What, where, and what to do; several lines.
        package var explanation: String
    }

    package init(_ prepared: PreparedRun, plan: String? = nil) {
        self.plan = plan
        approves = prepared.approves.map(\.rawValue).sorted()
        task = prepared.task
        title = prepared.title
        origin = prepared.origin
        isDryRun = prepared.isDryRun
        variants = prepared.plan.variants.enumerated().map { index, variant in
            Variant(
                hosts: variant.hosts.map(\.value), hostClass: index < prepared.classes.count ? prepared.classes[index].0.description : "",
                steps: variant.steps.map(Step.init))
        }
        excluded = prepared.excluded.map { ExclusionDocument(host: $0.0.value, reason: $0.1) }
        denied = prepared.review.denied.map(Objection.init)
        asked = prepared.review.asked.map(Objection.init)
    }

    /// Hosts with a part, in the order of the plan.
    package var hosts: [String] { variants.flatMap(\.hosts) }
}

extension PlanDocument.Step {
    init(_ step: CompiledStep) {
        id = step.id.value
        title = step.title
        hosts = step.hosts.map(\.value).sorted()
        after = step.dependencies.map { PlanDocument.Dependency(step: $0.step.value, onAllHosts: $0.when == .all) }
        subtasks = step.subtasks.map { subtask in
            PlanDocument.Subtask(
                id: subtask.id, title: subtask.title, become: subtask.work.become, guardCheck: subtask.work.guardCheck, command: subtask.work.command,
                content: subtask.work.content.map { Data($0) }, healthCheck: subtask.work.healthCheck?.command, rollback: subtask.rollback)
        }
    }
}

extension PlanDocument.Objection {
    init(_ objection: PlanReview.Objection) {
        step = objection.step.value
        subtask = objection.subtask
        part = objection.part
        hosts = objection.hosts.map(\.value)
        text = objection.refusal.text
        digest = Digest.hexadecimal(objection.digest)
        let strictest = objection.refusal.verdict.decision
        classes = Set(objection.refusal.verdict.findings.filter { $0.decision == strictest }.map(\.policyClass.rawValue)).sorted()
        reason = "\(objection.refusal)"
        explanation = objection.refusal.explanation
    }
}
