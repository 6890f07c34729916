import Model
import Orchestration
import Testing

@Suite("A host that one worker can't reach")
struct UnreachedHostTests {
    let unreachable = JobOutcome.failed(.unreachable("h1: no route"))

    @Test("is tried by another before it is given up: the same attempt, under a new epoch")
    func another() {
        var coordinator = CoordinatorDriver()
        coordinator.hello("w1")
        coordinator.hello("w2")
        coordinator.begin([step("s", subtasks: "ab")])
        let first = coordinator.sent[0].worker, second: WorkerID = first == "w1" ? "w2" : "w1"
        coordinator.report("h1", unreachable)
        #expect(coordinator.records == ["handed out #1 run e2 to name of \(second)"])
        #expect(coordinator.effects.contains("assign h1 #1 run e2 to \(second)"))
        // It stays there.
        coordinator.report("h1")
        #expect(coordinator.sent.last?.worker == second)
    }

    @Test("and by nobody else is lost to the run")
    func nobody() {
        var coordinator = CoordinatorDriver()
        coordinator.hello("w1")
        coordinator.hello("w2")
        coordinator.begin([step("s", subtasks: "ab")])
        coordinator.report("h1", unreachable)
        coordinator.report("h1", unreachable)
        #expect(coordinator.sent.count == 2)
        #expect(coordinator.records.last == "finished")
    }

    @Test("and that is the only one there, is lost at once")
    func alone() {
        var coordinator = CoordinatorDriver()
        coordinator.hello("w1")
        coordinator.begin([step("s")])
        coordinator.report("h1", unreachable)
        #expect(coordinator.sent.count == 1)
        #expect(coordinator.records.last == "finished")
    }

    @Test("goes back to it when the other leaves")
    func goneAgain() {
        var coordinator = CoordinatorDriver()
        coordinator.hello("w1")
        coordinator.hello("w2")
        coordinator.begin([step("s")])
        let first = coordinator.sent[0].worker
        coordinator.report("h1", unreachable)
        guard let other = coordinator.sent.last?.worker else { return }
        coordinator.give(.left(other, reason: "gone"))
        #expect(coordinator.sent.last?.worker == first)
        #expect(coordinator.sent.last?.job.epoch == 3)
    }

    @Test("and may have started there is asked by another what became of it")
    func doubt() {
        var coordinator = CoordinatorDriver()
        coordinator.hello("w1")
        coordinator.hello("w2")
        coordinator.begin([step("s")])
        let first = coordinator.sent[0].worker
        coordinator.report("h1", .inDoubt(Doubt(.unanswered, "no answer")))
        coordinator.tick(after: .seconds(11))
        #expect(coordinator.sent.last?.purpose == .settle)
        #expect(coordinator.sent.last?.worker != first)
    }
}
