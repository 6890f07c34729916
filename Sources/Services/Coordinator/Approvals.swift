package import CommandSafety
package import Model
import RunStore

/// The yeses of a run: what may leave although the policy asks.
struct Approvals: Sendable {
    private let approvals: [Approval]

    init(_ approvals: [Approval]) { self.approvals = approvals }

    /// Why an asked text may not leave for a job's host; nil if somebody said yes to it.
    ///
    /// - Parameters:
    ///   - reason: why it is asked for.
    ///   - starts: false where the host is only asked what became of the job, or told to end it: that stays allowed after the yes has expired.
    func refusal(of digest: [UInt8], _ job: Job, _ purpose: CommandPurpose, _ reason: String, starts: Bool = true) -> String? {
        let part = purpose.part, now = WallClock.milliseconds
        func isCovered(_ approval: Approval, _ now: UInt64) -> Bool {
            approval.covers(digest, step: job.step, subtask: job.subtask, part: part, host: job.host, now: now)
        }
        if approvals.contains(where: { isCovered($0, now) }) { return nil }
        // Its time counts from when it was given.
        if let expired = approvals.first(where: { isCovered($0, $0.givenAt) }) {
            guard starts else { return nil }
            return "\(reason) — the approval that \(expired.user) gave has expired: run the task again and approve it anew"
        }
        return reason
    }
}

extension CommandPurpose {
    /// What people call it, in plans and approvals.
    package var part: String {
        switch self {
        case .guardCheck: "guard"
        case .command: "command"
        case .healthCheck: "health check"
        case .rollback: "rollback"
        case .facts: "facts"
        }
    }
}

/// A text of a plan that a person has read and said yes to.
package struct ApprovedText: Sendable, Hashable {
    package var step: StepID
    package var subtask: String
    package var part: String
    /// SHA-256 of its bytes.
    package var digest: [UInt8]

    package init(step: StepID, subtask: String, part: String, digest: [UInt8]) {
        self.step = step
        self.subtask = subtask
        self.part = part
        self.digest = digest
    }
}

extension PlanReview {
    /// What an audit is told of a plan that is not carried out: all that is denied, or else the texts that nobody said yes to.
    package func refusals(open: [Objection]) -> [Refusal] {
        (denied.isEmpty ? open : denied).map { objection in
            let finding = objection.refusal.verdict.strictest
            return Refusal(
                step: objection.step, subtask: objection.subtask, part: objection.part, hosts: objection.hosts, text: objection.refusal.text,
                decision: objection.refusal.verdict.decision == .deny ? "deny" : "ask", policyClass: finding?.policyClass.rawValue ?? "", rule: finding?.rule ?? "",
                why: finding?.why ?? "", span: finding?.bytes ?? 0..<0)
        }
    }

    /// Turns yeses into approvals, for exactly the texts and hosts of this plan.
    ///
    /// - Parameters:
    ///   - typed: texts that a person said yes to.
    ///   - option, policy: classes that are approved as a whole, by whoever starts the run and by the policy.
    /// - Returns: the approvals, and the texts that still need somebody.
    package func approve(
        typed: Set<ApprovedText>, option: Set<PolicyClass>, policy: Set<PolicyClass>, user: String, now: UInt64
    ) -> (approvals: [Approval], open: [Objection]) {
        var approvals: [Approval] = [], open: [Objection] = []
        for objection in asked {
            let classes = objection.askedClasses
            let text = ApprovedText(step: objection.step, subtask: objection.subtask, part: objection.part, digest: objection.digest)
            let source: Approval.Source
            if classes.isSubset(of: policy) {
                source = .policy
            } else if classes.isSubset(of: policy.union(option)) {
                source = .option
            } else if typed.contains(text) {
                source = .person
            } else {
                open.append(objection)
                continue
            }
            approvals.append(
                Approval(
                    step: objection.step, subtask: objection.subtask, part: objection.part, hosts: objection.hosts, digest: objection.digest,
                    classes: classes.map(\.rawValue).sorted(), source: source, user: user, givenAt: now))
        }
        return (approvals, open)
    }
}
