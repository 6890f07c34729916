import Glibc

/// What `OutputReader` finds.
package enum OutputItem: Sendable, Equatable {
    case frame(OutputFrame)
    /// The file has reached its limit: what was printed after this is not kept.
    case limitReached
}

/// Reads the output file of a host, also while it grows. One for each task that reads.
///
/// Needs no lock: frames count only when they are whole.
package final class OutputReader {
    private static let chunk = 256 << 10

    /// The file.
    package let path: String
    /// Where in the file the next frame begins; continue from there with another reader.
    package private(set) var position: Int
    private var descriptor: Int32 = -1
    private var buffer: [UInt8] = []
    /// Where `buffer` begins in the file, and how much of it was given out.
    private var bufferStart: Int
    private var used = 0

    /// Reads the file of `name` below a run directory, from a position that a reader gave before.
    package init(directory: String, name: String, from position: Int = 0) {
        path = OutputFile.path(directory: directory, name: name)
        self.position = position
        bufferStart = position
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The next item; nil when there is none, or none that is whole, by now (call again to follow). Throws `.damagedOutput` for
    /// bytes that no torn write explains, `.unusable`.
    package func next() throws(JournalError) -> OutputItem? {
        if descriptor < 0 {
            guard Files.exists(path) else { return nil }
            descriptor = try Files.open(path, O_RDONLY | O_NONBLOCK)
        }
        while true {
            switch OutputFrame.scan(buffer[used...]) {
            case .frame(let frame, let length):
                advance(length)
                return .frame(frame)
            case .limit(let length):
                advance(length)
                return .limitReached
            case .incomplete:
                if try fill() { continue }
                // Read anew next time: what is torn may be cut off and written over.
                forget()
                return nil
            case .invalid(let length):
                guard try isTorn(length) else {
                    throw .damagedOutput(path, position: position)
                }
                forget()
                return nil
            }
        }
    }

    /// Whether this may be the last frame, torn by a crash: nothing, or nothing but zeros, comes after it.
    private func isTorn(_ length: Int?) throws(JournalError) -> Bool {
        while try fill() {}
        let rest = buffer[used...]
        if let length { return rest.dropFirst(length).allSatisfy { $0 == 0 } }
        // Not even its header line is whole.
        let line = rest.prefix { $0 != 0 }
        return !line.contains(UInt8(ascii: "\n")) && rest.dropFirst(line.count).allSatisfy { $0 == 0 } && line.count < OutputFrame.headerLimit
    }

    private func advance(_ length: Int) {
        used += length
        position += length
        if used == buffer.count { forget() }
    }

    private func forget() {
        buffer = []
        used = 0
        bufferStart = position
    }

    /// Reads on. False at the end of the file.
    private func fill() throws(JournalError) -> Bool {
        if used > 0 {
            buffer.removeFirst(used)
            bufferStart += used
            used = 0
        }
        let more = try Files.read(path, descriptor, at: bufferStart + buffer.count, count: Self.chunk)
        buffer += more
        return !more.isEmpty
    }
}
