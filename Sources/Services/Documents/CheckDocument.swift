package import CommandSafety

/// The guard's judgement on a text as JSON: one line of `muster check --json` and `muster check --batch`.
package struct CheckDocument: Encodable, Sendable, Equatable {
    package struct FindingDocument: Encodable, Sendable, Equatable {
        package var policyClass: String
        package var verdict: String
        /// The rule of the policy file; null: the built-in policy.
        package var rule: String?
        /// First byte and the byte behind the last.
        package var span: [Int]
        package var why: String
        package var instead: String

        enum CodingKeys: String, CodingKey {
            case policyClass = "class"
            case verdict, rule, span, why, instead
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(policyClass, forKey: .policyClass)
            try container.encode(verdict, forKey: .verdict)
            try container.encode(rule, forKey: .rule)
            try container.encode(span, forKey: .span)
            try container.encode(why, forKey: .why)
            try container.encode(instead, forKey: .instead)
        }
    }

    /// From a line of a batch; nil where there is none.
    package var id: CheckLine.Identifier?
    /// `allow`, `ask` or `deny`.
    package var verdict: String
    /// Of the strictest finding; null for `allow`.
    package var policyClass: String?
    package var findings: [FindingDocument]
    /// What rules took away; nil in a batch.
    package var lowered: [FindingDocument]?
    /// What it would do, in words; nil in a batch.
    package var effects: [String]?
    /// The calls that it would make, resolved; nil in a batch.
    package var calls: [String]?

    enum CodingKeys: String, CodingKey {
        case id, verdict, findings, lowered, effects, calls
        case policyClass = "class"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(id, forKey: .id)
        try container.encode(verdict, forKey: .verdict)
        try container.encode(policyClass, forKey: .policyClass)
        try container.encode(findings, forKey: .findings)
        try container.encodeIfPresent(lowered, forKey: .lowered)
        try container.encodeIfPresent(effects, forKey: .effects)
        try container.encodeIfPresent(calls, forKey: .calls)
    }

    package init(_ verdict: Verdict, id: CheckLine.Identifier? = nil) {
        self.id = id
        self.verdict = "\(verdict.decision)"
        policyClass = verdict.strictest?.policyClass.rawValue
        findings = verdict.findings.map(FindingDocument.init)
    }

    package init(_ account: CommandAccount) {
        self.init(account.verdict)
        lowered = account.verdict.lowered.map(FindingDocument.init)
        effects = account.effects.map(\.sentence)
        calls = account.calls.map(\.sentence)
    }
}

extension CheckDocument.FindingDocument {
    package init(_ finding: Finding) {
        policyClass = finding.policyClass.rawValue
        verdict = "\(finding.decision)"
        rule = finding.rule
        span = [finding.bytes.lowerBound, finding.bytes.upperBound]
        why = finding.why
        instead = finding.instead
    }
}

/// A line of a batch: a command and what it is called.
package struct CheckLine: Decodable, Sendable, Equatable {
    /// A text or a whole number; given back as it came.
    package enum Identifier: Codable, Sendable, Equatable {
        case text(String)
        case number(Int)

        package init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) { self = .number(number) } else { self = .text(try container.decode(String.self)) }
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .number(let number): try container.encode(number)
            }
        }
    }

    package var id: Identifier
    package var command: String
}
