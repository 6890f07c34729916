import Model
import Orchestration
import Testing

@Suite("A run carries its steps out")
struct RunOrderTests {
    @Test("one subtask after the other on each host")
    func subtasksInOrder() {
        var run = RunDriver(hosts: ["h1"], steps: [step("s", subtasks: "abc")])
        #expect(run.out.keys.sorted() == ["h1/s/a"])
        run.report("h1/s/a")
        #expect(run.out.keys.sorted() == ["h1/s/b"])
        run.report("h1/s/b", .skipped)
        run.report("h1/s/c")
        #expect(run.started == ["h1/s/a", "h1/s/b", "h1/s/c"])
        #expect(run.events.last == .finished)
        #expect(run.machine.isFinished)
    }

    @Test("in the order of dependencies, not of the plan's text")
    func dependencies() {
        var run = RunDriver(hosts: ["h1"], steps: [step("last", needs: [after("first")]), step("first")])
        run.succeedAll()
        #expect(run.started == ["h1/first/a", "h1/last/a"])
    }

    @Test("steps that do not depend on each other take turns, one job at a time")
    func turns() {
        var run = RunDriver(hosts: ["h1"], steps: [step("s", subtasks: "ab"), step("t", subtasks: "ab")])
        #expect(run.out.count == 1)
        run.succeedAll()
        #expect(run.started == ["h1/s/a", "h1/t/a", "h1/s/b", "h1/t/b"])
    }

    @Test("on all hosts at once, without one waiting for another")
    func hostsAreIndependent() {
        let hosts: [HostName] = ["h1", "h2", "h3"]
        var run = RunDriver(hosts: hosts, steps: [step("s", on: hosts), step("t", on: hosts, needs: [after("s")])])
        #expect(run.out.keys.sorted() == ["h1/s/a", "h2/s/a", "h3/s/a"])
        run.report("h2/s/a")
        #expect(run.out.keys.sorted() == ["h1/s/a", "h2/t/a", "h3/s/a"])
    }

    @Test("with a barrier, only when every host has done the step before")
    func barrier() {
        let hosts: [HostName] = ["h1", "h2"]
        var run = RunDriver(hosts: hosts, steps: [step("s", on: hosts), step("t", on: hosts, needs: [afterAll("s")])])
        run.report("h1/s/a")
        #expect(run.out.keys.sorted() == ["h2/s/a"])
        run.report("h2/s/a", .skipped)
        #expect(run.out.keys.sorted() == ["h1/t/a", "h2/t/a"])
        run.succeedAll()
        #expect(run.machine.isFinished)
    }

    @Test("a barrier looks across host classes")
    func barrierAcrossClasses() {
        var run = RunDriver([
            .init(hosts: ["d1"], steps: [step("s", on: ["d1"]), step("t", on: ["d1"], needs: [afterAll("s")])]),
            .init(hosts: ["r1"], steps: [step("s", on: ["r1"])]),
        ])
        run.report("d1/s/a")
        #expect(run.out.keys.sorted() == ["r1/s/a"])
        run.report("r1/s/a")
        #expect(run.out.keys.sorted() == ["d1/t/a"])
    }

    @Test("a step for one host only, and those who wait for it everywhere")
    func once() {
        let hosts: [HostName] = ["h1", "h2"]
        // `once: true` has left h1 only; h2 does not have the step, yet waits for it behind the barrier.
        var run = RunDriver(hosts: hosts, steps: [step("schema", on: ["h1"]), step("app", on: hosts, needs: [afterAll("schema")])])
        #expect(run.out.keys.sorted() == ["h1/schema/a"])
        run.report("h1/schema/a")
        #expect(run.out.keys.sorted() == ["h1/app/a", "h2/app/a"])
    }

    @Test("a dependency on the same host does not hold up hosts without the step")
    func absentStep() {
        let run = RunDriver(hosts: ["h1", "h2"], steps: [step("schema", on: ["h1"]), step("app", on: ["h1", "h2"], needs: [after("schema")])])
        #expect(run.out.keys.sorted() == ["h1/schema/a", "h2/app/a"])
    }

    @Test("and is finished at once when no host has anything to do")
    func nothingToDo() {
        let run = RunDriver(hosts: ["h1"], steps: [step("s", on: ["other"])])
        #expect(run.machine.isFinished)
        #expect(run.started.isEmpty)
    }

    @Test("a step without subtasks counts as done instead of holding the run up")
    func emptyStep() {
        let hosts: [HostName] = ["h1", "h2"]
        var run = RunDriver(hosts: hosts, steps: [step("empty", on: hosts, subtasks: ""), step("s", on: hosts, needs: [afterAll("empty")])])
        run.succeedAll()
        #expect(run.machine.isFinished)
        #expect(run.started == ["h1/s/a", "h2/s/a"])
    }

    @Test("job identifiers ascend, whatever the clock does")
    func identifiersAscend() {
        var run = RunDriver(hosts: ["h1", "h2"], steps: [step("s", on: ["h1", "h2"], subtasks: "abc")])
        var identifiers: [JobID] = []
        while let (name, job) = run.out.min(by: { $0.value.id < $1.value.id }) {
            identifiers.append(job.id)
            run.report(name)
        }
        #expect(identifiers.count == 6)
        #expect(identifiers == identifiers.sorted())
        #expect(Set(identifiers).count == 6)
    }

    @Test("a second plan for the same run changes nothing")
    func plannedTwice() {
        var run = RunDriver(hosts: ["h1"], steps: [step("s")])
        let before = run.events.count
        run.plan([.init(hosts: ["h2"], steps: [step("s", on: ["h2"])])])
        #expect(run.events.count == before)
    }

    @Test("replaying the events gives the same report and the same next decision")
    func replay() {
        let hosts: [HostName] = ["h1", "h2"]
        var run = RunDriver(hosts: hosts, steps: [step("s", on: hosts, subtasks: "ab"), step("t", on: hosts, needs: [afterAll("s")])])
        run.report("h1/s/a")
        run.report("h2/s/a", exitOne)
        var copy = RunMachine(run: run.machine.run)
        for event in run.events { copy.apply(event) }
        #expect(copy.report() == run.machine.report())
        guard let job = run.out["h1/s/b"] else {
            Issue.record("h1/s/b is not out")
            return
        }
        let input = RunMachine.Input.reported(
            JobResult(job: job.id, attempt: 1, outcome: .changed), stamp: Stamp(wallMilliseconds: 5, monotonic: .zero, entropy: 5))
        #expect(copy.decide(input) == run.machine.decide(input))
    }
}
