import CShims
import Glibc

/// A directory for ipc sockets that nobody else can enter.
package enum PrivateDirectory {
    /// Longest path of a Unix socket: sun_path of unix(7) less its NUL.
    static let pathLimit = 107

    /// Makes a fresh directory under `parent`; returns its path.
    package static func make(under parent: String, prefix: String) throws(ZeroMQError) -> String {
        var template = Array("\(parent)/\(prefix)XXXXXX".utf8CString)
        // SAFETY: mkdtemp(3) writes into the template, which stays its size. It makes the directory with mode 0700.
        guard unsafe mkdtemp(&template) != nil else {
            throw .directoryNotPrivate(parent, reason: unsafe String(cString: strerror(muster_errno())))
        }
        return CurveKeyPair.text(template)
    }

    /// The ipc endpoint of a socket file in a directory.
    package static func endpoint(_ directory: String, _ name: String) throws(ZeroMQError) -> String {
        let path = "\(directory)/\(name)"
        guard path.utf8.count <= pathLimit else { throw .pathTooLong(path, limit: pathLimit) }
        return "ipc://\(path)"
    }
}
