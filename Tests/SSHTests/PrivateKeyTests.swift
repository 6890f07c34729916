import SSH
import TestSupport
import Testing

@Suite("A private key that can't work", .timeLimit(.minutes(2)))
struct PrivateKeyTests {
    /// The error of a login with a key, and what the server saw of it.
    static func problem(content: [UInt8], passphrase: String? = nil) async throws -> String {
        let listener = try TestListener(.closing)
        let target = SSHTarget(
            name: "web1", address: "127.0.0.1", port: listener.port, user: "root",
            credential: .privateKey(path: "/keys/id", content: SSHSecret(content), passphrase: passphrase.map { SSHSecret($0) }),
            hostKeys: .any, timeout: .seconds(2))
        let error = try await failure { try await SSHConnection.connect(target, on: makeLoop()) }
        guard case .keyUnusable("web1", "/keys/id", let reason) = error else { throw TestFailure("other error: \(error)") }
        #expect(listener.accepted == 0, "the server was bothered")
        #expect(!error.description.contains("\n"))
        return reason
    }

    @Test("is refused before connecting when it is RSA and libssh2 is older than 1.11", arguments: [["-m", "PEM"], []])
    func rsa(options: [String]) async throws {
        guard SSHLoop.libraryVersion.hasPrefix("1.10") else { return }
        let directory = try TemporaryDirectory()
        let key = try SSHKeyPair(type: "rsa", in: directory, options: ["-b", "2048"] + options)
        let reason = try await Self.problem(content: key.content)
        #expect(reason.contains("RSA") && reason.contains("ed25519") && reason.contains("1.11"))
    }

    @Test("is refused before connecting when its cipher is unknown to libssh2", arguments: ["aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com"])
    func cipher(name: String) async throws {
        let key = try SSHKeyPair(type: "ed25519", in: TemporaryDirectory(), passphrase: "secret", options: ["-Z", name])
        let reason = try await Self.problem(content: key.content, passphrase: "secret")
        #expect(reason.contains(name) && reason.contains("ssh-keygen -p -Z aes256-ctr"))
    }

    @Test("is refused before connecting when a passphrase is missing", arguments: [[], ["-m", "PEM"], ["-m", "PKCS8"]])
    func missingPassphrase(options: [String]) async throws {
        let key = try SSHKeyPair(type: "ecdsa", in: TemporaryDirectory(), passphrase: "secret", options: options)
        #expect(try await Self.problem(content: key.content).contains("no passphrase is given"))
    }

    @Test("is refused before connecting when it is no private key")
    func notAKey() async throws {
        let key = try SSHKeyPair(type: "ed25519", in: TemporaryDirectory())
        #expect(try await Self.problem(content: Array(key.publicLine.utf8)).contains("not the .pub one"))
        #expect(try await Self.problem(content: []).contains("not a private key"))
        #expect(try await Self.problem(content: [0xff, 0, 0xfe]).contains("not a private key"))
        let half = Array(key.content.prefix(key.content.count / 2))
        #expect(try await Self.problem(content: half).contains("damaged"))
    }
}

@Suite("A wrong passphrase", .enabled(if: TestSSHServer.isAvailable, "needs /usr/sbin/sshd and root"), .timeLimit(.minutes(2)))
struct PassphraseTests {
    @Test("is told from a refused login, and costs no try at the server", arguments: [("ed25519", []), ("ecdsa", []), ("ecdsa", ["-m", "PEM"])])
    func wrong(type: String, options: [String]) async throws {
        let fixture = try LoginFixture(keyType: type, passphrase: "right", keyOptions: options)
        for passphrase in ["wrong", "wrong too", ""] {
            let credential = SSHCredential.privateKey(path: fixture.key.path, content: SSHSecret(fixture.key.content), passphrase: SSHSecret(passphrase))
            let error = try await failure { try await SSHConnection.connect(fixture.target(credential: credential), on: makeLoop()) }
            guard case .keyUnusable("web1", fixture.key.path, let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(reason.contains("passphrase is wrong"))
        }
        #expect(!fixture.server.log.contains { $0.contains("Failed publickey") })
    }
}
