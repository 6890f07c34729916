import Model
import Orchestration
import RunnerModel

/// What workers hear from hosts, and what their executions make of it.
extension Simulation {
    mutating func answerArrives(_ link: Int, _ message: Message, _ event: Event) {
        guard !links[link].isDead, isReady(worker: links[link].worker, event) else { return }
        let worker = links[link].worker.place
        switch message {
        case .hello(let key, let uptime, _): opened(link, key, uptime, worker)
        case .seen(let id, let exitCode): answer(worker, { $0.link == link && $0.waiting == .look(id) }, .looked(exitCode: exitCode))
        case .held(let name):
            guard let place = first(worker, { $0.holdLink == link && $0.name == name && $0.waiting == .held }),
                let own = workers[worker].executions[place].link
            else { return }
            guard !links[own].isDead else { return next(.lost("gone before the start"), worker, workers[worker].executions[place].id) }
            sendStart(worker, place, own)
        case .refused(let name, let why):
            if let place = first(worker, { $0.holdLink == link && $0.name == name && $0.waiting == .held }) {
                return next(.refused(Self.refusal(why)), worker, workers[worker].executions[place].id)
            }
            if why == .forgotten { checker.refusedAsForgotten(name) }
            answer(worker, { $0.link == link && $0.name == name && $0.waiting == .following }, .refused(Self.refusal(why)))
        case .started(let name, _):
            if let place = first(worker, { $0.link == link && $0.name == name && $0.waiting == .following }) {
                workers[worker].executions[place].wasSeenRunning = true
            }
        case .done(let name, let outcome):
            answer(worker, { $0.link == link && $0.name == name && ($0.waiting == .following || $0.waiting == .told) }, Self.ended(outcome))
        case .state(let name, let state):
            guard let place = first(worker, { $0.link == link && $0.name == name }) else { return }
            take(state, worker, place)
        case .pong: break
        }
    }

    private func first(_ worker: Int, _ fits: (Execution) -> Bool) -> Int? {
        for place in workers[worker].executions.indices where fits(workers[worker].executions[place]) { return place }
        return nil
    }

    private mutating func answer(_ worker: Int, _ fits: (Execution) -> Bool, _ answer: AttemptMachine.Answer) {
        guard let place = first(worker, fits) else { return }
        next(answer, worker, workers[worker].executions[place].id)
    }

    private mutating func opened(_ link: Int, _ key: HostKey, _ uptime: Int, _ worker: Int) {
        guard key.ledger != 0 else {
            // ERROR ledger: it can't be made.
            cut(link, isNoticed: true)
            return
        }
        links[link].isOpen = true
        links[link].key = key
        links[link].keyText = Self.text(of: key)
        links[link].uptimeOffset = uptime - clock(ofWorker: worker) / 1000
        for id in workers[worker].executions.map(\.id) {
            guard let place = place(of: id, worker) else { continue }
            let execution = workers[worker].executions[place]
            if execution.link == link, execution.waiting == .link { next(.connected(hostKey: shownKey(link, execution)), worker, id) }
            if execution.holdLink == link, execution.waiting == .held { sendHold(worker, place, link) }
            if execution.link == link, case .newLink(let action) = execution.waiting { perform(action, worker, id) }
        }
    }

    static func text(of key: HostKey) -> String { "\(key.ledger)/\(key.boot.id).\(key.boot.start)/\(key.machine)" }

    static func refusal(_ why: RunnerModel.Refusal) -> AttemptMachine.Refusal {
        switch why {
        case .busy(let owner): .busy(run: "\(owner.run)", coordinator: "\(owner.coordinator)")
        case .late: .late
        case .previous(let state): .previous("\(state)")
        case .identity: .otherKey("identity")
        case .forgotten: .other("forgotten")
        case .nospace: .other("nospace")
        case .ledger: .other("ledger")
        }
    }

    private static func ended(_ outcome: Outcome) -> AttemptMachine.Answer {
        switch outcome.ending {
        case .deadline: .endedAtDeadline
        case .cancelled: .endedByCancel
        case .exit, .unrecorded: .exited(outcome.exitCode)
        }
    }

    /// The state of an attempt, whatever was asked.
    private mutating func take(_ state: AttemptState, _ worker: Int, _ place: Int) {
        let execution = workers[worker].executions[place]
        switch execution.waiting {
        case .following: follow(state, worker, place)
        case .told:
            switch state {
            case .absent: next(settings.bug == .takesAbsenceForNotStarted ? .neverStarted : .absent, worker, execution.id)
            case .running, .orphan:
                workers[worker].executions[place].wasSeenRunning = true
                wait(.following, milliseconds: 500, worker, place)
            case .revoked, .never, .interrupted, .garbled, .done: follow(state, worker, place)
            }
        case .revoked:
            switch state {
            case .absent: next(settings.bug == .looksWithoutRevoking ? .neverStarted : .unusable("the record can't be closed"), worker, execution.id)
            case .running, .orphan: perform(.attach, worker, execution.id)
            case .revoked, .never, .interrupted, .garbled, .done: follow(state, worker, place)
            }
        case .nothing, .link, .look, .pause, .gate, .write, .held, .newLink: break
        }
    }

    private mutating func follow(_ state: AttemptState, _ worker: Int, _ place: Int) {
        let execution = workers[worker].executions[place]
        switch state {
        case .done(let outcome): next(Self.ended(outcome), worker, execution.id)
        case .revoked, .never: next(.neverStarted, worker, execution.id)
        case .interrupted, .garbled: next(.interrupted, worker, execution.id)
        case .running, .orphan: workers[worker].executions[place].wasSeenRunning = true
        case .absent:
            guard let until = execution.claimUntil, !execution.wasSeenRunning else { return next(.absent, worker, execution.id) }
            // Only a revocation makes sure that it can't start any more.
            if clock(ofWorker: worker) >= until, let link = execution.link { send(.revoke(execution.name), link) }
        }
    }
}
