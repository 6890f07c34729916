import Cryptography
import ConfigurationFiles
import Glibc
package import HostRunner
import KnownHosts
import Logging
import Model
import Observability
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

/// A worker's warm connection to one host: the SSH connection and a runner for each identity, made when needed and
/// made again when lost.
package actor HostLink {
    private let target: RemoteTarget
    private let ssh: SSHLoop
    private let secrets: SecretResolver
    private let logger: Logger
    private var connection: SSHConnection?
    private var connecting: Task<Result<SSHConnection, HostLinkError>, Never>?
    private var runners: [RunnerIdentity: HostRunner] = [:]
    private var opening: [RunnerIdentity: Task<Result<HostRunner, HostLinkError>, Never>] = [:]

    init(target: RemoteTarget, ssh: SSHLoop, secrets: SecretResolver, logger: Logger) {
        self.target = target
        self.ssh = ssh
        self.secrets = secrets
        self.logger = logger
    }

    /// The key that the host presented; empty before the first connection.
    var hostKey: [UInt8] {
        get async { await connection?.hostKey.blob ?? [] }
    }

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
            let connection = try await connected()
            let channel: SSHChannel
            do throws(SSHError) { channel = try await connection.execute(identity.startLine) } catch {
                self.connection = nil
                throw .unreachable("\(error)")
            }
            do throws(HostRunnerError) {
                let nonce = Digest.hexadecimal(SecureRandom.bytes(8))
                let runner = try await HostRunner.open(
                    on: SSHRunnerChannel(channel), identity: identity, ledger: target.ledger, nonce: nonce)
                logger.debug("runner started", metadata: [LogField.host: "\(target.name)", "identity": "\(identity.rawValue)"])
                return .success(runner)
            } catch {
                if case .become(let problem) = error { throw .become("\(target.name): \(problem)") }
                throw .unreachable("\(target.name): \(error)")
            }
        } catch { return .failure(error) }
    }

    private func connected() async throws(HostLinkError) -> SSHConnection {
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

    private func connect() async -> Result<SSHConnection, HostLinkError> {
        do throws(HostLinkError) {
            let target = try sshTarget()
            do throws(SSHError) { return .success(try await SSHConnection.connect(target, on: ssh)) } catch {
                throw .unreachable("\(error)")
            }
        } catch { return .failure(error) }
    }

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

/// The links of a worker, by host and way of login.
actor HostLinks {
    private let ssh: SSHLoop
    private let secrets: SecretResolver
    private let logger: Logger
    private var links: [HostName: (target: RemoteTarget, link: HostLink)] = [:]

    init(ssh: SSHLoop, secrets: SecretResolver, logger: Logger) {
        self.ssh = ssh
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
        let link = HostLink(target: target, ssh: ssh, secrets: secrets, logger: logger)
        links[target.name] = (target, link)
        return link
    }

    func closeAll() async {
        for (_, link) in links.values { await link.close() }
        links = [:]
    }
}
