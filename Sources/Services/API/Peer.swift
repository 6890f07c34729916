import Documents
import Glibc
import Hummingbird
import Logging
import NIOCore
import Platform

/// A request with who is behind it.
struct APIContext: RequestContext {
    static let bodyLimit = 1 << 20
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// The user at the other end of the socket.
    var user: UInt32?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    var maxUploadSize: Int { Self.bodyLimit }
}

/// Lets in who may use the socket: root, the service's own user, and members of its group (unix(7), SO_PEERCRED). The mode of
/// the socket says the same; this holds if somebody changes it.
struct PeerMiddleware: RouterMiddleware {
    let group: UInt32?

    /// `struct ucred` of unix(7), which Glibc's module does not have.
    private struct Credentials {
        var process: Int32 = 0
        var uid: UInt32 = 0
        var gid: UInt32 = 0
    }

    @concurrent func handle(
        _ request: Request, context: APIContext, next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard let options = context.channel as? any SocketOptionProvider else { throw ServiceProblem(.refusedByPolicy, "only a socket of this machine is served") }
        let credentials: Credentials = try await options.unsafeGetSocketOption(level: .socket, name: .init(rawValue: SO_PEERCRED)).get()
        guard isAllowed(credentials) else {
            context.logger.warning("request refused", metadata: ["user": "\(Accounts.name(of: credentials.uid))", "path": "\(request.uri.path)"])
            throw ServiceProblem(
                .refusedByPolicy, "user \(Accounts.name(of: credentials.uid)) may not use this coordinator", remedy: "become a member of the socket's group")
        }
        var context = context
        context.user = credentials.uid
        if request.method != .get {
            context.logger.notice(
                "request", metadata: ["user": "\(Accounts.name(of: credentials.uid))", "method": "\(request.method.rawValue)", "path": "\(request.uri.path)"])
        }
        return try await next(request, context)
    }

    private func isAllowed(_ peer: Credentials) -> Bool {
        if peer.uid == 0 || peer.uid == Accounts.own { return true }
        guard let group else { return false }
        return peer.gid == group || Accounts.isMember(user: peer.uid, of: group)
    }
}
