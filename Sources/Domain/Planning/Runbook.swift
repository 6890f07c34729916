package import Model

/// A plan with holes, written by people: what to do for one kind of task, offline.
package struct Runbook: Sendable, Equatable {
    package var name: String
    package var title: String
    /// Ways to say the task, in any language; words of these explain a sentence.
    package var phrases: [String]
    package var parameters: [RunbookParameter]
    /// Operating systems for which its commands are right.
    package var families: [OSFamily]
    package var steps: [Step]
    /// Subtasks, as `step/subtask`, that are there only with, or only without, a value for a parameter; all must hold.
    package var conditions: [String: [Condition]]

    package struct Condition: Sendable, Equatable {
        package var parameters: [String]
        /// True: all of them must have a value; false: none may have one.
        package var isWanted: Bool
        package init(parameters: [String], isWanted: Bool) {
            self.parameters = parameters
            self.isWanted = isWanted
        }

        func holds(_ values: [String: String]) -> Bool {
            parameters.allSatisfy { values[$0, default: ""].isEmpty != isWanted }
        }
    }

    package init(
        name: String, title: String, phrases: [String], parameters: [RunbookParameter], families: [OSFamily], steps: [Step],
        conditions: [String: [Condition]] = [:]
    ) {
        self.conditions = conditions
        self.name = name
        self.title = title
        self.phrases = phrases
        self.parameters = parameters
        self.families = families
        self.steps = steps
    }
}

/// A value that a runbook needs: typed, with a default, and how to find it in a sentence.
package struct RunbookParameter: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A name of letters, digits and `_` that begins with a letter, at most 63.
        case identifier
        /// 1 to 65535.
        case port
        /// Digits, with dots between.
        case version
        /// A name of the IANA time zone database: Europe/Berlin.
        case timezone
        /// An absolute path without `..`.
        case path
        /// A DNS name, or `_` for any.
        case hostname
        case choice
        /// Any line of text.
        case text
    }
    package var name: String
    package var kind: Kind
    package var description: String
    /// Nil: the sentence, or `--set`, must give a value.
    package var defaultValue: String?
    package var choices: [String]
    /// Words after which the value stands in a sentence: `database`, `базой`.
    package var after: [String]

    package init(name: String, kind: Kind, description: String, defaultValue: String?, choices: [String], after: [String]) {
        self.name = name
        self.kind = kind
        self.description = description
        self.defaultValue = defaultValue
        self.choices = choices
        self.after = after
    }

    /// Why a value can't be taken; nil if it can.
    package func problem(with value: String) -> String? {
        let isASCII = value.allSatisfy(\.isASCII)
        switch kind {
        case .identifier:
            let isGood = isASCII && value.first?.isLetter == true && value.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } && value.count <= 63
            return isGood ? nil : "must be a name of letters, digits and '_', beginning with a letter"
        case .port:
            // Int also reads +80 and 080, which programs read in their own ways.
            return Int(value).map { (1...65535).contains($0) && String($0) == value } == true ? nil : "must be a port from 1 to 65535"
        case .version:
            let isGood = isASCII && value.first?.isNumber == true && value.last?.isNumber == true && value.allSatisfy { $0.isNumber || $0 == "." }
            return isGood ? nil : "must be a version such as 15 or 15.4"
        case .timezone:
            let isGood = isASCII && value.first?.isLetter == true && value.allSatisfy { $0.isLetter || $0.isNumber || "/_+-".contains($0) }
            return isGood ? nil : "must be a time zone such as Europe/Berlin or UTC"
        case .path:
            let isGood = isASCII && value.hasPrefix("/") && value.count > 1 && !value.contains("..") && value.allSatisfy { $0.isLetter || $0.isNumber || "/._-".contains($0) }
            return isGood ? nil : "must be an absolute path of letters, digits and '._-', without '..'"
        case .hostname:
            let isGood = value == "_" || isASCII && value.count <= 253 && value.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(Self.isLabel)
            return isGood ? nil : "must be a host name such as www.example.com"
        case .choice: return choices.contains(value) ? nil : "must be one of \(choices.joined(separator: ", "))"
        case .text: return value.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7f } ? "must be one line of text" : nil
        }
    }

    /// A label of a DNS name (RFC 1123, section 2.1); one that begins with a hyphen would be read as an option.
    private static func isLabel(_ text: Substring) -> Bool {
        (1...63).contains(text.count) && text.first != "-" && text.last != "-" && text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" }
    }
}
