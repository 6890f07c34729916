/// A part of a text, as offsets of UTF-8 bytes.
package struct Span: Sendable, Hashable {
    package var start: Int
    package var end: Int
    package init(_ start: Int, _ end: Int) {
        self.start = start
        self.end = end
    }
}

/// A text that the parser does not understand, and where.
package struct ShellReject: Error, Sendable, Equatable {
    package var reason: String
    package var span: Span
    package init(reason: String, span: Span) {
        self.reason = reason
        self.span = span
    }
}
