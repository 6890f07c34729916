package import SSH

/// Where `ssh` is to log in, and what of its own configuration it is to use.
package struct OpenSSHTarget: Sendable {
    package var login: SSHTarget
    /// `[user@]host[:port]`, several with commas between (ProxyJump of ssh_config(5)); nil leaves it to ssh's configuration.
    package var proxyJump: String?
    /// The file for `-F`; nil for the files that ssh reads by itself.
    package var configurationFile: String?

    package init(login: SSHTarget, proxyJump: String? = nil, configurationFile: String? = nil) {
        self.login = login
        self.proxyJump = proxyJump
        self.configurationFile = configurationFile
    }

    /// The server that sees the login first, and may limit it.
    var gate: String { proxyJump ?? login.endpoint }
}
