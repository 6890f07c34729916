/// Fills `{{name}}` in the texts of a runbook. Values are data: in a command each becomes one quoted word, never shell.
package struct Template: Sendable {
    package enum Quoting: Sendable {
        /// For shell text: quoted unless it is plain.
        case shell
        /// For the content of files: as it is.
        case none
    }

    private let values: [String: String]

    package init(values: [String: String]) { self.values = values }

    /// - Throws: `PlanningError.unknownPlaceholder` for a name without a value.
    package func fill(_ text: String, _ quoting: Quoting) throws(PlanningError) -> String {
        var filled = ""
        var rest = text[...]
        while let open = rest.firstRange(of: "{{") {
            filled += rest[..<open.lowerBound]
            guard let close = rest[open.upperBound...].firstRange(of: "}}") else { throw .unknownPlaceholder("{{ without }}") }
            let parts = rest[open.upperBound..<close.lowerBound].split(separator: "|").map { part in
                String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }
            guard let name = parts.first, let value = values[name] else { throw .unknownPlaceholder(parts.first ?? "") }
            switch parts.dropFirst().first {
            case "sql": filled += Self.sql(value)
            case nil: filled += quoting == .shell ? Self.quoted(value) : value
            case let other?: throw .unknownPlaceholder("\(name)|\(other)")
            }
            rest = rest[close.upperBound...]
        }
        return filled + rest
    }

    // Both work on scalars: a quote with a combining accent is one character for Swift and two for a shell.

    /// For the inside of a quoted SQL text in a command: quotes doubled for SQL; what would end or enter the shell's own
    /// quotes is left out.
    private static func sql(_ value: String) -> String {
        var text = String.UnicodeScalarView()
        for scalar in value.unicodeScalars where !["\"", "\\", "$", "`"].contains(scalar) { text.append(contentsOf: scalar == "'" ? ["'", "'"] : [scalar]) }
        return String(text)
    }

    /// One word for a POSIX shell.
    package static func quoted(_ value: String) -> String {
        let isPlain = !value.isEmpty && value.utf8.allSatisfy(isPlain)
        guard !isPlain else { return value }
        var text = String.UnicodeScalarView("'".unicodeScalars)
        for scalar in value.unicodeScalars { text.append(contentsOf: scalar == "'" ? Array(#"'\''"#.unicodeScalars) : [scalar]) }
        return String(text) + "'"
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: "/._-:@%+=,".utf8.contains(byte)
        }
    }
}

extension StringProtocol {
    /// The first place of a text; Foundation's search is not for this layer.
    fileprivate func firstRange(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
