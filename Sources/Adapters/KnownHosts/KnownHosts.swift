import Cryptography

/// The content of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").
package struct KnownHosts: Sendable {
    private struct Entry: Sendable {
        let patterns: [Substring]
        let key: HostPublicKey
        let isRevoked: Bool
    }

    private let entries: [Entry]
    /// Lines that say something this reader does not use: certificate authorities, unreadable lines. For a warning.
    package let ignoredLines: [Int]

    /// Reads the text of a file. Unreadable lines are skipped and listed, as ssh does.
    package init(_ text: String) {
        var entries: [Entry] = []
        var ignored: [Int] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" })
            guard let first = fields.first, !first.hasPrefix("#") else { continue }
            var isRevoked = false
            if first.hasPrefix("@") {
                guard first == "@revoked" else {
                    ignored.append(index + 1)
                    continue
                }
                isRevoked = true
                fields.removeFirst()
            }
            guard fields.count >= 3, let key = Base64.decode(fields[2]).map({ HostPublicKey(blob: $0) }), !key.algorithm.isEmpty,
                key.algorithm == fields[1]
            else {
                ignored.append(index + 1)
                continue
            }
            entries.append(Entry(patterns: fields[0].split(separator: ","), key: key, isRevoked: isRevoked))
        }
        self.entries = entries
        ignoredLines = ignored
    }

    /// The keys that are known for a host, without the revoked ones.
    package func keys(host: String, port: Int) -> [HostPublicKey] {
        let revoked = revokedKeys(host: host, port: port)
        return keys(host: host, port: port, isRevoked: false).filter { !revoked.contains($0) }
    }

    /// The keys that must never be accepted for a host, not even when none is known yet.
    package func revokedKeys(host: String, port: Int) -> [HostPublicKey] { keys(host: host, port: port, isRevoked: true) }

    private func keys(host: String, port: Int, isRevoked: Bool) -> [HostPublicKey] {
        let name = Self.name(host: host, port: port)
        var keys: [HostPublicKey] = []
        for entry in entries where entry.isRevoked == isRevoked && Self.matches(entry.patterns, name) && !keys.contains(entry.key) {
            keys.append(entry.key)
        }
        return keys
    }

    /// The line that makes a key known.
    package static func line(host: String, port: Int, key: HostPublicKey) -> String {
        "\(name(host: host, port: port)) \(key.algorithm) \(Base64.encode(key.blob))\n"
    }

    /// `host` on port 22, `[host]:port` on any other.
    package static func name(host: String, port: Int) -> String {
        let host = host.lowercased()
        return port == 22 ? host : "[\(host)]:\(port)"
    }

    private static func matches(_ patterns: [Substring], _ name: String) -> Bool {
        var isMatch = false
        for pattern in patterns {
            if pattern.hasPrefix("|1|") {
                if matchesHashed(pattern, name) { isMatch = true }
            } else if pattern.hasPrefix("!") {
                if matchesGlob(pattern.dropFirst(), name) { return false }
            } else if matchesGlob(pattern, name) {
                isMatch = true
            }
        }
        return isMatch
    }

    /// `|1|salt|hash`: HMAC-SHA1 of the name with the salt as key.
    private static func matchesHashed(_ pattern: Substring, _ name: String) -> Bool {
        let parts = pattern.split(separator: "|")
        guard parts.count == 3, let salt = Base64.decode(parts[1]), let hash = Base64.decode(parts[2]) else { return false }
        return Digest.hmacSHA1(key: salt, Array(name.utf8)) == hash
    }

    private static func matchesGlob(_ pattern: Substring, _ name: String) -> Bool {
        let text = Array(name.utf8), pattern = Array(pattern.lowercased().utf8)
        var t = 0, p = 0, star: Int?, mark = 0
        while t < text.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = p
                mark = t
                p += 1
            } else if p < pattern.count, pattern[p] == UInt8(ascii: "?") || pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let back = star {
                p = back + 1
                mark += 1
                t = mark
            } else {
                return false
            }
        }
        while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
        return p == pattern.count
    }
}
