import KnownHosts
import SSH
import TestSupport
import Testing

@Suite("A server's host key", .enabled(if: TestSSHServer.isAvailable, "needs /usr/sbin/sshd and root"), .timeLimit(.minutes(2)))
struct HostKeyTests {
    @Test("that is not known stops the login before any credential is sent, and its fingerprint is told")
    func unknown() async throws {
        let fixture = try LoginFixture()
        let error = try await failure { try await SSHConnection.connect(fixture.target(hostKeys: .pinned([])), on: makeLoop()) }
        #expect(error == .hostKeyUnknown(host: "web1", endpoint: "127.0.0.1:\(fixture.server.port)", presented: try fixture.hostKey()))
        #expect(error.description.contains(try fixture.server.hostKeyFingerprint()))
        #expect(!fixture.server.log.contains { $0.contains("publickey") })
    }

    @Test("that has changed stops the login, and both fingerprints are told")
    func changed() async throws {
        let fixture = try LoginFixture(), other = try LoginFixture()
        let error = try await failure {
            try await SSHConnection.connect(fixture.target(hostKeys: .pinned([other.hostKey()])), on: makeLoop())
        }
        #expect(
            error
                == .hostKeyChanged(
                    host: "web1", endpoint: "127.0.0.1:\(fixture.server.port)", expected: [try other.hostKey()], presented: try fixture.hostKey()))
        for fingerprint in [try fixture.server.hostKeyFingerprint(), try other.server.hostKeyFingerprint(), "ssh-keygen -R"] {
            #expect(error.description.contains(fingerprint))
        }
        #expect(!fixture.server.log.contains { $0.contains("publickey") })
    }

    @Test("of the kind that is known is asked for", arguments: [0, 1])
    func preference(index: Int) async throws {
        let fixture = try LoginFixture(hostKeyTypes: ["ecdsa", "ed25519"])
        let known = try fixture.hostKey(index)
        let connection = try await SSHConnection.connect(fixture.target(hostKeys: .pinned([known])), on: makeLoop())
        #expect(await connection.hostKey == known)
        await connection.close()
    }

    @Test("is reported to a caller who accepts any")
    func any() async throws {
        let fixture = try LoginFixture()
        let connection = try await SSHConnection.connect(fixture.target(hostKeys: .any), on: makeLoop())
        #expect(await connection.hostKey == (try fixture.hostKey()))
        await connection.close()
    }

    @Test("of RSA alone is refused in words on libssh2 older than 1.11: before connecting if pinned, else in the handshake, and left to OpenSSH")
    func rsa() async throws {
        guard SSHLoop.libraryVersion.hasPrefix("1.10") else { return }
        let fixture = try LoginFixture(hostKeyTypes: ["rsa"])
        let pinned = try await failure { try await SSHConnection.connect(fixture.target(), on: makeLoop()) }
        guard case .handshakeFailed(_, _, let reason) = pinned else {
            Issue.record("\(pinned)")
            return
        }
        #expect(reason.contains("RSA") && reason.contains("ssh-keyscan -t ed25519"))
        #expect(fixture.server.logins == 0)
        let any = try await failure { try await SSHConnection.connect(fixture.target(hostKeys: .any), on: makeLoop()) }
        guard case .beyondLibrary(_, let other) = any else {
            Issue.record("\(any)")
            return
        }
        #expect(other.contains("1.10"))
    }
}
