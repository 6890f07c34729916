import Glibc
import KnownHosts
import SSH
import TestSupport

/// Where the tests' ssh-agent listens.
let agentSocket = "/tmp/muster-test-agent-\(getpid())"

/// One loop for all tests of this process, as in the product.
let sharedLoop: SSHLoop? = {
    // Before the loop's thread looks at the environment: setenv(3) is not for processes with threads.
    setenv("SSH_AUTH_SOCK", agentSocket, 1)
    return SSHLoop()
}()

func makeLoop() throws -> SSHLoop {
    guard let sharedLoop else { throw TestFailure("no SSH loop") }
    return sharedLoop
}

/// A server, a key that it accepts, and what a test needs to log in.
struct LoginFixture {
    let directory: TemporaryDirectory
    let key: SSHKeyPair
    let server: TestSSHServer

    init(
        keyType: String = "ed25519", passphrase: String = "", keyOptions: [String] = [], hostKeyTypes: [String] = ["ed25519"],
        options: [String] = [], listensOnIPv6: Bool = true
    ) throws {
        _ = try makeLoop()
        directory = try TemporaryDirectory()
        key = try SSHKeyPair(type: keyType, in: directory, passphrase: passphrase, options: keyOptions)
        server = try TestSSHServer(hostKeyTypes: hostKeyTypes, authorizedKeys: [key.publicLine], options: options, listensOnIPv6: listensOnIPv6)
    }

    func hostKey(_ index: Int = 0) throws -> HostPublicKey { try publicKey(line: server.hostKeyLine(index)) }

    func target(
        address: String = "127.0.0.1", user: String = "root", credential: SSHCredential? = nil, hostKeys: SSHHostKeyRule? = nil, timeout: Duration = .seconds(30)
    ) throws -> SSHTarget {
        SSHTarget(
            name: "web1", address: address, port: server.port, user: user,
            credential: credential ?? .privateKey(path: key.path, content: SSHSecret(key.content), passphrase: nil),
            hostKeys: try hostKeys ?? .pinned([hostKey()]), timeout: timeout)
    }

    func connect() async throws -> SSHConnection { try await SSHConnection.connect(target(), on: makeLoop()) }
}

/// The key of a .pub file's line.
func publicKey(line: String) throws -> HostPublicKey {
    let keys = KnownHosts("host \(line)").keys(host: "host", port: 22)
    guard let key = keys.first else { throw TestFailure("no key in: \(line)") }
    return key
}

extension SSHChannel {
    /// Standard output to its end.
    func readAll() async throws -> String {
        var all: [UInt8] = []
        while let part = try await read() { all += part }
        return String(decoding: all, as: UTF8.self)
    }
}

extension SSHConnection {
    /// What a command prints.
    func output(of command: String) async throws -> String {
        let channel = try await execute(command)
        let text = try await channel.readAll()
        await channel.close()
        return text
    }
}

/// The error that an operation ends with.
func failure(of operation: () async throws -> some Any) async throws -> SSHError {
    do { _ = try await operation() } catch let error as SSHError { return error }
    throw TestFailure("no error was thrown")
}
