import ArgumentParser
import CommandSafety
import Journal
import Documents
import Model
import Orchestration
import RunStore

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "logs", abstract: "What the commands of a run printed, host by host.")

    @Argument(help: "The run, or an end of its identifier.") var run: String
    @Argument(help: "Only this host.") var host: String?
    @Flag(help: "Go on with what comes, until the run ends.") var follow = false
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        let console = Console()
        let state = stateOptions.directory(common.environment)
        let run = try StatusCommand.find(self.run, state, console)
        let directory = state.directory(of: run)
        // Watched before it is read: a change in between is not missed.
        let watch = follow ? RunWatch([directory + "/output", directory]) : nil
        var entry = await RunCatalogue(state: state).entry(run)
        guard let machine = entry.history?.replay.machine else {
            console.error("muster: run \(RunSummary(entry).text)")
            throw ExitStatus.noJournal.exitCode
        }
        if let host, !machine.hosts.contains(HostName(host)) {
            console.error("muster: run \(run) has no host '\(host)'; it has \(NameList.text(machine.hosts))")
            throw ExitStatus.usage.exitCode
        }
        let hosts = host.map { [HostName($0)] } ?? machine.hosts
        var printer = LogPrinter(console: console, hosts: hosts, directory: directory)
        try printer.print(machine)
        try await watch?.untilEnd {
            // What is printed last is in the file before the journal has the end.
            let wasRunning = entry.isRunning
            entry = await RunCatalogue(state: state).entry(run)
            if let machine = entry.history?.replay.machine { try printer.print(machine) }
            return !wasRunning || !entry.isRunning
        }
    }
}

/// Prints output files as they grow: a heading for each subtask, then its lines with the host's name.
private struct LogPrinter {
    let console: Console
    let hosts: [HostName]
    private var readers: [OutputReader]
    private var heading = ""
    private var open: [HostName: String] = [:]

    init(console: Console, hosts: [HostName], directory: String) {
        self.console = console
        self.hosts = hosts
        readers = hosts.map { OutputReader(directory: directory, name: $0.value) }
    }

    mutating func print(_ machine: RunMachine) throws {
        for (host, reader) in zip(hosts, readers) {
            do throws(JournalError) {
                while let item = try reader.next() {
                    switch item {
                    case .frame(let frame): print(frame, host, machine)
                    case .limitReached: console.line("\(host)  … more was printed than is kept")
                    }
                }
            } catch { console.error("muster: \(error)") }
        }
    }

    private mutating func print(_ frame: OutputFrame, _ host: HostName, _ machine: RunMachine) {
        let position = machine.position(of: JobID(frame.job))
        let subtask = position.map { "\($0.step)/\($0.subtask.id)" } ?? frame.job
        let title = "\(host)  \(subtask)" + (frame.attempt > 1 ? "  attempt \(frame.attempt)" : "")
        if title != heading {
            heading = title
            console.line(title)
        }
        let mark = frame.stream == .error ? "!" : "|"
        for line in DisplayText.escapedLines(String(decoding: frame.bytes, as: UTF8.self)).split(separator: "\n", omittingEmptySubsequences: true) {
            console.line("\(host)  \(mark) \(line)")
        }
    }
}
