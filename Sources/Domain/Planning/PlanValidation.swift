import CommandSafety
package import Model

/// Checks a plan, whoever made it: a schema does not see a step that depends on itself.
package enum PlanValidation {
    package struct Limits: Sendable {
        package var steps = 10
        package var subtasksPerStep = 20
        package var textBytes = 64 << 10
        package var contentBytes = 48 << 10
        package init() {}
    }

    /// Problems, one line each; empty if there are none.
    package static func problems(_ plan: Plan, limits: Limits) -> [String] {
        var problems: [String] = []
        if plan.steps.isEmpty { problems.append("it has no steps") }
        if plan.steps.count > limits.steps { problems.append("it has \(plan.steps.count) steps, the limit is \(limits.steps) (agents.task_agent.max_steps)") }
        var seen: Set<StepID> = []
        let ids = Set(plan.steps.map(\.id))
        for step in plan.steps {
            if !seen.insert(step.id).inserted { problems.append("step '\(step.id)' is there twice") }
            for dependency in step.dependencies {
                if dependency.step == step.id {
                    problems.append("step '\(step.id)' depends on itself")
                } else if !ids.contains(dependency.step) {
                    problems.append("step '\(step.id)' depends on '\(dependency.step)', which is not in the plan")
                }
            }
            problems += self.problems(step, limits)
        }
        if let cycle = cycle(plan) { problems.append("steps depend on each other in a circle: \(cycle.map(\.value).joined(separator: " > "))") }
        return problems
    }

    private static func problems(_ step: Step, _ limits: Limits) -> [String] {
        var problems: [String] = []
        let name = "step '\(step.id)'"
        if step.subtasks.isEmpty { problems.append("\(name) has no subtasks") }
        if step.subtasks.count > limits.subtasksPerStep { problems.append("\(name) has \(step.subtasks.count) subtasks, the limit is \(limits.subtasksPerStep) (agents.subtask_agent.max_subtasks)") }
        var seen: Set<String> = []
        for subtask in step.subtasks {
            let name = "\(name), subtask '\(subtask.id)'"
            if !seen.insert(subtask.id).inserted { problems.append("\(name) is there twice") }
            var texts = [subtask.guardCheck, subtask.healthCheck?.command, subtask.rollback].compactMap(\.self)
            switch subtask.action {
            case .command(let text):
                texts.append(text)
                if text.allSatisfy(\.isWhitespace) { problems.append("\(name) has an empty command") }
            case .file(let file):
                if !isFilePath(file.path) { problems.append("\(name): the path '\(file.path)' must be that of a file, absolute and without '..'") }
                for account in [file.owner, file.group] where !isAccount(account) { problems.append("\(name): '\(account)' is not a name for an owner or a group") }
                if file.content.utf8.count > limits.contentBytes { problems.append("\(name): the file has \(file.content.utf8.count) bytes, the limit is \(limits.contentBytes)") }
                if file.content.utf8.contains(0) { problems.append("\(name): the file contains a zero byte") }
                if !(0...0o7777).contains(file.mode) { problems.append("\(name): the mode is not one of 0000 to 7777") }
            }
            if let end = subtask.endsConnection, subtask.healthCheck == nil {
                problems.append("\(name) ends its connection (\(end.rawValue)) and needs a health check that tells whether it did its work")
            }
            for text in texts where text.utf8.count > limits.textBytes { problems.append("\(name) has a text of \(text.utf8.count) bytes, the limit is \(limits.textBytes); send it as a file") }
            for key in subtask.secrets.keys.sorted() where subtask.environment[key] != nil { problems.append("\(name): \(key) stands in environment and in secrets; leave it in one") }
            for key in subtask.environment.keys.sorted() + subtask.secrets.keys.sorted() where !isName(key) { problems.append("\(name): '\(key)' is not a name for an environment variable") }
            for key in subtask.environment.keys.sorted() + subtask.secrets.keys.sorted() where CommandGuard.changesPrograms(variable: key) {
                problems.append("\(name): \(key) changes what programs do; name programs and their options instead")
            }
            // By bytes: a carriage return and a newline are one character for Swift, and not equal to a newline.
            for (key, value) in subtask.environment where value.utf8.contains(where: { $0 == UInt8(ascii: "\n") || $0 == 0 }) { problems.append("\(name): the value of \(key) must be one line") }
        }
        return problems
    }

    private static func isName(_ text: String) -> Bool {
        text.first?.isNumber == false && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }

    private static func isFilePath(_ path: String) -> Bool {
        guard path.hasPrefix("/"), !path.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return false }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return !parts.contains("..") && parts.last.map { !["", "."].contains($0) } == true
    }

    /// A user's or group's name, or number, as useradd(8) takes it.
    private static func isAccount(_ text: String) -> Bool {
        text.first != "-" && !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    }

    /// Depth-first search; the path of the first circle.
    private static func cycle(_ plan: Plan) -> [StepID]? {
        let next = Dictionary(plan.steps.map { ($0.id, $0.dependencies.map(\.step)) }, uniquingKeysWith: { first, _ in first })
        var done: Set<StepID> = []
        func visit(_ step: StepID, _ path: [StepID]) -> [StepID]? {
            if let start = path.firstIndex(of: step) { return path.count - start > 1 ? Array(path[start...]) + [step] : nil }
            guard !done.contains(step) else { return nil }
            for other in next[step] ?? [] where other != step {
                if let found = visit(other, path + [step]) { return found }
            }
            done.insert(step)
            return nil
        }
        for step in plan.steps {
            if let found = visit(step.id, []) { return found }
        }
        return nil
    }
}
