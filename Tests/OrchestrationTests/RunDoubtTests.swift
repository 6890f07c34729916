import Model
import Orchestration
import Testing

@Suite("A job that did not start, or whose outcome is in doubt")
struct RunDoubtTests {
    @Test("never started, is tried again as a new attempt of the same job, a few times")
    func retried() {
        var run = RunDriver(hosts: ["h1"], steps: [step("s", subtasks: "ab")])
        let first = run.out["h1/s/a"]
        for _ in 1...4 { run.report("h1/s/a", .notStarted(reason: "revoked")) }
        #expect(run.started == ["h1/s/a"] + (2...5).map { "h1/s/a #\($0)" })
        #expect(run.out["h1/s/a"]?.id == first?.id && run.out["h1/s/a"]?.attempt == 5)
        run.report("h1/s/a", .notStarted(reason: "revoked"))
        #expect(run.line("h1", "s", "b") == "not run: comes after a, which did not succeed")
        #expect(run.machine.isFinished)
    }

    @Test("goes on under the host's new key after a restart of the host, for every identity")
    func restarted() {
        let asRoot = Job.Work(command: "true", become: true, timeout: .seconds(1))
        var run = RunDriver(hosts: ["h1", "h2"], steps: [step("s", on: ["h1", "h2"]), step("t", on: ["h1", "h2"], needs: [after("s")], work: asRoot)])
        #expect(run.out["h1/s/a"]?.hostKey == key(boot: 1))
        run.report("h1/s/a", .notStarted(reason: "the host was restarted"), showing: key(boot: 2))
        #expect(run.out["h1/s/a"]?.attempt == 2 && run.out["h1/s/a"]?.hostKey == key(boot: 2))
        #expect(run.events.contains(.hostKeysChanged("h1", HostKeys(login: key(boot: 2), root: rootKey(boot: 2)))))
        run.report("h1/s/a", showing: key(boot: 2))
        #expect(run.out["h1/t/a"]?.hostKey == rootKey(boot: 2))
        run.report("h1/t/a", .notStarted(reason: "the host was restarted"), showing: rootKey(boot: 3))
        #expect(run.machine.keys(of: "h1") == HostKeys(login: key(boot: 3), root: rootKey(boot: 3)))
        #expect(run.machine.keys(of: "h2") == HostKeys(login: key(boot: 1), root: rootKey(boot: 1)))
    }

    @Test("keeps its key when another ledger or another machine was seen", arguments: [key(boot: 2, ledger: "new"), key(boot: 2, machine: "new"), "x", ""])
    func foreignKey(seen: String) {
        var run = RunDriver(hosts: ["h1"], steps: [step("s")])
        run.report("h1/s/a", .notStarted(reason: "x"), showing: seen)
        #expect(run.out["h1/s/a"]?.hostKey == key(boot: 1))
    }

    @Test("is asked about until guard and health check settle it")
    func settledByEvidence() {
        var run = RunDriver(hosts: ["h1"], steps: [step("s", subtasks: "ab")])
        run.report("h1/s/a", .inDoubt(unanswered))
        #expect(run.out.keys.sorted() == ["h1/s/a"] && run.machine.openJobs.first?.isInDoubt == true)
        run.report("h1/s/a", .inDoubt(unanswered))
        run.report("h1/s/a", .inDoubt(interrupted(true, true)))
        #expect(run.line("h1", "s") == "changed")
        #expect(run.started == ["h1/s/a", "h1/s/b"])
    }

    @Test("stays in doubt when its run is cancelled before the next attempt, and when that one does not start")
    func doubtStays() {
        var paused = RunDriver(hosts: ["h1"], steps: [step("s", work: idempotent)])
        paused.pause()
        paused.report("h1/s/a", .inDoubt(interrupted(false, nil)))
        paused.cancel()
        #expect(paused.machine.report().inDoubtHosts == ["h1"])
        for outcome in [JobOutcome.failed(.unreachable("no route")), .failed(.refusedByHost("busy"))] {
            var run = RunDriver(hosts: ["h1"], steps: [step("s", work: idempotent)])
            run.report("h1/s/a", .inDoubt(interrupted(false, nil)))
            run.report("h1/s/a", outcome)
            #expect(run.machine.isFinished && run.machine.report().inDoubtHosts == ["h1"])
        }
    }

    @Test("is tried again if it is idempotent, also more often than empty attempts may be")
    func idempotentJob() {
        var run = RunDriver(hosts: ["h1"], steps: [step("s", work: idempotent)])
        for _ in 1...6 { run.report("h1/s/a", .inDoubt(interrupted(false, nil))) }
        #expect(run.out["h1/s/a"]?.attempt == 7)
        run.report("h1/s/a")
        #expect(run.machine.isFinished && run.line("h1", "s") == "changed")
    }

    static func undecided() -> (RunDriver, JobID) {
        var run = RunDriver(hosts: ["h1", "h2"], steps: [step("s", on: ["h1", "h2"], subtasks: "ab"), step("t", on: ["h1", "h2"], needs: [afterAll("s")])])
        let job = run.out["h1/s/a"]?.id ?? JobID("")
        run.report("h1/s/a", .inDoubt(interrupted(nil, nil)))
        return (run, job)
    }

    @Test("left to a person, holds up its host and what waits for it, but not the others")
    func waits() {
        var (run, job) = Self.undecided()
        run.report("h2/s/a")
        run.report("h2/s/b")
        #expect(run.machine.outCount == 0 && !run.machine.isFinished)
        #expect(run.machine.undecidedJobs.map(\.job) == [job])
        let report = run.machine.report()
        #expect(report.hosts.map(\.status) == [.inDoubt, .stopped])
        #expect(run.line("h1", "s", "a") == "\(JobOutcome.inDoubt(interrupted(nil, nil)))")
        #expect(run.line("h1", "s", "b") == "not run: waits for a word on a, whose outcome is not known")
    }

    @Test("is settled by the person's word", arguments: [(.done, "changed"), (.failed, "\(JobOutcome.failed(.decided))")] as [(PersonDecision, String)])
    func decided(decision: PersonDecision, line: String) {
        var (run, job) = Self.undecided()
        run.decide(job, decision)
        #expect(run.line("h1", "s") == line)
        #expect(run.out.keys.contains("h1/s/b") == (decision == .done))
        #expect(run.events.contains(.personDecided(job, decision)))
        run.succeedAll()
        #expect(run.machine.isFinished)
        #expect(run.started.contains("h2/t/a") == (decision == .done))
        let before = run.events
        run.decide(job, .again)
        #expect(run.events == before)
    }

    @Test("is tried again when the person says so")
    func decidedAgain() {
        var (run, job) = Self.undecided()
        run.decide(job, .again)
        #expect(run.out["h1/s/a"]?.id == job && run.out["h1/s/a"]?.attempt == 2)
        // The first attempt is closed: what its worker still says of it changes nothing.
        let before = run.events
        for outcome in [JobOutcome.changed, exitOne, .notStarted(reason: "x"), .inDoubt(otherMachine)] {
            run.report(JobResult(job: job, attempt: 1, outcome: outcome))
        }
        #expect(run.events == before)
        run.succeedAll()
        #expect(run.machine.isFinished)
    }

    @Test("again while the run is paused is carried out when the run goes on")
    func decidedWhilePaused() {
        var (run, job) = Self.undecided()
        run.pause()
        run.decide(job, .again)
        #expect(run.out.keys.sorted() == ["h2/s/a"])
        run.proceed()
        #expect(run.out["h1/s/a"]?.attempt == 2)
    }

    @Test("nobody's word counts on a job that is not undecided")
    func undecidable() {
        var run = RunDriver(hosts: ["h1"], steps: [step("s")])
        let before = run.events
        let job = run.out["h1/s/a"]?.id ?? JobID("")
        for decision in PersonDecision.allCases {
            run.decide(job, decision)
            run.decide(JobID("ffffffffffffffffffffffffffffffff"), decision)
        }
        #expect(run.events == before)
    }

    @Test("a fact about it that turns up late is taken", arguments: [.changed, exitOne, .failed(.cancelled)] as [JobOutcome])
    func lateFact(outcome: JobOutcome) {
        var (run, job) = Self.undecided()
        run.report(JobResult(job: job, attempt: 1, outcome: outcome))
        #expect(run.line("h1", "s") == "\(outcome)")
        #expect(run.machine.undecidedJobs.isEmpty)
    }

    @Test("that it never started is such a fact: the next attempt goes")
    func lateNotStarted() {
        var (run, job) = Self.undecided()
        run.report(JobResult(job: job, attempt: 1, outcome: .notStarted(reason: "revoked")))
        #expect(run.out["h1/s/a"]?.attempt == 2)
    }

    @Test("is asked about anew when the run goes on, as often as the first time")
    func askedAnew() {
        var (run, job) = Self.undecided()
        run.proceed()
        #expect(run.out["h1/s/a"]?.id == job && run.machine.undecidedJobs.isEmpty)
        for _ in 1...3 { run.report("h1/s/a", .inDoubt(unanswered)) }
        #expect(run.machine.undecidedJobs.isEmpty)
        run.report("h1/s/a", .inDoubt(unanswered))
        #expect(run.machine.undecidedJobs.map(\.doubt) == [unanswered])
        #expect(run.started.filter { $0.hasPrefix("h1") } == ["h1/s/a"], "nothing was started anew")
    }

    @Test("the same answer again about an undecided job is not worth a record")
    func sameAnswer() {
        var (run, job) = Self.undecided()
        let before = run.events
        run.report(JobResult(job: job, attempt: 1, outcome: .inDoubt(interrupted(nil, nil))))
        #expect(run.events == before)
    }
}
