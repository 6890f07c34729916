import CSSH2
import Cryptography
import KnownHosts

/// Looks at a private key file before it is used, since every failed login counts against the server's limits.
enum PrivateKeyFile {
    /// Why libssh2 can't use the key, and what works instead; nil if it can.
    static func problem(content: [UInt8], hasPassphrase: Bool) -> String? {
        let lines = String(decoding: content, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let begin = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN ") && $0.hasSuffix("-----") }) else {
            return "this is not a private key — name the private file, not the .pub one"
        }
        let label = lines[begin].dropFirst("-----BEGIN ".count).dropLast("-----".count)
        let isEncrypted = lines[(begin + 1)...].first.map { $0.hasPrefix("Proc-Type:") && $0.contains("ENCRYPTED") } ?? false
        switch label {
        case "OPENSSH PRIVATE KEY": return openSSH(lines[(begin + 1)...].prefix { !$0.hasPrefix("-----") }.joined(), hasPassphrase: hasPassphrase)
        case "RSA PRIVATE KEY": return rsaProblem
        case "DSA PRIVATE KEY": return "DSA keys are no longer accepted by servers — make an ed25519 key (ssh-keygen -t ed25519)"
        case "EC PRIVATE KEY", "PRIVATE KEY": return isEncrypted && !hasPassphrase ? needsPassphrase : nil
        case "ENCRYPTED PRIVATE KEY": return hasPassphrase ? nil : needsPassphrase
        default: return "a '\(label)' is not a private key that SSH can use"
        }
    }

    /// What of the key libssh2 can't use and OpenSSH can; nil if nothing is seen.
    static func beyondLibrary(content: [UInt8]) -> String? {
        let lines = String(decoding: content, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let begin = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN ") }) else { return nil }
        if lines[begin] == "-----BEGIN RSA PRIVATE KEY-----" { return supportsRSA ? nil : rsaLimit }
        guard lines[begin] == "-----BEGIN OPENSSH PRIVATE KEY-----", let key = publicKey(lines[(begin + 1)...]) else { return nil }
        let algorithm = key.algorithm
        if algorithm == "ssh-rsa", !supportsRSA { return rsaLimit }
        return algorithm.hasPrefix("sk-") ? "the user key is a security key (\(algorithm)), which libssh2 can't use" : nil
    }

    private static var rsaLimit: String { "the user key is RSA, which libssh2 \(libraryVersion) can't use" }

    private static func publicKey(_ lines: ArraySlice<Substring>) -> HostPublicKey? {
        guard let data = Base64.decode(lines.prefix { !$0.hasPrefix("-----") }.joined()) else { return nil }
        var reader = SSHReader(data)
        guard reader.take("openssh-key-v1\0".utf8.count) != nil, reader.string() != nil, reader.string() != nil, reader.string() != nil,
            reader.number() != nil
        else { return nil }
        return reader.string().map { HostPublicKey(blob: $0) }
    }

    static var supportsRSA: Bool {
        // libssh2_version returns nil when the library is older than asked for: 1.11.0 brought rsa-sha2.
        unsafe libssh2_version(0x010b00) != nil
    }

    static var libraryVersion: String { unsafe libssh2_version(0).map { unsafe String(cString: $0) } ?? "?" }

    private static let needsPassphrase = "it is encrypted and no passphrase is given — set passphrase: to env:NAME or file:PATH, or use ssh-agent"

    private static var rsaProblem: String? {
        supportsRSA
            ? nil
            : "libssh2 \(libraryVersion) can't use RSA keys with today's servers — use an ed25519 key (ssh-keygen -t ed25519), libssh2 1.11 or newer, or transport: openssh"
    }

    /// openssh-key-v1 (PROTOCOL.key of OpenSSH): magic, cipher, kdf, kdf options, number of keys, public key, …
    private static func openSSH(_ body: String, hasPassphrase: Bool) -> String? {
        guard let data = Base64.decode(body) else { return "the file is damaged (not Base64)" }
        var reader = SSHReader(data)
        guard reader.take("openssh-key-v1\0".utf8.count) == Array("openssh-key-v1\0".utf8), let cipher = reader.string(),
            reader.string() != nil, reader.string() != nil, reader.number() != nil, let key = reader.string()
        else { return "the file is damaged (no openssh-key-v1 header)" }
        let cipherName = String(decoding: cipher, as: UTF8.self)
        if cipherName.contains("gcm") || cipherName.contains("chacha20") {
            return "libssh2 \(libraryVersion) can't decrypt keys with cipher \(cipherName) — encrypt it anew with ssh-keygen -p -Z aes256-ctr, or use ssh-agent"
        }
        if cipherName != "none", !hasPassphrase { return needsPassphrase }
        let algorithm = HostPublicKey(blob: key).algorithm
        if algorithm == "ssh-rsa" { return rsaProblem }
        if algorithm.hasPrefix("sk-") { return "security keys (\(algorithm)) can't be used by libssh2 — use another key, or transport: openssh" }
        return nil
    }
}

/// Reads the length-prefixed fields of SSH's binary formats (RFC 4251, section 5).
struct SSHReader {
    private var bytes: ArraySlice<UInt8>
    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    mutating func take(_ count: Int) -> [UInt8]? {
        guard count <= bytes.count else { return nil }
        defer { bytes = bytes.dropFirst(count) }
        return Array(bytes.prefix(count))
    }

    mutating func number() -> Int? { take(4)?.reduce(0) { $0 << 8 | Int($1) } }
    mutating func string() -> [UInt8]? { number().flatMap { take($0) } }
}
