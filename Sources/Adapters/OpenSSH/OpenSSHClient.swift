import Glibc
import KnownHosts
package import SSH
import Threads

/// Runs commands on hosts over the system's `ssh`, for what libssh2 can't do.
package struct OpenSSHClient: Sendable {
    private let ssh: SSHLoop
    private let program: String?
    private let environment: [String]
    private let temporaryDirectory: String

    /// What ssh, and programs that its configuration names, find in their environment, where it is set.
    private static let passedOn = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "SSH_AUTH_SOCK", "SSH_SK_PROVIDER", "KRB5CCNAME", "KRB5_CONFIG", "XDG_RUNTIME_DIR", "TMPDIR",
    ]

    /// - Parameter environment: of this process; `ssh` is looked for in its PATH.
    package init(ssh: SSHLoop, environment: [String: String]) {
        self.ssh = ssh
        let path = environment["PATH"] ?? "/usr/bin:/bin"
        program = path.split(separator: ":").map { "\($0)/ssh" }.first { $0.hasPrefix("/") && Self.isExecutable($0) }
        // Its messages are read, so they must be in English.
        self.environment = Self.passedOn.compactMap { name in environment[name].map { "\(name)=\($0)" } } + ["LC_ALL=C", "SSH_ASKPASS_REQUIRE=never"]
        temporaryDirectory = environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
    }

    private static func isExecutable(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 }

    /// Logs in and starts a command line there, which the account's login shell reads.
    ///
    /// A server that is overloaded is asked again until the time is over. At most so many logins go to one server at a time as
    /// `LoginLimiter` says.
    package func execute(_ commandLine: String, on target: OpenSSHTarget) async throws(SSHError) -> OpenSSHSession {
        let login = target.login
        guard let program else { throw .noClient(host: login.name) }
        switch login.credential {
        case .password, .keyboardInteractive: throw .passwordUnusable(host: login.name)
        case .privateKey(let path, _, let passphrase) where passphrase != nil:
            throw .keyUnusable(
                host: login.name, path: path,
                reason: "its passphrase can't be given to OpenSSH — load the key into ssh-agent and set auth_method: agent, or use a key without one")
        case .privateKey, .agent: break
        }
        return try await ssh.logIn(login, through: target.gate, by: .openSSH) { deadline throws(SSHError) in
            try await attempt(program, commandLine, target, deadline)
        }
    }

    private func attempt(
        _ program: String, _ commandLine: String, _ target: OpenSSHTarget, _ deadline: Duration
    ) async throws(SSHError) -> OpenSSHSession {
        let directory = try knownHosts(SSHArguments.knownHosts(target.login.hostKeys), target)
        let arguments = SSHArguments.logIn(target, knownHosts: directory.knownHosts, limit: deadline - MonotonicTime.now, commandLine: commandLine)
        let session = OpenSSHSession(target: target, loop: ssh.loop)
        let refusal: SSHLog.Refusal
        do throws(SSHError) {
            try await session.start(program, arguments, environment: environment)
            // A moment longer than ssh's own limit, which tells more.
            guard let end = try await session.waitForLogin(until: deadline + .seconds(1)) else {
                await session.accept(hostKey: seenKey(target.login.hostKeys, directory.content))
                return session
            }
            refusal = await session.log.refusal(of: target, end)
        } catch {
            await session.close()
            throw error
        }
        await session.close()
        switch refusal {
        case .error(let error): throw error
        case .hostKey: throw try await hostKeyError(program, target)
        }
    }

    private func seenKey(_ rule: SSHHostKeyRule, _ known: String) -> HostPublicKey {
        let keys = KnownHosts(known).keys(host: SSHArguments.alias, port: 22)
        return keys.count == 1 ? keys[0] : HostPublicKey(blob: [])
    }

    /// ssh tells at most a fingerprint of a key that it does not accept: asks once more for the key itself, with nothing to log in with.
    private func hostKeyError(_ program: String, _ target: OpenSSHTarget) async throws(SSHError) -> SSHError {
        let login = target.login, limit = Duration.seconds(10)
        let directory = try knownHosts("", target)
        let session = OpenSSHSession(target: target, loop: ssh.loop)
        var presented: HostPublicKey?
        do throws(SSHError) {
            let arguments = SSHArguments.askForHostKey(target, knownHosts: directory.knownHosts, limit: limit)
            try await session.start(program, arguments, environment: environment)
            _ = try await session.waitForLogin(until: MonotonicTime.now + limit)
            presented = KnownHosts(directory.content).keys(host: SSHArguments.alias, port: 22).first
        } catch { presented = nil }
        await session.close()
        guard let presented, case .pinned(let keys) = login.hostKeys else {
            return .handshakeFailed(
                host: login.name, endpoint: login.endpoint,
                reason: "the host's key is not one that is known — compare it on the host (ssh-keygen -lf /etc/ssh/ssh_host_*.pub)")
        }
        return keys.isEmpty
            ? .hostKeyUnknown(host: login.name, endpoint: login.endpoint, presented: presented)
            : .hostKeyChanged(host: login.name, endpoint: login.endpoint, expected: keys, presented: presented)
    }

    private func knownHosts(_ text: String, _ target: OpenSSHTarget) throws(SSHError) -> PrivateDirectory {
        do throws(SSHProcess.StartFailure) { return try PrivateDirectory.make(in: temporaryDirectory, knownHosts: text) } catch {
            throw .connectionLost(host: target.login.name, reason: "the worker can't write in \(temporaryDirectory): \(error.reason)")
        }
    }
}
