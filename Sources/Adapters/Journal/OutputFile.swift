import Glibc
import Threads

/// What became of a piece of output.
package enum OutputOutcome: Sendable, Equatable {
    case kept
    /// The file reached its limit: a part of these bytes at most, and nothing after them, is kept. Told once.
    case limitReached
    /// It could not be written. Told once, until something can be written again.
    case failed(reason: String)
    /// Not kept, for a reason that was told before.
    case dropped
}

/// What the commands of one host printed: a file of frames below the run directory, `output/NAME.log`.
///
/// Bounded, binary safe, and not as durable as the journal: nothing waits for the disk. One object writes a file (the
/// directory's lock sees to that), any number of `OutputReader`s read. No descriptor stays open, since a run may have
/// thousands of hosts. Calls block for as long as the page cache takes.
package final class OutputFile: Sendable {
    package static let defaultLimit = 16 << 20

    /// The file.
    package let path: String
    /// Bytes of a torn frame, or of damage, that opening cut off the end.
    package let bytesCut: Int
    private let limit: Int
    private let state: Lock<State>

    private struct State {
        /// Where the next frame goes.
        var end: Int
        var isFull: Bool
        /// Bytes behind `end` may have to be cut off first.
        var isTorn = false
        /// The trouble was told.
        var isTold = false
    }

    /// The file of a name, which no name lets be outside the directory.
    package static func path(directory: String, name: String) -> String {
        "\(directory)/output/\(PercentEncoding.encode(name, limit: 240)).log"
    }

    /// Opens the file of `name` for appending, or makes it. `limit` is the most bytes that it may have.
    package init(directory: String, name: String, limit: Int = defaultLimit) throws(JournalError) {
        path = Self.path(directory: directory, name: name)
        self.limit = limit
        try Files.makeDirectory("\(directory)/output")
        let descriptor = try Files.open(path, O_WRONLY | O_CREAT | O_NONBLOCK)
        defer { close(descriptor) }
        let reader = OutputReader(directory: directory, name: name)
        var isFull = false
        do throws(JournalError) {
            while !isFull, let item = try reader.next() { isFull = item == .limitReached }
        } catch .damagedOutput {
            // Cut off like a torn end, and told in `bytesCut`: frames behind the damage can't be found.
        }
        let end = reader.position
        bytesCut = max(0, (Files.size(of: path) ?? end) - end)
        if bytesCut > 0, ftruncate(descriptor, off_t(end)) != 0 { throw Files.unusable(path) }
        state = Lock(State(end: end, isFull: isFull))
    }

    /// Appends what a command printed. A full disk is told, not thrown: output is not worth a run.
    package func append(_ frame: OutputFrame) -> OutputOutcome {
        state.withLock { state in
            guard !state.isFull else { return .dropped }
            let (content, fits) = content(frame, room: limit - state.end - OutputFrame.limitLine.count)
            if let reason = write(content, &state) {
                defer { state.isTold = true }
                return state.isTold ? .dropped : .failed(reason: reason)
            }
            state.isTold = false
            state.isFull = !fits
            return fits ? .kept : .limitReached
        }
    }

    /// The frames of as many bytes as there is room for, and the last line when that is not all.
    private func content(_ frame: OutputFrame, room: Int) -> (content: [UInt8], fits: Bool) {
        var content: [UInt8] = [], rest = frame.bytes[...], offset = frame.offset
        repeat {
            var part = frame
            part.offset = offset
            // The header, the line end, and the bytes.
            let count = min(rest.count, OutputFrame.bytesLimit, room - content.count - OutputFrame.headerLimit)
            guard count > 0 || frame.bytes.isEmpty && count == 0 else { return (content + OutputFrame.limitLine, false) }
            part.bytes = Array(rest.prefix(count))
            content += part.encoded()
            rest = rest.dropFirst(count)
            offset &+= UInt64(count)
        } while !rest.isEmpty
        return (content, true)
    }

    /// Writes all of it, or nothing. Returns why it could not.
    private func write(_ content: [UInt8], _ state: inout State) -> String? {
        let descriptor: Int32
        do throws(JournalError) {
            descriptor = try Files.open(path, O_WRONLY | O_NONBLOCK)
        } catch {
            return "\(error)"
        }
        defer { close(descriptor) }
        if state.isTorn, ftruncate(descriptor, off_t(state.end)) != 0 { return "\(Files.unusable(path))" }
        let code = Files.write(content, to: descriptor, at: state.end)
        state.isTorn = code != 0 && ftruncate(descriptor, off_t(state.end)) != 0
        guard code == 0 else { return "\(path) can't be written: \(Files.errorText(code))" }
        state.end += content.count
        return nil
    }
}
