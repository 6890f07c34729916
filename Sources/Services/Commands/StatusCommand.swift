import ArgumentParser
import CommandSafety
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
        try end(entry)
    }

    static func find(_ name: String?, _ state: StateDirectory, _ console: Console) throws -> RunID {
        do throws(StateDirectory.Problem) {
            if let name { return try state.run(named: name) }
            if let last = try state.runs().last { return last }
            console.error("muster: there are no runs in \(state.path)")
        } catch { throw console.exitCode(of: error) }
        throw ExitStatus.usage.exitCode
    }

    /// - Parameter shown: what was printed before: a terminal gets all anew, a pipe only what is worth a line.
    private func show(_ entry: RunCatalogue.Entry, _ pattern: HostPattern?, _ console: Console, after shown: inout [String]) throws {
        guard let history = entry.history, let machine = history.replay.machine else {
            console.error("muster: run \(RunLine(entry: entry).text)")
            if case .unreadable = entry.condition { throw ExitStatus.noJournal.exitCode }
            return
        }
        let text = StatusText(entry: entry, history: history, machine: machine)
        do throws(HostPatternError) {
            let wanted = try pattern?.select(from: machine.hosts, groups: [:])
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

    /// The exit code of the run itself.
    private func end(_ entry: RunCatalogue.Entry) throws {
        let report = entry.history?.replay.machine?.report()
        switch entry.condition {
        case .running: return
        case .finished:
            if report?.inDoubtHosts.isEmpty == false { throw ExitStatus.inDoubt.exitCode }
            let excluded = entry.history?.replay.description?.excluded.isEmpty == false
            if excluded || report?.hosts.contains(where: { $0.status != .done }) == true { throw ExitStatus.hostFailed.exitCode }
        case .undecided: throw ExitStatus.inDoubt.exitCode
        case .cancelled: throw ExitStatus.hostFailed.exitCode
        case .paused, .abandoned: throw ExitStatus.waitsForPerson.exitCode
        case .neverBegan: return
        case .unreadable: throw ExitStatus.noJournal.exitCode
        }
    }
}

/// A run host by host: what was applied, what runs, what waits, and why the rest was not run.
struct StatusText {
    let entry: RunCatalogue.Entry
    let history: RunHistory
    let machine: RunMachine

    func lines(_ wanted: [HostName]?) -> [String] {
        var lines: [String] = []
        if let description = history.replay.description {
            lines.append("run \(entry.run)  \(condition)")
            if let advice { lines.append("  \(advice)") }
            lines.append("\(DisplayText.escaped(description.task))  (\(DisplayText.escaped(description.origin)))")
            lines.append("began \(TimeText.utc(history.began)), last change \(TimeText.utc(history.changed))")
        }
        for host in machine.report().hosts where wanted?.contains(host.host) ?? true {
            lines.append("\(host.host)  \(status(host))  \(host.changed) changed, \(host.skipped) had nothing to do")
            for step in host.steps {
                for subtask in step.subtasks { lines += self.lines(subtask, step.id, host.host) }
            }
        }
        for exclusion in history.replay.description?.excluded ?? [] where wanted?.contains(exclusion.host) ?? true {
            lines.append("took no part: \(DisplayText.escaped(exclusion.reason))")
        }
        return lines
    }

    private var condition: String {
        switch entry.condition {
        case .running(let owner): "running, in \(owner)"
        case .undecided(let count): "undecided: what became of \(count) command\(count == 1 ? "" : "s") is not known"
        case .abandoned: "interrupted: its process is gone"
        case .paused, .finished, .cancelled, .neverBegan, .unreadable: RunLine(entry: entry).condition
        }
    }

    /// What to do about a run that rests.
    private var advice: String? {
        switch entry.condition {
        case .undecided: "muster resume \(entry.run)    asks the hosts once more, and goes on"
        case .abandoned, .paused: "muster resume \(entry.run)    goes on"
        case .running, .finished, .cancelled, .neverBegan, .unreadable: nil
        }
    }

    /// A host that is not through yet is not called stopped.
    private func status(_ host: HostReport) -> String {
        guard host.status == .stopped, !machine.isFinished else { return host.status.rawValue }
        return entry.isRunning ? "under way" : "not finished"
    }

    /// Why a subtask has no result; nil: its turn is still to come.
    private func notRun(_ subtask: SubtaskReport) -> String? {
        subtask.notRun.flatMap { $0 == .stopped && !machine.isFinished ? nil : "\($0)" }
    }

    private func lines(_ subtask: SubtaskReport, _ step: StepID, _ host: HostName) -> [String] {
        let name = "  \(step)/\(subtask.id)"
        if let open = out(subtask, step, host) { return ["\(name)  \(open)"] }
        guard let result = subtask.result else { return ["\(name)  \(notRun(subtask) ?? "waits")"] }
        let number = result.attempt > 1 ? " (attempt \(result.attempt))" : ""
        var lines = ["\(name)  \(OutcomeText.status(result.outcome))\(number)" + (OutcomeText.reason(result.outcome).map { ": \($0)" } ?? "")]
        if case .inDoubt(let doubt) = result.outcome {
            if let evidence = Self.evidence(doubt) { lines.append("      \(evidence)") }
            if machine.undecidedJobs.contains(where: { $0.job == result.job }) { lines.append("      muster decide \(entry.run) \(host) done|failed|again") }
        }
        if !result.outcome.isSuccess { lines += OutcomeText.tail(result).map { "    | \($0)" } }
        return lines
    }

    /// How a subtask stands that is out; nil for the others.
    private func out(_ subtask: SubtaskReport, _ step: StepID, _ host: HostName) -> String? {
        guard subtask.result == nil,
            let open = machine.openJobs.first(where: { machine.position(of: $0.job).map { $0.host == host && $0.step == step && $0.subtask.id == subtask.id } ?? false })
        else { return nil }
        if open.isInDoubt { return "in doubt: the host \(entry.isRunning ? "is" : "will be") asked" }
        guard let out = history.replay.handOuts[open.job] else { return "waits for a worker" }
        let worker = DisplayText.escaped(out.worker), attempt = out.reference.attempt
        return entry.isRunning ? "out with \(worker), attempt \(attempt)" : "attempt \(attempt) may be under way; 'muster resume' asks the host"
    }

    /// What the looks said of a host.
    static func evidence(_ doubt: Doubt) -> String? {
        let evidence: Doubt.Evidence
        switch doubt.kind {
        case .interrupted(let seen), .ledgerLost(let seen): evidence = seen
        case .unanswered, .otherMachine: return nil
        }
        let guardText = evidence.guardSatisfied.map { "its guard says that the state is \($0 ? "" : "not ")there" }
        let healthText = evidence.healthPassed.map { "its health check \($0 ? "passes" : "fails")" }
        let parts = [guardText, healthText].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private struct Line: Encodable {
        var run: String
        var host: String
        var step: String
        var subtask: String
        var status: String
        var attempt: Int?
        var reason: String?
    }

    func json(_ wanted: [HostName]?) -> [String] {
        machine.report().hosts.filter { wanted?.contains($0.host) ?? true }.flatMap { host in
            host.steps.flatMap { step in
                step.subtasks.map { subtask in
                    let open = out(subtask, step.id, host.host)
                    return JSONText.encode(
                        Line(
                            run: entry.run.value, host: host.host.value, step: step.id.value, subtask: subtask.id,
                            status: subtask.result.map { OutcomeText.status($0.outcome) } ?? (open != nil ? "open" : notRun(subtask) == nil ? "waits" : "not run"),
                            attempt: subtask.result?.attempt, reason: subtask.result.flatMap { OutcomeText.reason($0.outcome) } ?? open ?? notRun(subtask)))
                }
            }
        }
    }
}
