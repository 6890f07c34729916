import Model
import Orchestration
import Testing

@Suite("A worker")
struct WorkerMachineTests {
    static func result(_ job: Job, _ outcome: JobOutcome = .changed) -> JobResult {
        JobResult(job: job.id, attempt: job.attempt, outcome: outcome)
    }

    static func welcomed(slots: Int = 2) -> WorkerMachine {
        var worker = WorkerMachine(slots: slots)
        _ = worker.handle(.welcomed(lease: .seconds(15), now: .zero))
        return worker
    }

    func again(_ job: Job, epoch: Int) -> Job {
        var job = job
        job.epoch = epoch
        return job
    }

    @Test("takes nothing before it is welcome")
    func notWelcome() {
        var worker = WorkerMachine(slots: 2)
        #expect(!worker.isWelcome)
        #expect(worker.handle(.assigned(job(1), .run, now: .zero)) == [.refuse(reference(job(1)), .leaseExpired)])
        #expect(worker.handle(.heartbeatSeen(sentAt: .seconds(100))).isEmpty)
        #expect(worker.handle(.assigned(job(1), .run, now: .zero)) == [.refuse(reference(job(1)), .leaseExpired)])
    }

    @Test("accepts a job and carries it out")
    func accepts() {
        var worker = Self.welcomed()
        #expect(worker.handle(.assigned(job(1), .run, now: .zero)) == [.accept(reference(job(1))), .execute(job(1), .run)])
        #expect(worker.runningJobs == 1)
        #expect(worker.known == [reference(job(1))])
    }

    @Test("carries a job out once, however often it is handed out")
    func handedOutAgain() {
        var worker = Self.welcomed()
        _ = worker.handle(.assigned(job(1), .run, now: .zero))
        #expect(worker.handle(.assigned(job(1), .run, now: .zero)) == [.accept(reference(job(1)))])
        let second = again(job(1), epoch: 2)
        #expect(worker.handle(.assigned(second, .run, now: .zero)) == [.accept(reference(second))])
        #expect(worker.known == [reference(second)])
        // Its end is told under the newest epoch.
        let told = worker.handle(.finished(reference(job(1)), Self.result(job(1)), now: .zero))
        #expect(told == [.tellFinished(reference(second), Self.result(job(1)))])
    }

    @Test("a late frame of an earlier hand-out does not take the epoch back")
    func staleAssignment() {
        var worker = Self.welcomed()
        let second = again(job(1), epoch: 2)
        _ = worker.handle(.assigned(second, .run, now: .zero))
        #expect(worker.handle(.assigned(job(1), .run, now: .zero)).isEmpty)
        #expect(worker.known == [reference(second)])
        _ = worker.handle(.finished(reference(second), Self.result(second), now: .zero))
        #expect(worker.handle(.assigned(job(1), .run, now: .zero)).isEmpty)
        #expect(worker.known == [reference(second)])
    }

    @Test("handed out again after its end, a job is told again instead of being carried out")
    func finishedThenHandedOut() {
        var worker = Self.welcomed()
        _ = worker.handle(.assigned(job(1), .run, now: .zero))
        _ = worker.handle(.finished(reference(job(1)), Self.result(job(1)), now: .zero))
        let second = again(job(1), epoch: 2)
        #expect(worker.handle(.assigned(second, .run, now: .zero)) == [.accept(reference(second)), .tellFinished(reference(second), Self.result(job(1)))])
    }

    @Test("takes one job more than it has slots, then refuses")
    func slots() {
        var worker = Self.welcomed(slots: 1)
        _ = worker.handle(.assigned(job(1), .run, now: .zero))
        #expect(worker.handle(.assigned(job(2), .run, now: .zero)) == [.accept(reference(job(2))), .execute(job(2), .run)])
        #expect(worker.handle(.assigned(job(3), .run, now: .zero)) == [.refuse(reference(job(3)), .noSlot)])
        _ = worker.handle(.finished(reference(job(1)), Self.result(job(1)), now: .zero))
        // The very same hand-out stays refused: by now another worker may have the job.
        #expect(worker.handle(.assigned(job(3), .run, now: .zero)) == [.refuse(reference(job(3)), .noSlot)])
        let second = again(job(3), epoch: 2)
        #expect(worker.handle(.assigned(second, .run, now: .zero)) == [.accept(reference(second)), .execute(second, .run)])
    }

    @Test("an assignment that comes once more after its result was acknowledged starts nothing")
    func lateRepeat() {
        var worker = Self.welcomed()
        _ = worker.handle(.assigned(job(1), .run, now: .zero))
        _ = worker.handle(.finished(reference(job(1)), Self.result(job(1), .failed(.unreachable("no route"))), now: .zero))
        _ = worker.handle(.acknowledged(reference(job(1))))
        #expect(worker.handle(.assigned(job(1), .run, now: .seconds(1))) == [.refuse(reference(job(1)), .over)])
        let second = again(job(1), epoch: 2)
        #expect(worker.handle(.assigned(second, .settle, now: .seconds(1))) == [.accept(reference(second)), .execute(second, .settle)])
    }

    @Test("an acknowledgement of an earlier hand-out does not forget what was found out since then")
    func lateAcknowledgement() {
        var worker = Self.welcomed()
        _ = worker.handle(.assigned(job(1), .run, now: .zero))
        _ = worker.handle(.finished(reference(job(1)), Self.result(job(1), .skipped), now: .zero))
        let second = again(job(1), epoch: 2)
        _ = worker.handle(.assigned(second, .settle, now: .zero))
        _ = worker.handle(.finished(reference(second), Self.result(second), now: .zero))
        _ = worker.handle(.acknowledged(reference(job(1))))
        #expect(worker.known == [reference(second)])
    }

    @Test("repeats an outcome until it is acknowledged")
    func repeats() {
        var worker = Self.welcomed()
        _ = worker.handle(.assigned(job(1), .run, now: .zero))
        let told = WorkerMachine.Action.tellFinished(reference(job(1)), Self.result(job(1)))
        #expect(worker.handle(.finished(reference(job(1)), Self.result(job(1)), now: .seconds(1))) == [told])
        #expect(worker.handle(.tick(now: .seconds(2))).isEmpty)
        #expect(worker.handle(.tick(now: .seconds(3))) == [told])
        #expect(worker.handle(.tick(now: .seconds(4))).isEmpty)
        #expect(worker.handle(.tick(now: .seconds(5))) == [told])
        #expect(worker.handle(.acknowledged(reference(job(1)))).isEmpty)
        #expect(worker.handle(.tick(now: .seconds(9))).isEmpty)
        #expect(worker.known.isEmpty)
    }

    @Test("a job that ends twice is told once, with the first outcome")
    func endsTwice() {
        var worker = Self.welcomed()
        _ = worker.handle(.assigned(job(1), .run, now: .zero))
        _ = worker.handle(.finished(reference(job(1)), Self.result(job(1)), now: .zero))
        #expect(worker.handle(.finished(reference(job(1)), Self.result(job(1), .skipped), now: .zero)).isEmpty)
        #expect(worker.handle(.tick(now: .seconds(2))) == [.tellFinished(reference(job(1)), Self.result(job(1)))])
    }

    @Test("an acknowledgement of a running job does not forget it")
    func earlyAcknowledgement() {
        var worker = Self.welcomed()
        _ = worker.handle(.assigned(job(1), .run, now: .zero))
        _ = worker.handle(.acknowledged(reference(job(1))))
        #expect(worker.known == [reference(job(1))])
    }

    @Test("past its lease it says Hello and starts nothing new, but keeps what it has")
    func leaseEnds() {
        var worker = Self.welcomed()
        _ = worker.handle(.assigned(job(1), .run, now: .zero))
        _ = worker.handle(.heartbeatSeen(sentAt: .seconds(5)))
        #expect(worker.handle(.tick(now: .seconds(19))).isEmpty)
        #expect(worker.handle(.tick(now: .seconds(20))) == [.hello])
        #expect(!worker.isWelcome)
        #expect(worker.handle(.tick(now: .seconds(21))).isEmpty)
        #expect(worker.handle(.assigned(job(2), .run, now: .seconds(21))) == [.refuse(reference(job(2)), .leaseExpired)])
        #expect(worker.known == [reference(job(1))])
        // What ended in the meantime is told at once when it is welcome again.
        _ = worker.handle(.finished(reference(job(1)), Self.result(job(1)), now: .seconds(22)))
        #expect(worker.handle(.welcomed(lease: .seconds(15), now: .seconds(23))) == [.tellFinished(reference(job(1)), Self.result(job(1)))])
    }

    @Test("waking after a long sleep it refuses before it has noticed by itself")
    func slept() {
        var worker = Self.welcomed()
        #expect(worker.handle(.assigned(job(1), .run, now: .seconds(3600))) == [.hello, .refuse(reference(job(1)), .leaseExpired)])
    }

    @Test("whose lease has ended says Hello before anything else, and tells what it has only after the Welcome")
    func helloFirst() {
        let late = Duration.seconds(3600)
        for input in [WorkerMachine.Input.tick(now: late), .assigned(job(2), .run, now: late), .finished(reference(job(1)), Self.result(job(1)), now: late)] {
            var worker = Self.welcomed()
            _ = worker.handle(.assigned(job(1), .run, now: .zero))
            let actions = worker.handle(input)
            #expect(actions.first == .hello)
            #expect(!actions.contains { if case .tellFinished = $0 { true } else { false } })
            #expect(worker.handle(.tick(now: late)).isEmpty)
        }
    }

    @Test("an acknowledgement between Hello and Welcome counts for nothing: the coordinator was told that the worker has the job")
    func acknowledgedMeanwhile() {
        var worker = Self.welcomed()
        let told = WorkerMachine.Action.tellFinished(reference(job(1)), Self.result(job(1)))
        _ = worker.handle(.assigned(job(1), .run, now: .zero))
        _ = worker.handle(.finished(reference(job(1)), Self.result(job(1)), now: .zero))
        #expect(worker.handle(.tick(now: .seconds(60))) == [.hello])
        #expect(worker.known == [reference(job(1))])
        #expect(worker.handle(.acknowledged(reference(job(1)))).isEmpty)
        #expect(worker.handle(.welcomed(lease: .seconds(15), now: .seconds(61))) == [told])
        _ = worker.handle(.acknowledged(reference(job(1))))
        #expect(worker.known.isEmpty)
    }

    @Test("ends what is cancelled, if it carries it out")
    func cancels() {
        var worker = Self.welcomed()
        #expect(worker.handle(.cancelled(job(1).id, attempt: 1)).isEmpty)
        _ = worker.handle(.assigned(job(1), .run, now: .zero))
        #expect(worker.handle(.cancelled(job(1).id, attempt: 2)).isEmpty)
        for _ in 1...2 { #expect(worker.handle(.cancelled(job(1).id, attempt: 1)) == [.end(reference(job(1)))]) }
        // Handed out again for that: ended, not carried out a second time.
        let second = again(job(1), epoch: 2)
        #expect(worker.handle(.assigned(second, .cancel, now: .zero)) == [.accept(reference(second)), .end(reference(second))])
        #expect(worker.handle(.assigned(job(2), .cancel, now: .zero)) == [.accept(reference(job(2))), .execute(job(2), .cancel)])
        let result = Self.result(job(1), .failed(.cancelled))
        #expect(worker.handle(.finished(reference(second), result, now: .zero)) == [.tellFinished(reference(second), result)])
        #expect(worker.handle(.cancelled(job(1).id, attempt: 1)).isEmpty)
    }

    @Test("asks the host again about what it found in doubt, and tells what it knows", arguments: [Purpose.settle, .cancel])
    func settles(purpose: Purpose) {
        let second = again(job(1), epoch: 2)
        for outcome in [JobOutcome.changed, exitOne, .notStarted(reason: "x"), .inDoubt(unanswered)] {
            var worker = Self.welcomed()
            _ = worker.handle(.assigned(job(1), .run, now: .zero))
            _ = worker.handle(.finished(reference(job(1)), Self.result(job(1), outcome), now: .zero))
            let actions = worker.handle(.assigned(second, purpose, now: .zero))
            if case .inDoubt = outcome {
                #expect(actions == [.accept(reference(second)), .execute(second, purpose)])
                #expect(worker.runningJobs == 1)
            } else {
                #expect(actions == [.accept(reference(second)), .tellFinished(reference(second), Self.result(job(1), outcome))])
            }
        }
        // Without a lease it asks nobody.
        var worker = Self.welcomed()
        _ = worker.handle(.assigned(job(1), .run, now: .zero))
        _ = worker.handle(.finished(reference(job(1)), Self.result(job(1), .inDoubt(unanswered)), now: .zero))
        let actions = worker.handle(.assigned(second, purpose, now: .seconds(60)))
        #expect(!actions.contains(.execute(second, purpose)) && actions.first == .hello)
    }

    @Test("an answer to an old heartbeat does not shorten the lease")
    func oldHeartbeat() {
        var worker = Self.welcomed()
        _ = worker.handle(.heartbeatSeen(sentAt: .seconds(10)))
        _ = worker.handle(.heartbeatSeen(sentAt: .seconds(3)))
        #expect(worker.handle(.tick(now: .seconds(24))).isEmpty)
    }

    @Test("drained, it takes no more, ends what it has and says Goodbye once")
    func drains() {
        var worker = Self.welcomed()
        _ = worker.handle(.assigned(job(1), .run, now: .zero))
        #expect(worker.handle(.drain).isEmpty)
        #expect(worker.handle(.assigned(job(2), .run, now: .zero)) == [.refuse(reference(job(2)), .draining)])
        _ = worker.handle(.finished(reference(job(1)), Self.result(job(1)), now: .zero))
        #expect(worker.handle(.acknowledged(reference(job(1)))) == [.goodbye])
        #expect(worker.handle(.drain).isEmpty)
    }

    @Test("drained with nothing to do, it leaves at once")
    func drainsIdle() {
        var worker = Self.welcomed()
        #expect(worker.handle(.drain) == [.goodbye])
    }
}
