import CommandSafety
package import ConfigurationFiles
package import Coordinator
import Cryptography
package import Documents
import Journal
package import Logging
package import Model
import Observability
import Orchestration
package import RunStore
import Threads

/// Runs as a long-running coordinator knows them: plans that wait to be started, runs that are carried out, runs that rest.
///
/// A run that rests (paused, undecided, over) is in its journal only; to go on with it is the same as after a restart.
package actor RunService {
    let coordinator: Coordinator
    let state: StateDirectory
    let software: String
    let logger: Logger
    private(set) var environment: Environment
    private var plans: [String: (plan: PreparedRun, madeAt: Duration)] = [:]
    private var order: [String] = []
    var active: [RunID: Active] = [:]
    /// Plans that were started, by identifier: a request that is repeated starts nothing twice.
    private var started: [String: RunID] = [:]
    private var isStopping = false
    /// Reasons to end: nothing can be written down any more.
    package nonisolated let failures: AsyncStream<String>
    let fail: AsyncStream<String>.Continuation
    private let work: AsyncStream<@Sendable () async -> Void>
    private let addWork: AsyncStream<@Sendable () async -> Void>.Continuation

    /// What configuration files say: replaced as a whole when they are read again.
    package struct Environment: Sendable {
        package var settings: Settings
        package var runbookDirectories: [String]
        /// May be missing.
        package var usualRunbooks: [String]

        package init(settings: Settings, runbookDirectories: [String], usualRunbooks: [String]) {
            self.settings = settings
            self.runbookDirectories = runbookDirectories
            self.usualRunbooks = usualRunbooks
        }
    }

    /// A run that is carried out here.
    struct Active {
        var journal: RunJournal
        var feed: EventFeed
    }

    /// Plans that wait to be started; the oldest is dropped.
    private static let planLimit = 100
    private static let planLifetime = Duration.seconds(3600)

    /// - Parameter software: the version of the program, for the descriptions of runs.
    package init(coordinator: Coordinator, state: StateDirectory, environment: Environment, software: String, logger: Logger) {
        self.coordinator = coordinator
        self.state = state
        self.environment = environment
        self.software = software
        self.logger = logger
        (failures, fail) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
        (work, addWork) = AsyncStream.makeStream()
    }

    /// Carries runs out until it is cancelled. What is unfinished then goes on when the next process takes it up.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for await item in work { group.addTask { await item() } }
        }
    }

    /// Nothing new is started any more; what is decided is in the journals when this returns.
    package func stop() async {
        isStopping = true
        await coordinator.settleWrites()
        for active in active.values { active.feed.end() }
        addWork.finish()
    }

    /// New plans are made with these; runs that are under way keep theirs.
    package func replace(_ environment: Environment) { self.environment = environment }

    // MARK: Hosts and plans

    package func hosts(_ pattern: String?) async throws(ServiceProblem) -> [HostFactsDocument] {
        let wanted = try select(pattern)
        let results = await coordinator.probe(wanted)
        return wanted.map { HostFactsDocument($0.name, results[$0.name]) }
    }

    private func select(_ pattern: String?) throws(ServiceProblem) -> [Host] {
        let inventory = environment.settings.inventory
        guard !inventory.hosts.isEmpty else {
            throw ServiceProblem(.invalid, "no hosts are configured", at: "inventory", remedy: "put an inventory beside the coordinator's configuration and reload it")
        }
        do throws(HostPatternError) { return try inventory.select(HostPattern(pattern ?? "all")) } catch {
            throw ServiceProblem(.invalid, "\(error)", at: "hosts")
        }
    }

    /// Makes a plan: hosts are only looked at.
    package func plan(_ request: PlanOrder) async throws(ServiceProblem) -> PlanDocument {
        let wanted = try select(request.hosts)
        let preparation: Preparation, prepared: PreparedRun
        do throws(PreparationError) {
            preparation = try Preparation(
                task: request.task, overrides: request.set ?? [:], settings: environment.settings, runbookDirectories: environment.runbookDirectories,
                usualDirectories: environment.usualRunbooks)
            prepared = try preparation.plan(wanted, await coordinator.probe(wanted))
        } catch { throw ServiceProblem(error) }
        let identifier = Digest.hexadecimal(SecureRandom.bytes(16))
        keep(prepared, identifier)
        return PlanDocument(prepared, plan: identifier)
    }

    private func keep(_ plan: PreparedRun, _ identifier: String) {
        let now = MonotonicTime.now
        plans[identifier] = (plan, now)
        order.append(identifier)
        while let first = order.first, order.count > Self.planLimit || (plans[first].map { $0.madeAt + Self.planLifetime < now } ?? true) {
            order.removeFirst()
            plans[first] = nil
            started[first] = nil
        }
    }

    // MARK: Starting

    /// Starts a plan. Asked again for the same plan it names the run that it has become.
    ///
    /// - Parameter user: who asks: the approvals carry the name.
    package func start(_ order: RunOrder, user: String) async throws(ServiceProblem) -> (run: RunID, feed: String) {
        let identifier = order.plan
        if let run = started[identifier] { return (run, active[run].map { "\($0.feed.generation)-0" } ?? "") }
        try checkStopping()
        guard let plan = plans[identifier]?.plan else {
            throw ServiceProblem(.notFound, "there is no plan '\(identifier)'", at: "plan", remedy: "make it anew: plans are kept for an hour, and not over a restart")
        }
        let yeses = try order.yeses()
        let (approvals, open) = plan.review.approve(
            typed: yeses.typed, option: yeses.classes, policy: environment.settings.policy.approves, user: user, now: WallClock.milliseconds)
        // A no counts even if the policy has come to approve it meanwhile.
        if order.declined == true { throw try await refuse(plan, plan.review.asked, user) }
        if !plan.review.denied.isEmpty || !open.isEmpty { throw try await refuse(plan, open, user) }
        guard !plan.isDryRun else { throw ServiceProblem(.dryRun, "dry_run_mode is on: nothing was executed", at: "agents.executor.dry_run_mode") }
        let run: RunID, journal: RunJournal, name: String
        let limits = environment.settings.journal
        do {
            try RunJournal.checkSpace(at: state.path, floor: UInt64(limits.freeSpaceFloor) << 20)
            run = try newRun()
            name = try state.coordinatorName()
            journal = try RunJournal(directory: state.directory(of: run), outputLimit: limits.outputLimit << 20)
        } catch { throw ServiceProblem(.noJournal, "\(error)") }
        // The plan stays for its hour: asked once more, it is the same run.
        started[identifier] = run
        var description = RunDescription(
            run: run, task: plan.task, title: plan.title, origin: plan.origin, coordinator: name, software: software, hosts: plan.hosts, facts: plan.facts,
            excluded: plan.excluded.map { RunDescription.Exclusion(host: $0.0, reason: $0.1) }, approvals: approvals)
        description.user = user
        let begun = description
        let feed = EventFeed()
        feed.append(plan.excluded.map { EventDocument.unreachable(run, $0.0, $0.1) })
        carry(run, journal, feed) { coordinator, observer throws(RunJournalError) in
            try await coordinator.execute(plan.plan, begun, journal: journal, observer: observer)
        }
        return (run, "\(feed.generation)-0")
    }

    /// Writes down what was not let through, and says it.
    private func refuse(_ plan: PreparedRun, _ open: [PlanReview.Objection], _ user: String) async throws(ServiceProblem) -> ServiceProblem {
        do {
            var description = RunDescription(
                run: try newRun(), task: plan.task, title: plan.title, origin: plan.origin, coordinator: try state.coordinatorName(), software: software, hosts: plan.hosts)
            description.user = user
            description.refusals = plan.review.refusals(open: open)
            try await RunJournal.keepRefusal(description, in: state)
        } catch { throw ServiceProblem(.noJournal, "\(error)") }
        guard plan.review.denied.isEmpty else { return ServiceProblem(.refusedByPolicy, "the plan has commands that are forbidden; nothing was executed", at: "plan") }
        return ServiceProblem(
            .needsApproval, "\(open.count) command\(open.count == 1 ? "" : "s") of the plan need\(open.count == 1 ? "s" : "") a person's approval; nothing was executed", at: "approvals",
            remedy: "name each with its digest as the plan tells it, or its class in 'approve'", details: open.map { "\($0.step)/\($0.subtask), \($0.part): \($0.refusal)" })
    }

    private func newRun() throws(StateDirectory.Problem) -> RunID {
        try state.newRun(milliseconds: WallClock.milliseconds, random: SecureRandom.bytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    /// Checks the chains of hashes of all runs, and of those that were removed.
    package func checkAudit() async -> AuditCheckDocument { await AuditCheckDocument(state) }

    func checkStopping() throws(ServiceProblem) {
        if isStopping { throw ServiceProblem(.unavailable, "the coordinator is about to end", remedy: "try again when it is back") }
    }

    /// Goes on with a run of which nobody has the journal.
    package func resume(_ run: RunID, cancelling: Bool = false) async throws(ServiceProblem) -> String {
        try checkStopping()
        if let active = active[run] {
            throw ServiceProblem(.conflict, "run \(run) is carried out already", at: "run", remedy: "look at it: its feed is \(active.feed.generation)")
        }
        let journal: RunJournal, replay: RunReplay
        do throws(RunJournalError) {
            journal = try RunJournal(directory: state.directory(of: run), outputLimit: environment.settings.journal.outputLimit << 20)
            replay = try await journal.replay(run)
        } catch {
            if case .journal(.owned(_, let owner)) = error { throw ServiceProblem(.conflict, "run \(run) is carried out by \(owner)", at: "run") }
            throw ServiceProblem(.noJournal, "\(error)", at: "run")
        }
        // Reading took a while: somebody else may have been faster.
        guard active[run] == nil else { throw ServiceProblem(.conflict, "run \(run) is carried out already", at: "run") }
        guard let machine = replay.machine, !machine.isFinished else {
            do { try journal.close() } catch { logger.warning("a journal was not closed", metadata: [LogField.run: "\(run)", LogField.reason: "\(error)"]) }
            throw ServiceProblem(.conflict, "run \(run) is over already", at: "run")
        }
        let feed = EventFeed()
        // Workers keep what they have of it: they say so with their Hello.
        let fleet = FleetMachine.Settings()
        carry(run, journal, feed) { coordinator, observer throws(RunJournalError) in
            try await coordinator.resume(replay, journal: journal, cancelling: cancelling, reportsWithin: fleet.lease + fleet.margin, observer: observer)
        }
        return "\(feed.generation)-0"
    }

    /// Takes up what an earlier process left unfinished, but for what somebody paused or must decide on.
    package func takeUp() async {
        let entries: [RunCatalogue.Entry]
        do throws(StateDirectory.Problem) { entries = try await RunCatalogue(state: state).openEntries() } catch {
            logger.error("the runs can't be listed", metadata: [LogField.reason: "\(error)"])
            return
        }
        for entry in entries {
            switch entry.condition {
            case .abandoned:
                do throws(ServiceProblem) {
                    _ = try await resume(entry.run)
                    logger.notice("run taken up", metadata: [LogField.run: "\(entry.run)"])
                } catch { logger.error("run not taken up", metadata: [LogField.run: "\(entry.run)", LogField.reason: "\(error)"]) }
            case .unreadable(let reason): logger.error("run can't be read", metadata: [LogField.run: "\(entry.run)", LogField.reason: "\(reason)"])
            case .running, .finished, .cancelled, .paused, .undecided, .neverBegan, .refused: continue
            }
        }
    }

    typealias Begin = @Sendable (Coordinator, @escaping @Sendable (RunEvent) -> Void) async throws(RunJournalError) -> RunRest

    private func carry(_ run: RunID, _ journal: RunJournal, _ feed: EventFeed, _ begin: @escaping Begin) {
        active[run] = Active(journal: journal, feed: feed)
        let coordinator = coordinator
        addWork.yield {
            let result: Result<RunRest, RunJournalError>
            do throws(RunJournalError) {
                result = .success(try await begin(coordinator) { event in feed.append(EventDocument.all(run, event)) })
            } catch { result = .failure(error) }
            await self.ended(run, result)
        }
    }
}

extension ServiceProblem {
    init(_ error: PreparationError) {
        let kind: Kind =
            switch error.kind {
            case .usage: .invalid
            case .noPlan: .noPlan
            case .nothingReachable: .nothingReachable
            case .nobodyLeft: .nobodyLeft
            }
        let text = error.description.isEmpty ? "the runbooks have mistakes" : error.description
        self.init(kind, text, at: error.description.isEmpty ? "runbooks" : "task", details: error.details)
    }
}
