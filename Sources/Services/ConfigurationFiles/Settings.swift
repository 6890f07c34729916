package import CommandSafety
package import Model

/// All that the configuration files say, as typed values with their defaults.
package struct Settings: Sendable, Equatable {
    package var inventory = Inventory(hosts: [])
    package var agents = AgentSettings()
    package var llm = LanguageModelSettings()
    package var journal = JournalSettings()
    /// What the guard judges by, beside each host's own `forbidden_commands`.
    package var policy = CommandPolicy()
    /// Files that were read, for `--log-level debug` and error messages.
    package var files: [String] = []

    package init() {}
}

/// `agents:` of agent_config.yaml.
package struct AgentSettings: Sendable, Equatable {
    package var taskMaster = TaskMasterSettings()
    package var taskAgent = TaskAgentSettings()
    package var subtaskAgent = SubtaskAgentSettings()
    package var executor = ExecutorSettings()
    package var errorHandler = ErrorHandlerSettings()

    package init() {}
}

/// `agents.taskmaster`: improves prompts before planning.
package struct TaskMasterSettings: Sendable, Equatable {
    package var isEnabled = true
    package var model = "gpt-4"
    package var temperature = 0.7
    package init() {}
}

/// `agents.task_agent`: plans the main steps.
package struct TaskAgentSettings: Sendable, Equatable {
    package var model = "gpt-4"
    package var temperature = 0.3
    package var maximumSteps = 10
    package init() {}
}

/// `agents.subtask_agent`: plans the subtasks of a step.
package struct SubtaskAgentSettings: Sendable, Equatable {
    package var model = "gpt-4"
    package var temperature = 0.1
    package var maximumSubtasks = 20
    package init() {}
}

/// `agents.executor`: carries plans out.
package struct ExecutorSettings: Sendable, Equatable {
    package var maximumRetriesPerCommand = 2
    package var isAutoCorrectionEnabled = true
    package var isDryRun = false
    /// Deadline of a command that has none of its own.
    package var commandTimeout: Duration = .seconds(600)
    package init() {}
}

/// `agents.error_handler`: when errors go back to the planner, and to a person.
package struct ErrorHandlerSettings: Sendable, Equatable {
    package var errorThresholdPerStep = 4
    package var sendsToPlannerAfterThreshold = true
    package var humanEscalationThreshold = 3
    package init() {}
}

/// `llm:` of agent_config.yaml.
package struct LanguageModelSettings: Sendable, Equatable {
    /// Nil: no model; runbooks only.
    package var apiKey: SecretReference?
    package var baseURL = "https://api.openai.com/v1"
    package var maximumTokens = 4000
    package var timeout: Duration = .seconds(60)
    package init() {}
}

/// `journal:` of agent_config.yaml: what is kept of runs.
package struct JournalSettings: Sendable, Equatable {
    /// Runs that are over are removed after so many days.
    package var keepDays = 90
    /// MiB: with less room no new run starts.
    package var freeSpaceFloor = 64
    /// MiB of output kept for each host of a run.
    package var outputLimit = 16
    package init() {}
}
