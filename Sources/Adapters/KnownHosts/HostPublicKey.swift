import Cryptography

/// The public key of an SSH server, in the form of RFC 4253, section 6.6.
package struct HostPublicKey: Hashable, Sendable, CustomStringConvertible {
    package let blob: [UInt8]

    package init(blob: [UInt8]) { self.blob = blob }

    /// `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, …: the first string of the blob; empty if there is none.
    package var algorithm: String {
        guard blob.count >= 4 else { return "" }
        let length = blob.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        guard length <= 64, blob.count >= 4 + length else { return "" }
        return String(decoding: blob[4..<(4 + length)], as: UTF8.self)
    }

    /// As ssh-keygen -l prints it: `SHA256:` and unpadded Base64.
    package var fingerprint: String {
        var text = Base64.encode(Digest.sha256(blob))
        while text.hasSuffix("=") { text.removeLast() }
        return "SHA256:" + text
    }

    package var description: String { "\(algorithm) \(fingerprint)" }
}
