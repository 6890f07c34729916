import Model
import Orchestration
import Testing

@Suite("A coordinator")
struct CoordinatorMachineTests {
    @Test("writes down where a run comes from, what it begins with, and each hand-out before it is sent")
    func begins() {
        var coordinator = CoordinatorDriver()
        coordinator.hello("w1")
        #expect(coordinator.effects == ["joined: name of w1, 4"])
        coordinator.begin([step("s", subtasks: "ab")])
        #expect(coordinator.records == ["created", "began", "attempt h1/s/a #1", "handed out #1 run e1 to name of w1"])
        #expect(coordinator.effects == ["assign h1 #1 run e1 to w1"])
        // Begun twice is begun once.
        coordinator.begin([step("s")])
        #expect(coordinator.records.isEmpty)
    }

    @Test("decides an outcome and what follows from it in one turn, and acknowledges when that is written")
    func oneTurn() {
        var coordinator = CoordinatorDriver()
        coordinator.hello("w1")
        coordinator.begin([step("s", subtasks: "ab")])
        coordinator.report("h1")
        #expect(coordinator.records == ["settled changed", "attempt h1/s/b #1", "handed out #1 run e1 to name of w1"])
        #expect(coordinator.effects == ["assign h1 #1 run e1 to w1", "acknowledge #1 e1 to w1"])
        coordinator.report("h1")
        #expect(coordinator.records == ["settled changed", "finished"])
        #expect(coordinator.effects == ["rests", "acknowledge #1 e1 to w1"])
    }

    @Test("acknowledges a repeat without writing anything, and what it knows nothing of")
    func repeats() {
        var coordinator = CoordinatorDriver()
        coordinator.hello("w1")
        coordinator.begin([step("s", subtasks: "ab")])
        let first = coordinator.last("h1")
        coordinator.report("h1")
        coordinator.report("h1", of: first)
        #expect(coordinator.records.isEmpty && coordinator.effects == ["acknowledge #1 e1 to w1"])
        coordinator.report("h1", exitOne, of: first)
        #expect(coordinator.records.isEmpty && coordinator.effects == ["acknowledge #1 e1 to w1"])
        let stranger = JobReference(job: JobID("ffffffffffffffffffffffffffffffff"), attempt: 1, epoch: 1)
        coordinator.give(.finished("w1", stranger, JobResult(job: stranger.job, attempt: 1, outcome: .changed), stamp: coordinator.stamp()))
        #expect(coordinator.records.isEmpty && coordinator.effects == ["acknowledge #1 e1 to w1"])
    }

    @Test("an outcome that was found here is acknowledged to nobody")
    func foundHere() {
        var coordinator = CoordinatorDriver()
        coordinator.hello("w1")
        coordinator.begin([step("s")])
        let job = coordinator.last("h1")
        coordinator.give(
            .finished(nil, reference(job), JobResult(job: job.id, attempt: 1, outcome: .failed(.refusedByPolicy("x"))), stamp: coordinator.stamp()))
        #expect(coordinator.records.last == "finished" && coordinator.effects == ["rests"])
    }

    @Test("under an old epoch does not take a revocation found under another host key for proof")
    func staleRevocation() {
        var coordinator = CoordinatorDriver()
        coordinator.hello("w1")
        coordinator.begin([step("s")])
        let first = coordinator.last("h1")
        coordinator.hello("w2")
        coordinator.give(.left("w1", reason: "gone"))
        let result = JobResult(job: first.id, attempt: 1, outcome: .notStarted(reason: "x"), hostKey: "ledger/another.2/machine")
        coordinator.give(.finished("w1", reference(first), result, stamp: coordinator.stamp()))
        #expect(coordinator.records.isEmpty)
    }

    /// What a worker says of itself, and what the ledger says, under the epoch before the current one.
    @Test(
        "under an old epoch takes facts only",
        arguments: [
            (.changed, true), (exitOne, true), (.failed(.deadline(.seconds(1))), true), (.failed(.cancelled), true), (.notStarted(reason: "x"), true),
            (.skipped, false), (.failed(.unreachable("x")), false), (.failed(.become("x")), false), (.failed(.refusedByHost("x")), false),
            (.failed(.refusedByPolicy("x")), false), (.inDoubt(unanswered), false), (.inDoubt(interrupted(true, true)), false),
        ] as [(JobOutcome, Bool)])
    func staleEpoch(outcome: JobOutcome, counts: Bool) {
        var coordinator = CoordinatorDriver()
        coordinator.hello("w1")
        coordinator.begin([step("s")])
        let first = coordinator.last("h1")
        coordinator.hello("w2")
        coordinator.give(.left("w1", reason: "gone"))
        #expect(coordinator.records == ["handed out #1 run e2 to name of w2"])
        coordinator.give(
            .finished("w1", reference(first), JobResult(job: first.id, attempt: 1, outcome: outcome, hostKey: first.hostKey), stamp: coordinator.stamp()))
        #expect(coordinator.records.isEmpty != counts)
        #expect(coordinator.effects.contains("acknowledge #1 e1 to w1"))
    }

    @Test("a resend is not written down again")
    func resend() {
        var coordinator = CoordinatorDriver()
        coordinator.hello("w1")
        coordinator.begin([step("s")])
        coordinator.tick(after: .seconds(5))
        #expect(coordinator.records.isEmpty && coordinator.effects == ["assign h1 #1 run e1 to w1"])
    }

    @Test("says which worker left and what became of its job")
    func workerLeft() {
        var coordinator = CoordinatorDriver()
        coordinator.hello("w1")
        coordinator.begin([step("s")])
        coordinator.tick(after: .seconds(17))
        #expect(coordinator.effects == ["handed back: not heard within its lease", "left: name of w1, not heard within its lease"])
        #expect(coordinator.records.isEmpty)
    }

    @Test("gives a host that two runs want to one after the other")
    func twoRuns() {
        var coordinator = CoordinatorDriver()
        coordinator.hello("w1")
        coordinator.begin([step("s", subtasks: "ab")], 1)
        coordinator.begin([step("t")], 2)
        #expect(coordinator.records == ["created", "began", "attempt h1/t/a #1"])
        coordinator.report("h1")
        #expect(coordinator.lines.last == "h1/t/a #1 run e1 -> w1")
        coordinator.report("h1")
        #expect(coordinator.lines.last == "h1/s/b #1 run e1 -> w1")
        #expect(coordinator.machine.runs[CoordinatorDriver.run(2)]?.isFinished == true)
        // A run that rests can be let go; the other goes on.
        coordinator.machine.remove(CoordinatorDriver.run(1))
        coordinator.machine.remove(CoordinatorDriver.run(2))
        #expect(coordinator.machine.runs.keys.map(\.self) == [CoordinatorDriver.run(1)])
    }
}

@Suite("A coordinator with a job in doubt")
struct CoordinatorDoubtTests {
    static func doubtful(_ doubt: Doubt = unanswered, work: Job.Work = Job.Work(command: "true", timeout: .seconds(1))) -> CoordinatorDriver {
        var coordinator = CoordinatorDriver()
        coordinator.hello("w1")
        coordinator.begin([step("s", work: work)])
        coordinator.report("h1", .inDoubt(doubt))
        return coordinator
    }

    @Test("asks the host after a while, under an epoch of its own each time")
    func asks() {
        var coordinator = Self.doubtful()
        #expect(coordinator.records == ["in doubt"] && coordinator.effects == ["acknowledge #1 e1 to w1"])
        for epoch in 2...4 {
            coordinator.machine.heard("w1", now: coordinator.now + .seconds(5))
            coordinator.tick(after: .seconds(10))
            #expect(coordinator.lines.last == "h1/s/a #1 settle e\(epoch) -> w1")
            coordinator.report("h1", .inDoubt(unanswered))
        }
        #expect(coordinator.records == ["undecided"] && coordinator.effects == ["rests", "acknowledge #1 e4 to w1"])
        coordinator.give(.proceed(CoordinatorDriver.run(1), stamp: coordinator.stamp()))
        #expect(coordinator.records == ["continued", "handed out #1 settle e5 to name of w1"])
    }

    @Test("a repeat of the doubtful report is not the answer to the question")
    func repeated() {
        var coordinator = Self.doubtful()
        let first = coordinator.last("h1")
        coordinator.tick(after: .seconds(10))
        for outcome in [JobOutcome.inDoubt(unanswered), .skipped, .failed(.unreachable("x"))] {
            coordinator.report("h1", outcome, of: first)
            #expect(coordinator.records.isEmpty, "\(outcome)")
        }
        coordinator.report("h1", .inDoubt(interrupted(true, true)))
        #expect(coordinator.records == ["settled changed", "finished"])
    }

    @Test("that is undecided takes facts only, whatever epoch they come with")
    func undecided() {
        for epoch in 1...2 {
            var coordinator = Self.doubtful(interrupted(nil, nil))
            #expect(coordinator.records == ["undecided"])
            for outcome in [JobOutcome.skipped, .failed(.unreachable("x")), .failed(.refusedByHost("x")), .inDoubt(otherMachine)] {
                coordinator.report("h1", outcome, epoch: epoch)
                #expect(coordinator.records.isEmpty, "\(outcome)")
            }
            coordinator.report("h1", exitOne, epoch: epoch)
            #expect(coordinator.records.first == "settled \(exitOne)")
        }
    }

    @Test("makes another attempt of what is idempotent, in the turn of the report; an old attempt's report changes nothing")
    func idempotentJob() {
        var coordinator = Self.doubtful(interrupted(false, nil), work: idempotent)
        #expect(coordinator.records == ["closed #1", "attempt h1/s/a #2", "handed out #2 run e1 to name of w1"])
        var first = coordinator.last("h1")
        first.attempt = 1
        coordinator.report("h1", .changed, of: first)
        #expect(coordinator.records.isEmpty)
        #expect(coordinator.effects == ["acknowledge #1 e1 to w1"])
    }

    @Test("takes a person's word")
    func decided() {
        var coordinator = Self.doubtful(otherMachine)
        let job = coordinator.last("h1").id
        coordinator.give(.decide(CoordinatorDriver.run(1), job, .again, stamp: coordinator.stamp()))
        #expect(coordinator.records == ["person: again", "closed #1", "attempt h1/s/a #2", "handed out #2 run e1 to name of w1"])
        coordinator.report("h1", .inDoubt(otherMachine))
        coordinator.give(.decide(CoordinatorDriver.run(1), job, .done, stamp: coordinator.stamp()))
        #expect(coordinator.records == ["person: done", "settled changed", "finished"] && coordinator.effects == ["rests"])
    }

    @Test("another run may use the host meanwhile")
    func otherRun() {
        var coordinator = CoordinatorDriver()
        coordinator.hello("w1")
        coordinator.begin([step("s")], 1)
        coordinator.begin([step("t")], 2)
        coordinator.report("h1", .inDoubt(unanswered))
        #expect(coordinator.lines.last == "h1/t/a #1 run e1 -> w1")
        coordinator.tick(after: .seconds(10))
        #expect(coordinator.sent.last?.purpose == .run, "the host is taken")
        coordinator.report("h1")
        #expect(coordinator.lines.last == "h1/s/a #1 settle e2 -> w1")
    }
}

@Suite("A coordinator that cancels a run")
struct CoordinatorCancelTests {
    static let run = CoordinatorDriver.run(1)

    @Test("withdraws what waits, ends what runs, and settles what is in doubt")
    func cancels() {
        var coordinator = CoordinatorDriver()
        let hosts: [HostName] = ["h1", "h2", "h3", "h4"]
        coordinator.hello("w1", slots: 2)
        coordinator.begin([step("s", on: hosts, subtasks: "ab")], hosts: hosts)
        coordinator.report("h1", .inDoubt(unanswered))
        #expect(coordinator.lines.count == 4)
        // h4 took the place of h1; nothing waits: one more host does.
        coordinator.begin([step("s", on: ["h5"])], 2, hosts: ["h5"])
        coordinator.give(.cancel(Self.run, stamp: coordinator.stamp()))
        #expect(coordinator.records == ["cancelling"])
        #expect(coordinator.effects == (1...3).map { _ in "cancel #1 e1 at w1" })
        coordinator.give(.cancel(CoordinatorDriver.run(2), stamp: coordinator.stamp()))
        #expect(coordinator.records.first == "cancelling" && coordinator.records.last == "finished")
        #expect(coordinator.machine.runs[CoordinatorDriver.run(2)]?.report().hosts.first?.subtasks.first?.result?.outcome.isFromLedger == true)
        coordinator.report("h2", .failed(.cancelled))
        coordinator.report("h3", .notStarted(reason: "x"))
        coordinator.report("h4")
        coordinator.tick(after: .seconds(10))
        #expect(coordinator.lines.last == "h1/s/a #1 cancel e2 -> w1")
        coordinator.report("h1", .notStarted(reason: "x"))
        #expect(coordinator.machine.runs[Self.run]?.isFinished == true)
        #expect(coordinator.lines.count == 5, "nothing was started any more")
    }

    @Test("says so again when it is asked again")
    func twice() {
        var coordinator = CoordinatorDriver()
        coordinator.hello("w1")
        coordinator.begin([step("s")])
        for turn in 1...2 {
            coordinator.give(.cancel(Self.run, stamp: coordinator.stamp()))
            #expect(coordinator.records == (turn == 1 ? ["cancelling"] : []))
            #expect(coordinator.effects == ["cancel #1 e1 at w1"])
        }
    }

    @Test("and pauses it: nothing is told to anybody, what runs goes on")
    func pauses() {
        var coordinator = CoordinatorDriver()
        coordinator.hello("w1")
        coordinator.begin([step("s", subtasks: "ab")])
        coordinator.give(.pause(Self.run))
        #expect(coordinator.records == ["paused"] && coordinator.effects.isEmpty)
        coordinator.report("h1")
        #expect(coordinator.records == ["settled changed"] && coordinator.effects == ["rests", "acknowledge #1 e1 to w1"])
        coordinator.give(.proceed(Self.run, stamp: coordinator.stamp()))
        #expect(coordinator.records == ["continued", "attempt h1/s/b #1", "handed out #1 run e1 to name of w1"])
    }
}

@Suite("A coordinator that starts again")
struct CoordinatorRestartTests {
    static let run = CoordinatorDriver.run(1)
    static let hosts: [HostName] = ["h1", "h2", "h3"]

    static func interruptedRun() -> CoordinatorDriver {
        var coordinator = CoordinatorDriver()
        coordinator.hello("w1", slots: 9)
        coordinator.begin([step("s", on: hosts, subtasks: "ab")], hosts: hosts)
        coordinator.report("h1")
        coordinator.report("h2", .inDoubt(unanswered))
        coordinator.report("h3", .inDoubt(interrupted(nil, nil)))
        return coordinator
    }

    @Test("hands out again what was out, under the next epoch, and asks about what was in doubt; what a person decides waits")
    func restores() {
        var coordinator = Self.interruptedRun()
        let before = coordinator.lines.count
        coordinator.restart(reportsUntil: .seconds(20))
        #expect(coordinator.records.isEmpty && coordinator.effects.isEmpty)
        coordinator.hello("w2", slots: 9)
        coordinator.machine.heard("w2", now: .seconds(15))
        coordinator.tick(after: .seconds(19))
        #expect(coordinator.lines.count == before)
        coordinator.tick(after: .seconds(1))
        #expect(coordinator.lines.dropFirst(before).sorted() == ["h1/s/b #1 run e2 -> w2", "h2/s/a #1 settle e2 -> w2"])
        // In doubt again: the next question has the next epoch.
        coordinator.report("h2", .inDoubt(unanswered))
        coordinator.machine.heard("w2", now: coordinator.now)
        coordinator.tick(after: .seconds(10))
        #expect(coordinator.lines.last == "h2/s/a #1 settle e3 -> w2")
        // So has that about the undecided one, after the restart.
        coordinator.give(.proceed(Self.run, stamp: coordinator.stamp()))
        #expect(coordinator.lines.last == "h3/s/a #1 settle e2 -> w2")
    }

    @Test("leaves a job to the worker that has kept it, and takes its report", arguments: [.skipped, .changed, .failed(.unreachable("x"))] as [JobOutcome])
    func adopts(outcome: JobOutcome) {
        var coordinator = Self.interruptedRun()
        let kept = coordinator.last("h1")
        coordinator.restart(reportsUntil: .seconds(20))
        coordinator.hello("w1", slots: 9, knows: [reference(kept)])
        coordinator.machine.heard("w1", now: .seconds(15))
        coordinator.tick(after: .seconds(20))
        #expect(coordinator.lines.last == "h2/s/a #1 settle e2 -> w1")
        coordinator.report("h1", outcome, of: kept)
        #expect(coordinator.records.first == "settled \(outcome)")
    }

    @Test("when no worker can have kept anything, does so at once")
    func atOnce() {
        var coordinator = Self.interruptedRun()
        let before = coordinator.lines.count
        coordinator.restart(reportsUntil: nil)
        coordinator.hello("w2", slots: 9)
        #expect(coordinator.lines.dropFirst(before).sorted() == ["h1/s/b #1 run e2 -> w2", "h2/s/a #1 settle e2 -> w2"])
    }

    @Test("goes on cancelling what was cancelled")
    func cancelling() {
        var coordinator = Self.interruptedRun()
        coordinator.give(.cancel(Self.run, stamp: coordinator.stamp()))
        let before = coordinator.lines.count
        coordinator.restart(reportsUntil: nil)
        coordinator.hello("w2", slots: 9)
        #expect(coordinator.lines.dropFirst(before).sorted() == ["h1/s/b #1 cancel e2 -> w2", "h2/s/a #1 cancel e2 -> w2"])
    }

    @Test("knows of runs that are finished, paused or undecided that they rest")
    func rests() {
        var coordinator = CoordinatorDriver()
        coordinator.hello("w1")
        coordinator.begin([step("s", subtasks: "ab")])
        coordinator.give(.pause(Self.run))
        coordinator.report("h1")
        coordinator.restart(reportsUntil: nil)
        #expect(coordinator.machine.rests(Self.run))
        coordinator.hello("w2")
        coordinator.give(.proceed(Self.run, stamp: coordinator.stamp()))
        coordinator.report("h1", .inDoubt(otherMachine))
        coordinator.restart(reportsUntil: nil)
        #expect(coordinator.machine.rests(Self.run))
        coordinator.hello("w3")
        coordinator.give(.decide(Self.run, coordinator.last("h1").id, .done, stamp: coordinator.stamp()))
        #expect(coordinator.records.last == "finished")
        coordinator.restart(reportsUntil: nil)
        #expect(coordinator.machine.rests(Self.run))
    }

    @Test("identifiers of jobs ascend across the restart")
    func identifiers() {
        var coordinator = Self.interruptedRun()
        let last = coordinator.sent.map(\.job.id).max()
        coordinator.restart(reportsUntil: nil)
        coordinator.hello("w2", slots: 9)
        coordinator.report("h2")
        #expect(coordinator.last("h2").subtask == "b")
        #expect(last.map { $0 < coordinator.last("h2").id } == true)
    }
}
