import Foundation
import Glibc
import KnownHosts
import SSH
import TestSupport

/// The hosts: connections to one real sshd of this machine. What a host keeps to itself (its ledger) each has of its own.
final class Fleet: Sendable {
    let size: Int
    private let directory: TemporaryDirectory
    private let path: String
    let key: SSHKeyPair
    let server: TestSSHServer
    /// Login shell of the account, which reads every command line of a channel.
    let loginShell: String

    /// - Parameter directory: outlives all fleets. While ext4 still remembers deleted files (5 s), to make one takes it longer,
    ///   and the next fleet would pay for that.
    init(size: Int, in directory: TemporaryDirectory) throws {
        self.size = size
        self.directory = directory
        path = try directory.directory("\(size)")
        key = try SSHKeyPair(type: "ed25519", in: directory, name: "\(size)/key")
        // Not VERBOSE, which writes several lines for each channel: that would be held against those who open many.
        server = try TestSSHServer(authorizedKeys: [key.publicLine], options: ["LogLevel INFO"], listensOnIPv6: false)
        loginShell = getpwuid(getuid()).flatMap { String(cString: $0.pointee.pw_shell) } ?? "?"
        let words = try server.hostKeyLine().split(separator: " ")
        guard words.count > 1 else { throw TestFailure("no host key") }
        try write("known_hosts", "[127.0.0.1]:\(server.port) \(words[0]) \(words[1])\n")
    }

    var address: String { "127.0.0.1" }
    var user: String { "root" }
    var knownHosts: String { file("known_hosts") }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String { try directory.write("\(size)/\(name)", text) }

    func target(host: Int) throws -> SSHTarget {
        let keys = KnownHosts(try String(contentsOfFile: knownHosts, encoding: .utf8)).keys(host: address, port: server.port)
        return SSHTarget(
            name: "host\(host)", address: address, port: server.port, user: user,
            credential: .privateKey(path: key.path, content: SSHSecret(key.content), passphrase: nil), hostKeys: .pinned(keys),
            timeout: .seconds(60))
    }

    /// A directory that stands for something on a host's disk.
    func folder(_ name: String, host: Int) throws -> String {
        let path = file("hosts/\(host)/\(name)")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}
