package import CommandSafety
import ConfigurationFiles
import Cryptography
import HostRunner
package import Logging
import Model
import Observability
import Orchestration
import ProtocolMessages
import SSH
import Threads
import WireProtocol
package import ZeroMQ

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How a worker finds its coordinator.
package struct WorkerSettings: Sendable {
    package var controlEndpoint: String
    package var bulkEndpoint: String
    package var security: SocketSecurity
    /// Jobs carried out at once.
    package var slots = 64
    package var forbiddenCommands: [String] = []
    /// The floor: what this worker refuses whatever its coordinator says.
    package var policy = CommandPolicy()
    /// What inventories may ask of the worker of a host.
    package var labels: [String] = []
    package var environment: [String: String]

    package init(controlEndpoint: String, bulkEndpoint: String, security: SocketSecurity, environment: [String: String]) {
        self.controlEndpoint = controlEndpoint
        self.bulkEndpoint = bulkEndpoint
        self.security = security
        self.environment = environment
    }
}

/// Why a worker ends.
package enum WorkerError: Error, CustomStringConvertible {
    case rejected(String)
    case noSSH
    case refusedByCoordinator(HandshakeRefusal)
    case noAnswer(String, Duration)

    package var description: String {
        switch self {
        case .rejected(let reason): "the coordinator rejected this worker: \(reason)"
        case .noSSH: "libssh2 could not be started"
        case .refusedByCoordinator(let why): "this worker can't join the coordinator: \(why)"
        case .noAnswer(let endpoint, let after): "no coordinator answered at \(endpoint) within \(after.components.seconds) s — is it running, and is the address right?"
        }
    }
}

/// A worker: takes jobs from a coordinator, carries them out over SSH, reports what became of them. Stateless: what it
/// knows is on the hosts and at the coordinator.
package struct WorkerService: Sendable {
    private let settings: WorkerSettings
    private let reactor: Reactor
    private let logger: Logger
    /// How long to wait for the first Welcome; nil waits for ever (an embedded worker, a service).
    private let welcomeWithin: Duration?
    private let hooks: WorkerHooks

    package init(settings: WorkerSettings, reactor: Reactor, logger: Logger, welcomeWithin: Duration? = nil, hooks: WorkerHooks = WorkerHooks()) {
        self.settings = settings
        self.reactor = reactor
        self.logger = logger
        self.welcomeWithin = welcomeWithin
        self.hooks = hooks
    }

    private enum Input: Sendable {
        case message([[UInt8]])
        case socket(SocketEvent)
        case tick
        case finished(JobReference, JobResult)
        case probed(UInt64, HostName, Result<ProbedHost, HostLinkError>)
        case forgotten(UInt64, problem: String)
        /// It is to end what it has, and go.
        case stop
    }

    /// Runs until it is cancelled, drained or rejected.
    package func run() async throws {
        guard let ssh = SSHLoop() else { throw WorkerError.noSSH }
        let links = HostLinks(
            clients: SSHClients(loop: ssh, environment: settings.environment), secrets: SecretResolver(environment: settings.environment), logger: logger)
        let (inputs, feed) = AsyncStream<Input>.makeStream(bufferingPolicy: .bufferingOldest(100_000))
        let control = try await reactor.connectDealer(
            settings.controlEndpoint, security: settings.security, limits: Self.limits(Wire.controlLimit),
            onMessage: { feed.yield(.message($0.frames)) }, onEvent: { feed.yield(.socket($0)) })
        let bulk = try await reactor.connectDealer(
            settings.bulkEndpoint, security: settings.security, limits: Self.limits(Wire.bulkLimit), onMessage: { _ in })
        var state = Loop(service: self, control: control, bulk: bulk, links: links, feed: feed)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    while true {
                        try await ContinuousClock().sleep(for: .milliseconds(500))
                        feed.yield(.tick)
                    }
                }
                if let stops = hooks.stops {
                    group.addTask { for await _ in stops { feed.yield(.stop) } }
                }
                try state.hello()
                hooks.ready()
                for await input in inputs {
                    if Task.isCancelled { break }
                    guard try state.handle(input, &group) else { break }
                }
                group.cancelAll()
            }
        } catch is CancellationError {}
        reactor.close(control)
        reactor.close(bulk)
        await links.closeAll()
        ssh.stop()
    }

    private static func limits(_ bytes: Int) -> SocketLimits {
        var limits = SocketLimits()
        limits.messageBytes = bytes
        return limits
    }

    /// The worker's loop: one input at a time, decided by the pure machine, acted on here.
    private struct Loop {
        let service: WorkerService
        let control: Reactor.SocketID
        let bulk: Reactor.SocketID
        let links: HostLinks
        let feed: AsyncStream<Input>.Continuation
        let instance = Digest.hexadecimal(SecureRandom.bytes(16))
        let startedAt = MonotonicTime.now
        var machine: WorkerMachine
        var assignments: [JobReference: Assignment] = [:]
        /// What is carried out, by job and attempt: how to end it.
        var running: [RunnerAttempt: (assignment: Assignment, cancellation: Cancellation)] = [:]
        let gate = LeaseGate(end: nil)
        var heartbeats: [UInt64: Duration] = [:]
        var sequence: UInt64 = 0
        var lastHello: Duration = .zero
        var lastHeartbeat: Duration = .zero
        var lease = Wire.defaultLease
        var wasWelcome = false
        /// When it goes, whatever it still has: others follow its commands to their ends.
        var goesAt: Duration?
        var lastRefusal: HandshakeRefusal?
        var malformed = 0
        let guardian: CommandGuard

        init(service: WorkerService, control: Reactor.SocketID, bulk: Reactor.SocketID, links: HostLinks, feed: AsyncStream<Input>.Continuation) {
            self.service = service
            guardian = CommandGuard(policy: service.settings.policy.forbidding(service.settings.forbiddenCommands))
            self.control = control
            self.bulk = bulk
            self.links = links
            self.feed = feed
            machine = WorkerMachine(slots: service.settings.slots)
        }

        func send(_ body: Muster_V1_WorkerMessage.OneOf_Body) throws {
            var message = Muster_V1_WorkerMessage()
            message.body = body
            let frames = try Wire.encode(message)
            do throws(ZeroMQError) { try service.reactor.send(control, frames) } catch {
                // A coordinator that is away for long: what matters is repeated.
                guard error == .queueFull else { throw error }
                service.logger.warning("message not sent", metadata: [LogField.reason: "\(error)"])
            }
        }

        mutating func hello() throws {
            lastHello = MonotonicTime.now
            var hello = Muster_V1_Hello()
            hello.minimumVersion = UInt32(Wire.versions.lowerBound)
            hello.maximumVersion = UInt32(Wire.versions.upperBound)
            hello.instance = instance
            hello.slots = UInt32(service.settings.slots)
            hello.jobs = machine.known.map { reference in
                var known = Muster_V1_KnownJob()
                known.job = reference.job.value
                known.attempt = UInt32(reference.attempt)
                known.epoch = UInt32(reference.epoch)
                return known
            }
            hello.software = "muster-worker"
            hello.labels = service.settings.labels
            try send(.hello(hello))
        }

        /// Returns false when the worker is to end.
        mutating func handle(_ input: Input, _ group: inout ThrowingTaskGroup<Void, any Error>) throws -> Bool {
            let now = MonotonicTime.now
            switch input {
            case .message(let frames):
                let message: Muster_V1_CoordinatorMessage
                do throws(WireError) { message = try Wire.decodeCoordinatorMessage(frames) } catch {
                    malformed += 1
                    service.logger.warning("message dropped", metadata: [LogField.reason: "\(error)", "count": "\(malformed)"])
                    return true
                }
                return try receive(message, now, &group)
            case .socket(.connected):
                // A new connection: the coordinator does not know it yet.
                if wasWelcome { try hello() }
            case .socket(.handshakeRefused(let why)):
                lastRefusal = why
                // Who hangs up may be just starting or stopping: there the time limit decides. Else nothing will change.
                if !wasWelcome, service.welcomeWithin != nil, why != .hungUp { throw WorkerError.refusedByCoordinator(why) }
                service.logger.warning("no connection to the coordinator", metadata: [LogField.reason: "\(why)"])
            case .socket(.dropped(_, let reason)):
                malformed += 1
                service.logger.warning("message dropped", metadata: [LogField.reason: "\(reason)", "count": "\(malformed)"])
            case .socket: break
            case .stop:
                // The second time it does not wait.
                guard goesAt == nil, machine.isWelcome else {
                    try send(.goodbye(Muster_V1_Goodbye()))
                    return false
                }
                goesAt = now + service.hooks.stopWithin
                service.logger.notice("ending: no new jobs are taken", metadata: ["jobs": "\(running.count)"])
                return try act(machine.handle(.drain), &group)
            case .tick:
                service.hooks.alive()
                if let goesAt, goesAt <= now {
                    service.logger.notice("gone with jobs left: another worker follows them to their ends", metadata: ["jobs": "\(running.count)"])
                    try send(.goodbye(Muster_V1_Goodbye()))
                    return false
                }
                if machine.isWelcome, now - lastHeartbeat >= lease / 3 {
                    lastHeartbeat = now
                    sequence += 1
                    heartbeats[sequence] = now
                    var heartbeat = Muster_V1_Heartbeat()
                    heartbeat.sequence = sequence
                    try send(.heartbeat(heartbeat))
                }
                if !machine.isWelcome {
                    if !wasWelcome, let limit = service.welcomeWithin, now - startedAt > limit {
                        throw lastRefusal.map { WorkerError.refusedByCoordinator($0) } ?? .noAnswer(service.settings.controlEndpoint, limit)
                    }
                    if now - lastHello > .seconds(2) { try hello() }
                }
                return try act(machine.handle(.tick(now: now)), &group)
            case .finished(let reference, let result):
                assignments[reference] = nil
                running[Self.attempt(reference)] = nil
                return try act(machine.handle(.finished(reference, result, now: now)), &group)
            case .probed(let request, let host, let result):
                var probed = Muster_V1_Probed()
                probed.request = request
                probed.host = host.value
                switch result {
                case .success(let facts): probed.facts = facts.message
                case .failure(let error): probed.unreachable = "\(error)"
                }
                try send(.probed(probed))
            case .forgotten(let request, let problem):
                var forgotten = Muster_V1_Forgotten()
                forgotten.request = request
                forgotten.problem = problem
                try send(.forgotten(forgotten))
            }
            return true
        }

        private mutating func receive(
            _ message: Muster_V1_CoordinatorMessage, _ now: Duration, _ group: inout ThrowingTaskGroup<Void, any Error>
        ) throws -> Bool {
            switch message.body {
            case .welcome(let welcome):
                wasWelcome = true
                lease = .milliseconds(Int(welcome.leaseMilliseconds))
                service.hooks.accepted("\(welcome.workerName) of coordinator \(welcome.coordinator)")
                service.logger.info("accepted by the coordinator", metadata: [LogField.worker: "\(welcome.workerName)", "coordinator": "\(welcome.coordinator)"])
                return try act(machine.handle(.welcomed(lease: lease, now: now)), &group)
            case .rejected(let rejected): throw WorkerError.rejected(rejected.reason)
            case .heartbeatSeen(let seen):
                if let sentAt = heartbeats.removeValue(forKey: seen.sequence) {
                    heartbeats = heartbeats.filter { $0.key > seen.sequence }
                    _ = machine.handle(.heartbeatSeen(sentAt: sentAt))
                    gate.set(machine.leaseEnds)
                }
            case .assign(let assign): return try take(assign, now, &group)
            case .acknowledged(let acknowledged):
                if let (job, attempt, epoch) = try? Wire.reference(acknowledged.job) {
                    return try act(machine.handle(.acknowledged(JobReference(job: job, attempt: attempt, epoch: epoch))), &group)
                }
            case .cancel(let cancel):
                if let (job, attempt, _) = try? Wire.reference(cancel.job) { return try act(machine.handle(.cancelled(job, attempt: attempt)), &group) }
            case .forget(let forget): try self.forget(forget, &group)
            case .probe(let probe): try self.probe(probe, &group)
            case .drain: return try act(machine.handle(.drain), &group)
            case nil: break
            }
            return true
        }

        private mutating func take(_ assign: Muster_V1_Assign, _ now: Duration, _ group: inout ThrowingTaskGroup<Void, any Error>) throws -> Bool {
            let assignment: Assignment
            do throws(WireError) { assignment = try Assignment(assign) } catch {
                try refuse(assign.job.reference, .malformed, "\(error)")
                return true
            }
            // The bytes that were cleared are the bytes that will run, or nothing runs.
            let texts = [
                (assignment.job.work.guardCheck, assignment.guardDigest), (assignment.job.work.command, assignment.commandDigest),
                (assignment.job.work.healthCheck?.command, assignment.healthDigest),
            ]
            for (text, digest) in texts {
                if let text, Digest.sha256(Array(text.utf8)) != digest {
                    try refuse(assign.job.reference, .digest, "a text differs from its digest")
                    return true
                }
            }
            let reference = JobReference(job: assignment.job.id, attempt: assignment.job.attempt, epoch: assignment.job.epoch)
            assignments[reference] = assignment
            return try act(machine.handle(.assigned(assignment.job, assignment.purpose, now: now)), &group)
        }

        private func refuse(_ reference: Muster_V1_JobReference, _ reason: Muster_V1_Refused.Reason, _ text: String) throws {
            service.logger.warning("job refused", metadata: [LogField.job: "\(reference.job)", LogField.reason: "\(text)"])
            var refused = Muster_V1_Refused()
            refused.job = reference
            refused.reason = reason
            refused.text = text
            try send(.refused(refused))
        }

        private mutating func act(_ actions: [WorkerMachine.Action], _ group: inout ThrowingTaskGroup<Void, any Error>) throws -> Bool {
            gate.set(machine.leaseEnds)
            for action in actions {
                switch action {
                case .accept(let reference):
                    var accepted = Muster_V1_Accepted()
                    accepted.job = Self.message(reference)
                    try send(.accepted(accepted))
                case .refuse(let reference, let why):
                    assignments[reference] = nil
                    let reason: Muster_V1_Refused.Reason =
                        switch why {
                        case .noSlot: .noSlot
                        case .draining: .draining
                        case .leaseExpired, .over: .leaseExpired
                        }
                    try refuse(Self.message(reference), reason, "\(why)")
                case .execute(let job, _): execute(job, &group)
                case .end(let reference): end(reference, &group)
                case .tellFinished(let reference, let result):
                    var finished = Muster_V1_Finished()
                    finished.job = Self.message(reference)
                    finished.result = result.message
                    try send(.finished(finished))
                case .hello: try hello()
                case .goodbye:
                    try send(.goodbye(Muster_V1_Goodbye()))
                    return false
                }
            }
            return true
        }

        private mutating func execute(_ job: Job, _ group: inout ThrowingTaskGroup<Void, any Error>) {
            let reference = JobReference(job: job.id, attempt: job.attempt, epoch: job.epoch)
            guard let assignment = assignments[reference] else { return }
            let executor = JobExecutor(links: links, guardian: guardian, logger: service.logger, lease: gate)
            running[Self.attempt(reference)] = (assignment, executor.cancellation)
            let reactor = service.reactor, control = control, bulk = bulk, feed = feed
            group.addTask {
                let result = await executor.carryOut(
                    assignment,
                    started: {
                        var started = Muster_V1_Started()
                        started.job = Self.message(reference)
                        var message = Muster_V1_WorkerMessage()
                        message.body = .started(started)
                        // Progress only: whoever misses it learns the end from Finished.
                        if let frames = try? Wire.encode(message) { try? reactor.send(control, frames) }
                    },
                    output: { stream, offset, bytes in Self.tell(reference, stream, offset, bytes, reactor, bulk) })
                feed.yield(.finished(reference, result))
            }
        }

        private static func tell(
            _ reference: JobReference, _ stream: RunnerStream, _ offset: Int, _ bytes: [UInt8], _ reactor: Reactor, _ bulk: Reactor.SocketID
        ) {
            var at = 0
            while at < bytes.count {
                let piece = bytes[at..<min(bytes.count, at + Wire.outputPiece)]
                var output = Muster_V1_Output()
                output.job = message(reference)
                output.stream = stream == .output ? .standardOutput : .standardError
                output.offset = UInt64(offset + at)
                output.data = .init(piece)
                var message = Muster_V1_WorkerMessage()
                message.body = .output(output)
                // Live output may be dropped when nobody takes it: the host keeps it until the job is acknowledged.
                if let frames = try? Wire.encode(message) { try? reactor.send(bulk, frames) }
                at += piece.count
            }
        }

        /// Ends what is carried out: who follows the command hears of its end; what has not started yet starts no more.
        private func end(_ reference: JobReference, _ group: inout ThrowingTaskGroup<Void, any Error>) {
            let attempt = Self.attempt(reference)
            guard let (assignment, cancellation) = running[attempt] else { return }
            cancellation.request()
            let links = links, logger = service.logger
            group.addTask {
                do {
                    let runner = try await links.link(assignment.target).runner(assignment.job.work.become ? .root : .login)
                    try await runner.cancel(attempt)
                } catch { logger.warning("cancel not delivered", metadata: [LogField.job: "\(reference.job)", LogField.reason: "\(error)"]) }
            }
        }

        private static func attempt(_ reference: JobReference) -> RunnerAttempt { RunnerAttempt(job: reference.job.value, attempt: reference.attempt) }

        /// The run is over: lets the host's ledgers forget it.
        private func forget(_ forget: Muster_V1_Forget, _ group: inout ThrowingTaskGroup<Void, any Error>) throws {
            let target: RemoteTarget
            do throws(WireError) { target = try RemoteTarget(forget.target) } catch {
                feed.yield(.forgotten(forget.request, problem: "\(error)"))
                return
            }
            let links = links, feed = feed
            group.addTask {
                do {
                    let link = await links.link(target)
                    for (isRoot, attempts) in Dictionary(grouping: forget.attempts, by: \.become) {
                        let runner = try await link.runner(isRoot ? .root : .login)
                        try await runner.forget(
                            coordinator: forget.coordinator, low: forget.low, attempts.map { RunnerAttempt(job: $0.job, attempt: Int($0.attempt)) })
                        // The answer says that the frame before it was read.
                        _ = try await runner.ping()
                    }
                    feed.yield(.forgotten(forget.request, problem: ""))
                } catch { feed.yield(.forgotten(forget.request, problem: "\(error)")) }
            }
        }

        private func probe(_ probe: Muster_V1_Probe, _ group: inout ThrowingTaskGroup<Void, any Error>) throws {
            let target: RemoteTarget
            do throws(WireError) { target = try RemoteTarget(probe.target) } catch {
                feed.yield(.probed(probe.request, HostName(probe.target.name), .failure(.unreachable("\(probe.target.name): \(error)"))))
                return
            }
            let prober = Prober(links: links, guardian: guardian)
            let feed = feed
            group.addTask {
                do throws(HostLinkError) {
                    let facts = try await prober.probe(target, services: probe.services, become: probe.become)
                    feed.yield(.probed(probe.request, target.name, .success(facts)))
                } catch { feed.yield(.probed(probe.request, target.name, .failure(error))) }
            }
        }

        private static func message(_ reference: JobReference) -> Muster_V1_JobReference {
            Wire.reference(reference.job, reference.attempt, reference.epoch)
        }
    }
}
