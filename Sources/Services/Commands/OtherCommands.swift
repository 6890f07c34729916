import ArgumentParser
import CommandSafety
import ConfigurationFiles
import Coordinator
import Documents
import Model
import Muster
import SSH
import YAML
import ZeroMQ

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show what a task would do: steps, subtasks, commands. Hosts are only looked at.")

    @ArgumentParser.Argument(help: "The task in plain words.") var task: String
    @Option(help: "Hosts, groups and globs: 'db*,!db3'.") var hosts = "all"
    @Option(name: .customLong("set"), help: ArgumentHelp("A parameter of the runbook.", valueName: "name=value")) var overrides: [String] = []
    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        let console = Console()
        if let remote = try common.remote() {
            let order = PlanOrder(task: task, hosts: hosts, set: try RunCommand.parse(overrides))
            return try console.show(try await console.asking { try await remote.post("/v1/plans", order) } as PlanDocument)
        }
        let logger = try common.logger()
        let settings = try common.settings(console)
        let wanted = try common.hosts(hosts, settings, console)
        let preparation = try common.preparation(task, overrides, settings, console)
        console.warnAboutUncheckedKeys(wanted)
        let plan: PlanDocument
        do {
            plan = PlanDocument(
                try await Engine.with(.embedded, environment: common.environment, logger: logger) { engine in
                    try preparation.plan(wanted, await engine.coordinator.probe(wanted))
                })
        } catch let error as PreparationError { throw console.exitCode(of: error) }
        try console.show(plan)
    }
}

extension Console {
    /// Prints a plan that is not carried out.
    func show(_ plan: PlanDocument) throws {
        for line in PlanText(plan: plan).lines { self.line(line) }
        for exclusion in plan.excluded { self.line("without a part: \(DisplayText.escaped(exclusion.reason))") }
        if !plan.denied.isEmpty { throw ExitStatus.refusedByPolicy.exitCode }
        if !plan.asked.isEmpty { throw ExitStatus.waitsForPerson.exitCode }
    }

    /// Prints hosts with their facts, and tells by the exit code whether all were reached.
    func show(_ hosts: [HostFactsDocument]) throws {
        let width = hosts.map(\.host.count).max() ?? 0
        for host in hosts { line(host.text(width: width)) }
        let reached = hosts.count { $0.unreachable == nil }
        if reached == 0 { throw ExitStatus.nothingReachable.exitCode }
        if reached < hosts.count { throw ExitStatus.hostFailed.exitCode }
    }

    /// Tells why no plan came of a task.
    func exitCode(of problem: PreparationError) -> ExitCode {
        let hasSummary = !problem.description.isEmpty
        for detail in problem.details { error(hasSummary ? "  \(detail)" : detail) }
        if hasSummary { error("muster: \(problem)") }
        switch problem.kind {
        case .usage: return ExitStatus.usage.exitCode
        case .noPlan: return ExitStatus.noPlan.exitCode
        case .nothingReachable: return ExitStatus.nothingReachable.exitCode
        case .nobodyLeft: return ExitStatus.hostFailed.exitCode
        }
    }
}

struct HostsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "hosts", abstract: "Reach the hosts and show their facts.")

    @Option(help: "Hosts, groups and globs: 'db*,!db3'.") var hosts = "all"
    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        let console = Console()
        if let remote = try common.remote() {
            let query = [("hosts", hosts)]
            return try console.show(try await console.asking { try await remote.get("/v1/hosts", query) } as [HostFactsDocument])
        }
        let logger = try common.logger()
        let settings = try common.settings(console)
        let wanted = try common.hosts(hosts, settings, console)
        console.warnAboutUncheckedKeys(wanted)
        let results = try await Engine.with(.embedded, environment: common.environment, logger: logger) { await $0.coordinator.probe(wanted) }
        try console.show(wanted.map { HostFactsDocument($0.name, results[$0.name]) })
    }
}

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Keys with which coordinator and workers know each other.", subcommands: [Generate.self])

    struct Generate: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a pair of keys, for the coordinator or for a worker.")

        enum Role: String, ExpressibleByArgument, CaseIterable { case coordinator, worker }

        @ArgumentParser.Argument(help: "coordinator or worker.") var role: Role
        @ArgumentParser.Argument(help: "The worker's name.") var name: String?
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

struct ExitCodesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exit-codes", abstract: "The exit codes of muster.", discussion: ExitStatus.table)

    mutating func run() throws { Console().line(ExitStatus.table) }
}
