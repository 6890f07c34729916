import ArgumentParser
import Documents
import RunStore

struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "runs", abstract: "List the runs that are kept, the newest first.")

    @Option(help: "At most so many.") var limit = 20
    @Flag(help: "Only runs that are not finished.") var open = false
    @Flag(help: "Print one JSON object a line.") var json = false
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        let console = Console()
        if let remote = try common.remote() {
            let query = [("open", open ? "true" : "false"), ("limit", "\(max(1, limit))")]
            let runs: [RunSummary] = try await console.asking { try await remote.get("/v1/runs", query) }
            for run in runs { console.line(json ? JSONText.encode(run) : run.text) }
            if runs.isEmpty, !json { console.error("there are no runs at \(remote.address)") }
            return
        }
        let state = stateOptions.directory(common.environment)
        do {
            var shown = 0
            for run in try state.runs().reversed() where shown < max(1, limit) {
                let entry = await RunCatalogue(state: state).entry(run)
                if open, !entry.isUnfinished { continue }
                shown += 1
                let summary = RunSummary(entry)
                console.line(json ? JSONText.encode(summary) : summary.text)
            }
            if shown == 0, !json { console.error("there are no runs in \(state.path)") }
        } catch {
            console.error("muster: \(error)")
            throw ExitStatus.noJournal.exitCode
        }
    }
}
