import Model
package import Planning
package import YAML

/// Reads runbooks (docs/runbooks.md, protocol/runbook.schema.json) from YAML.
package struct RunbookReader {
    private let decoder: YAMLDecoder
    private var conditions: [String: [Runbook.Condition]] = [:]

    /// - Throws: all problems of the file.
    package static func read(_ bytes: [UInt8], file: String) throws(RunbookProblems) -> Runbook {
        let root: YAMLNode?
        do throws(YAMLProblem) { root = try YAMLReader.read(bytes, file: file) } catch { throw RunbookProblems(problems: [error]) }
        guard let root else { throw RunbookProblems(problems: [YAMLProblem(file: file, position: nil, what: "the file is empty", remedy: "see docs/runbooks.md")]) }
        let decoder = YAMLDecoder(file: file) { NearestName.to($0, among: $1) }
        var reader = RunbookReader(decoder: decoder)
        let runbook = reader.runbook(root)
        guard let runbook, decoder.problems.isEmpty else { throw RunbookProblems(problems: decoder.problems.sorted()) }
        return runbook
    }

    private init(decoder: YAMLDecoder) { self.decoder = decoder }

    private mutating func runbook(_ root: YAMLNode) -> Runbook? {
        guard let map = decoder.mapping(root, "the runbook") else { return nil }
        let name = map.required("runbook").flatMap { decoder.string($0, "runbook") } ?? ""
        let title = map.required("title").flatMap { decoder.string($0, "title") } ?? name
        var phrases: [String] = []
        if let node = map.required("phrases"), let languages = decoder.mapping(node, "phrases") {
            phrases += languages.strings("en") ?? []
            phrases += languages.strings("ru") ?? []
            languages.finish()
        }
        let families = (map.sequence("families") ?? []).compactMap { decoder.choice($0, "families", OSFamily.self) }
        let parameters = map.mapping("parameters").map { self.parameters($0) } ?? []
        var steps: [Step] = []
        for node in map.required("steps").flatMap({ decoder.sequence($0, "steps") }) ?? [] {
            if let step = step(node, parameters) { steps.append(step) }
        }
        map.finish()
        if families.isEmpty { decoder.report(at: map.position, "the runbook names no families", "add families: [debian]") }
        return Runbook(
            name: name, title: title, phrases: phrases, parameters: parameters, families: families, steps: steps, conditions: conditions)
    }

    private func parameters(_ map: YAMLMapping) -> [RunbookParameter] {
        map.pairs.compactMap { pair in
            guard let node = map.node(pair.key), let entry = decoder.mapping(node, "parameters.\(pair.key)") else { return nil }
            let parameter = RunbookParameter(
                name: pair.key, kind: entry.choice("type", RunbookParameter.Kind.self) ?? .text,
                description: entry.required("description").flatMap { decoder.string($0, "description") } ?? "",
                defaultValue: entry.node("default").flatMap { decoder.string($0, "default") }, choices: entry.strings("choices") ?? [],
                after: entry.strings("after") ?? [])
            entry.finish()
            if let value = parameter.defaultValue, !value.isEmpty, let problem = parameter.problem(with: value) {
                decoder.report(node, "the default of \(pair.key) is '\(value)', but it \(problem)", "mend the default")
            }
            return parameter
        }
    }

    private mutating func step(_ node: YAMLNode, _ parameters: [RunbookParameter]) -> Step? {
        guard let map = decoder.mapping(node, "each of steps") else { return nil }
        let id = map.required("id").flatMap { decoder.string($0, "id") } ?? ""
        let needs = (map.sequence("needs") ?? []).compactMap(dependency)
        var subtasks: [Subtask] = []
        for node in map.required("subtasks").flatMap({ decoder.sequence($0, "subtasks") }) ?? [] {
            guard let subtask = subtask(node, step: id, parameters) else { continue }
            if subtasks.contains(where: { $0.id == subtask.id }) {
                decoder.report(node, "the subtask '\(subtask.id)' stands in step '\(id)' twice", "give one of them another id")
            }
            subtasks.append(subtask)
        }
        let step = Step(
            id: StepID(id), title: map.string("title") ?? id, on: map.string("on").map { HostPattern($0) } ?? .all,
            once: map.boolean("once") ?? false, dependencies: needs, subtasks: subtasks)
        map.finish()
        return step
    }

    private func dependency(_ node: YAMLNode) -> StepDependency? {
        if case .scalar(let text, _) = node.content { return StepDependency(step: StepID(text)) }
        guard let map = decoder.mapping(node, "each of needs") else { return nil }
        let step = map.required("step").flatMap { decoder.string($0, "step") } ?? ""
        let reach = map.node("when").flatMap { decoder.choice($0, "when", Reach.self) }
        map.finish()
        return StepDependency(step: StepID(step), when: reach == .all ? .all : .host)
    }

    private enum Reach: String, CaseIterable { case host, all }

    private mutating func subtask(_ node: YAMLNode, step: String, _ parameters: [RunbookParameter]) -> Subtask? {
        guard let map = decoder.mapping(node, "each of subtasks") else { return nil }
        let id = map.required("id").flatMap { decoder.string($0, "id") } ?? ""
        let command = map.string("command")
        let file = map.mapping("file").flatMap(file)
        if (command == nil) == (file == nil) { decoder.report(node, "subtask '\(id)' must have either a command or a file", "write one of command: and file:") }
        for (key, isWanted) in [("only_if", true), ("unless", false)] {
            guard let node = map.node(key) else { continue }
            let names: [String]
            if case .sequence(let items) = node.content { names = items.compactMap { decoder.string($0, key) } } else { names = decoder.string(node, key).map { [$0] } ?? [] }
            for name in names where !parameters.contains(where: { $0.name == name }) {
                decoder.report(node, "\(key) names '\(name)', which is not a parameter", "name one of \(parameters.map(\.name).joined(separator: ", "))")
            }
            conditions["\(step)/\(id)", default: []].append(Runbook.Condition(parameters: names, isWanted: isWanted))
        }
        let guardCheck = map.string("guard")
        if command == nil, file != nil, let node = map.node("guard") {
            decoder.report(
                node, "subtask '\(id)' has a guard beside its file", "remove guard: a file brings its own, which compares content, owner, group and mode")
        }
        if command != nil, guardCheck == nil { decoder.report(node, "subtask '\(id)' has no guard", "add guard: a command that succeeds when there is nothing to do") }
        let subtask = Subtask(
            id: id, title: map.string("title") ?? id, guardCheck: guardCheck, action: file.map(Action.file) ?? .command(command ?? ""),
            healthCheck: health(map), rollback: map.string("rollback"), timeout: map.integer("timeout", in: 1...86_400).map { .seconds($0) },
            become: map.boolean("become") ?? false, environment: environment(map), secrets: secrets(map), isIdempotent: map.boolean("idempotent") ?? false,
            endsConnection: map.node("ends_connection").flatMap { decoder.choice($0, "ends_connection", ConnectionEnd.self) })
        map.finish()
        return subtask
    }

    private func health(_ map: YAMLMapping) -> HealthCheck? {
        guard let node = map.node("health") else { return nil }
        if case .scalar = node.content { return decoder.string(node, "health").map { HealthCheck(command: $0) } }
        guard let entry = decoder.mapping(node, "health") else { return nil }
        let command = entry.required("command").flatMap { decoder.string($0, "command") } ?? ""
        let within = entry.integer("within", in: 0...3600) ?? 0
        entry.finish()
        return HealthCheck(command: command, within: .seconds(within))
    }

    private func file(_ map: YAMLMapping) -> FileAction? {
        let path = map.required("path").flatMap { decoder.string($0, "path") } ?? ""
        let content = map.required("content").flatMap { decoder.string($0, "content") } ?? ""
        var mode = 0o644
        if let node = map.node("mode"), let text = decoder.string(node, "mode") {
            if let value = Int(text, radix: 8), (0...0o7777).contains(value) {
                mode = value
            } else {
                decoder.report(node, "mode is '\(text)'", "write octal digits in quotes, such as \"0644\"")
            }
        }
        let action = FileAction(
            path: path, content: content, owner: map.string("owner") ?? "root", group: map.string("group") ?? "root", mode: mode,
            validate: map.string("validate"))
        map.finish()
        return action
    }

    private func secrets(_ map: YAMLMapping) -> [String: SecretReference] {
        guard let entries = map.mapping("secrets") else { return [:] }
        var found: [String: SecretReference] = [:]
        for pair in entries.pairs {
            guard let text = entries.string(pair.key) else { continue }
            if let reference = SecretReference(text) {
                found[pair.key] = reference
            } else {
                // Not repeated here: it may be the secret itself.
                decoder.report(pair.value, "the secret \(pair.key) is not a reference", "write where the worker finds it: file:PATH, env:NAME or credential:NAME")
            }
        }
        return found
    }

    private func environment(_ map: YAMLMapping) -> [String: String] {
        guard let entries = map.mapping("environment") else { return [:] }
        var found: [String: String] = [:]
        for pair in entries.pairs { found[pair.key] = entries.string(pair.key) }
        return found
    }
}

/// All problems of a runbook file.
package struct RunbookProblems: Error, Equatable, Sendable, CustomStringConvertible {
    package var problems: [YAMLProblem]
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
