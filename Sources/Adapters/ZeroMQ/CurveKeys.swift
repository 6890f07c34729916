import CZeroMQ

/// A pair of CURVE keys (RFC 26/CurveZMQ) in Z85; prints without the secret half.
package struct CurveKeyPair: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package let publicKey: String
    package let secretKey: String

    /// Takes keys from a file; both must be 40 characters of Z85 and made together.
    package init(publicKey: String, secretKey: String) throws(ZeroMQError) {
        guard Self.isKey(publicKey) else { throw .invalidKey("the public key") }
        guard Self.isKey(secretKey) else { throw .invalidKey("the secret key") }
        // Else the mistake would show as a handshake that fails without a word.
        var derived = [CChar](repeating: 0, count: 41)
        // SAFETY: zmq_curve_public(3) reads 40 characters and writes 40 and a NUL.
        guard unsafe zmq_curve_public(&derived, secretKey) == 0, Self.text(derived) == publicKey else { throw .keysDoNotMatch }
        self.publicKey = publicKey
        self.secretKey = secretKey
    }

    package static func generate() throws(ZeroMQError) -> CurveKeyPair {
        var publicKey = [CChar](repeating: 0, count: 41)
        var secretKey = [CChar](repeating: 0, count: 41)
        // SAFETY: zmq_curve_keypair(3) writes 40 characters and a NUL into each.
        guard unsafe zmq_curve_keypair(&publicKey, &secretKey) == 0 else { throw .last(in: "zmq_curve_keypair") }
        return try CurveKeyPair(publicKey: text(publicKey), secretKey: text(secretKey))
    }

    package static func isKey(_ text: String) -> Bool {
        // A NUL would end the text early for C.
        guard text.utf8.count == 40, !text.utf8.contains(0) else { return false }
        var bytes = [UInt8](repeating: 0, count: 32)
        // SAFETY: 40 characters decode to 32 bytes (RFC 32/Z85).
        return unsafe zmq_z85_decode(&bytes, text) != nil
    }

    static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    package var description: String { "CURVE key \(publicKey)" }
    package var debugDescription: String { description }
    /// For `dump`, which would look inside.
    package var customMirror: Mirror { Mirror(self, children: ["publicKey": publicKey]) }
}
