import Model
import Orchestration
import RunnerModel

/// What a worker says to its coordinator. Output is not simulated.
enum ToCoordinator {
    case hello(slots: Int, knows: [JobReference])
    case heartbeat(sentAt: Duration)
    case accepted(JobReference)
    case refused(JobReference)
    case finished(JobReference, JobResult)
    case goodbye
}

/// What a coordinator says to a worker.
enum ToWorker {
    case welcome(lease: Duration)
    case heartbeatSeen(sentAt: Duration)
    case assign(Job, Purpose)
    case cancel(JobReference)
    case acknowledged(JobReference)
    /// The run is over, or so a planted mistake says: one ledger of one host may forget.
    case forget(site: Int, directory: Int, Frame)
    case drain
}

/// One process in a place: a restart in the same place has another life.
struct Incarnation: Hashable {
    var place: Int
    var life: Int
}

/// Everything that can happen, in the order of its time.
enum Event {
    case toCoordinator(Int, from: Incarnation, ToCoordinator)
    case toWorker(Incarnation, ToWorker)
    /// A worker's socket has connected to the coordinator of today.
    case connected(Incarnation)
    case coordinatorTick(Incarnation)
    case workerTick(Incarnation)
    /// The journal's disk has answered.
    case committed(Incarnation, isStored: Bool)
    case startCoordinator(Int)
    case startWorker(Int)
    /// Somebody on the machine may go on.
    case machine(Int)
    case linkReached(Int)
    case linkFailed(Int)
    /// A worker notices that its stream is gone.
    case linkLost(Int)
    /// The host's end of the stream is closed.
    case streamClosed(Int)
    case frame(link: Int, Frame)
    case answer(link: Int, Message)
    /// A start that was held up arrives.
    case release(start: Int)
    /// The wait of one execution is over.
    case timer(Incarnation, execution: Int, token: Int)
    case resume(machine: Int, pid: Int, start: Int)
    /// A command takes its own connection, or its machine, down.
    case takeDown(machine: Int, boots: Int, ConnectionEnd)
    case begin(run: Int)
    case person
    case fault
    case heal
}
