package import KnownHosts

/// Where to log in, as whom and how.
package struct SSHTarget: Sendable {
    /// The host's name for messages.
    package var name: String
    package var address: String
    package var port: Int
    package var user: String
    package var credential: SSHCredential
    package var hostKeys: SSHHostKeyRule
    /// Connect, handshake and authentication together, counted from the moment a login slot is free.
    package var timeout: Duration
    package var keepAlive = KeepAlive()

    /// How a dead link is found (as ServerAliveInterval and ServerAliveCountMax of ssh_config(5)).
    package struct KeepAlive: Sendable {
        package var interval: Duration = .seconds(15)
        package var maximumUnanswered = 3
        package init() {}
    }

    package init(
        name: String, address: String, port: Int = 22, user: String, credential: SSHCredential, hostKeys: SSHHostKeyRule,
        timeout: Duration = .seconds(30)
    ) {
        self.name = name
        self.address = address
        self.port = port
        self.user = user
        self.credential = credential
        self.hostKeys = hostKeys
        self.timeout = timeout
    }

    /// What of this login libssh2 can't do and OpenSSH can, as far as it shows before connecting; nil if nothing does.
    package var beyondLibrary: String? {
        if case .privateKey(_, let content, _) = credential, let what = PrivateKeyFile.beyondLibrary(content: content.bytes) { return what }
        if case .pinned(let keys) = hostKeys, !keys.isEmpty, !PrivateKeyFile.supportsRSA, keys.allSatisfy({ $0.algorithm == "ssh-rsa" }) {
            return "only an RSA key of the host is known, which libssh2 \(PrivateKeyFile.libraryVersion) can't check"
        }
        return nil
    }

    package var endpoint: String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }
}

/// A secret on its way to the server; prints as `<redacted>`.
package struct SSHSecret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package let bytes: [UInt8]
    package init(_ bytes: [UInt8]) { self.bytes = bytes }
    package init(_ text: String) { bytes = Array(text.utf8) }
    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// How to prove who we are.
package enum SSHCredential: Sendable, Hashable {
    /// The content of a private key file; `path` is only for messages.
    case privateKey(path: String, content: SSHSecret, passphrase: SSHSecret?)
    /// The ssh-agent at SSH_AUTH_SOCK.
    case agent
    case password(SSHSecret)
    case keyboardInteractive(SSHSecret)

    /// For messages: what was tried.
    package var label: String {
        switch self {
        case .privateKey(let path, _, _): "key \(path)"
        case .agent: "the keys of ssh-agent"
        case .password: "a password"
        case .keyboardInteractive: "keyboard-interactive"
        }
    }
}

/// Which host keys are accepted.
package enum SSHHostKeyRule: Sendable, Hashable {
    /// Exactly these.
    case pinned([HostPublicKey])
    /// Any: the caller looks at `SSHConnection.hostKey` and decides what that means.
    case any
}
