import Cryptography

/// A piece of what a command printed.
package struct OutputFrame: Sendable, Equatable {
    package enum Stream: String, Sendable {
        case output, error
    }

    /// Opaque; at most `OutputFrame.jobLimit` bytes when percent-encoded, longer ones come back changed.
    package var job: String
    package var attempt: Int
    package var stream: Stream
    /// Where in that stream the bytes begin.
    package var offset: UInt64
    package var bytes: [UInt8]

    package init(job: String, attempt: Int, stream: Stream, offset: UInt64, bytes: [UInt8]) {
        self.job = job
        self.attempt = attempt
        self.stream = stream
        self.offset = offset
        self.bytes = bytes
    }

    // On the disk a frame is a line "# JOB ATTEMPT STREAM OFFSET COUNT DIGEST", COUNT bytes, and a line end. The digest is the
    // first 16 hexadecimal digits of the SHA-256 of the line before it and the bytes: a torn frame may have its full
    // length, with zeros for what never reached the disk. "! limit" is the last line of a file that keeps no more.

    static let jobLimit = 200
    /// Bytes of one frame; what is longer is split.
    static let bytesLimit = 1 << 20
    /// Bytes of a header line: the job and five numbers.
    static let headerLimit = 400
    static let limitLine = Array("! limit\n".utf8)

    func encoded() -> [UInt8] {
        let fields = "# \(PercentEncoding.encode(job, limit: Self.jobLimit)) \(attempt) \(stream.rawValue) \(offset) \(bytes.count)"
        return Array("\(fields) \(Self.digest(fields, bytes))\n".utf8) + bytes + [UInt8(ascii: "\n")]
    }

    private static func digest(_ fields: String, _ bytes: [UInt8]) -> String {
        Digest.hexadecimal(Digest.sha256(Array(fields.utf8) + bytes).prefix(8))
    }

    /// What stands at the beginning of some bytes of a file.
    enum Scan: Equatable {
        case frame(OutputFrame, length: Int)
        case limit(length: Int)
        /// What is there may be the beginning of a frame.
        case incomplete
        /// No frame. `length` is what its header promises, if it can be read.
        case invalid(length: Int?)
    }

    static func scan(_ bytes: ArraySlice<UInt8>) -> Scan {
        guard let lineEnd = bytes.prefix(headerLimit).firstIndex(of: UInt8(ascii: "\n")) else {
            return bytes.count < headerLimit && !(bytes.first == 0) ? .incomplete : .invalid(length: nil)
        }
        let lineLength = lineEnd + 1 - bytes.startIndex
        if bytes.prefix(lineLength).elementsEqual(limitLine) { return .limit(length: lineLength) }
        let line = String(decoding: bytes[..<lineEnd], as: UTF8.self)
        let fields = line.split(separator: " ", omittingEmptySubsequences: false)
        guard fields.count == 7, fields[0] == "#", let attempt = Int(fields[2]), let stream = Stream(rawValue: String(fields[3])),
            let offset = UInt64(fields[4]), let count = Int(fields[5]), (0...bytesLimit).contains(count)
        else { return .invalid(length: nil) }
        let length = lineLength + count + 1
        guard bytes.count >= length else { return .incomplete }
        let content = Array(bytes[(lineEnd + 1)...].prefix(count))
        guard bytes[bytes.startIndex + length - 1] == UInt8(ascii: "\n"),
            digest(fields.dropLast().joined(separator: " "), content) == fields[6], let job = PercentEncoding.decode(fields[1])
        else { return .invalid(length: length) }
        return .frame(OutputFrame(job: job, attempt: attempt, stream: stream, offset: offset, bytes: content), length: length)
    }
}
