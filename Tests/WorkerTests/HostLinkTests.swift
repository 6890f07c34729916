import ConfigurationFiles
import Glibc
import HostRunner
import KnownHosts
import Logging
import Model
import SSH
import TestSupport
import Testing
import WireProtocol

@testable import Worker

/// The first version with SHA-2 signatures for RSA keys is 1.11.
private let isOldLibrary = SSHLoop.libraryVersion.hasPrefix("1.10")

@Suite("A worker's link to a host", .enabled(if: TestSSHServer.isAvailable, "needs /usr/sbin/sshd and root"), .timeLimit(.minutes(2)))
struct HostLinkTests {
    let files: TemporaryDirectory
    let ssh: SSHLoop

    init() throws {
        files = try TemporaryDirectory()
        ssh = try #require(SSHLoop())
    }

    private func target(_ server: TestSSHServer, _ key: SSHKeyPair, policy: HostKeyPolicy = .strict, _ way: ConnectionWay = ConnectionWay()) throws -> RemoteTarget {
        let host = Host(
            name: "web1", address: "127.0.0.1", port: server.port, user: "root", authentication: .key(path: key.path, passphrase: nil), hostKeyPolicy: policy,
            ledger: try files.directory("ledger"), connection: way)
        let known = try KnownHosts("host \(server.hostKeyLine())").keys(host: "host", port: 22).map(\.blob)
        return RemoteTarget(host: host, hostKeys: policy == .strict ? known : [])
    }

    private func link(_ target: RemoteTarget, path: String = "/usr/bin:/bin") -> HostLink {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return HostLink(
            target: target, clients: SSHClients(loop: ssh, environment: ["PATH": path, "TMPDIR": files.path]), secrets: SecretResolver(environment: [:]), logger: logger)
    }

    /// Reaches the host and tells over what.
    private func way(_ target: RemoteTarget) async throws -> String? {
        let link = link(target)
        let runner = try await link.runner(.login)
        _ = try await runner.ping()
        let key = await link.hostKey
        #expect(!key.isEmpty)
        let why = await link.overOpenSSH
        await link.close()
        return why
    }

    @Test("is libssh2's where that can log in")
    func usual() async throws {
        let key = try SSHKeyPair(type: "ed25519", in: files), server = try TestSSHServer(authorizedKeys: [key.publicLine])
        #expect(try await way(target(server, key)) == nil)
    }

    @Test("is OpenSSH's where libssh2 can't use the user's key, before anything is tried", .enabled(if: isOldLibrary))
    func userKey() async throws {
        let key = try SSHKeyPair(type: "rsa", in: files), server = try TestSSHServer(authorizedKeys: [key.publicLine])
        #expect(try await way(target(server, key)) == "the user key is RSA, which libssh2 1.10.0 can't use")
        #expect(server.logins == 1)
    }

    @Test("is OpenSSH's where libssh2 and the server have nothing in common, and stays so", .enabled(if: isOldLibrary))
    func hardened() async throws {
        let key = try SSHKeyPair(type: "ed25519", in: files)
        let server = try TestSSHServer(hostKeyTypes: ["rsa"], authorizedKeys: [key.publicLine], options: ["Ciphers aes256-gcm@openssh.com"])
        #expect(try await way(target(server, key)) == "only an RSA key of the host is known, which libssh2 1.10.0 can't check")
        let link = link(try target(server, key, policy: .acceptNew))
        let before = server.logins
        _ = try await link.runner(.login).ping()
        #expect(await link.overOpenSSH?.hasPrefix("the server offers no host key, cipher or key exchange that libssh2 1.10.0 knows") == true)
        #expect(await link.hostKey == KnownHosts("host \(try server.hostKeyLine())").keys(host: "host", port: 22)[0].blob)
        for pid in server.connectionPIDs { kill(pid, SIGKILL) }
        #expect(try await eventually { try await link.runner(.login).isUsable && server.logins > before + 2 })
        #expect(server.logins == before + 3, "one try with libssh2, two with ssh")
        await link.close()
    }

    @Test("is OpenSSH's where a certificate lies beside the key")
    func certificate() async throws {
        let key = try SSHKeyPair(type: "ed25519", in: files), authority = try SSHKeyPair(type: "ed25519", in: files, name: "authority")
        try run("/usr/bin/ssh-keygen", ["-q", "-s", authority.path, "-I", "test", "-n", "root", key.path + ".pub"])
        let server = try TestSSHServer(
            options: ["TrustedUserCAKeys \(try files.write("trusted", authority.publicLine + "\n", mode: 0o644))", "AuthorizedKeysFile none"])
        #expect(try await way(target(server, key))?.contains("certificate") == true)
    }

    @Test("is what the configuration says", arguments: [ConnectionWay(transport: .openssh), ConnectionWay(sshConfiguration: "/dev/null")])
    func configured(way: ConnectionWay) async throws {
        let key = try SSHKeyPair(type: "ed25519", in: files), server = try TestSSHServer(authorizedKeys: [key.publicLine])
        #expect(try await self.way(target(server, key, way))?.contains(way.transport == .openssh ? "transport: openssh" : "ssh_config") == true)
    }

    @Test("over OpenSSH tells why root can't be had, and goes on without", .enabled(if: TestAccount.isAvailable && access("/usr/bin/sudo", X_OK) == 0, "needs useradd and sudo"))
    func withoutRoot() async throws {
        let account = try TestAccount()
        let key = try SSHKeyPair(type: "ed25519", in: files), server = try TestSSHServer(authorizedKeys: [key.publicLine])
        var target = try target(server, key, ConnectionWay(transport: .openssh))
        target.user = account.name
        for path in [files.path, try files.directory("ledger")] { chmod(path, 0o777) }
        let link = link(target)
        _ = try await link.runner(.login).ping()
        let error = await #expect(throws: HostLinkError.self) { try await link.runner(.root) }
        guard case .become(let text)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(text.contains("sudo asks for a password"), "\(text)")
        #expect(try await link.runner(.login).isUsable)
        await link.close()
    }

    @Test("does not change for a login that OpenSSH would be refused too")
    func refused() async throws {
        let key = try SSHKeyPair(type: "ed25519", in: files), stranger = try SSHKeyPair(type: "ed25519", in: files, name: "stranger")
        let server = try TestSSHServer(authorizedKeys: [key.publicLine])
        let link = link(try target(server, stranger))
        await #expect(throws: HostLinkError.self) { try await link.runner(.login) }
        #expect(await link.overOpenSSH == nil)
        #expect(server.logins == 1)
    }

    @Test("that may only be libssh2's says what else there is", .enabled(if: isOldLibrary))
    func pinnedDown() async throws {
        let key = try SSHKeyPair(type: "rsa", in: files), server = try TestSSHServer(authorizedKeys: [key.publicLine])
        let link = link(try target(server, key, ConnectionWay(transport: .libssh2)))
        let error = await #expect(throws: HostLinkError.self) { try await link.runner(.login) }
        #expect(error?.description.contains("transport: openssh") == true)
    }

    @Test("that needs OpenSSH where there is none says why and what to install", .enabled(if: isOldLibrary))
    func noClient() async throws {
        let key = try SSHKeyPair(type: "rsa", in: files), server = try TestSSHServer(authorizedKeys: [key.publicLine])
        let link = link(try target(server, key), path: files.path)
        let error = await #expect(throws: HostLinkError.self) { try await link.runner(.login) }
        let text = try #require(error?.description)
        #expect(text.contains("no program ssh") && text.contains("apt-get install openssh-client") && text.contains("the user key is RSA"), "\(text)")
    }
}
