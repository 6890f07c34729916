import Model
import Orchestration
import Testing

@Suite("A run that is asked to stop")
struct RunStopTests {
    @Test("starts nothing new and lets what runs go on to its end")
    func stops() {
        let hosts: [HostName] = ["h1", "h2"]
        var run = RunDriver(hosts: hosts, steps: [step("s", on: hosts, subtasks: "ab"), step("t", on: hosts, needs: [after("s")])])
        run.stop()
        #expect(run.machine.isStopping)
        #expect(!run.machine.isFinished)
        #expect(run.line("h1", "t") == "not run: the run was stopped")
        run.report("h1/s/a")
        #expect(run.out.keys.sorted() == ["h2/s/a"])
        #expect(run.line("h1", "s", "a") == "changed")
        #expect(run.line("h1", "s", "b") == "not run: the run was stopped")
        run.report("h2/s/a", exitOne)
        #expect(run.machine.isFinished)
        #expect(run.started == ["h1/s/a", "h2/s/a"])
        #expect(run.machine.report().hosts.map(\.status) == [.stopped, .failed])
    }

    @Test("is finished at once when nothing runs")
    func nothingRuns() {
        var run = RunDriver()
        run.stop()
        #expect(run.machine.isFinished)
        run.plan([.init(hosts: ["h1"], steps: [step("s")])])
        #expect(run.started.isEmpty)
    }

    @Test("and asked again changes nothing")
    func twice() {
        var run = RunDriver(hosts: ["h1"], steps: [step("s", subtasks: "ab")])
        run.stop()
        let before = run.events
        run.stop()
        #expect(run.events == before)
    }

    @Test("says of a failure after the stop what it is: a failure")
    func failureAfterStop() {
        var run = RunDriver(hosts: ["h1"], steps: [step("s", subtasks: "ab"), step("t", needs: [after("s")])])
        run.stop()
        run.report("h1/s/a", exitOne)
        #expect(run.line("h1", "s", "b") == "not run: comes after a, which did not succeed")
        #expect(run.line("h1", "t") == "not run: the run was stopped")
        #expect(run.machine.isFinished)
    }
}
