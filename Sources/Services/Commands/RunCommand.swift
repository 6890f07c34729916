import ArgumentParser
import CommandSafety
import ConfigurationFiles
import Coordinator
import Cryptography
import Documents
import Logging
import Model
import Muster
import Orchestration
import Platform
import RunStore

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Plan a task and carry it out on the hosts.",
        discussion: "Example: muster run \"Install and configure PostgreSQL on the servers\" --hosts 'db*'")

    @ArgumentParser.Argument(help: "The task in plain words.") var task: String
    @Option(help: "Hosts, groups and globs: 'db*,!db3'.") var hosts = "all"
    @Option(name: .customLong("set"), help: ArgumentHelp("A parameter of the runbook.", valueName: "name=value")) var overrides: [String] = []
    @Flag(help: "Do not ask before the plan is carried out.") var yes = false
    @Option(help: ArgumentHelp("Approve all commands of these policy classes that need a person's yes.", valueName: "class,…")) var approve: [String] = []
    @Flag(help: "Print events as NDJSON.") var json = false
    @OptionGroup var workerOptions: WorkerOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        let console = Console()
        let approves: Set<PolicyClass>
        do throws(ServiceProblem) { approves = try PolicyClass.named(approve.flatMap { $0.split(separator: ",").map(String.init) }, at: "--approve") } catch {
            throw ValidationError("--approve: \(error)")
        }
        if let remote = try common.remote() {
            if json, !yes { throw ValidationError("--json needs --yes: there is nobody to ask") }
            if workerOptions.listen != nil { throw ValidationError("--listen is for a run without a coordinator: that one has its own workers") }
            let order = PlanOrder(task: task, hosts: hosts, set: try Self.parse(overrides)), isYes = yes, isJSON = json
            let status = try await console.asking { try await RemoteRun(remote: remote, console: console, isJSON: isJSON).run(order, isYes: isYes, approves: Set(approves.map(\.rawValue))) }
            if status != .done { throw status.exitCode }
            return
        }
        let logger = try common.logger()
        let settings = try common.settings(console)
        let wanted = try common.hosts(hosts, settings, console)
        if json, !yes { throw ValidationError("--json needs --yes: there is nobody to ask") }
        let preparation = try common.preparation(task, overrides, settings, console)
        let state = stateOptions.directory(common.environment)
        let job = RunJob(
            preparation: preparation, wanted: wanted, state: state, environment: common.environment, console: console, logger: logger, isYes: yes, approves: approves, isJSON: json,
            workerCount: workerOptions.workers, listens: workerOptions.listen)
        if let run = try await job.offerUnfinished() {
            let resume = ResumeJob(
                run: run, state: state, settings: settings, workers: workerOptions, environment: common.environment, console: console, logger: logger,
                isJSON: json)
            let status = try await resume.start(cancelling: false)
            if status != .done { throw status.exitCode }
            return
        }
        let status: ExitStatus
        do {
            let name = try state.coordinatorName()
            // Before anybody is asked anything.
            let limits = settings.journal
            if !settings.agents.executor.isDryRun { try RunJournal.checkSpace(at: state.path, floor: UInt64(limits.freeSpaceFloor) << 20) }
            status = try await Engine.with(workerOptions.placement(common.environment), name: name, policy: settings.policy, environment: common.environment, logger: logger) { try await job.run($0) }
        } catch let error as ExitCode {
            throw error
        } catch let error as PreparationError {
            throw console.exitCode(of: error)
        } catch {
            console.error("muster: \(error)")
            throw error is RunJournalError || error is StateDirectory.Problem ? ExitStatus.noJournal.exitCode : ExitStatus.usage.exitCode
        }
        if status != .done { throw status.exitCode }
    }

    static func parse(_ overrides: [String]) throws -> [String: String] {
        var values: [String: String] = [:]
        for text in overrides {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else { throw ValidationError("--set '\(text)': write --set name=value") }
            values[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        return values
    }
}

/// One `muster run` once its arguments are read.
struct RunJob: Sendable {
    let preparation: Preparation
    let wanted: [Host]
    let state: StateDirectory
    let environment: [String: String]
    let console: Console
    let logger: Logger
    let isYes: Bool
    let approves: Set<PolicyClass>
    let isJSON: Bool
    let workerCount: Int
    /// Where workers are waited for; nil when this process works itself.
    let listens: String?

    func run(_ engine: Engine) async throws -> ExitStatus {
        if let listens {
            console.error("waiting for \(workerCount) worker\(workerCount == 1 ? "" : "s") at \(listens) …")
            await engine.coordinator.waitForWorkers(workerCount)
            console.error("workers: \(await engine.coordinator.workerNames.joined(separator: ", "))")
        }
        console.warnAboutUncheckedKeys(wanted)
        let probes = await engine.coordinator.probe(wanted)
        let prepared = try preparation.plan(wanted, probes)
        let plan = PlanDocument(prepared)
        let random = SecureRandom.bytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let run = try state.newRun(milliseconds: WallClock.milliseconds, random: random)
        let approval = PlanApproval(console: console, isYes: isYes, approves: Set(approves.map(\.rawValue)))
        if isJSON {
            for (host, reason) in prepared.excluded { console.line(JSONText.encode(EventDocument.unreachable(run, host, reason))) }
        } else {
            approval.show(plan)
        }
        var description = RunDescription(
            run: run, task: preparation.task, title: prepared.title, origin: prepared.origin, coordinator: try state.coordinatorName(),
            software: MusterVersion.current, hosts: prepared.hosts, facts: prepared.facts,
            excluded: prepared.excluded.map { RunDescription.Exclusion(host: $0.0, reason: $0.1) })
        description.user = Accounts.name(of: Accounts.own)
        let order: RunOrder
        switch approval.answer(plan) {
        case .stop(let status): return status
        case .refused(let status):
            description.refusals = prepared.review.refusals(open: prepared.review.approve(typed: [], option: approves, policy: prepared.approves, user: "", now: 0).open)
            try await RunJournal.keepRefusal(description, in: state)
            return status
        case .go(let typed): order = RunOrder(plan: "", approvals: typed)
        }
        description.approvals =
            prepared.review.approve(typed: try order.yeses().typed, option: approves, policy: prepared.approves, user: description.user, now: WallClock.milliseconds).approvals
        let limits = preparation.settings.journal
        let journal = try RunJournal(directory: state.directory(of: run), outputLimit: limits.outputLimit << 20)
        let begun = description
        let conduct = RunConduct(
            run: run, state: state, journal: journal, plan: prepared.plan, excluded: plan.excluded, console: console, logger: logger, isJSON: isJSON)
        return try await conduct.carry(engine, limits) { observer throws(RunJournalError) in
            try await engine.coordinator.execute(prepared.plan, begun, journal: journal, observer: observer)
        }
    }

    /// Runs on these hosts that nobody carries out any more: resumed, given up, or left as they are. Returns the run to resume.
    func offerUnfinished() async throws -> RunID? {
        let names = Set(wanted.map(\.name))
        let entries: [RunCatalogue.Entry]
        do throws(StateDirectory.Problem) { entries = try await RunCatalogue(state: state).openEntries() } catch { throw console.exitCode(of: error) }
        for entry in entries where entry.isUnfinished && !entry.isRunning {
            guard let machine = entry.history?.replay.machine, !names.isDisjoint(with: machine.hosts), !machine.isFinished else { continue }
            let about = DisplayText.escaped(entry.history?.replay.description?.task ?? "?")
            console.error("run \(entry.run) (“\(about)”) on \(NameList.text(machine.hosts)) is not finished")
            guard !isYes, console.canAsk else {
                console.error("  muster resume \(entry.run)    goes on with it")
                console.error("  muster cancel \(entry.run)    settles what is open and gives it up")
                continue
            }
            switch console.readAnswer("[r]esume it, [c]ancel it (settles what is open), or leave it and [g]o on? [r/c/G] ")?.lowercased() {
            case "r", "resume": return entry.run
            case "c", "cancel":
                let resume = ResumeJob(
                    run: entry.run, state: state, settings: preparation.settings, workers: WorkerOptions.embedded, environment: environment,
                    console: console, logger: logger, isJSON: false)
                _ = try await resume.start(cancelling: true)
            default: continue
            }
        }
        return nil
    }
}
