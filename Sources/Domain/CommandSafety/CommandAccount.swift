package import ShellSyntax

/// What a text would do and what the guard says to it.
package struct CommandAccount: Sendable, Equatable {
    package var text: String
    package var verdict: Verdict
    /// In the order in which a shell would come to them; empty for a text that can't be read.
    package var effects: [ToldEffect]
}

/// One effect of a text, and where it comes from.
package struct ToldEffect: Sendable, Equatable {
    /// The program's name; empty: the shell itself.
    package var program: String
    package var effect: Effect
    package var span: Span

    /// One line for people: `rm: deletes /srv/x and all below it`.
    package var sentence: String { DisplayText.escaped(program.isEmpty ? "the shell" : program) + ": " + effect.sentence }
}
