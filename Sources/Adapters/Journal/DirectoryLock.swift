import CShims
import Glibc

/// Who holds a directory's lock.
package struct LockOwner: Sendable, Equatable, CustomStringConvertible {
    /// Nil when the owner has not written it down yet.
    package var pid: Int32?
    /// When that process started, in the kernel's clock ticks since boot (proc(5), field 22 of stat).
    package var startTicks: UInt64?

    package init(pid: Int32? = nil, startTicks: UInt64? = nil) {
        self.pid = pid
        self.startTicks = startTicks
    }

    package var description: String { pid.map { "the running process \($0)" } ?? "another running process" }

    /// This process.
    static var current: LockOwner {
        guard let descriptor = try? Files.open("/proc/self/stat", O_RDONLY) else { return LockOwner(pid: getpid()) }
        defer { close(descriptor) }
        let text = (try? Files.read("/proc/self/stat", descriptor, at: 0, count: 4096)) ?? []
        // The second field is the program's name in parentheses, which may hold blanks; the third comes after the last ')'.
        let fields = String(decoding: text, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
        return LockOwner(pid: getpid(), startTicks: fields.count > 19 ? UInt64(fields[19]) : nil)
    }

    /// As the lock file holds it: `PID START` and a line end.
    var line: String { "\(pid ?? 0) \(startTicks ?? 0)\n" }

    init(line: [UInt8]) {
        let fields = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard fields.count == 2, let pid = Int32(fields[0]), pid > 0 else { return }
        self.pid = pid
        startTicks = UInt64(fields[1]).flatMap { $0 > 0 ? $0 : nil }
    }
}

/// An exclusive flock(2) on the file `lock` of a directory, for as long as this object lives or until `release`.
///
/// The kernel drops it when the process ends, however it ends. Children don't inherit it: the descriptor is close-on-exec.
package final class DirectoryLock: Sendable {
    private let descriptor: Int32

    /// Throws `.owned` at once when another holds it.
    package init(directory: String) throws(JournalError) {
        let path = Self.path(in: directory)
        let descriptor = try Files.open(path, O_RDWR | O_CREAT)
        guard Self.take(descriptor) else {
            let code = muster_errno()
            let owner = Self.readOwner(path, descriptor)
            close(descriptor)
            throw code == EWOULDBLOCK ? .owned(directory, by: owner) : .unusable(path, reason: Files.errorText(code))
        }
        var code = ftruncate(descriptor, 0) == 0 ? 0 : muster_errno()
        if code == 0 { code = Files.write(Array(LockOwner.current.line.utf8), to: descriptor, at: 0) }
        guard code == 0 else {
            close(descriptor)
            throw code == ENOSPC ? .full(path) : .unusable(path, reason: Files.errorText(code))
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Whether a living process holds the lock of a directory, and which. Makes no file; nil where there is none.
    package static func owner(of directory: String) throws(JournalError) -> LockOwner? {
        let path = path(in: directory)
        guard Files.exists(path) else { return nil }
        let descriptor = try Files.open(path, O_RDONLY)
        defer { close(descriptor) }
        // Closing releases it at once; `take` waits that moment out.
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return nil }
        guard muster_errno() == EWOULDBLOCK else { throw Files.unusable(path) }
        return readOwner(path, descriptor)
    }

    private static func path(in directory: String) -> String { "\(directory)/lock" }

    /// Tries for a tenth of a second: whoever asks for the owner holds the lock for a moment.
    private static func take(_ descriptor: Int32) -> Bool {
        for _ in 0..<10 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard muster_errno() == EWOULDBLOCK || muster_errno() == EINTR else { return false }
            _ = poll(nil, 0, 10)
        }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    private static func readOwner(_ path: String, _ descriptor: Int32) -> LockOwner {
        // An owner that can't be read is unknown; that there is one is certain.
        LockOwner(line: (try? Files.read(path, descriptor, at: 0, count: 64)) ?? [])
    }
}
