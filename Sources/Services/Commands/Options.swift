import ArgumentParser
import CommandSafety
import ConfigurationFiles
import Coordinator
import Glibc
import Logging
import Model
import Muster
import Observability
import RunStore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Options of every command that reads the configuration.
struct CommonOptions: ParsableArguments {
    @Option(help: "Inventory file with hosts and groups.") var inventory: String?
    @Option(help: "server_config.yaml to use.") var serverConfig: String?
    @Option(help: "agent_config.yaml to use.") var agentConfig: String?
    @Option(help: "policy.yaml to use: rules of the command guard.") var policy: String?
    @Option(help: "Directory with further runbooks.") var runbooks: [String] = []
    @Option(help: "trace, debug, info, notice, warning, error or critical.") var logLevel = "warning"

    var environment: [String: String] { ProcessInfo.processInfo.environment }

    func logger() throws -> Logger {
        guard let level = Logger.Level(rawValue: logLevel) else {
            throw ValidationError("--log-level '\(logLevel)': use trace, debug, info, notice, warning, error or critical")
        }
        return .standardError("muster", level: level)
    }

    var sources: ConfigurationSources {
        ConfigurationSources(
            server: serverConfig, agent: agentConfig, inventory: inventory, policy: policy, environment: environment,
            workingDirectory: FileManager.default.currentDirectoryPath, forbiddenProblem: CommandPolicy.problem(withForbidden:))
    }

    /// Where runbooks lie that no option names.
    var usualRunbooks: [String] { sources.directories.map { $0 + "/runbooks" } }

    func settings(_ console: Console) throws -> Settings {
        do throws(ConfigurationErrors) { return try ConfigurationLoader.load(sources) } catch {
            for problem in error.problems { console.error("\(problem)") }
            throw ExitStatus.usage.exitCode
        }
    }

    /// What is kept of runs.
    func journalSettings(_ console: Console) throws -> JournalSettings { try settings(console).journal }

    /// The runbook for a task; a mistake ends the program.
    func preparation(_ task: String, _ overrides: [String], _ settings: Settings, _ console: Console) throws -> Preparation {
        let overrides = try RunCommand.parse(overrides)
        do throws(PreparationError) {
            return try Preparation(task: task, overrides: overrides, settings: settings, runbookDirectories: runbooks, usualDirectories: usualRunbooks)
        } catch { throw console.exitCode(of: error) }
    }

    /// The hosts that a pattern names; a mistake ends the program.
    func hosts(_ pattern: String, _ settings: Settings, _ console: Console) throws -> [Host] {
        guard !settings.inventory.hosts.isEmpty else {
            console.error("muster: no hosts are configured — name an inventory with --inventory FILE, or put one at ~/.config/muster/inventory.yaml")
            throw ExitStatus.usage.exitCode
        }
        do throws(HostPatternError) { return try settings.inventory.select(HostPattern(pattern)) } catch {
            console.error("muster: --hosts: \(error)")
            throw ExitStatus.usage.exitCode
        }
    }
}

/// Where runs are kept.
struct StateOptions: ParsableArguments {
    @Option(name: .customLong("state"), help: "Directory in which runs are kept; default $MUSTER_STATE, else ~/.local/state/muster.") var path: String?

    func directory(_ environment: [String: String]) -> StateDirectory {
        if let path { return StateDirectory(path: URL(filePath: path).path) }
        return StateDirectory.usual(environment)
    }
}

extension Console {
    /// Tells of a problem with the state directory, or with what somebody calls a run.
    func exitCode(of problem: StateDirectory.Problem) -> ExitCode {
        error("muster: \(problem)")
        return problem.isAboutName ? ExitStatus.usage.exitCode : ExitStatus.noJournal.exitCode
    }
}

/// Options for where the workers are.
struct WorkerOptions: ParsableArguments {
    @Option(help: "Wait for workers at this endpoint (tcp://ADDRESS:PORT) instead of working in this process.") var listen: String?
    @Option(help: "How many workers to wait for, with --listen.") var workers = 1
    @Option(help: "Directory with the keys of coordinator and workers.") var keys: String?
    @Flag(help: "Let anybody connect, unencrypted: only on a link that nobody else can reach.") var insecure = false

    func validate() throws {
        if listen == nil, insecure || keys != nil { throw ValidationError("--keys and --insecure go with --listen") }
        if let listen, listen.hasPrefix("tcp://") == false, listen.hasPrefix("ipc://") == false {
            throw ValidationError("--listen '\(listen)': write tcp://ADDRESS:PORT or ipc://PATH")
        }
        guard (1...1000).contains(workers) else { throw ValidationError("--workers must be from 1 to 1000") }
    }

    /// What stands without any of these options.
    static var embedded: WorkerOptions {
        var options = WorkerOptions()
        (options.listen, options.workers, options.keys, options.insecure) = (nil, 1, nil, false)
        return options
    }

    func placement(_ environment: [String: String]) -> WorkerPlacement {
        listen.map { .listening(endpoint: $0, count: workers, keys: keyFiles(environment), isInsecure: insecure) } ?? .embedded
    }

    func keyFiles(_ environment: [String: String]) -> KeyFiles {
        let home = environment["XDG_CONFIG_HOME"] ?? (environment["HOME"] ?? "/root") + "/.config"
        return KeyFiles(directory: keys ?? home + "/muster/keys")
    }
}
