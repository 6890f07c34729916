import Model
package import ProtocolMessages
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The protocol between coordinator and worker: versions, limits, and messages to frames and back (protocol/README.md).
package enum Wire {
    /// Versions that this build speaks, both included.
    package static let versions = 1...1
    /// First frame of every message: name and version, readable by every version.
    package static let signature = Array("muster/1".utf8)
    /// Bounds on one message, also set as ZMQ_MAXMSGSIZE.
    package static let controlLimit = 1 << 20
    package static let bulkLimit = 256 << 10
    /// Largest piece of output in one bulk message.
    package static let outputPiece = 64 << 10
    /// Largest content of a file action that travels inside a job.
    package static let contentLimit = 48 << 10
    /// Largest text of a command (SAFETY: over 64 KiB is refused at planning).
    package static let textLimit = 64 << 10
    package static let defaultLease: Duration = .seconds(15)

    package static func encode(_ message: Muster_V1_WorkerMessage) throws(WireError) -> [[UInt8]] {
        try frames(message, limit: controlLimit)
    }

    package static func encode(_ message: Muster_V1_CoordinatorMessage) throws(WireError) -> [[UInt8]] {
        try frames(message, limit: controlLimit)
    }

    package static func decodeWorkerMessage(_ frames: [[UInt8]], limit: Int = controlLimit) throws(WireError) -> Muster_V1_WorkerMessage {
        let message: Muster_V1_WorkerMessage = try decode(frames, limit: limit)
        guard message.body != nil else { throw .unknownMessage }
        return message
    }

    package static func decodeCoordinatorMessage(_ frames: [[UInt8]]) throws(WireError) -> Muster_V1_CoordinatorMessage {
        let message: Muster_V1_CoordinatorMessage = try decode(frames, limit: controlLimit)
        guard message.body != nil else { throw .unknownMessage }
        return message
    }

    private static func frames(_ message: some SwiftProtobuf.Message, limit: Int) throws(WireError) -> [[UInt8]] {
        let payload: [UInt8]
        do { payload = try message.serializedBytes() } catch { throw .malformed("\(error)") }
        guard payload.count <= limit else { throw .oversized(bytes: payload.count, limit: limit) }
        return [signature, payload]
    }

    /// What a stranger calls its protocol, fit for a log: short, and nothing that a terminal acts on.
    private static func readable(_ frame: [UInt8]) -> String {
        String(decoding: frame.prefix(32).map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }

    private static func decode<Message: SwiftProtobuf.Message>(_ frames: [[UInt8]], limit: Int) throws(WireError) -> Message {
        guard frames.count == 2 else { throw .malformed("\(frames.count) frames instead of 2") }
        guard frames[0] == signature else { throw .foreignVersion(readable(frames[0])) }
        guard frames[1].count <= limit else { throw .oversized(bytes: frames[1].count, limit: limit) }
        var options = BinaryDecodingOptions()
        options.messageDepthLimit = 16
        do { return try Message(serializedBytes: frames[1], options: options) } catch { throw .malformed("\(error)") }
    }
}

/// Why a message could not be written or read. Counted, logged and dropped; never ends a process.
package enum WireError: Error, Equatable, CustomStringConvertible {
    case malformed(String)
    case foreignVersion(String)
    case oversized(bytes: Int, limit: Int)
    case unknownMessage
    /// A field has a value outside its bounds.
    case invalid(field: String, reason: String)

    package var description: String {
        switch self {
        case .malformed(let why): "malformed message: \(why)"
        case .foreignVersion(let version): "message of another protocol or version: '\(version)' instead of 'muster/1'"
        case .oversized(let bytes, let limit): "message of \(bytes) bytes, the limit is \(limit)"
        case .unknownMessage: "message of an unknown kind"
        case .invalid(let field, let reason): "field \(field): \(reason)"
        }
    }
}
