/// A person's, or the policy's, yes to one text of one subtask on certain hosts: to exactly these bytes, until it expires.
///
/// It is good for that subtask of that run and for nothing else: another run, another host or another byte asks anew.
package struct Approval: Sendable, Hashable {
    /// Who said yes.
    package enum Source: Sendable, Hashable {
        /// A person who read the text and typed it.
        case person
        /// `--approve CLASS`: whoever started the run, for all texts of a class.
        case option
        /// `approve:` of the policy.
        case policy

        package var name: String {
            switch self {
            case .person: "person"
            case .option: "option"
            case .policy: "policy"
            }
        }
    }
    package var step: StepID
    package var subtask: String
    /// `guard`, `command`, `health check` or `rollback`.
    package var part: String
    package var hosts: [HostName]
    /// SHA-256 of the text's bytes.
    package var digest: [UInt8]
    /// The policy classes that it was asked for.
    package var classes: [String]
    package var source: Source
    /// The user that was asked: a name of the coordinator's machine.
    package var user: String
    /// In milliseconds since 1970.
    package var givenAt: UInt64
    package var expiresAt: UInt64

    /// How long a yes is good for if nothing else is said.
    package static let lifetime: Duration = .seconds(24 * 3600)

    package init(
        step: StepID, subtask: String, part: String, hosts: [HostName], digest: [UInt8], classes: [String], source: Source, user: String, givenAt: UInt64,
        lifetime: Duration = Approval.lifetime
    ) {
        self.step = step
        self.subtask = subtask
        self.part = part
        self.hosts = hosts
        self.digest = digest
        self.classes = classes
        self.source = source
        self.user = user
        self.givenAt = givenAt
        expiresAt = givenAt + UInt64(max(0, lifetime.components.seconds)) * 1000
    }

    /// Whether it covers a text on a host at a moment.
    ///
    /// - Parameter now: in milliseconds since 1970.
    package func covers(_ digest: [UInt8], step: StepID, subtask: String, part: String, host: HostName, now: UInt64) -> Bool {
        self.digest == digest && self.step == step && self.subtask == subtask && self.part == part && now < expiresAt && hosts.contains(host)
    }
}
