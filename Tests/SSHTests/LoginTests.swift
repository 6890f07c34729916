import KnownHosts
import SSH
import TestSupport
import Testing

@Suite("A login", .enabled(if: TestSSHServer.isAvailable, "needs /usr/sbin/sshd and root"), .timeLimit(.minutes(3)))
struct LoginTests {
    @Test(
        "with a key and a pinned host key runs commands",
        arguments: [
            ("ed25519", "", []), ("ed25519", "open sesame", []), ("ecdsa", "", []), ("ecdsa", "", ["-b", "521"]), ("ecdsa", "", ["-m", "PEM"]),
            ("ecdsa", "open sesame", []),
        ])
    func key(type: String, passphrase: String, options: [String]) async throws {
        let fixture = try LoginFixture(keyType: type, passphrase: passphrase, keyOptions: options)
        let credential = SSHCredential.privateKey(
            path: fixture.key.path, content: SSHSecret(fixture.key.content), passphrase: passphrase.isEmpty ? nil : SSHSecret(passphrase))
        let connection = try await SSHConnection.connect(fixture.target(credential: credential), on: makeLoop())
        #expect(await connection.hostKey == (try fixture.hostKey()))
        #expect(try await connection.output(of: "echo hello $((6 * 7))") == "hello 42\n")
        await connection.close()
    }

    @Test("with the keys of an ssh-agent runs commands, past keys that the server does not know")
    func agent() async throws {
        let fixture = try LoginFixture()
        let stranger = try SSHKeyPair(type: "ecdsa", in: fixture.directory)
        let agent = try ChildProcess("/usr/bin/ssh-agent", ["-D", "-a", agentSocket])
        try agent.waitForLine { $0.contains("SSH_AUTH_SOCK") }
        var environment = ChildProcess.environment
        environment["SSH_AUTH_SOCK"] = agentSocket
        try run("/usr/bin/ssh-add", ["-q", stranger.path], environment: environment)
        try run("/usr/bin/ssh-add", ["-q", fixture.key.path], environment: environment)
        let connection = try await SSHConnection.connect(fixture.target(credential: .agent), on: makeLoop())
        #expect(try await connection.output(of: "echo hello") == "hello\n")
        await connection.close()
        guard SSHLoop.libraryVersion.hasPrefix("1.10") else { return }
        // Keys that libssh2 can't use are left to OpenSSH, without a try.
        let rsa = try SSHKeyPair(type: "rsa", in: fixture.directory)
        try run("/usr/bin/ssh-add", ["-q", "-D"], environment: environment)
        try run("/usr/bin/ssh-add", ["-q", rsa.path], environment: environment)
        let error = try await failure { try await SSHConnection.connect(fixture.target(credential: .agent), on: makeLoop()) }
        #expect(error == .beyondLibrary(host: "web1", what: "ssh-agent has only keys that libssh2 1.10.0 can't use (ssh-rsa)"))
    }

    @Test("over IPv6 works, and a name's other address is tried when the first refuses")
    func addresses() async throws {
        let both = try LoginFixture()
        let connection = try await SSHConnection.connect(both.target(address: "::1"), on: makeLoop())
        #expect(try await connection.output(of: "echo six") == "six\n")
        await connection.close()
        let onlyFour = try LoginFixture(listensOnIPv6: false)
        let other = try await SSHConnection.connect(onlyFour.target(address: "localhost"), on: makeLoop())
        #expect(try await other.output(of: "echo four") == "four\n")
        await other.close()
        let error = try await failure { try await SSHConnection.connect(onlyFour.target(address: "::1"), on: makeLoop()) }
        #expect(error == .refused(host: "web1", endpoint: "[::1]:\(onlyFour.server.port)"))
    }

    @Test("with a key that the server does not know is refused once, with what the server offers, and not tried again")
    func wrongKey() async throws {
        let fixture = try LoginFixture()
        let stranger = try SSHKeyPair(type: "ed25519", in: fixture.directory, name: "stranger")
        let credential = SSHCredential.privateKey(path: stranger.path, content: SSHSecret(stranger.content), passphrase: nil)
        let target = try fixture.target(credential: credential)
        let expected = SSHError.authenticationFailed(host: "web1", user: "root", tried: "key \(stranger.path)", offered: ["publickey"])
        // A loop of its own: what it remembers of refusals must not leak into other tests.
        let loop = try #require(SSHLoop())
        defer { loop.stop() }
        #expect(try await failure { try await SSHConnection.connect(target, on: loop) } == expected)
        #expect(fixture.server.logins == 1)
        #expect(try await failure { try await SSHConnection.connect(target, on: loop) } == expected)
        #expect(fixture.server.logins == 1)
        await loop.limiter.forgetRefusals()
        #expect(try await failure { try await SSHConnection.connect(target, on: loop) } == expected)
        #expect(fixture.server.logins == 2)
        #expect(expected.description.contains("publickey") && !expected.description.contains("\n"))
    }

    @Test("with a wrong key from many hosts behind one server costs that server only the tries in flight")
    func wrongKeyInParallel() async throws {
        let fixture = try LoginFixture()
        let stranger = try SSHKeyPair(type: "ed25519", in: fixture.directory, name: "stranger")
        let target = try fixture.target(credential: .privateKey(path: stranger.path, content: SSHSecret(stranger.content), passphrase: nil))
        let loop = try makeLoop()
        await withTaskGroup { group in
            for _ in 0..<30 {
                group.addTask {
                    let error = try? await failure { try await SSHConnection.connect(target, on: loop) }
                    guard case .authenticationFailed = error else {
                        Issue.record("\(String(describing: error))")
                        return
                    }
                }
            }
        }
        #expect(fixture.server.logins <= LoginLimiter.perServer)
    }
}

@Suite(
    "A login by password", .enabled(if: TestSSHServer.isAvailable && TestAccount.isAvailable, "needs sshd, PAM, useradd and root"),
    .timeLimit(.minutes(3)))
struct PasswordLoginTests {
    @Test("or by keyboard-interactive runs commands; a wrong one is refused with what the server offers")
    func passwords() async throws {
        let account = try TestAccount()
        let fixture = try LoginFixture(options: ["UsePAM yes", "PasswordAuthentication yes", "KbdInteractiveAuthentication yes"])
        for credential in [SSHCredential.password(SSHSecret(account.password)), .keyboardInteractive(SSHSecret(account.password))] {
            let connection = try await SSHConnection.connect(fixture.target(user: account.name, credential: credential), on: makeLoop())
            #expect(try await connection.output(of: "id -un") == "\(account.name)\n")
            await connection.close()
        }
        let offered = ["publickey", "password", "keyboard-interactive"]
        for (credential, label) in [
            (SSHCredential.password(SSHSecret("wrong")), "a password"), (.keyboardInteractive(SSHSecret("wrong")), "keyboard-interactive"),
        ] {
            let error = try await failure {
                try await SSHConnection.connect(fixture.target(user: account.name, credential: credential), on: makeLoop())
            }
            #expect(error == .authenticationFailed(host: "web1", user: account.name, tried: label, offered: offered))
            #expect(!error.description.contains("wrong"))
        }
    }

    @Test("is not even tried when the server does not offer it")
    func notOffered() async throws {
        let fixture = try LoginFixture()
        let error = try await failure {
            try await SSHConnection.connect(fixture.target(credential: .password(SSHSecret("secret"))), on: makeLoop())
        }
        #expect(error == .authenticationFailed(host: "web1", user: "root", tried: "a password", offered: ["publickey"]))
    }
}

@Suite("A secret")
struct SSHSecretTests {
    @Test("prints as redacted, alone and inside a credential")
    func redacted() {
        let secret = SSHSecret("correct horse")
        var dumped = ""
        dump(SSHCredential.privateKey(path: "p", content: secret, passphrase: secret), to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), "\(SSHCredential.password(secret))", dumped] {
            #expect(!text.contains("correct") && !text.contains("99"))
        }
        #expect("\(secret)" == "<redacted>")
    }
}
