import CommandSafety
import Documents
import Glibc
import Platform

/// `muster run` and `muster resume` with a running coordinator: the same plan, lines and exit codes. Ctrl-C leaves the view, not the run.
struct RemoteRun: Sendable {
    let remote: RemoteCoordinator
    let console: Console
    let isJSON: Bool

    func run(_ order: PlanOrder, isYes: Bool, approves: Set<String>) async throws -> ExitStatus {
        let plan: PlanDocument = try await remote.post("/v1/plans", order)
        let approval = PlanApproval(console: console, isYes: isYes, approves: approves)
        if !isJSON { approval.show(plan) }
        let typed: [ApprovalOrder]
        switch approval.answer(plan) {
        case .refused(let status):
            // Told all the same, so that the coordinator's audit has it; that it refuses is what is expected.
            do {
                _ = try await remote.post("/v1/runs", RunOrder(plan: plan.plan ?? "", declined: true)) as StartedDocument
            } catch let problem as ServiceProblem where problem.kind == .refusedByPolicy || problem.kind == .needsApproval {
            } catch { console.error("muster: the coordinator could not write down that the plan was refused: \(error)") }
            return status
        case .stop(let status): return status
        case .go(let approvals): typed = approvals
        }
        let started: StartedDocument = try await remote.post("/v1/runs", RunOrder(plan: plan.plan ?? "", approvals: typed, approve: approves.sorted()))
        let counts = plan.variants.flatMap { variant in
            variant.hosts.map { host in (name: host, subtasks: variant.steps.reduce(0) { $0 + ($1.hosts.contains(host) ? $1.subtasks.count : 0) }) }
        }
        return try await watch(started, hosts: counts, before: [])
    }

    func resume(_ name: String) async throws -> ExitStatus {
        let before: RunDocument = try await remote.get("/v1/runs/\(name)")
        let started: StartedDocument = try await remote.post("/v1/runs/\(before.summary.run)/resume", [String: String]())
        if !isJSON { console.error("resuming “\(DisplayText.escaped(before.summary.task ?? "?"))” on \(NameList.text(before.hosts.map(\.host)))") }
        return try await watch(started, hosts: before.hosts.map { ($0.host, $0.subtasks.count) }, before: before.hosts)
    }

    private func watch(_ started: StartedDocument, hosts: [(name: String, subtasks: Int)], before: [HostDocument]) async throws -> ExitStatus {
        let view: any ProgressView
        if isJSON {
            view = JSONProgress(console: console)
        } else if console.isTerminal {
            view = LiveProgress(console: console, hosts: hosts, before: before)
        } else {
            view = PlainProgress(console: console)
        }
        // Before its name is told: whoever has seen that may press Ctrl-C.
        listen(view, started.run)
        if !isJSON { console.error("run \(started.run)") }
        let events = RemoteEvents(remote: remote, run: started.run, console: console)
        let end = try await withThrowingTaskGroup(of: Void.self) { group in
            if let live = view as? LiveProgress {
                group.addTask {
                    while (try? await ContinuousClock().sleep(for: .seconds(1))) != nil { live.tick() }
                }
            }
            let end = try await events.follow(after: started.feed) { item in
                switch item {
                case .event(let event): view.show(event)
                case .snapshot(let run): view.restart(run.hosts)
                case .end: break
                }
            }
            group.cancelAll()
            return end
        }
        view.restart(end.hosts)
        view.finish()
        if !isJSON {
            for line in SummaryText(hosts: end.hosts, excluded: end.excluded).lines { console.line(line) }
        }
        return advise(end)
    }

    private func advise(_ run: RunDocument) -> ExitStatus {
        let status = ExitStatus(run) ?? .waitsForPerson
        switch run.summary.condition {
        case "undecided":
            console.error("muster: what became of some commands is not known: look at the hosts, then tell it with")
            console.error("  muster decide \(run.summary.run) HOST done|failed|again")
            console.error("  muster resume \(run.summary.run)    asks the hosts once more, and goes on")
        case "paused":
            console.error("muster: the run is paused")
            console.error("  muster resume \(run.summary.run)    goes on")
            console.error("  muster cancel \(run.summary.run)    gives it up")
        default: break
        }
        return status
    }

    private func listen(_ view: any ProgressView, _ run: String) {
        let console = console
        Signals.listen { number in
            if number == SIGWINCH { return view.resized() }
            console.error("\nthe run goes on at the coordinator")
            console.error("  muster status \(run) --watch    shows it again")
            console.error("  muster pause \(run)             lets its commands end and starts nothing new")
            exit(ExitStatus.interrupted.rawValue)
        }
    }
}
