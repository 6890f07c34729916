/// A machine of the inventory and how to log in to it.
package struct Host: Sendable, Equatable {
    package var name: HostName
    /// DNS name or IP address.
    package var address: String
    /// 1 to 65535.
    package var port: Int
    package var user: String
    package var authentication: Authentication
    package var hostKeyPolicy: HostKeyPolicy
    /// Connect, handshake and authentication together.
    package var timeout: Duration
    /// What the inventory says of the operating system; facts win, a difference is warned about.
    package var osTypeHint: String?
    /// What the inventory says is installed; facts win, a difference is warned about.
    package var installedServicesHint: [String]
    /// Values for runbooks and templates, host over group over defaults.
    package var variables: [String: String]
    /// The known_hosts file that the coordinator reads for this host.
    package var knownHosts: String?
    /// Whether the login user may become root by sudo.
    package var maySudo: Bool
    /// Commands that are forbidden on this host, beside the built-in policy.
    package var forbiddenCommands: [String]
    /// A ledger directory of its own on the host; for test fleets behind one sshd.
    package var ledger: String?
    /// What the worker reaches it with, and through.
    package var connection: ConnectionWay
    /// A label, or the name, that a worker must have to reach it; nil: any worker may.
    package var worker: String?

    package init(
        name: HostName, address: String, port: Int = 22, user: String, authentication: Authentication,
        hostKeyPolicy: HostKeyPolicy = .strict, timeout: Duration = .seconds(30), osTypeHint: String? = nil,
        installedServicesHint: [String] = [], variables: [String: String] = [:], knownHosts: String? = nil, maySudo: Bool = true,
        forbiddenCommands: [String] = [], ledger: String? = nil, connection: ConnectionWay = ConnectionWay(), worker: String? = nil
    ) {
        self.name = name
        self.address = address
        self.port = port
        self.user = user
        self.authentication = authentication
        self.hostKeyPolicy = hostKeyPolicy
        self.timeout = timeout
        self.osTypeHint = osTypeHint
        self.installedServicesHint = installedServicesHint
        self.variables = variables
        self.knownHosts = knownHosts
        self.maySudo = maySudo
        self.forbiddenCommands = forbiddenCommands
        self.ledger = ledger
        self.connection = connection
        self.worker = worker
    }
}

/// What a worker reaches a host with, and through.
package struct ConnectionWay: Sendable, Equatable {
    package var transport: Transport
    /// `[user@]host[:port]`, several with commas between; needs OpenSSH.
    package var proxyJump: String?
    /// The configuration file of ssh(1) on the worker's machine, instead of the user's and the system's; needs OpenSSH.
    package var sshConfiguration: String?

    package init(transport: Transport = .auto, proxyJump: String? = nil, sshConfiguration: String? = nil) {
        self.transport = transport
        self.proxyJump = proxyJump
        self.sshConfiguration = sshConfiguration
    }
}

/// What carries the connections to a host.
package enum Transport: String, Hashable, Sendable, CaseIterable {
    /// libssh2 where it can, else OpenSSH.
    case auto
    case libssh2
    /// The system's `ssh`, a process for each connection.
    case openssh
}

/// How a worker proves who it is to a host.
package enum Authentication: Hashable, Sendable {
    /// A private key file on the worker's machine.
    case key(path: String, passphrase: SecretReference?)
    /// The ssh-agent of the worker's environment.
    case agent
    case password(SecretReference)
    case keyboardInteractive(SecretReference)
}

/// What to do about a host's key (ssh_config(5), StrictHostKeyChecking).
package enum HostKeyPolicy: String, Hashable, Sendable, CaseIterable {
    /// Only keys that are known already.
    case strict
    /// An unknown host's key is taken and remembered; a changed one is refused.
    case acceptNew = "accept-new"
    /// Any key: open to whoever sits between. Said loudly on every run.
    case off
}
