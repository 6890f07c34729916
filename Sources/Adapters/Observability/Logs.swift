package import Logging
import Glibc

/// Names of log fields: the same in every target.
package enum LogField {
    package static let run = "run"
    package static let job = "job"
    package static let host = "host"
    package static let worker = "worker"
    package static let reason = "reason"
}

/// Log lines on standard error: level, a fixed sentence, fields.
package struct StandardErrorLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level

    package init(level: Logger.Level) { logLevel = level }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var line = "\(event.level): \(event.message)"
        for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }).sorted(by: { $0.key < $1.key }) {
            line += " \(key)=\(value)"
        }
        // What comes from hosts may be in a field: a terminal must not act on it.
        var bytes = line.utf8.map { $0 < 0x20 || $0 == 0x7f ? UInt8(ascii: "?") : $0 }
        bytes.append(UInt8(ascii: "\n"))
        // One write: lines of several threads do not mix. A log that can't be written must not stop the work.
        _ = unsafe bytes.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
    }
}

extension Logger {
    /// A logger that writes to standard error.
    package static func standardError(_ label: String, level: Logger.Level) -> Logger {
        Logger(label: label) { _ in StandardErrorLogHandler(level: level) }
    }
}
