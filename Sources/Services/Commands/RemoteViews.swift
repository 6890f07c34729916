import CommandSafety
import Documents
import Model

/// `muster status` and `muster logs` with a running coordinator.
struct RemoteViews: Sendable {
    let remote: RemoteCoordinator
    let console: Console

    func status(_ name: String?, _ pattern: HostPattern?, watch: Bool, json: Bool) async throws {
        var run: RunDocument = try await remote.get("/v1/runs/\(name ?? "latest")")
        var shown = StatusView(console: console, pattern: pattern, isWatch: watch, isJSON: json)
        try shown.show(run)
        if watch, run.summary.condition == "running" {
            let events = RemoteEvents(remote: remote, run: run.summary.run, console: console)
            run = try await events.follow(after: nil) { item in
                switch item {
                case .event(let event):
                    // What changes nothing that is shown is not worth a question.
                    guard !["output", "started", "host", "summary"].contains(event.event) else { return }
                    try shown.show(try await remote.get("/v1/runs/\(event.run)"))
                case .snapshot(let run): try shown.show(run)
                case .end: break
                }
            }
            try shown.show(run)
        }
        if let status = ExitStatus(run), status != .done { throw status.exitCode }
    }

    func logs(_ name: String, _ host: String?, follow: Bool) async throws {
        let run: RunDocument = try await remote.get("/v1/runs/\(name)")
        let names = run.hosts.map(\.host)
        if let host, !names.contains(host) {
            console.error("muster: run \(run.summary.run) has no host '\(host)'; it has \(NameList.text(names))")
            throw ExitStatus.usage.exitCode
        }
        let wanted = host.map { [$0] } ?? names
        var printer = RemoteLog(remote: remote, console: console, run: run)
        for host in wanted { try await printer.print(host) }
        guard follow, run.summary.condition == "running" else { return }
        let events = RemoteEvents(remote: remote, run: run.summary.run, console: console)
        _ = try await events.follow(after: nil) { item in
            switch item {
            case .event(let event): if let host = event.host, wanted.contains(host), ["output", "finished"].contains(event.event) { try await printer.print(host) }
            case .snapshot, .end: for host in wanted { try await printer.print(host) }
            }
        }
    }
}

/// Output as it is kept at the coordinator, each host from where it was read to.
private struct RemoteLog {
    let remote: RemoteCoordinator
    let run: String
    private var places: [String: String] = [:]
    private var positions: [String: Int] = [:]
    private var lines: LogLines

    init(remote: RemoteCoordinator, console: Console, run: RunDocument) {
        self.remote = remote
        self.run = run.summary.run
        lines = LogLines(console: console)
        learn(run)
    }

    private mutating func learn(_ run: RunDocument) {
        for host in run.hosts {
            for subtask in host.subtasks { if let job = subtask.job { places[job] = "\(subtask.step)/\(subtask.subtask)" } }
        }
    }

    mutating func print(_ host: String) async throws {
        while true {
            let output: OutputDocument = try await remote.get("/v1/runs/\(run)/hosts/\(host)/output", [("position", "\(positions[host] ?? 0)")])
            if output.frames.contains(where: { places[$0.job] == nil }) { learn(try await remote.get("/v1/runs/\(run)")) }
            for frame in output.frames {
                lines.print(host, places[frame.job] ?? frame.job, attempt: frame.attempt, isError: frame.stream == "stderr", Array(frame.bytes))
            }
            if output.isLimitReached { lines.limitReached(host) }
            positions[host] = output.position
            guard output.hasMore else { return }
        }
    }
}
