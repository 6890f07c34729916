import ArgumentParser
import Documents
import Model
import Orchestration
import RunStore

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "What a run did on each host: what was applied, what runs, what is not known.")

    @ArgumentParser.Argument(help: "The run, or an end of its identifier; the newest if it is not named.") var run: String?
    @Option(help: "Only these hosts: 'db*,!db3'.") var hosts: String?
    @Flag(help: "Show it again whenever something changes, until the run ends.") var watch = false
    @Flag(help: "Print one JSON object for each subtask of each host.") var json = false
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        let console = Console()
        let pattern = hosts.map { HostPattern($0) }
        if let remote = try common.remote() {
            let name = run, watch = watch, json = json
            return try await console.asking { try await RemoteViews(remote: remote, console: console).status(name, pattern, watch: watch, json: json) }
        }
        let state = stateOptions.directory(common.environment)
        let run = try Self.find(self.run, state, console)
        // Watched before it is read: a change in between is not missed.
        let changes = watch ? RunWatch([state.directory(of: run)]) : nil
        var entry = await RunCatalogue(state: state).entry(run)
        var view = StatusView(console: console, pattern: pattern, isWatch: watch, isJSON: json)
        try show(entry, console, &view)
        var last = entry.history?.sequence
        try await changes?.untilEnd {
            guard entry.isRunning else { return true }
            entry = await RunCatalogue(state: state).entry(run)
            guard entry.history?.sequence != last || !entry.isRunning else { return false }
            last = entry.history?.sequence
            try show(entry, console, &view)
            return false
        }
        if case .unreadable = entry.condition { throw ExitStatus.noJournal.exitCode }
        if let run = RunDocument(entry), let status = ExitStatus(run), status != .done { throw status.exitCode }
    }

    static func find(_ name: String?, _ state: StateDirectory, _ console: Console) throws -> RunID {
        do throws(StateDirectory.Problem) {
            guard let name else { return try state.latestRun() }
            return try state.run(named: name)
        } catch { throw console.exitCode(of: error) }
    }

    private func show(_ entry: RunCatalogue.Entry, _ console: Console, _ view: inout StatusView) throws {
        guard let run = RunDocument(entry) else {
            console.error("muster: run \(RunSummary(entry).text)")
            if case .unreadable = entry.condition { throw ExitStatus.noJournal.exitCode }
            return
        }
        try view.show(run)
    }
}

/// A run that is shown, again whenever something changed.
struct StatusView {
    let console: Console
    let pattern: HostPattern?
    let isWatch: Bool
    let isJSON: Bool
    /// What was printed before: a terminal gets all anew, a pipe only what is worth a line.
    private var shown: [String] = []

    init(console: Console, pattern: HostPattern?, isWatch: Bool, isJSON: Bool) {
        self.console = console
        self.pattern = pattern
        self.isWatch = isWatch
        self.isJSON = isJSON
    }

    mutating func show(_ run: RunDocument) throws {
        let text = StatusText(run: run)
        do throws(HostPatternError) {
            let wanted = try pattern?.select(from: run.hosts.map { HostName($0.host) }, groups: [:]).map(\.value)
            let lines = isJSON ? text.json(wanted) : text.lines(wanted)
            defer { shown = lines }
            if isJSON {
                let known = Set(shown)
                for line in lines where !known.contains(line) { console.line(line) }
                return
            }
            // The moment of the last change alone is no news.
            let isNews = lines.count != shown.count || zip(lines, shown).contains { $0 != $1 && !$0.hasPrefix("began ") }
            guard isNews else { return }
            if console.isTerminal, isWatch { console.write("\u{1b}[H\u{1b}[2J") } else if !shown.isEmpty { console.line("") }
            for line in lines { console.line(line) }
        } catch {
            console.error("muster: --hosts: \(error)")
            throw ExitStatus.usage.exitCode
        }
    }
}
