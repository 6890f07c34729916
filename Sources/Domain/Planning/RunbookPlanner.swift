package import Model

/// Makes plans from runbooks: one for each host class.
package struct RunbookPlanner: Sendable {
    package let runbook: Runbook
    package let values: [String: String]

    /// - Parameters:
    ///   - match: the runbook that was chosen, with what the sentence said.
    ///   - overrides: `--set name=value`; they win over the sentence.
    package init(match: RunbookMatcher.Match, overrides: [String: String]) throws(PlanningError) {
        runbook = match.runbook
        var values: [String: String] = [:]
        let names = match.runbook.parameters.map(\.name)
        for name in overrides.keys.sorted() where !names.contains(name) {
            throw .unknownParameter(name: name, runbook: match.runbook.name, nearest: NearestName.to(name, among: names), known: names)
        }
        for parameter in match.runbook.parameters {
            guard let value = overrides[parameter.name] ?? match.values[parameter.name] ?? parameter.defaultValue else {
                throw .missingParameter(name: parameter.name, description: parameter.description)
            }
            // An empty default means "not wanted"; everything that is said must be right.
            if !value.isEmpty, let problem = parameter.problem(with: value) {
                throw .badParameter(name: parameter.name, value: value, reason: problem)
            }
            values[parameter.name] = value
        }
        self.values = values
    }

    package func plan(task: String, for hostClass: HostClass) throws(PlanningError) -> Plan {
        guard runbook.families.contains(hostClass.family) else {
            throw .unsupportedSystem(runbook: runbook.name, hostClass: hostClass, supported: runbook.families)
        }
        var all = values
        all["facts.os_id"] = hostClass.osID
        all["facts.os_version"] = hostClass.osVersion
        all["facts.architecture"] = hostClass.architecture
        let template = Template(values: all)
        var steps: [Step] = []
        for step in runbook.steps {
            let filled = try fill(step, template)
            if !filled.subtasks.isEmpty { steps.append(filled) }
        }
        // A step whose subtasks are all unwanted is gone; nobody waits for it.
        let ids = Set(steps.map(\.id))
        for index in steps.indices { steps[index].dependencies.removeAll { !ids.contains($0.step) } }
        return Plan(title: runbook.title, task: task, origin: "runbook \(runbook.name)", steps: steps)
    }

    private func fill(_ step: Step, _ template: Template) throws(PlanningError) -> Step {
        var step = step
        var subtasks: [Subtask] = []
        for subtask in step.subtasks {
            guard runbook.conditions["\(step.id)/\(subtask.id)", default: []].allSatisfy({ $0.holds(values) }) else { continue }
            subtasks.append(try fill(subtask, template))
        }
        step.subtasks = subtasks
        return step
    }

    private func fill(_ subtask: Subtask, _ template: Template) throws(PlanningError) -> Subtask {
        var subtask = subtask
        subtask.title = try template.fill(subtask.title, .none)
        if let text = subtask.guardCheck { subtask.guardCheck = try template.fill(text, .shell) }
        switch subtask.action {
        case .command(let text): subtask.action = .command(try template.fill(text, .shell))
        case .file(var file):
            file.path = try template.fill(file.path, .none)
            file.content = try template.fill(file.content, .none)
            if let text = file.validate { file.validate = try template.fill(text, .shell) }
            subtask.action = .file(file)
        }
        if var health = subtask.healthCheck {
            health.command = try template.fill(health.command, .shell)
            subtask.healthCheck = health
        }
        if let text = subtask.rollback { subtask.rollback = try template.fill(text, .shell) }
        return subtask
    }
}
