package import CommandSafety
import Cryptography
package import Logging
import Model
import Observability
package import Orchestration
import ProtocolMessages
import RunStore
import Threads
import WireProtocol
package import ZeroMQ

/// How a coordinator listens.
package struct CoordinatorSettings: Sendable {
    /// Its name in the ledgers of hosts.
    package var name: String
    package var controlEndpoint: String
    package var bulkEndpoint: String
    package var security: SocketSecurity
    package var fleet = FleetMachine.Settings()
    /// What texts are judged by when they are handed out, beside each host's own `forbidden_commands`.
    package var policy = CommandPolicy()

    package init(name: String, controlEndpoint: String, bulkEndpoint: String, security: SocketSecurity) {
        self.name = name
        self.controlEndpoint = controlEndpoint
        self.bulkEndpoint = bulkEndpoint
        self.security = security
    }
}

/// Owns planning's outcome and all dispatching: hands jobs to workers, takes their reports, decides what comes next.
///
/// One input at a time: decide and apply (pure), write down, act. What an input causes leaves only when its records are on
/// the disk; inputs that come meanwhile are decided on and wait for the next write together.
package actor Coordinator {
    let settings: CoordinatorSettings
    let reactor: Reactor
    let logger: Logger
    var machine: CoordinatorMachine
    var peers: [WorkerID: PeerAddress] = [:]
    var addresses: [PeerAddress: WorkerID] = [:]
    /// Workers that were told to end.
    var draining: Set<WorkerID> = []
    /// With which key each worker came.
    var users: [WorkerID: String] = [:]
    var knownKeys = KnownKeys()
    var judgedTexts: JudgedTexts
    var knowledge: [HostName: HostKnowledge] = [:]
    /// Names by machine and boot: only candidates, `knowledge` decides.
    var namesOfMachines: [String: Set<HostName>] = [:]
    var hosts: [HostName: Host] = [:]
    var probes: [UInt64: PendingProbe] = [:]
    var nextProbe: UInt64 = 1
    var watchers: [RunID: Watcher] = [:]
    var forgetting: [UInt64: CheckedContinuation<String?, Never>] = [:]
    var nextForget: UInt64 = 1
    /// Decided and not yet written.
    var staged = CoordinatorMachine.Turn()
    var isCommitting = false
    /// Who waits until nothing is left to write.
    var writeWaiters: [CheckedContinuation<Void, Never>] = []
    /// Where each run that is under way is kept.
    var journals: [RunID: RunJournal] = [:]
    /// Why nothing leaves any more: the journal can't be written.
    var journalFailure: RunJournalError?
    private let writes: AsyncStream<Void>
    let wakeWriter: AsyncStream<Void>.Continuation
    private let outputs: AsyncStream<KeptOutput>
    private let keepOutput: AsyncStream<KeptOutput>.Continuation
    private var workerWaiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    private var dismissal: (deadline: Duration, continuation: CheckedContinuation<Void, Never>)?
    private var control: Reactor.SocketID?
    private var bulk: Reactor.SocketID?
    private var dropped = 0
    let feed = Feed<Input>(limit: 200_000)
    /// Messages of the effects that are being acted on: handed over together.
    private var outgoing: [(peer: PeerAddress?, frames: [[UInt8]])] = []
    private var isGathering = false

    enum Input: Sendable {
        case message(InboundMessage)
        case output(InboundMessage)
        case undeliverable(PeerAddress)
        /// A message that the socket itself refused.
        case refusedMessage(DropReason)
        /// The outcome of a job that never left the coordinator. An input like any other: deciding on it while earlier
        /// decisions are still being applied would hand jobs out twice.
        case settledHere(JobReference, JobResult)
        case tick
    }

    /// A piece of output on its way to its file.
    private struct KeptOutput: Sendable {
        let journal: RunJournal
        let host: HostName
        let job: JobID
        let attempt: Int
        let isError: Bool
        let offset: UInt64
        let bytes: [UInt8]
    }

    struct PendingProbe {
        var host: Host
        var services: [String]
        var worker: WorkerID?
        /// Workers that could not reach it, and what they said.
        var tried: [(worker: WorkerID, name: String, reason: String)] = []
        var deadline: Duration
        var continuation: CheckedContinuation<ProbeResult, Never>
    }

    /// Who watches a run that is under way.
    struct Watcher {
        var hosts: [HostName: Host]
        var approvals: Approvals
        var observer: @Sendable (RunEvent) -> Void
        var done: CheckedContinuation<Result<RunRest, RunJournalError>, Never>?
    }

    package init(settings: CoordinatorSettings, reactor: Reactor, logger: Logger) {
        self.settings = settings
        self.reactor = reactor
        self.logger = logger
        machine = CoordinatorMachine(settings: settings.fleet)
        judgedTexts = JudgedTexts(policy: settings.policy)
        (writes, wakeWriter) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (outputs, keepOutput) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(10_000))
    }

    var fleet: FleetMachine { machine.fleet }

    // MARK: Life

    /// Binds the sockets. Returns the endpoints they got.
    package func listen() async throws(ZeroMQError) -> (control: String, bulk: String) {
        let feed = feed
        var limits = SocketLimits()
        limits.messageBytes = Wire.controlLimit
        let control = try await reactor.bindRouter(
            settings.controlEndpoint, security: settings.security, limits: limits, onMessage: { feed.yield(.message($0)) },
            onEvent: { Self.pass($0, to: feed) })
        self.control = control.id
        limits.messageBytes = Wire.bulkLimit
        let bulk = try await reactor.bindRouter(
            settings.bulkEndpoint, security: settings.security, limits: limits, onMessage: { feed.yield(.output($0)) },
            onEvent: { if case .dropped = $0 { Self.pass($0, to: feed) } })
        self.bulk = bulk.id
        return (control.endpoint, bulk.endpoint)
    }

    private static func pass(_ event: SocketEvent, to feed: Feed<Input>) {
        switch event {
        case .undeliverable(let peer): feed.yield(.undeliverable(peer))
        case .dropped(_, let reason): feed.yield(.refusedMessage(reason))
        default: break
        }
    }

    /// Takes inputs until it is cancelled.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            let feed = feed
            group.addTask {
                while (try? await ContinuousClock().sleep(for: .milliseconds(500))) != nil { feed.yield(.tick) }
            }
            group.addTask { await self.write() }
            let outputs = outputs, logger = logger
            group.addTask { await Self.keep(outputs, logger) }
            for await _ in feed.arrivals {
                if Task.isCancelled { break }
                for input in feed.takeAll() { handle(input) }
            }
            group.cancelAll()
        }
        if let control { reactor.close(control) }
        if let bulk { reactor.close(bulk) }
    }

    /// Writes what is decided; as soon as the disk has it the next, so that batches grow by themselves under load.
    private func write() async {
        for await _ in writes {
            while !staged.records.isEmpty || !staged.effects.isEmpty, journalFailure == nil {
                let turn = staged
                staged = CoordinatorMachine.Turn()
                if !turn.records.isEmpty {
                    isCommitting = true
                    do { try await commit(turn.records) } catch { fail(error) }
                    isCommitting = false
                }
                if journalFailure == nil { act(turn.effects) }
            }
            for waiter in writeWaiters { waiter.resume() }
            writeWaiters = []
        }
    }

    /// The records of all runs that share a journal are one transaction; several journals are written side by side.
    private func commit(_ records: [CoordinatorMachine.Turn.Entry]) async throws(RunJournalError) {
        guard let first = records.first else { return }
        if journals.count == 1 || records.allSatisfy({ $0.run == first.run }) {
            try await journals[first.run]?.commit(records)
            return
        }
        let parts = Dictionary(grouping: records) { journals[$0.run].map(ObjectIdentifier.init) }.compactMap { _, records in
            records.first.flatMap { journals[$0.run] }.map { ($0, records) }
        }
        let problem = await withTaskGroup(of: RunJournalError?.self) { group in
            for (journal, records) in parts {
                group.addTask {
                    do throws(RunJournalError) { try await journal.commit(records) } catch { return error }
                    return nil
                }
            }
            return await group.reduce(nil) { $0 ?? $1 }
        }
        if let problem { throw problem }
    }

    /// Nothing leaves any more: what was decided is not on the disk. Commands that run go on at their hosts.
    private func fail(_ error: RunJournalError) {
        journalFailure = error
        staged = CoordinatorMachine.Turn()
        logger.error("the journal can't be written; nothing is started or acknowledged any more", metadata: [LogField.reason: "\(error)"])
        for (run, watcher) in watchers {
            watcher.done?.resume(returning: .failure(error))
            watchers[run]?.done = nil
        }
    }

    /// Beside the actor, since files may be slow.
    private nonisolated static func keep(_ outputs: AsyncStream<KeptOutput>, _ logger: Logger) async {
        for await piece in outputs {
            if let problem = piece.journal.keep(piece.host, piece.job, attempt: piece.attempt, isError: piece.isError, offset: piece.offset, piece.bytes) {
                logger.warning("output not kept", metadata: [LogField.host: "\(piece.host)", LogField.reason: "\(problem)"])
            }
        }
    }

    private func handle(_ input: Input) {
        switch input {
        case .message(let message): receive(message)
        case .output(let message): receiveOutput(message)
        // Its messages are repeated when it says Hello again, or its lease ends.
        case .undeliverable(let peer): if let worker = addresses.removeValue(forKey: peer) { peers[worker] = nil }
        case .refusedMessage(let reason): drop("\(reason)", nil)
        case .settledHere(let reference, let result): take(.finished(nil, reference, result, stamp: stamp()))
        case .tick:
            let now = MonotonicTime.now
            take(.tick)
            expireProbes(now)
            if let dismissal, dismissal.deadline <= now { endDismissal() }
        }
    }

    /// Waits until so many workers are there.
    package func waitForWorkers(_ count: Int) async {
        guard fleet.workerCount < count else { return }
        await withCheckedContinuation { workerWaiters.append((count, $0)) }
    }

    /// Tells every worker that no more will come, and waits a little for their goodbyes.
    package func dismissWorkers(within limit: Duration = .seconds(3)) async {
        guard fleet.workerCount > 0 else { return }
        for peer in peers.values { send(.drain(Muster_V1_Drain()), to: peer) }
        await withCheckedContinuation { dismissal = (MonotonicTime.now + limit, $0) }
    }

    /// Why a worker left that was told to, or wanted to.
    static let goodbye = "it said goodbye"

    private func endDismissal() {
        dismissal?.continuation.resume()
        dismissal = nil
    }

    package var workerNames: [String] { fleet.workerNames }

    // MARK: Messages

    private func receive(_ message: InboundMessage) {
        guard let peer = message.peer else { return }
        let body: Muster_V1_WorkerMessage
        do throws(WireError) { body = try Wire.decodeWorkerMessage(message.frames) } catch {
            drop("\(error)", message.user)
            return
        }
        guard let name = workerName(message.user) else {
            drop("the peer's key is not a worker's", message.user)
            return
        }
        let now = MonotonicTime.now
        if case .hello(let hello)? = body.body {
            receive(hello, from: peer, name: name, user: message.user, now: now)
            return
        }
        guard let worker = addresses[peer] else {
            // It was there before we were, or its lease has ended: it must say Hello first.
            drop("a message before Hello", message.user)
            return
        }
        machine.heard(worker, now: now)
        do throws(WireError) { try receive(body, from: worker, now: now) } catch { drop("\(error)", message.user) }
    }

    /// What a key must be for to speak here.
    package static let workerRole = "worker"

    private func workerName(_ user: String?) -> String? {
        if case .insecure = settings.security { return "worker" }
        guard case .curveServer(_, let authenticator) = settings.security, let user, let peer = authenticator.peer(of: user), peer.role == Self.workerRole else { return nil }
        return peer.name
    }

    func drop(_ reason: String, _ user: String?) {
        dropped += 1
        logger.warning("message dropped", metadata: [LogField.reason: "\(reason)", LogField.worker: "\(user ?? "?")", "count": "\(dropped)"])
    }

    private func receive(_ hello: Muster_V1_Hello, from peer: PeerAddress, name: String, user: String?, now: Duration) {
        let theirs = Int(hello.minimumVersion)...max(Int(hello.minimumVersion), Int(hello.maximumVersion))
        guard theirs.overlaps(Wire.versions) else {
            var rejected = Muster_V1_Rejected()
            rejected.reason = "it speaks versions \(theirs.lowerBound) to \(theirs.upperBound), this coordinator \(Wire.versions.lowerBound) to \(Wire.versions.upperBound)"
            rejected.minimumVersion = UInt32(Wire.versions.lowerBound)
            rejected.maximumVersion = UInt32(Wire.versions.upperBound)
            send(.rejected(rejected), to: peer)
            return
        }
        guard Wire.isIdentifier(hello.instance), hello.slots >= 1 else {
            drop("Hello without instance or slots", name)
            return
        }
        let worker = WorkerID("\(name)/\(hello.instance)")
        if let old = peers[worker] { addresses[old] = nil }
        peers[worker] = peer
        addresses[peer] = worker
        users[worker] = user
        var welcome = Muster_V1_Welcome()
        welcome.version = UInt32(Wire.versions.upperBound)
        welcome.workerName = name
        welcome.leaseMilliseconds = Wire.milliseconds(settings.fleet.lease)
        welcome.coordinator = settings.name
        send(.welcome(welcome), to: peer)
        let known = hello.jobs.compactMap { job -> JobReference? in
            guard Wire.isIdentifier(job.job) else { return nil }
            return JobReference(job: JobID(job.job), attempt: Int(job.attempt), epoch: Int(job.epoch))
        }
        machine.describe(worker, name: name, labels: Set(hello.labels.prefix(64).filter { $0.utf8.count <= 64 }))
        take(.helloed(worker, name: name, slots: min(Int(hello.slots), 4096), knows: known))
        workerWaiters.removeAll { waiter in
            guard fleet.workerCount >= waiter.count else { return false }
            waiter.continuation.resume()
            return true
        }
        for (id, probe) in probes where probe.worker == nil { sendProbe(id) }
    }

    private func receive(_ message: Muster_V1_WorkerMessage, from worker: WorkerID, now: Duration) throws(WireError) {
        func reference(_ message: Muster_V1_JobReference) throws(WireError) -> JobReference {
            let (job, attempt, epoch) = try Wire.reference(message)
            return JobReference(job: job, attempt: attempt, epoch: epoch)
        }
        switch message.body {
        case .heartbeat(let heartbeat):
            var seen = Muster_V1_HeartbeatSeen()
            seen.sequence = heartbeat.sequence
            send(.heartbeatSeen(seen), to: worker)
        case .accepted(let accepted): take(.accepted(worker, try reference(accepted.job)))
        case .refused(let refused):
            logger.warning("job refused by worker", metadata: [LogField.job: "\(refused.job.job)", LogField.reason: "\(refused.text)"])
            take(.refused(worker, try reference(refused.job)))
        case .started(let started):
            let reference = try reference(started.job)
            if let job = machine.job(reference.job) { watchers[job.run]?.observer(.jobStarted(job, title: title(of: job))) }
        case .finished(let finished):
            let reference = try reference(finished.job)
            let result = try JobResult(finished.result, job: reference.job, attempt: reference.attempt)
            take(.finished(worker, reference, result, stamp: stamp()))
        case .probed(let probed): finishProbe(probed)
        case .forgotten(let forgotten): forgetting.removeValue(forKey: forgotten.request)?.resume(returning: forgotten.problem)
        case .goodbye:
            take(.left(worker, reason: Self.goodbye))
            if fleet.workerCount == 0 { endDismissal() }
        case .output: throw .invalid(field: "body", reason: "output belongs on the bulk socket")
        case .hello, nil: throw .unknownMessage
        }
    }

    private func receiveOutput(_ message: InboundMessage) {
        do throws(WireError) {
            let body = try Wire.decodeWorkerMessage(message.frames, limit: Wire.bulkLimit)
            guard case .output(let output)? = body.body, workerName(message.user) != nil else { throw WireError.invalid(field: "body", reason: "only output belongs on the bulk socket") }
            let (id, attempt, _) = try Wire.reference(output.job)
            guard let job = machine.job(id) else { return }
            let isError = output.stream == .standardError, bytes = [UInt8](output.data)
            if let journal = journals[job.run] {
                keepOutput.yield(
                    KeptOutput(journal: journal, host: job.host, job: id, attempt: attempt, isError: isError, offset: output.offset, bytes: bytes))
            }
            watchers[job.run]?.observer(.output(job, isError: isError, bytes))
        } catch { drop("\(error)", message.user) }
    }

    // MARK: Acting

    /// One input: decided and applied now, acted on when its records are on the disk.
    func take(_ input: CoordinatorMachine.Input) { stage(machine.handle(input, now: MonotonicTime.now)) }

    func stage(_ turn: CoordinatorMachine.Turn) {
        guard journalFailure == nil else { return }
        // Nothing overtakes what waits for the disk: an acknowledgement means that the outcome is kept.
        if turn.records.isEmpty, staged.records.isEmpty, staged.effects.isEmpty, !isCommitting { return act(turn.effects) }
        staged.records += turn.records
        staged.effects += turn.effects
        wakeWriter.yield()
    }

    func send(_ body: Muster_V1_CoordinatorMessage.OneOf_Body, to worker: WorkerID) {
        guard let peer = peers[worker] else { return }
        send(body, to: peer)
    }

    func send(_ body: Muster_V1_CoordinatorMessage.OneOf_Body, to peer: PeerAddress) {
        var message = Muster_V1_CoordinatorMessage()
        message.body = body
        do { outgoing.append((peer, try Wire.encode(message))) } catch { notSent("\(error)") }
        if !isGathering { sendOutgoing() }
    }

    /// Sends together what `body` sends: the sockets' thread is woken once.
    func gathering(_ body: () -> Void) {
        isGathering = true
        body()
        isGathering = false
        sendOutgoing()
    }

    private func sendOutgoing() {
        guard !outgoing.isEmpty else { return }
        let messages = outgoing
        outgoing = []
        guard let control else { return }
        for problem in reactor.send(control, messages) { notSent("\(problem)") }
    }

    private func notSent(_ reason: String) {
        // What matters is repeated: assignments at their deadline, the rest at the next Hello.
        logger.warning("message not sent", metadata: [LogField.reason: "\(reason)"])
    }
}
