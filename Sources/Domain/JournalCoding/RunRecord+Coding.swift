import Model
package import Orchestration
import ProtocolMessages
import SwiftProtobuf
package import WireProtocol

extension RunRecord {
    /// The payload that a journal keeps (protocol/muster/v1/journal.proto).
    package var payload: [UInt8] {
        get throws(WireError) {
            do { return try message.serializedBytes() } catch { throw .malformed("\(error)") }
        }
    }

    /// Reads a payload of this or an older build.
    package init(payload: [UInt8]) throws(WireError) {
        let message: Muster_V1_RunRecord
        do { message = try Muster_V1_RunRecord(serializedBytes: payload) } catch { throw .malformed("\(error)") }
        try self.init(message)
    }

    var message: Muster_V1_RunRecord {
        Muster_V1_RunRecord.with { out in
            switch self {
            case .created(let description): out.created = description.message
            case .handedOut(let reference, let purpose, let worker):
                out.handedOut = .with {
                    $0.job = Wire.reference(reference.job, reference.attempt, reference.epoch)
                    $0.worker = worker
                    $0.purpose = purpose.number
                }
            case .run(let event): event.write(to: &out)
            }
        }
    }

    init(_ message: Muster_V1_RunRecord) throws(WireError) {
        switch message.record {
        case .created(let created): self = .created(try RunDescription(created))
        case .handedOut(let out):
            let (job, attempt, epoch) = try Wire.reference(out.job)
            self = .handedOut(JobReference(job: job, attempt: attempt, epoch: epoch), try Purpose(number: out.purpose), worker: out.worker)
        case let record?: self = .run(try RunMachine.Event(record))
        case nil: throw .unknownMessage
        }
    }
}

extension Purpose {
    fileprivate var number: UInt32 {
        switch self {
        case .run: 0
        case .settle: 1
        case .cancel: 2
        }
    }

    fileprivate init(number: UInt32) throws(WireError) {
        switch number {
        case 0: self = .run
        case 1: self = .settle
        case 2: self = .cancel
        default: throw .invalid(field: "purpose", reason: "\(number) is not known here")
        }
    }
}
