package import CommandSafety

/// One attempt of a job, as the ledger names it.
package struct RunnerAttempt: Hashable, Sendable, CustomStringConvertible {
    /// UUIDv7 as 32 hexadecimal digits.
    package let job: String
    package let attempt: Int

    package init(job: String, attempt: Int) {
        self.job = job
        self.attempt = attempt
    }

    package var description: String { "\(job).\(attempt)" }
}

/// A command that may change something, with all that its record keeps.
package struct RunnerStart: Sendable {
    package var attempt: RunnerAttempt
    package var command: ClearedCommand
    package var digest: String
    package var coordinator: String
    package var run: String
    package var environment: [String: String]
    package var content: [UInt8]?
    /// How long the command may run.
    package var limit: Duration
    /// How long the frame may wait in buffers before it counts as late.
    package var patience: Duration = .seconds(60)
    /// The host's uptime, in seconds, after which it counts as late; nil for now and `patience`. A start under a hold has the hold's.
    package var notAfter: Int?

    package init(
        attempt: RunnerAttempt, command: ClearedCommand, digest: String, coordinator: String, run: String, environment: [String: String],
        content: [UInt8]?, limit: Duration
    ) {
        self.attempt = attempt
        self.command = command
        self.digest = digest
        self.coordinator = coordinator
        self.run = run
        self.environment = environment
        self.content = content
        self.limit = limit
    }
}

/// Frames to the host: a header with line counts, the lines, a trailer. Without the trailer nothing starts.
enum RunnerFrames {
    static let textLimit = 64 << 10

    static func start(_ start: RunnerStart, key: String, notAfter: Int) throws(HostRunnerError) -> [UInt8] {
        let (limit, _) = start.limit.components
        let environment = try start.environment.sorted { $0.key < $1.key }.map { name, value throws(HostRunnerError) in
            try variable(name, value)
        }
        let (file, kind) = try lines(of: start.content)
        let text = try lines(start.command.text)
        let head =
            "START \(key) \(notAfter) \(max(1, limit)) \(start.attempt.job) \(start.attempt.attempt) \(word(start.digest)) \(word(start.coordinator)) "
            + "\(word(start.run)) \(start.command.requiresBash ? "b" : "s") \(environment.count) \(text.count) \(file.count) \(kind)"
        return frame(head, environment.map { Array($0.utf8) } + text + file, end: start.attempt.description)
    }

    /// - Parameter key: of the ledger that is to hold the host, not of the one where the record will be.
    static func hold(
        _ attempt: RunnerAttempt, key: String, notAfter: Int, coordinator: String, run: String, ledger: String
    ) throws(HostRunnerError) -> [UInt8] {
        guard ledger.utf8.first == UInt8(ascii: "/"), !ledger.utf8.contains(where: { $0 == newline || $0 == 0 }) else {
            throw .unsendable("a ledger's path that is not absolute or has a line break")
        }
        return line("HOLD \(key) \(notAfter) \(attempt.job) \(attempt.attempt) \(word(coordinator)) \(word(run)) \(ledger)")
    }

    static func look(_ id: Int, slot: Int, command: ClearedCommand, content: [UInt8]?) throws(HostRunnerError) -> [UInt8] {
        let text = try lines(command.text)
        let (file, kind) = try lines(of: content)
        return frame("LOOK \(id) \(slot) \(command.requiresBash ? "b" : "s") \(text.count) \(file.count) \(kind)", text + file, end: "\(id)")
    }

    static func line(_ words: String) -> [UInt8] { Array(words.utf8) + [newline] }

    private static let newline = UInt8(ascii: "\n")

    /// Header fields are single words: what is not plain becomes `_`, what is empty `-`.
    static func word(_ text: String) -> String {
        let isWord = text.utf8.count <= 80 && text.utf8.allSatisfy(isPlain)
        if isWord, !text.isEmpty { return text }
        let plain = text.unicodeScalars.map { scalar -> Character in
            UInt8(exactly: scalar.value).map(isPlain) == true ? Character(scalar) : "_"
        }
        return plain.isEmpty ? "-" : String(plain.prefix(80))
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "._-@:+".utf8.contains(byte)
        }
    }

    /// A variable's line. A value of several lines is escaped for `printf %b`, and a backslash before the name says so.
    private static func variable(_ name: String, _ value: String) throws(HostRunnerError) -> String {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first), !name.hasPrefix("MUSTER_"),
            name.unicodeScalars.allSatisfy({ $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_") })
        else { throw .unsendable("a variable with the name “\(name)”") }
        guard !value.utf8.contains(0) else { throw .unsendable("the variable \(name), which has a NUL byte,") }
        guard value.utf8.contains(newline) else { return "\(name)=\(value)" }
        var escaped = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return "\\\(name)=\(escaped)"
    }

    private static func lines(_ text: String) throws(HostRunnerError) -> [[UInt8]] {
        guard !text.utf8.contains(0) else { throw .unsendable("a command with a NUL byte") }
        guard text.utf8.count <= textLimit else { throw .textTooLong(bytes: text.utf8.count) }
        return split(Array(text.utf8))
    }

    /// The content of a file and how its last line ends: `n` no file, `e` open, `l` with a newline.
    private static func lines(of content: [UInt8]?) throws(HostRunnerError) -> ([[UInt8]], kind: String) {
        guard var content else { return ([], "n") }
        // Shells drop the byte without a word.
        guard !content.contains(0) else { throw .unsendable("a file with NUL bytes") }
        guard content.last == newline else { return (split(content), "e") }
        content.removeLast()
        return (split(content), "l")
    }

    private static func split(_ bytes: [UInt8]) -> [[UInt8]] {
        bytes.split(separator: newline, omittingEmptySubsequences: false).map(Array.init)
    }

    private static func frame(_ head: String, _ lines: [[UInt8]], end: String) -> [UInt8] {
        var bytes = line(head)
        for line in lines { bytes += line + [newline] }
        return bytes + line("END \(end)")
    }
}
