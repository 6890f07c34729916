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
    /// The host's name in the inventory; nil: no host in particular.
    package var host: String?
    /// The coordinator had a person's, or the policy's, yes for exactly these bytes.
    package var isApproved: Bool

    package init(purpose: CommandPurpose, loginUser: String, host: String? = nil, isApproved: Bool = false) {
        self.purpose = purpose
        self.loginUser = loginUser
        self.host = host
        self.isApproved = isApproved
    }
}

/// Judges commands against a policy. Pure: same text, context and policy, same verdict.
///
/// It reads shell as bash does and follows what can be known of it (SAFETY: parser, evaluator, effects, classes). What it can't work out is
/// never allowed, and whatever stops it from working something out is denied.
package struct CommandGuard: Sendable {
    private let policy: CommandPolicy

    package init(policy: CommandPolicy = CommandPolicy()) { self.policy = policy }

    package func judge(_ text: String, context: CommandContext) -> Verdict { examine(text, context).verdict }

    private func examine(_ text: String, _ context: CommandContext) -> (verdict: Verdict, usesBash: Bool) {
        let script: ShellScript
        do throws(ShellReject) { script = try ShellParser.script(text, dialect: .bash) } catch {
            let finding = Finding(.notUnderstood, .deny, error.span, error.reason, instead: "write it in plain shell, or use a file action")
            return (Verdict(findings: [finding] + DisplayRules.findings(in: text)), false)
        }
        var judgement = Judgement(policy: policy, context: context)
        judgement.judge(script.commands)
        return (Verdict(findings: DisplayRules.findings(in: text) + judgement.findings, lowered: judgement.lowered), script.usesBash)
    }

    /// The judgement on `text`, and what it would do as far as that can be told: for people who want to see why.
    package func explain(_ text: String, context: CommandContext) -> CommandAccount {
        let verdict = judge(text, context: context)
        guard let script = try? ShellParser.script(text, dialect: .bash) else { return CommandAccount(text: text, verdict: verdict, effects: [], calls: []) }
        var judgement = Judgement(policy: policy, context: context, tellsEffects: true)
        judgement.judge(script.commands)
        return CommandAccount(text: text, verdict: verdict, effects: judgement.effects, calls: judgement.calls)
    }

    /// Judges `text` and, when nothing speaks against it, hands out the cleared command. An `ask` passes only approved.
    package func clear(_ text: String, context: CommandContext) throws(CommandRefusal) -> ClearedCommand {
        let (verdict, usesBash) = examine(text, context)
        switch verdict.decision {
        case .allow: break
        case .ask where context.isApproved: break
        case .ask, .deny: throw CommandRefusal(text: text, verdict: verdict)
        }
        return ClearedCommand(text: text, requiresBash: usesBash)
    }
}
