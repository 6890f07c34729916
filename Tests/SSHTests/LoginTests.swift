import KnownHosts
import SSH
import TestSupport
import Testing

@Suite("A login", .enabled(if: TestSSHServer.isAvailable, "needs /usr/sbin/sshd and root"), .timeLimit(.minutes(3)))
struct LoginTests {
    @Test("with a key and a pinned host key runs commands", arguments: [
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

    @Test("writes to and reads from a command")
    func readAndWrite() async throws {
        let fixture = try LoginFixture()
        let connection = try await fixture.connect()
        let channel = try await connection.execute("cat; echo oops >&2; exit 3")
        try await channel.write(Array("one\n".utf8))
        try await channel.write(Array("two\n".utf8))
        try await channel.sendEnd()
        #expect(try await channel.readAll() == "one\ntwo\n")
        #expect(await channel.exit() == SSHExit(status: 3, signal: nil))
        #expect(await channel.standardError() == Array("oops\n".utf8))
        await channel.close()
        await connection.close()
    }
}
