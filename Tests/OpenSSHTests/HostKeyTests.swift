import KnownHosts
import SSH
import TestSupport
import Testing

@testable import OpenSSH

@Suite("A host key that ssh sees", .enabled(if: hasServerAndClient, "needs sshd, ssh and root"), .timeLimit(.minutes(2)))
struct HostKeyTests {
    @Test("and that is not known stops the login before any credential is sent, and its fingerprint is told")
    func unknown() async throws {
        let fixture = try OpenSSHFixture()
        let error = try await failure(of: { try await fixture.output(of: "true", fixture.target(hostKeys: .pinned([]))) })
        #expect(error == .hostKeyUnknown(host: "web1", endpoint: fixture.endpoint, presented: try fixture.hostKey()))
        #expect(!fixture.server.log.contains { $0.contains("publickey") })
    }

    @Test("and that has changed stops the login, and both fingerprints are told", arguments: ["ed25519", "rsa"])
    func changed(type: String) async throws {
        let fixture = try OpenSSHFixture(hostKeyTypes: [type]), other = try OpenSSHFixture()
        let error = try await failure(of: { try await fixture.output(of: "true", fixture.target(hostKeys: .pinned([other.hostKey()]))) })
        #expect(error == .hostKeyChanged(host: "web1", endpoint: fixture.endpoint, expected: [try other.hostKey()], presented: try fixture.hostKey()))
        #expect(!fixture.server.log.contains { $0.contains("publickey") })
    }

    @Test("is reported to a caller who accepts any, and to one who knows it")
    func reported() async throws {
        let fixture = try OpenSSHFixture()
        for rule in [SSHHostKeyRule.any, .pinned([try fixture.hostKey()])] {
            let session = try await fixture.client.execute("echo hello", on: fixture.target(hostKeys: rule))
            #expect(await session.hostKey == (try fixture.hostKey()))
            #expect(try await session.readAll() == "hello\n")
            await session.close()
        }
    }

    @Test("of the kind that is known is asked for", arguments: [0, 1])
    func preference(index: Int) async throws {
        let fixture = try OpenSSHFixture(hostKeyTypes: ["ecdsa", "ed25519"])
        let known = try fixture.hostKey(index)
        let session = try await fixture.client.execute("true", on: fixture.target(hostKeys: .pinned([known])))
        #expect(await session.hostKey == known)
        await session.close()
    }

    @Test("is not looked up in files that the configuration names")
    func ownFiles() async throws {
        let fixture = try OpenSSHFixture()
        var target = try fixture.target(hostKeys: .pinned([]))
        let known = try fixture.directory.write("known", "\(SSHArguments.alias),[127.0.0.1]:\(fixture.server.port) \(fixture.server.hostKeyLine())")
        target.configurationFile = try fixture.directory.write(
            "lax_config", "Host *\n  UserKnownHostsFile \(known)\n  GlobalKnownHostsFile \(known)\n  StrictHostKeyChecking no\n  ControlMaster auto\n  RemoteCommand id\n")
        guard case .hostKeyUnknown = try await failure(of: { try await fixture.output(of: "true", target) }) else {
            Issue.record("the key was taken")
            return
        }
    }
}
