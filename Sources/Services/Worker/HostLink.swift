import Cryptography
import ConfigurationFiles
import Glibc
package import HostRunner
import KnownHosts
import Logging
import Model
import Observability
import OpenSSH
import SSH
import WireProtocol

/// Why a job could not even be offered to its host: one line for people.
package enum HostLinkError: Error, Equatable, CustomStringConvertible {
    case unreachable(String)
    case become(String)

    package var description: String {
        switch self {
        case .unreachable(let text), .become(let text): text
        }
    }
}

/// A worker's warm connection to one host: a runner for each identity, made when needed and made again when lost. Over libssh2
/// they share one SSH connection; over OpenSSH each has an `ssh` process of its own.
package actor HostLink {
    private let target: RemoteTarget
    private let clients: SSHClients
    private let secrets: SecretResolver
    private let logger: Logger
    private var connection: SSHConnection?
    private var connecting: Task<Result<SSHConnection?, HostLinkError>, Never>?
    private var runners: [RunnerIdentity: HostRunner] = [:]
    private var opening: [RunnerIdentity: Task<Result<HostRunner, HostLinkError>, Never>] = [:]
    /// The key that the last `ssh` saw.
    private var seenKey = HostPublicKey(blob: [])
    private var way: Way?

    /// What carries the streams to the host; stays as it is for the life of the link.
    private enum Way: Equatable {
        case libssh2
        case openSSH(why: String)
    }

    init(target: RemoteTarget, clients: SSHClients, secrets: SecretResolver, logger: Logger) {
        self.target = target
        self.clients = clients
        self.secrets = secrets
        self.logger = logger
    }

    /// The key that the host presented; empty before the first connection.
    var hostKey: [UInt8] {
        get async { await connection?.hostKey.blob ?? seenKey.blob }
    }

    /// Why the host is reached over OpenSSH: one line; nil over libssh2.
    package var overOpenSSH: String? { if case .openSSH(let why)? = way { why } else { nil } }

    /// The runner of an identity. Several callers share one attempt to make it.
    package func runner(_ wanted: RunnerIdentity) async throws(HostLinkError) -> HostRunner {
        // Root needs no second way to root.
        let identity = target.user == "root" ? .login : wanted
        if let runner = runners[identity] {
            if await runner.isUsable { return runner }
            runners[identity] = nil
        }
        if let task = opening[identity] { return try await task.value.get() }
        let task = Task { await self.open(identity) }
        opening[identity] = task
        let result = await task.value
        opening[identity] = nil
        if case .success(let runner) = result { runners[identity] = runner }
        return try result.get()
    }

    private func open(_ identity: RunnerIdentity) async -> Result<HostRunner, HostLinkError> {
        do throws(HostLinkError) {
            if try chooseWay() == .libssh2, let connection = try await connected() {
                let channel: SSHChannel
                do throws(SSHError) { channel = try await connection.execute(identity.startLine) } catch {
                    self.connection = nil
                    throw .unreachable("\(error)")
                }
                return .success(try await start(identity, on: SSHRunnerChannel(channel), loss: { nil }))
            }
            let session = try await openSSHSession(identity)
            return .success(try await start(identity, on: OpenSSHRunnerChannel(session), loss: { await session.loss }))
        } catch { return .failure(error) }
    }

    /// - Parameter loss: what became of the connection meanwhile, where that is told apart from the end of a stream.
    private func start(
        _ identity: RunnerIdentity, on channel: any RunnerChannel, loss: () async -> SSHError?
    ) async throws(HostLinkError) -> HostRunner {
        do throws(HostRunnerError) {
            let nonce = Digest.hexadecimal(SecureRandom.bytes(8))
            let runner = try await HostRunner.open(on: channel, identity: identity, ledger: target.ledger, nonce: nonce)
            logger.debug("runner started", metadata: [LogField.host: "\(target.name)", "identity": "\(identity.rawValue)"])
            return runner
        } catch {
            if let loss = await loss() { throw .unreachable("\(loss)") }
            if case .become(let problem) = error { throw .become("\(target.name): \(problem)") }
            throw .unreachable("\(target.name): \(error)")
        }
    }

    // MARK: Over libssh2

    /// Nil: libssh2 can't log in there, and OpenSSH is to be used from now on.
    private func connected() async throws(HostLinkError) -> SSHConnection? {
        if let connection, await connection.isOpen { return connection }
        connection = nil
        runners = [:]
        if let task = connecting { return try await task.value.get() }
        let task = Task { await self.connect() }
        connecting = task
        let result = await task.value
        connecting = nil
        if case .success(let made) = result { connection = made }
        return try result.get()
    }

    private func connect() async -> Result<SSHConnection?, HostLinkError> {
        do throws(HostLinkError) {
            let login = try sshTarget()
            do throws(SSHError) { return .success(try await SSHConnection.connect(login, on: clients.loop)) } catch {
                guard case .beyondLibrary(_, let what) = error, target.connection.transport == .auto else { throw .unreachable("\(error)") }
                choose(.openSSH(why: what))
                return .success(nil)
            }
        } catch { return .failure(error) }
    }

    // MARK: Over OpenSSH

    private func chooseWay() throws(HostLinkError) -> Way {
        if let way { return way }
        switch target.connection.transport {
        case .libssh2: return choose(.libssh2)
        case .openssh: return choose(.openSSH(why: "transport: openssh is set"))
        case .auto:
            if target.connection.proxyJump != nil { return choose(.openSSH(why: "proxy_jump is set")) }
            if target.connection.sshConfiguration != nil { return choose(.openSSH(why: "ssh_config is set")) }
            if hasCertificate { return choose(.openSSH(why: "a certificate lies beside the user key, which libssh2 can't use")) }
            if let what = try sshTarget().beyondLibrary { return choose(.openSSH(why: what)) }
            return choose(.libssh2)
        }
    }

    @discardableResult
    private func choose(_ new: Way) -> Way {
        way = new
        if case .openSSH(let why) = new { logger.info("host is reached over OpenSSH", metadata: [LogField.host: "\(target.name)", LogField.reason: "\(why)"]) }
        return new
    }

    /// Whether OpenSSH would find one. A key with a passphrase stays with libssh2, which can be given it.
    private var hasCertificate: Bool {
        guard case .key(let path, nil) = target.authentication, case .content = FileReader.read(path + "-cert.pub", limit: 64 << 10) else { return false }
        return true
    }

    private func openSSHSession(_ identity: RunnerIdentity) async throws(HostLinkError) -> OpenSSHSession {
        var login = try sshTarget()
        // What the first connection took for the host's key holds for those beside it: they are to lead to the same machine.
        if target.hostKeyPolicy == .acceptNew, login.hostKeys == .any, !seenKey.blob.isEmpty {
            for runner in runners.values {
                if await runner.isUsable { login.hostKeys = .pinned([seenKey]) }
            }
        }
        do throws(SSHError) {
            let host = OpenSSHTarget(login: login, proxyJump: target.connection.proxyJump, configurationFile: target.connection.sshConfiguration)
            let session = try await clients.openSSH.execute(identity.startLine, on: host)
            seenKey = await session.hostKey
            return session
        } catch {
            switch error {
            case .noClient, .passwordUnusable: throw .unreachable("\(error); OpenSSH is needed: \(overOpenSSH ?? "")")
            default: throw .unreachable("\(error)")
            }
        }
    }

    // MARK: Login

    private func sshTarget() throws(HostLinkError) -> SSHTarget {
        let rule: SSHHostKeyRule
        switch target.hostKeyPolicy {
        case .strict: rule = .pinned(target.hostKeys.map { HostPublicKey(blob: $0) })
        // A host that is known is held to its keys; an unknown one is taken as it is and reported.
        case .acceptNew: rule = target.hostKeys.isEmpty ? .any : .pinned(target.hostKeys.map { HostPublicKey(blob: $0) })
        case .off: rule = .any
        }
        return SSHTarget(
            name: target.name.value, address: target.address, port: target.port, user: target.user, credential: try credential(),
            hostKeys: rule, timeout: target.timeout)
    }

    private func credential() throws(HostLinkError) -> SSHCredential {
        switch target.authentication {
        case .agent: return .agent
        case .password(let reference): return .password(SSHSecret(try secret(reference)))
        case .keyboardInteractive(let reference): return .keyboardInteractive(SSHSecret(try secret(reference)))
        case .key(let path, let passphrase):
            let phrase: SSHSecret?
            if let passphrase { phrase = SSHSecret(try secret(passphrase)) } else { phrase = nil }
            switch FileReader.read(path, limit: 64 << 10) {
            case .content(let bytes): return .privateKey(path: path, content: SSHSecret(bytes), passphrase: phrase)
            case .missing: throw .unreachable("\(target.name): there is no key file \(path) — set key_path, or make a key with ssh-keygen -t ed25519")
            case .failed(let reason): throw .unreachable("\(target.name): the key file \(path) can't be read: \(reason)")
            }
        }
    }

    private func secret(_ reference: SecretReference) throws(HostLinkError) -> [UInt8] {
        do throws(SecretError) { return try secrets.resolve(reference).bytes } catch { throw .unreachable("\(target.name): \(error)") }
    }

    func close() async {
        for runner in runners.values { await runner.close() }
        runners = [:]
        await connection?.close()
        connection = nil
    }
}

/// What a worker logs in with.
struct SSHClients: Sendable {
    let loop: SSHLoop
    let openSSH: OpenSSHClient

    init(loop: SSHLoop, environment: [String: String]) {
        self.loop = loop
        openSSH = OpenSSHClient(ssh: loop, environment: environment)
    }
}

/// The links of a worker, by host and way of login.
actor HostLinks {
    private let clients: SSHClients
    let secrets: SecretResolver
    private let logger: Logger
    private var links: [HostName: (target: RemoteTarget, link: HostLink)] = [:]

    init(clients: SSHClients, secrets: SecretResolver, logger: Logger) {
        self.clients = clients
        self.secrets = secrets
        self.logger = logger
    }

    /// The link to a host. A host whose way of login has changed gets a new one.
    func link(_ target: RemoteTarget) async -> HostLink {
        if let known = links[target.name] {
            // Keys that became known through this very link change nothing about it.
            var same = known.target
            same.hostKeys = target.hostKeys
            if same == target { return known.link }
            await known.link.close()
        }
        let link = HostLink(target: target, clients: clients, secrets: secrets, logger: logger)
        links[target.name] = (target, link)
        return link
    }

    func closeAll() async {
        await withTaskGroup(of: Void.self) { group in
            for (_, link) in links.values { group.addTask { await link.close() } }
        }
        links = [:]
    }
}
