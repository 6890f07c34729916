import Model
import ProtocolMessages
import SwiftProtobuf
import WireProtocol

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Approval {
    var message: Muster_V1_Approval {
        Muster_V1_Approval.with {
            $0.step = step.value
            $0.subtask = subtask
            $0.part = part
            $0.hosts = hosts.map(\.value)
            $0.digest = Data(digest)
            $0.classes = classes
            $0.source = source.name
            $0.user = user
            $0.givenAt = givenAt
            $0.expiresAt = expiresAt
        }
    }

    init(_ message: Muster_V1_Approval) throws(WireError) {
        let source: Source
        switch message.source {
        case "person": source = .person
        case "option": source = .option
        case "policy": source = .policy
        default: throw .invalid(field: "approval.source", reason: "'\(message.source)' is none of person, option, policy")
        }
        guard message.digest.count == 32 else { throw .invalid(field: "approval.digest", reason: "not 32 bytes") }
        self.init(
            step: StepID(message.step), subtask: message.subtask, part: message.part, hosts: message.hosts.map { HostName($0) }, digest: Array(message.digest),
            classes: message.classes, source: source, user: message.user, givenAt: message.givenAt)
        expiresAt = message.expiresAt
    }
}
