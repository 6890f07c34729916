import ArgumentParser
import CommandSafety
import Documents
import Model
import RunStore

/// What was sent, approved and not let through: read from the journals, where it stands in chains of hashes.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "What was sent to hosts, who approved it, and what was not let through.", subcommands: [List.self, Verify.self, Export.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the audit, the oldest first.")

        @ArgumentParser.Argument(help: "The run, or an end of its identifier; all without it.") var run: String?
        @Flag(help: "Only what was not let through.") var denied = false
        @Option(help: "Only of this host.") var host: String?
        @OptionGroup var stateOptions: StateOptions
        @OptionGroup var common: CommonOptions

        mutating func run() async throws {
            let console = Console(), denied = denied, host = host
            try await AuditCommand.entries(run, stateOptions, common, console) { entry in
                if denied, entry.kind != "denied", entry.kind != "refused" { return }
                if let host, !entry.hosts.contains(host) { return }
                for line in AuditCommand.lines(entry) { console.line(line) }
            }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Check the chains of hashes, of runs that are here and of those that were removed.")

        @OptionGroup var stateOptions: StateOptions
        @OptionGroup var common: CommonOptions

        mutating func run() async throws {
            let console = Console()
            let problems: [String], runs: Int, sealed: Int
            if let remote = try common.remote() {
                let check: AuditCheckDocument = try await console.asking { try await remote.get("/v1/audit/check") }
                (problems, runs, sealed) = (check.problems, check.runs, check.sealed)
            } else {
                let check = await AuditCheckDocument(stateOptions.directory(common.environment))
                (problems, runs, sealed) = (check.problems, check.runs, check.sealed)
            }
            for problem in problems { console.line(DisplayText.escaped(problem)) }
            console.line("\(runs) run\(runs == 1 ? "" : "s") here and \(sealed) sealed; \(problems.isEmpty ? "all chains are whole" : "\(problems.count) problem\(problems.count == 1 ? "" : "s")")")
            if !problems.isEmpty { throw ExitStatus.noJournal.exitCode }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print the audit, one JSON object a line.")

        @ArgumentParser.Argument(help: "The run, or an end of its identifier; all without it.") var run: String?
        @OptionGroup var stateOptions: StateOptions
        @OptionGroup var common: CommonOptions

        mutating func run() async throws {
            let console = Console()
            try await AuditCommand.entries(run, stateOptions, common, console) { console.line(JSONText.encode($0)) }
        }
    }

    // MARK: Reading

    static func entries(_ name: String?, _ stateOptions: StateOptions, _ common: CommonOptions, _ console: Console, _ take: (AuditDocument) -> Void) async throws {
        if let remote = try common.remote() {
            let runs: [String] = if let name { [name] } else { (try await console.asking { try await remote.get("/v1/runs", [("limit", "10000")]) as [RunSummary] }).map(\.run).reversed() }
            for run in runs {
                let entries: [AuditDocument] = try await console.asking { try await remote.get("/v1/runs/\(run)/audit") }
                for entry in entries { take(entry) }
            }
            return
        }
        let state = stateOptions.directory(common.environment)
        var bad = 0
        for run in try JournalCommand.Verify.runs(name, state, console) {
            do { try await AuditTrail(directory: state.directory(of: run), run: run).entries { take(AuditDocument($0)) } } catch {
                // The rest is told all the same.
                console.error("muster: \(error)")
                bad += 1
            }
        }
        for sealed in AuditSeal(state: state).runs where name == nil { console.error("run \(sealed.run) was removed; its records are in \(sealed.file)") }
        if bad > 0 { throw ExitStatus.noJournal.exitCode }
    }

    /// One entry for people: what, when, where, and why.
    static func lines(_ entry: AuditDocument) -> [String] {
        let place = [entry.step, entry.subtask].filter { !$0.isEmpty }.joined(separator: "/")
        var head = "\(entry.time)  \(entry.kind.rightPadded(to: 8))  \(NameList.text(entry.hosts))  \(place)"
        if !entry.part.isEmpty { head += ", \(entry.part)" }
        if let attempt = entry.attempt, attempt > 1 { head += ", attempt \(attempt)" }
        head += "  (\(([entry.origin] + (entry.user.isEmpty ? [] : ["user \(entry.user)"]) + (entry.worker.map { ["worker \($0)"] } ?? [])).joined(separator: ", ")))"
        var lines = [head]
        if !entry.text.isEmpty {
            let text = DisplayText.escaped(entry.text)
            lines.append("    " + (text.count > 160 ? text.prefix(160) + "…" : text))
        }
        if !entry.classes.isEmpty || !entry.why.isEmpty { lines.append("    " + ([(entry.classes + (entry.rule.map { ["rule \($0)"] } ?? [])).joined(separator: ", ")] + [DisplayText.escaped(entry.why)]).filter { !$0.isEmpty }.joined(separator: ": ")) }
        return lines
    }
}
