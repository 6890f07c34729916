package import Model
package import Orchestration
package import ProtocolMessages
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One text of a job with the digest of the bytes that the coordinator's guard cleared.
package struct DigestedText: Sendable, Equatable {
    package var text: String
    package var digest: [UInt8]

    package init(text: String, digest: [UInt8]) {
        self.text = text
        self.digest = digest
    }
}

/// An assignment as a worker reads it: the job, the digests to compare, the host, and what to do about the attempt.
package struct Assignment: Sendable, Equatable {
    package var job: Job
    package var coordinator: String
    package var target: RemoteTarget
    package var purpose: Purpose
    /// Root's ledger claims the host for commands of the login user too.
    package var claimsAsRoot: Bool
    package var guardDigest: [UInt8]
    package var commandDigest: [UInt8]
    package var healthDigest: [UInt8]

    package init(
        job: Job, coordinator: String, target: RemoteTarget, purpose: Purpose = .run, claimsAsRoot: Bool = false, guardDigest: [UInt8],
        commandDigest: [UInt8], healthDigest: [UInt8]
    ) {
        self.job = job
        self.coordinator = coordinator
        self.target = target
        self.purpose = purpose
        self.claimsAsRoot = claimsAsRoot
        self.guardDigest = guardDigest
        self.commandDigest = commandDigest
        self.healthDigest = healthDigest
    }
}

extension Assignment {
    package var message: Muster_V1_Assign {
        var message = Muster_V1_Assign()
        message.target = target.message
        message.identity = job.hostKey
        message.purpose =
            switch purpose {
            case .run: .unspecified
            case .settle: .settle
            case .cancel: .cancel
            }
        // Put in when it is complete: changed inside the message, all of it would be copied for each field.
        var work = job.work.message
        work.reference = Wire.reference(job.id, job.attempt, job.epoch)
        work.run = job.run.value
        work.host = job.host.value
        work.step = job.step.value
        work.subtask = job.subtask
        work.coordinator = coordinator
        work.claimsAsRoot = claimsAsRoot
        if let guardCheck = job.work.guardCheck { work.guard = Wire.text(guardCheck, guardDigest) }
        work.command = Wire.text(job.work.command, commandDigest)
        if let healthCheck = job.work.healthCheck { work.healthCheck = Wire.text(healthCheck.command, healthDigest) }
        message.job = work
        return message
    }

    package init(_ message: Muster_V1_Assign) throws(WireError) {
        let job = message.job
        let (id, attempt, epoch) = try Wire.reference(job.reference)
        guard !job.host.isEmpty, job.host == message.target.name else { throw .invalid(field: "host", reason: "differs from the target's name") }
        let purpose: Purpose
        switch message.purpose {
        case .unspecified: purpose = .run
        case .settle: purpose = .settle
        case .cancel: purpose = .cancel
        // To be told more than it understands is no leave to start anything.
        case .UNRECOGNIZED(let number): throw .invalid(field: "purpose", reason: "\(number) is not known here")
        }
        self.init(
            job: Job(
                id: id, run: RunID(job.run), host: HostName(job.host), step: StepID(job.step), subtask: job.subtask, attempt: attempt,
                epoch: epoch, hostKey: message.identity, work: try Job.Work(job)),
            coordinator: job.coordinator, target: try RemoteTarget(message.target), purpose: purpose, claimsAsRoot: job.claimsAsRoot,
            guardDigest: [UInt8](job.guard.digest), commandDigest: [UInt8](job.command.digest), healthDigest: [UInt8](job.healthCheck.digest))
    }
}

extension Wire {
    package static func reference(_ job: JobID, _ attempt: Int, _ epoch: Int) -> Muster_V1_JobReference {
        var message = Muster_V1_JobReference()
        message.job = job.value
        message.attempt = UInt32(clamping: attempt)
        message.epoch = UInt32(clamping: epoch)
        return message
    }

    /// Reads a job reference; job identifiers are 32 hexadecimal digits, nothing that could mean something in a path or a frame.
    package static func reference(_ message: Muster_V1_JobReference) throws(WireError) -> (JobID, attempt: Int, epoch: Int) {
        guard isIdentifier(message.job) else { throw .invalid(field: "job", reason: "not 32 hexadecimal digits") }
        guard message.attempt >= 1, message.epoch >= 1 else { throw .invalid(field: "attempt", reason: "attempt and epoch start at 1") }
        return (JobID(message.job), Int(message.attempt), Int(message.epoch))
    }

    package static func isIdentifier(_ text: String) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    static func text(_ text: String, _ digest: [UInt8]) -> Muster_V1_Text {
        var message = Muster_V1_Text()
        message.text = text
        message.digest = Data(digest)
        return message
    }

    /// Whole milliseconds; what a field can't hold becomes the nearest that it can.
    package static func milliseconds(_ duration: Duration) -> UInt32 {
        let (seconds, attoseconds) = clamped(duration)
        return UInt32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }

    static func microseconds(_ duration: Duration) -> UInt64 {
        let (seconds, attoseconds) = clamped(duration)
        return UInt64(clamping: seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }

    /// Bounded so that no unit of it overflows.
    private static func clamped(_ duration: Duration) -> (seconds: Int64, attoseconds: Int64) {
        min(max(duration, .zero), .seconds(Int64(1) << 40)).components
    }

    /// Lines of one frame to the host are made of these: a line end in a value would move all that follow.
    static func check(environment: [String: String]) throws(WireError) {
        for (name, value) in environment {
            let isName = name.utf8.first.map { !isDigit($0) } == true && name.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
            guard isName else { throw .invalid(field: "environment", reason: "a name is not one of letters, digits and '_'") }
            guard !value.utf8.contains(UInt8(ascii: "\n")), !value.utf8.contains(0) else {
                throw .invalid(field: "environment", reason: "the value of \(name) is not one line")
            }
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) }
}
