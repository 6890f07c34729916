import Model
import Orchestration
import Testing

@Suite("An attempt is carried out")
struct AttemptMachineTests {
    typealias Answer = AttemptMachine.Answer

    /// A situation, what the host answers one after the other, and what is done about it.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var work = attemptWork()
        var epoch = 1
        var purpose = Purpose.run
        /// Before which answer a cancel comes, if one does.
        var cancelBefore: Int?
        var answers: [Answer]
        var actions: String
        var testDescription: String { name }
    }

    static let same = Answer.connected(hostKey: key(boot: 1))
    static let rebooted = Answer.connected(hostKey: key(boot: 2))
    static let otherLedger = Answer.connected(hostKey: key(boot: 1, ledger: "new"))
    static let other = Answer.connected(hostKey: key(boot: 1, machine: "new"))
    static let yes = Answer.looked(exitCode: 0)
    static let no = Answer.looked(exitCode: 1)
    static let lost = Answer.lost("the stream broke")
    static let guarded = attemptWork(guardCheck: true)
    static let healthy = attemptWork(health: true)
    static let both = attemptWork(guardCheck: true, health: true)
    static let link = attemptWork(health: true, ends: .link)
    static let reboot = attemptWork(guardCheck: true, health: true, ends: .reboot)

    static let firstHandOut: [Case] = [
        Case(name: "plain", answers: [same, .exited(0)], actions: "start, = changed"),
        Case(name: "the command fails", answers: [same, .exited(7)], actions: "start, = exit 7"),
        Case(name: "guard satisfied", work: guarded, answers: [same, yes], actions: "guard, = skipped"),
        Case(name: "guard, then start", work: guarded, answers: [same, no, .exited(0)], actions: "guard, start, = changed"),
        Case(name: "healthy", work: healthy, answers: [same, .exited(0), yes], actions: "start, health, = changed"),
        Case(name: "healthy in spite of the exit code", work: healthy, answers: [same, .exited(1), yes], actions: "start, health, = changed"),
        Case(name: "failed and not healthy: no waiting", work: healthy, answers: [same, .exited(3), no], actions: "start, health, = exit 3"),
        Case(name: "healthy after a while", work: healthy, answers: [same, .exited(0), no, .waited, no, .waited, yes], actions: "start, health, wait, health, wait, health, = changed"),
        Case(name: "ended at its deadline", work: healthy, answers: [same, .endedAtDeadline], actions: "start, = deadline"),
        Case(name: "ended by a cancel", work: healthy, answers: [same, .endedByCancel], actions: "start, = cancelled"),
        Case(name: "not reached", answers: [.unreachable("x")], actions: "= unreachable"),
        Case(name: "not reached before the start", work: guarded, answers: [same, lost, .waited, .unreachable("x")], actions: "guard, wait, connect, = unreachable"),
        Case(name: "no root", answers: [.noRoot("x")], actions: "= no root"), Case(name: "unusable", answers: [.unusable("x")], actions: "= refused"),
        Case(name: "refused for good", answers: [same, .refused(.other("no space")), .neverStarted], actions: "start, revoke, = refused"),
        Case(name: "refused, yet it has run", answers: [same, .refused(.other("x")), .exited(0)], actions: "start, revoke, = changed"),
        Case(name: "refused by another ledger than was shown", answers: [same, .refused(.otherKey("x")), .neverStarted], actions: "start, revoke, = refused"),
        Case(name: "busy, then free", answers: [same, .refused(.busy(run: "r", coordinator: "c")), .waited, .exited(0)], actions: "start, wait, start, = changed"),
        Case(name: "late twice", answers: [same, .refused(.late), .waited, .refused(.late), .waited, .exited(0)], actions: "start, wait, start, wait, start, = changed"),
        Case(
            name: "late three times", answers: [same, .refused(.late), .waited, .refused(.late), .waited, .refused(.late), .neverStarted],
            actions: "start, wait, start, wait, start, revoke, = refused"),
        Case(name: "revoked by somebody else", answers: [same, .neverStarted], actions: "start, = not started"),
        Case(name: "the record was there and is gone", work: guarded, answers: [same, no, .absent, no], actions: "guard, start, guard, = ledger lost n-"),
    ]

    static let lostLinks: [Case] = [
        Case(name: "lost while the guard is asked", work: guarded, answers: [same, lost, .waited, same, no, .exited(0)], actions: "guard, wait, connect, guard, start, = changed"),
        Case(name: "lost in the start, running", answers: [same, lost, .waited, same, .exited(0)], actions: "start, wait, connect, attach, = changed"),
        Case(
            name: "lost in the start, which never came: guard, then start", work: guarded, answers: [same, no, lost, .waited, same, .absent, no, .exited(0)],
            actions: "guard, start, wait, connect, attach, guard, start, = changed"),
        Case(
            name: "lost in the start, and meanwhile satisfied: said only after a revocation", work: guarded,
            answers: [same, no, lost, .waited, same, .absent, yes, .neverStarted], actions: "guard, start, wait, connect, attach, guard, revoke, = skipped"),
        Case(
            name: "lost twice", answers: [same, lost, .waited, same, lost, .waited, same, .endedAtDeadline],
            actions: "start, wait, connect, attach, wait, connect, attach, = deadline"),
        Case(name: "lost, claimed and dead", answers: [same, lost, .waited, same, .neverStarted], actions: "start, wait, connect, attach, = not started"),
        Case(
            name: "lost after its end, before its health check", work: both, answers: [same, no, .exited(0), lost, .waited, same, .exited(0), yes],
            actions: "guard, start, health, wait, connect, attach, health, = changed"),
        Case(
            name: "lost after its end, and then another machine answers", work: healthy, answers: [same, .exited(0), lost, .waited, other],
            actions: "start, health, wait, connect, = other machine"),
        Case(
            name: "lost while an interrupted attempt is weighed", work: guarded, answers: [same, no, .interrupted, lost, .waited, same, .interrupted, no],
            actions: "guard, start, guard, wait, connect, attach, guard, = interrupted n-"),
        Case(
            name: "lost while the record is closed", answers: [same, .refused(.other("x")), lost, .waited, same, .neverStarted],
            actions: "start, revoke, wait, connect, start, = not started"),
        Case(
            name: "its record is gone after its end: it is not started anew", work: both, answers: [same, no, .exited(0), lost, .waited, same, .absent, no, no],
            actions: "guard, start, health, wait, connect, attach, guard, health, = ledger lost nn"),
        Case(
            name: "its ledger was replaced: what has run is not known", work: guarded,
            answers: [same, no, lost, .waited, same, .absent, no, .refused(.otherKey("x")), no],
            actions: "guard, start, wait, connect, attach, guard, start, guard, = ledger lost n-"),
        Case(name: "unusable when it is asked", answers: [same, lost, .waited, .unusable("x")], actions: "start, wait, connect, = unanswered"),
        Case(name: "no root any more", answers: [same, lost, .waited, .noRoot("x"), .waited, same, .exited(0)], actions: "start, wait, connect, wait, connect, attach, = changed"),
    ]

    static let laterEpochs: [Case] = [
        Case(name: "running elsewhere", epoch: 2, answers: [same, .exited(0)], actions: "attach, = changed"),
        Case(name: "never came", epoch: 2, answers: [same, .absent, .exited(0)], actions: "attach, start, = changed"),
        Case(name: "never came, guard", work: guarded, epoch: 2, answers: [same, .absent, no, .exited(0)], actions: "attach, guard, start, = changed"),
        Case(
            name: "skipped is said only after a revocation", work: guarded, epoch: 2, answers: [same, .absent, yes, .neverStarted],
            actions: "attach, guard, revoke, = skipped"),
        Case(
            name: "it ran before the revocation: its outcome counts", work: guarded, epoch: 2, answers: [same, .absent, yes, .exited(1)],
            actions: "attach, guard, revoke, = exit 1"),
        Case(name: "closed", epoch: 2, answers: [same, .neverStarted], actions: "attach, = not started"),
        Case(name: "refused", epoch: 2, answers: [same, .absent, .refused(.other("x")), .neverStarted], actions: "attach, start, revoke, = refused"),
        Case(name: "unusable", epoch: 2, answers: [.unusable("x")], actions: "= unanswered"),
        Case(name: "interrupted, nothing to look at", epoch: 2, answers: [same, .interrupted], actions: "attach, = interrupted --"),
        Case(name: "interrupted, both say yes", work: both, epoch: 2, answers: [same, .interrupted, yes, yes], actions: "attach, guard, health, = interrupted yy"),
        Case(name: "interrupted, guard says no", work: both, epoch: 2, answers: [same, .interrupted, no, yes], actions: "attach, guard, health, = interrupted ny"),
        Case(name: "interrupted, health only", work: healthy, epoch: 2, answers: [same, .interrupted, no], actions: "attach, health, = interrupted -n"),
    ]

    static let otherHosts: [Case] = [
        Case(name: "restarted before it was handed out: nothing starts", work: both, answers: [rebooted, .neverStarted], actions: "revoke, = not started"),
        Case(name: "restarted, and it had run after all", answers: [rebooted, .exited(0)], actions: "revoke, = changed"),
        Case(name: "restarted in mid-command", work: guarded, epoch: 2, answers: [rebooted, .interrupted, no], actions: "attach, guard, = interrupted n-"),
        Case(
            name: "restarted, and the record is not there: that proves nothing", work: guarded, epoch: 2, answers: [rebooted, .absent, yes],
            actions: "attach, guard, = interrupted y-"),
        Case(name: "restarted after its end", epoch: 2, answers: [rebooted, .exited(0)], actions: "attach, = changed"),
        Case(
            name: "restarted while the link was lost in the start", answers: [same, lost, .waited, rebooted, .absent],
            actions: "start, wait, connect, attach, = interrupted --"),
        Case(name: "another ledger, before", answers: [otherLedger], actions: "= refused"),
        Case(name: "another ledger, after", work: both, epoch: 2, answers: [otherLedger, yes, yes], actions: "guard, health, = ledger lost yy"),
        Case(
            name: "another ledger after the end", work: healthy, answers: [same, .exited(0), lost, .waited, otherLedger, yes],
            actions: "start, health, wait, connect, health, = ledger lost -y"),
        Case(name: "another machine, before", answers: [other], actions: "= refused"), Case(name: "another machine, after", epoch: 2, answers: [other], actions: "= other machine"),
        Case(name: "another machine, settled", purpose: .settle, answers: [other], actions: "= other machine"),
        Case(name: "something else answers", answers: [.connected(hostKey: "")], actions: "= refused"),
    ]

    static let settling: [Case] = [
        Case(name: "done", purpose: .settle, answers: [same, .exited(0)], actions: "attach, = changed"),
        Case(name: "never came: closed, guard or not", work: both, purpose: .settle, answers: [same, .absent, .neverStarted], actions: "attach, revoke, = not started"),
        Case(name: "came between", purpose: .settle, answers: [same, .absent, .exited(1)], actions: "attach, revoke, = exit 1"),
        Case(name: "interrupted", work: both, purpose: .settle, answers: [same, .interrupted, yes, no], actions: "attach, guard, health, = interrupted yn"),
        Case(name: "the host refuses the question", purpose: .settle, answers: [same, .refused(.other("x"))], actions: "attach, = unanswered"),
        Case(
            name: "the host refuses to close the record", purpose: .settle, answers: [same, .absent, .refused(.busy(run: "r", coordinator: "c"))],
            actions: "attach, revoke, = unanswered"),
    ]

    static let cancels: [Case] = [
        Case(name: "handed out to be cancelled, running", purpose: .cancel, answers: [same, .endedByCancel], actions: "cancel, = cancelled"),
        Case(name: "handed out to be cancelled, never came", work: both, purpose: .cancel, answers: [same, .neverStarted], actions: "cancel, = not started"),
        Case(name: "handed out to be cancelled, done", work: healthy, purpose: .cancel, answers: [same, .exited(0), yes], actions: "cancel, health, = changed"),
        Case(name: "handed out to be cancelled, absent", purpose: .cancel, answers: [same, .absent, .neverStarted], actions: "cancel, revoke, = not started"),
        Case(name: "handed out to be cancelled after a restart", purpose: .cancel, answers: [rebooted, .interrupted], actions: "attach, = interrupted --"),
        Case(name: "before the connection", cancelBefore: 0, answers: [same, .neverStarted], actions: "revoke, = not started"),
        Case(name: "while the guard is asked", work: guarded, cancelBefore: 1, answers: [same, no, .neverStarted], actions: "guard, revoke, = not started"),
        Case(name: "while the guard is asked, satisfied", work: guarded, cancelBefore: 1, answers: [same, yes], actions: "guard, = skipped"),
        Case(
            name: "while another run is on the host", cancelBefore: 2, answers: [same, .refused(.busy(run: "r", coordinator: "c")), .waited, .neverStarted],
            actions: "start, wait, revoke, = not started"),
        Case(name: "while it runs", cancelBefore: 1, answers: [same, .endedByCancel], actions: "start, = cancelled"),
        Case(name: "while it runs and the link is lost", cancelBefore: 1, answers: [same, lost, .waited, same, .endedByCancel], actions: "start, wait, connect, cancel, = cancelled"),
        Case(name: "after the link was lost in the start", cancelBefore: 2, answers: [same, lost, .waited, same, .neverStarted], actions: "start, wait, connect, cancel, = not started"),
        Case(name: "after its end: the health check goes on", work: healthy, cancelBefore: 2, answers: [same, .exited(0), no, .waited, yes], actions: "start, health, wait, health, = changed"),
        Case(
            name: "second hand-out, never came", epoch: 2, cancelBefore: 1, answers: [same, .absent, .neverStarted], actions: "attach, revoke, = not started"),
    ]

    static let ends: [Case] = [
        Case(
            name: "the link comes back", work: link, answers: [same, lost, .waited, same, .interrupted, no, .waited, yes],
            actions: "start, wait, connect, attach, health, wait, health, = changed"),
        Case(
            name: "the host comes back", work: reboot, answers: [same, no, lost, .waited, .unreachable("x"), .waited, rebooted, .interrupted, yes],
            actions: "guard, start, wait, connect, wait, connect, attach, health, = changed"),
        Case(
            name: "the link is lost while it is waited for", work: link, answers: [same, .interrupted, lost, .waited, same, .interrupted, yes],
            actions: "start, health, wait, connect, attach, health, = changed"),
        Case(name: "it ends by itself", work: link, answers: [same, .exited(0), yes], actions: "start, health, = changed"),
        Case(name: "without a health check nobody can tell", work: attemptWork(ends: .reboot), answers: [same, .interrupted], actions: "start, = interrupted --"),
    ]

    @Test("step by step", arguments: firstHandOut + lostLinks + laterEpochs + otherHosts + settling + cancels + ends)
    func cases(example: Case) {
        var attempt = AttemptDriver(example.work, epoch: example.epoch, example.purpose)
        #expect(attempt.machine.first == .connect)
        var actions: [String] = []
        for (index, answer) in example.answers.enumerated() {
            if example.cancelBefore == index { attempt.machine.cancelRequested() }
            actions.append(attempt.answer(answer, after: .milliseconds(100)))
        }
        #expect(actions.joined(separator: ", ") == example.actions)
    }

    // MARK: Time

    @Test("waits a minute for another run to leave the host, then gives up")
    func busy() {
        for refusal in [AttemptMachine.Refusal.busy(run: "r", coordinator: "c"), .previous("running")] {
            var attempt = AttemptDriver()
            #expect(attempt.play([Self.same, .refused(refusal)]) == "start, wait")
            #expect(attempt.answer(.waited) == "start")
            #expect(attempt.answer(.refused(refusal), after: .seconds(59)) == "wait")
            #expect(attempt.answer(.waited) == "start")
            #expect(attempt.answer(.refused(refusal), after: .seconds(1)) == "revoke")
            guard case .finish(.failed(.refusedByHost(let reason))) = attempt.machine.next(.neverStarted, now: attempt.now) else {
                Issue.record("not given up")
                return
            }
            #expect(reason.contains(refusal == .previous("running") ? "still running" : "busy: run r of coordinator c"))
        }
    }

    @Test("asks a host that may have started it again for the command's time and two minutes, then is in doubt")
    func unanswered() {
        var attempt = AttemptDriver()
        #expect(attempt.play([Self.same, Self.lost, .waited]) == "start, wait, connect")
        #expect(attempt.answer(.unreachable("x"), after: .seconds(180)) == "wait")
        #expect(attempt.answer(.waited) == "connect")
        #expect(attempt.answer(.unreachable("x"), after: .seconds(1)) == "= unanswered")
        var again = AttemptDriver()
        #expect(again.play([Self.same, Self.lost, .waited]) == "start, wait, connect")
        #expect(again.answer(Self.same, after: .seconds(180)) == "attach")
        #expect(again.play([Self.lost, .waited]) == "wait, connect")
        #expect(again.answer(.unreachable("x"), after: .seconds(180)) == "wait", "it was reached meanwhile: the time begins anew")
    }

    @Test("asks the health check for its time, more and more rarely, then tells both exit codes")
    func health() {
        var attempt = AttemptDriver(Self.healthy)
        #expect(attempt.play([Self.same, .exited(0)]) == "start, health")
        var pauses: [Duration] = []
        for _ in 0..<100 {
            switch attempt.machine.next(.looked(exitCode: 4), now: attempt.now) {
            case .wait(let pause):
                pauses.append(pause)
                #expect(attempt.answer(.waited, after: pause) == "health")
            case .finish(let outcome):
                #expect(outcome == .failed(.healthCheck(exitCode: 4, commandExitCode: 0)))
                #expect(pauses.first == .milliseconds(100) && pauses == pauses.sorted() && pauses.last == .seconds(1))
                #expect(attempt.now <= .seconds(10) && attempt.now >= .seconds(8))
                return
            case let action: Issue.record("\(action)")
            }
        }
        Issue.record("it never ends")
    }

    @Test("waits for a host that takes itself down for the health check's time, then weighs what it sees")
    func neverReturns() {
        var attempt = AttemptDriver(Self.reboot, epoch: 2)
        #expect(attempt.play([Self.rebooted, .interrupted, Self.no, .waited]) == "attach, health, wait, health")
        #expect(attempt.answer(Self.no, after: .seconds(10)) == "guard")
        #expect(attempt.play([Self.yes, Self.no]) == "health, = interrupted yn")
    }

    // MARK: What must never happen

    /// Whatever a host answers, in whatever order.
    static let anything: [Answer] = [
        same, rebooted, otherLedger, other, .unreachable("x"), .noRoot("x"), yes, no, .exited(0), .exited(1), .endedAtDeadline, .endedByCancel, .refused(.late),
        .refused(.busy(run: "r", coordinator: "c")), .refused(.previous("x")), .refused(.otherKey("x")), .refused(.other("x")), .absent, .neverStarted, .interrupted, lost, .unusable("x"), .waited,
    ]

    @Test("what is only to be settled or cancelled is never started, and each attempt comes to an end", arguments: 1...200 as ClosedRange<UInt64>)
    func neverStarts(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for purpose in Purpose.allCases {
            for work in [attemptWork(), Self.both, Self.reboot] {
                var attempt = AttemptDriver(work, epoch: Int.random(in: 1...2, using: &generator), purpose)
                var isCancelled = purpose == .cancel
                var isOver = false
                for _ in 0..<2000 where !isOver {
                    if generator.chance(2) {
                        attempt.machine.cancelRequested()
                        isCancelled = true
                    }
                    let action = attempt.answer(Self.anything.randomElement(using: &generator) ?? .waited, after: .milliseconds(300))
                    #expect(action != "start" || (purpose == .run && !isCancelled), "\(purpose)")
                    isOver = action.hasPrefix("=")
                }
                #expect(isOver)
            }
        }
    }

    /// Once a start was sent that may have arrived, only the ledger knows.
    @Test("after a start nothing is said of it that the host did not say", arguments: 1...200 as ClosedRange<UInt64>)
    func neverGuesses(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for work in [attemptWork(), Self.both, Self.reboot] {
            var attempt = AttemptDriver(work)
            #expect(attempt.answer(Self.same) == (work.guardCheck == nil ? "start" : "guard"))
            if work.guardCheck != nil { #expect(attempt.answer(Self.no) == "start") }
            // It has run, or may have.
            let first = [Answer.exited(0), .exited(1), .interrupted, Self.lost].randomElement(using: &generator) ?? Self.lost
            var action = attempt.answer(first)
            var isClosed = false
            for _ in 0..<2000 where !action.hasPrefix("=") {
                #expect(action != "start" || !isClosed)
                let candidates: [Answer] =
                    switch action {
                    case "connect": [Self.same, Self.same, Self.rebooted, Self.otherLedger, Self.other, .unreachable("x")]
                    case "guard", "health": [Self.yes, Self.no, Self.lost]
                    case "start", "attach": [.exited(0), .endedAtDeadline, .absent, .interrupted, .neverStarted, Self.lost]
                    case "revoke": [.neverStarted, .exited(0), .interrupted, Self.lost]
                    default: [.waited]
                    }
                let answer = candidates.randomElement(using: &generator) ?? .waited
                if answer == .neverStarted { isClosed = true }
                action = attempt.answer(answer, after: .milliseconds(300))
                if action == "= skipped" || action == "= not started" { #expect(isClosed, "\(work) \(action) without a revocation") }
                #expect(action != "= unreachable" && action != "= refused" && action != "= no root", "\(work)")
            }
        }
    }
}

/// Random numbers that a seed repeats exactly (splitmix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state = state &+ 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}
