/// Names one attempt of a job: `JOB.ATTEMPT`.
///
/// Jobs, runs, coordinators, ledger directories and machines are small numbers here; the caller numbers its own names.
/// Of jobs only the order counts: it must be that of the job ids of one coordinator.
package struct AttemptName: Hashable, Comparable, Sendable {
    package var job: Int
    /// From 1 on.
    package var attempt: Int

    package init(_ job: Int, _ attempt: Int = 1) {
        self.job = job
        self.attempt = attempt
    }

    package static func < (left: AttemptName, right: AttemptName) -> Bool {
        left.job == right.job ? left.attempt < right.attempt : left.job < right.job
    }
}

/// Whose job it is: two owners never change a machine at once.
package struct Owner: Hashable, Sendable {
    package var run: Int
    package var coordinator: Int

    package init(run: Int, coordinator: Int) {
        self.run = run
        self.coordinator = coordinator
    }
}

/// Boot id and start time of process 1: containers share the first and differ in the second.
package struct Boot: Hashable, Sendable {
    package var id: Int
    /// In ticks.
    package var start: Int

    package init(id: Int, start: Int) {
        self.id = id
        self.start = start
    }
}

/// The host key of jobs.
package struct HostKey: Hashable, Sendable {
    package var ledger: Int
    package var boot: Boot
    package var machine: Int

    package init(ledger: Int, boot: Boot, machine: Int) {
        self.ledger = ledger
        self.boot = boot
        self.machine = machine
    }
}

/// How a recorded command ended; the first three words of CANCEL and DONE, and `unrecorded`.
package enum Ending: Hashable, Sendable { case exit, cancelled, deadline, unrecorded }

/// What a `done` line holds.
package struct Outcome: Hashable, Sendable {
    package var exitCode: Int
    package var ending: Ending
    /// Processes of its group are still there.
    package var hasLeft: Bool

    package init(exitCode: Int, ending: Ending, hasLeft: Bool = false) {
        self.exitCode = exitCode
        self.ending = ending
        self.hasLeft = hasLeft
    }
}

/// Where an attempt stands, as STATE tells it.
package enum AttemptState: Hashable, Sendable {
    case absent, revoked, running, orphan, never, interrupted, garbled
    case done(Outcome)

    /// Nothing of it runs or can run any more, and another attempt may.
    package var isSettled: Bool {
        switch self {
        case .revoked, .never, .interrupted, .done: true
        case .absent, .running, .orphan, .garbled: false
        }
    }

    /// It can still change the machine, or does.
    var isAlive: Bool { self == .running || self == .orphan }
}

/// Why nothing of a START or HOLD ran.
package enum Refusal: Hashable, Sendable {
    case identity(HostKey)
    case late, forgotten
    /// The state of the attempt before: absent, running, orphan or garbled.
    case previous(AttemptState)
    case busy(Owner)
    case nospace
    /// The directory that a HOLD names has no ledger.
    case ledger
}

/// What a command does once it takes effect.
package struct Command: Hashable, Sendable {
    /// Is there for looks once the command ended by itself.
    package var effect: Int?
    /// In ticks; nil: until `HostModel.openGate`.
    package var duration: Int?
    package var exitCode: Int
    package var ignoresTerminate: Bool
    /// Leaves a process in its group when it ends.
    package var leavesDaemon: Bool

    package init(effect: Int? = nil, duration: Int? = 0, exitCode: Int = 0, ignoresTerminate: Bool = false, leavesDaemon: Bool = false) {
        self.effect = effect
        self.duration = duration
        self.exitCode = exitCode
        self.ignoresTerminate = ignoresTerminate
        self.leavesDaemon = leavesDaemon
    }
}

/// What a guard, a health check or a fact asks; answered from the effects at the step that looks.
package enum Question: Hashable, Sendable {
    /// 0 if a command with this effect ended by itself on this machine, else 1.
    case isThere(effect: Int)
    case exit(Int)
}
