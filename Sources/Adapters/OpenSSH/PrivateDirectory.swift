import CShims
import Glibc

/// A directory that only we can enter, for the time of a login.
@safe struct PrivateDirectory: ~Copyable {
    private let path: String
    var knownHosts: String { path + "/known_hosts" }

    private init(path: String) { self.path = path }

    /// Makes it, with the text as its file `known_hosts`. Throws the error number.
    static func make(in parent: String, knownHosts text: String) throws(SSHProcess.StartFailure) -> PrivateDirectory {
        var template = Array((parent + "/muster-ssh-XXXXXX").utf8CString)
        // SAFETY: the array ends with NUL and is ours; mkdtemp writes its last six letters.
        let made = unsafe template.withUnsafeMutableBufferPointer { letters in
            unsafe letters.baseAddress.flatMap { unsafe mkdtemp($0) }.map { unsafe String(cString: $0) }
        }
        guard let made else { throw SSHProcess.StartFailure(code: muster_errno()) }
        let directory = PrivateDirectory(path: made)
        try directory.write(Array(text.utf8))
        return directory
    }

    private func write(_ bytes: [UInt8]) throws(SSHProcess.StartFailure) {
        let descriptor = unsafe open(knownHosts, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SSHProcess.StartFailure(code: muster_errno()) }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            // SAFETY: the slice lives through the call.
            let count = unsafe bytes[written...].withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw SSHProcess.StartFailure(code: muster_errno()) }
            written += count
        }
    }

    deinit {
        unsafe unlink(path + "/known_hosts")
        unsafe unlink(path + "/known_hosts.old")
        unsafe rmdir(path)
    }

    /// What stands in the file now; at most 64 KiB.
    var content: String {
        let descriptor = unsafe open(knownHosts, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        // SAFETY: the buffer is ours and has the size told.
        let count = unsafe read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
