import Cryptography
import KnownHosts
import Testing

@Suite("Known hosts")
struct KnownHostsTests {
    static let ed25519 = "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
    static let other = "AAAAC3NzaC1lZDI1NTE5AAAAIB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA"
    static func key(_ text: String) throws -> HostPublicKey { HostPublicKey(blob: try #require(Base64.decode(text))) }

    @Test("are found by name and by address, whatever the case")
    func plain() throws {
        let hosts = KnownHosts("# a comment\n\nweb1.example,10.0.0.1 ssh-ed25519 \(Self.ed25519) root@web1\r\n")
        for name in ["web1.example", "WEB1.Example", "10.0.0.1"] {
            #expect(hosts.keys(host: name, port: 22) == [try Self.key(Self.ed25519)])
        }
        #expect(hosts.keys(host: "web2.example", port: 22).isEmpty)
        #expect(hosts.ignoredLines.isEmpty)
    }

    @Test("belong to one port")
    func ports() throws {
        let hosts = KnownHosts("[web1]:2222 ssh-ed25519 \(Self.ed25519)\nweb1 ssh-ed25519 \(Self.other)\n")
        #expect(hosts.keys(host: "web1", port: 2222) == [try Self.key(Self.ed25519)])
        #expect(hosts.keys(host: "web1", port: 22) == [try Self.key(Self.other)])
        #expect(hosts.keys(host: "web1", port: 2200).isEmpty)
    }

    @Test("are found by hashed names, as ssh-keygen -H writes them")
    func hashed() throws {
        // Made independently: HMAC-SHA1 by the openssl program over `web1` and `[web1]:2222` with the salt 00 01 … 13.
        let hosts = KnownHosts(
            """
            |1|AAECAwQFBgcICQoLDA0ODxAREhM=|\(Self.hash22) ssh-ed25519 \(Self.ed25519)
            |1|AAECAwQFBgcICQoLDA0ODxAREhM=|\(Self.hash2222) ssh-ed25519 \(Self.other)
            """)
        #expect(hosts.keys(host: "web1", port: 22) == [try Self.key(Self.ed25519)])
        #expect(hosts.keys(host: "WEB1", port: 2222) == [try Self.key(Self.other)])
        #expect(hosts.keys(host: "web2", port: 22).isEmpty)
    }
    static let hash22 = "kbguOtKYPIB/ZYy8dnyA/wCUN34="
    static let hash2222 = "H2AHgyAyM88CG0///1dT0g4DC3s="

    @Test("match wildcards, and a negated pattern rules its line out")
    func patterns() throws {
        let hosts = KnownHosts("*.example,!db?.example,[*.lab]:2222 ssh-ed25519 \(Self.ed25519)\n")
        let key = try Self.key(Self.ed25519)
        #expect(hosts.keys(host: "web1.example", port: 22) == [key])
        #expect(hosts.keys(host: "db10.example", port: 22) == [key])
        #expect(hosts.keys(host: "db1.example", port: 22).isEmpty)
        #expect(hosts.keys(host: "example", port: 22).isEmpty)
        #expect(hosts.keys(host: "a.lab", port: 2222) == [key])
        #expect(hosts.keys(host: "a.lab", port: 22).isEmpty)
    }

    @Test("give each key of a host once, in the order of the file")
    func severalKeys() throws {
        let hosts = KnownHosts("web1 ssh-ed25519 \(Self.other)\nweb* ssh-ed25519 \(Self.ed25519)\nweb1 ssh-ed25519 \(Self.other)\n")
        #expect(hosts.keys(host: "web1", port: 22) == [try Self.key(Self.other), try Self.key(Self.ed25519)])
    }

    @Test("leave out revoked keys, wherever the revocation stands, and name them")
    func revoked() throws {
        let hosts = KnownHosts("web1 ssh-ed25519 \(Self.ed25519)\n@revoked * ssh-ed25519 \(Self.ed25519)\nweb1 ssh-ed25519 \(Self.other)\n")
        #expect(hosts.keys(host: "web1", port: 22) == [try Self.key(Self.other)])
        #expect(hosts.revokedKeys(host: "web1", port: 22) == [try Self.key(Self.ed25519)])
    }

    @Test("list the lines that are not used: authorities, damaged keys, a type that is not the key's")
    func ignored() {
        let hosts = KnownHosts(
            """
            @cert-authority *.example ssh-ed25519 \(Self.ed25519)
            web1 ssh-ed25519 not-base64!
            web1 ssh-ed25519
            web1 ssh-rsa \(Self.ed25519)
            web1 ssh-ed25519 \(Self.ed25519)
            web1 1024 35 12345678
            @revoked
            """)
        #expect(hosts.ignoredLines == [1, 2, 3, 4, 6, 7])
        #expect(hosts.keys(host: "web1", port: 22).count == 1)
    }

    @Test("take back the line that makes a key known", arguments: [22, 2222])
    func line(port: Int) throws {
        let key = try Self.key(Self.ed25519)
        let line = KnownHosts.line(host: "Web1", port: port, key: key)
        #expect(line == (port == 22 ? "web1" : "[web1]:2222") + " ssh-ed25519 \(Self.ed25519)\n")
        #expect(KnownHosts(line).keys(host: "web1", port: port) == [key])
        #expect(KnownHosts(line).keys(host: "web1", port: port + 1).isEmpty)
    }

    @Test("survive text that is not a known_hosts file")
    func garbage() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let bytes = (0..<200).map { _ in UInt8.random(in: 1...127, using: &generator) }
            _ = KnownHosts(String(decoding: bytes, as: UTF8.self)).keys(host: "web1", port: 22)
        }
        #expect(KnownHosts("* * *\n|1|| ssh-ed25519 \(Self.ed25519)\n|1|AA|AA|AA x AAAA\n").keys(host: "h", port: 22).isEmpty)
    }
}

@Suite("A host's public key")
struct HostPublicKeyTests {
    @Test("has the algorithm and the fingerprint that ssh-keygen prints")
    func fingerprint() throws {
        let key = try KnownHostsTests.key(KnownHostsTests.ed25519)
        #expect(key.algorithm == "ssh-ed25519")
        #expect(key.fingerprint == "SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA")
        #expect(key.description == "ssh-ed25519 SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA")
    }

    @Test("of damaged bytes has no algorithm", arguments: [[], [0, 0, 0], [0, 0, 0, 9, 65], [255, 255, 255, 255, 65]] as [[UInt8]])
    func damaged(blob: [UInt8]) {
        #expect(HostPublicKey(blob: blob).algorithm.isEmpty)
    }
}
