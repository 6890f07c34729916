package import KnownHosts

/// Why a host could not be reached, or a channel of its connection could not be used. Every description is one line:
/// what, where, what to do.
package enum SSHError: Error, Equatable, CustomStringConvertible {
    /// What was being waited for when time ran out.
    package enum Phase: String, Sendable {
        case connect = "connecting", handshake = "the SSH handshake", authentication = "authentication", channel = "opening a channel"
    }

    case nameNotFound(host: String, address: String, reason: String)
    case refused(host: String, endpoint: String)
    case unreachable(host: String, endpoint: String, reason: String)
    case timedOut(host: String, endpoint: String, phase: Phase, after: Duration)
    /// The server closed the connection before it said anything, until time ran out: it limits logins.
    case overloaded(host: String, endpoint: String)
    case handshakeFailed(host: String, endpoint: String, reason: String)
    case authenticationFailed(host: String, user: String, tried: String, offered: [String])
    case hostKeyUnknown(host: String, endpoint: String, presented: HostPublicKey)
    case hostKeyChanged(host: String, endpoint: String, expected: [HostPublicKey], presented: HostPublicKey)
    /// The key can't be used, by this build of libssh2 or at all; mostly found before connecting.
    case keyUnusable(host: String, path: String, reason: String)
    /// libssh2 can't log in there, but OpenSSH may.
    case beyondLibrary(host: String, what: String)
    /// The worker's machine has no program `ssh`.
    case noClient(host: String)
    /// OpenSSH takes no password from a program.
    case passwordUnusable(host: String)
    case connectionLost(host: String, reason: String)
    case channelRefused(host: String, reason: String)
    case channelLimit(host: String, limit: Int)
    /// The command has ended, or its input or channel was closed.
    case channelEnded(host: String)
    case closed(host: String)

    package var description: String {
        switch self {
        case .nameNotFound(let host, let address, let reason):
            "\(host): the name '\(address)' can't be resolved (\(reason)) — check the address in the inventory"
        case .refused(let host, let endpoint):
            "\(host): \(endpoint) refused the connection — is sshd running, and is the port right?"
        case .unreachable(let host, let endpoint, let reason):
            "\(host): \(endpoint) can't be reached (\(reason)) — is the machine up, and is there a route to it?"
        case .timedOut(let host, let endpoint, let phase, let after):
            "\(host): \(endpoint) did not answer within \(Self.seconds(after)) s (\(phase.rawValue)) — is the machine up, does a firewall drop packets?"
        case .overloaded(let host, let endpoint):
            "\(host): \(endpoint) keeps closing connections before saying anything — it limits logins (MaxStartups, PerSourcePenalties); try again later"
        case .handshakeFailed(let host, let endpoint, let reason):
            "\(host): no SSH handshake with \(endpoint): \(reason)"
        case .authenticationFailed(let host, let user, let tried, let offered):
            "\(host): login as '\(user)' with \(tried) was refused; the server offers \(offered.isEmpty ? "nothing" : offered.joined(separator: ", ")) — check the key or password, and the account"
        case .hostKeyUnknown(let host, let endpoint, let presented):
            "\(host): the host key of \(endpoint) is not known: \(presented) — compare it on the host (ssh-keygen -lf /etc/ssh/ssh_host_*.pub) and add it to known_hosts, or use host_keys: accept-new"
        case .hostKeyChanged(let host, let endpoint, let expected, let presented):
            "\(host): the host key of \(endpoint) has changed: known \(expected.map(\.description).joined(separator: ", ")), presented \(presented) — somebody may be listening in; if the host was reinstalled, remove the old key with ssh-keygen -R"
        case .keyUnusable(let host, let path, let reason): "\(host): key \(path): \(reason)"
        case .beyondLibrary(let host, let what): "\(host): \(what) — set transport: auto or openssh to use the system's ssh"
        case .noClient(let host): "\(host): there is no program ssh in the worker's PATH — install it on the worker's machine (apt-get install openssh-client)"
        case .passwordUnusable(let host): "\(host): a password can't be given to OpenSSH — use a key, or ssh-agent"
        case .connectionLost(let host, let reason): "\(host): the connection was lost (\(reason))"
        case .channelRefused(let host, let reason): "\(host): the server opened no channel (\(reason)) — is MaxSessions too low, or the account restricted?"
        case .channelLimit(let host, let limit): "\(host): all \(limit) channels of the connection are in use"
        case .channelEnded(let host): "\(host): the command takes no more input, its channel is closed"
        case .closed(let host): "\(host): the connection is closed"
        }
    }

    private static func seconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let tenths = attoseconds / 100_000_000_000_000_000
        return tenths == 0 ? "\(seconds)" : "\(seconds).\(tenths)"
    }
}
