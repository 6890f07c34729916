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
        case .notSet(let reference): "the secret \(reference) is not set — set it where this process runs, or name another in the configuration"
        case .unreadable(let reference, let reason): "the secret \(reference) can't be read: \(reason) — check it where this process runs"
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
            switch FileReader.readPrivate(path, limit: Self.limit) {
            case .tooOpen(let mode): throw .tooOpen(reference, mode: mode)
            case .read(let outcome): return try secret(outcome, reference)
            }
        case .credential(let name):
            guard let directory = environment["CREDENTIALS_DIRECTORY"] else { throw .notSet(reference) }
            guard !name.contains("/") else { throw .unreadable(reference, "a credential's name has no '/'") }
            // systemd keeps the directory closed to others; the files' own modes are its business.
            return try secret(FileReader.read(directory + "/" + name, limit: Self.limit), reference)
        }
    }

    private static let limit = 64 << 10

    private func secret(_ outcome: FileReader.Outcome, _ reference: SecretReference) throws(SecretError) -> Secret {
        switch outcome {
        case .content(var bytes):
            if bytes.last == UInt8(ascii: "\n") {
                bytes.removeLast()
                if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
            }
            guard !bytes.isEmpty else { throw .unreadable(reference, "it is empty") }
            return Secret(bytes)
        case .missing: throw .unreadable(reference, "there is no such file")
        case .failed(let reason): throw .unreadable(reference, reason)
        }
    }
}
