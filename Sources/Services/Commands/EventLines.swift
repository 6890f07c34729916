import CommandSafety
import Coordinator
import Model

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Words for outcomes: the same on the terminal, in lines and in NDJSON.
enum OutcomeText {
    static func status(_ outcome: JobOutcome) -> String {
        switch outcome {
        case .skipped: "skipped"
        case .changed: "changed"
        case .failed: "failed"
        case .inDoubt: "in doubt"
        case .notStarted: "not started"
        }
    }

    /// The reason behind an outcome; nil where there is nothing to explain. Safe to show.
    static func reason(_ outcome: JobOutcome) -> String? {
        switch outcome {
        case .skipped, .changed: nil
        case .failed(let failure): DisplayText.escaped(failure.description)
        case .inDoubt(let doubt): DisplayText.escaped(doubt.reason)
        case .notStarted(let reason): DisplayText.escaped(reason)
        }
    }

    static func seconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        return "\(seconds).\(attoseconds / 100_000_000_000_000_000) s"
    }

    /// The last lines of a command's output, escaped.
    static func tail(_ result: JobResult, lines limit: Int = 5) -> [String] {
        let bytes = result.standardError.contains { $0 > 0x20 } ? result.standardError : result.standardOutput
        return DisplayText.escapedLines(String(decoding: bytes, as: UTF8.self)).split(separator: "\n").suffix(limit).map { String($0.prefix(300)) }
    }
}

/// Events as NDJSON: one object a line, nothing kept in memory.
struct EventJSON: Sendable {
    let run: RunID

    private struct Line: Encodable {
        var event: String
        var run: String
        var host: String?
        var step: String?
        var subtask: String?
        var title: String?
        var job: String?
        var attempt: Int?
        var epoch: Int?
        var worker: String?
        var status: String?
        var reason: String?
        var seconds: Double?
        var stream: String?
        var text: String?
        var stdout: String?
        var stderr: String?
        var changed: Int?
        var skipped: Int?
        var failed: [String]?
        var inDoubt: [String]?

        enum CodingKeys: String, CodingKey {
            case event, run, host, step, subtask, title, job, attempt, epoch, worker, status, reason, seconds, stream, text, stdout, stderr, changed, skipped, failed
            case inDoubt = "in_doubt"
        }
    }

    func lines(_ event: RunEvent) -> [String] {
        switch event {
        case .workerJoined(let name): return [encode(Line(event: "worker_joined", run: run.value, worker: name))]
        case .workerLeft(let name, let reason, _): return [encode(Line(event: "worker_left", run: run.value, worker: name, reason: reason))]
        case .jobAssigned(let job, let title, let worker):
            var line = line("assigned", job, title)
            line.worker = worker
            return [encode(line)]
        case .jobStarted(let job, let title): return [encode(line("started", job, title))]
        case .output(let job, let isError, let bytes):
            var line = line("output", job, nil)
            line.stream = isError ? "stderr" : "stdout"
            line.text = String(decoding: bytes, as: UTF8.self)
            return [encode(line)]
        case .jobReturned(let job, let reason):
            var line = line("handed_out_again", job, nil)
            line.reason = reason
            return [encode(line)]
        case .jobSettled(let job, let title, let result):
            var line = line("finished", job, title)
            line.status = OutcomeText.status(result.outcome)
            line.reason = OutcomeText.reason(result.outcome)
            let (seconds, attoseconds) = result.duration.components
            line.seconds = Double(seconds) + (Double(attoseconds) / 1e15).rounded() / 1e3
            if !result.outcome.isSuccess {
                line.stdout = String(decoding: result.standardOutput, as: UTF8.self)
                line.stderr = String(decoding: result.standardError, as: UTF8.self)
            }
            return [encode(line)]
        case .attemptClosed(let job, let title, let result):
            var line = line("attempt_closed", job, title)
            line.attempt = result.attempt
            line.status = OutcomeText.status(result.outcome)
            line.reason = OutcomeText.reason(result.outcome)
            return [encode(line)]
        case .jobInDoubt(let job, let title, let doubt), .jobUndecided(let job, let title, let doubt):
            var line = line("in_doubt", job, title)
            if case .jobUndecided = event { line.event = "undecided" }
            line.reason = DisplayText.escaped(doubt.reason)
            return [encode(line)]
        case .cancelling(let running):
            return [encode(Line(event: "cancelling", run: run.value, text: running.map { "\($0.host) \($0.step)/\($0.subtask)" }.joined(separator: ", ")))]
        case .stepNotRun(let host, let step, let reason):
            return [encode(Line(event: "not_run", run: run.value, host: host.value, step: step.value, reason: reason.description))]
        case .stopping(let running):
            return [encode(Line(event: "stopping", run: run.value, text: running.map { "\($0.host) \($0.step)/\($0.subtask)" }.joined(separator: ", ")))]
        case .finished(let report): return report.hosts.map(host) + [summary(report)]
        }
    }

    func unreachable(_ host: HostName, _ reason: String) -> String {
        encode(Line(event: "unreachable", run: run.value, host: host.value, reason: DisplayText.escaped(reason)))
    }

    private func line(_ event: String, _ job: Job, _ title: String?) -> Line {
        Line(
            event: event, run: run.value, host: job.host.value, step: job.step.value, subtask: job.subtask, title: title, job: job.id.value,
            attempt: job.attempt, epoch: job.epoch)
    }

    private func host(_ report: HostReport) -> String {
        encode(Line(event: "host", run: run.value, host: report.host.value, status: report.status.rawValue, changed: report.changed, skipped: report.skipped))
    }

    private func summary(_ report: RunReport) -> String {
        encode(
            Line(
                event: "summary", run: run.value, changed: report.hosts.reduce(0) { $0 + $1.changed }, skipped: report.hosts.reduce(0) { $0 + $1.skipped },
                failed: report.failedHosts.map(\.value), inDoubt: report.inDoubtHosts.map(\.value)))
    }

    private func encode(_ line: Line) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        // Nothing in a Line can fail to encode; an empty object would still be a line of NDJSON.
        let data = (try? encoder.encode(line)) ?? Data("{}".utf8)
        return String(decoding: data, as: UTF8.self)
    }
}
