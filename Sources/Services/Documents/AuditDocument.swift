import Model
package import RunStore

/// A line of the audit as other programs read it.
package struct AuditDocument: Codable, Sendable, Equatable {
    /// `sent`, `approved`, `denied`, `refused` or `decided`.
    package var kind: String
    package var time: String
    package var run: String
    /// The record in the run's journal, and its hash in the chain.
    package var sequence: Int
    package var hash: String
    package var hosts: [String]
    package var step: String
    package var subtask: String
    package var part: String
    package var text: String
    /// Who proposed it.
    package var origin: String
    package var user: String
    package var classes: [String]
    package var rule: String?
    package var why: String
    /// Offsets of bytes in the text.
    package var span: [Int]?
    package var attempt: Int?
    package var worker: String?

    package init(_ entry: AuditEntry) {
        kind = entry.kind.rawValue
        time = TimeText.utc(entry.time)
        run = entry.run.value
        sequence = entry.sequence
        hash = entry.hash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        hosts = entry.hosts.map(\.value)
        step = entry.step.value
        subtask = entry.subtask
        part = entry.part
        text = entry.text
        origin = entry.origin
        user = entry.user
        classes = entry.policyClasses
        rule = entry.rule.isEmpty ? nil : entry.rule
        why = entry.why
        span = entry.span.map { [$0.lowerBound, $0.upperBound] }
        attempt = entry.attempt == 0 ? nil : entry.attempt
        worker = entry.worker.isEmpty ? nil : entry.worker
    }
}
