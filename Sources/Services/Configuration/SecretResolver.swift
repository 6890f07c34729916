import Glibc
package import Model

/// A secret's value; prints as `<redacted>`.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package let bytes: [UInt8]
    package init(_ bytes: [UInt8]) { self.bytes = bytes }
    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Why a secret could not be had.
package enum SecretError: Error, Equatable, CustomStringConvertible {
    case notSet(SecretReference)
    case unreadable(SecretReference, String)
    case tooOpen(SecretReference, mode: String)

    package var description: String {
        switch self {
        case .notSet(let reference): "the secret \(reference) is not set — set it where this process runs"
        case .unreadable(let reference, let reason): "the secret \(reference) can't be read: \(reason)"
        case .tooOpen(let reference, let mode): "the secret \(reference) can be read by others (mode \(mode)) — chmod 600 it"
        }
    }
}

/// Turns secret references into secrets, in the process that uses them.
package struct SecretResolver: Sendable {
    private let environment: [String: String]

    package init(environment: [String: String]) { self.environment = environment }

    package func resolve(_ reference: SecretReference) throws(SecretError) -> Secret {
        switch reference {
        case .environment(let name):
            guard let value = environment[name], !value.isEmpty else { throw .notSet(reference) }
            return Secret(Array(value.utf8))
        case .file(let path):
            let path = path.hasPrefix("~/") ? (environment["HOME"] ?? "/root") + path.dropFirst() : path
            try checkMode(path, reference)
            return try file(path, reference)
        case .credential(let name):
            guard let directory = environment["CREDENTIALS_DIRECTORY"] else { throw .notSet(reference) }
            guard !name.contains("/") else { throw .unreadable(reference, "a credential's name has no '/'") }
            return try file(directory + "/" + name, reference)
        }
    }

    private func file(_ path: String, _ reference: SecretReference) throws(SecretError) -> Secret {
        switch FileReader.read(path, limit: 64 << 10) {
        case .content(var bytes):
            if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
            guard !bytes.isEmpty else { throw .unreadable(reference, "it is empty") }
            return Secret(bytes)
        case .missing: throw .unreadable(reference, "there is no such file")
        case .failed(let reason): throw .unreadable(reference, reason)
        }
    }

    private func checkMode(_ path: String, _ reference: SecretReference) throws(SecretError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return }
        let mode = status.st_mode & 0o777
        guard mode & 0o077 == 0 else { throw .tooOpen(reference, mode: String(mode, radix: 8)) }
    }
}
