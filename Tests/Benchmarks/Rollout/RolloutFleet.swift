import Foundation
import TestSupport

/// Hosts that share one real sshd: addresses of 127.0.0.0/8, each with a machine id of its own, so that each is a machine to Muster.
struct RolloutFleet {
    let directory: TemporaryDirectory
    let server: TestSSHServer
    let inventory: String

    init(hosts: Int) throws {
        let directory = try TemporaryDirectory()
        self.directory = directory
        let key = try SSHKeyPair(type: "ed25519", in: directory)
        let identities = try directory.directory("machine-ids")
        var lines: [String] = []
        for host in 0..<hosts {
            let address = Self.address(host)
            _ = try directory.write("machine-ids/\(address)", String(format: "%032x\n", host + 1))
            lines.append("  h\(String(format: "%03d", host)): {address: \(address)}")
        }
        // The third word of SSH_CONNECTION is the address that was connected to.
        let command = try directory.write(
            "enter",
            """
            #!/bin/sh
            set -- $SSH_CONNECTION
            exec unshare --mount sh -c 'mount --bind "$1" /etc/machine-id && exec sh -c "$SSH_ORIGINAL_COMMAND"' enter \(identities)/$3

            """, mode: 0o755)
        // Everything runs in a network namespace of its own: nobody else reaches this address.
        let server = try TestSSHServer(authorizedKeys: [key.publicLine], options: ["LogLevel INFO", "ForceCommand \(command)"], listensOnIPv6: false, listensEverywhere: true)
        let words = try server.hostKeyLine().split(separator: " ")
        guard words.count > 1 else { throw TestFailure("no host key") }
        let known = (0..<hosts).map { "[\(Self.address($0))]:\(server.port) \(words[0]) \(words[1])" }
        let knownHosts = try directory.write("known_hosts", known.joined(separator: "\n") + "\n")
        self.server = server
        inventory = try directory.write(
            "inventory.yaml",
            """
            defaults:
              user: root
              port: \(server.port)
              auth_method: key
              key_path: \(key.path)
              known_hosts: \(knownHosts)
            hosts:
            \(lines.joined(separator: "\n"))

            """)
    }

    private static func address(_ host: Int) -> String { "127.1.\(host / 200).\(host % 200 + 1)" }
}
