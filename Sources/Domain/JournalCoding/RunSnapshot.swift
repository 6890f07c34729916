import Model
package import Orchestration
import ProtocolMessages
import SwiftProtobuf
package import WireProtocol

/// The state of a run as the records that still matter: shorter than all of them, and applied in the same way.
package enum RunSnapshot {
    /// Changes whenever the records mean something else to this build: a snapshot of another version is thrown away.
    package static let version = "1"

    /// The records of `history` without those that what came later has overtaken.
    package static func condensed(_ history: [RunRecord]) -> [RunRecord] {
        var settled: Set<String> = []
        var last: [String: Int] = [:]
        for (index, record) in history.enumerated() {
            switch record {
            case .run(.jobSettled(let result)): settled.insert(result.job.value)
            case .handedOut(let reference, _, _): last[reference.job.value] = index
            case .created, .run: break
            }
        }
        return history.enumerated().compactMap { index, record in
            switch record {
            case .handedOut(let reference, _, _): settled.contains(reference.job.value) || last[reference.job.value] != index ? nil : record
            // Of a settled job its beginning and its end are left.
            case .run(.jobInDoubt(let job, _)), .run(.jobUndecided(let job, _)), .run(.personDecided(let job, _)): settled.contains(job.value) ? nil : record
            case .run(.attemptClosed(let result)): settled.contains(result.job.value) ? nil : record
            case .created, .run: record
            }
        }
    }

    package static func payload(_ records: [RunRecord]) throws(WireError) -> [UInt8] {
        let message = Muster_V1_RunSnapshot.with { $0.records = records.map(\.message) }
        do { return try message.serializedBytes() } catch { throw .malformed("\(error)") }
    }

    package static func records(_ payload: [UInt8]) throws(WireError) -> [RunRecord] {
        let message: Muster_V1_RunSnapshot
        do { message = try Muster_V1_RunSnapshot(serializedBytes: payload) } catch { throw .malformed("\(error)") }
        return try message.records.map { record throws(WireError) in try RunRecord(record) }
    }
}
