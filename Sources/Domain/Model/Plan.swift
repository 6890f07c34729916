/// What is to be done on the hosts of one class: main steps, each of subtasks.
package struct Plan: Sendable, Equatable {
    package var title: String
    /// The sentence that was asked for.
    package var task: String
    /// Who made it: `runbook postgresql`, later a model.
    package var origin: String
    package var steps: [Step]

    package init(title: String, task: String, origin: String, steps: [Step]) {
        self.title = title
        self.task = task
        self.origin = origin
        self.steps = steps
    }
}

/// A main step: subtasks in order, on some hosts, after other steps.
package struct Step: Sendable, Equatable {
    package var id: StepID
    package var title: String
    /// Which hosts of the run; default all.
    package var on: HostPattern
    /// On one host only, the first of those selected.
    package var once: Bool
    package var dependencies: [StepDependency]
    package var subtasks: [Subtask]

    package init(
        id: StepID, title: String, on: HostPattern = .all, once: Bool = false, dependencies: [StepDependency] = [],
        subtasks: [Subtask]
    ) {
        self.id = id
        self.title = title
        self.on = on
        self.once = once
        self.dependencies = dependencies
        self.subtasks = subtasks
    }
}

/// That one step needs another to be done first.
package struct StepDependency: Hashable, Sendable {
    package enum Reach: String, Hashable, Sendable {
        /// Done on the same host.
        case host
        /// Done on every host that has it: a barrier.
        case all
    }
    package var step: StepID
    package var when: Reach

    package init(step: StepID, when: Reach = .host) {
        self.step = step
        self.when = when
    }
}

/// A small step: guard, action, health check, rollback.
package struct Subtask: Sendable, Equatable {
    /// Unique within its step.
    package var id: String
    package var title: String
    /// A command that only looks; exit code 0 says that the state is there already and the action is skipped.
    package var guardCheck: String?
    package var action: Action
    package var healthCheck: HealthCheck?
    /// Takes the action back. Not yet carried out by itself; shown in plans.
    package var rollback: String?
    /// Deadline of the action's command; nil means `agents.executor.command_timeout`.
    package var timeout: Duration?
    /// Whether it runs as root.
    package var become: Bool
    /// Extra environment of the command, name and value; never secrets.
    package var environment: [String: String]
    /// Secrets of the command's environment, by variable: where the worker finds them.
    package var secrets: [String: SecretReference]
    /// Whether the command may run again when it is not known what an interrupted attempt did.
    package var isIdempotent: Bool
    /// What the command does to its own connection; its health check then tells whether it did its work.
    package var endsConnection: ConnectionEnd?

    package init(
        id: String, title: String, guardCheck: String? = nil, action: Action, healthCheck: HealthCheck? = nil,
        rollback: String? = nil, timeout: Duration? = nil, become: Bool = false, environment: [String: String] = [:], secrets: [String: SecretReference] = [:],
        isIdempotent: Bool = false, endsConnection: ConnectionEnd? = nil
    ) {
        self.id = id
        self.title = title
        self.guardCheck = guardCheck
        self.action = action
        self.healthCheck = healthCheck
        self.rollback = rollback
        self.timeout = timeout
        self.become = become
        self.environment = environment
        self.secrets = secrets
        self.isIdempotent = isIdempotent
        self.endsConnection = endsConnection
    }
}

/// What a subtask changes.
package enum Action: Sendable, Equatable {
    /// Shell text.
    case command(String)
    case file(FileAction)
}

/// A file with known content, owner and mode, put in place atomically.
package struct FileAction: Sendable, Equatable {
    /// Absolute.
    package var path: String
    package var content: String
    package var owner: String
    package var group: String
    /// Octal permission bits, as in 0644.
    package var mode: Int
    /// A command that must succeed on the new file, `{}` standing for its path, before it replaces the old one.
    package var validate: String?

    package init(path: String, content: String, owner: String = "root", group: String = "root", mode: Int = 0o644, validate: String? = nil) {
        self.path = path
        self.content = content
        self.owner = owner
        self.group = group
        self.mode = mode
        self.validate = validate
    }
}

/// A look that says whether an action had the effect it was for: it decides success, never the exit code alone.
package struct HealthCheck: Sendable, Equatable {
    package var command: String
    /// How long to keep asking until it passes; services need a moment. Zero asks once.
    package var within: Duration

    package init(command: String, within: Duration = .zero) {
        self.command = command
        self.within = within
    }
}

/// The plans of a run: one for each host class. Steps with one identifier are one step across classes.
package struct FleetPlan: Sendable, Equatable {
    package struct Variant: Sendable, Equatable {
        package var hosts: [HostName]
        package var plan: Plan

        package init(hosts: [HostName], plan: Plan) {
            self.hosts = hosts
            self.plan = plan
        }
    }
    package var variants: [Variant]

    package init(variants: [Variant]) { self.variants = variants }
}
