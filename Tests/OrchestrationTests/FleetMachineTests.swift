import Model
import Orchestration
import Testing

@Suite("The fleet of workers")
struct FleetMachineTests {
    @Test("gets a job as soon as a worker has room for it")
    func assigns() {
        var fleet = FleetDriver()
        fleet.submit(job(1))
        #expect(fleet.sent.isEmpty)
        #expect(fleet.machine.queuedJobs == 1)
        fleet.hello("w1")
        #expect(fleet.sent.map(\.job.id) == [job(1).id])
        #expect(fleet.machine.queuedJobs == 0)
        #expect(fleet.machine.worker(of: job(1).id) == "w1")
    }

    @Test("never has more out to a worker than its slots and one")
    func slots() {
        var fleet = FleetDriver()
        fleet.hello("w1", slots: 2)
        for number in 1...10 { fleet.submit(job(number)) }
        #expect(fleet.sent.count == 3)
        fleet.give(.finished(job(2).id))
        #expect(fleet.sent.count == 4)
        #expect(fleet.machine.queuedJobs == 6)
    }

    @Test("a worker that claims no slots has one, so that the run does not starve")
    func noSlots() {
        var fleet = FleetDriver()
        fleet.hello("w1", slots: 0)
        fleet.submit(job(1))
        #expect(fleet.sent.count == 1)
    }

    @Test("takes jobs in the order they were submitted")
    func order() {
        var fleet = FleetDriver()
        for number in 1...6 { fleet.submit(job(number)) }
        fleet.hello("w1", slots: 1)
        for number in 1...6 { fleet.give(.finished(job(number).id)) }
        #expect(fleet.sent.map(\.job.id) == (1...6).map { job($0).id })
    }

    @Test("a job that is submitted twice is there once")
    func submittedTwice() {
        var fleet = FleetDriver()
        fleet.hello("w1", slots: 4)
        fleet.submit(job(1))
        #expect(fleet.submit(job(1)).isEmpty)
        #expect(fleet.sent.count == 1)
    }

    @Test("jobs of a host stay with the worker that has its connection")
    func affinity() {
        var fleet = FleetDriver()
        fleet.hello("w1", slots: 8)
        fleet.hello("w2", slots: 8)
        fleet.give(.expected("db1"))
        guard let home = fleet.machine.home(of: "db1") else {
            Issue.record("db1 has no home")
            return
        }
        for number in 1...4 {
            fleet.submit(job(number, host: "db1"))
            fleet.give(.finished(job(number).id))
        }
        #expect(fleet.sent.allSatisfy { $0.worker == home })
        #expect(fleet.give(.expected("db1")).isEmpty)
    }

    @Test("hosts are spread over all workers")
    func spread() {
        var fleet = FleetDriver()
        for worker in ["w1", "w2", "w3", "w4"] { fleet.hello(WorkerID(worker), slots: 50) }
        for number in 1...100 { fleet.submit(job(number)) }
        let counts = Dictionary(grouping: fleet.sent, by: \.worker).mapValues(\.count)
        #expect(fleet.sent.count == 100)
        #expect(counts.count == 4)
        #expect(counts.values.allSatisfy { $0 <= 26 }, "\(counts)")
    }

    @Test("hosts keep their worker when another one joins")
    func keepsHomes() {
        var fleet = FleetDriver()
        fleet.hello("w1", slots: 50)
        for number in 1...10 { fleet.give(.expected(job(number).host)) }
        fleet.hello("w2", slots: 50)
        for number in 1...10 { #expect(fleet.machine.home(of: job(number).host) == "w1") }
    }
}

@Suite("A job whose worker is lost")
struct LostWorkerTests {
    @Test("is handed out again under a new epoch, so that the new worker attaches instead of starting")
    func reassigned() {
        var fleet = FleetDriver()
        fleet.hello("w1")
        fleet.submit(job(1))
        fleet.accept(job(1).id)
        fleet.hello("w2")
        fleet.give(.left("w1", reason: "it said goodbye"))
        #expect(fleet.sent.map(\.job.epoch) == [1, 2])
        #expect(fleet.sent.map(\.job.attempt) == [1, 1])
        #expect(fleet.sent.map(\.worker) == ["w1", "w2"])
        #expect(fleet.machine.workerNames == ["w2"])
    }

    @Test("waits in the queue while there is no other")
    func waits() {
        var fleet = FleetDriver()
        fleet.hello("w1")
        fleet.submit(job(1))
        fleet.give(.left("w1", reason: "gone"))
        #expect(fleet.machine.queuedJobs == 1)
        #expect(fleet.machine.worker(of: job(1).id) == nil)
        fleet.hello("w1b")
        #expect(fleet.sent.map(\.job.epoch) == [1, 2])
    }

    @Test("is handed out again when the lease ends, not before")
    func lease() {
        var fleet = FleetDriver()
        fleet.hello("w1")
        fleet.submit(job(1))
        fleet.accept(job(1).id)
        fleet.tick(after: .seconds(16))
        #expect(fleet.machine.workerNames == ["w1"], "the margin on top of the lease is not over")
        let events = fleet.tick(after: .seconds(1))
        #expect(events.contains(.workerLeft("w1", reason: "not heard within its lease")))
        #expect(fleet.machine.queuedJobs == 1)
    }

    @Test("a sign of life extends the lease")
    func heard() {
        var fleet = FleetDriver()
        fleet.hello("w1")
        for _ in 1...5 {
            fleet.tick(after: .seconds(10))
            fleet.machine.heard("w1", now: fleet.now)
        }
        #expect(fleet.machine.workerNames == ["w1"])
    }

    @Test("a result of the lost worker counts all the same, and the job is not handed out again")
    func lateResult() {
        var fleet = FleetDriver()
        fleet.hello("w1")
        fleet.submit(job(1))
        fleet.accept(job(1).id)
        fleet.give(.left("w1", reason: "gone"))
        #expect(fleet.give(.finished(job(1).id)) == [.settled(job(1).id)])
        fleet.hello("w2")
        #expect(fleet.sent.count == 1)
        #expect(fleet.give(.finished(job(1).id)).isEmpty)
    }

    @Test("an acceptance under an old epoch changes nothing")
    func staleAcceptance() {
        var fleet = FleetDriver()
        fleet.hello("w1")
        fleet.submit(job(1))
        let first = fleet.sent[0].job
        fleet.give(.left("w1", reason: "gone"))
        fleet.hello("w1")
        #expect(fleet.give(.accepted("w1", reference(first))).isEmpty)
        #expect(fleet.give(.accepted("w1", reference(fleet.sent[1].job))) == [.accepted(job(1).id)])
    }

    @Test("neither does that of a worker that does not have the job")
    func foreignAcceptance() {
        var fleet = FleetDriver()
        fleet.hello("w1")
        fleet.submit(job(1))
        fleet.hello("w2")
        #expect(fleet.give(.accepted("w2", reference(job(1)))).isEmpty)
        #expect(fleet.give(.refused("w2", reference(job(1)))).isEmpty)
    }

    @Test("an assignment that nobody accepts is sent again, with the same epoch")
    func resent() {
        var fleet = FleetDriver()
        fleet.hello("w1")
        fleet.submit(job(1))
        fleet.tick(after: .seconds(4))
        #expect(fleet.sent.count == 1)
        fleet.tick(after: .seconds(1))
        #expect(fleet.sent.map(\.job.epoch) == [1, 1])
        fleet.accept(job(1).id)
        fleet.tick(after: .seconds(9))
        #expect(fleet.sent.count == 2)
    }

    @Test("a worker that says Hello without an accepted job has lost it")
    func helloWithout() {
        var fleet = FleetDriver()
        fleet.hello("w1")
        fleet.submit(job(1))
        fleet.accept(job(1).id)
        fleet.hello("w1", knows: [reference(job(1))])
        #expect(fleet.sent.count == 1)
        fleet.hello("w1", knows: [])
        #expect(fleet.sent.map(\.job.epoch) == [1, 2])
    }

    @Test("a refused job goes to another worker, not back to the one that refused it")
    func refused() {
        var fleet = FleetDriver()
        fleet.hello("w1", slots: 4)
        fleet.hello("w2", slots: 4)
        fleet.submit(job(1))
        let first = fleet.sent[0]
        fleet.give(.refused(first.worker, reference(first.job)))
        #expect(fleet.sent.count == 2)
        #expect(fleet.sent.last?.worker != first.worker)
        #expect(fleet.sent.last?.job.epoch == 2)
    }

    @Test("a job that all workers refuse is not offered in a circle without end, but on the next tick")
    func refusedByAll() {
        var fleet = FleetDriver()
        fleet.hello("w1", slots: 4)
        fleet.submit(job(1))
        fleet.give(.refused("w1", reference(fleet.sent[0].job)))
        #expect(fleet.sent.count == 1)
        #expect(fleet.machine.queuedJobs == 1)
        fleet.tick(after: .milliseconds(500))
        #expect(fleet.sent.count == 2)
    }

    @Test("the same inputs give the same events")
    func deterministic() {
        func play() -> [FleetMachine.Event] {
            var fleet = FleetDriver()
            for worker in 1...5 { fleet.hello(WorkerID("w\(worker)"), slots: 3) }
            for number in 1...30 { fleet.submit(job(number)) }
            fleet.tick(after: .seconds(6))
            fleet.give(.left("w3", reason: "gone"))
            for number in stride(from: 1, to: 30, by: 2) { fleet.give(.finished(job(number).id)) }
            fleet.tick(after: .seconds(20))
            return fleet.events
        }
        #expect(play() == play())
    }

    @Test("replaying the events gives the same state")
    func replay() {
        var fleet = FleetDriver()
        fleet.hello("w1", slots: 2)
        fleet.hello("w2", slots: 2)
        for number in 1...9 { fleet.submit(job(number)) }
        fleet.give(.left("w1", reason: "gone"))
        fleet.give(.finished(job(3).id))
        var copy = FleetMachine()
        for event in fleet.events { copy.apply(event) }
        #expect(copy.workerNames == fleet.machine.workerNames)
        #expect(copy.queuedJobs == fleet.machine.queuedJobs)
        for number in 1...9 {
            #expect(copy.reference(of: job(number).id) == fleet.machine.reference(of: job(number).id))
            #expect(copy.worker(of: job(number).id) == fleet.machine.worker(of: job(number).id))
            #expect(copy.home(of: job(number).host) == fleet.machine.home(of: job(number).host))
        }
    }
}
