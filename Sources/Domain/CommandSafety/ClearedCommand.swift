import ShellSyntax

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

/// What a text is for: some purposes must not change anything.
package enum CommandPurpose: Sendable, Equatable {
    case guardCheck, command, healthCheck, rollback, facts

    var mustOnlyLook: Bool {
        switch self {
        case .guardCheck, .healthCheck, .facts: true
        case .command, .rollback: false
        }
    }
}

/// Under which circumstances a text would run.
package struct CommandContext: Sendable {
    package var purpose: CommandPurpose
    /// The account that Muster logs in with; nobody may lock it out.
    package var loginUser: String
    /// The coordinator had a person's, or the policy's, yes for exactly these bytes.
    package var isApproved: Bool

    package init(purpose: CommandPurpose, loginUser: String, isApproved: Bool = false) {
        self.purpose = purpose
        self.loginUser = loginUser
        self.isApproved = isApproved
    }
}

/// What the guard judges by: the built-in classes and what a configuration adds.
package struct CommandPolicy: Sendable, Equatable {
    /// Classes whose asks count as approved: `approve:` of a policy file.
    package var approves: Set<PolicyClass> = []
    /// Compiled from `forbidden_commands`.
    var forbidden: [ForbiddenPattern]

    /// - Parameter forbiddenCommands: argv patterns as in server_config.yaml: `rm -rf /`, `dd if=/dev/zero`, `mkfs`.
    package init(forbiddenCommands: [String] = []) { forbidden = forbiddenCommands.compactMap(ForbiddenPattern.init) }

    /// Why a line of `forbidden_commands` would not forbid what it says; nil if it does.
    package static func problem(withForbidden text: String) -> String? { ForbiddenPattern.problem(with: text) }
}

/// Judges commands against a policy. Pure: same text, context and policy, same verdict.
///
/// It reads plain words, quotes and simple lists; all else is denied. What it can't work out is never allowed.
package struct CommandGuard: Sendable {
    private let policy: CommandPolicy

    package init(policy: CommandPolicy = CommandPolicy()) { self.policy = policy }

    package func judge(_ text: String, context: CommandContext) -> Verdict {
        var evaluator = Evaluator(policy: policy, context: context)
        do throws(ShellReject) {
            evaluator.judge(try ShellReader.read(text), depth: 0, within: nil)
        } catch {
            return Verdict(findings: [
                Finding(.notUnderstood, .deny, error.span, error.reason, instead: "use plain words, quotes, pipes, && and ||, or a file action")
            ])
        }
        return Verdict(findings: evaluator.findings)
    }

    /// Judges `text` and, when nothing speaks against it, hands out the cleared command. An `ask` passes only approved.
    package func clear(_ text: String, context: CommandContext) throws(CommandRefusal) -> ClearedCommand {
        let verdict = judge(text, context: context)
        switch verdict.decision {
        case .allow: break
        case .ask where context.isApproved: break
        case .ask, .deny: throw CommandRefusal(text: text, verdict: verdict)
        }
        return ClearedCommand(text: text, requiresBash: false)
    }
}
