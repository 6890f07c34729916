import KnownHosts
import SSH

/// The arguments of ssh(1). What stands there wins over ssh's configuration files.
enum SSHArguments {
    /// The name that host keys are looked up by: neither address, port nor the configuration's aliases matter then.
    static let alias = "muster-host"

    /// - Parameters:
    ///   - knownHosts: path of a file of our own with the keys that the host may present; a key that is taken is written there.
    ///   - limit: for connecting and the handshake.
    static func logIn(_ target: OpenSSHTarget, knownHosts: String, limit: Duration, commandLine: String) -> [String] {
        var arguments = common(target, knownHosts: knownHosts, limit: limit)
        let isPinned = if case .pinned = target.login.hostKeys { true } else { false }
        arguments += options(["StrictHostKeyChecking=\(isPinned ? "yes" : "accept-new")"])
        if case .privateKey(let path, _, _) = target.login.credential {
            // ssh expands percent signs in the path.
            arguments += options(["IdentitiesOnly=yes"]) + ["-i", escaped(path)]
        }
        return arguments + ["--", target.login.address, commandLine]
    }

    /// A login without any credential: it fails, but the key that the host presents is then in `knownHosts`, a file without keys.
    static func askForHostKey(_ target: OpenSSHTarget, knownHosts: String, limit: Duration) -> [String] {
        common(target, knownHosts: knownHosts, limit: limit)
            + options(["StrictHostKeyChecking=accept-new", "PreferredAuthentications=none", "PubkeyAuthentication=no", "GSSAPIAuthentication=no"])
            + ["--", target.login.address, "exit"]
    }

    /// The lines of the file that ssh holds the host to.
    static func knownHosts(_ rule: SSHHostKeyRule) -> String {
        switch rule {
        case .pinned(let keys): keys.map { KnownHosts.line(host: alias, port: 22, key: $0) }.joined()
        case .any: ""
        }
    }

    private static func common(_ target: OpenSSHTarget, knownHosts: String, limit: Duration) -> [String] {
        let login = target.login
        var arguments = ["-T", "-x", "-a", "-e", "none"]
        if let file = target.configurationFile { arguments += ["-F", file] }
        if let jump = target.proxyJump { arguments += options(["ProxyJump=\(jump)"]) }
        arguments += ["-p", "\(login.port)", "-l", login.user]
        return arguments
            + options([
                "BatchMode=yes", "ConnectTimeout=\(seconds(limit))", "ConnectionAttempts=1",
                "ServerAliveInterval=\(seconds(login.keepAlive.interval))", "ServerAliveCountMax=\(login.keepAlive.maximumUnanswered)",
                "UserKnownHostsFile=\"\(escaped(knownHosts))\"", "GlobalKnownHostsFile=/dev/null", "HostKeyAlias=\(alias)", "HashKnownHosts=no",
                "UpdateHostKeys=no", "CheckHostIP=no", "KnownHostsCommand=none",
                // DNS must not vouch for a key that the coordinator does not know.
                "VerifyHostKeyDNS=no", "ControlMaster=no", "ControlPath=none", "ControlPersist=no", "ForwardAgent=no", "ClearAllForwardings=yes",
                "PermitLocalCommand=no", "RemoteCommand=none", "RequestTTY=no",
                // Says "Authenticated to …", and nothing of what debugging would.
                "LogLevel=VERBOSE",
            ])
    }

    private static func options(_ values: [String]) -> [String] { values.flatMap { ["-o", $0] } }
    private static func escaped(_ path: String) -> String { path.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%") }

    /// Rounded up: nought would mean none.
    private static func seconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return max(1, attoseconds > 0 ? seconds + 1 : seconds)
    }
}
