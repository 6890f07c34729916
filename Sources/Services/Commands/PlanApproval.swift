import CommandSafety
import Documents

/// Shows a plan and asks whether it may be carried out: policy first, then the person.
struct PlanApproval {
    let console: Console
    let isYes: Bool

    func show(_ plan: PlanDocument) {
        for line in PlanText(plan: plan).lines { console.line(line) }
        if !plan.excluded.isEmpty {
            console.line("")
            console.line("without a part in this run:")
            for exclusion in plan.excluded { console.line("  \(DisplayText.escaped(exclusion.reason))") }
        }
        console.line("")
    }

    /// Why the plan is not carried out; nil if it is.
    func verdict(_ plan: PlanDocument) -> ExitStatus? {
        if !plan.denied.isEmpty {
            for objection in plan.denied {
                console.error("\(objection.step)/\(objection.subtask), \(objection.part), on \(NameList.text(objection.hosts)):")
                console.error(objection.explanation)
            }
            console.error("muster: refused by policy; nothing was executed")
            return .refusedByPolicy
        }
        if !plan.asked.isEmpty {
            for objection in plan.asked { console.error("\(objection.step)/\(objection.subtask): \(objection.reason)") }
            console.error("muster: the plan has commands that a person must approve one by one, which is not there yet; nothing was executed")
            return .waitsForPerson
        }
        if plan.isDryRun {
            console.error("dry_run_mode is on: nothing was executed")
            return .done
        }
        if isYes { return nil }
        guard console.canAsk else {
            console.error("muster: there is no terminal to ask whether to go ahead — look at the plan with 'muster plan', then use --yes; nothing was executed")
            return .waitsForPerson
        }
        let answer = console.readAnswer("Carry this out on \(plan.hosts.count) host\(plan.hosts.count == 1 ? "" : "s")? [y/N] ")
        guard let answer, ["y", "yes", "д", "да"].contains(answer.lowercased()) else {
            console.error("nothing was executed")
            return .waitsForPerson
        }
        return nil
    }
}
