package import ShellSyntax

/// A word of a call after expansion.
package struct Argument: Sendable, Hashable {
    package var value: Value
    /// It may become several words or none: outside quotes something in it is unknown. A `{"", unknown}` in quotes stays one word.
    package var maySplit = false
    package var span: Span

    package init(_ value: Value, maySplit: Bool = false, span: Span = Span(0, 0)) {
        self.value = value
        self.maySplit = maySplit
        self.span = span
    }
    package init(_ known: String, span: Span = Span(0, 0)) { self.init(Value(known), span: span) }

    package var known: String? { value.known }
}
