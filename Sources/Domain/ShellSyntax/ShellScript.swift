/// A part of a text, as offsets of UTF-8 bytes.
package struct Span: Sendable, Hashable {
    package var start: Int
    package var end: Int
    package init(_ start: Int, _ end: Int) {
        self.start = start
        self.end = end
    }
}

/// A word of a command: pieces that are joined.
package struct ShellWord: Sendable, Equatable {
    package enum Piece: Sendable, Equatable {
        /// Text as the command will see it; quotes are gone.
        case text(String)
        /// An unquoted `*`, `?` or `[`.
        case glob(String)
        /// `$NAME` inside double quotes: one word, whatever it contains.
        case variable(String)
        /// `$NAME` outside quotes: split and expanded by the shell.
        case splitVariable(String)
        /// An unquoted `~` at the start of a word.
        case home
    }
    package var pieces: [Piece]
    package var span: Span

    package init(pieces: [Piece], span: Span) {
        self.pieces = pieces
        self.span = span
    }
}

/// Where a command's input comes from or its output goes.
package struct ShellRedirection: Sendable, Equatable {
    package enum Operator: Sendable, Equatable { case read, write, append, duplicate }
    package var kind: Operator
    /// 0, 1, 2, …; nil for both outputs (`&>`).
    package var descriptor: Int?
    package var target: ShellWord
}

/// Assignments, words and redirections.
package struct SimpleCommand: Sendable, Equatable {
    package struct Assignment: Sendable, Equatable {
        package var name: String
        package var value: ShellWord
    }
    package var assignments: [Assignment] = []
    package var words: [ShellWord] = []
    package var redirections: [ShellRedirection] = []
    package var span: Span
}

/// Commands joined by pipes.
package struct ShellPipeline: Sendable, Equatable {
    package var commands: [SimpleCommand]
    /// It stands after `&&` or `||`: whether it runs depends on what came before.
    package var isConditional = false
    /// It ends with `&`: a shell of its own runs it, and nobody waits.
    package var isBackground = false

    /// Whether a variable that it sets has that value afterwards: it surely runs, and in the script's own shell.
    package var setsVariables: Bool { commands.count == 1 && !isConditional && !isBackground }
}

/// What this reader understands of shell: pipelines joined by `;`, newline, `&`, `&&` and `||`. All of them are judged,
/// whether they would run or not.
package struct ShellScript: Sendable, Equatable {
    package var pipelines: [ShellPipeline]
}

/// A text that the reader does not understand, and where.
package struct ShellReject: Error, Sendable, Equatable {
    package var reason: String
    package var span: Span
}
