package import Model
package import ProtocolMessages
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Job.Work {
    /// The texts of a job, without who it is and without digests.
    package var message: Muster_V1_Job {
        Muster_V1_Job.with { out in
            if let guardCheck { out.guard = Wire.text(guardCheck, []) }
            out.command = Wire.text(command, [])
            if let healthCheck {
                out.healthCheck = Wire.text(healthCheck.command, [])
                out.healthWithinMilliseconds = Wire.milliseconds(healthCheck.within)
            }
            out.become = become
            out.environment = environment
            out.secrets = secrets.mapValues(\.description)
            out.timeoutMilliseconds = Wire.milliseconds(timeout)
            if let content {
                out.content = Data(content)
                out.hasContent_p = true
            }
            out.idempotent = isIdempotent
            out.endsConnection =
                switch endsConnection {
                case .link: .link
                case .reboot: .reboot
                case nil: .unspecified
                }
        }
    }

    package init(_ job: Muster_V1_Job) throws(WireError) {
        guard job.hasCommand, !job.command.text.isEmpty else { throw .invalid(field: "command", reason: "missing") }
        for text in [job.guard.text, job.command.text, job.healthCheck.text] where text.utf8.count > Wire.textLimit {
            throw .invalid(field: "text", reason: "\(text.utf8.count) bytes, the limit is \(Wire.textLimit)")
        }
        guard job.content.count <= Wire.contentLimit else { throw .invalid(field: "content", reason: "\(job.content.count) bytes") }
        try Wire.check(environment: job.environment)
        try Wire.check(environment: job.secrets)
        var secrets: [String: SecretReference] = [:]
        for (name, text) in job.secrets {
            guard let reference = SecretReference(text) else { throw .invalid(field: "secrets", reason: "the reference of \(name) is not understood") }
            secrets[name] = reference
        }
        let end: ConnectionEnd?
        switch job.endsConnection {
        case .unspecified: end = nil
        case .link: end = .link
        case .reboot: end = .reboot
        case .UNRECOGNIZED(let number): throw .invalid(field: "ends_connection", reason: "\(number) is not known here")
        }
        self.init(
            guardCheck: job.hasGuard ? job.guard.text : nil, command: job.command.text,
            content: job.hasContent_p ? [UInt8](job.content) : nil,
            healthCheck: job.hasHealthCheck
                ? HealthCheck(command: job.healthCheck.text, within: .milliseconds(Int(job.healthWithinMilliseconds))) : nil,
            become: job.become, environment: job.environment, secrets: secrets, timeout: .milliseconds(Int(job.timeoutMilliseconds)),
            isIdempotent: job.idempotent, endsConnection: end)
    }
}
