import ArgumentParser
import ConfigurationFiles
import Journal
import Documents
import Model
import Orchestration
import RunStore
import Threads

struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "pause", abstract: "Start nothing new in a run; what runs goes on to its end.")

    @ArgumentParser.Argument(help: "The run, or an end of its identifier.") var run: String
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        let console = Console()
        if let remote = try common.remote() {
            let name = run
            let run: RunName = try await console.asking { try await remote.post("/v1/runs/\(name)/pause", [String: String]()) }
            return console.line("run \(run.run) is paused; commands that run go on to their ends")
        }
        let letter = try Letter(run: run, stateOptions.directory(common.environment), console)
        guard letter.owner != nil else {
            console.error("muster: no process carries run \(letter.run) out; there is nothing to pause")
            throw ExitStatus.usage.exitCode
        }
        try await letter.deliver(.pause)
        console.line("run \(letter.run) is paused; commands that run go on to their ends")
    }
}

struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "End the commands of a run and start nothing more.",
        discussion: "A run whose process is gone is taken over: its hosts are asked what became of open commands, and those that run are ended.")

    @ArgumentParser.Argument(help: "The run, or an end of its identifier.") var run: String
    @Flag(help: "Print events as NDJSON, where the run is taken over.") var json = false
    @OptionGroup var workerOptions: WorkerOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        let console = Console()
        if let remote = try common.remote() {
            let name = run
            let run: RunName = try await console.asking { try await remote.post("/v1/runs/\(name)/cancel", [String: String]()) }
            return console.line("run \(run.run) is being cancelled: commands that run are ended; 'muster status \(run.run)' tells what became of them")
        }
        let state = stateOptions.directory(common.environment)
        let letter = try Letter(run: run, state, console)
        if letter.owner != nil {
            try await letter.deliver(.cancel)
            return console.line("run \(letter.run) is being cancelled: commands that run are ended; 'muster status \(letter.run)' tells what became of them")
        }
        let job = ResumeJob(
            run: letter.run, state: state, settings: try common.settings(console), workers: workerOptions, environment: common.environment, console: console,
            logger: try common.logger(), isJSON: json)
        let status = try await job.start(cancelling: true)
        // That not everything was done is what was asked for.
        if status != .done, status != .hostFailed { throw status.exitCode }
    }
}

struct DecideCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decide", abstract: "Say what became of a command whose outcome could not be found out.",
        discussion: "'done': it did its work. 'failed': it did not, and is not tried again. 'again': carry it out once more. 'muster status RUN' lists what waits.")

    @ArgumentParser.Argument(help: "The run, or an end of its identifier.") var run: String
    @ArgumentParser.Argument(help: "The host.") var host: String
    @ArgumentParser.Argument(help: "done, failed or again.") var decision: String
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        let console = Console()
        guard let decision = PersonDecision(rawValue: decision) else { throw ValidationError("'\(decision)': say done, failed or again") }
        if let remote = try common.remote() {
            let run = run, order = DecisionOrder(host: host, decision: decision.rawValue)
            let about: DecisionDocument = try await console.asking { try await remote.post("/v1/runs/\(run)/decisions", order) }
            return console.line("\(host)  \(about.subtask): \(decision.rawValue)")
        }
        let state = stateOptions.directory(common.environment)
        let letter = try Letter(run: run, state, console)
        let entry = await RunCatalogue(state: state).entry(letter.run)
        guard let machine = entry.history?.replay.machine else {
            console.error("muster: run \(RunSummary(entry).text)")
            throw ExitStatus.noJournal.exitCode
        }
        let waiting = machine.undecidedJobs.filter { machine.position(of: $0.job)?.host == HostName(host) }
        guard let job = waiting.first?.job, let position = machine.position(of: job) else {
            console.error("muster: nothing of \(host) waits for a word in run \(letter.run)")
            for (job, _) in machine.undecidedJobs {
                if let position = machine.position(of: job) { console.error("  \(position.host)  \(position.step)/\(position.subtask.id) does") }
            }
            throw ExitStatus.usage.exitCode
        }
        let word = "\(host)  \(position.step)/\(position.subtask.id): \(decision.rawValue)"
        guard letter.owner == nil else {
            try await letter.deliver(.decide(job, decision))
            return console.line(word)
        }
        let after = try await letter.write(.decided(job, decision, stamp: Stamp(wallMilliseconds: WallClock.milliseconds, monotonic: .zero, entropy: 0)))
        console.line(word)
        console.line(after.isFinished ? "the run is finished" : "'muster resume \(letter.run)' goes on")
    }
}

/// What is asked of the process that owns a run, or done in its place if there is none.
struct Letter {
    let run: RunID
    let owner: LockOwner?
    private let directory: String
    private let console: Console

    init(run name: String, _ state: StateDirectory, _ console: Console) throws {
        self.console = console
        do throws(StateDirectory.Problem) { run = try state.run(named: name) } catch { throw console.exitCode(of: error) }
        directory = state.directory(of: run)
        do { owner = try DirectoryLock.owner(of: directory) } catch {
            console.error("muster: \(error)")
            throw ExitStatus.noJournal.exitCode
        }
    }

    /// Leaves the request and waits until it is in the journal.
    func deliver(_ request: RunRequest, within limit: Duration = .seconds(20)) async throws {
        let requests = RunRequests(runDirectory: directory)
        do {
            try requests.prepare()
            let watch = requests.watch()
            defer { watch?.close() }
            let name = try requests.leave(request)
            let isTaken = await withTaskGroup(of: Bool.self) { group in
                if let watch {
                    group.addTask {
                        if !requests.isWaiting(name) { return true }
                        for await _ in watch.changes where !requests.isWaiting(name) { return true }
                        return false
                    }
                }
                group.addTask {
                    try? await ContinuousClock().sleep(for: limit)
                    return !requests.isWaiting(name)
                }
                let first = await group.next() ?? false
                group.cancelAll()
                return first
            }
            guard isTaken else {
                console.error("muster: the process of run \(run) has not answered yet; it does what was asked as soon as it can")
                throw ExitStatus.waitsForPerson.exitCode
            }
        } catch let error as ExitCode {
            throw error
        } catch {
            console.error("muster: \(directory)/requests can't be written: \(StateDirectory.reason(error))")
            throw ExitStatus.noJournal.exitCode
        }
    }

    /// Writes a decision into the journal of a run that no process owns. Returns the run as it is then.
    func write(_ input: RunMachine.Input) async throws -> RunMachine {
        do throws(RunJournalError) { return try await RunJournal.decide(input, on: run, directory: directory) } catch {
            console.error("muster: \(error)")
            throw ExitStatus.noJournal.exitCode
        }
    }
}
