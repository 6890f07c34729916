import ProtocolMessages
import SwiftProtobuf
package import WireProtocol

/// Records as JSON, for people and other programs: the names of journal.proto.
package enum RunRecordJSON {
    /// One object in one line.
    ///
    /// - Parameter hash: of the chain, as bytes.
    package static func line(_ payload: [UInt8], sequence: Int, time: String, hash: [UInt8]) throws(WireError) -> String {
        var options = JSONEncodingOptions()
        options.preserveProtoFieldNames = true
        do {
            let record = try Muster_V1_RunRecord(serializedBytes: payload).jsonString(options: options)
            let digits = hash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            return "{\"sequence\":\(sequence),\"time\":\"\(time)\",\"hash\":\"\(digits)\",\"record\":\(record)}"
        } catch { throw .malformed("\(error)") }
    }
}
