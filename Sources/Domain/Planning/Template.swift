
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
            // Inside a quoted SQL text of a command: doubled for SQL; the value must not end the shell's quotes either.
            case "sql": filled += value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''").filter { $0 != "\"" && $0 != "\\" && $0 != "$" && $0 != "`" }
            case nil: filled += quoting == .shell ? Self.quoted(value) : value
            case let other?: throw .unknownPlaceholder("\(name)|\(other)")
            }
            rest = rest[close.upperBound...]
        }
        return filled + rest
    }

    /// One word for a POSIX shell.
    package static func quoted(_ value: String) -> String {
        let isPlain = !value.isEmpty && value.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-:@%+=,".contains($0)) }
        return isPlain ? value : "'" + value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
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
