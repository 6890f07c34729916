/// A rule of a policy file: what is allowed, asked about or denied beside the built-in classes.
///
/// A rule that denies or asks adds a finding to each call that it matches. A rule that allows takes away what would have been asked about
/// the calls that it surely matches; nothing that is denied, and nothing that is held against the text as a whole.
package struct PolicyRule: Sendable, Hashable {
    /// How bad it would be: shown to people, not used in judging.
    package enum Level: String, Sendable, Hashable, CaseIterable, Comparable {
        case info, low, medium, high, critical
        package static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }
        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    /// A name by which people find it; unique in a policy.
    package var id: String
    package var decision: Decision
    /// Of a rule that denies or asks: the class of its findings, `forbidden-by-configuration` without it. Of a rule that allows: the only
    /// class whose asks it takes away; without it, those of every class.
    package var policyClass: PolicyClass?
    package var level: Level
    package var condition: PolicyCondition
    /// In words for people; never empty in a policy that was read from a file.
    package var why: String
    /// What to do instead; empty if nothing is said.
    package var instead: String
    /// Lines that the rule must match, and lines that it must not.
    package var match: [String]
    package var notMatch: [String]

    package init(
        id: String, decision: Decision, policyClass: PolicyClass? = nil, level: Level = .medium, condition: PolicyCondition, why: String = "", instead: String = "", match: [String] = [],
        notMatch: [String] = []
    ) {
        self.id = id
        self.decision = decision
        self.policyClass = policyClass
        self.level = level
        self.condition = condition
        self.why = why
        self.instead = instead
        self.match = match
        self.notMatch = notMatch
    }

    /// What it finds on a call; `isCertain`: the text tells all that the rule looks at.
    func finding(on call: Call, isCertain: Bool) -> Finding {
        let reason = why.isEmpty ? "the policy's rule '\(id)' is against it" : why
        let text = isCertain ? reason : "this may be what the rule '\(id)' is about, the text does not tell: \(reason)"
        let program = DisplayText.escaped(call.program)
        var finding = Finding(
            policyClass ?? .forbiddenByConfiguration, isCertain ? decision : min(decision, .ask), call.span, program.isEmpty ? text : "\(program): \(text)", instead: instead)
        finding.rule = id
        return finding
    }
}

/// What a rule looks at: the meaning of a call, not its text. All parts that are given must hold.
package struct PolicyCondition: Sendable, Hashable {
    /// Names or globs; one with `/` is compared with the path that the program is called by. One of them must match.
    package var programs: [String] = []
    /// Each must be there, in any spelling; `-v|--volumes`: one of these. `--name=value` asks for the value too.
    package var flags: [String] = []
    /// The first operands, each a name, a glob, or several with `|` between them.
    package var verbs: [String] = []
    /// One of the operands, or a path that the call has an effect on. Of an allowing rule: all of them.
    package var operand: PathCondition?
    /// One of the effects is one of these kinds.
    package var effects: [EffectKind] = []
    /// The same effect is on such a path.
    package var effectPath: PathCondition?
    /// Names or globs of the services or packages that the effect is on; `.service` may be left out.
    package var units: [String] = []
    package var packages: [String] = []
    /// Names or globs of hosts. Where no host is known, every host may be meant.
    package var hosts: [String] = []
    /// Names or globs of the accounts that Muster logs in with.
    package var users: [String] = []

    package init() {}

    /// It would match everything.
    package var isEmpty: Bool { self == PolicyCondition() }
    /// It looks at effects.
    var hasEffect: Bool { !effects.isEmpty || effectPath != nil || !units.isEmpty || !packages.isEmpty }
}

/// Which paths are meant.
package struct PathCondition: Sendable, Hashable {
    package enum Relation: String, Sendable, Hashable, CaseIterable {
        /// This path.
        case exact
        /// It or something below it.
        case under
        /// It or a directory above it: what is done to that reaches it.
        case covers
        /// A pattern; `*` takes `/` too.
        case glob
    }
    package var relation: Relation
    /// Absolute, normalised.
    package let path: String

    /// Nil: the path is not absolute, so nobody can tell what it means. A pattern may begin with `*`.
    package init?(_ relation: Relation, _ path: String) {
        guard path.hasPrefix("/") || relation == .glob && path.hasPrefix("*") else { return nil }
        self.relation = relation
        self.path = path.hasPrefix("/") ? ResolvedPath.normalised(path).known ?? path : path
    }
}
