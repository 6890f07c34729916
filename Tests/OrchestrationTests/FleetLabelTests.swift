import Model
import Orchestration
import Testing

@Suite("Hosts that want a certain worker")
struct FleetLabelTests {
    func fleet() -> FleetDriver {
        var fleet = FleetDriver()
        fleet.machine.want("dmz", for: "db1")
        for (worker, labels) in [("w1", []), ("w2", ["dmz", "eu"])] as [(WorkerID, Set<String>)] {
            fleet.machine.describe(worker, name: worker.value, labels: labels)
            fleet.hello(worker, slots: 8)
        }
        return fleet
    }

    @Test("go to a worker with their label, and to no other")
    func label() {
        var fleet = fleet()
        for number in 1...4 {
            fleet.submit(job(number, host: "db1"))
            fleet.give(.finished(job(number).id))
        }
        #expect(fleet.sent.map(\.worker) == ["w2", "w2", "w2", "w2"])
        #expect(fleet.machine.mayReach("db1", "w2"))
        #expect(!fleet.machine.mayReach("db1", "w1"))
        #expect(fleet.machine.mayReach("web1", "w1"))
    }

    @Test("or to the worker of that name")
    func name() {
        var fleet = fleet()
        fleet.machine.want("w1", for: "db2")
        fleet.submit(job(1, host: "db2"))
        #expect(fleet.sent.map(\.worker) == ["w1"])
    }

    @Test("wait while none is there; others go past them")
    func waits() {
        var fleet = FleetDriver()
        fleet.machine.want("dmz", for: "db1")
        fleet.hello("w1", slots: 8)
        fleet.submit(job(1, host: "db1"))
        fleet.submit(job(2, host: "web1"))
        #expect(fleet.sent.map(\.job.id) == [job(2).id])
        fleet.machine.describe("w2", name: "w2", labels: ["dmz"])
        fleet.hello("w2")
        #expect(fleet.sent.map(\.worker) == ["w1", "w2"])
    }

    @Test("move when the inventory says another label")
    func moved() {
        var fleet = fleet()
        fleet.give(.expected("db1"))
        #expect(fleet.machine.home(of: "db1") == "w2")
        fleet.machine.want("w1", for: "db1")
        fleet.submit(job(1, host: "db1"))
        #expect(fleet.sent.map(\.worker) == ["w1"])
    }

    @Test("are not given to a worker that could not reach them while there is another")
    func avoided() {
        var fleet = FleetDriver()
        for worker in ["w1", "w2"] as [WorkerID] { fleet.hello(worker, slots: 8) }
        fleet.give(.expected("db1"))
        let first = fleet.machine.home(of: "db1")
        fleet.give(.expected("db1", avoiding: [first ?? "w1"]))
        #expect(fleet.machine.home(of: "db1") != first)
        #expect(fleet.give(.expected("db1", avoiding: ["w1", "w2"])).isEmpty)
    }
}
