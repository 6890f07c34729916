package import CommandSafety
package import ConfigurationFiles
package import Coordinator
import Cryptography
import Glibc
package import Logging
import Model
import Threads
import Worker
import ZeroMQ

/// Where the workers of a run are.
package enum WorkerPlacement: Sendable {
    /// One inside this process, over a private ipc socket with keys made for it.
    case embedded
    /// Processes that connect to this endpoint; the run waits for so many of them.
    case listening(endpoint: String, count: Int, keys: KeyFiles, isInsecure: Bool)
}

/// A coordinator with its workers, up and running for the time of a closure.
package struct Engine: Sendable {
    package let coordinator: Coordinator

    /// The name of the worker inside this process.
    package static let embeddedWorker = "embedded"

    /// Why the sockets or keys could not be set up: one line.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Starts everything, runs `body`, ends everything.
    ///
    /// - Parameters:
    ///   - name: what the ledgers of hosts call this coordinator; nil where nothing is started on hosts.
    ///   - policy: what texts are judged by when they are handed out.
    package static func with<Value: Sendable>(
        _ placement: WorkerPlacement, name: String? = nil, policy: CommandPolicy = CommandPolicy(), environment: [String: String], logger: Logger, body: @Sendable (Engine) async throws -> Value
    ) async throws -> Value {
        let context = try ZeroMQContext()
        let reactor = try Reactor(context: context, name: "muster-coord")
        let setup: Setup
        do { setup = try Setup(placement, context: context, logger: logger) } catch {
            await reactor.stop()
            throw error
        }
        defer { setup.removeDirectory() }
        var coordinatorSettings = CoordinatorSettings(name: name ?? "nobody", controlEndpoint: setup.control, bulkEndpoint: setup.bulk, security: setup.security)
        coordinatorSettings.policy = policy
        let coordinator = Coordinator(settings: coordinatorSettings, reactor: reactor, logger: logger)
        do {
            let value = try await withThrowingTaskGroup(of: Void.self) { group in
                let endpoints = try await coordinator.listen()
                group.addTask { await coordinator.run() }
                if let keys = setup.workerKeys {
                    let workerReactor = try Reactor(context: context, name: "muster-worker")
                    var settings = WorkerSettings(
                        controlEndpoint: endpoints.control, bulkEndpoint: endpoints.bulk,
                        security: .curveClient(keys, server: setup.serverKey), environment: environment)
                    settings.slots = 256
                    let worker = WorkerService(settings: settings, reactor: workerReactor, logger: logger)
                    group.addTask {
                        do { try await worker.run() } catch { logger.error("the embedded worker ended", metadata: ["reason": "\(error)"]) }
                        await workerReactor.stop()
                    }
                }
                let value = try await body(Engine(coordinator: coordinator))
                // Others' processes have nothing more to do; the embedded worker ends with this one.
                if setup.workerKeys == nil { await coordinator.dismissWorkers() }
                group.cancelAll()
                return value
            }
            await reactor.stop()
            return value
        } catch {
            await reactor.stop()
            throw error
        }
    }

    /// Endpoints and keys for a placement.
    private struct Setup {
        var control: String
        var bulk: String
        var security: SocketSecurity
        var serverKey = ""
        var workerKeys: CurveKeyPair?
        var directory: String?

        init(_ placement: WorkerPlacement, context: ZeroMQContext, logger: Logger) throws {
            let refused: @Sendable (String) -> Void = { key in
                logger.warning("a peer with an unlisted key was refused", metadata: ["key": "\(key)"])
            }
            switch placement {
            case .embedded:
                let server = try CurveKeyPair.generate(), worker = try CurveKeyPair.generate()
                let directory = try PrivateDirectory.make(under: "/tmp", prefix: "muster-")
                self.directory = directory
                SocketDirectories.removeAtExit(directory)
                control = try PrivateDirectory.endpoint(directory, "control")
                bulk = try PrivateDirectory.endpoint(directory, "bulk")
                let authenticator = try Authenticator(
                    context: context, peers: [worker.publicKey: PeerIdentity(name: Engine.embeddedWorker, role: "worker")], onRefusal: refused)
                security = .curveServer(server, authenticator)
                serverKey = server.publicKey
                workerKeys = worker
            case .listening(let endpoint, _, let keys, let isInsecure):
                control = endpoint
                bulk = try Endpoints.bulk(for: endpoint)
                if isInsecure {
                    logger.warning("messages travel unencrypted and anybody may connect (--insecure)")
                    security = .insecure
                } else {
                    let peers = try keys.workers()
                    guard !peers.isEmpty else { throw Failure(description: "no worker is listed in \(keys.directory)/workers — make keys with 'muster keys generate worker NAME'") }
                    security = .curveServer(try keys.coordinator, try Authenticator(context: context, peers: peers, onRefusal: refused))
                }
            }
        }

        func removeDirectory() { directory.map(SocketDirectories.remove) }
    }
}

/// Directories with the sockets of embedded workers: none is left behind, however the process exits.
private enum SocketDirectories {
    private static let pending = Lock<(paths: [String], isRegistered: Bool)>(([], false))

    static func removeAtExit(_ directory: String) {
        pending.withLock { state in
            state.paths.append(directory)
            guard !state.isRegistered else { return }
            state.isRegistered = atexit { for path in SocketDirectories.pending.withLock({ $0.paths }) { SocketDirectories.remove(path) } } == 0
        }
    }

    static func remove(_ directory: String) {
        pending.withLock { $0.paths.removeAll { $0 == directory } }
        for name in ["control", "bulk"] { unsafe unlink("\(directory)/\(name)") }
        unsafe rmdir(directory)
    }
}
