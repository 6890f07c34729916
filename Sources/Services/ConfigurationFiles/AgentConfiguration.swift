import Model
import YAML

/// Reads agent_config.yaml.
struct AgentConfiguration {
    let decoder: YAMLDecoder
    let paths: PathRules
    /// What the example file has in the place of a key.
    private static let placeholder = "your-api-key"

    func read(_ root: YAMLNode, into settings: inout Settings) {
        guard let file = decoder.mapping(root, "") else { return }
        if let agents = file.mapping("agents") {
            agents.mapping("taskmaster").map { taskMaster($0, &settings.agents.taskMaster) }
            agents.mapping("task_agent").map { taskAgent($0, &settings.agents.taskAgent) }
            agents.mapping("subtask_agent").map { subtaskAgent($0, &settings.agents.subtaskAgent) }
            agents.mapping("executor").map { executor($0, &settings.agents.executor) }
            agents.mapping("error_handler").map { errorHandler($0, &settings.agents.errorHandler) }
            agents.finish()
        }
        file.mapping("llm").map { languageModel($0, &settings.llm) }
        file.mapping("journal").map { journal($0, &settings.journal) }
        file.finish()
    }

    private func taskMaster(_ map: YAMLMapping, _ out: inout TaskMasterSettings) {
        map.boolean("enabled").map { out.isEnabled = $0 }
        map.text("model").map { out.model = $0 }
        map.number("temperature", in: 0...2).map { out.temperature = $0 }
        map.finish()
    }

    private func taskAgent(_ map: YAMLMapping, _ out: inout TaskAgentSettings) {
        map.text("model").map { out.model = $0 }
        map.number("temperature", in: 0...2).map { out.temperature = $0 }
        map.integer("max_steps", in: 1...100).map { out.maximumSteps = $0 }
        map.finish()
    }

    private func subtaskAgent(_ map: YAMLMapping, _ out: inout SubtaskAgentSettings) {
        map.text("model").map { out.model = $0 }
        map.number("temperature", in: 0...2).map { out.temperature = $0 }
        map.integer("max_subtasks", in: 1...200).map { out.maximumSubtasks = $0 }
        map.finish()
    }

    private func executor(_ map: YAMLMapping, _ out: inout ExecutorSettings) {
        map.integer("max_retries_per_command", in: 0...10).map { out.maximumRetriesPerCommand = $0 }
        map.boolean("auto_correction_enabled").map { out.isAutoCorrectionEnabled = $0 }
        map.boolean("dry_run_mode").map { out.isDryRun = $0 }
        map.integer("command_timeout", in: 1...86_400).map { out.commandTimeout = .seconds($0) }
        map.finish()
    }

    private func errorHandler(_ map: YAMLMapping, _ out: inout ErrorHandlerSettings) {
        map.integer("error_threshold_per_step", in: 1...100).map { out.errorThresholdPerStep = $0 }
        map.boolean("send_to_planner_after_threshold").map { out.sendsToPlannerAfterThreshold = $0 }
        map.integer("human_escalation_threshold", in: 1...100).map { out.humanEscalationThreshold = $0 }
        map.finish()
    }

    private func languageModel(_ map: YAMLMapping, _ out: inout LanguageModelSettings) {
        if let node = map.node("api_key"), let text = decoder.string(node, "llm.api_key"), !text.isEmpty, text != Self.placeholder {
            out.apiKey = Secrets.reference(text, node, "llm.api_key", decoder, paths)
        }
        if let node = map.node("base_url"), let text = decoder.text(node, "llm.base_url") {
            if let remedy = Self.problem(withURL: text) {
                // The address is not repeated: it may hold a password.
                decoder.report(node, "llm.base_url is not the address of a service", remedy)
            } else {
                out.baseURL = text
            }
        }
        map.integer("max_tokens", in: 1...1_000_000).map { out.maximumTokens = $0 }
        map.integer("timeout", in: 1...3600).map { out.timeout = .seconds($0) }
        map.finish()
    }

    private func journal(_ map: YAMLMapping, _ out: inout JournalSettings) {
        map.integer("keep_days", in: 1...36_500).map { out.keepDays = $0 }
        map.integer("free_space_floor", in: 1...1_000_000).map { out.freeSpaceFloor = $0 }
        map.integer("output_limit", in: 1...10_000).map { out.outputLimit = $0 }
        map.finish()
    }

    /// What to do about an address that can't be one; nil if it can.
    private static func problem(withURL text: String) -> String? {
        guard let scheme = ["https://", "http://"].first(where: text.hasPrefix) else { return "it must begin with https:// or http://" }
        let server = text.dropFirst(scheme.count).prefix { $0 != "/" }
        if server.contains("@") { return "take user and password out of it; the key goes into llm.api_key" }
        if server.isEmpty || text.contains(" ") { return "write https://SERVER/PATH" }
        return nil
    }
}

/// Secrets in configuration files: always references.
enum Secrets {
    /// Reads a secret reference; a literal secret in a file is refused.
    ///
    /// A relative path starts at the file, as other paths do; `~` is left to the process that uses the secret.
    static func reference(
        _ text: String, _ node: YAMLNode, _ what: String, _ decoder: YAMLDecoder, _ paths: PathRules
    ) -> SecretReference? {
        switch SecretReference(text) {
        case .file(let path) where !path.hasPrefix("~/"): return .file(paths.resolve(path))
        case .some(let reference): return reference
        case nil:
            // The text itself is not repeated: it may be the secret.
            decoder.report(node, "\(what) must not stand in a file", "write env:NAME, file:PATH or credential:NAME")
            return nil
        }
    }
}
