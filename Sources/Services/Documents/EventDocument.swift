import CommandSafety
package import Coordinator
package import Model

/// Something that happened in a run: a line of NDJSON, an event over HTTP, and what the terminal shows.
///
/// Titles and outputs are as they came and must be escaped where they are shown; reasons are escaped.
package struct EventDocument: Codable, Sendable, Equatable {
    /// `assigned`, `started`, `output`, `finished`, `attempt_closed`, `in_doubt`, `undecided`, `handed_out_again`, `not_run`, `stopping`,
    /// `cancelling`, `worker_joined`, `worker_left`, `unreachable`, `host`, `summary`.
    package var event: String
    package var run: String
    package var host: String?
    package var step: String?
    package var subtask: String?
    package var title: String?
    package var job: String?
    package var attempt: Int?
    package var epoch: Int?
    package var worker: String?
    package var status: String?
    package var reason: String?
    package var seconds: Double?
    package var stream: String?
    package var text: String?
    package var stdout: String?
    package var stderr: String?
    package var changed: Int?
    package var skipped: Int?
    package var failed: [String]?
    package var inDoubt: [String]?
    /// Workers that are left.
    package var remaining: Int?
    /// Where commands still run.
    package var hosts: [String]?

    enum CodingKeys: String, CodingKey {
        case event, run, host, step, subtask, title, job, attempt, epoch, worker, status, reason, seconds, stream, text, stdout, stderr, changed, skipped, failed
        case inDoubt = "in_doubt"
        case remaining, hosts
    }

    private init(_ event: String, _ run: RunID) {
        self.event = event
        self.run = run.value
    }

    private init(_ event: String, _ run: RunID, _ job: Job, _ title: String?) {
        self.init(event, run)
        host = job.host.value
        step = job.step.value
        subtask = job.subtask
        self.title = title
        self.job = job.id.value
        attempt = job.attempt
        epoch = job.epoch
    }

    /// A host that takes no part.
    package static func unreachable(_ run: RunID, _ host: HostName, _ reason: String) -> EventDocument {
        var document = EventDocument("unreachable", run)
        document.host = host.value
        document.reason = DisplayText.escaped(reason)
        return document
    }

    /// One for each event; a line for each host and one for all at the end.
    package static func all(_ run: RunID, _ event: RunEvent) -> [EventDocument] {
        if case .finished(let report) = event { return report.hosts.map { host(run, $0) } + [summary(run, report)] }
        return [EventDocument(run, event)]
    }

    private init(_ run: RunID, _ event: RunEvent) {
        switch event {
        case .workerJoined(let name):
            self.init("worker_joined", run)
            worker = name
        case .workerLeft(let name, let reason, let remaining):
            self.init("worker_left", run)
            worker = name
            self.reason = DisplayText.escaped(reason)
            self.remaining = remaining
        case .jobAssigned(let job, let title, let worker):
            self.init("assigned", run, job, title)
            self.worker = worker
        case .jobStarted(let job, let title): self.init("started", run, job, title)
        case .output(let job, let isError, let bytes):
            self.init("output", run, job, nil)
            stream = isError ? "stderr" : "stdout"
            text = String(decoding: bytes, as: UTF8.self)
        case .jobReturned(let job, let reason):
            self.init("handed_out_again", run, job, nil)
            self.reason = DisplayText.escaped(reason)
        case .jobSettled(let job, let title, let result):
            self.init("finished", run, job, title)
            take(result)
            let (seconds, attoseconds) = result.duration.components
            self.seconds = Double(seconds) + (Double(attoseconds) / 1e15).rounded() / 1e3
            if !result.outcome.isSuccess {
                stdout = String(decoding: result.standardOutput, as: UTF8.self)
                stderr = String(decoding: result.standardError, as: UTF8.self)
            }
        case .attemptClosed(let job, let title, let result):
            self.init("attempt_closed", run, job, title)
            attempt = result.attempt
            take(result)
        case .jobInDoubt(let job, let title, let doubt):
            self.init("in_doubt", run, job, title)
            reason = DisplayText.escaped(doubt.reason)
        case .jobUndecided(let job, let title, let doubt):
            self.init("undecided", run, job, title)
            reason = DisplayText.escaped(doubt.reason)
        case .stepNotRun(let host, let step, let reason):
            self.init("not_run", run)
            self.host = host.value
            self.step = step.value
            self.reason = reason.description
        case .stopping(let running):
            self.init("stopping", run)
            take(running)
        case .cancelling(let running):
            self.init("cancelling", run)
            take(running)
        case .finished: self.init("summary", run)
        }
    }

    private mutating func take(_ result: JobResult) {
        status = OutcomeText.status(result.outcome)
        reason = OutcomeText.reason(result.outcome)
    }

    private mutating func take(_ running: [Job]) {
        text = running.map { "\($0.host) \($0.step)/\($0.subtask)" }.joined(separator: ", ")
        hosts = running.map(\.host.value)
    }

    private static func host(_ run: RunID, _ report: HostReport) -> EventDocument {
        var document = EventDocument("host", run)
        document.host = report.host.value
        document.status = report.status.rawValue
        document.changed = report.changed
        document.skipped = report.skipped
        return document
    }

    private static func summary(_ run: RunID, _ report: RunReport) -> EventDocument {
        var document = EventDocument("summary", run)
        document.changed = report.hosts.reduce(0) { $0 + $1.changed }
        document.skipped = report.hosts.reduce(0) { $0 + $1.skipped }
        document.failed = report.failedHosts.map(\.value)
        document.inDoubt = report.inDoubtHosts.map(\.value)
        return document
    }
}
