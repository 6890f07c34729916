import ArgumentParser
import CommandSafety
import ConfigurationFiles
import Documents
import Model

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Judge a command without running it: allow, ask or deny, why, and what it would do.",
        discussion: "Nothing is run and no host is reached. Ends with 0 for allow, 5 for ask, 4 for deny.")

    enum Purpose: String, ExpressibleByArgument, CaseIterable {
        case command, `guard`, rollback
        var purpose: CommandPurpose {
            switch self {
            case .command: .command
            case .guard: .guardCheck
            case .rollback: .rollback
            }
        }
    }

    @ArgumentParser.Argument(help: "The command, as one word.") var command: String?
    @Option(help: "A file with one JSON object a line, each with an id and a command; - for standard input.") var batch: String?
    @Option(help: "What the command is for: command, guard or rollback; a guard must only look.") var purpose = Purpose.command
    @Option(help: "The account that Muster logs in with; that of --host without it.") var user: String?
    @Option(help: "The host's name: its forbidden_commands count, and rules that name it.") var host: String?
    @Flag(help: "Print one JSON object.") var json = false
    @OptionGroup var common: CommonOptions

    static let batchLimit = 512 << 20

    func validate() throws {
        if command == nil, batch == nil { throw ValidationError("write the command as one word: muster check 'rm -rf /srv/old' — or name a file with --batch") }
        if command != nil, batch != nil { throw ValidationError("write a command or --batch, not both") }
    }

    mutating func run() throws {
        let console = Console()
        if common.environment[RemoteAddress.variable]?.isEmpty == false {
            console.error("judged by the policy of this machine's files, not by the coordinator's")
        }
        let settings = try common.settings(console)
        let known = host.flatMap { settings.inventory[HostName($0)] }
        if let host, known == nil, !settings.inventory.hosts.isEmpty { console.error("no inventory has the host '\(DisplayText.escaped(host))': judged by its name alone") }
        let policy = settings.policy.forbidding(known?.forbiddenCommands ?? [])
        let context = CommandContext(purpose: purpose.purpose, loginUser: user ?? known?.user ?? common.environment["USER"] ?? "root", host: host)
        let guardian = CommandGuard(policy: policy)
        if let batch { return try check(batch, guardian, context, console) }
        let account = guardian.explain(command ?? "", context: context)
        if json { console.line(JSONText.encode(CheckDocument(account))) } else { for line in CheckText(account: account, policy: policy).lines { console.line(line) } }
        switch account.verdict.decision {
        case .allow: return
        case .ask: throw ExitStatus.waitsForPerson.exitCode
        case .deny: throw ExitStatus.refusedByPolicy.exitCode
        }
    }

    private func check(_ file: String, _ guardian: CommandGuard, _ context: CommandContext, _ console: Console) throws {
        let name = file == "-" ? "standard input" : file
        let bytes: [UInt8]
        switch file == "-" ? FileReader.readStandardInput(limit: Self.batchLimit) : FileReader.read(file, limit: Self.batchLimit) {
        case .content(let content): bytes = content
        case .missing:
            console.error("muster: --batch: there is no file \(DisplayText.escaped(file)) — check the path")
            throw ExitStatus.usage.exitCode
        case .failed(let reason):
            console.error("muster: --batch: \(DisplayText.escaped(name)) can't be read: \(reason)")
            throw ExitStatus.usage.exitCode
        }
        var isGood = true
        for (number, line) in CheckBatch.lines(bytes) {
            switch line {
            case .success(let line): console.line(JSONText.encode(CheckDocument(guardian.judge(line.command, context: context), id: line.id)))
            case .failure(let problem):
                isGood = false
                console.error("\(DisplayText.escaped(name)):\(number): \(problem) — write {\"id\": …, \"command\": \"…\"} on one line")
            }
        }
        if !isGood { throw ExitStatus.usage.exitCode }
    }
}

/// Lines of a batch with their numbers; empty ones are passed over.
struct CheckBatch {
    struct Problem: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    static func lines(_ bytes: [UInt8]) -> [(number: Int, line: Result<CheckLine, Problem>)] {
        var lines: [(Int, Result<CheckLine, Problem>)] = []
        for (index, slice) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            if slice.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\t") }) { continue }
            lines.append((index + 1, read(slice)))
        }
        return lines
    }

    private static func read(_ slice: ArraySlice<UInt8>) -> Result<CheckLine, Problem> {
        do { return .success(try JSONDecoder().decode(CheckLine.self, from: Data(slice))) } catch DecodingError.keyNotFound(let key, _) {
            return .failure(Problem(description: "it has no \"\(key.stringValue)\""))
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            let place = context.codingPath.map(\.stringValue).joined(separator: ".")
            return .failure(Problem(description: place.isEmpty ? "it is no object" : "its \"\(place)\" is of the wrong kind"))
        } catch { return .failure(Problem(description: "it can't be read as JSON")) }
    }
}
