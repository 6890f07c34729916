import CommandSafety
import Coordinator
import Model
import Muster
import Threads

/// Shows a run as it goes.
protocol ProgressView: Sendable {
    func show(_ event: RunEvent)
    /// The terminal has another size.
    func resized()
    /// Nothing more will come.
    func finish()
}

/// Plain lines: for pipes, files and logs.
struct PlainProgress: ProgressView {
    let console: Console

    func show(_ event: RunEvent) {
        switch event {
        case .jobSettled(let job, let title, let result):
            let status = OutcomeText.status(result.outcome)
            let detail = result.outcome == .skipped ? "nothing to do" : OutcomeText.seconds(result.duration)
            console.line("\(job.host)  \(job.step)/\(job.subtask)  \(DisplayText.escaped(title)): \(status) (\(detail))")
            if let reason = OutcomeText.reason(result.outcome) {
                console.line("\(job.host)    \(reason)")
                for line in OutcomeText.tail(result) { console.line("\(job.host)    | \(line)") }
            }
        case .attemptClosed(let job, _, let result):
            console.line("\(job.host)  \(job.step)/\(job.subtask)  attempt \(result.attempt) \(OutcomeText.status(result.outcome)): \(OutcomeText.reason(result.outcome) ?? "") — tried again")
        case .jobInDoubt(let job, _, let doubt):
            console.line("\(job.host)  \(job.step)/\(job.subtask)  in doubt: \(DisplayText.escaped(doubt.reason)) — the host is asked again")
        case .jobUndecided(let job, _, let doubt):
            console.line("\(job.host)  \(job.step)/\(job.subtask)  undecided: \(DisplayText.escaped(doubt.reason)) — a person has to tell")
        case .jobReturned(let job, let reason): console.line("\(job.host)  \(job.step)/\(job.subtask)  handed out again: \(DisplayText.escaped(reason))")
        case .stepNotRun(let host, let step, let reason): console.line("\(host)  \(step)  \(reason)")
        case .workerLeft(let name, let reason, let remaining):
            console.line("worker \(name) left: \(DisplayText.escaped(reason))")
            if remaining == 0 { console.line("no worker is left: the run waits for one") }
        // The one in this process is nobody's news.
        case .workerJoined(let name): if name != Engine.embeddedWorker { console.line("worker \(name) joined") }
        case .stopping, .cancelling, .jobAssigned, .jobStarted, .output, .finished: break
        }
    }

    func resized() {}
    func finish() {}
}

/// NDJSON.
struct JSONProgress: ProgressView {
    let console: Console
    let json: EventJSON

    func show(_ event: RunEvent) {
        for line in json.lines(event) { console.line(line) }
    }

    func resized() {}
    func finish() {}
}

/// A line per host that is redrawn in place; failed and slow hosts first when there are more hosts than rows.
final class LiveProgress: ProgressView {
    private struct HostLine {
        var name: HostName
        var total: Int
        var done = 0
        var changed = 0
        var text = "waiting"
        var lastOutput = ""
        var since = MonotonicTime.now
        var isRunning = false
        var isFailed = false
    }

    private struct Screen {
        var hosts: [HostName: HostLine] = [:]
        var order: [HostName] = []
        var drawn = 0
        var lastDraw: Duration = .zero
        var note = ""
        var isFinished = false
    }

    private let console: Console
    private let screen: Lock<Screen>

    /// - Parameter before: what was done before this process took the run up; nil for a run that begins.
    init(console: Console, plan: CompiledPlan, before: RunReport? = nil) {
        self.console = console
        var state = Screen()
        for variant in plan.variants {
            for host in variant.hosts {
                let total = variant.steps.reduce(0) { $0 + ($1.hosts.contains(host) ? $1.subtasks.count : 0) }
                state.hosts[host] = HostLine(name: host, total: total)
                state.order.append(host)
            }
        }
        for report in before?.hosts ?? [] {
            state.hosts[report.host]?.changed = report.changed
            state.hosts[report.host]?.done = report.subtasks.count { $0.result?.outcome.isSuccess == true }
            if report.status == .done { state.hosts[report.host]?.text = "done" }
            if report.status == .failed {
                state.hosts[report.host]?.isFailed = true
                state.hosts[report.host]?.text = "failed before"
            }
        }
        screen = Lock(state)
        draw(force: true)
    }

    func show(_ event: RunEvent) {
        screen.withLock { state in
            switch event {
            case .jobAssigned(let job, let title, _):
                state.hosts[job.host]?.text = title
                state.hosts[job.host]?.since = MonotonicTime.now
                state.hosts[job.host]?.isRunning = true
                state.hosts[job.host]?.lastOutput = ""
            case .output(let job, _, let bytes):
                let lines = DisplayText.escapedLines(String(decoding: bytes, as: UTF8.self)).split(separator: "\n")
                if let last = lines.last(where: { !$0.allSatisfy(\.isWhitespace) }) { state.hosts[job.host]?.lastOutput = String(last.prefix(200)) }
            case .jobSettled(let job, let title, let result):
                state.hosts[job.host]?.done += 1
                if result.outcome == .changed { state.hosts[job.host]?.changed += 1 }
                state.hosts[job.host]?.isRunning = false
                if !result.outcome.isSuccess {
                    state.hosts[job.host]?.isFailed = true
                    state.hosts[job.host]?.text = "\(title): \(OutcomeText.reason(result.outcome) ?? "failed")"
                } else if let host = state.hosts[job.host], host.done == host.total {
                    state.hosts[job.host]?.text = "done"
                }
            case .workerLeft(let name, let reason, let remaining):
                state.note = "worker \(name) left: \(reason)" + (remaining == 0 ? "; the run waits for a worker" : "")
            case .jobReturned(let job, let reason): state.hosts[job.host]?.text = "handed out again: \(reason)"
            case .attemptClosed(let job, let title, _): state.hosts[job.host]?.text = "\(title): tried again"
            case .jobInDoubt(let job, _, let doubt): state.hosts[job.host]?.text = "in doubt, asking again: \(doubt.reason)"
            case .jobUndecided(let job, _, let doubt):
                state.hosts[job.host]?.isRunning = false
                state.hosts[job.host]?.isFailed = true
                state.hosts[job.host]?.text = "undecided: \(doubt.reason)"
            case .cancelling(let running): state.note = running.isEmpty ? "cancelling" : "cancelling; ending commands on \(PlanText.list(running.map(\.host)))"
            case .stopping(let running): state.note = running.isEmpty ? "stopping" : "stopping; waiting for \(PlanText.list(running.map(\.host)))"
            case .stepNotRun, .jobStarted, .workerJoined, .finished: break
            }
        }
        draw(force: false)
    }

    func resized() { draw(force: true) }

    /// Time goes on even when nothing happens.
    func tick() { draw(force: true) }

    func finish() {
        draw(force: true)
        screen.withLock { $0.isFinished = true }
    }

    private func draw(force: Bool) {
        let text = screen.withLock { state -> String? in
            let now = MonotonicTime.now
            // Ten pictures a second are more than an eye needs.
            guard !state.isFinished, force || now - state.lastDraw > .milliseconds(100) else { return nil }
            state.lastDraw = now
            let (columns, rows) = console.size
            var lines = Self.lines(state, now: now, columns: columns, rows: rows - 1)
            if !state.note.isEmpty { lines.append(String(DisplayText.escaped(state.note).prefix(columns - 1))) }
            // Back over the last picture, then clear what is below.
            let back = state.drawn > 0 ? "\u{1b}[\(state.drawn)A" : ""
            state.drawn = lines.count
            return back + lines.map { "\r\u{1b}[2K\($0)\n" }.joined() + "\u{1b}[J"
        }
        if let text { console.write(text) }
    }

    private static func lines(_ state: Screen, now: Duration, columns: Int, rows: Int) -> [String] {
        let width = state.order.map(\.value.count).max() ?? 0
        var shown = state.order.compactMap { state.hosts[$0] }
        var hidden: [HostLine] = []
        if shown.count > rows - 1 {
            shown.sort { left, right in
                if left.isFailed != right.isFailed { return left.isFailed }
                if left.isRunning != right.isRunning { return left.isRunning }
                return left.since < right.since
            }
            hidden = Array(shown[max(1, rows - 2)...])
            shown = Array(shown.prefix(max(1, rows - 2)))
        }
        var lines = shown.map { host in
            let mark = host.isFailed ? "✗" : host.done == host.total ? "✓" : host.isRunning ? "›" : "·"
            let time = host.isRunning ? "  \((now - host.since).components.seconds) s" : ""
            let output = host.isRunning && !host.lastOutput.isEmpty ? "  | \(host.lastOutput)" : ""
            return String("\(mark) \(host.name.value.rightPadded(to: width))  \(host.done)/\(host.total)  \(DisplayText.escaped(host.text))\(time)\(output)".prefix(columns - 1))
        }
        if !hidden.isEmpty {
            let done = hidden.count { $0.done == $0.total }
            lines.append("  … and \(hidden.count) more hosts, \(done) of them done")
        }
        return lines
    }
}
