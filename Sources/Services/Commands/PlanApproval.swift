import CommandSafety
import Documents

/// Shows a plan and asks whether it may be carried out: policy first, then the person.
struct PlanApproval {
    /// What came of asking.
    enum Answer {
        /// Carry it out; a person has said yes to these texts.
        case go([ApprovalOrder])
        /// The policy does not let it through, or nobody said yes to what it asks about: the audit is told.
        case refused(ExitStatus)
        case stop(ExitStatus)
    }

    let console: Console
    /// Answers the question whether to go ahead, and no other.
    let isYes: Bool
    /// Classes that are approved as a whole: `--approve`.
    var approves: Set<String> = []

    func show(_ plan: PlanDocument) {
        for line in PlanText(plan: plan).lines { console.line(line) }
        if !plan.excluded.isEmpty {
            console.line("")
            console.line("without a part in this run:")
            for exclusion in plan.excluded { console.line("  \(DisplayText.escaped(exclusion.reason))") }
        }
        console.line("")
    }

    func answer(_ plan: PlanDocument) -> Answer {
        if !plan.denied.isEmpty {
            for objection in plan.denied {
                console.error("\(objection.step)/\(objection.subtask), \(objection.part), on \(NameList.text(objection.hosts)):")
                console.error(objection.explanation)
            }
            console.error("muster: refused by policy; nothing was executed")
            return .refused(.refusedByPolicy)
        }
        if plan.isDryRun {
            console.error("dry_run_mode is on: nothing was executed")
            return .stop(.done)
        }
        guard let typed = approvals(plan) else { return .refused(.waitsForPerson) }
        if isYes { return .go(typed) }
        guard console.canAsk else {
            console.error("muster: there is no terminal to ask whether to go ahead — look at the plan with 'muster plan', then use --yes; nothing was executed")
            return .stop(.waitsForPerson)
        }
        let answer = console.readAnswer("Carry this out on \(plan.hosts.count) host\(plan.hosts.count == 1 ? "" : "s")? [y/N] ")
        guard let answer, ["y", "yes", "д", "да"].contains(answer.lowercased()) else {
            console.error("nothing was executed")
            return .stop(.waitsForPerson)
        }
        return .go(typed)
    }

    /// Asks for each text that needs it, once. Nil: somebody said no, or nobody is there to be asked.
    private func approvals(_ plan: PlanDocument) -> [ApprovalOrder]? {
        let open = plan.asked.filter { !Set($0.classes).isSubset(of: approves.union(plan.approves)) }
        for objection in plan.asked where !open.contains(objection) {
            console.error("\(objection.step)/\(objection.subtask), \(objection.part): approved as \(objection.classes.joined(separator: ", "))")
        }
        guard !open.isEmpty else { return [] }
        guard console.canAsk else {
            for objection in open { explain(objection) }
            let classes = Set(open.flatMap(\.classes)).sorted().joined(separator: ",")
            console.error("muster: \(open.count) command\(open.count == 1 ? "" : "s") need\(open.count == 1 ? "s" : "") a person's approval, and there is no terminal to ask; nothing was executed")
            console.error("  --approve \(classes)    approves all commands of \(classes.contains(",") ? "these classes" : "this class")")
            return nil
        }
        var typed: [ApprovalOrder] = []
        for objection in open {
            explain(objection)
            let answer = console.readAnswer("Type yes to approve exactly this on \(NameList.text(objection.hosts)): ")
            guard let answer, ["yes", "да"].contains(answer.lowercased()) else {
                console.error("not approved; nothing was executed")
                return nil
            }
            typed.append(ApprovalOrder(step: objection.step, subtask: objection.subtask, part: objection.part, digest: objection.digest))
        }
        return typed
    }

    private func explain(_ objection: PlanDocument.Objection) {
        console.error("\(objection.step)/\(objection.subtask), \(objection.part), on \(NameList.text(objection.hosts)):")
        console.error(objection.explanation)
    }
}
