import ConfigurationFiles
import Glibc
import Logging
import Observability
import Platform
import Threads
import ZeroMQ

/// What `muster-worker` does once its arguments are read.
package enum WorkerProgram {
    package struct Options: Sendable {
        package var connect: String
        package var keyFile: String?
        package var coordinatorKey: String?
        package var isInsecure: Bool
        package var slots: Int
        package var labels: [String] = []
        /// A policy file with what this worker refuses whatever its coordinator says.
        package var policy: String?
        package var logLevel: String
        package var environment: [String: String]

        package init(
            connect: String, keyFile: String?, coordinatorKey: String?, isInsecure: Bool, slots: Int, logLevel: String, environment: [String: String]
        ) {
            self.connect = connect
            self.keyFile = keyFile
            self.coordinatorKey = coordinatorKey
            self.isInsecure = isInsecure
            self.slots = slots
            self.logLevel = logLevel
            self.environment = environment
        }
    }

    /// Runs until the coordinator drains it or is not to be had. Errors are one line each.
    package static func run(_ options: Options) async throws {
        guard let level = Logger.Level(rawValue: options.logLevel) else {
            throw Endpoints.Invalid(description: "--log-level '\(options.logLevel)': use trace, debug, info, notice, warning, error or critical")
        }
        let logger = Logger.service("muster-worker", level: level, environment: options.environment)
        let security: SocketSecurity
        if options.isInsecure {
            security = .insecure
        } else {
            guard let keyFile = options.keyFile, let coordinatorKey = options.coordinatorKey else {
                throw Endpoints.Invalid(description: "--key and --coordinator-key are needed — make keys with 'muster keys generate', or say --insecure on a trusted link")
            }
            security = .curveClient(try KeyFiles.read(keyFile), server: try KeyFiles.publicKey(coordinatorKey))
        }
        let context = try ZeroMQContext()
        let reactor = try Reactor(context: context, name: "muster-worker")
        var settings = WorkerSettings(
            controlEndpoint: options.connect, bulkEndpoint: try Endpoints.bulk(for: options.connect), security: security,
            environment: options.environment)
        settings.slots = options.slots
        for label in options.labels {
            guard Self.isLabel(label) else { throw Endpoints.Invalid(description: "--label '\(label)': use letters, digits, '.', '-' and '_', at most 64") }
        }
        settings.labels = options.labels
        if let file = options.policy { settings.policy = try ConfigurationLoader.policy(file: file, isFloor: true) }
        let manager = ServiceManager(options.environment)
        // A service waits for its coordinator as long as it takes; a person wants to know.
        let service = WorkerService(
            settings: settings, reactor: reactor, logger: logger, welcomeWithin: manager.isThere ? nil : .seconds(60), hooks: hooks(manager, options))
        do { try await service.run() } catch {
            await reactor.stop()
            throw error
        }
        await reactor.stop()
        manager.tell(.stopping)
    }

    private static func isLabel(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64 && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    }

    private static func hooks(_ manager: ServiceManager, _ options: Options) -> WorkerHooks {
        var hooks = WorkerHooks()
        let (stops, stop) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingOldest(4))
        Signals.install([SIGINT, SIGTERM])
        Signals.listen { _ in stop.yield() }
        hooks.stops = stops
        hooks.ready = { manager.tell(.ready("looking for the coordinator at \(options.connect)")) }
        hooks.accepted = { manager.tell(.status($0)) }
        if let interval = manager.watchdogInterval {
            let last = Lock(Duration.zero)
            hooks.alive = {
                let now = MonotonicTime.now
                let isDue = last.withLock { last in
                    guard now - last >= interval / 2 else { return false }
                    last = now
                    return true
                }
                if isDue { manager.tell(.watchdog) }
            }
        }
        return hooks
    }
}
