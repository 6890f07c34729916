/// A process of the modelled machine.
package struct ModelProcess: Sendable {
    package enum Kind: Sendable { case runner, supervisor, child, command, daemon, look, ender }
    package enum Status: Sendable { case running, stopped, zombie }

    package let pid: Int
    /// In ticks since boot.
    package let start: Int
    package internal(set) var parent: Int
    package internal(set) var group: Int
    package internal(set) var kind: Kind
    package internal(set) var status = Status.running
    /// Whose stream it holds.
    package let runner: RunnerID
    /// The attempt that it supervises, becomes or is.
    package let attempt: AttemptName?
    package let owner: Owner?
    var exitCode = 0
    var program: Program
}

/// One connection's runner. Unlike pids these are never used again.
package typealias RunnerID = Int

/// Indirect, so that to look at a process does not copy its program.
indirect enum Program: Sendable {
    case runner(RunnerProgram)
    case supervisor(SupervisorProgram)
    case child(ChildProgram)
    case command(CommandProgram)
    case look(LookProgram)
    case ender(EnderProgram)
    /// What a command left behind: it waits for signals.
    case daemon
}

/// `state`: reads a record, looks at its processes, and if they are gone reads it again.
struct Evaluation: Sendable {
    enum Phase { case record, supervisor, leader, group }

    let ledger: Int
    let name: AttemptName
    var phase = Phase.record
    var isSecondReading = false
    var claim: Claim?
    var command: (pid: Int, start: Int)?

    init(_ name: AttemptName, in ledger: Int) {
        self.ledger = ledger
        self.name = name
    }
}

/// `stop`: a cancel or a deadline, up to the polite signal.
struct Stopping: Sendable {
    enum Phase { case marker, open, line, mark, evaluation, signal }

    let name: AttemptName
    let word: Ending
    var phase = Phase.marker
    var evaluation: Evaluation

    init(_ name: AttemptName, in ledger: Int, _ word: Ending) {
        self.name = name
        self.word = word
        evaluation = Evaluation(name, in: ledger)
    }
}

/// Looks at the entries of the host-wide claim, one by one.
struct EntryLook: Sendable {
    enum Phase { case clock, list, entry, evaluation, lateClock }

    let ledger: Int
    let owner: Owner
    /// Passed over; nil in the main loop's early look.
    let own: EntryName?
    var phase = Phase.clock
    var uptime = 0
    var list: [EntryName] = []
    var index = 0
    var evaluation = Evaluation(AttemptName(0, 0), in: 0)
    /// Entries of the same owner are looked at too, to find what is over.
    var cleans = false
    /// Its job was at or below the low-water mark, before the record was read.
    var isForgotten = false
    /// Who is in the way.
    var busy: Owner?
    /// Seen to be over, which they stay.
    var over: [EntryName]

    init(in ledger: Int, for owner: Owner, own: EntryName?, over: [EntryName]) {
        self.ledger = ledger
        self.owner = owner
        self.own = own
        self.over = over
    }
}

/// A start whose supervisor was forked, and whose record had no line when it was last looked at.
struct Unclaimed: Sendable {
    let name: AttemptName
    /// In seconds of uptime: a later claim is not used.
    let notAfter: Int
    let supervisor: Int
}

struct RunnerProgram: Sendable {
    enum Phase {
        case hello, idle
        case startRecord, startClock, startLow, startPrevious, startEarlier, startOthers, startClean, startFork
        case tell, stop
        case revokeOpen, revokeLine
        case forgetLow, forgetWrite, forgetNext, forgetEvaluation, forgetEntry, forgetRemoval
        case holdClock, holdEarly, holdMake, holdFill, holdOthers, holdRemoval
        case watchClock, watchUnclaimed, watchList, watchNext, watchEvaluation, watchSleep
    }
    /// What follows a `stop`.
    enum After { case idle, tell, watch }

    let ledger: Int
    var key = HostKey(ledger: 0, boot: Boot(id: 0, start: 0), machine: 0)
    var phase = Phase.hello
    var frame = Frame.torn
    var evaluation = Evaluation(AttemptName(0, 0), in: 0)
    var stopping = Stopping(AttemptName(0, 0), in: 0, .cancelled)
    var look = EntryLook(in: 0, for: Owner(run: 0, coordinator: 0), own: nil, over: [])
    var after = After.idle
    /// TELL looks at the deadline, START and CANCEL do not.
    var tellsDeadline = false
    var over: [EntryName] = []
    /// In seconds, as last read.
    var uptime = 0
    /// Records that the watchdog, FORGET or START goes through.
    var list: [AttemptName] = []
    var index = 0
    /// Its starts that may still be claimed.
    var unclaimed: [Unclaimed] = []
    var foundAlive = false
    /// In ticks.
    var wakesAt = 0
    var holds = 0
    var looks: [(slot: Int, pid: Int, start: Int)] = []

    init(ledger: Int) { self.ledger = ledger }
}

struct SupervisorProgram: Sendable {
    enum Phase {
        case makeEntry, others, removeEntry
        case open, claim, readBack, tell, clock, ledger, low, started, fork
        case wait, word, awaitGroup, left, done
    }

    let ledger: Int
    let key: HostKey
    let frame: StartFrame
    let claim: Claim
    let entry: EntryName
    var phase: Phase
    var look: EntryLook
    /// Said once the entry is removed; nil: its state is told.
    var refusal: Refusal?
    var evaluation: Evaluation
    var child = (pid: 0, start: 0)
    var exitCode = 0
    var ending = Ending.exit
    var hasLeft = false
    /// In ticks: how long a cancelled command's group is waited for.
    var waitsUntil = 0
}

struct ChildProgram: Sendable {
    enum Phase { case run, supervisor, void, marker, exec }

    let ledger: Int
    let name: AttemptName
    let owner: Owner
    let supervisor: Int
    let command: Command
    var phase = Phase.run
}

struct CommandProgram: Sendable {
    let name: AttemptName
    let command: Command
    /// In ticks; nil: waits for its gate.
    let endsAt: Int?
}

struct LookProgram: Sendable {
    let id: Int
    let question: Question
    let ticks: Int
    /// Nil: it has not looked yet.
    var exitCode: Int?
    var endsAt = 0
}

/// Waits five seconds for those who got TERM, then sends KILL.
struct EnderProgram: Sendable {
    let name: AttemptName
    let target: (pid: Int, start: Int)
    /// In ticks.
    let killsAt: Int
    var isKilling = false
}
