import Model
import Orchestration
import Testing

@Suite("A host in the fleet")
struct FleetHostTests {
    @Test("has one job at a time, whatever run it is of; the next goes when the one before has ended")
    func oneJob() {
        var fleet = FleetDriver()
        fleet.hello("w1", slots: 9)
        fleet.hello("w2", slots: 9)
        for number in 1...3 { fleet.submit(job(number, host: "h")) }
        fleet.submit(job(4))
        #expect(fleet.sent.map(\.job.id) == [job(1).id, job(4).id])
        for number in 1...3 {
            #expect(fleet.sent.last { $0.job.host == "h" }?.job.id == job(number).id)
            let events = fleet.give(.finished(job(number).id))
            // Its end and the next hand-out are decided together.
            #expect(events.count == (number < 3 ? 2 : 1))
        }
    }

    @Test("keeps its job when the worker is lost; others wait on")
    func lostWorker() {
        var fleet = FleetDriver()
        fleet.hello("w1")
        fleet.submit(job(1, host: "h"))
        fleet.submit(job(2, host: "h"))
        fleet.give(.left("w1", reason: "gone"))
        fleet.hello("w2")
        #expect(fleet.lines == ["h run e1 -> w1", "h run e2 -> w2"])
        #expect(fleet.sent.allSatisfy { $0.job.id == job(1).id })
    }

    @Test("that did not answer is left alone until its time, then asked")
    func delayed() {
        var fleet = FleetDriver()
        fleet.hello("w1")
        fleet.submit(job(1), .settle, after: .seconds(10))
        fleet.tick(after: .seconds(9))
        fleet.machine.heard("w1", now: fleet.now)
        #expect(fleet.sent.isEmpty)
        fleet.tick(after: .seconds(1))
        #expect(fleet.lines == ["h1 settle e1 -> w1"])
    }

    @Test("is not given to another job while one waits for its time there")
    func delayedHolder() {
        var fleet = FleetDriver()
        fleet.hello("w1")
        fleet.submit(job(1, host: "h"), .settle, after: .seconds(5))
        fleet.submit(job(2, host: "h"))
        #expect(fleet.sent.isEmpty)
        fleet.tick(after: .seconds(5))
        fleet.give(.finished(job(1).id))
        #expect(fleet.lines == ["h settle e1 -> w1", "h run e1 -> w1"])
    }

    @Test("a delayed job behind another waits for both: the host, and its time")
    func delayedBehind() {
        var fleet = FleetDriver()
        fleet.hello("w1")
        fleet.submit(job(1, host: "h"))
        fleet.accept(job(1).id)
        fleet.submit(job(2, host: "h"), .settle, after: .seconds(10))
        fleet.give(.finished(job(1).id))
        #expect(fleet.sent.count == 1)
        fleet.tick(after: .seconds(10))
        #expect(fleet.lines == ["h run e1 -> w1", "h settle e1 -> w1"])
    }
}

@Suite("A job that is cancelled")
struct FleetCancelTests {
    @Test("before it was ever handed out is withdrawn, and its host goes to the next")
    func withdrawn() {
        var fleet = FleetDriver()
        fleet.submit(job(1, host: "h"))
        fleet.submit(job(2, host: "h"))
        #expect(fleet.give(.cancelled(job(1).id)) == [.withdrawn(job(1, host: "h")), .settled(job(1).id)])
        // The second waits behind nobody now.
        fleet.hello("w1")
        #expect(fleet.sent.map(\.job.id) == [job(2).id])
        #expect(!fleet.machine.holds(job(1).id))
    }

    @Test("while it waits behind another job is withdrawn, too")
    func withdrawnBehind() {
        var fleet = FleetDriver()
        fleet.hello("w1", slots: 9)
        for number in 1...3 { fleet.submit(job(number, host: "h")) }
        fleet.give(.cancelled(job(2).id))
        fleet.give(.finished(job(1).id))
        #expect(fleet.sent.map(\.job.id) == [job(1).id, job(3).id])
    }

    @Test("with its worker: the worker is told, again and again until the outcome is there")
    func told() {
        var fleet = FleetDriver()
        fleet.hello("w1")
        fleet.submit(job(1))
        fleet.accept(job(1).id)
        #expect(fleet.give(.cancelled(job(1).id)) == [.cancelSent(reference(job(1)), "w1", at: .zero)])
        #expect(fleet.tick(after: .seconds(4)).isEmpty)
        #expect(fleet.tick(after: .seconds(1)) == [.cancelSent(reference(job(1)), "w1", at: .seconds(5))])
        fleet.machine.heard("w1", now: fleet.now)
        #expect(fleet.tick(after: .seconds(5)) == [.cancelSent(reference(job(1)), "w1", at: .seconds(10))])
        fleet.give(.finished(job(1).id))
        #expect(fleet.tick(after: .seconds(5)).isEmpty)
        #expect(fleet.lines == ["h1 run e1 -> w1"])
    }

    @Test("and not yet accepted is sent again with that purpose: a resend must not start it")
    func resend() {
        var fleet = FleetDriver()
        fleet.hello("w1")
        fleet.submit(job(1))
        fleet.give(.cancelled(job(1).id))
        fleet.tick(after: .seconds(5))
        #expect(fleet.lines == ["h1 run e1 -> w1", "h1 cancel e1 -> w1"])
    }

    @Test("then loses its worker, is handed out to be cancelled", arguments: [true, false])
    func workerLost(isAccepted: Bool) {
        var fleet = FleetDriver()
        fleet.hello("w1")
        fleet.submit(job(1))
        if isAccepted { fleet.accept(job(1).id) }
        fleet.give(.cancelled(job(1).id))
        fleet.hello("w2")
        fleet.give(.left("w1", reason: "gone"))
        #expect(fleet.lines == ["h1 run e1 -> w1", "h1 cancel e2 -> w2"])
        fleet.accept(job(1).id)
        #expect(fleet.give(.cancelled(job(1).id)).isEmpty, "it is being cancelled")
    }

    @Test("after it lost its worker is handed out to be cancelled: it may have started")
    func afterLoss() {
        var fleet = FleetDriver()
        fleet.hello("w1")
        fleet.submit(job(1))
        fleet.give(.left("w1", reason: "gone"))
        #expect(fleet.give(.cancelled(job(1).id)) == [.cancelMarked(job(1).id)])
        fleet.hello("w2")
        #expect(fleet.lines == ["h1 run e1 -> w1", "h1 cancel e2 -> w2"])
    }

    @Test("while it is on its way from one worker to the next is not started by the way")
    func whileQueued() {
        var fleet = FleetDriver()
        fleet.hello("w1")
        fleet.submit(job(1))
        // Refused by the only worker, it would be offered again with the next input: with this one.
        fleet.give(.refused("w1", reference(job(1))))
        fleet.give(.cancelled(job(1).id))
        fleet.tick(after: .seconds(1))
        #expect(fleet.lines.first == "h1 run e1 -> w1")
        #expect(fleet.lines.dropFirst().allSatisfy { $0.contains("cancel") } && fleet.lines.count > 1, "\(fleet.lines)")
    }

    @Test("while its outcome is to be found out is cancelled with that")
    func settling() {
        var fleet = FleetDriver()
        fleet.hello("w1")
        fleet.submit(job(1), .settle, after: .seconds(10))
        #expect(fleet.give(.cancelled(job(1).id)) == [.cancelMarked(job(1).id)])
        fleet.tick(after: .seconds(10))
        #expect(fleet.lines == ["h1 cancel e1 -> w1"])
    }

    @Test("and unknown or ended changes nothing")
    func unknown() {
        var fleet = FleetDriver()
        fleet.hello("w1")
        fleet.submit(job(1))
        fleet.give(.finished(job(1).id))
        #expect(fleet.give(.cancelled(job(1).id)).isEmpty)
        #expect(fleet.give(.cancelled(job(2).id)).isEmpty)
    }
}

@Suite("A job from before a restart")
struct RestoredJobTests {
    func restore(_ number: Int, host: HostName? = nil, _ purpose: Purpose = .run, lastEpoch: Int = 3, until: Duration? = .seconds(20)) -> FleetMachine.Input {
        .restored(job(number, host: host), purpose, lastEpoch: lastEpoch, reportsUntil: until)
    }

    func known(_ number: Int, attempt: Int = 1, epoch: Int = 3) -> JobReference { JobReference(job: job(number).id, attempt: attempt, epoch: epoch) }

    @Test("stays with the worker that says in time that it has it")
    func adopted() {
        var fleet = FleetDriver()
        fleet.give(restore(1))
        #expect(fleet.hello("w1", knows: [known(1)]).contains(.adopted(job(1).id, "w1")))
        #expect(fleet.machine.reference(of: job(1).id) == known(1) && fleet.machine.worker(of: job(1).id) == "w1")
        fleet.machine.heard("w1", now: .seconds(15))
        fleet.tick(after: .seconds(20))
        // It has it already, and says so once more.
        #expect(fleet.lines == ["h1 run e3 -> w1"])
        fleet.accept(job(1).id)
        fleet.machine.heard("w1", now: fleet.now)
        fleet.tick(after: .seconds(10))
        #expect(fleet.sent.count == 1)
        // Lost after that, it is handed out under the next epoch.
        fleet.hello("w2")
        fleet.give(.left("w1", reason: "gone"))
        #expect(fleet.lines == ["h1 run e3 -> w1", "h1 run e4 -> w2"])
    }

    @Test("goes on to the next epoch when the Hello that listed it was an old one")
    func oldHello() {
        var fleet = FleetDriver()
        fleet.give(restore(1))
        fleet.hello("w1", knows: [known(1)])
        fleet.tick(after: .seconds(5))
        fleet.hello("w2")
        fleet.give(.refused("w1", known(1)))
        fleet.tick(after: .seconds(1))
        #expect(fleet.lines == ["h1 run e3 -> w1", "h1 run e4 -> w2"])
    }

    @Test("is handed out under the next epoch when nobody has said so", arguments: [Purpose.run, .settle, .cancel])
    func handedOut(purpose: Purpose) {
        var fleet = FleetDriver()
        fleet.give(restore(1, purpose))
        fleet.hello("w1", knows: [known(1, epoch: 2), known(1, attempt: 2), known(1, epoch: 4), known(2)])
        fleet.machine.heard("w1", now: .seconds(15))
        fleet.tick(after: .seconds(19))
        #expect(fleet.sent.isEmpty)
        fleet.tick(after: .seconds(1))
        #expect(fleet.lines == ["h1 \(purpose) e4 -> w1"])
    }

    @Test("that was never handed out, or that no worker can have, goes at once")
    func atOnce() {
        var fleet = FleetDriver()
        fleet.hello("w1")
        fleet.give(restore(1, lastEpoch: 0))
        fleet.give(restore(2, until: nil))
        #expect(fleet.lines == ["h1 run e1 -> w1", "h2 run e4 -> w1"])
    }

    @Test("to be cancelled: the worker that has it is told")
    func cancelled() {
        var fleet = FleetDriver()
        fleet.give(restore(1, .cancel))
        #expect(fleet.hello("w1", knows: [known(1)]).contains(.cancelSent(known(1), "w1", at: .zero)))
        #expect(fleet.sent.isEmpty)
    }

    @Test("cancelled while it is waited for is not withdrawn: a worker may have it")
    func cancelledMeanwhile() {
        var fleet = FleetDriver()
        fleet.give(restore(1))
        #expect(fleet.give(.cancelled(job(1).id)) == [.cancelMarked(job(1).id)])
        #expect(fleet.hello("w1", knows: [known(1)]).contains(.cancelSent(known(1), "w1", at: .zero)))
    }

    @Test("that a worker has holds its host, though another was before it in line")
    func adoptedBehind() {
        var fleet = FleetDriver()
        fleet.give(restore(1, host: "h", .settle))
        fleet.give(restore(2, host: "h"))
        fleet.hello("w1", slots: 9, knows: [known(2)])
        fleet.tick(after: .seconds(5))
        fleet.accept(job(2).id)
        for _ in 1...4 {
            fleet.machine.heard("w1", now: fleet.now)
            fleet.tick(after: .seconds(10))
        }
        #expect(fleet.lines == ["h run e3 -> w1"], "the host is worked on")
        fleet.give(.finished(job(2).id))
        fleet.tick(after: .seconds(1))
        #expect(fleet.lines == ["h run e3 -> w1", "h settle e4 -> w1"])
        fleet.give(.finished(job(1).id))
        fleet.tick(after: .seconds(1))
        #expect(fleet.sent.count == 2 && !fleet.machine.holds(job(1).id) && !fleet.machine.holds(job(2).id))
    }

    @Test("that a worker tells of when its time is just over is not handed to a second host's job in the same breath")
    func adoptedLate() {
        var fleet = FleetDriver()
        fleet.give(restore(1, host: "h", until: .zero))
        fleet.give(restore(2, host: "h", until: .zero))
        fleet.hello("w1", slots: 9, knows: [known(2)])
        #expect(fleet.sent.isEmpty)
        fleet.give(.finished(job(2).id))
        #expect(fleet.sent.map(\.job.id) == [job(1).id])
    }

    @Test("only such a job is adopted: one that is asked about after a doubt is not, whatever a worker still lists")
    func notAdopted() {
        var fleet = FleetDriver()
        fleet.hello("w1")
        var asked = job(1)
        asked.epoch = 2
        fleet.submit(asked, .settle, after: .seconds(10))
        // The worker has not heard yet that its first report was recorded; it will, and forget the job.
        fleet.hello("w1", knows: [JobReference(job: asked.id, attempt: 1, epoch: 1)])
        fleet.machine.heard("w1", now: .seconds(5))
        fleet.tick(after: .seconds(10))
        #expect(fleet.lines == ["h1 settle e2 -> w1"])
    }
}
