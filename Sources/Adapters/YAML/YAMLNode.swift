/// A place in a file: both numbers start at 1.
package struct YAMLPosition: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package var description: String { "\(line):\(column)" }
    package static func < (left: YAMLPosition, right: YAMLPosition) -> Bool { (left.line, left.column) < (right.line, right.column) }
}

/// A value of a YAML document and where it stands.
package struct YAMLNode: Sendable, Equatable {
    package indirect enum Content: Sendable, Equatable {
        /// Text; `isPlain` when it was not quoted, so that `5` is a number and `"5"` is not.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        case mapping([Pair])
    }

    /// A key with its value, in the order of the file.
    package struct Pair: Sendable, Equatable {
        package var key: String
        package var keyPosition: YAMLPosition
        package var value: YAMLNode
    }

    package var content: Content
    package var position: YAMLPosition

    /// Whether this is no value at all: an empty place, `~` or `null`.
    package var isNull: Bool {
        if case .scalar(let text, true) = content { ["", "~", "null", "Null", "NULL"].contains(text) } else { false }
    }

    /// What kind of value this is, for messages.
    package var kind: String {
        switch content {
        case .scalar(let text, true): isNull ? "nothing" : "'\(text.prefix(40))'"
        case .scalar(let text, false): "the text '\(text.prefix(40))'"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}

/// What is wrong with a file, where, and what to do: one line, sorted by place.
package struct YAMLProblem: Error, Hashable, Comparable, Sendable, CustomStringConvertible {
    package var file: String
    package var position: YAMLPosition?
    package var what: String
    package var remedy: String

    package init(file: String, position: YAMLPosition?, what: String, remedy: String) {
        self.file = file
        self.position = position
        self.what = what
        self.remedy = remedy
    }

    package var description: String {
        let place = position.map { "\(file):\($0)" } ?? file
        let text = remedy.isEmpty ? what : "\(Self.shortened(what)) — \(remedy)"
        return Self.escaped("\(place): \(text)")
    }

    /// A key of a megabyte is not repeated whole.
    private static func shortened(_ text: String) -> String { text.count > 240 ? text.prefix(240) + "…" : text }

    /// Texts of a file may hold line ends and terminal controls: they must not break the line or the terminal.
    private static func escaped(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: line += "\\u{\(String(scalar.value, radix: 16))}"
            default: line.unicodeScalars.append(scalar)
            }
        }
        return line
    }

    package static func < (left: YAMLProblem, right: YAMLProblem) -> Bool {
        (left.file, left.position ?? YAMLPosition(line: 0, column: 0), left.what)
            < (right.file, right.position ?? YAMLPosition(line: 0, column: 0), right.what)
    }
}
