import Glibc

/// Reads whole small files.
package enum FileReader {
    package enum Outcome: Equatable {
        case content([UInt8])
        case missing
        case failed(String)
    }

    /// What reading a file with a secret gives.
    enum PrivateOutcome: Equatable {
        case read(Outcome)
        /// Its mode, in octal digits, lets others read or write it.
        case tooOpen(mode: String)
    }

    /// - Parameter limit: more bytes than this are an error.
    package static func read(_ path: String, limit: Int) -> Outcome {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return opening() }
        defer { close(descriptor) }
        return read(descriptor, limit)
    }

    /// Reads standard input to its end.
    package static func readStandardInput(limit: Int) -> Outcome { read(0, limit) }

    /// Reads a file that only its owner may read: asked of the open file, so that it can't be exchanged in between.
    static func readPrivate(_ path: String, limit: Int) -> PrivateOutcome {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return .read(opening()) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return .read(.failed(message())) }
        guard status.st_mode & 0o077 == 0 else { return .tooOpen(mode: String(status.st_mode & 0o777, radix: 8)) }
        return .read(read(descriptor, limit))
    }

    private static func read(_ descriptor: Int32, _ limit: Int) -> Outcome {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return .content(bytes) }
            if count < 0 {
                if errno == EINTR { continue }
                return .failed(message())
            }
            bytes += chunk.prefix(count)
            guard bytes.count <= limit else { return .failed("it has more than \(limit) bytes") }
        }
    }

    private static func opening() -> Outcome { errno == ENOENT || errno == ENOTDIR ? .missing : .failed(message()) }

    // SAFETY: strerror's text is copied at once.
    private static func message() -> String { unsafe String(cString: strerror(errno)) }
}
