import Glibc
import KnownHosts
import SSH
import TestSupport

@testable import OpenSSH

/// One loop for all tests of this process, as in the product.
private let sharedLoop = SSHLoop()

func makeLoop() throws -> SSHLoop {
    guard let sharedLoop else { throw TestFailure("no SSH loop") }
    return sharedLoop
}

/// A server, a key that it accepts, and what a test needs to log in over `ssh`.
struct OpenSSHFixture {
    let directory: TemporaryDirectory
    let key: SSHKeyPair
    let server: TestSSHServer
    let client: OpenSSHClient

    init(keyType: String = "ed25519", passphrase: String = "", hostKeyTypes: [String] = ["ed25519"], options: [String] = []) throws {
        directory = try TemporaryDirectory()
        key = try SSHKeyPair(type: keyType, in: directory, passphrase: passphrase)
        server = try TestSSHServer(hostKeyTypes: hostKeyTypes, authorizedKeys: [key.publicLine], options: options)
        let temporary = try directory.directory("temporary")
        client = OpenSSHClient(ssh: try makeLoop(), environment: ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "TMPDIR": temporary])
    }

    func hostKey(_ index: Int = 0) throws -> HostPublicKey { try publicKey(line: server.hostKeyLine(index)) }
    var endpoint: String { "127.0.0.1:\(server.port)" }

    func target(
        port: Int? = nil, address: String = "127.0.0.1", key: SSHKeyPair? = nil, hostKeys: SSHHostKeyRule? = nil, timeout: Duration = .seconds(30)
    ) throws -> OpenSSHTarget {
        let key = key ?? self.key
        // An empty file: the configuration of whoever runs the tests is not theirs.
        let configuration = try directory.write("ssh_config", "")
        return OpenSSHTarget(
            login: SSHTarget(
                name: "web1", address: address, port: port ?? server.port, user: "root",
                credential: .privateKey(path: key.path, content: SSHSecret(key.content), passphrase: nil), hostKeys: try hostKeys ?? .pinned([hostKey()]),
                timeout: timeout),
            configurationFile: configuration)
    }

    /// What a command prints.
    func output(of command: String, _ target: OpenSSHTarget? = nil) async throws -> String {
        let session = try await client.execute(command, on: target ?? self.target())
        let text = try await session.readAll()
        await session.close()
        return text
    }

    /// The `ssh` processes of this test: they have its key in their arguments.
    var processes: [pid_t] {
        ProcessTable.children(of: getpid()).filter { pid in
            let words = (try? bytes(ofFile: "/proc/\(pid)/cmdline")).map { String(decoding: $0, as: UTF8.self) } ?? ""
            return words.contains(directory.path)
        }
    }
}

/// The key of a .pub file's line.
func publicKey(line: String) throws -> HostPublicKey {
    guard let key = KnownHosts("host \(line)").keys(host: "host", port: 22).first else { throw TestFailure("no key in: \(line)") }
    return key
}

extension OpenSSHSession {
    /// Standard output to its end.
    func readAll() async throws -> String {
        var all: [UInt8] = []
        while let part = try await read() { all += part }
        return String(decoding: all, as: UTF8.self)
    }
}

/// The error that an operation ends with.
func failure(of operation: () async throws -> some Any) async throws -> SSHError {
    do { _ = try await operation() } catch let error as SSHError { return error }
    throw TestFailure("no error was thrown")
}
