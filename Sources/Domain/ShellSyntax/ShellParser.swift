/// What a text says, and what it takes to run it.
package struct ShellScript: Sendable, Equatable {
    package var commands: CommandList
    /// Something in it is read by bash only, or differently by a POSIX shell.
    package var usesBash: Bool
}

/// The shell that is going to read the text.
package enum Dialect: Sendable, Equatable {
    case bash
    /// What only bash understands is refused.
    case posix
}

/// Reads shell text as bash does (POSIX.1-2017, Shell Command Language, and the bash manual, chapter 3).
///
/// What it does not cover is refused with its place: incompleteness costs convenience, never safety. Linear in the text:
/// nothing is read twice but what stands in `((` (see `notArithmetic`) and texts with here-documents (see `script`).
package struct ShellParser {
    /// In bytes of UTF-8.
    package static let sizeLimit = 64 << 10
    /// How deep constructs may stand in one another.
    package static let depthLimit = 64
    /// Words in one text, assignments, patterns and array elements included.
    package static let wordLimit = 16_384
    /// Bytes looked at for each byte of the text. Ordinary text needs 2 to 6.
    static let stepsPerByte = 256

    /// The text being read: the whole one, or what stands between backquotes, with its backslashes taken off.
    var bytes: [UInt8]
    var at = 0
    /// Nothing is read from here on; inside a here-document it is the end of its text.
    var limit: Int
    /// Where each byte stands in the whole text; empty where that is the same.
    var origin: [Int] = []
    let whole: [UInt8]
    let dialect: Dialect

    var usesBash = false
    var depth = 0
    var words = 0
    var steps = 0
    /// How many `$(` and `<(` are open.
    var substitutions = 0
    /// The text being read stands inside double quotes.
    var inDouble = false
    /// How many `"${x:-…` are open whose word has an odd number of single quotes so far: bash looks for their partners.
    var oddQuotes = 0
    /// Places of `((`, `$((` and `[` that turned out not to begin what they seem to. Each is tried once, so that nesting costs
    /// the text's length times the depth, not two to the depth.
    var notArithmetic: Set<Int> = []
    var here = HereDocuments()

    init(_ bytes: [UInt8], dialect: Dialect) {
        self.bytes = bytes
        whole = bytes
        limit = bytes.count
        self.dialect = dialect
    }

    /// Throws where the text is no shell, is too large or too deep, or is not followed.
    package static func parse(_ text: String, dialect: Dialect = .bash) throws(ShellReject) -> CommandList {
        try script(text, dialect: dialect).commands
    }

    /// As `parse`, and says whether it takes bash to run it.
    package static func script(_ text: String, dialect: Dialect = .bash) throws(ShellReject) -> ShellScript {
        var steps = 0
        return try script(text, dialect: dialect, steps: &steps)
    }

    /// `steps` becomes the number of bytes looked at.
    static func script(_ text: String, dialect: Dialect, steps: inout Int) throws(ShellReject) -> ShellScript {
        let bytes = Array(text.utf8)
        guard bytes.count <= sizeLimit else {
            throw ShellReject(reason: "the text is longer than \(sizeLimit) bytes", span: Span(0, bytes.count))
        }
        if let place = bytes.firstIndex(of: 0) { throw ShellReject(reason: "the text has a NUL byte", span: Span(place, place + 1)) }
        var parser = ShellParser(bytes, dialect: dialect)
        defer { steps = parser.steps }
        let commands = try parser.wholeText()
        guard parser.here.wereSeen else { return ShellScript(commands: commands, usesBash: parser.usesBash) }
        // A here-document's text comes after the command it belongs to. The first reading found the texts; this one knows them.
        var again = ShellParser(bytes, dialect: dialect)
        again.here.known = parser.here.known
        again.here.isSecondReading = true
        again.notArithmetic = parser.notArithmetic
        defer { parser.steps += again.steps }
        return ShellScript(commands: try again.wholeText(), usesBash: again.usesBash)
    }

    private mutating func wholeText() throws(ShellReject) -> CommandList {
        let commands = try list()
        guard at >= limit else { throw unexpected() }
        return commands
    }
}
