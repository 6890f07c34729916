import Hummingbird
package import Logging
import NIOCore
import NIOPosix
import Platform
import RunService
import Threads

/// The HTTP server of a coordinator, on a Unix socket.
package struct APIServer: Sendable {
    private let routes: APIRoutes
    private let path: String
    private let group: UInt32?
    private let logger: Logger

    /// - Parameters:
    ///   - path: of the socket; what lies there is replaced, since the lock of the state directory keeps a second coordinator out.
    ///   - group: whose members may use it beside root and this process's user.
    package init(_ routes: APIRoutes, path: String, group: UInt32?, logger: Logger) {
        self.routes = routes
        self.path = path
        self.group = group
        self.logger = logger
    }

    /// Serves until the task is cancelled.
    ///
    /// - Parameter onReady: called once requests are taken; with a problem if the socket can't be given to its group.
    package func run(onReady: @escaping @Sendable (String?) async -> Void) async throws {
        let router = Router(context: APIContext.self)
        router.add(middleware: ProblemMiddleware())
        router.add(middleware: PeerMiddleware(group: group))
        for route in routes.all { router.on(RouterPath(route.path), method: route.method, use: route.handler) }
        let path = path, group = group
        let isEnding = Lock(false)
        var quiet = Logger(label: logger.label) { _ in QuietEnd(logger, isEnding: isEnding) }
        quiet.logLevel = max(quiet.logLevel, .notice)
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .unixDomainSocket(path: path), serverName: nil),
            onServerRunning: { _ in await onReady(FilePermissions.restrict(path, to: group)) }, logger: quiet)
        try await withTaskCancellationHandler {
            try await application.run()
        } onCancel: {
            isEnding.withLock { $0 = true }
        }
    }
}
