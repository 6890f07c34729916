package import Journal
package import Model

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// A part of what the commands of a run printed on one host.
package struct OutputDocument: Codable, Sendable, Equatable {
    package var frames: [Frame]
    /// Where to go on.
    package var position: Int
    /// More was printed than is kept.
    package var isLimitReached: Bool
    /// There is more by now.
    package var hasMore: Bool

    enum CodingKeys: String, CodingKey {
        case frames, position
        case isLimitReached = "limit_reached"
        case hasMore = "has_more"
    }

    /// One piece, as the host sent it.
    package struct Frame: Codable, Sendable, Equatable {
        package var job: String
        package var attempt: Int
        /// `stdout` or `stderr`.
        package var stream: String
        /// Of the piece in its stream.
        package var offset: UInt64
        /// The bytes, in Base64.
        package var bytes: Data
    }

    private static let byteLimit = 1 << 20

    /// - Parameter position: in the file of the host; 0, or what an earlier part gave.
    package init(directory: String, host: HostName, from position: Int) throws(JournalError) {
        let reader = OutputReader(directory: directory, name: host.value, from: position)
        frames = []
        isLimitReached = false
        hasMore = false
        var size = 0
        while let item = try reader.next() {
            switch item {
            case .frame(let frame):
                frames.append(
                    Frame(job: frame.job, attempt: frame.attempt, stream: frame.stream == .error ? "stderr" : "stdout", offset: frame.offset, bytes: Data(frame.bytes)))
                size += frame.bytes.count
            case .limitReached: isLimitReached = true
            }
            hasMore = size >= Self.byteLimit
            if hasMore { break }
        }
        self.position = reader.position
    }
}
