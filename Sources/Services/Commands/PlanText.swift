import CommandSafety
import Coordinator
import Model

/// A plan as a tree of steps, subtasks and texts, with what the policy says of each.
struct PlanText {
    let prepared: PreparedRun

    var lines: [String] {
        var lines = ["\(prepared.title)  (\(prepared.origin))"]
        for (index, variant) in prepared.plan.variants.enumerated() {
            let hostClass = index < prepared.classes.count ? prepared.classes[index].0.description : ""
            lines.append("on \(Self.list(variant.hosts))  [\(hostClass)]")
            for (number, step) in variant.steps.enumerated() {
                let isLast = number + 1 == variant.steps.count
                var head = "\(isLast ? "└─" : "├─") \(step.id)  \(DisplayText.escaped(step.title))"
                if step.hosts.count < variant.hosts.count { head += "  (on \(Self.list(step.hosts.sorted())))" }
                if !step.dependencies.isEmpty {
                    head += "  after " + step.dependencies.map { $0.when == .all ? "\($0.step) on all hosts" : $0.step.value }.joined(separator: ", ")
                }
                lines.append(head)
                for subtask in step.subtasks { lines += self.subtask(subtask, step.id, indent: isLast ? "   " : "│  ") }
            }
        }
        return lines
    }

    private func subtask(_ subtask: CompiledSubtask, _ step: StepID, indent: String) -> [String] {
        var lines = ["\(indent)• \(subtask.id)  \(DisplayText.escaped(subtask.title))\(subtask.work.become ? "  (as root)" : "")"]
        func text(_ name: String, _ text: String?, part: String? = nil) {
            guard let text else { return }
            lines.append("\(indent)    \(name.rightPadded(to: 8)) \(DisplayText.escaped(text))")
            for (label, objections) in [("REFUSED", prepared.review.denied), ("NEEDS APPROVAL", prepared.review.asked)] {
                for objection in objections where objection.step == step && objection.subtask == subtask.id && objection.part == part ?? name && objection.refusal.text == text {
                    lines.append("\(indent)    \(label): \(objection.refusal)")
                }
            }
        }
        text("guard", subtask.work.guardCheck)
        text("command", subtask.work.command)
        if let content = subtask.work.content { lines += Self.content(content).map { "\(indent)    \($0)" } }
        text("health", subtask.work.healthCheck?.command, part: "health check")
        text("rollback", subtask.rollback)
        return lines
    }

    /// The size of a file's content and its first lines, so that a person sees what will be written.
    private static func content(_ bytes: [UInt8], limit: Int = 20) -> [String] {
        var rows = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let isEnded = bytes.isEmpty || rows.last?.isEmpty == true
        if isEnded { rows.removeLast() }
        var lines = ["content  \(bytes.count) byte\(bytes.count == 1 ? "" : "s")\(isEnded ? "" : ", without a newline at the end")"]
        let indent = String(repeating: " ", count: 9)
        lines += rows.prefix(limit).map { indent + DisplayText.escaped(String(decoding: $0, as: UTF8.self)) }
        let more = rows.count - limit
        if more > 0 { lines.append("\(indent)… \(more) more line\(more == 1 ? "" : "s")") }
        return lines
    }

    /// `h01, h02 and 5 more`.
    static func list(_ names: [HostName], limit: Int = 6) -> String {
        names.count <= limit
            ? names.map(\.value).joined(separator: ", ")
            : names.prefix(limit).map(\.value).joined(separator: ", ") + " and \(names.count - limit) more"
    }
}
