import Cryptography
package import Model
import Orchestration
package import Threads

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What one `muster` process asks of the one that owns a run.
package enum RunRequest: Sendable, Equatable {
    case pause
    case cancel
    case decide(JobID, PersonDecision)

    fileprivate var text: String {
        switch self {
        case .pause: "pause"
        case .cancel: "cancel"
        case .decide(let job, let decision): "decide \(job.value) \(decision.rawValue)"
        }
    }

    fileprivate init?(_ text: String) {
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        switch words.first {
        case "pause" where words.count == 1: self = .pause
        case "cancel" where words.count == 1: self = .cancel
        case "decide" where words.count == 3:
            guard StateDirectory.isIdentifier(words[1]), let decision = PersonDecision(rawValue: words[2]) else { return nil }
            self = .decide(JobID(words[1]), decision)
        default: return nil
        }
    }
}

/// The letter box of a run: a directory with one file for each request. A request lives until the journal has what became of
/// it: it outlives the owner, and whoever resumes the run finds it.
package struct RunRequests: Sendable {
    package let directory: String

    package init(runDirectory: String) { directory = runDirectory + "/requests" }

    /// Made by the owner before it looks.
    package func prepare() throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    /// Leaves a request. Returns its name, under which it can be looked for.
    package func leave(_ request: RunRequest) throws -> String {
        try prepare()
        let name = String(unixNanoseconds()) + "-" + Digest.hexadecimal(SecureRandom.bytes(4))
        let hidden = "\(directory)/.\(name)"
        try Data(request.text.utf8).write(to: URL(filePath: hidden))
        try FileManager.default.moveItem(atPath: hidden, toPath: "\(directory)/\(name)")
        return name
    }

    /// What waits, oldest first. What is no request is taken away.
    package func waiting() -> [(name: String, request: RunRequest)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted().compactMap { name in
            guard let data = FileManager.default.contents(atPath: "\(directory)/\(name)") else { return nil }
            guard let request = RunRequest(String(decoding: data.prefix(200), as: UTF8.self)) else {
                remove(name)
                return nil
            }
            return (name, request)
        }
    }

    package func isWaiting(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(directory)/\(name)") }

    /// It is in the journal, or means nothing: who asked sees that it is gone.
    package func remove(_ name: String) { try? FileManager.default.removeItem(atPath: "\(directory)/\(name)") }

    /// Tells of changes in the letter box; nil where the system can't.
    package func watch() -> DirectoryWatch? { DirectoryWatch(directory) }
}
