import Foundation
import Glibc

/// A real sshd on loopback with its own configuration, host keys and authorised keys, as the user who runs the tests.
package final class TestSSHServer: Sendable {
    /// Whether a server can be started: sshd is there, and we may be root's sshd.
    package static let isAvailable = access("/usr/sbin/sshd", X_OK) == 0 && getuid() == 0

    package let directory: TemporaryDirectory
    package let port: Int
    package let process: ChildProcess
    private let hostKeyFiles: [String]

    /// - Parameters:
    ///   - hostKeyTypes: as of ssh-keygen -t.
    ///   - authorizedKeys: lines of public keys that may log in as root.
    ///   - options: further lines of sshd_config(5); what stands here wins.
    ///   - port: a port to listen on again; nil takes a free one.
    ///   - listensEverywhere: on all addresses: only for who has a network of its own.
    package init(
        hostKeyTypes: [String] = ["ed25519"], authorizedKeys: [String] = [], options: [String] = [], port: Int? = nil, listensOnIPv6: Bool = true, listensEverywhere: Bool = false
    ) throws {
        directory = try TemporaryDirectory()
        // sshd refuses to start without it; packages make it at boot only.
        try? FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
        hostKeyFiles = try hostKeyTypes.map { [directory] in try SSHKeyPair(type: $0, in: directory, name: "host_\($0)").path }
        let home = try directory.directory("home")
        // Other accounts than root's log in too.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.path)
        let authorized = try directory.write("authorized_keys", authorizedKeys.joined(separator: "\n") + "\n", mode: 0o644)
        let common = [
            "UsePAM no", "PermitRootLogin yes", "StrictModes no", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
            "AuthorizedKeysFile \(authorized)", "SetEnv HOME=\(home)", "MaxStartups 1000:30:2000", "MaxAuthTries 20",
            "LogLevel VERBOSE", "PidFile none", "PrintMotd no", "UseDNS no",
        ]
        var attempt = 0
        while true {
            let port = try port ?? TestListener.freePort()
            let lines =
                options + ["ListenAddress \(listensEverywhere ? "0.0.0.0" : "127.0.0.1"):\(port)"] + (listensOnIPv6 ? ["ListenAddress [::1]:\(port)"] : []) + hostKeyFiles.map { "HostKey \($0)" } + common
            let configuration = try directory.write("sshd_config", lines.joined(separator: "\n") + "\n")
            let child = try ChildProcess("/usr/sbin/sshd", ["-D", "-e", "-f", configuration])
            do {
                try child.waitForLine { $0.contains("Server listening on \(listensEverywhere ? "0.0.0.0" : "127.0.0.1")") }
                process = child
                self.port = port
                return
            } catch {
                attempt += 1
                if attempt == 5 { throw error }
            }
        }
    }

    /// The public key file's content of a host key, by its place in `hostKeyTypes`.
    package func hostKeyLine(_ index: Int = 0) throws -> String { try String(contentsOfFile: hostKeyFiles[index] + ".pub", encoding: .utf8) }

    /// The fingerprint as ssh-keygen prints it.
    package func hostKeyFingerprint(_ index: Int = 0) throws -> String {
        let words = try run("/usr/bin/ssh-keygen", ["-lf", hostKeyFiles[index] + ".pub"]).joined().split(separator: " ")
        guard words.count > 1 else { throw TestFailure("ssh-keygen -l printed nothing") }
        return String(words[1])
    }

    /// The processes that serve connections now.
    package var connectionPIDs: [pid_t] { ProcessTable.children(of: process.pid) }

    /// How many connections came so far.
    package var logins: Int { log.count { $0.hasPrefix("Connection from ") } }

    /// The log so far.
    package var log: [String] { process.output }
}

/// A key pair made by ssh-keygen.
package struct SSHKeyPair: Sendable {
    package let path: String
    package var publicLine: String
    package var content: [UInt8]

    /// - Parameter options: further arguments of ssh-keygen, such as -m PEM.
    package init(type: String, in directory: TemporaryDirectory, name: String? = nil, passphrase: String = "", options: [String] = []) throws {
        path = directory.file(name ?? "id_\(type)")
        try run("/usr/bin/ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-C", "test", "-f", path] + options)
        publicLine = try String(contentsOfFile: path + ".pub", encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        content = try bytes(ofFile: path)
    }
}
