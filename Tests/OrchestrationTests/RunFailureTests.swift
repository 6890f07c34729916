import Model
import Orchestration
import Testing

@Suite("A run in which something fails")
struct RunFailureTests {
    @Test("stops what depends on it and says on what")
    func dependants() {
        var run = RunDriver(
            hosts: ["h1"], steps: [step("a"), step("b", needs: [after("a")]), step("c", needs: [after("b")]), step("other")])
        run.report("h1/a/a", exitOne)
        #expect(run.line("h1", "b") == "not run: depends on a")
        #expect(run.line("h1", "c") == "not run: depends on b")
        #expect(run.out.keys.sorted() == ["h1/other/a"])
        run.succeedAll()
        #expect(run.machine.isFinished)
        #expect(run.machine.report().hosts.map(\.status) == [.failed])
    }

    @Test("does not go on with the subtasks behind the failed one")
    func laterSubtasks() {
        var run = RunDriver(hosts: ["h1"], steps: [step("s", subtasks: "abc")])
        run.report("h1/s/a")
        run.report("h1/s/b", .failed(.healthCheck(exitCode: 3, commandExitCode: 0)))
        #expect(run.line("h1", "s", "c") == "not run: comes after b, which did not succeed")
        #expect(run.machine.isFinished)
        #expect(run.started == ["h1/s/a", "h1/s/b"])
    }

    @Test("goes on on the other hosts, where nothing failed")
    func otherHosts() {
        let hosts: [HostName] = ["h1", "h2"]
        var run = RunDriver(hosts: hosts, steps: [step("s", on: hosts), step("t", on: hosts, needs: [after("s")])])
        run.report("h1/s/a", exitOne)
        run.report("h2/s/a")
        #expect(run.out.keys.sorted() == ["h2/t/a"])
        run.succeedAll()
        #expect(run.machine.report().failedHosts == ["h1"])
        #expect(run.line("h1", "t") == "not run: depends on s")
    }

    @Test("breaks the barrier for all: nobody runs what needed it everywhere")
    func brokenBarrier() {
        let hosts: [HostName] = ["h1", "h2", "h3"]
        var run = RunDriver(hosts: hosts, steps: [step("s", on: hosts), step("t", on: hosts, needs: [afterAll("s")])])
        run.report("h1/s/a")
        run.report("h2/s/a", exitOne)
        for host in hosts { #expect(run.line(host, "t") == "not run: depends on s") }
        // h3 is still busy with its own part; the run ends when that is known.
        #expect(!run.machine.isFinished)
        run.report("h3/s/a")
        #expect(run.machine.isFinished)
        #expect(run.notRun.count == 3)
    }

    /// A chain of barriers through hosts that have different steps: the last link leads back to the host where it began.
    @Test("reaches the host that failed first, over barriers of other hosts")
    func chainOfBarriers() {
        var run = RunDriver(
            hosts: ["h1", "h2"],
            steps: [step("s", on: ["h1"]), step("t", on: ["h2"], needs: [afterAll("s")]), step("u", on: ["h1"], needs: [afterAll("t")])])
        run.report("h1/s/a", exitOne)
        #expect(run.line("h2", "t") == "not run: depends on s")
        #expect(run.line("h1", "u") == "not run: depends on t")
        #expect(run.machine.isFinished, "h1 waits for ever for a step that will never run")
    }

    @Test("an outcome in doubt holds up what follows, and is told apart from a failure")
    func inDoubt() {
        var run = RunDriver(hosts: ["h1"], steps: [step("s"), step("t", needs: [after("s")])])
        run.report("h1/s/a", .inDoubt(Doubt(.otherMachine, "another machine")))
        #expect(run.line("h1", "t") == "not run: waits for a word on a, whose outcome is not known")
        #expect(run.started == ["h1/s/a"])
        for _ in 1...2 {
            #expect(run.machine.report().hosts.map(\.status) == [.inDoubt])
            #expect(run.machine.report().inDoubtHosts == ["h1"])
            // Nobody decides it.
            run.cancel()
        }
        #expect(run.line("h1", "t") == "not run: the run was cancelled")
    }

    @Test("a host that is lost gives up the rest of its steps, also those that did not depend on it")
    func hostLost() {
        var run = RunDriver(hosts: ["h1"], steps: [step("s", subtasks: "ab"), step("t"), step("u", needs: [after("s")])])
        run.report("h1/s/a")
        run.report("h1/t/a", .failed(.unreachable("h1: no answer")))
        #expect(run.line("h1", "s", "b") == "not run: the host could no longer be reached")
        #expect(run.line("h1", "u") == "not run: the host could no longer be reached")
        #expect(run.out.isEmpty)
        #expect(run.machine.isFinished)
    }

    @Test("a barrier does not wait for a host that is out")
    func barrierWithLostHost() {
        let hosts: [HostName] = ["h1", "h2", "h3"]
        var run = RunDriver(
            hosts: hosts,
            steps: [step("s", on: hosts), step("t", on: hosts, needs: [after("s")]), step("u", on: hosts, needs: [afterAll("t")])])
        run.report("h1/s/a", .failed(.unreachable("h1: no answer")))
        run.succeedAll()
        #expect(run.machine.isFinished)
        // `when: all` means all: with one host lost nobody runs it, and everybody is told why.
        #expect(run.line("h2", "u") == "not run: depends on t")
        #expect(run.line("h3", "u") == "not run: depends on t")
        #expect(run.started.contains("h3/t/a"))
    }

    @Test("hosts that were left out before the run hold nobody up")
    func excludedHost() {
        // h2 could not be probed: the plan names it in a step, but it has no part in the run.
        var run = RunDriver(hosts: ["h1"], steps: [step("s", on: ["h1", "h2"]), step("t", on: ["h1", "h2"], needs: [afterAll("s")])])
        run.succeedAll()
        #expect(run.started == ["h1/s/a", "h1/t/a"])
        #expect(run.machine.isFinished)
    }

    @Test("a result that comes twice counts once, whatever the second one says")
    func reportedTwice() {
        var run = RunDriver(hosts: ["h1"], steps: [step("s", subtasks: "ab")])
        guard let job = run.out["h1/s/a"] else {
            Issue.record("nothing is out")
            return
        }
        run.report("h1/s/a")
        let before = run.events
        run.report(JobResult(job: job.id, attempt: 1, outcome: exitOne))
        run.report(JobResult(job: job.id, attempt: 1, outcome: .changed))
        #expect(run.events == before)
        #expect(run.line("h1", "s") == "changed")
    }

    @Test("a result of an unknown job changes nothing")
    func unknownJob() {
        var run = RunDriver(hosts: ["h1"], steps: [step("s")])
        run.report(JobResult(job: JobID("ffffffffffffffffffffffffffffffff"), attempt: 1, outcome: exitOne))
        #expect(run.out.keys.sorted() == ["h1/s/a"])
    }

    @Test("a result after the end changes nothing")
    func afterTheEnd() {
        var run = RunDriver(hosts: ["h1"], steps: [step("s")])
        guard let job = run.out["h1/s/a"] else {
            Issue.record("nothing is out")
            return
        }
        run.succeedAll()
        let before = run.events
        run.report(JobResult(job: job.id, attempt: 1, outcome: exitOne))
        run.cancel()
        #expect(run.events == before)
    }
}
