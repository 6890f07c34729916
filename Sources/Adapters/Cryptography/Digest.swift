import CCrypto

/// Digests by libcrypto.
package enum Digest {
    /// SHA-256 (FIPS 180-4): 32 bytes.
    package static func sha256(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let input = Array(bytes)
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        // SAFETY: both arrays outlive the call; 32 bytes are what SHA-256 writes.
        unsafe EVP_Digest(input, input.count, &digest, &length, EVP_sha256(), nil)
        return digest
    }

    /// HMAC with SHA-1 (RFC 2104): 20 bytes. Only for the hashed host names of known_hosts.
    package static func hmacSHA1(key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 20)
        var length: UInt32 = 0
        // SAFETY: all arrays outlive the call; 20 bytes are what SHA-1 writes.
        unsafe _ = HMAC(EVP_sha1(), key, Int32(key.count), bytes, bytes.count, &digest, &length)
        return digest
    }

    package static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes that such a text stands for; nil if it is none. Upper-case digits count too.
    package static func bytes(hexadecimal text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0 else { return nil }
        func value(_ digit: UInt8) -> UInt8? {
            switch digit {
            case 0x30...0x39: digit - 0x30
            case 0x41...0x46: digit - 0x41 + 10
            case 0x61...0x66: digit - 0x61 + 10
            default: nil
            }
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[place]), let low = value(digits[place + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}

/// Random bytes for keys, identifiers and nonces.
package enum SecureRandom {
    package static func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
