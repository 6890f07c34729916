package import Model
package import ProtocolMessages
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension JobResult {
    package var message: Muster_V1_Result {
        Muster_V1_Result.with { out in
            switch outcome {
            case .skipped: out.skipped = Muster_V1_Skipped()
            case .changed: out.changed = Muster_V1_Changed()
            case .failed(let failure): out.failed = failure.message
            case .inDoubt(let doubt): out.inDoubt = doubt.message
            case .notStarted(let reason): out.notStarted = .with { $0.reason = reason }
            }
            out.standardOutputTail = Data(standardOutput.suffix(Self.tailLimit))
            out.standardErrorTail = Data(standardError.suffix(Self.tailLimit))
            out.durationMicroseconds = Wire.microseconds(duration)
            out.hostKey = hostKey
        }
    }

    package init(_ message: Muster_V1_Result, job: JobID, attempt: Int) throws(WireError) {
        let outcome: JobOutcome
        switch message.outcome {
        case .skipped: outcome = .skipped
        case .changed: outcome = .changed
        case .failed(let failed): outcome = .failed(try JobFailure(failed))
        case .inDoubt(let doubt): outcome = .inDoubt(Doubt(doubt))
        case .notStarted(let message): outcome = .notStarted(reason: message.reason)
        case nil: throw .invalid(field: "outcome", reason: "missing")
        }
        self.init(
            job: job, attempt: attempt, outcome: outcome, standardOutput: [UInt8](message.standardOutputTail.suffix(Self.tailLimit)),
            standardError: [UInt8](message.standardErrorTail.suffix(Self.tailLimit)),
            duration: .microseconds(Int64(clamping: message.durationMicroseconds)), hostKey: message.hostKey)
    }
}

extension Doubt {
    package var message: Muster_V1_InDoubt {
        Muster_V1_InDoubt.with { out in
            out.reason = reason
            switch kind {
            case .unanswered: out.kind = .unspecified
            case .otherMachine: out.kind = .otherMachine
            case .interrupted(let evidence):
                out.kind = .interrupted
                evidence.write(to: &out)
            case .ledgerLost(let evidence):
                out.kind = .ledgerLost
                evidence.write(to: &out)
            }
        }
    }

    package init(_ message: Muster_V1_InDoubt) {
        let evidence = Evidence(
            guardSatisfied: message.hasGuardSatisfied ? message.guardSatisfied : nil, healthPassed: message.hasHealthPassed ? message.healthPassed : nil)
        switch message.kind {
        case .interrupted: self.init(.interrupted(evidence), message.reason)
        case .ledgerLost: self.init(.ledgerLost(evidence), message.reason)
        case .otherMachine: self.init(.otherMachine, message.reason)
        // What a newer peer means by a kind that is not known here: that much is sure, it is not known.
        case .unspecified, .UNRECOGNIZED: self.init(.unanswered, message.reason)
        }
    }
}

extension Doubt.Evidence {
    fileprivate func write(to message: inout Muster_V1_InDoubt) {
        if let guardSatisfied { message.guardSatisfied = guardSatisfied }
        if let healthPassed { message.healthPassed = healthPassed }
    }
}

extension JobFailure {
    var message: Muster_V1_Failed {
        Muster_V1_Failed.with { out in
            switch self {
            case .command(let code): out.command = .with { $0.exitCode = Int32(clamping: code) }
            case .healthCheck(let code, let command):
                out.healthCheck = .with {
                    $0.exitCode = Int32(clamping: code)
                    $0.commandExitCode = Int32(clamping: command)
                }
            case .deadline(let limit): out.deadline = .with { $0.limitMilliseconds = Wire.milliseconds(limit) }
            case .cancelled: out.cancelled = Muster_V1_Cancelled()
            case .decided: out.decided = Muster_V1_DecidedByPerson()
            case .refusedByPolicy(let text): out.refusedByPolicy = text
            case .unreachable(let text): out.unreachable = text
            case .become(let text): out.become = text
            case .refusedByHost(let text): out.refusedByHost = text
            }
        }
    }

    init(_ message: Muster_V1_Failed) throws(WireError) {
        switch message.failure {
        case .command(let failed): self = .command(exitCode: Int(failed.exitCode))
        case .healthCheck(let failed): self = .healthCheck(exitCode: Int(failed.exitCode), commandExitCode: Int(failed.commandExitCode))
        case .deadline(let passed): self = .deadline(.milliseconds(Int(passed.limitMilliseconds)))
        case .cancelled: self = .cancelled
        case .decided: self = .decided
        case .refusedByPolicy(let text): self = .refusedByPolicy(text)
        case .unreachable(let text): self = .unreachable(text)
        case .become(let text): self = .become(text)
        case .refusedByHost(let text): self = .refusedByHost(text)
        case nil: throw .invalid(field: "failure", reason: "missing")
        }
    }
}

/// What a probe of a host brought: its facts and who it is.
package struct ProbedHost: Sendable, Equatable {
    package var facts: Facts
    /// Host key of the login user's runner.
    package var identity: String
    /// Host key of root's runner; nil where root can't be had.
    package var rootIdentity: String?
    /// Why root can't be had: one line.
    package var becomeError: String?
    /// The public key that the host presented.
    package var hostKey: [UInt8]
    /// Why it is reached over OpenSSH: one line; nil over libssh2.
    package var overOpenSSH: String?

    package init(facts: Facts, identity: String, rootIdentity: String?, becomeError: String?, hostKey: [UInt8], overOpenSSH: String? = nil) {
        self.facts = facts
        self.identity = identity
        self.rootIdentity = rootIdentity
        self.becomeError = becomeError
        self.hostKey = hostKey
        self.overOpenSSH = overOpenSSH
    }

    package var message: Muster_V1_HostFacts {
        Muster_V1_HostFacts.with { out in
            out.osID = facts.osID
            out.osVersion = facts.osVersion
            out.osName = facts.osName
            out.osLike = facts.osLike
            out.architecture = facts.architecture
            out.kernel = facts.kernel
            out.initSystem = facts.initSystem
            out.hostName = facts.hostName
            out.presentServices = facts.presentServices
            out.identity = identity
            out.rootIdentity = rootIdentity ?? ""
            out.becomeError = becomeError ?? ""
            out.hostKey = Data(hostKey)
            out.overOpenssh = overOpenSSH ?? ""
        }
    }

    package init(_ message: Muster_V1_HostFacts) {
        facts = Facts(
            osID: message.osID, osVersion: message.osVersion, osName: message.osName, osLike: message.osLike,
            architecture: message.architecture, kernel: message.kernel, initSystem: message.initSystem, hostName: message.hostName,
            presentServices: message.presentServices)
        identity = message.identity
        rootIdentity = message.rootIdentity.isEmpty ? nil : message.rootIdentity
        becomeError = message.becomeError.isEmpty ? nil : message.becomeError
        hostKey = [UInt8](message.hostKey)
        overOpenSSH = message.overOpenssh.isEmpty ? nil : message.overOpenssh
    }
}
