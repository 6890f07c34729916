import Model
import ProtocolMessages
import SwiftProtobuf
import WireProtocol

extension Refusal {
    var message: Muster_V1_RefusedText {
        Muster_V1_RefusedText.with {
            $0.step = step.value
            $0.subtask = subtask
            $0.part = part
            $0.hosts = hosts.map(\.value)
            $0.text = text
            $0.decision = decision
            $0.policyClass = policyClass
            $0.rule = rule
            $0.why = why
            $0.spanStart = UInt32(clamping: span.lowerBound)
            $0.spanEnd = UInt32(clamping: span.upperBound)
        }
    }

    init(_ message: Muster_V1_RefusedText) throws(WireError) {
        guard message.spanStart <= message.spanEnd else { throw .invalid(field: "refusals.span", reason: "it ends before it begins") }
        self.init(
            step: StepID(message.step), subtask: message.subtask, part: message.part, hosts: message.hosts.map { HostName($0) }, text: message.text, decision: message.decision,
            policyClass: message.policyClass, rule: message.rule, why: message.why, span: Int(message.spanStart)..<Int(message.spanEnd))
    }
}
