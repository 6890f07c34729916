import Glibc
import KnownHosts
import SSH
import TestSupport
import Testing

@testable import OpenSSH

/// Whether there is what these tests need.
let hasServerAndClient = TestSSHServer.isAvailable && access("/usr/bin/ssh", X_OK) == 0

@Suite("A login over the system's ssh", .enabled(if: hasServerAndClient, "needs sshd, ssh and root"), .timeLimit(.minutes(2)))
struct LoginTests {
    @Test("runs commands with an RSA key, which libssh2 1.10 can't", arguments: ["rsa", "ed25519"])
    func keys(type: String) async throws {
        let fixture = try OpenSSHFixture(keyType: type)
        #expect(try await fixture.output(of: "echo hello; echo not this >&2") == "hello\n")
        if type == "rsa", SSHLoop.libraryVersion.hasPrefix("1.10") {
            #expect(try fixture.target().login.beyondLibrary?.contains("RSA") == true)
        }
    }

    @Test("works with a server that has only an RSA host key and AES-GCM")
    func hardened() async throws {
        let fixture = try OpenSSHFixture(hostKeyTypes: ["rsa"], options: ["Ciphers aes256-gcm@openssh.com", "MACs hmac-sha2-256-etm@openssh.com"])
        #expect(try await fixture.output(of: "echo hello") == "hello\n")
        let login = try fixture.target(hostKeys: .any).login
        guard SSHLoop.libraryVersion.hasPrefix("1.10") else { return }
        guard case .beyondLibrary(_, let what) = try await failure(of: { try await SSHConnection.connect(login, on: makeLoop()) }) else {
            Issue.record("libssh2 did not say that it can't")
            return
        }
        #expect(what.contains("offers no host key, cipher or key exchange"))
    }

    @Test("works with a certificate beside the key")
    func certificate() async throws {
        let files = try TemporaryDirectory()
        let authority = try SSHKeyPair(type: "ed25519", in: files, name: "authority")
        let trusted = try files.write("trusted", authority.publicLine + "\n", mode: 0o644)
        let fixture = try OpenSSHFixture(options: ["TrustedUserCAKeys \(trusted)", "AuthorizedKeysFile none"])
        let error = try await failure(of: { try await fixture.output(of: "echo hello") })
        guard case .authenticationFailed = error else {
            Issue.record("\(error)")
            return
        }
        let other = try OpenSSHFixture(options: ["TrustedUserCAKeys \(trusted)", "AuthorizedKeysFile none"])
        try run("/usr/bin/ssh-keygen", ["-q", "-s", authority.path, "-I", "test", "-n", "root", other.key.path + ".pub"])
        #expect(try await other.output(of: "echo hello") == "hello\n")
    }

    @Test("through a jump host works")
    func jump() async throws {
        let fixture = try OpenSSHFixture()
        var target = try fixture.target()
        // The jump host's own login follows ssh's configuration.
        let known = try fixture.directory.write("jump_known", "[localhost]:\(fixture.server.port) \(fixture.server.hostKeyLine())")
        target.configurationFile = try fixture.directory.write(
            "jump_config", "Host *\n  IdentityFile \(fixture.key.path)\n  UserKnownHostsFile \(known)\n  ProxyJump none\n")
        // By another name: ssh refuses a host as its own jump host.
        target.proxyJump = "root@localhost:\(fixture.server.port)"
        #expect(try await fixture.output(of: "echo \"$SSH_CONNECTION\" | cut -d' ' -f4", target) == "\(fixture.server.port)\n")
        #expect(fixture.server.logins == 2)
        target.login.hostKeys = .pinned([])
        #expect(
            try await failure(of: { try await fixture.output(of: "true", target) })
                == .hostKeyUnknown(host: "web1", endpoint: fixture.endpoint, presented: try fixture.hostKey()))
        target.proxyJump = "root@localhost:1"
        let error = try await failure(of: { try await fixture.output(of: "true", target) })
        guard case .unreachable(_, _, let reason) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(reason.contains("through the jump host root@localhost:1") && reason.contains("Connection refused"), "\(reason)")
    }

    @Test("with a key that the server does not know is refused once, with what the server offers, and not tried again")
    func wrongKey() async throws {
        let fixture = try OpenSSHFixture()
        let stranger = try SSHKeyPair(type: "ed25519", in: fixture.directory, name: "stranger")
        let target = try fixture.target(key: stranger)
        let expected = SSHError.authenticationFailed(host: "web1", user: "root", tried: "key \(stranger.path)", offered: ["publickey"])
        #expect(try await failure(of: { try await fixture.output(of: "true", target) }) == expected)
        #expect(try await failure(of: { try await fixture.output(of: "true", target) }) == expected)
        #expect(fixture.server.logins == 1)
    }

    @Test("with a key file that others can read says so")
    func openKey() async throws {
        let fixture = try OpenSSHFixture()
        chmod(fixture.key.path, 0o644)
        let error = try await failure(of: { try await fixture.output(of: "true") })
        #expect(error == .keyUnusable(host: "web1", path: fixture.key.path, reason: "others may read it, so ssh does not use it — chmod 600 the file"))
    }

    @Test("with a passphrase or a password is refused in words, before connecting")
    func secrets() async throws {
        let fixture = try OpenSSHFixture()
        var target = try fixture.target()
        target.login.credential = .password(SSHSecret("x"))
        #expect(try await failure(of: { try await fixture.output(of: "true", target) }) == .passwordUnusable(host: "web1"))
        target.login.credential = .privateKey(path: "/key", content: SSHSecret("x"), passphrase: SSHSecret("y"))
        guard case .keyUnusable = try await failure(of: { try await fixture.output(of: "true", target) }) else {
            Issue.record("no word about the passphrase")
            return
        }
        #expect(fixture.server.logins == 0)
    }

    @Test("where nobody listens, or the name is not known, fails with libssh2's words")
    func unreachable() async throws {
        let fixture = try OpenSSHFixture()
        // Nobody listens on port 1.
        #expect(try await failure(of: { try await fixture.output(of: "true", fixture.target(port: 1)) }) == .refused(host: "web1", endpoint: "127.0.0.1:1"))
        guard case .nameNotFound(_, "nowhere.invalid", _) = try await failure(of: { try await fixture.output(of: "true", fixture.target(address: "nowhere.invalid")) }) else {
            Issue.record("another error")
            return
        }
    }

    @Test("with a server that says nothing ends when the time is over")
    func silence() async throws {
        let fixture = try OpenSSHFixture()
        let listener = try TestListener(.silent)
        let error = try await failure(of: { try await fixture.output(of: "true", fixture.target(port: listener.port, timeout: .seconds(1))) })
        guard case .timedOut(_, _, _, .seconds(1)) = error else {
            Issue.record("\(error)")
            return
        }
    }

    @Test("is tried again where the server has too many logins under way")
    func overloaded() async throws {
        let fixture = try OpenSSHFixture(options: ["PerSourceMaxStartups 1"])
        var other: RawConnection? = try RawConnection(port: fixture.server.port)
        #expect(await eventually { fixture.server.logins == 1 })
        async let output = fixture.output(of: "echo hello", fixture.target(timeout: .seconds(60)))
        #expect(await eventually { fixture.server.log.contains { $0.contains("MaxStartups") } })
        withExtendedLifetime(other) {}
        other = nil
        #expect(try await output == "hello\n")
    }

    @Test("without ssh on the worker's machine says what to install")
    func noClient() async throws {
        let fixture = try OpenSSHFixture()
        let client = OpenSSHClient(ssh: try makeLoop(), environment: ["PATH": fixture.directory.path])
        let error = try await failure(of: { try await client.execute("true", on: fixture.target()) })
        #expect(error == .noClient(host: "web1"))
        #expect(error.description.contains("apt-get install openssh-client"))
    }

    @Test("leaves no process and no file behind when it is closed")
    func nothingLeft() async throws {
        let fixture = try OpenSSHFixture()
        let session = try await fixture.client.execute("sleep 1000", on: fixture.target())
        #expect(fixture.processes.count == 1)
        await session.close()
        #expect(fixture.processes.isEmpty, "it is reaped")
        #expect(await eventually { fixture.server.connectionPIDs.isEmpty })
        #expect(try run("/bin/ls", [fixture.directory.file("temporary")]) == [])
        #expect(try await failure(of: { try await session.read() }) == .closed(host: "web1"))
        #expect(try await failure(of: { try await session.write([1]) }) == .closed(host: "web1"))
    }

    @Test("that nobody holds any more ends its ssh")
    func dropped() async throws {
        let fixture = try OpenSSHFixture()
        _ = try await fixture.client.execute("sleep 1000", on: fixture.target())
        #expect(await eventually { fixture.processes.isEmpty })
    }
}
