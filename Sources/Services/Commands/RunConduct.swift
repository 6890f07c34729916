import ConfigurationFiles
import Coordinator
import Documents
import Glibc
import Logging
import Model
import Muster
import Observability
import RunStore
import Platform
import Threads

/// One run on the screen: its progress, Ctrl-C, what other processes ask of it, and its end. The same for a run that
/// begins and for one that is taken up again.
struct RunConduct: Sendable {
    let run: RunID
    let state: StateDirectory
    let journal: RunJournal
    let plan: CompiledPlan
    let excluded: [ExclusionDocument]
    /// What was done before this process took the run up; nil for a run that begins.
    let before: RunReport?
    let console: Console
    let logger: Logger
    let isJSON: Bool
    /// How often Ctrl-C was pressed.
    private let interrupts = Lock(0)

    init(
        run: RunID, state: StateDirectory, journal: RunJournal, plan: CompiledPlan, excluded: [ExclusionDocument], before: RunReport? = nil, console: Console,
        logger: Logger, isJSON: Bool
    ) {
        self.run = run
        self.state = state
        self.journal = journal
        self.plan = plan
        self.excluded = excluded
        self.before = before
        self.console = console
        self.logger = logger
        self.isJSON = isJSON
    }

    typealias Begin = @Sendable (@escaping @Sendable (RunEvent) -> Void) async throws(RunJournalError) -> RunRest

    func carry(_ engine: Engine, _ limits: JournalSettings, _ begin: @escaping Begin) async throws -> ExitStatus {
        if !isJSON { console.error("run \(run)") }
        let rest: RunRest
        do { rest = try await watch(engine, begin) } catch let error as RunJournalError {
            console.error("muster: \(error)")
            console.error("  commands that run go on at their hosts, and nothing is lost; when this is mended:")
            console.error("  muster resume \(run)    goes on")
            throw ExitStatus.noJournal.exitCode
        }
        let status = finish(rest)
        if rest.state == .finished || rest.state == .cancelled { await forget(engine, rest) }
        try journal.close()
        await RunRetention(state: state, keepDays: limits.keepDays).prune { logger.info("run removed", metadata: ["run": "\($0)"]) }
        return status
    }

    // MARK: Watching

    private func watch(_ engine: Engine, _ begin: @escaping Begin) async throws -> RunRest {
        let view: any ProgressView
        if isJSON {
            view = JSONProgress(console: console)
        } else if console.isTerminal {
            view = LiveProgress(console: console, hosts: plan.subtaskCounts, before: (before?.hosts ?? []).map { HostDocument($0) })
        } else {
            view = PlainProgress(console: console)
        }
        let (stops, stop) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingOldest(4))
        listen(view, stop)
        let requests = RunRequests(runDirectory: journal.directory)
        try requests.prepare()
        let coordinator = engine.coordinator, run = run, console = console
        let watch = requests.watch()
        defer { watch?.close() }
        let rest = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in stops {
                    console.error("\nno new jobs are started; waiting for the running ones (Ctrl-C again leaves them running)")
                    await coordinator.pause(run)
                }
            }
            if let watch { group.addTask { await Self.serve(requests, watch, coordinator, run) } }
            if let live = view as? LiveProgress {
                group.addTask {
                    while (try? await ContinuousClock().sleep(for: .seconds(1))) != nil { live.tick() }
                }
            }
            let rest = try await begin { event in
                if case .stopping(let running) = event, !running.isEmpty {
                    console.error("running: " + running.map { "\($0.host) \($0.step)/\($0.subtask)" }.joined(separator: ", "))
                }
                for document in EventDocument.all(run, event) { view.show(document) }
            }
            group.cancelAll()
            return rest
        }
        view.finish()
        return rest
    }

    private func listen(_ view: any ProgressView, _ stop: AsyncStream<Void>.Continuation) {
        let interrupts = interrupts, console = console
        Signals.listen { number in
            if number == SIGWINCH {
                view.resized()
                return
            }
            let count = interrupts.withLock { count in
                count += 1
                return count
            }
            guard count > 1 else {
                stop.yield()
                return
            }
            console.error("\ndetached: commands that run go on at their hosts")
            exit(ExitStatus.interrupted.rawValue)
        }
    }

    /// What other processes ask of this run. A request is taken away when its consequences are in the journal.
    private static func serve(_ requests: RunRequests, _ watch: DirectoryWatch, _ coordinator: Coordinator, _ run: RunID) async {
        // What comes before the run is there would be lost.
        while !(await coordinator.carries(run)) {
            guard (try? await ContinuousClock().sleep(for: .milliseconds(50))) != nil else { return }
        }
        func take() async {
            for (name, request) in requests.waiting() {
                switch request {
                case .pause: await coordinator.pause(run)
                case .cancel: await coordinator.cancel(run)
                case .decide(let job, let decision): await coordinator.decide(run, job, decision)
                }
                await coordinator.settleWrites()
                requests.remove(name)
            }
        }
        await take()
        for await _ in watch.changes { await take() }
    }

    // MARK: The end

    private func finish(_ rest: RunRest) -> ExitStatus {
        let report = rest.report
        if !isJSON {
            for line in SummaryText(hosts: report.hosts.map { HostDocument($0) }, excluded: excluded).lines { console.line(line) }
        }
        switch rest.state {
        case .undecided:
            console.error("muster: what became of some commands is not known: look at the hosts, then tell it with")
            console.error("  muster decide \(run) HOST done|failed|again")
            console.error("  muster resume \(run)    asks the hosts once more, and goes on")
        case .paused:
            console.error("muster: the run is paused")
            console.error("  muster resume \(run)    goes on")
            console.error("  muster cancel \(run)    gives it up")
        case .finished, .cancelled: break
        }
        if interrupts.withLock({ $0 }) > 0 { return .interrupted }
        if rest.state == .undecided || !report.inDoubtHosts.isEmpty { return .inDoubt }
        if rest.state == .paused { return .waitsForPerson }
        if rest.state == .cancelled || !report.failedHosts.isEmpty || !excluded.isEmpty || report.hosts.contains(where: { $0.status == .stopped }) { return .hostFailed }
        return .done
    }

    /// The outcome is kept here: the hosts need to remember no longer.
    private func forget(_ engine: Engine, _ rest: RunRest) async {
        guard let last = rest.report.hosts.flatMap(\.subtasks).compactMap({ $0.result?.job }).max() else { return }
        do {
            let unfinished = try await RunCatalogue(state: state).unfinished()
            let low = try state.forgettable(upTo: last, of: run, unfinished: unfinished)
            try state.markOver(run)
            for problem in await engine.coordinator.forget(run, low: low, within: .seconds(5)) {
                logger.info("records stay on a host", metadata: [LogField.reason: "\(problem)"])
            }
        } catch { logger.warning("records stay on the hosts", metadata: [LogField.reason: "\(error)"]) }
    }
}

extension CompiledPlan {
    /// Each host with the number of its subtasks, in the order of the plan.
    var subtaskCounts: [(name: String, subtasks: Int)] {
        variants.flatMap { variant in
            variant.hosts.map { host in (host.value, variant.steps.reduce(0) { $0 + ($1.hosts.contains(host) ? $1.subtasks.count : 0) }) }
        }
    }
}
