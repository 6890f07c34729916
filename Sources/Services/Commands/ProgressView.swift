import CommandSafety
import Documents
import Muster
import Threads

/// Shows a run as it goes.
protocol ProgressView: Sendable {
    func show(_ event: EventDocument)
    /// What came before was not shown: the hosts are like this now.
    func restart(_ hosts: [HostDocument])
    /// The terminal has another size.
    func resized()
    /// Nothing more will come.
    func finish()
}

extension EventDocument {
    /// `step/subtask`, for people.
    var place: String { "\(step ?? "?")/\(subtask ?? "?")" }
}

/// Plain lines: for pipes, files and logs.
final class PlainProgress: ProgressView {
    private let console: Console
    /// What was told, so that a view that begins anew tells the rest.
    private let told = Lock<Set<String>>([])

    init(console: Console) { self.console = console }

    private func isNew(_ host: String, _ place: String) -> Bool { told.withLock { $0.insert("\(host) \(place)").inserted } }

    func show(_ event: EventDocument) {
        let host = event.host ?? "?", reason = event.reason ?? ""
        switch event.event {
        case "finished":
            guard isNew(host, event.place) else { return }
            let status = event.status ?? "?"
            // Tenths are shown, and not rounded up.
            let seconds = Int((event.seconds ?? 0) * 1000) / 100
            let detail = status == "skipped" ? "nothing to do" : "\(seconds / 10).\(seconds % 10) s"
            console.line("\(host)  \(event.place)  \(DisplayText.escaped(event.title ?? "")): \(status) (\(detail))")
            guard let reason = event.reason else { return }
            console.line("\(host)    \(reason)")
            for line in OutcomeText.tail(standardOutput: event.stdout ?? "", standardError: event.stderr ?? "") { console.line("\(host)    | \(line)") }
        case "attempt_closed": console.line("\(host)  \(event.place)  attempt \(event.attempt ?? 0) \(event.status ?? "?"): \(reason) — tried again")
        case "in_doubt": console.line("\(host)  \(event.place)  in doubt: \(reason) — the host is asked again")
        case "undecided": console.line("\(host)  \(event.place)  undecided: \(reason) — a person has to tell")
        case "handed_out_again": console.line("\(host)  \(event.place)  handed out again: \(reason)")
        case "not_run": console.line("\(host)  \(event.step ?? "?")  \(reason)")
        case "worker_left":
            console.line("worker \(event.worker ?? "?") left: \(reason)")
            if event.remaining == 0 { console.line("no worker is left: the run waits for one") }
        // The one in this process is nobody's news.
        case "worker_joined": if let worker = event.worker, worker != Engine.embeddedWorker { console.line("worker \(worker) joined") }
        default: break
        }
    }

    func restart(_ hosts: [HostDocument]) {
        for host in hosts {
            for subtask in host.subtasks where !["open", "waits", "not run"].contains(subtask.status) && isNew(host.host, "\(subtask.step)/\(subtask.subtask)") {
                console.line("\(host.host)  \(subtask.step)/\(subtask.subtask)  \(DisplayText.escaped(subtask.title)): \(subtask.status)")
                if let reason = subtask.reason { console.line("\(host.host)    \(reason)") }
                for line in subtask.tail { console.line("\(host.host)    | \(line)") }
            }
        }
    }
    func resized() {}
    func finish() {}
}

/// NDJSON.
struct JSONProgress: ProgressView {
    let console: Console

    func show(_ event: EventDocument) { console.line(JSONText.encode(event)) }

    func restart(_ hosts: [HostDocument]) {}
    func resized() {}
    func finish() {}
}

/// A line per host that is redrawn in place; failed and slow hosts first when there are more hosts than rows.
final class LiveProgress: ProgressView {
    private struct HostLine {
        var name: String
        var total: Int
        /// Subtasks that are through: an event that comes twice counts once.
        var places: Set<String> = []
        var done: Int { places.count }
        var changed = 0
        var text = "waiting"
        var lastOutput = ""
        var since = MonotonicTime.now
        var isRunning = false
        var isFailed = false

        mutating func take(_ event: EventDocument) {
            let title = event.title ?? "", reason = event.reason ?? ""
            switch event.event {
            case "assigned":
                text = title
                since = MonotonicTime.now
                isRunning = true
                lastOutput = ""
            case "output":
                let lines = DisplayText.escapedLines(event.text ?? "").split(separator: "\n")
                if let last = lines.last(where: { !$0.allSatisfy(\.isWhitespace) }) { lastOutput = String(last.prefix(200)) }
            case "finished":
                if places.insert(event.place).inserted, event.status == "changed" { changed += 1 }
                isRunning = false
                if event.status != "changed", event.status != "skipped" {
                    isFailed = true
                    text = "\(title): \(event.reason ?? "failed")"
                } else if done == total {
                    text = "done"
                }
            case "handed_out_again": text = "handed out again: \(reason)"
            case "attempt_closed": text = "\(title): tried again"
            case "in_doubt": text = "in doubt, asking again: \(reason)"
            case "undecided":
                isRunning = false
                isFailed = true
                text = "undecided: \(reason)"
            default: break
            }
        }
    }

    private struct Screen {
        var hosts: [String: HostLine] = [:]
        var order: [String] = []
        var drawn = 0
        var lastDraw: Duration = .zero
        var note = ""
        var isFinished = false

        mutating func take(_ before: [HostDocument]) {
            for report in before {
                guard var line = hosts[report.host] else { continue }
                line.changed = report.changed
                line.places = Set(report.subtasks.filter { $0.status == "changed" || $0.status == "skipped" }.map { "\($0.step)/\($0.subtask)" })
                if report.status == "done" { line.text = "done" }
                if report.status == "failed" {
                    line.isFailed = true
                    line.text = "failed before"
                }
                hosts[report.host] = line
            }
        }
    }

    private let console: Console
    private let screen: Lock<Screen>

    /// - Parameters:
    ///   - hosts: with how many subtasks each has.
    ///   - before: what was done before the run is watched; empty for a run that begins.
    init(console: Console, hosts: [(name: String, subtasks: Int)], before: [HostDocument] = []) {
        self.console = console
        var state = Screen()
        for host in hosts {
            state.hosts[host.name] = HostLine(name: host.name, total: host.subtasks)
            state.order.append(host.name)
        }
        state.take(before)
        screen = Lock(state)
        draw(force: true)
    }

    func show(_ event: EventDocument) {
        screen.withLock { state in
            if let host = event.host, var line = state.hosts[host] {
                line.take(event)
                state.hosts[host] = line
            }
            switch event.event {
            case "worker_left":
                state.note = "worker \(event.worker ?? "?") left: \(event.reason ?? "")" + (event.remaining == 0 ? "; the run waits for a worker" : "")
            case "cancelling": state.note = "cancelling" + Self.suffix("; ending commands on ", event.hosts)
            case "stopping": state.note = "stopping" + Self.suffix("; waiting for ", event.hosts)
            default: break
            }
        }
        draw(force: false)
    }

    private static func suffix(_ text: String, _ hosts: [String]?) -> String { hosts.map { $0.isEmpty ? "" : text + NameList.text($0) } ?? "" }

    func restart(_ hosts: [HostDocument]) {
        screen.withLock { $0.take(hosts) }
        draw(force: true)
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
        let width = state.order.map(\.count).max() ?? 0
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
            return String("\(mark) \(host.name.rightPadded(to: width))  \(host.done)/\(host.total)  \(DisplayText.escaped(host.text))\(time)\(output)".prefix(columns - 1))
        }
        if !hidden.isEmpty {
            let done = hidden.count { $0.done == $0.total }
            lines.append("  … and \(hidden.count) more hosts, \(done) of them done")
        }
        return lines
    }
}
