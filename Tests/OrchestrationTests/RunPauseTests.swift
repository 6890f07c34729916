import Model
import Orchestration
import Testing

@Suite("A run that is asked to pause")
struct RunPauseTests {
    @Test("starts nothing new and lets what runs go on to its end, then rests until it goes on")
    func pauses() {
        let hosts: [HostName] = ["h1", "h2"]
        var run = RunDriver(hosts: hosts, steps: [step("s", on: hosts, subtasks: "ab"), step("t", on: hosts, needs: [after("s")])])
        run.pause()
        #expect(run.machine.isPaused)
        #expect(run.line("h1", "t") == "not run: the run was stopped")
        run.report("h1/s/a")
        #expect(run.out.keys.sorted() == ["h2/s/a"])
        #expect(run.line("h1", "s", "a") == "changed")
        #expect(run.line("h1", "s", "b") == "not run: the run was stopped")
        run.report("h2/s/a", exitOne)
        #expect(run.machine.outCount == 0 && !run.machine.isFinished)
        #expect(run.started == ["h1/s/a", "h2/s/a"])
        #expect(run.machine.report().hosts.map(\.status) == [.stopped, .failed])
        run.proceed()
        #expect(run.out.keys.sorted() == ["h1/s/b"])
        run.succeedAll()
        #expect(run.machine.isFinished)
        #expect(run.started == ["h1/s/a", "h2/s/a", "h1/s/b", "h1/t/a"])
        #expect(run.line("h2", "t") == "not run: depends on s")
    }

    @Test("before its plan is there has nothing to pause, and neither has one that is finished")
    func nothingRuns() {
        var run = RunDriver()
        run.pause()
        run.proceed()
        run.cancel()
        #expect(run.events.isEmpty)
        run.plan([.init(hosts: ["h1"], steps: [step("s")])])
        #expect(run.started == ["h1/s/a"])
        run.succeedAll()
        let before = run.events
        run.pause()
        run.proceed()
        #expect(run.events == before)
    }

    @Test("and asked again changes nothing")
    func twice() {
        var run = RunDriver(hosts: ["h1"], steps: [step("s", subtasks: "ab")])
        run.pause()
        let before = run.events
        run.pause()
        #expect(run.events == before)
        run.proceed()
        run.proceed()
        #expect(run.events == before + [.continued])
    }

    @Test("says of a failure meanwhile what it is: a failure")
    func failureAfterPause() {
        var run = RunDriver(hosts: ["h1"], steps: [step("s", subtasks: "ab"), step("t", needs: [after("s")])])
        run.pause()
        run.report("h1/s/a", exitOne)
        #expect(run.line("h1", "s", "b") == "not run: comes after a, which did not succeed")
        #expect(run.line("h1", "t") == "not run: depends on s")
        #expect(run.machine.isFinished)
    }

    @Test("in the middle of a retry makes the next attempt only when it goes on")
    func duringRetry() {
        var run = RunDriver(hosts: ["h1"], steps: [step("s", subtasks: "ab")])
        run.pause()
        run.report("h1/s/a", .notStarted(reason: "revoked"))
        #expect(run.machine.outCount == 0 && !run.machine.isFinished)
        run.proceed()
        #expect(run.started == ["h1/s/a", "h1/s/a #2"])
        run.succeedAll()
        #expect(run.started == ["h1/s/a", "h1/s/a #2", "h1/s/b"])
        #expect(run.machine.isFinished)
    }
}

@Suite("A run that is cancelled")
struct RunCancelTests {
    static let hosts: [HostName] = ["h1", "h2", "h3"]

    @Test("starts nothing more, waits for what is out and closes the rest with that reason")
    func cancelled() {
        var run = RunDriver(hosts: Self.hosts, steps: [step("s", on: Self.hosts, subtasks: "ab"), step("t", on: Self.hosts, needs: [after("s")])])
        run.cancel()
        #expect(run.machine.isCancelling && !run.machine.isFinished)
        #expect(run.notRun == Self.hosts.map { "\($0)/t not run: the run was cancelled" })
        run.report("h1/s/a")
        run.report("h2/s/a", .failed(.cancelled))
        run.report("h3/s/a", .notStarted(reason: "the run was cancelled before it was handed out"))
        #expect(run.line("h1", "s", "a") == "changed")
        #expect(run.line("h1", "s", "b") == "not run: the run was cancelled")
        #expect(run.line("h2", "s", "b") == "not run: comes after a, which did not succeed")
        #expect(run.started.count == 3)
        #expect(run.events.last == .finished)
        #expect(run.machine.report().hosts.map(\.status) == [.stopped, .failed, .stopped])
        let before = run.events
        run.cancel()
        #expect(run.events == before)
    }

    @Test("asks about jobs in doubt, and gives up those that only a person could decide")
    func doubtful() {
        var run = RunDriver(hosts: Self.hosts, steps: [step("s", on: Self.hosts, work: idempotent)])
        run.report("h1/s/a", .inDoubt(unanswered))
        run.report("h2/s/a", .inDoubt(otherMachine))
        run.report("h3/s/a", .inDoubt(unanswered))
        run.cancel()
        #expect(run.out.keys.sorted() == ["h1/s/a", "h3/s/a"])
        #expect(run.line("h2", "s") == "\(JobOutcome.inDoubt(otherMachine))")
        // What is idempotent is not tried again in a cancelled run.
        run.report("h1/s/a", .inDoubt(interrupted(false, nil)))
        for _ in 1...2 { run.report("h3/s/a", .inDoubt(unanswered)) }
        #expect(!run.machine.isFinished)
        run.report("h3/s/a", .inDoubt(unanswered))
        #expect(run.machine.isFinished)
        #expect(run.machine.report().inDoubtHosts == Self.hosts)
        #expect(run.started.count == 3)
    }

    @Test("while it is paused in the middle of a retry makes no further attempt")
    func idleJob() {
        var run = RunDriver(hosts: ["h1"], steps: [step("s"), step("t")])
        run.pause()
        run.report("h1/s/a", .notStarted(reason: "revoked"))
        run.cancel()
        #expect(run.machine.isFinished)
        #expect(run.started == ["h1/s/a"])
        #expect(run.line("h1", "s") == "\(JobOutcome.notStarted(reason: "the run was cancelled"))")
        #expect(run.line("h1", "t") == "not run: the run was cancelled")
    }
}
