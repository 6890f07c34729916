/// A text of a plan that was not let through: kept so that an audit can tell what was tried.
package struct Refusal: Sendable, Hashable {
    package var step: StepID
    package var subtask: String
    /// `guard`, `command`, `health check` or `rollback`.
    package var part: String
    package var hosts: [HostName]
    package var text: String
    /// `deny`, or `ask` for one that nobody said yes to.
    package var decision: String
    package var policyClass: String
    /// The rule of the policy file; empty for a built-in class.
    package var rule: String
    package var why: String
    /// Offsets of UTF-8 bytes in the text.
    package var span: Range<Int>

    package init(
        step: StepID, subtask: String, part: String, hosts: [HostName], text: String, decision: String, policyClass: String, rule: String = "", why: String, span: Range<Int>
    ) {
        self.step = step
        self.subtask = subtask
        self.part = part
        self.hosts = hosts
        self.text = text
        self.decision = decision
        self.policyClass = policyClass
        self.rule = rule
        self.why = why
        self.span = span
    }
}
