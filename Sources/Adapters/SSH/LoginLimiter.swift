/// What logs in: one may be refused where the other is not.
package enum SSHClientKind: Sendable, Hashable {
    case libssh2, openSSH
}

/// At most so many logins in flight at one server, and none to a host that has refused one: sshd drops connections
/// from the tenth unauthenticated one on (MaxStartups of sshd_config(5)) and bans sources that fail often.
package actor LoginLimiter {
    package static let perServer = 8
    private var inFlight: [String: Int] = [:]
    private var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]
    private var refusals: [Login: SSHError] = [:]

    private struct Login: Hashable {
        let endpoint: String
        let user: String
        let credential: SSHCredential
        let client: SSHClientKind
    }

    package init() {}

    func acquire(_ endpoint: String) async {
        if inFlight[endpoint, default: 0] < Self.perServer {
            inFlight[endpoint, default: 0] += 1
            return
        }
        await withCheckedContinuation { waiting[endpoint, default: []].append($0) }
    }

    func release(_ endpoint: String) {
        // The place goes straight to the next in line.
        if var line = waiting[endpoint], !line.isEmpty {
            let next = line.removeFirst()
            waiting[endpoint] = line.isEmpty ? nil : line
            next.resume()
        } else {
            inFlight[endpoint] = inFlight[endpoint].flatMap { $0 > 1 ? $0 - 1 : nil }
        }
    }

    func earlierRefusal(_ target: SSHTarget, by client: SSHClientKind) -> SSHError? {
        refusals[Login(endpoint: target.endpoint, user: target.user, credential: target.credential, client: client)]
    }

    func remember(_ error: SSHError, for target: SSHTarget, by client: SSHClientKind) {
        refusals[Login(endpoint: target.endpoint, user: target.user, credential: target.credential, client: client)] = error
    }

    /// Lets hosts that refused a login be tried again: a person has looked.
    package func forgetRefusals() { refusals = [:] }
}
