/// Where a secret is to be found; never the secret itself. Resolved in the process that uses it.
package enum SecretReference: Hashable, Sendable, CustomStringConvertible {
    /// An environment variable: `env:NAME`.
    case environment(String)
    /// A file whose content, less one trailing newline, is the secret: `file:PATH`.
    case file(String)
    /// A systemd credential (systemd.exec(5), `LoadCredential=`): `credential:NAME`.
    case credential(String)

    /// Reads `env:NAME`, `file:PATH` or `credential:NAME`; nil for anything else.
    package init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let rest = String(text[text.index(after: colon)...])
        guard !rest.isEmpty else { return nil }
        switch text[..<colon] {
        case "env": self = .environment(rest)
        case "file": self = .file(rest)
        case "credential": self = .credential(rest)
        default: return nil
        }
    }

    package var description: String {
        switch self {
        case .environment(let name): "env:\(name)"
        case .file(let path): "file:\(path)"
        case .credential(let name): "credential:\(name)"
        }
    }
}
