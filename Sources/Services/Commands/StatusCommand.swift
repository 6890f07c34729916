import ArgumentParser
import Documents
import Model
import Orchestration
import RunStore

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "What a run did on each host: what was applied, what runs, what is not known.")

    @Argument(help: "The run, or an end of its identifier; the newest if it is not named.") var run: String?
    @Option(help: "Only these hosts: 'db*,!db3'.") var hosts: String?
    @Flag(help: "Show it again whenever something changes, until the run ends.") var watch = false
    @Flag(help: "Print one JSON object for each subtask of each host.") var json = false
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        let console = Console()
        let state = stateOptions.directory(common.environment)
        let run = try Self.find(self.run, state, console)
        let pattern = hosts.map { HostPattern($0) }
        // Watched before it is read: a change in between is not missed.
        let changes = watch ? RunWatch([state.directory(of: run)]) : nil
        var entry = await RunCatalogue(state: state).entry(run)
        var shown: [String] = []
        try show(entry, pattern, console, after: &shown)
        var last = entry.history?.sequence
        try await changes?.untilEnd {
            guard entry.isRunning else { return true }
            entry = await RunCatalogue(state: state).entry(run)
            guard entry.history?.sequence != last || !entry.isRunning else { return false }
            last = entry.history?.sequence
            try show(entry, pattern, console, after: &shown)
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

    /// - Parameter shown: what was printed before: a terminal gets all anew, a pipe only what is worth a line.
    private func show(_ entry: RunCatalogue.Entry, _ pattern: HostPattern?, _ console: Console, after shown: inout [String]) throws {
        guard let run = RunDocument(entry) else {
            console.error("muster: run \(RunSummary(entry).text)")
            if case .unreadable = entry.condition { throw ExitStatus.noJournal.exitCode }
            return
        }
        let text = StatusText(run: run)
        do throws(HostPatternError) {
            let wanted = try pattern?.select(from: run.hosts.map { HostName($0.host) }, groups: [:]).map(\.value)
            let lines = json ? text.json(wanted) : text.lines(wanted)
            defer { shown = lines }
            if json {
                let known = Set(shown)
                for line in lines where !known.contains(line) { console.line(line) }
                return
            }
            // The moment of the last change alone is no news.
            let isNews = lines.count != shown.count || zip(lines, shown).contains { $0 != $1 && !$0.hasPrefix("began ") }
            guard isNews else { return }
            if console.isTerminal, watch { console.write("\u{1b}[H\u{1b}[2J") } else if !shown.isEmpty { console.line("") }
            for line in lines { console.line(line) }
        } catch {
            console.error("muster: --hosts: \(error)")
            throw ExitStatus.usage.exitCode
        }
    }
}
