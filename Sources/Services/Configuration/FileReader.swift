import Glibc

/// Reads whole small files.
package enum FileReader {
    package enum Outcome {
        case content([UInt8])
        case missing
        case failed(String)
    }

    /// - Parameter limit: more bytes than this are an error.
    package static func read(_ path: String, limit: Int) -> Outcome {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return errno == ENOENT || errno == ENOTDIR ? .missing : .failed(message()) }
        defer { close(descriptor) }
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

    // SAFETY: strerror's text is copied at once.
    private static func message() -> String { unsafe String(cString: strerror(errno)) }
}
