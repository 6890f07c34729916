import Journal
import Model
import Threads

/// The output of a run's commands: one bounded file for each host, beside the journal.
final class RunOutputs: Sendable {
    private struct Key: Hashable {
        let job: JobID
        let attempt: Int
        let isError: Bool
    }
    private struct State {
        var files: [HostName: OutputFile] = [:]
        /// How far each stream is kept: pieces come again.
        var ends: [Key: UInt64] = [:]
    }
    private let directory: String
    private let limit: Int
    private let state = Lock(State())

    init(directory: String, limit: Int) {
        self.directory = directory
        self.limit = limit
    }

    /// The file of a host. What another process has kept there is known by then: its pieces come again to the one that goes on.
    private func open(_ host: HostName, _ state: inout State) throws(JournalError) -> OutputFile {
        if let file = state.files[host] { return file }
        let file = try OutputFile(directory: directory, name: host.value, limit: limit)
        let reader = OutputReader(directory: directory, name: host.value)
        while case .frame(let frame)? = try reader.next() {
            let key = Key(job: JobID(frame.job), attempt: frame.attempt, isError: frame.stream == .error)
            state.ends[key] = max(state.ends[key] ?? 0, frame.offset + UInt64(frame.bytes.count))
        }
        state.files[host] = file
        return file
    }

    /// Keeps what is new of a piece. Returns what is worth a log line.
    func keep(_ host: HostName, _ job: JobID, attempt: Int, isError: Bool, offset: UInt64, _ bytes: [UInt8]) -> String? {
        let key = Key(job: job, attempt: attempt, isError: isError)
        return state.withLock { state in
            let file: OutputFile
            do { file = try open(host, &state) } catch { return "\(error)" }
            let end = state.ends[key] ?? 0
            guard offset + UInt64(bytes.count) > end else { return nil }
            let fresh = offset < end ? Array(bytes.dropFirst(Int(end - offset))) : bytes
            let start = max(offset, end)
            state.ends[key] = offset + UInt64(bytes.count)
            switch file.append(OutputFrame(job: job.value, attempt: attempt, stream: isError ? .error : .output, offset: start, bytes: fresh)) {
            case .kept, .dropped: return nil
            case .limitReached: return "more than \(limit >> 20) MiB of output of \(host) is not kept"
            case .failed(let reason): return "output of \(host) is not kept: \(reason)"
            }
        }
    }
}
