import SSH
import Testing

@testable import OpenSSH

@Suite("What ssh says on standard error")
struct LogTests {
    static let target = OpenSSHTarget(
        login: SSHTarget(
            name: "web1", address: "10.0.0.1", user: "deploy", credential: .privateKey(path: "/k", content: SSHSecret("k"), passphrase: nil), hostKeys: .any))

    static func log(_ text: String) -> SSHLog {
        var log = SSHLog()
        log.take(Array(text.utf8))
        log.end()
        return log
    }

    static let refusals: [(String, SSHError)] = [
        ("ssh: Could not resolve hostname web1.example.com: Name or service not known\r\n", .nameNotFound(host: "web1", address: "web1.example.com", reason: "Name or service not known")),
        ("ssh: connect to host 10.0.0.1 port 22: Connection refused\r\n", .refused(host: "web1", endpoint: "10.0.0.1:22")),
        ("ssh: connect to host 10.0.0.1 port 22: No route to host\r\n", .unreachable(host: "web1", endpoint: "10.0.0.1:22", reason: "No route to host")),
        ("ssh: connect to host 10.0.0.1 port 22: Connection timed out\r\n", .timedOut(host: "web1", endpoint: "10.0.0.1:22", phase: .connect, after: .seconds(30))),
        ("Connection timed out during banner exchange\r\nConnection to 10.0.0.1 port 22 timed out\r\n", .timedOut(host: "web1", endpoint: "10.0.0.1:22", phase: .handshake, after: .seconds(30))),
        ("kex_exchange_identification: Connection closed by remote host\r\nConnection closed by 10.0.0.1 port 22\r\n", .overloaded(host: "web1", endpoint: "10.0.0.1:22")),
        (
            "Welcome!\ndeploy@10.0.0.1: Permission denied (publickey,password).\r\n",
            .authenticationFailed(host: "web1", user: "deploy", tried: "key /k", offered: ["publickey", "password"])
        ),
        (
            "Load key \"/k\": error in libcrypto\r\ndeploy@10.0.0.1: Permission denied (publickey).\r\n",
            .keyUnusable(host: "web1", path: "/k", reason: "ssh can't use it (error in libcrypto) — is it a private key without passphrase?")
        ),
        (
            "Unable to negotiate with 10.0.0.1 port 22: no matching cipher found. Their offer: 3des-cbc\r\n",
            .handshakeFailed(host: "web1", endpoint: "10.0.0.1:22", reason: "OpenSSH and the server have nothing in common (no matching cipher found. Their offer: 3des-cbc)")
        ),
        (
            "/c: line 1: Bad configuration option: foo\r\n/c: terminating, 1 bad configuration options\r\n",
            .handshakeFailed(host: "web1", endpoint: "10.0.0.1:22", reason: "ssh can't use its configuration (/c: line 1: Bad configuration option: foo) — mend the file")
        ),
        ("something new\r\n", .handshakeFailed(host: "web1", endpoint: "10.0.0.1:22", reason: "ssh says: something new")),
        ("", .handshakeFailed(host: "web1", endpoint: "10.0.0.1:22", reason: "ssh ended without a word")),
    ]

    @Test("before the login becomes the errors that libssh2's connections have", arguments: refusals)
    func refusal(text: String, expected: SSHError) { #expect(Self.log(text).refusal(of: Self.target, .exited(255)) == .error(expected)) }

    @Test("of the host key asks for a closer look")
    func hostKey() {
        let text = "No ED25519 host key is known for muster-host and you have requested strict checking.\r\nHost key verification failed.\r\n"
        #expect(Self.log(text).refusal(of: Self.target, .exited(255)) == .hostKey)
    }

    @Test("is the command's from the login on, however it was cut into pieces")
    func pieces() {
        let text = "Warning: Permanently added 'muster-host'.\r\nAuthenticated to 10.0.0.1 ([10.0.0.1]:22) using \"publickey\".\r\nsudo: a password is required\nTransferred: sent 1, received 2\r\n"
        for size in 1...40 {
            var log = SSHLog()
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                log.take(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            #expect(log.isAuthenticated)
            #expect(String(decoding: log.said, as: UTF8.self).hasPrefix("sudo: a password is required\n"))
            #expect(!String(decoding: log.said, as: UTF8.self).contains("Transferred"))
        }
    }

    @Test("is kept within bounds, the last of it")
    func bounds() {
        var log = SSHLog()
        for number in 0..<10_000 { log.take(Array("banner line \(number)\n".utf8)) }
        #expect(log.lines.last == "banner line 9999" && log.lines.count < 1000)
        log.take(Array("Authenticated to x\r\n".utf8))
        for number in 0..<10_000 { log.take(Array("error \(number)\n".utf8)) }
        #expect(log.said.count <= SSHLog.limit && String(decoding: log.said, as: UTF8.self).hasSuffix("error 9999\n"))
    }

    @Test("after the login tells a lost connection from a command that ended")
    func loss() {
        let log = Self.log("Authenticated to x\r\nTimeout, server 10.0.0.1 not responding.\r\n"), target = Self.target.login
        #expect(log.loss(of: target, .exited(255)) == .connectionLost(host: "web1", reason: "Timeout, server 10.0.0.1 not responding."))
        #expect(log.loss(of: target, .killed(signal: 9)) == .connectionLost(host: "web1", reason: "ssh was ended by signal 9"))
        #expect(log.loss(of: target, .exited(1)) == nil)
    }
}
