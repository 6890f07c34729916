import ArgumentParser
import ConfigurationFiles
import Documents
import Foundation
import Glibc
import Journal
import JournalCoding
import Model
import Orchestration
import RunStore

struct JournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "The journals of runs: check, print, copy, remove.",
        subcommands: [Verify.self, Export.self, Backup.self, Prune.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Check the journals: the database, gaps, and the chain of hashes.")

        @ArgumentParser.Argument(help: "The run, or an end of its identifier; all without it.") var run: String?
        @OptionGroup var stateOptions: StateOptions
        @OptionGroup var common: CommonOptions

        mutating func run() async throws {
            let console = Console()
            if let remote = try common.remote() { return try await Self.verify(run, remote, console) }
            let state = stateOptions.directory(common.environment)
            var bad = 0
            let runs = try Self.runs(run, state, console)
            for run in runs {
                let problems = await RunJournal.problems(of: run, directory: state.directory(of: run))
                if !problems.isEmpty { bad += 1 }
                for problem in problems { console.line("\(run)  \(problem)") }
            }
            console.line("\(runs.count - bad) of \(runs.count) journal\(runs.count == 1 ? "" : "s") whole")
            if bad > 0 { throw ExitStatus.noJournal.exitCode }
        }

        private static func verify(_ name: String?, _ remote: RemoteCoordinator, _ console: Console) async throws {
            let bad = try await console.asking {
                let runs: [String]
                if let name { runs = [name] } else { runs = (try await remote.get("/v1/runs", [("limit", "10000")]) as [RunSummary]).map(\.run).reversed() }
                var bad = 0
                for run in runs {
                    let problems: [String] = try await remote.get("/v1/runs/\(run)/journal/problems")
                    if !problems.isEmpty { bad += 1 }
                    for problem in problems { console.line("\(run)  \(problem)") }
                }
                console.line("\(runs.count - bad) of \(runs.count) journal\(runs.count == 1 ? "" : "s") whole")
                return bad
            }
            if bad > 0 { throw ExitStatus.noJournal.exitCode }
        }

        static func runs(_ name: String?, _ state: StateDirectory, _ console: Console) throws -> [RunID] {
            do throws(StateDirectory.Problem) {
                guard let name else { return try state.runs() }
                return [try state.run(named: name)]
            } catch { throw console.exitCode(of: error) }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print the records of a run, one JSON object a line.")

        @ArgumentParser.Argument(help: "The run, or an end of its identifier.") var run: String
        @OptionGroup var stateOptions: StateOptions
        @OptionGroup var common: CommonOptions

        mutating func run() async throws {
            let console = Console()
            if let remote = try common.remote() {
                let run = run
                return try await console.asking {
                    for try await bytes in try await remote.stream("/v1/runs/\(run)/journal") { console.write(bytes) }
                }
            }
            let state = stateOptions.directory(common.environment)
            let run = try StatusCommand.find(self.run, state, console)
            do {
                let journal = try Journal(directory: state.directory(of: run), access: .read, now: 0)
                for try await batch in journal.batches(of: run.value, isChecked: false) {
                    for record in batch {
                        console.line(try RunRecordJSON.line(record.payload, sequence: record.sequence, time: TimeText.utc(record.wallMilliseconds), hash: record.hash))
                    }
                }
                try journal.close()
            } catch {
                console.error("muster: \(error)")
                throw ExitStatus.noJournal.exitCode
            }
        }
    }

    struct Backup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Copy the journal of a run into a file, also while it is written.")

        @ArgumentParser.Argument(help: "The run, or an end of its identifier.") var run: String
        @ArgumentParser.Argument(help: "The file to make.") var file: String
        @OptionGroup var stateOptions: StateOptions
        @OptionGroup var common: CommonOptions

        mutating func run() async throws {
            let console = Console()
            if let remote = try common.remote() { return try await copy(from: remote, console) }
            let state = stateOptions.directory(common.environment)
            let run = try StatusCommand.find(self.run, state, console)
            do {
                let journal = try Journal(directory: state.directory(of: run), access: .read, now: 0)
                try await journal.backup(to: file)
                try journal.close()
                console.line("\(file) has the journal of run \(run)")
            } catch {
                console.error("muster: \(error)")
                throw ExitStatus.noJournal.exitCode
            }
        }

        /// The file is made new, like a copy of a journal that lies here; half a copy is none.
        private func copy(from remote: RemoteCoordinator, _ console: Console) async throws {
            let run = run, file = file
            let handle: FileHandle
            do { handle = try NewFile.create(file) } catch {
                console.error("muster: \(error)")
                throw ExitStatus.usage.exitCode
            }
            do {
                try await console.asking {
                    for try await bytes in try await remote.stream("/v1/runs/\(run)/journal/copy") { try handle.write(contentsOf: bytes) }
                    try handle.synchronize()
                    try handle.close()
                }
            } catch {
                try FileManager.default.removeItem(atPath: file)
                throw error
            }
            console.line("\(file) has the journal of run \(run)")
        }
    }

    struct Prune: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove runs that are over and old.", discussion: "After each run this happens by itself, with journal.keep_days. Unfinished runs stay.")

        @Option(help: "Remove what has been over for so many days; journal.keep_days without it.") var days: Int?
        @OptionGroup var stateOptions: StateOptions
        @OptionGroup var common: CommonOptions

        mutating func run() async throws {
            let console = Console()
            if let remote = try common.remote() {
                let order = PruneOrder(days: days)
                let removed: PrunedDocument = try await console.asking { try await remote.post("/v1/prune", order) }
                for run in removed.runs { console.line("\(run) removed") }
                return console.line("\(removed.runs.count) run\(removed.runs.count == 1 ? "" : "s") removed")
            }
            let state = stateOptions.directory(common.environment)
            let keep = try days ?? common.journalSettings(console).keepDays
            guard keep >= 0 else { throw ValidationError("--days: write 0 or more") }
            let removed = await RunRetention(state: state, keepDays: keep).prune { console.line("\($0) removed") }
            console.line("\(removed.count) run\(removed.count == 1 ? "" : "s") removed")
        }
    }
}

/// A file that is not there yet.
enum NewFile {
    struct Problem: Error, CustomStringConvertible { let description: String }

    /// Readable for its owner alone. Throws for one that is there already.
    static func create(_ path: String) throws(Problem) -> FileHandle {
        // SAFETY: the path is read during the call only.
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            // SAFETY: strerror's text is copied at once.
            throw Problem(description: errno == EEXIST ? "\(path) is there already — name a new file" : "\(path) can't be made: \(unsafe String(cString: strerror(errno)))")
        }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }
}
