/// Where an attempt stands in the host's ledger.
package enum RunnerState: Sendable, Equatable {
    /// No record: not started as long as nothing is on its way.
    case absent
    /// Can never start.
    case revoked
    case running
    /// Claimed and died before its command: never started, for certain.
    case never
    /// The supervisor is dead, the command lives.
    case orphan
    /// Started and vanished.
    case interrupted
    case garbled
    case done(RunnerOutcome)
}

/// How a command ended: a fact from the ledger.
package struct RunnerOutcome: Sendable, Equatable {
    package enum Ending: String, Sendable {
        case exit, cancelled, deadline
        /// The outcome could not be written to the ledger.
        case unrecorded
    }
    package var exitCode: Int
    package var ending: Ending
    /// Processes of the command are still there: a daemon that it started, for instance.
    package var processesLeft: Bool
}

/// Which of a command's streams.
package enum RunnerStream: String, Sendable { case output = "o", error = "e" }

/// What a runner says, one line each.
enum RunnerMessage: Sendable, Equatable {
    case hello(RunnerHello, nonce: String)
    case started(String, pid: Int)
    case output(String, RunnerStream, offset: Int, [UInt8])
    case done(String, RunnerOutcome, output: [UInt8], error: [UInt8])
    case state(String, RunnerState)
    case refused(String, reason: String)
    case held(String)
    case seen(Int, exitCode: Int, output: [UInt8], error: [UInt8])
    case pulled(String, RunnerStream)
    /// Bytes of output and of error output so far.
    case size(String, output: Int, error: Int)
    case pong(String, uptime: Int)
    case failure(String)

    /// Longest line that a runner may send: writes below PIPE_BUF are not torn apart.
    static let lineLimit = 4096

    /// Nil for a line that is not in the protocol.
    init?(_ line: ArraySlice<UInt8>) {
        guard line.count < Self.lineLimit else { return nil }
        let fields = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: true)
        guard let head = fields.first else { return nil }
        func text(_ index: Int) -> String? { index < fields.count ? String(decoding: fields[index], as: UTF8.self) : nil }
        func number(_ index: Int) -> Int? { text(index).flatMap { Int($0) } }
        switch String(decoding: head, as: UTF8.self) {
        case "HELLO":
            guard text(1) == "1", let nonce = text(2), let key = text(3), let uptime = number(4) else { return nil }
            // The last field is a path and may have spaces: the rest of the line.
            guard let path = Self.rest(line, after: " ledger=") else { return nil }
            let rest = fields.dropFirst(5).map { String(decoding: $0, as: UTF8.self) }
            guard let user = rest.first(where: { $0.hasPrefix("uid=") }).flatMap({ Int($0.dropFirst(4)) }) else { return nil }
            self = .hello(
                RunnerHello(
                    key: key, uptime: uptime, userID: user, hasGroups: rest.contains("group=setsid"), hasBash: rest.contains("bash=yes"),
                    ledger: path),
                nonce: nonce)
        case "STARTED":
            guard let job = text(1), let pid = number(2) else { return nil }
            self = .started(job, pid: pid)
        case "OUT":
            guard let name = text(1), let stream = text(2).flatMap(RunnerStream.init), let offset = number(3), fields.count == 5,
                let bytes = Self.bytes(fields[4])
            else { return nil }
            self = .output(name, stream, offset: offset, bytes)
        case "DONE":
            guard let job = text(1), let outcome = Self.outcome(text(2), text(3), text(4)), fields.count == 7,
                let output = Self.bytes(fields[5], after: "o="), let error = Self.bytes(fields[6], after: "e=")
            else { return nil }
            self = .done(job, outcome, output: output, error: error)
        case "STATE":
            guard let job = text(1), let name = text(2) else { return nil }
            let state: RunnerState
            switch name {
            case "absent": state = .absent
            case "revoked": state = .revoked
            case "running": state = .running
            case "never": state = .never
            case "orphan": state = .orphan
            case "interrupted": state = .interrupted
            case "garbled": state = .garbled
            case "done":
                guard text(3) == "done", let outcome = Self.outcome(text(4), text(5), text(6)) else { return nil }
                state = .done(outcome)
            default: return nil
            }
            self = .state(job, state)
        case "REFUSED":
            guard let job = text(1), text(2) != nil else { return nil }
            self = .refused(job, reason: fields.dropFirst(2).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " "))
        case "HELD":
            guard let job = text(1) else { return nil }
            self = .held(job)
        case "SEEN":
            guard let id = number(1), let code = number(2), fields.count == 5, let output = Self.bytes(fields[3], after: "o="),
                let error = Self.bytes(fields[4], after: "e=")
            else { return nil }
            self = .seen(id, exitCode: code, output: output, error: error)
        case "PULLED":
            guard let name = text(1), let stream = text(2).flatMap(RunnerStream.init) else { return nil }
            self = .pulled(name, stream)
        case "SIZE":
            guard let job = text(1), let output = number(2), let error = number(3) else { return nil }
            self = .size(job, output: output, error: error)
        case "PONG":
            guard let id = text(1), let uptime = number(2) else { return nil }
            self = .pong(id, uptime: uptime)
        case "ERROR":
            self = .failure(fields.dropFirst().map { String(decoding: $0, as: UTF8.self) }.joined(separator: " "))
        default: return nil
        }
    }

    private static func outcome(_ code: String?, _ how: String?, _ left: String?) -> RunnerOutcome? {
        guard let code = code.flatMap({ Int($0) }), let ending = how.flatMap(RunnerOutcome.Ending.init), let left, left.hasPrefix("left=")
        else { return nil }
        return RunnerOutcome(exitCode: code, ending: ending, processesLeft: left != "left=0")
    }

    /// What follows the first occurrence of a marker.
    private static func rest(_ line: ArraySlice<UInt8>, after marker: String) -> String? {
        guard let start = line.indices.first(where: { line[$0...].starts(with: marker.utf8) }) else { return nil }
        return String(decoding: line[(start + marker.utf8.count)...], as: UTF8.self)
    }

    private static func bytes(_ field: ArraySlice<UInt8>, after prefix: String) -> [UInt8]? {
        guard field.starts(with: prefix.utf8) else { return nil }
        return bytes(field.dropFirst(prefix.utf8.count))
    }

    private static func bytes(_ field: ArraySlice<UInt8>) -> [UInt8]? {
        guard field.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(field.count / 2)
        var index = field.startIndex
        while index < field.endIndex {
            guard let high = digit(field[index]), let low = digit(field[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
            index += 2
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}

/// What a runner told when it started.
package struct RunnerHello: Sendable, Equatable {
    /// The host key of its jobs: ledger, boot, process 1 and machine. A start with another one is refused.
    package var key: String
    /// The host's uptime in seconds.
    package var uptime: Int
    package var userID: Int
    /// Whether commands get a process group of their own (setsid).
    package var hasGroups: Bool
    package var hasBash: Bool
    /// The directory of its ledger, with the machine's id: where another identity's runner finds the records.
    package var ledger: String
}
