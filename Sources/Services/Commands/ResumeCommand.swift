import ArgumentParser
import CommandSafety
import ConfigurationFiles
import Coordinator
import Journal
import Logging
import Documents
import Model
import Muster
import Orchestration
import RunStore

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Go on with a run whose process is gone, or that was paused.",
        discussion: "What is finished is not repeated; commands that still run are followed to their ends; hosts with an unknown outcome are asked.")

    @ArgumentParser.Argument(help: "The run, or an end of its identifier; the only unfinished one if it is not named.") var run: String?
    @Flag(help: "Print events as NDJSON.") var json = false
    @OptionGroup var workerOptions: WorkerOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        let console = Console()
        if let remote = try common.remote() {
            let name = run, isJSON = json
            let status = try await console.asking {
                try await RemoteRun(remote: remote, console: console, isJSON: isJSON).resume(try await Self.choose(name, remote, console))
            }
            if status != .done { throw status.exitCode }
            return
        }
        let logger = try common.logger()
        let state = stateOptions.directory(common.environment)
        let run = try await Self.choose(self.run, state, console)
        let job = ResumeJob(
            run: run, state: state, settings: try common.settings(console), workers: workerOptions, environment: common.environment, console: console,
            logger: logger, isJSON: json)
        let status = try await job.start(cancelling: false)
        if status != .done { throw status.exitCode }
    }

    private static func choose(_ name: String?, _ remote: RemoteCoordinator, _ console: Console) async throws -> String {
        if let name { return name }
        let open = (try await remote.get("/v1/runs", [("open", "true"), ("limit", "1000")]) as [RunSummary]).filter { $0.condition != "running" }
        if open.count == 1, let only = open.first { return only.run }
        console.error(open.isEmpty ? "muster: there is no run to resume at \(remote.address)" : "muster: name the run; these are not finished:")
        for run in open { console.error("  \(run.text)") }
        throw ExitStatus.usage.exitCode
    }

    /// The run that was named, or the only one that can be resumed.
    static func choose(_ name: String?, _ state: StateDirectory, _ console: Console) async throws -> RunID {
        do throws(StateDirectory.Problem) {
            if let name { return try state.run(named: name) }
            let open = try await RunCatalogue(state: state).openEntries().filter { entry in
                if case .running = entry.condition { false } else { entry.isUnfinished }
            }
            if open.count == 1, let only = open.first { return only.run }
            console.error(open.isEmpty ? "muster: there is no run to resume in \(state.path)" : "muster: name the run; these are not finished:")
            for entry in open { console.error("  \(RunSummary(entry).text)") }
        } catch { throw console.exitCode(of: error) }
        throw ExitStatus.usage.exitCode
    }
}

/// Takes a run up again: what its journal says is done stays done.
struct ResumeJob: Sendable {
    let run: RunID
    let state: StateDirectory
    let settings: Settings
    let workers: WorkerOptions
    let environment: [String: String]
    let console: Console
    let logger: Logger
    let isJSON: Bool

    /// - Parameter cancelling: settle what is open and give the run up.
    func start(cancelling: Bool) async throws -> ExitStatus {
        do {
            let journal = try RunJournal(directory: state.directory(of: run), outputLimit: settings.journal.outputLimit << 20)
            let replay = try await journal.replay(run)
            if replay.description?.refusals.isEmpty == false {
                console.error("muster: the plan of run \(run) was refused, and nothing of it ran; 'muster audit list \(run)' tells why")
                try journal.close()
                return .usage
            }
            guard let description = replay.description, let machine = replay.machine else { throw RunJournalError.empty(journal.directory) }
            guard !machine.isFinished else {
                console.error("muster: run \(run) is \(machine.isCancelling ? "cancelled" : "finished") already; 'muster status \(run)' tells how")
                try journal.close()
                return .usage
            }
            console.warnAboutUncheckedKeys(description.hosts)
            let conduct = RunConduct(
                run: run, state: state, journal: journal, plan: machine.plan, excluded: description.excluded.map { ExclusionDocument(host: $0.host.value, reason: $0.reason) },
                before: machine.report(), console: console, logger: logger, isJSON: isJSON)
            if !isJSON { console.error("\(cancelling ? "cancelling" : "resuming") “\(DisplayText.escaped(description.task))” on \(NameList.text(machine.hosts))") }
            // Workers of another process may still have jobs of ours; one inside this process can't.
            let reports: Duration? = workers.listen == nil ? nil : FleetMachine.Settings().lease + FleetMachine.Settings().margin
            return try await Engine.with(workers.placement(environment), name: description.coordinator, policy: settings.policy, environment: environment, logger: logger) { engine in
                if let listens = workers.listen {
                    console.error("waiting for \(workers.workers) worker\(workers.workers == 1 ? "" : "s") at \(listens) …")
                    await engine.coordinator.waitForWorkers(workers.workers)
                }
                return try await conduct.carry(engine, settings.journal) { observer throws(RunJournalError) in
                    try await engine.coordinator.resume(replay, journal: journal, cancelling: cancelling, reportsWithin: reports, observer: observer)
                }
            }
        } catch let error as ExitCode {
            throw error
        } catch RunJournalError.journal(.owned(_, let owner)) {
            console.error("muster: run \(run) is carried out by \(owner)")
            console.error("  muster status \(run)    shows it")
            console.error("  muster pause \(run)     lets its commands end and starts nothing new")
            throw ExitStatus.noJournal.exitCode
        } catch {
            console.error("muster: \(error)")
            throw error is RunJournalError || error is StateDirectory.Problem ? ExitStatus.noJournal.exitCode : ExitStatus.usage.exitCode
        }
    }
}
