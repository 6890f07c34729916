import Model
import Orchestration
import Testing

@Suite("What a report means for its job")
struct JobTrackerTests {
    typealias State = JobTracker.State
    typealias Verdict = JobTracker.Verdict
    static let work = Job.Work(command: "true", timeout: .seconds(1))
    static let alive: [State] = [.out, .settling(tries: 1), .undecided(otherMachine)]

    func verdict(_ outcome: JobOutcome, in state: State = .out, _ work: Job.Work = work, attempt: Int = 2, empty: Int = 0, isCancelled: Bool = false) -> Verdict {
        JobTracker(state: state, attempt: 2, empty: empty).judge(
            JobResult(job: JobID("j"), attempt: attempt, outcome: outcome), work, isCancelled: isCancelled, limits: JobTracker.Limits())
    }

    static let known: [JobOutcome] = [
        .changed, .skipped, exitOne, .failed(.healthCheck(exitCode: 1, commandExitCode: 0)), .failed(.deadline(.seconds(1))), .failed(.cancelled),
        .failed(.refusedByPolicy("x")), .failed(.unreachable("x")), .failed(.become("x")), .failed(.refusedByHost("x")),
    ]

    @Test("a known outcome settles it, in whatever state it is, cancelled or not", arguments: known)
    func settles(outcome: JobOutcome) {
        for state in Self.alive {
            for isCancelled in [false, true] { #expect(verdict(outcome, in: state, isCancelled: isCancelled) == .settle, "\(state)") }
        }
    }

    @Test("nothing is ignored but what comes for another attempt, or after the end", arguments: known + [.notStarted(reason: "x"), .inDoubt(unanswered)])
    func ignores(outcome: JobOutcome) {
        for state in Self.alive + [.idle, .settled] {
            #expect(verdict(outcome, in: state, attempt: 1) == .ignore)
            #expect(verdict(outcome, in: state, attempt: 3) == .ignore)
        }
        #expect(verdict(outcome, in: .settled) == .ignore)
        #expect(verdict(outcome, in: .idle) == .ignore)
    }

    @Test("an attempt that never started is followed by the next, a few times, and not in a cancelled run")
    func neverStarted() {
        for state in Self.alive {
            #expect(verdict(.notStarted(reason: "x"), in: state, empty: 0) == .retry)
            #expect(verdict(.notStarted(reason: "x"), in: state, empty: 3) == .retry)
            #expect(verdict(.notStarted(reason: "x"), in: state, empty: 4) == .settle)
            #expect(verdict(.notStarted(reason: "x"), in: state, isCancelled: true) == .settle)
        }
    }

    @Test(
        "a host that does not answer is asked three times, then only a person can tell",
        arguments: [(.out, true), (.settling(tries: 1), true), (.settling(tries: 2), true), (.settling(tries: 3), false), (.undecided(otherMachine), false)]
            as [(State, Bool)])
    func unansweredJobs(state: State, isAsked: Bool) {
        #expect(verdict(.inDoubt(unanswered), in: state) == (isAsked ? .ask : .undecided(unanswered)))
        #expect(verdict(.inDoubt(unanswered), in: state, isCancelled: true) == (isAsked ? .ask : .settle))
        #expect(verdict(.inDoubt(unanswered), in: state, idempotent) == (isAsked ? .ask : .undecided(unanswered)), "idempotent or not, it may still run")
    }

    struct Case: Sendable {
        var doubt: Doubt
        var isIdempotent = false
        var isCancelled = false
        var verdict: Verdict
    }

    static let cases: [Case] = [
        // Guard and health check together say that the state is there.
        Case(doubt: interrupted(true, true), verdict: .settle), Case(doubt: interrupted(true, nil), verdict: .settle),
        Case(doubt: interrupted(true, true), isIdempotent: true, verdict: .settle), Case(doubt: interrupted(true, true), isCancelled: true, verdict: .settle),
        // One of them does not, or is missing.
        Case(doubt: interrupted(true, false), verdict: .undecided(interrupted(true, false))),
        Case(doubt: interrupted(false, true), verdict: .undecided(interrupted(false, true))),
        Case(doubt: interrupted(nil, true), verdict: .undecided(interrupted(nil, true))),
        Case(doubt: interrupted(nil, nil), verdict: .undecided(interrupted(nil, nil))),
        // Nothing is lost by doing it again.
        Case(doubt: interrupted(false, nil), isIdempotent: true, verdict: .retry), Case(doubt: interrupted(nil, true), isIdempotent: true, verdict: .retry),
        Case(doubt: interrupted(false, nil), isIdempotent: true, isCancelled: true, verdict: .settle),
        Case(doubt: interrupted(nil, nil), isCancelled: true, verdict: .settle),
        // With its ledger gone the host can't say that the attempt is over: idempotent or not, it is not done again.
        Case(doubt: ledgerLost(true, true), verdict: .settle), Case(doubt: ledgerLost(true, nil), isIdempotent: true, verdict: .settle),
        Case(doubt: ledgerLost(false, nil), isIdempotent: true, verdict: .undecided(ledgerLost(false, nil))),
        Case(doubt: ledgerLost(nil, nil), isCancelled: true, verdict: .settle), Case(doubt: otherMachine, verdict: .undecided(otherMachine)),
        Case(doubt: otherMachine, isIdempotent: true, verdict: .undecided(otherMachine)), Case(doubt: otherMachine, isCancelled: true, verdict: .settle),
    ]

    @Test("a doubt with evidence is settled by it, tried again if that is harmless, or left to a person", arguments: cases)
    func evidence(example: Case) {
        let work = example.isIdempotent ? idempotent : Self.work
        for state in Self.alive { #expect(verdict(.inDoubt(example.doubt), in: state, work, isCancelled: example.isCancelled) == example.verdict, "\(state)") }
    }

    @Test("it is out as long as a worker is to report")
    func isOut() {
        let states: [(State, Bool)] = [(.out, true), (.settling(tries: 2), true), (.idle, false), (.undecided(otherMachine), false), (.settled, false)]
        for (state, isOut) in states { #expect(JobTracker(state: state, attempt: 1, empty: 0).isOut == isOut) }
    }
}
