import Foundation
import TestSupport
import Testing

@Suite("With a server that libssh2 1.10 can't log in to", .enabled(if: TestSSHServer.isAvailable, "needs /usr/sbin/sshd and root"), .timeLimit(.minutes(3)))
struct OpenSSHTests {
    let files: TemporaryDirectory
    let server: TestSSHServer
    let inventory: String

    init() throws {
        files = try TemporaryDirectory()
        let key = try SSHKeyPair(type: "rsa", in: files)
        server = try TestSSHServer(hostKeyTypes: ["rsa"], authorizedKeys: [key.publicLine], options: ["Ciphers aes256-gcm@openssh.com"])
        let known = try files.write("known_hosts", "[127.0.0.1]:\(server.port) \(server.hostKeyLine())")
        inventory = try files.write(
            "inventory.yaml",
            """
            hosts:
              web1: {address: 127.0.0.1, port: \(server.port), user: root, key_path: \(key.path), known_hosts: \(known), transport: openssh, ledger: \(files.file("ledger"))}
              web2: {address: 127.0.0.1, port: \(server.port), user: root, key_path: \(key.path), known_hosts: \(known), ledger: \(files.file("ledger2"))}
            """)
    }

    private func muster(_ arguments: [String], isPlain: Bool = false) async throws -> Ended {
        let environment = ChildProcess.environment.merging(["MUSTER_STATE": files.file("state")]) { $1 }
        let child = try ChildProcess("\(Lab.binaries)/muster", arguments + (isPlain ? [] : ["--inventory", inventory, "--runbooks", files.path + "/runbooks"]), environment: environment)
        return Ended(status: try await end(child, within: .seconds(120)), lines: child.output)
    }

    @Test("'muster hosts' reaches it over the system's ssh and says so, and 'muster run' changes it once")
    func job() async throws {
        _ = try files.directory("runbooks")
        let mark = files.file("mark")
        try files.write(
            "runbooks/leave.yaml",
            """
            runbook: leave
            title: Leave a mark
            phrases:
              en: [leave a mark]
            families: [debian]
            steps:
              - id: leave
                title: Leave it
                subtasks:
                  - {id: mark, title: Mark, guard: test -e \(mark), command: 'echo once >> \(mark)', become: true}
            """)
        let hosts = try await muster(["hosts"])
        #expect(hosts.status == 0, "\(hosts.text)")
        #expect(hosts.lines.contains { $0.hasPrefix("web1 ") && $0.contains("  root  over OpenSSH: transport: openssh is set") }, "\(hosts.text)")
        if try await muster(["version"], isPlain: true).has("libssh2 1.10") {
            #expect(hosts.lines.contains { $0.hasPrefix("web2 ") && $0.contains("  root  over OpenSSH: the user key is RSA, which libssh2 1.10") }, "\(hosts.text)")
        }
        for _ in 0..<2 {
            let ended = try await muster(["run", "Leave a mark", "--yes", "--hosts", "web1"])
            #expect(ended.status == 0, "\(ended.text)")
        }
        #expect(try bytes(ofFile: mark) == Array("once\n".utf8))
    }
}
