import SSH

/// What ssh says on standard error: its own lines until the login is done, then those of the command too.
struct SSHLog {
    /// More than this is not kept: of the lines before the login, and of what comes after it.
    static let limit = 8 << 10

    private(set) var isAuthenticated = false
    /// Lines of before the login.
    private(set) var lines: [String] = []
    private var tail: [UInt8] = []
    private var pending: [UInt8] = []

    mutating func take(_ bytes: [UInt8]) {
        for (index, byte) in bytes.enumerated() {
            guard !isAuthenticated else {
                tail += bytes[index...]
                if tail.count > 2 * Self.limit { tail.removeFirst(tail.count - Self.limit) }
                return
            }
            if byte == UInt8(ascii: "\n") {
                endLine()
            } else if pending.count < Self.limit {
                pending.append(byte)
            }
        }
    }

    /// Nothing more will come.
    mutating func end() { if !pending.isEmpty { endLine() } }

    private mutating func endLine() {
        if pending.last == UInt8(ascii: "\r") { pending.removeLast() }
        let line = String(decoding: pending, as: UTF8.self)
        pending = []
        guard !line.hasPrefix("Authenticated to ") else {
            isAuthenticated = true
            return
        }
        if line.contains(where: { !$0.isWhitespace }) { lines.append(line) }
        // What matters comes last; a server's banner may be long.
        while lines.reduce(0, { $0 + $1.utf8.count }) > Self.limit { lines.removeFirst() }
    }

    /// The last bytes after the login, without ssh's own statistics; before the login, what ssh said.
    var said: [UInt8] {
        guard isAuthenticated else { return Array(lines.joined(separator: "\n").utf8) }
        let text = tail.suffix(Self.limit).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let kept = text.filter { !$0.starts(with: "Transferred: sent ".utf8) && !$0.starts(with: "Bytes per second: sent ".utf8) }
        return Array(kept.joined(separator: [UInt8(ascii: "\n")]))
    }

    // MARK: Why it ended

    /// How the ssh process ended.
    enum End: Equatable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    /// Why a connection that was there is gone; nil if the command ended, and ssh with it.
    func loss(of target: SSHTarget, _ end: End) -> SSHError? {
        switch end {
        case .killed(let signal): return .connectionLost(host: target.name, reason: "ssh was ended by signal \(signal)")
        case .exited(255):
            let own = String(decoding: said, as: UTF8.self).split(whereSeparator: \.isNewline).last.map(String.init)
            guard let own else { return .connectionLost(host: target.name, reason: "ssh ended") }
            if own.contains(" request failed on channel ") || own.contains("open failed: ") { return .channelRefused(host: target.name, reason: own) }
            return .connectionLost(host: target.name, reason: own)
        case .exited: return nil
        }
    }

    /// What kept ssh from logging in.
    enum Refusal: Equatable {
        /// It did not accept the key that the host presented.
        case hostKey
        case error(SSHError)
    }

    /// Why there was no login, in the words that libssh2's connections use for it.
    func refusal(of target: OpenSSHTarget, _ end: End) -> Refusal {
        let login = target.login, host = login.name, endpoint = login.endpoint
        if case .killed(let signal) = end { return .error(.connectionLost(host: host, reason: "ssh was ended by signal \(signal) before the login")) }
        // Behind a jump host the last lines tell only that the way to it has ended.
        if lines.contains(where: { $0.contains("UNKNOWN port 65535") }) {
            let cause = lines.first { !$0.contains("UNKNOWN port 65535") && !$0.hasPrefix("Warning: Permanently added") }
            let way = target.proxyJump.map { "through the jump host \($0)" } ?? "through the proxy of ssh's configuration"
            return .error(.unreachable(host: host, endpoint: endpoint, reason: "\(way): \(cause ?? "it closed the connection")"))
        }
        for line in lines.reversed() {
            if line == "Host key verification failed." { return .hostKey }
            if let error = error(line, login) { return .error(error) }
        }
        return .error(.handshakeFailed(host: host, endpoint: endpoint, reason: lines.last.map { "ssh says: \($0)" } ?? "ssh ended without a word"))
    }

    private func error(_ line: String, _ target: SSHTarget) -> SSHError? {
        let host = target.name, endpoint = target.endpoint
        if let name = line.between("Could not resolve hostname ", ": ") {
            return .nameNotFound(host: host, address: name, reason: line.after("\(name): ") ?? line)
        }
        if line.contains("connect to host "), let reason = line.lastPart {
            switch reason {
            case "Connection refused": return .refused(host: host, endpoint: endpoint)
            case "Connection timed out", "Operation timed out":
                return .timedOut(host: host, endpoint: endpoint, phase: .connect, after: target.timeout)
            default: return .unreachable(host: host, endpoint: endpoint, reason: reason)
            }
        }
        if line.contains("timed out during banner exchange") || (line.hasPrefix("Connection to ") && line.hasSuffix(" timed out")) {
            return .timedOut(host: host, endpoint: endpoint, phase: .handshake, after: target.timeout)
        }
        if line.hasPrefix("kex_exchange_identification: ") || line.hasPrefix("ssh_exchange_identification: ") {
            return .overloaded(host: host, endpoint: endpoint)
        }
        if line.hasPrefix("Unable to negotiate with "), let reason = line.after(": ") {
            return .handshakeFailed(host: host, endpoint: endpoint, reason: "OpenSSH and the server have nothing in common (\(reason))")
        }
        if line.contains("Permission denied (") || line.contains("Too many authentication failures") {
            if case .privateKey(let path, _, _) = target.credential, let reason = keyProblem(path) {
                return .keyUnusable(host: host, path: path, reason: reason)
            }
            let offered = line.between("Permission denied (", ")").map { $0.split(separator: ",").map(String.init) } ?? []
            return .authenticationFailed(host: host, user: target.user, tried: target.credential.label, offered: offered)
        }
        if line.contains("Bad configuration option") || line.contains("bad configuration option") || line.hasPrefix("Can't open user config file") {
            return .handshakeFailed(host: host, endpoint: endpoint, reason: "ssh can't use its configuration (\(lines.first ?? line)) — mend the file")
        }
        return nil
    }

    /// Why ssh did not even offer the key.
    private func keyProblem(_ path: String) -> String? {
        if lines.contains(where: { $0.contains("UNPROTECTED PRIVATE KEY FILE") }) {
            return "others may read it, so ssh does not use it — chmod 600 the file"
        }
        return lines.first { $0.hasPrefix("Load key ") }.map { "ssh can't use it (\($0.lastPart ?? $0)) — is it a private key without passphrase?" }
    }
}

extension String {
    fileprivate func after(_ mark: String) -> String? { firstRange(of: mark).map { String(self[$0.upperBound...]) } }

    fileprivate func between(_ start: String, _ end: String) -> String? {
        guard let rest = after(start), let stop = rest.firstRange(of: end) else { return nil }
        return String(rest[..<stop.lowerBound])
    }

    /// What stands after the last colon.
    fileprivate var lastPart: String? {
        ranges(of: ": ").last.map { String(self[$0.upperBound...]) }
    }
}
