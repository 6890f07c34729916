import ArgumentParser
import CommandSafety
import Journal
import Documents
import Model
import Orchestration
import RunStore

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "logs", abstract: "What the commands of a run printed, host by host.")

    @ArgumentParser.Argument(help: "The run, or an end of its identifier.") var run: String
    @ArgumentParser.Argument(help: "Only this host.") var host: String?
    @Flag(help: "Go on with what comes, until the run ends.") var follow = false
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        let console = Console()
        if let remote = try common.remote() {
            let name = run, host = host, follow = follow
            return try await console.asking { try await RemoteViews(remote: remote, console: console).logs(name, host, follow: follow) }
        }
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

/// Prints output files as they grow.
private struct LogPrinter {
    let console: Console
    let hosts: [HostName]
    private var readers: [OutputReader]
    private var lines: LogLines

    init(console: Console, hosts: [HostName], directory: String) {
        self.console = console
        self.hosts = hosts
        readers = hosts.map { OutputReader(directory: directory, name: $0.value) }
        lines = LogLines(console: console)
    }

    mutating func print(_ machine: RunMachine) throws {
        for (host, reader) in zip(hosts, readers) {
            do throws(JournalError) {
                while let item = try reader.next() {
                    switch item {
                    case .frame(let frame):
                        let place = machine.position(of: JobID(frame.job)).map { "\($0.step)/\($0.subtask.id)" }
                        lines.print(host.value, place ?? frame.job, attempt: frame.attempt, isError: frame.stream == .error, frame.bytes)
                    case .limitReached: lines.limitReached(host.value)
                    }
                }
            } catch { console.error("muster: \(error)") }
        }
    }
}

/// A heading for each subtask, then its lines with the host's name.
struct LogLines {
    let console: Console
    private var heading = ""

    init(console: Console) { self.console = console }

    mutating func print(_ host: String, _ place: String, attempt: Int, isError: Bool, _ bytes: [UInt8]) {
        let title = "\(host)  \(place)" + (attempt > 1 ? "  attempt \(attempt)" : "")
        if title != heading {
            heading = title
            console.line(title)
        }
        for line in DisplayText.escapedLines(String(decoding: bytes, as: UTF8.self)).split(separator: "\n", omittingEmptySubsequences: true) {
            console.line("\(host)  \(isError ? "!" : "|") \(line)")
        }
    }

    func limitReached(_ host: String) { console.line("\(host)  … more was printed than is kept") }
}
