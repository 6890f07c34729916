import Glibc
package import ZeroMQ

/// CURVE keys in files: `NAME.key` (both halves, mode 0600), `NAME.pub` (the public half), and `workers`, the
/// coordinator's list of the workers that may connect.
package struct KeyFiles: Sendable {
    package let directory: String
    /// Where the service manager puts the coordinator's own key (systemd.exec(5), LoadCredential=); nil: it lies with the others.
    private let credentials: String?

    package init(directory: String, credentials: String? = nil) {
        self.directory = directory
        self.credentials = credentials
    }

    /// Why keys could not be read or written: one line.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Makes a pair of keys; refuses to overwrite one.
    ///
    /// - Parameter isWorker: also lists the public key in `workers`.
    package func generate(_ name: String, isWorker: Bool) throws -> String {
        let isName = !name.isEmpty && name.utf8.count <= 40 && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) } && !name.hasPrefix(".")
        guard isName else { throw Failure(description: "'\(name)' is not a name for a key — use letters, digits, '.', '-' and '_', at most 40") }
        guard !directory.isEmpty else { throw Failure(description: "no directory is named for the keys — leave --directory out, or name one") }
        let keys = try CurveKeyPair.generate()
        try makeDirectory(directory)
        try write("\(directory)/\(name).key", "# CURVE keys of \(name). Keep this file private.\npublic: \(keys.publicKey)\nsecret: \(keys.secretKey)\n", mode: 0o600, flags: O_CREAT | O_EXCL)
        try write("\(directory)/\(name).pub", "\(keys.publicKey)\n", mode: 0o644, flags: O_CREAT | O_TRUNC)
        if isWorker { try list(name, keys.publicKey) }
        return keys.publicKey
    }

    private func list(_ name: String, _ publicKey: String) throws {
        let path = "\(directory)/workers"
        // A person may have left the last line without its end.
        var start = ""
        if case .content(let bytes) = FileReader.read(path, limit: Self.limit), let last = bytes.last, last != UInt8(ascii: "\n") { start = "\n" }
        try write(path, "\(start)\(name) \(publicKey)\n", mode: 0o644, flags: O_CREAT | O_APPEND)
    }

    /// Both halves of a key file; refuses one that others may read.
    package static func read(_ path: String) throws -> CurveKeyPair {
        // The public half may be read by all: asking for another mode would mislead.
        guard !path.hasSuffix(".pub") else { throw Failure(description: "\(path) is the public half of a key — name the '.key' file beside it") }
        let values: [String: String]
        switch FileReader.readPrivate(path, limit: limit) {
        case .tooOpen(let mode): throw Failure(description: "the key file \(path) can be read by others (mode \(mode)) — chmod 600 it")
        case .read(let outcome): values = fields(try content(outcome, path))
        }
        guard let publicKey = values["public"], let secretKey = values["secret"] else {
            throw Failure(description: "\(path) is not a key file — make one with 'muster keys generate'")
        }
        do throws(ZeroMQError) { return try CurveKeyPair(publicKey: publicKey, secretKey: secretKey) } catch {
            throw Failure(description: "\(path): \(error)")
        }
    }

    /// A public key: 40 characters, or the path of a `.pub` file.
    package static func publicKey(_ text: String) throws -> String {
        if CurveKeyPair.isKey(text) { return text }
        let key = try content(text).split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
        guard CurveKeyPair.isKey(key) else { throw Failure(description: "\(text) holds no public key") }
        return key
    }

    /// The list of workers: public key to identity.
    package func workers() throws -> [String: PeerIdentity] {
        var peers: [String: PeerIdentity] = [:]
        for (index, line) in try Self.content("\(directory)/workers").split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            if words.isEmpty || words[0].hasPrefix("#") { continue }
            guard words.count == 2, CurveKeyPair.isKey(words[1]) else {
                throw Failure(description: "\(directory)/workers:\(index + 1): expected a name and a public key — list workers with 'muster keys generate worker NAME'")
            }
            peers[words[1]] = PeerIdentity(name: words[0], role: "worker")
        }
        return peers
    }

    package var coordinator: CurveKeyPair {
        get throws {
            if let file = credentials.map({ "\($0)/coordinator.key" }), case .content = FileReader.read(file, limit: Self.limit) { return try Self.read(file) }
            return try Self.read("\(directory)/coordinator.key")
        }
    }

    private static func fields(_ text: String) -> [String: String] {
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            guard !line.hasPrefix("#"), let colon = line.firstIndex(of: ":") else { continue }
            let words = line[line.index(after: colon)...].split(whereSeparator: \.isWhitespace)
            values[String(line[..<colon])] = words.joined(separator: " ")
        }
        return values
    }

    private static let limit = 1 << 20

    private static func content(_ path: String) throws -> String { try content(FileReader.read(path, limit: limit), path) }

    private static func content(_ outcome: FileReader.Outcome, _ path: String) throws -> String {
        switch outcome {
        case .content(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .missing: throw Failure(description: "there is no key file \(path) — make keys with 'muster keys generate'")
        case .failed(let reason): throw Failure(description: "\(path) can't be read: \(reason)")
        }
    }

    private func makeDirectory(_ path: String) throws {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") where part != "." {
            made += "/" + part
            if unsafe mkdir(made, 0o700) != 0, errno != EEXIST, errno != EISDIR, errno != EROFS, errno != EACCES {
                throw Failure(description: "the directory \(made) can't be made: \(Self.message())")
            }
        }
    }

    private func write(_ path: String, _ text: String, mode: mode_t, flags: Int32) throws {
        let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC | flags, mode)
        guard descriptor >= 0 else {
            throw Failure(description: errno == EEXIST ? "\(path) is there already — remove it first if it is to be replaced" : "\(path) can't be written: \(Self.message())")
        }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw Failure(description: "\(path) can't be written: \(Self.message())") }
    }

    // SAFETY: strerror's text is copied at once.
    private static func message() -> String { unsafe String(cString: strerror(errno)) }
}
