import ConfigurationFiles
import Coordinator
package import Documents
import Journal
import Logging
package import Model
import Observability
import Orchestration
import RunStore
import Threads

/// Runs that are there: looking at them, and what is asked of them.
extension RunService {
    // MARK: Looking

    /// The newest first.
    ///
    /// - Parameter open: only those that are not finished.
    package func runs(open: Bool, limit: Int) async throws(ServiceProblem) -> [RunSummary] {
        var summaries: [RunSummary] = []
        for run in try stored({ () throws(StateDirectory.Problem) in try state.runs() }).reversed() where summaries.count < limit {
            let entry = await RunCatalogue(state: state).entry(run)
            if open, !entry.isUnfinished { continue }
            summaries.append(RunSummary(entry))
        }
        return summaries
    }

    /// The run that a person means; the newest for `latest`.
    package func find(_ name: String) throws(ServiceProblem) -> RunID {
        try stored { () throws(StateDirectory.Problem) in
            guard name == "latest" else { return try state.run(named: name) }
            return try state.latestRun()
        }
    }

    private func stored<Value>(_ body: () throws(StateDirectory.Problem) -> Value) throws(ServiceProblem) -> Value {
        do throws(StateDirectory.Problem) { return try body() } catch {
            throw ServiceProblem(error.isAboutName ? .notFound : .noJournal, error.description, at: error.isAboutName ? "run" : nil)
        }
    }

    package func run(_ run: RunID) async throws(ServiceProblem) -> RunDocument {
        let entry = await RunCatalogue(state: state).entry(run)
        guard let document = RunDocument(entry) else {
            throw ServiceProblem(.noJournal, "nothing can be told of run \(RunSummary(entry).text)", at: "run")
        }
        return document
    }

    /// The events of a run that is carried out here.
    package func feed(_ run: RunID) -> EventFeed? { active[run]?.feed }

    package func directory(of run: RunID) -> String { state.directory(of: run) }

    // MARK: Asking

    /// Starts nothing new in a run; what runs goes on to its end.
    package func pause(_ run: RunID) async throws(ServiceProblem) {
        guard active[run] != nil else {
            throw ServiceProblem(.conflict, "run \(run) is not carried out here; there is nothing to pause", at: "run")
        }
        await coordinator.pause(run)
        await coordinator.settleWrites()
    }

    /// Ends what runs, and starts nothing more. A run that rests is taken up to settle what is open of it.
    package func cancel(_ run: RunID) async throws(ServiceProblem) {
        guard active[run] != nil else {
            _ = try await resume(run, cancelling: true)
            return
        }
        await coordinator.cancel(run)
        await coordinator.settleWrites()
    }

    /// A person's word on what became of a command.
    ///
    /// - Returns: `step/subtask` that it was about.
    package func decide(_ run: RunID, host: String, _ decision: PersonDecision) async throws(ServiceProblem) -> String {
        let entry = await RunCatalogue(state: state).entry(run)
        guard let machine = entry.history?.replay.machine else { throw ServiceProblem(.noJournal, "nothing can be told of run \(run)", at: "run") }
        guard let job = machine.undecidedJobs.first(where: { machine.position(of: $0.job)?.host == HostName(host) })?.job, let position = machine.position(of: job) else {
            throw ServiceProblem(
                .conflict, "nothing of \(host) waits for a word in run \(run)", at: "host",
                details: machine.undecidedJobs.compactMap { machine.position(of: $0.job) }.map { "\($0.host)  \($0.step)/\($0.subtask.id) does" })
        }
        if active[run] != nil {
            await coordinator.decide(run, job, decision)
            await coordinator.settleWrites()
        } else {
            let stamp = Stamp(wallMilliseconds: WallClock.milliseconds, monotonic: .zero, entropy: 0)
            do throws(RunJournalError) { _ = try await RunJournal.decide(.decided(job, decision, stamp: stamp), on: run, directory: state.directory(of: run)) } catch {
                throw ServiceProblem(.noJournal, "\(error)", at: "run")
            }
        }
        return "\(position.step)/\(position.subtask.id)"
    }

    /// Removes runs that have been over for so many days.
    package func prune(days: Int?) async -> [RunID] {
        await RunRetention(state: state, keepDays: days ?? environment.settings.journal.keepDays).prune { _ in }
    }

    // MARK: The end

    /// The run rests: what is known of it is in its journal, and whoever looks at it is told.
    func ended(_ run: RunID, _ result: Result<RunRest, RunJournalError>) async {
        guard let active = active[run] else { return }
        var result = result
        repeat {
            switch result {
            case .success(let rest):
                logger.notice("run rests", metadata: [LogField.run: "\(run)", "state": "\(rest.state)"])
                if rest.state == .finished || rest.state == .cancelled { await forget(run, rest) }
            case .failure(let error):
                logger.error("run not kept", metadata: [LogField.run: "\(run)", LogField.reason: "\(error)"])
                fail.yield("the journal of run \(run) can't be written: \(error)")
            }
            // A person's word may have set it going again meanwhile.
            if await coordinator.release(run) { break }
            do throws(RunJournalError) { result = .success(try await coordinator.nextRest(run)) } catch { result = .failure(error) }
        } while true
        do { try active.journal.close() } catch { logger.warning("a journal was not closed", metadata: [LogField.run: "\(run)", LogField.reason: "\(error)"]) }
        self.active[run] = nil
        active.feed.end()
        let logger = logger
        await RunRetention(state: state, keepDays: environment.settings.journal.keepDays).prune { logger.info("run removed", metadata: [LogField.run: "\($0)"]) }
    }

    /// The outcome is kept here: the hosts need to remember no longer.
    private func forget(_ run: RunID, _ rest: RunRest) async {
        guard let last = rest.report.hosts.flatMap(\.subtasks).compactMap({ $0.result?.job }).max() else { return }
        do {
            let unfinished = try await RunCatalogue(state: state).unfinished()
            let low = try state.forgettable(upTo: last, of: run, unfinished: unfinished)
            try state.markOver(run)
            for problem in await coordinator.forget(run, low: low, within: .seconds(5)) {
                logger.info("records stay on a host", metadata: [LogField.run: "\(run)", LogField.reason: "\(problem)"])
            }
        } catch { logger.warning("records stay on the hosts", metadata: [LogField.run: "\(run)", LogField.reason: "\(error)"]) }
    }
}
