import Glibc
package import Logging
import Threads

/// Log lines in systemd's own form (the "Journal Native Protocol"): every field is one of the journal, `MUSTER_RUN` and so on, so that
/// `journalctl MUSTER_RUN=…` finds all of a run.
package struct JournalLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
    private let label: String
    private let socket: JournalSocket
    private let fallback: StandardErrorLogHandler

    init(label: String, level: Logger.Level, socket: JournalSocket) {
        self.label = label
        logLevel = level
        self.socket = socket
        fallback = StandardErrorLogHandler(level: level)
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }).sorted { $0.key < $1.key }
        var text = "\(event.message)"
        for (key, value) in fields { text += " \(key)=\(value)" }
        var bytes: [UInt8] = []
        Self.add("MESSAGE", text, to: &bytes)
        Self.add("PRIORITY", "\(Self.priority(event.level))", to: &bytes)
        Self.add("SYSLOG_IDENTIFIER", label, to: &bytes)
        for (key, value) in fields { Self.add("MUSTER_\(Self.name(key))", "\(value)", to: &bytes) }
        if !socket.send(bytes) { fallback.log(event: event) }
    }

    /// Upper-case letters, digits and underscores, which is all that the journal takes.
    static func name(_ key: String) -> String {
        String(decoding: key.utf8.map { (0x61...0x7a).contains($0) ? $0 - 32 : (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) ? $0 : 0x5f }, as: UTF8.self)
    }

    /// `NAME=value` where the value has one line; else the name, its length as 64 bits little-endian, and the bytes.
    static func add(_ name: String, _ value: String, to bytes: inout [UInt8]) {
        let value = Array(value.utf8)
        bytes += Array(name.utf8)
        if value.contains(0x0a) {
            bytes.append(0x0a)
            for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value.count >> (8 * shift))) }
        } else {
            bytes.append(UInt8(ascii: "="))
        }
        bytes += value
        bytes.append(0x0a)
    }

    /// syslog(3).
    static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}

/// The journal's datagram socket, opened once.
final class JournalSocket: Sendable {
    private let descriptor: Int32

    /// Nil where there is no journal.
    init?(path: String = "/run/systemd/journal/socket") {
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            close(descriptor)
            return nil
        }
        // SAFETY: the path fits; the rest of the field is zero. The address outlives the call.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard status == 0 else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) -> Bool {
        let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        return count == bytes.count
    }
}

extension Logger {
    /// A logger of a service: to systemd's journal if standard error leads there (systemd.exec(5), `JOURNAL_STREAM`), else to standard error.
    package static func service(_ label: String, level: Logger.Level, environment: [String: String]) -> Logger {
        if environment["JOURNAL_STREAM"] != nil, let socket = JournalSocket() {
            return Logger(label: label) { label in JournalLogHandler(label: label, level: level, socket: socket) }
        }
        return .standardError(label, level: level)
    }
}
