import Model
import Orchestration
import RunnerModel

/// What journals say became of attempts, against what hosts saw.
extension Checker {
    /// Whether what the journal says of an attempt is true on the hosts.
    mutating func conclude(_ result: JobResult, _ number: Int, _ machines: [Machine]) {
        let name = AttemptName(number, result.attempt)
        guard let job = jobs[number], !excused.contains(name), !job.isDecided else { return }
        let count = starts[name] ?? 0
        let isAlive = machines.contains { $0.model.isAlive(name) }
        func expect(_ isTrue: Bool) {
            if !isTrue {
                fail(
                    "\(Self.text(name)) is said to be \(result.outcome), and has started \(count) times\(isAlive ? " and is alive" : "")"
                )
            }
        }
        switch result.outcome {
        case .changed:
            // By evidence: the record was lost.
            guard job.reports[result.attempt]?.contains(.changed) == true else { return }
            expect((count == 1 || count == 0 && mayEndUnstarted(name)) && !isAlive)
        case .failed(let failure):
            switch failure {
            case .command, .healthCheck: expect((count == 1 || count == 0 && mayEndUnstarted(name)) && !isAlive)
            case .deadline, .cancelled: expect(count <= 1 && !isAlive)
            case .refusedByPolicy, .unreachable, .become, .refusedByHost: expect(count == 0)
            case .decided: break
            }
        case .skipped, .notStarted: expect(count == 0)
        case .inDoubt(let doubt): expectInterrupted(doubt, name, machines)
        }
    }

    /// What is said to have vanished is not there, and did not say how it ended.
    mutating func expectInterrupted(_ doubt: Doubt, _ name: AttemptName, _ machines: [Machine]) {
        guard case .interrupted = doubt.kind, !excused.contains(name) else { return }
        let text = "\(name.job % 100_000).\(name.attempt)"
        if machines.contains(where: { $0.model.isAlive(name) }) { fail("\(text) is said to be interrupted, and is alive") }
        // Of copies of its disk nobody knows which is the right one.
        guard let place = startedOn[name] else { return }
        for ledger in machines[place].model.ledgers {
            for case .done in ledger.lines(of: name) { fail("\(text) is said to be interrupted, and its record says how it ended") }
        }
    }

    /// The command's own process was killed, or could not record itself, just before it became the command: its end counts all the same.
    /// Or its health check alone says that it did its work, because it takes its connection down.
    private func mayEndUnstarted(_ name: AttemptName) -> Bool {
        hasSpoiltDisks || jobs[name.job]?.work.endsConnection != nil || killedBeforeExec.contains(name)
    }

    mutating func killed(_ process: ModelProcess) {
        if process.kind == .child, let name = process.attempt { killedBeforeExec.insert(name) }
    }

    /// Whether an attempt with this end may still take effect later.
    static func isOpen(_ outcome: JobOutcome) -> Bool {
        guard case .inDoubt(let doubt) = outcome else { return false }
        switch doubt.kind {
        case .unanswered, .otherMachine, .ledgerLost: return true
        case .interrupted: return false
        }
    }
}
