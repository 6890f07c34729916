import CommandSafety
import ConfigurationFiles
import Model
import Planning
import ProtocolMessages
import Testing
import WireProtocol

/// A key of the configuration files: what it may hold, and what a change of it changes.
struct Key: Sendable, CustomTestStringConvertible {
    /// What may stand there, in the words of docs/configuration.md.
    enum Values: Sendable {
        case integer(ClosedRange<Int>), number(ClosedRange<Int>), boolean, choice([String]), text, path, secret, texts, mapping

        var text: String {
            switch self {
            case .integer(let range), .number(let range): "\(range.lowerBound) to \(range.upperBound)"
            case .boolean: "true, false"
            case .choice(let names): names.joined(separator: ", ")
            case .text: "text"
            case .path: "path"
            case .secret: "env:, file:, credential:"
            case .texts: "list of texts"
            case .mapping: "texts by name"
            }
        }
    }

    /// When a changed value shows, in the words of docs/configuration.md.
    enum Moment: String, Sendable {
        case choosing = "when hosts are chosen", login = "at login", facts = "when facts are read", planning = "when planning"
        case judging = "when commands are judged", running = "when a command runs", start = "before the first command", begin = "when a run begins", end = "when a run ends", notYet = "not yet"
    }

    enum Use: Sendable {
        /// This text in this file below Sources is what uses it.
        case now(Moment, text: String, in: String)
        /// Checked at load and kept; the issue brings the feature. Until then none of these texts is in Sources.
        case later(issue: Int, texts: [String])
    }

    /// Sections as in the messages; NAME stands for names that people choose.
    var sections: [String]
    var name: String
    var values: Values
    /// As in the documents; a value that can be written in a file, or a description in parentheses.
    var byDefault: String
    /// Lines that must be there too, such as an `auth_method`.
    var beside: [String] = []
    /// Nil: the key is left out.
    var from: String?
    var to: String
    var use: Use
    /// What others see of the settings; nil where only a program with hosts can show it (`use` names the code then).
    var behaviour: (@Sendable (Settings) throws -> String)?

    var testDescription: String { "\(sections.first ?? "").\(name)" }
}

enum KeyTable {
    static let places = ["server", "defaults", "hosts.NAME", "groups.NAME"]
    static let passwordLogin = ["auth_method: password"]
    private static let target = "Domain/WireProtocol/TargetCoding.swift"
    private static let coordinator = "Services/Coordinator/"
    private static let preparation = "Services/Coordinator/Preparation.swift"

    /// Keys with a value. Sections that only hold keys are in `sections`.
    static let keys: [Key] = hostKeys + agentKeys + journalKeys

    /// Keys whose value is a mapping of the keys above, by where they stand.
    static let sections: [String: [String]] = [
        "server_config.yaml": ["server"],
        "agent_config.yaml": ["agents", "journal", "llm"],
        "inventory.yaml": ["defaults", "groups", "hosts"],
        "agents": ["error_handler", "executor", "subtask_agent", "task_agent", "taskmaster"],
    ]

    private static let hostKeys: [Key] = [
        Key(
            sections: ["server"], name: "host", values: .text, byDefault: "(must be there)", from: "h1", to: "h2",
            use: .now(.login, text: "out.address", in: target), behaviour: sentTarget),
        Key(
            sections: ["server"], name: "username", values: .text, byDefault: "(your own name)", to: "root",
            use: .now(.login, text: "out.user", in: target), behaviour: sentTarget),
        Key(
            sections: ["hosts.NAME"], name: "address", values: .text, byDefault: "(the host's name)", to: "10.0.0.1",
            use: .now(.login, text: "out.address", in: target), behaviour: sentTarget),
        Key(
            sections: ["defaults", "hosts.NAME", "groups.NAME"], name: "user", values: .text, byDefault: "(your own name)", to: "root",
            use: .now(.login, text: "out.user", in: target), behaviour: sentTarget),
        Key(
            sections: ["groups.NAME"], name: "hosts", values: .texts, byDefault: "(none)", from: "[]", to: "[h1]",
            use: .now(.choosing, text: "inventory.select", in: "Services/Commands/Options.swift"), behaviour: membersOfG),
        Key(
            sections: ["groups.NAME"], name: "children", values: .texts, byDefault: "[]", to: "[other]",
            use: .now(.choosing, text: "inventory.select", in: "Services/Commands/Options.swift"), behaviour: membersOfG),
        Key(
            sections: places, name: "port", values: .integer(1...65535), byDefault: "22", to: "2222",
            use: .now(.login, text: "out.port", in: target), behaviour: sentTarget),
        Key(
            sections: places, name: "auth_method", values: .choice(["key", "password", "agent", "keyboard-interactive"]), byDefault: "key", to: "agent",
            use: .now(.login, text: "switch authentication", in: target), behaviour: sentTarget),
        Key(
            sections: places, name: "key_path", values: .path, byDefault: "~/.ssh/id_ed25519", to: "/keys/one",
            use: .now(.login, text: "out.keyFile", in: target), behaviour: sentTarget),
        Key(
            sections: places, name: "passphrase", values: .secret, byDefault: "(none)", to: "env:PASSPHRASE",
            use: .now(.login, text: "file.passphrase", in: target), behaviour: sentTarget),
        Key(
            sections: places, name: "password", values: .secret, byDefault: "(none)", beside: passwordLogin, from: "env:ONE", to: "env:TWO",
            use: .now(.login, text: "out.password", in: target), behaviour: sentTarget),
        Key(
            sections: places, name: "timeout", values: .integer(1...3600), byDefault: "30", to: "5",
            use: .now(.login, text: "out.timeoutMilliseconds", in: target), behaviour: sentTarget),
        Key(
            sections: places, name: "host_keys", values: .choice(["strict", "accept-new", "off"]), byDefault: "strict", to: "accept-new",
            use: .now(.login, text: "out.hostKeyPolicy", in: target), behaviour: sentTarget),
        Key(
            sections: places, name: "known_hosts", values: .path, byDefault: "~/.ssh/known_hosts", to: "/etc/known",
            use: .now(.login, text: "host.knownHosts", in: coordinator + "KnownKeys.swift")),
        Key(
            sections: places, name: "ledger", values: .path, byDefault: "(/var/lib/muster for root, ~/.local/state/muster for others)", to: "/var/lib/other",
            use: .now(.login, text: "out.ledger", in: target), behaviour: sentTarget),
        Key(
            sections: places, name: "worker", values: .text, byDefault: "(any worker)", to: "dmz",
            use: .now(.facts, text: "machine.want(host.worker", in: coordinator + "Coordinator+Probes.swift")),
        Key(
            sections: places, name: "transport", values: .choice(["auto", "libssh2", "openssh"]), byDefault: "auto", to: "openssh",
            use: .now(.login, text: "out.transport", in: target), behaviour: sentTarget),
        Key(
            sections: places, name: "proxy_jump", values: .text, byDefault: "(none)", to: "bastion",
            use: .now(.login, text: "out.proxyJump", in: target), behaviour: sentTarget),
        Key(
            sections: places, name: "ssh_config", values: .path, byDefault: "(the user's and the system's)", to: "/etc/ssh/fleet_config",
            use: .now(.login, text: "out.sshConfiguration", in: target), behaviour: sentTarget),
        Key(
            sections: places, name: "become", values: .choice(["none", "sudo"]), byDefault: "sudo", to: "none",
            use: .now(.facts, text: "probe.host.maySudo", in: coordinator + "Coordinator+Probes.swift")),
        Key(
            sections: places, name: "os_type", values: .text, byDefault: "(none)", to: "debian",
            use: .now(.facts, text: "host.osTypeHint", in: coordinator + "Coordinator+Probes.swift")),
        Key(
            sections: places, name: "installed_services", values: .texts, byDefault: "[]", to: "[nginx]",
            use: .now(.facts, text: "host.installedServicesHint", in: coordinator + "Coordinator+Probes.swift")),
        Key(
            sections: places, name: "forbidden_commands", values: .texts, byDefault: "[]", to: "[\"uptime\"]",
            use: .now(.judging, text: "host.forbiddenCommands", in: coordinator + "Coordinator+Dispatch.swift"), behaviour: verdictOnUptime),
        Key(
            sections: places, name: "variables", values: .mapping, byDefault: "{}", to: "{tier: gold}",
            use: .later(issue: 6, texts: ["host.variables"])),
    ]

    private static let journalKeys: [Key] = [
        Key(
            sections: ["journal"], name: "keep_days", values: .integer(1...36_500), byDefault: "90", to: "7",
            use: .now(.end, text: "limits.keepDays", in: "Services/Commands/RunConduct.swift")),
        Key(
            sections: ["journal"], name: "free_space_floor", values: .integer(1...1_000_000), byDefault: "64", to: "1000",
            use: .now(.begin, text: "limits.freeSpaceFloor", in: "Services/Commands/RunCommand.swift")),
        Key(
            sections: ["journal"], name: "output_limit", values: .integer(1...10_000), byDefault: "16", to: "1",
            use: .now(.begin, text: "limits.outputLimit", in: "Services/Commands/RunCommand.swift")),
    ]

    private static let agentKeys: [Key] = [
        Key(sections: ["agents.taskmaster"], name: "enabled", values: .boolean, byDefault: "true", to: "false", use: .later(issue: 7, texts: ["taskMaster"])),
        Key(sections: ["agents.taskmaster"], name: "model", values: .text, byDefault: "gpt-4", to: "other", use: .later(issue: 7, texts: ["taskMaster"])),
        Key(sections: ["agents.taskmaster"], name: "temperature", values: .number(0...2), byDefault: "0.7", to: "1.5", use: .later(issue: 7, texts: ["taskMaster"])),
        Key(sections: ["agents.task_agent"], name: "model", values: .text, byDefault: "gpt-4", to: "other", use: .later(issue: 7, texts: ["taskAgent.model"])),
        Key(
            sections: ["agents.task_agent"], name: "temperature", values: .number(0...2), byDefault: "0.3", to: "1.5",
            use: .later(issue: 7, texts: ["taskAgent.temperature"])),
        Key(
            sections: ["agents.task_agent"], name: "max_steps", values: .integer(1...100), byDefault: "10", to: "1",
            use: .now(.planning, text: "settings.agents.taskAgent.maximumSteps", in: preparation), behaviour: planProblems),
        Key(sections: ["agents.subtask_agent"], name: "model", values: .text, byDefault: "gpt-4", to: "other", use: .later(issue: 7, texts: ["subtaskAgent.model"])),
        Key(
            sections: ["agents.subtask_agent"], name: "temperature", values: .number(0...2), byDefault: "0.1", to: "1.5",
            use: .later(issue: 7, texts: ["subtaskAgent.temperature"])),
        Key(
            sections: ["agents.subtask_agent"], name: "max_subtasks", values: .integer(1...200), byDefault: "20", to: "1",
            use: .now(.planning, text: "settings.agents.subtaskAgent.maximumSubtasks", in: preparation), behaviour: planProblems),
        Key(
            sections: ["agents.executor"], name: "max_retries_per_command", values: .integer(0...10), byDefault: "2", to: "5",
            use: .later(issue: 8, texts: ["maximumRetriesPerCommand"])),
        Key(
            sections: ["agents.executor"], name: "auto_correction_enabled", values: .boolean, byDefault: "true", to: "false",
            use: .later(issue: 8, texts: ["isAutoCorrectionEnabled"])),
        Key(
            sections: ["agents.executor"], name: "dry_run_mode", values: .boolean, byDefault: "false", to: "true",
            use: .now(.start, text: "settings.agents.executor.isDryRun", in: "Services/Commands/RunCommand.swift")),
        Key(
            sections: ["agents.executor"], name: "command_timeout", values: .integer(1...86_400), byDefault: "600", to: "7",
            use: .now(.running, text: "settings.agents.executor.commandTimeout", in: preparation), behaviour: jobTimeouts),
        Key(
            sections: ["agents.error_handler"], name: "error_threshold_per_step", values: .integer(1...100), byDefault: "4", to: "9",
            use: .later(issue: 8, texts: ["errorThresholdPerStep"])),
        Key(
            sections: ["agents.error_handler"], name: "send_to_planner_after_threshold", values: .boolean, byDefault: "true", to: "false",
            use: .later(issue: 8, texts: ["sendsToPlannerAfterThreshold"])),
        Key(
            sections: ["agents.error_handler"], name: "human_escalation_threshold", values: .integer(1...100), byDefault: "3", to: "9",
            use: .later(issue: 8, texts: ["humanEscalationThreshold"])),
        Key(sections: ["llm"], name: "api_key", values: .secret, byDefault: "(none)", to: "env:KEY", use: .later(issue: 7, texts: ["settings.llm", "llm.apiKey"])),
        Key(
            sections: ["llm"], name: "base_url", values: .text, byDefault: "https://api.openai.com/v1", to: "http://127.0.0.1:8080/v1",
            use: .later(issue: 7, texts: ["settings.llm", "llm.baseURL"])),
        Key(
            sections: ["llm"], name: "max_tokens", values: .integer(1...1_000_000), byDefault: "4000", to: "100",
            use: .later(issue: 7, texts: ["settings.llm", "llm.maximumTokens"])),
        Key(sections: ["llm"], name: "timeout", values: .integer(1...3600), byDefault: "60", to: "5", use: .later(issue: 7, texts: ["settings.llm", "llm.timeout"])),
    ]
}

// MARK: What others see

extension KeyTable {
    /// The message that tells a worker how to reach the host.
    private static let sentTarget: @Sendable (Settings) throws -> String = { settings in
        settings.inventory.hosts.map { "\(RemoteTarget(host: $0, hostKeys: []).message)" }.joined(separator: "\n")
    }

    /// What a pattern with the group selects.
    private static let membersOfG: @Sendable (Settings) throws -> String = { settings in
        ((try? settings.inventory.select("g").map(\.name.value)) ?? []).joined(separator: ",")
    }

    /// What the guard says of a harmless command.
    private static let verdictOnUptime: @Sendable (Settings) throws -> String = { settings in
        settings.inventory.hosts.map { host in
            let guardian = CommandGuard(policy: CommandPolicy(forbiddenCommands: host.forbiddenCommands))
            return "\(guardian.judge("uptime", context: CommandContext(purpose: .command, loginUser: host.user)).findings.isEmpty)"
        }.joined(separator: ",")
    }

    private static let plan: Plan = {
        let subtask = { (id: String) in Subtask(id: id, title: id, guardCheck: "false", action: .command("uptime")) }
        let step = { (id: StepID) in Step(id: id, title: id.value, subtasks: [subtask("a"), subtask("b")]) }
        return Plan(title: "plan", task: "look", origin: "test", steps: [step("one"), step("two")])
    }()

    /// What is wrong with a plan of two steps with two subtasks each.
    private static let planProblems: @Sendable (Settings) throws -> String = { settings in
        var limits = PlanValidation.Limits()
        limits.steps = settings.agents.taskAgent.maximumSteps
        limits.subtasksPerStep = settings.agents.subtaskAgent.maximumSubtasks
        return PlanValidation.problems(plan, limits: limits).joined(separator: "\n")
    }

    /// The deadlines that jobs of a plan get.
    private static let jobTimeouts: @Sendable (Settings) throws -> String = { settings in
        let compiler = PlanCompiler(commandTimeout: settings.agents.executor.commandTimeout) { _ in "" }
        let compiled = try compiler.compile(FleetPlan(variants: [FleetPlan.Variant(hosts: ["h1"], plan: plan)]), order: ["h1"], groups: [:])
        return compiled.variants.flatMap(\.steps).flatMap(\.subtasks).map { "\($0.work.timeout)" }.joined(separator: ",")
    }
}
