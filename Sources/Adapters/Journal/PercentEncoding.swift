import Cryptography
import FoundationEssentials

/// Text written so that a path, a header line or a URI can hold it.
enum PercentEncoding {
    /// Letters, digits, `-`, `_` and dots that don't come first stay; every other byte becomes `%` and two hexadecimal
    /// digits. Different texts stay different, none is empty, and longer ones than `limit` end in `%-` and their SHA-256.
    static func encode(_ text: String, limit: Int) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: ".") where !encoded.isEmpty: encoded += "."
            default: encoded += escape(byte)
            }
        }
        if encoded.isEmpty { return "%" }
        guard encoded.utf8.count > limit else { return encoded }
        let digest = Digest.hexadecimal(Digest.sha256(text.utf8))
        return encoded.prefix(max(0, limit - digest.utf8.count - 2)) + "%-" + digest
    }

    /// What `encode` was given; a long text that it cut stays as it is. Nil for what `encode` never makes.
    static func decode(_ text: some StringProtocol) -> String? {
        if text == "%" { return "" }
        if text.contains("%-") { return String(text) }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// A path for SQLite's URIs.
    static func uri(path: String) -> String {
        var encoded: [UInt8] = []
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: "#"): encoded += escape(byte).utf8
            default: encoded.append(byte)
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private static func escape(_ byte: UInt8) -> String { "%" + Digest.hexadecimal([byte]).uppercased() }
}

extension [UInt8] {
    /// As GRDB binds it.
    var data: Data { Data(self) }
}
