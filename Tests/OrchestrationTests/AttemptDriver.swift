import Model
import Orchestration
import Testing

/// Drives an attempt machine by hand: each answer gives one word for the action that follows.
struct AttemptDriver {
    var machine: AttemptMachine
    var now: Duration = .zero

    init(_ work: Job.Work = attemptWork(), epoch: Int = 1, _ purpose: Purpose = .run) {
        machine = AttemptMachine(
            job: Job(id: JobID("j"), run: RunID("r"), host: "h1", step: "s", subtask: "a", epoch: epoch, hostKey: key(boot: 1), work: work), purpose: purpose)
    }

    mutating func answer(_ answer: AttemptMachine.Answer, after duration: Duration = .zero) -> String {
        now += duration
        return Self.word(machine.next(answer, now: now))
    }

    /// The actions that follow from these answers; a wait is answered by `waited` when it is over.
    mutating func play(_ answers: [AttemptMachine.Answer]) -> String {
        answers.map { answer($0) }.joined(separator: ", ")
    }

    static func word(_ action: AttemptMachine.Action) -> String {
        switch action {
        case .connect: "connect"
        case .lookAtGuard: "guard"
        case .lookAtHealth: "health"
        case .start: "start"
        case .attach: "attach"
        case .revoke: "revoke"
        case .cancel: "cancel"
        case .wait: "wait"
        case .finish(let outcome): word(outcome)
        }
    }

    static func word(_ outcome: JobOutcome) -> String {
        switch outcome {
        case .skipped: "= skipped"
        case .changed: "= changed"
        case .notStarted: "= not started"
        case .failed(.command(let code)): "= exit \(code)"
        case .failed(.healthCheck): "= unhealthy"
        case .failed(.deadline): "= deadline"
        case .failed(.cancelled): "= cancelled"
        case .failed(.decided): "= decided"
        case .failed(.refusedByPolicy): "= policy"
        case .failed(.unreachable): "= unreachable"
        case .failed(.become): "= no root"
        case .failed(.refusedByHost): "= refused"
        case .inDoubt(let doubt):
            switch doubt.kind {
            case .unanswered: "= unanswered"
            case .interrupted(let evidence): "= interrupted \(word(evidence.guardSatisfied))\(word(evidence.healthPassed))"
            case .ledgerLost(let evidence): "= ledger lost \(word(evidence.guardSatisfied))\(word(evidence.healthPassed))"
            case .otherMachine: "= other machine"
            }
        }
    }

    /// yes, no, or no such check.
    static func word(_ evidence: Bool?) -> String { evidence.map { $0 ? "y" : "n" } ?? "-" }
}

/// A command of a minute with what is asked for beside it.
func attemptWork(guardCheck: Bool = false, health: Bool = false, ends: ConnectionEnd? = nil) -> Job.Work {
    Job.Work(
        guardCheck: guardCheck ? "test -e /x" : nil, command: "touch /x",
        healthCheck: health ? HealthCheck(command: "test -e /y", within: .seconds(10)) : nil, timeout: .seconds(60), endsConnection: ends)
}
