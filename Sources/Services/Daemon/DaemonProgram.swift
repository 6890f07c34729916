import API
import ConfigurationFiles
import Coordinator
import Documents
import Glibc
import Journal
import Logging
import Model
import Observability
import RunService
import RunStore
import Platform
import Threads
import YAML
import ZeroMQ

/// What `muster-coordinator` does once its arguments are read.
package struct DaemonProgram: Sendable {
    let options: DaemonOptions
    let logger: Logger
    let manager: ServiceManager

    /// Why it ended, beside being asked to: one line, with the exit code of `muster`.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
        package let code: Int32
    }

    package init(options: DaemonOptions) {
        self.options = options
        logger = .service("muster-coordinator", level: Logger.Level(rawValue: options.logLevel) ?? .info, environment: options.environment)
        manager = ServiceManager(options.environment)
    }

    package static let version = "muster-coordinator \(MusterVersion.current)"

    static func group(named name: String) -> UInt32? { Accounts.group(named: name) }

    private enum Ending: Sendable {
        case asked
        case failed(Failure)
    }

    /// Runs until it is asked to end (SIGTERM, SIGINT).
    package func run() async throws(Failure) {
        let problems = options.problems()
        guard problems.isEmpty else { throw Failure(description: problems.joined(separator: "\n"), code: 2) }
        FilePermissions.makePrivateByDefault()
        let (signals, signal) = AsyncStream<Int32>.makeStream(bufferingPolicy: .bufferingOldest(16))
        Signals.install([SIGINT, SIGTERM, SIGHUP])
        Signals.listen { signal.yield($0) }
        do {
            let state = options.stateDirectory
            let name = try state.coordinatorName()
            // A second coordinator with this state would bind the same socket, and think that it owns all runs.
            let lock = try DirectoryLock(directory: state.path)
            try await serve(state, name, signals)
            withExtendedLifetime(lock) {}
        } catch let failure as Failure {
            throw failure
        } catch let error as StateDirectory.Problem {
            throw Failure(description: "\(error)", code: 9)
        } catch let error as JournalError {
            throw Failure(description: "\(error)", code: 9)
        } catch { throw Failure(description: "\(error)", code: 2) }
    }

    private func serve(_ state: StateDirectory, _ name: String, _ signals: AsyncStream<Int32>) async throws {
        let context = try ZeroMQContext()
        let reactor = try Reactor(context: context, name: "muster-coord")
        do { try await serve(state, name, signals, context, reactor) } catch {
            await reactor.stop()
            throw error
        }
        await reactor.stop()
    }

    private func serve(_ state: StateDirectory, _ name: String, _ signals: AsyncStream<Int32>, _ context: ZeroMQContext, _ reactor: Reactor) async throws {
        let environment = try options.load()
        var settings = CoordinatorSettings(
            name: name, controlEndpoint: options.listen, bulkEndpoint: try Endpoints.bulk(for: options.listen), security: try security(context))
        settings.policy = environment.settings.policy
        let coordinator = Coordinator(settings: settings, reactor: reactor, logger: logger)
        let service = RunService(coordinator: coordinator, state: state, environment: environment, software: MusterVersion.current, logger: logger)
        let endpoints = try await coordinator.listen()
        let server = APIServer(
            APIRoutes(service: service, coordinator: coordinator, software: MusterVersion.current, name: name), path: options.socketPath,
            group: options.group.flatMap(Self.group(named:)), logger: logger)
        let logger = logger, manager = manager
        let ending = try await withThrowingTaskGroup(of: Ending?.self) { group in
            group.addTask {
                await coordinator.run()
                return nil
            }
            group.addTask {
                await service.run()
                return nil
            }
            group.addTask {
                // Who asks about a run then finds it carried out.
                await service.takeUp()
                do { try await serve(server, endpoints.control, state) } catch is CancellationError { return nil } catch {
                    throw Failure(description: "the control socket \(options.socketPath) can't be served: \(error) — make its directory, or name another with --socket", code: 2)
                }
                return nil
            }
            group.addTask {
                for await problem in service.failures { return .failed(Failure(description: problem, code: 9)) }
                return nil
            }
            group.addTask { await watch(coordinator) }
            group.addTask { await listen(signals, service, coordinator) }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                guard let ending = result else { continue }
                report(manager.tell(.stopping))
                // Workers keep what they have and say so when the next process is there.
                await service.stop()
                return ending
            }
            return .asked
        }
        if case .failed(let failure) = ending { throw failure }
        logger.notice("ended", metadata: [:])
    }

    /// Serves requests, and says so once they are taken.
    private func serve(_ server: APIServer, _ endpoint: String, _ state: StateDirectory) async throws {
        let logger = logger, manager = manager
        try await server.run { problem in
            if let problem { logger.warning("the control socket may be used by root and its owner only", metadata: [LogField.reason: "\(problem)"]) }
            logger.notice("ready", metadata: ["workers": "\(endpoint)", "socket": "\(options.socketPath)", "state": "\(state.path)"])
            report(manager.tell(.ready("workers at \(endpoint)")))
        }
    }

    private func security(_ context: ZeroMQContext) throws -> SocketSecurity {
        if options.isInsecure {
            logger.warning("messages travel unencrypted and anybody may connect (--insecure)")
            return .insecure
        }
        let logger = logger
        let authenticator = try Authenticator(context: context, peers: try options.keyFiles.workers()) { key in
            logger.warning("a peer with an unlisted key was refused", metadata: ["key": "\(key)"])
        }
        return .curveServer(try options.keyFiles.coordinator, authenticator)
    }

    /// A sign of life for the service manager, as long as the coordinator answers.
    private func watch(_ coordinator: Coordinator) async -> Ending? {
        guard let interval = manager.watchdogInterval else { return nil }
        while (try? await ContinuousClock().sleep(for: interval)) != nil {
            let count = await coordinator.workers.count
            report(manager.tell(.watchdog))
            report(manager.tell(.status("\(count) worker\(count == 1 ? "" : "s")")))
        }
        return nil
    }

    private func listen(_ signals: AsyncStream<Int32>, _ service: RunService, _ coordinator: Coordinator) async -> Ending? {
        for await number in signals {
            guard number == SIGHUP else { return .asked }
            report(manager.tell(.reloading))
            await reload(service, coordinator)
            report(manager.tell(.ready("configuration read again")))
        }
        return nil
    }

    /// Mistakes leave everything as it was: runs that are under way are not touched by a bad file.
    private func reload(_ service: RunService, _ coordinator: Coordinator) async {
        do {
            let environment = try options.load()
            let peers = options.isInsecure ? [:] : try options.keyFiles.workers()
            await service.replace(environment)
            await coordinator.replacePolicy(environment.settings.policy)
            await coordinator.replaceKeys(peers)
            logger.notice("configuration read again", metadata: ["hosts": "\(environment.settings.inventory.hosts.count)", "worker_keys": "\(peers.count)"])
        } catch let error as ConfigurationErrors {
            for problem in error.problems { logger.error("configuration not taken", metadata: [LogField.reason: "\(problem)"]) }
        } catch { logger.error("configuration not taken", metadata: [LogField.reason: "\(error)"]) }
    }

    private func report(_ problem: String?) {
        if let problem { logger.warning("the service manager was not told", metadata: [LogField.reason: "\(problem)"]) }
    }
}
