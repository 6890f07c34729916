package import ShellSyntax

/// What the evaluator saw, in the order in which a shell would come to it.
package enum Observation: Sendable, Equatable {
    /// A program would be called: wrappers taken off, words expanded.
    case call(Call)
    /// The shell itself would do this; `call`: what it belongs to, if there is something to show.
    case effect(Effect, span: Span, call: Call?)
    /// Decided already: nothing was left to a rule.
    case finding(Finding)
}

/// How far the evaluator goes. What lies beyond is denied, never guessed.
package struct EvaluatorLimits: Sendable {
    /// Code inside code inside code: shells, functions, wrappers.
    package var depth = 16
    /// Commands that stand in one another, in all shells and functions together.
    package var nesting = 40
    /// Simple commands, counted as often as they are gone through.
    package var steps = 20_000
    /// Readings of one command, and words of one command.
    package var readings = 24, words = 4_096
    /// Turns of a loop over constants that are followed one by one; more are followed several at a time.
    package var turns = 16
    /// Characters of one text.
    package var characters = 65_536
    package init() {}
}
