import ArgumentParser
import CommandSafety
import Configuration
import Coordinator
import Crypto
import Glibc
import Logging
import Model
import Muster
import Threads

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Plan a task and carry it out on the hosts.",
        discussion: "Example: muster run \"Install and configure PostgreSQL on the servers\" --hosts 'db*'")

    @Argument(help: "The task in plain words.") var task: String
    @Option(help: "Hosts, groups and globs: 'db*,!db3'.") var hosts = "all"
    @Option(name: .customLong("set"), help: ArgumentHelp("A parameter of the runbook.", valueName: "name=value")) var overrides: [String] = []
    @Flag(help: "Do not ask before the plan is carried out.") var yes = false
    @Flag(help: "Print events as NDJSON.") var json = false
    @OptionGroup var workerOptions: WorkerOptions
    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        let console = Console()
        let logger = try common.logger()
        let settings = try common.settings(console)
        let wanted = try common.hosts(hosts, settings, console)
        if json, !yes { throw ValidationError("--json needs --yes: there is nobody to ask") }
        let preparation = try Preparation(
            task: task, overrides: try Self.parse(overrides), settings: settings, runbookDirectories: common.runbooks,
            usualDirectories: common.usualRunbooks, console: console)
        let job = RunJob(
            preparation: preparation, wanted: wanted, console: console, logger: logger, isYes: yes, isJSON: json, workerCount: workerOptions.workers,
            listens: workerOptions.listen)
        let placement: WorkerPlacement =
            workerOptions.listen.map {
                .listening(endpoint: $0, count: workerOptions.workers, keys: workerOptions.keyFiles(common.environment), isInsecure: workerOptions.insecure)
            } ?? .embedded
        let status: ExitStatus
        do {
            status = try await Engine.with(placement, environment: common.environment, logger: logger) { try await job.run($0) }
        } catch let error as ExitCode {
            throw error
        } catch {
            console.error("muster: \(error)")
            throw ExitStatus.usage.exitCode
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
    let console: Console
    let logger: Logger
    let isYes: Bool
    let isJSON: Bool
    let workerCount: Int
    /// Where workers are waited for; nil when this process works itself.
    let listens: String?

    /// How often Ctrl-C was pressed, and who listens.
    private final class Interrupts: Sendable {
        let count = Lock(0)
    }

    func run(_ engine: Engine) async throws -> ExitStatus {
        if let listens {
            console.error("waiting for \(workerCount) worker\(workerCount == 1 ? "" : "s") at \(listens) …")
            await engine.coordinator.waitForWorkers(workerCount)
            console.error("workers: \(await engine.coordinator.workerNames.joined(separator: ", "))")
        }
        console.warnAboutUncheckedKeys(wanted)
        let probes = await engine.coordinator.probe(wanted)
        let prepared = try preparation.plan(wanted, probes, console: console)
        let run = RunID(Self.newIdentifier())
        let json = EventJSON(run: run)
        if isJSON {
            for (host, reason) in prepared.excluded { console.line(json.unreachable(host, reason)) }
        } else {
            show(prepared)
        }
        if let status = try verdict(prepared) { return status }
        let report = await execute(engine, prepared, run, json)
        return finish(report, prepared)
    }

    private static func newIdentifier() -> String {
        var identifiers = AscendingIdentifiers()
        let bytes = SecureRandom.bytes(8)
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return identifiers.next(
            milliseconds: UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000, random: bytes.reduce(0) { $0 << 8 | UInt64($1) })
    }

    private func show(_ prepared: PreparedRun) {
        for line in PlanText(prepared: prepared).lines { console.line(line) }
        if !prepared.excluded.isEmpty {
            console.line("")
            console.line("without a part in this run:")
            for (_, reason) in prepared.excluded { console.line("  \(DisplayText.escaped(reason))") }
        }
        console.line("")
    }

    /// Whether the plan may be carried out: policy first, then the person.
    private func verdict(_ prepared: PreparedRun) throws -> ExitStatus? {
        if !prepared.review.denied.isEmpty {
            for objection in prepared.review.denied {
                console.error("\(objection.step)/\(objection.subtask), \(objection.part), on \(PlanText.list(objection.hosts)):")
                console.error(objection.refusal.explanation)
            }
            console.error("muster: refused by policy; nothing was executed")
            return .refusedByPolicy
        }
        if !prepared.review.asked.isEmpty {
            for objection in prepared.review.asked { console.error("\(objection.step)/\(objection.subtask): \(objection.refusal)") }
            console.error("muster: the plan has commands that a person must approve one by one, which is not there yet; nothing was executed")
            return .waitsForPerson
        }
        if preparation.settings.agents.executor.isDryRun {
            console.error("dry_run_mode is on: nothing was executed")
            return .done
        }
        if isYes { return nil }
        guard console.canAsk else {
            console.error("muster: there is no terminal to ask whether to go ahead — look at the plan with 'muster plan', then use --yes; nothing was executed")
            return .waitsForPerson
        }
        let answer = console.readAnswer("Carry this out on \(prepared.hosts.count) host\(prepared.hosts.count == 1 ? "" : "s")? [y/N] ")
        guard let answer, ["y", "yes", "д", "да"].contains(answer.lowercased()) else {
            console.error("nothing was executed")
            return .waitsForPerson
        }
        return nil
    }

    private let interrupts = Interrupts()

    private func execute(_ engine: Engine, _ prepared: PreparedRun, _ run: RunID, _ json: EventJSON) async -> RunReport {
        let view: any ProgressView
        if isJSON {
            view = JSONProgress(console: console, json: json)
        } else if console.isTerminal {
            view = LiveProgress(console: console, plan: prepared.plan)
        } else {
            view = PlainProgress(console: console)
        }
        let (stops, stop) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingOldest(4))
        let interrupts = interrupts, console = console
        Signals.listen { number in
            if number == SIGWINCH {
                view.resized()
                return
            }
            let count = interrupts.count.withLock { count in
                count += 1
                return count
            }
            guard count > 1 else {
                stop.yield()
                return
            }
            console.error("\ndetached: commands that run go on at their hosts")
            exit(ExitStatus.interrupted.rawValue)
        }
        let report = await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in stops {
                    console.error("\nno new jobs are started; waiting for the running ones (Ctrl-C again leaves them running)")
                    await engine.coordinator.requestStop()
                }
            }
            if let live = view as? LiveProgress {
                group.addTask {
                    while (try? await ContinuousClock().sleep(for: .seconds(1))) != nil { live.tick() }
                }
            }
            let report = await engine.coordinator.execute(prepared.plan, run: run) { event in
                if case .stopping(let running) = event, !running.isEmpty {
                    console.error("running: " + running.map { "\($0.host) \($0.step)/\($0.subtask)" }.joined(separator: ", "))
                }
                view.show(event)
            }
            group.cancelAll()
            return report
        }
        view.finish()
        return report
    }

    private func finish(_ report: RunReport, _ prepared: PreparedRun) -> ExitStatus {
        if !isJSON { for line in SummaryText(report: report, excluded: prepared.excluded).lines { console.line(line) } }
        if interrupts.count.withLock({ $0 }) > 0 { return .interrupted }
        if !report.inDoubtHosts.isEmpty { return .inDoubt }
        if !report.failedHosts.isEmpty || !prepared.excluded.isEmpty || report.hosts.contains(where: { $0.status == .stopped }) { return .hostFailed }
        return .done
    }
}
