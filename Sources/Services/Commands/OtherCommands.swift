import ArgumentParser
import CommandSafety
import Configuration
import Coordinator
import Model
import Muster
import SSH
import YAML
import ZeroMQ

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show what a task would do: steps, subtasks, commands. Hosts are only looked at.")

    @Argument(help: "The task in plain words.") var task: String
    @Option(help: "Hosts, groups and globs: 'db*,!db3'.") var hosts = "all"
    @Option(name: .customLong("set"), help: ArgumentHelp("A parameter of the runbook.", valueName: "name=value")) var overrides: [String] = []
    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        let console = Console()
        let logger = try common.logger()
        let settings = try common.settings(console)
        let wanted = try common.hosts(hosts, settings, console)
        let preparation = try Preparation(
            task: task, overrides: try RunCommand.parse(overrides), settings: settings,
            runbookDirectories: common.runbooks, usualDirectories: common.usualRunbooks, console: console)
        console.warnAboutUncheckedKeys(wanted)
        let prepared = try await Engine.with(.embedded, environment: common.environment, logger: logger) { engine in
            try preparation.plan(wanted, await engine.coordinator.probe(wanted), console: console)
        }
        for line in PlanText(prepared: prepared).lines { console.line(line) }
        for (_, reason) in prepared.excluded { console.line("without a part: \(DisplayText.escaped(reason))") }
        if !prepared.review.denied.isEmpty { throw ExitStatus.refusedByPolicy.exitCode }
        if !prepared.review.asked.isEmpty { throw ExitStatus.waitsForPerson.exitCode }
    }
}

struct HostsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "hosts", abstract: "Reach the hosts and show their facts.")

    @Option(help: "Hosts, groups and globs: 'db*,!db3'.") var hosts = "all"
    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        let console = Console()
        let logger = try common.logger()
        let settings = try common.settings(console)
        let wanted = try common.hosts(hosts, settings, console)
        console.warnAboutUncheckedKeys(wanted)
        let results = try await Engine.with(.embedded, environment: common.environment, logger: logger) { await $0.coordinator.probe(wanted) }
        let width = wanted.map(\.name.value.count).max() ?? 0
        var reached = 0
        for host in wanted {
            switch results[host.name] {
            case .reached(let known):
                reached += 1
                let facts = known.facts
                let root = known.rootIdentity == nil ? "no root: \(Self.withoutName(known.becomeError ?? "?", host))" : "root"
                console.line(
                    DisplayText.escaped(
                        "\(host.name.value.rightPadded(to: width))  \(facts.osName)  \(facts.architecture)  \(facts.kernel)  \(facts.initSystem)  \(root)"))
            case .unreachable(let reason):
                console.line("\(host.name.value.rightPadded(to: width))  UNREACHABLE  \(DisplayText.escaped(Self.withoutName(reason, host)))")
            case nil: break
            }
        }
        if reached == 0 { throw ExitStatus.nothingReachable.exitCode }
        if reached < wanted.count { throw ExitStatus.hostFailed.exitCode }
    }

    /// Reasons begin with the host's name, which stands at the start of the line already.
    private static func withoutName(_ reason: String, _ host: Host) -> String {
        let start = "\(host.name.value): "
        return reason.hasPrefix(start) ? String(reason.dropFirst(start.count)) : reason
    }
}

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Keys with which coordinator and workers know each other.", subcommands: [Generate.self])

    struct Generate: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a pair of keys, for the coordinator or for a worker.")

        enum Role: String, ExpressibleByArgument, CaseIterable { case coordinator, worker }

        @Argument(help: "coordinator or worker.") var role: Role
        @Argument(help: "The worker's name.") var name: String?
        @Option(help: "Where the keys lie.") var directory: String?

        mutating func run() throws {
            let console = Console()
            if role == .worker, name == "coordinator" { throw ValidationError("'coordinator' is the coordinator's own name: give the worker another") }
            if role == .worker, name == nil { throw ValidationError("name the worker: muster keys generate worker NAME") }
            var options = WorkerOptions.embedded
            options.keys = directory
            let files = options.keyFiles(CommonOptions().environment)
            let own = role == .coordinator ? "coordinator" : name ?? ""
            do {
                let key = try files.generate(own, isWorker: role == .worker)
                console.line("\(files.directory)/\(own).key  (keep it private)")
                console.line("\(files.directory)/\(own).pub  \(key)")
                if role == .worker { console.line("listed in \(files.directory)/workers") }
            } catch {
                console.error("muster: \(error)")
                throw ExitStatus.usage.exitCode
            }
        }
    }
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Show the versions of muster and its libraries.")

    mutating func run() throws {
        Console().line("muster \(MusterVersion.current) (libssh2 \(SSHLoop.libraryVersion), libzmq \(ZeroMQContext.libraryVersion), libyaml \(YAMLLibrary.version))")
    }
}

/// The version of this build.
enum MusterVersion {
    static let current = "0.1.0"
}

struct ExitCodesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exit-codes", abstract: "The exit codes of muster.", discussion: ExitStatus.table)

    mutating func run() throws { Console().line(ExitStatus.table) }
}
