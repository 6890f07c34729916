import Model
import Orchestration
import RunnerModel

/// A name of the inventory, and the machine that answers at it.
struct Site {
    let name: HostName
    let hasRoot: Bool
    var machine: Int
    var unreachableUntil = 0
}

/// A machine, and how far its clock is.
struct Machine {
    var model: HostModel
    /// Up to here its ticks have gone, in milliseconds of the simulation.
    var clock = 0
    /// When its next step is due; nil if nobody waits for one.
    var due: Int?
    var suspendedUntil = 0
    var downUntil = 0
    /// Connections to an earlier boot are void.
    var boots = 0
    var links: [Int] = []
    var effectsSeen = 0
    /// Earlier states of its ledgers.
    var backups: [Ledger] = []
}

/// A worker's stream to a runner: one for each host and identity.
struct Link {
    let worker: Incarnation
    let site: Int
    /// The ledger's directory: 0 of the login user, 1 of root.
    let directory: Int
    var machine = 0
    var boots = 0
    var runner: RunnerID = 0
    var isOpen = false
    /// The worker knows that it is gone.
    var isDead = false
    /// Nothing goes to the worker any more, and so many frames to the host.
    var framesLeft: Int?
    var isClosedAtHost = false
    var key = HostKey(ledger: 0, boot: Boot(id: 0, start: 0), machine: 0)
    var keyText = ""
    /// Host's uptime less the worker's clock, in seconds.
    var uptimeOffset = 0
    /// The last arrival on either side: a stream keeps its order.
    var toHostAt = 0
    var toWorkerAt = 0
}

/// A start that is held up on its way.
struct HeldStart {
    let link: Int
    let frame: StartFrame
}

/// What an execution waits for.
enum Waiting: Equatable {
    case nothing
    case link
    case look(Int)
    case pause
    /// The lease that lets it start something.
    case gate
    /// All is decided; the frame goes out with the next step.
    case write
    case held
    /// DONE, or what else the host says of the attempt.
    case following
    /// The first answer to TELL.
    case told
    case revoked
    /// Over a new connection, which the execution does not know of: a planted mistake.
    case newLink(AttemptMachine.Action)
}

/// One hand-out that a worker carries out: the machine, and where the conversation with the host stands.
struct Execution {
    let id: Int
    let reference: JobReference
    let job: Job
    let name: AttemptName
    let site: Int
    var machine: AttemptMachine
    var isCancelled = false
    /// Timers of earlier waits are void.
    var token = 0
    var waiting = Waiting.nothing
    var link: Int?
    var holdLink: Int?
    /// In seconds of the host's uptime.
    var notAfter = 0
    /// In milliseconds of the worker's clock.
    var deadline = 0
    var claimUntil: Int?
    var wasSeenRunning = false
    var isCancelSent = false
    var pause = 500
}

/// A worker's process and what is around its machines.
struct WorkerShell {
    let coordinator: Int
    var life = 0
    var isAlive = false
    var stoppedUntil = 0
    /// Its clock less the simulation's, in milliseconds: it stands still while its machine sleeps.
    var clockOffset = 0
    var machine = WorkerMachine(slots: 3)
    var executions: [Execution] = []
    var links: [Int] = []
    var nextExecution = 1
    var nextLook = 1
    var lastHello = -10_000
    var lastHeartbeat = 0
    var wasWelcome = false
}

/// What a coordinator's disk holds of one run.
struct StoredRun {
    var id: RunID?
    var records: [RunRecord] = []
}

/// A coordinator's process and what is around its machine.
struct CoordinatorShell {
    var life = 0
    var isAlive = false
    var stoppedUntil = 0
    var clockOffset = 0
    var machine = CoordinatorMachine()
    /// Turns that wait for the commit under way to end.
    var queued: [CoordinatorMachine.Turn] = []
    var committing: [CoordinatorMachine.Turn] = []
    var isCommitting = false
    var failsNext = false
    /// Workers that said Hello to this process.
    var peers: [WorkerID: Incarnation] = [:]
    var identifiers = AscendingIdentifiers()
}
