import CommandSafety
package import Model

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Words for outcomes: the same on the terminal, in lines, in JSON and over HTTP.
package enum OutcomeText {
    package static func status(_ outcome: JobOutcome) -> String {
        switch outcome {
        case .skipped: "skipped"
        case .changed: "changed"
        case .failed: "failed"
        case .inDoubt: "in doubt"
        case .notStarted: "not started"
        }
    }

    /// The reason behind an outcome; nil where there is nothing to explain. Safe to show.
    package static func reason(_ outcome: JobOutcome) -> String? {
        switch outcome {
        case .skipped, .changed: nil
        case .failed(let failure): DisplayText.escaped(failure.description)
        case .inDoubt(let doubt): DisplayText.escaped(doubt.reason)
        case .notStarted(let reason): DisplayText.escaped(reason)
        }
    }

    /// The last lines of a command's output, escaped.
    ///
    /// - Parameters:
    ///   - standardOutput: as the host sent it; shown if there is nothing to see on standard error.
    ///   - limit: lines, of at most 300 characters each.
    package static func tail(standardOutput: String, standardError: String, lines limit: Int = 5) -> [String] {
        let text = standardError.utf8.contains { $0 > 0x20 } ? standardError : standardOutput
        return DisplayText.escapedLines(text).split(separator: "\n").suffix(limit).map { String($0.prefix(300)) }
    }

    static func tail(_ result: JobResult) -> [String] {
        tail(
            standardOutput: String(decoding: result.standardOutput, as: UTF8.self), standardError: String(decoding: result.standardError, as: UTF8.self))
    }
}

/// Moments as people read them.
package enum TimeText {
    /// ISO 8601 in UTC, to the second.
    package static func utc(_ milliseconds: UInt64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds / 1000)).formatted(.iso8601)
    }
}

/// Lists of names as people read them.
package enum NameList {
    /// `h01, h02 and 5 more`.
    package static func text(_ names: [String], limit: Int = 6) -> String {
        names.count <= limit ? names.joined(separator: ", ") : names.prefix(limit).joined(separator: ", ") + " and \(names.count - limit) more"
    }

    package static func text(_ names: [HostName], limit: Int = 6) -> String { text(names.map(\.value), limit: limit) }
}

/// JSON as it is printed and sent.
package enum JSONText {
    /// One line, keys in order.
    package static func encode(_ value: some Encodable) -> String { String(decoding: data(value), as: UTF8.self) }

    package static func data(_ value: some Encodable) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        // Nothing that is printed can fail to encode; an empty object would still be a line of NDJSON.
        return (try? encoder.encode(value)) ?? Data("{}".utf8)
    }
}

extension String {
    /// Filled up with spaces.
    package func rightPadded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
