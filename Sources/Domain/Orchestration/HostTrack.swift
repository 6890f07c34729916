package import Model

/// The steps of one run on one host: which are done, which may start, which never will.
///
/// One mutating job at a time; steps that do not depend on each other take turns.
package struct HostTrack: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        case waiting
        /// Its subtask with this index is next, or out as a job.
        case active(subtask: Int, job: JobID?)
        case done
        case failed(subtask: Int)
        case notRun(NotRunReason)

        var isFinal: Bool {
            switch self {
            case .waiting, .active: false
            case .done, .failed, .notRun: true
            }
        }
    }

    /// A step with its progress.
    package struct Entry: Sendable, Equatable {
        package let step: CompiledStep
        package var state: State
        package var results: [JobResult] = []
    }

    /// What the rest of the fleet says about a barrier step.
    package enum Barrier: Sendable, Equatable {
        case open, reached, broken
    }

    package let host: HostName
    package private(set) var entries: [Entry]
    /// Index of the step that had the last turn.
    private var lastTurn = -1
    private var indices: [StepID: Int]

    package init(host: HostName, steps: [CompiledStep]) {
        self.host = host
        let own = steps.filter { $0.hosts.contains(host) }
        // A step without subtasks has no job that could ever end it.
        entries = own.map { Entry(step: $0, state: $0.subtasks.isEmpty ? .done : .waiting) }
        indices = Dictionary(own.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    package var isFinished: Bool { entries.allSatisfy(\.state.isFinal) }
    package var hasJobOut: Bool { activeJob != nil }

    /// The job that the host works on, or that waits for a word on it.
    package var activeJob: JobID? {
        for entry in entries {
            if case .active(_, let job?) = entry.state { return job }
        }
        return nil
    }

    package func state(of step: StepID) -> State? { indices[step].map { entries[$0].state } }

    /// The steps that can never start any more, with the reason; their own dependants follow when this is applied.
    package func blocked(barrier: (StepID) -> Barrier) -> [(StepID, NotRunReason)] {
        entries.compactMap { entry in
            guard entry.state == .waiting, let culprit = brokenDependency(of: entry.step, barrier) else { return nil }
            return (entry.step.id, .dependsOn(culprit))
        }
    }

    /// The subtask that may start now, if any: the next in turn of all steps whose dependencies are done.
    package func nextSubtask(barrier: (StepID) -> Barrier) -> (step: StepID, index: Int)? {
        guard !hasJobOut, !entries.isEmpty else { return nil }
        for offset in 1...entries.count {
            let entry = entries[(lastTurn + offset + entries.count) % entries.count]
            switch entry.state {
            case .active(let subtask, nil): return (entry.step.id, subtask)
            case .waiting where isReady(entry.step, barrier): return (entry.step.id, 0)
            case .waiting, .active, .done, .failed, .notRun: continue
            }
        }
        return nil
    }

    package func subtask(_ step: StepID, _ index: Int) -> CompiledSubtask? {
        guard let entry = indices[step].map({ entries[$0] }), entry.step.subtasks.indices.contains(index) else { return nil }
        return entry.step.subtasks[index]
    }

    package func index(of subtask: String, in step: StepID) -> Int? {
        indices[step].flatMap { entries[$0].step.subtasks.firstIndex { $0.id == subtask } }
    }

    private func isReady(_ step: CompiledStep, _ barrier: (StepID) -> Barrier) -> Bool {
        step.dependencies.allSatisfy { dependency in
            switch dependency.when {
            // A step that this host does not have at all cannot hold it up.
            case .host: indices[dependency.step].map { entries[$0].state == .done } ?? true
            case .all: barrier(dependency.step) == .reached
            }
        }
    }

    private func brokenDependency(of step: CompiledStep, _ barrier: (StepID) -> Barrier) -> StepID? {
        step.dependencies.first { dependency in
            switch dependency.when {
            case .host:
                switch state(of: dependency.step) {
                case .failed, .notRun: true
                case .waiting, .active, .done, nil: false
                }
            case .all: barrier(dependency.step) == .broken
            }
        }?.step
    }

    // MARK: Changes, called by apply only

    /// A job went out for a subtask.
    package mutating func assign(_ job: JobID, step: StepID, index: Int) {
        guard let place = indices[step] else { return }
        entries[place].state = .active(subtask: index, job: job)
        lastTurn = place
    }

    /// A job came back. Returns whether its step is now final.
    package mutating func settle(_ result: JobResult, step: StepID, index: Int) -> Bool {
        guard let place = indices[step] else { return false }
        entries[place].results.append(result)
        if !result.outcome.isSuccess {
            entries[place].state = .failed(subtask: index)
        } else if index + 1 < entries[place].step.subtasks.count {
            entries[place].state = .active(subtask: index + 1, job: nil)
        } else {
            entries[place].state = .done
        }
        return entries[place].state.isFinal
    }

    package mutating func close(_ step: StepID, reason: NotRunReason) {
        guard let place = indices[step] else { return }
        entries[place].state = .notRun(reason)
    }

    // MARK: Report

    /// - Parameter undecided: what is known of the active job, if a person has to tell its outcome.
    package func report(undecided: JobResult? = nil) -> HostReport {
        // The host works on nothing else while a person's word is awaited.
        var waitsFor: String?
        for entry in entries {
            if undecided != nil, case .active(let index, _?) = entry.state { waitsFor = entry.step.subtasks[index].id }
        }
        return HostReport(host: host, steps: entries.map { Self.report($0, undecided, waitsFor) })
    }

    private static func report(_ entry: Entry, _ undecided: JobResult?, _ waitsFor: String?) -> StepReport {
        var results = entry.results
        if case .active(_, let job?) = entry.state, let undecided, undecided.job == job { results.append(undecided) }
        let subtasks = entry.step.subtasks.enumerated().map { index, subtask in
            let result = index < results.count ? results[index] : nil
            return SubtaskReport(id: subtask.id, title: subtask.title, result: result, notRun: result == nil ? reason(entry, waitsFor) : nil)
        }
        return StepReport(id: entry.step.id, title: entry.step.title, subtasks: subtasks)
    }

    private static func reason(_ entry: Entry, _ waitsFor: String?) -> NotRunReason? {
        switch entry.state {
        case .notRun(let reason): reason
        case .failed(let index): .after(subtask: entry.step.subtasks[index].id)
        case .waiting, .active, .done: waitsFor.map(NotRunReason.waits) ?? .stopped
        }
    }
}
