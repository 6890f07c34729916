import ShellSyntax

extension Finding {
    /// Offsets of UTF-8 bytes in the text.
    package var byteRange: Range<Int> { span.start..<max(span.start, span.end) }
}
