import ConfigurationFiles
import Glibc
import KnownHosts
import Model

/// The host keys that the coordinator knows, from the known_hosts files that the hosts name. Workers never read or write them.
struct KnownKeys {
    private struct Question: Hashable {
        let path: String
        let address: String
        let name: HostName
        let port: Int
    }

    private var files: [String: KnownHosts] = [:]
    /// What was found: a file may be long, and its names hashed, and each job asks.
    private var found: [Question: [[UInt8]]] = [:]

    /// Keys of a host, by its address and by its name.
    mutating func keys(of host: Host) -> [[UInt8]] {
        guard let path = host.knownHosts else { return [] }
        let question = Question(path: path, address: host.address, name: host.name, port: host.port)
        if let keys = found[question] { return keys }
        let keys = lookUp(host, in: path)
        found[question] = keys
        return keys
    }

    private mutating func lookUp(_ host: Host, in path: String) -> [[UInt8]] {
        let known = file(path)
        let keys = known.keys(host: host.address, port: host.port)
        return (keys.isEmpty ? known.keys(host: host.name.value, port: host.port) : keys).map(\.blob)
    }

    /// Whether the file marks the key as one that no host may show any more (`@revoked`, sshd(8)).
    mutating func isRevoked(_ key: [UInt8], of host: Host) -> Bool {
        guard let path = host.knownHosts else { return false }
        let known = file(path)
        return [host.address, host.name.value].contains { known.revokedKeys(host: $0, port: host.port).contains { $0.blob == key } }
    }

    /// Remembers the key of a host that was unknown (`accept-new`). Returns why it could not be written.
    mutating func remember(_ key: [UInt8], of host: Host) -> String? {
        guard let path = host.knownHosts else { return "no known_hosts file is named" }
        let line = KnownHosts.line(host: host.address, port: host.port, key: HostPublicKey(blob: key))
        let descriptor = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        // SAFETY: strerror's text is copied at once.
        guard descriptor >= 0 else { return unsafe String(cString: strerror(errno)) }
        defer { close(descriptor) }
        let bytes = Array(line.utf8)
        guard unsafe write(descriptor, bytes, bytes.count) == bytes.count else { return unsafe String(cString: strerror(errno)) }
        files[path] = nil
        found = found.filter { $0.key.path != path }
        return nil
    }

    private mutating func file(_ path: String) -> KnownHosts {
        if let known = files[path] { return known }
        var text = ""
        if case .content(let bytes) = FileReader.read(path, limit: 16 << 20) { text = String(decoding: bytes, as: UTF8.self) }
        let known = KnownHosts(text)
        files[path] = known
        return known
    }
}
