import CommandSafety
import Documents

/// A plan as a tree of steps, subtasks and texts, with what the policy says of each.
struct PlanText {
    let plan: PlanDocument

    var lines: [String] {
        var lines = ["\(plan.title)  (\(plan.origin))"]
        for variant in plan.variants {
            lines.append("on \(NameList.text(variant.hosts))  [\(variant.hostClass)]")
            for (number, step) in variant.steps.enumerated() {
                let isLast = number + 1 == variant.steps.count
                var head = "\(isLast ? "└─" : "├─") \(step.id)  \(DisplayText.escaped(step.title))"
                if step.hosts.count < variant.hosts.count { head += "  (on \(NameList.text(step.hosts)))" }
                if !step.after.isEmpty { head += "  after " + step.after.map { $0.onAllHosts ? "\($0.step) on all hosts" : $0.step }.joined(separator: ", ") }
                lines.append(head)
                for subtask in step.subtasks { lines += self.subtask(subtask, step.id, indent: isLast ? "   " : "│  ") }
            }
        }
        return lines
    }

    private func subtask(_ subtask: PlanDocument.Subtask, _ step: String, indent: String) -> [String] {
        var lines = ["\(indent)• \(subtask.id)  \(DisplayText.escaped(subtask.title))\(subtask.become ? "  (as root)" : "")"]
        func text(_ name: String, _ text: String?, part: String? = nil) {
            guard let text else { return }
            lines.append("\(indent)    \(name.rightPadded(to: 8)) \(DisplayText.escaped(text))")
            for (label, objections) in [("REFUSED", plan.denied), ("NEEDS APPROVAL", plan.asked)] {
                for objection in objections where objection.step == step && objection.subtask == subtask.id && objection.part == part ?? name && objection.text == text {
                    lines.append("\(indent)    \(label): \(objection.reason)")
                }
            }
        }
        text("guard", subtask.guardCheck)
        text("command", subtask.command)
        if let content = subtask.content { lines += Self.content(Array(content)).map { "\(indent)    \($0)" } }
        text("health", subtask.healthCheck, part: "health check")
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
}
