import CCrypto

/// Base64 (RFC 4648, section 4) by libcrypto.
package enum Base64 {
    package static func encode(_ bytes: [UInt8]) -> String {
        // Four characters for every three bytes, and the NUL that libcrypto adds.
        var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
        // SAFETY: the buffer has the size that EVP_EncodeBlock(3) asks for.
        let length = unsafe EVP_EncodeBlock(&text, bytes, Int32(bytes.count))
        return String(decoding: text.prefix(Int(length)), as: UTF8.self)
    }

    /// Nil for text that is not padded Base64.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let input = Array(text.utf8)
        guard !input.isEmpty, input.count % 4 == 0 else { return input.isEmpty ? [] : nil }
        // libcrypto reads `=` as a zero anywhere, and counts the padding as bytes.
        let padding = input.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard padding <= 2, !input.dropLast(padding).contains(UInt8(ascii: "=")) else { return nil }
        var bytes = [UInt8](repeating: 0, count: input.count / 4 * 3)
        // SAFETY: the buffer has the size that EVP_DecodeBlock(3) asks for.
        guard unsafe EVP_DecodeBlock(&bytes, input, Int32(input.count)) >= 0 else { return nil }
        return Array(bytes.dropLast(padding))
    }
}
