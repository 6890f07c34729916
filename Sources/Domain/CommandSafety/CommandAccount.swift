package import ShellSyntax

/// What a text would do and what the guard says to it.
package struct CommandAccount: Sendable, Equatable {
    package var text: String
    package var verdict: Verdict
    /// In the order in which a shell would come to them; empty for a text that can't be read.
    package var effects: [ToldEffect]
    /// The programs that would be called, in the same order.
    package var calls: [ResolvedCall]

    /// The last call that a finding's place stands for: what it is about, variables and quotes resolved.
    package func call(of finding: Finding) -> ResolvedCall? { calls.last { $0.span == finding.span } }
}

/// One effect of a text, and where it comes from.
package struct ToldEffect: Sendable, Equatable {
    /// The program's name; empty: the shell itself.
    package var program: String
    package var effect: Effect
    package var span: Span

    /// One line for people: `rm: deletes /srv/x and all below it`.
    package var sentence: String {
        let name = DisplayText.escaped(program.isEmpty ? "the shell" : program), words = effect.sentence
        return words.hasPrefix(name + " ") ? words : "\(name): \(words)"
    }
}

/// A call as it would be made, for people.
package struct ResolvedCall: Sendable, Equatable {
    /// Program and arguments, quoted where a shell would need it; what is not known is `…`.
    package var line: String
    /// What it would be called through, outermost first.
    package var wrappers: [String]
    package var span: Span

    init(_ call: Call) {
        line = ([call.path] + call.arguments.map { $0.value.display }).map(Self.word).joined(separator: " ")
        wrappers = call.wrappers
        span = call.span
    }

    private static func word(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || "-_./:=,@%+~…*?".contains($0) }
        return isPlain ? text : "'" + DisplayText.escaped(text).replacing("'", with: "'\\''") + "'"
    }

    /// `rm -rf /etc (through sudo, bash)`.
    package var sentence: String { DisplayText.escaped(line) + (wrappers.isEmpty ? "" : " (through \(wrappers.map(DisplayText.escaped).joined(separator: ", ")))") }
}
