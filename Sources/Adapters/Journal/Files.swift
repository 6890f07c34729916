import CShims
import Glibc

/// System calls on files and directories, with errors that name them.
enum Files {
    static func errorText(_ code: Int32 = muster_errno()) -> String {
        // SAFETY: glibc's strerror returns a text that stays until the thread's next call; it is copied at once.
        unsafe String(cString: strerror(code))
    }

    static func unusable(_ path: String) -> JournalError { .unusable(path, reason: errorText()) }

    /// Opens a file close-on-exec, and not through a link in its last part. Throws `.unusable`.
    static func open(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws(JournalError) -> Int32 {
        while true {
            // SAFETY: the path becomes a C string for the time of the call; so below.
            let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC | O_NOFOLLOW, mode)
            if descriptor >= 0 { return descriptor }
            guard muster_errno() == EINTR else { throw unusable(path) }
        }
    }

    /// Makes a file that was not there. Throws `.exists`, `.unusable`.
    static func create(_ path: String) throws(JournalError) {
        do throws(JournalError) {
            close(try open(path, O_WRONLY | O_CREAT | O_EXCL))
        } catch {
            throw exists(path) ? .exists(path) : error
        }
    }

    static func remove(_ path: String) { unsafe _ = unlink(path) }

    static func exists(_ path: String) -> Bool { size(of: path) != nil }

    /// Size by name, without opening: closing a descriptor of a database file would drop the locks that SQLite has on it.
    static func size(of path: String) -> Int? {
        var status = stat()
        // SAFETY: `status` outlives the call.
        return unsafe stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// Refuses a directory, there or still to be made, on a file system whose locks may not hold.
    static func refuseNetwork(_ directory: String) throws(JournalError) {
        var path = directory
        while true {
            let type = unsafe muster_file_system_type(path)
            if type >= 0 {
                guard let kind = FileSystemKind.network(magic: UInt32(truncatingIfNeeded: type)) else { return }
                throw .networkFileSystem(directory: directory, kind: kind)
            }
            guard muster_errno() == ENOENT, let above = parent(of: path) else { throw unusable(path) }
            path = above
        }
    }

    /// Makes a directory and those above it, for nobody else to enter. One that is there stays as it is.
    static func makeDirectory(_ path: String) throws(JournalError) {
        if unsafe mkdir(path, 0o700) == 0 {
            // Or a power cut could take the directory, and all in it, away again.
            return try synchronize(parent(of: path) ?? ".")
        }
        switch muster_errno() {
        case EEXIST:
            guard isDirectory(path) else { throw .unusable(path, reason: "it is not a directory") }
        case ENOENT:
            guard let above = parent(of: path) else { throw unusable(path) }
            try makeDirectory(above)
            try makeDirectory(path)
        default: throw unusable(path)
        }
    }

    /// fsync(2) of a file or directory.
    static func synchronize(_ path: String) throws(JournalError) {
        let descriptor = try open(path, O_RDONLY)
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw unusable(path) }
    }

    /// Bytes that programs without privileges may still write where `path` is.
    static func freeSpace(at path: String) throws(JournalError) -> UInt64 {
        var status = statvfs()
        // SAFETY: `status` outlives the call.
        guard unsafe statvfs(path, &status) == 0 else { throw unusable(path) }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }

    /// Writes all bytes at an offset. Returns errno, 0 for success; what was written of a failed write stays.
    static func write(_ bytes: [UInt8], to descriptor: Int32, at offset: Int) -> Int32 {
        var written = 0
        while written < bytes.count {
            // SAFETY: the buffer is the rest of `bytes`, which outlives the call.
            let count = unsafe bytes[written...].withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset + written)) }
            if count < 0, muster_errno() == EINTR { continue }
            guard count > 0 else { return count < 0 ? muster_errno() : EIO }
            written += count
        }
        return 0
    }

    /// Up to `count` bytes from an offset; fewer only at the end of the file. Throws `.unusable`.
    static func read(_ path: String, _ descriptor: Int32, at offset: Int, count: Int) throws(JournalError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count), filled = 0
        while filled < count {
            // SAFETY: the buffer is the rest of `bytes`, which outlives the call.
            let got = unsafe bytes[filled...].withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, off_t(offset + filled)) }
            if got < 0, muster_errno() == EINTR { continue }
            guard got >= 0 else { throw unusable(path) }
            if got == 0 { break }
            filled += got
        }
        bytes.removeLast(count - filled)
        return bytes
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        // SAFETY: `status` outlives the call.
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The directory above; nil for the last one.
    static func parent(of path: String) -> String? {
        var trimmed = path[...]
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed = trimmed.dropLast() }
        guard trimmed != "/", trimmed != "." else { return nil }
        guard let slash = trimmed.lastIndex(of: "/") else { return "." }
        return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    }
}
