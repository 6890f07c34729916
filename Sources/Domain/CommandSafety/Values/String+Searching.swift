/// Looking for a text in a text.
///
/// The standard library compares by characters and builds a table for each search. Nearly all that is looked at here is ASCII, where comparing
/// bytes says the same; the rest is left to the standard library.
extension String {
    func contains(_ other: String) -> Bool { ByteSearch.has(utf8.span, other.utf8.span) ?? (firstRange(of: other) != nil) }

    func replacing(_ other: String, with replacement: String) -> String {
        contains(other) ? replacing(other, with: replacement, maxReplacements: .max) : self
    }
}

extension StringProtocol {
    /// Its scalars, each a character of its own. That is what a shell counts, splits and matches: a combining mark behind a space, or a carriage
    /// return before a newline, hides neither.
    var scalars: [Character] { unicodeScalars.map { Character($0) } }
    var scalarCount: Int { unicodeScalars.count }
}

extension Substring {
    func contains(_ other: String) -> Bool { ByteSearch.has(utf8.span, other.utf8.span) ?? (firstRange(of: other) != nil) }
}

private enum ByteSearch {
    /// Nil: bytes can't tell.
    static func has(_ text: Span<UInt8>, _ other: Span<UInt8>) -> Bool? {
        guard other.count > 0, isPlain(text), isPlain(other) else { return nil }
        guard other.count <= text.count else { return false }
        let first = other[0]
        for start in 0...(text.count - other.count) where text[start] == first {
            var length = 1
            while length < other.count, text[start + length] == other[length] { length += 1 }
            if length == other.count { return true }
        }
        return false
    }

    /// ASCII in which each byte is a character: a carriage return and a newline are one.
    private static func isPlain(_ text: Span<UInt8>) -> Bool {
        for index in text.indices where text[index] >= 0x80 || text[index] == 0x0d { return false }
        return true
    }
}
