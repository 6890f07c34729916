import ArgumentParser
import CommandSafety
import Model
import Orchestration
import RunStore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "runs", abstract: "List the runs that are kept, the newest first.")

    @Option(help: "At most so many.") var limit = 20
    @Flag(help: "Only runs that are not finished.") var open = false
    @Flag(help: "Print one JSON object a line.") var json = false
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        let console = Console()
        let state = stateOptions.directory(common.environment)
        do {
            var shown = 0
            for run in try state.runs().reversed() where shown < max(1, limit) {
                let entry = await RunCatalogue(state: state).entry(run)
                if open, !entry.isUnfinished { continue }
                shown += 1
                console.line(json ? RunLine(entry: entry).json : RunLine(entry: entry).text)
            }
            if shown == 0, !json { console.error("there are no runs in \(state.path)") }
        } catch {
            console.error("muster: \(error)")
            throw ExitStatus.noJournal.exitCode
        }
    }
}

/// A run in one line.
struct RunLine {
    let entry: RunCatalogue.Entry

    /// One word, the same in lines and in JSON.
    var condition: String {
        switch entry.condition {
        case .running: "running"
        case .finished: hasFailures ? "failed" : "done"
        case .cancelled: "cancelled"
        case .paused: "paused"
        case .undecided: "undecided"
        case .abandoned: "interrupted"
        case .neverBegan: "never began"
        case .unreadable: "unreadable"
        }
    }

    private var hosts: [HostReport] { entry.history?.replay.machine?.report().hosts ?? [] }
    private var hasFailures: Bool { hosts.contains { $0.status != .done } }

    var text: String {
        guard let history = entry.history, let description = history.replay.description else {
            return "\(entry.run)  \(condition)" + (reason.map { ": \(DisplayText.escaped($0))" } ?? "")
        }
        let done = hosts.count { $0.status == .done }
        return "\(entry.run)  \(TimeText.utc(history.began))  \(condition.rightPadded(to: 11))  \(done)/\(hosts.count) hosts  \(DisplayText.escaped(description.task))"
    }

    /// Why nothing can be told of it.
    private var reason: String? {
        switch entry.condition {
        case .unreadable(let reason): reason
        case .neverBegan: "its process ended before anything was asked of a host"
        case .running(let owner): "in \(owner), which has written nothing yet"
        case .finished, .cancelled, .paused, .undecided, .abandoned: nil
        }
    }

    private struct Line: Encodable {
        var run: String
        var condition: String
        var task: String?
        var began: String?
        var changed: String?
        var hosts: Int
        var done: Int
        var owner: String?
        var reason: String?
    }

    var json: String {
        var line = Line(run: entry.run.value, condition: condition, hosts: hosts.count, done: hosts.count { $0.status == .done })
        line.task = entry.history?.replay.description?.task
        line.began = entry.history.map { TimeText.utc($0.began) }
        line.changed = entry.history.map { TimeText.utc($0.changed) }
        switch entry.condition {
        case .running(let owner): line.owner = owner
        case .unreadable(let reason): line.reason = reason
        case .finished, .cancelled, .paused, .undecided, .abandoned, .neverBegan: break
        }
        return JSONText.encode(line)
    }
}

/// Moments as people read them.
enum TimeText {
    /// ISO 8601 in UTC, to the second.
    static func utc(_ milliseconds: UInt64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds / 1000)).formatted(.iso8601)
    }
}

enum JSONText {
    static func encode(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        // Nothing that is printed can fail to encode; an empty object would still be a line of NDJSON.
        let data = (try? encoder.encode(value)) ?? Data("{}".utf8)
        return String(decoding: data, as: UTF8.self)
    }
}
