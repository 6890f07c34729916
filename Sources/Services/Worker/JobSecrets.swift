import ConfigurationFiles
import HostRunner
import Model
import Threads

/// The secrets of one job, resolved: variables for the command, and what is masked in all that it prints.
struct JobSecrets: Sendable {
    private let values: [String: Secret]
    let mask: SecretMask

    /// No secrets.
    static let none = JobSecrets(values: [:])

    private init(values: [String: Secret]) {
        self.values = values
        mask = SecretMask(values.values.map(\.bytes))
    }

    /// Resolves references. Throws one line for people: which can't be had, and what to do.
    static func resolve(_ references: [String: SecretReference], _ resolver: SecretResolver) throws(SecretProblem) -> JobSecrets {
        guard !references.isEmpty else { return .none }
        var values: [String: Secret] = [:]
        for (name, reference) in references.sorted(by: { $0.key < $1.key }) {
            let secret: Secret
            do throws(SecretError) { secret = try resolver.resolve(reference) } catch { throw SecretProblem(description: "\(name): \(error)") }
            guard !secret.bytes.contains(where: { $0 == UInt8(ascii: "\n") || $0 == 0 }) else {
                throw SecretProblem(description: "\(name): the secret \(reference) has more than one line, and a variable can't — let the command read it from a file")
            }
            values[name] = secret
        }
        return JobSecrets(values: values)
    }

    /// As variables. They go into the frame and nowhere else.
    var environment: [String: String] { values.mapValues { String(decoding: $0.bytes, as: UTF8.self) } }

    /// Which secret stands in a text as it is; nil if none does.
    func name(in text: String) -> String? {
        let bytes = Array(text.utf8)
        return values.sorted { $0.key < $1.key }.first { $0.value.bytes.count >= SecretMask.shortest && SecretMask.contains(bytes, $0.value.bytes) }?.key
    }
}

/// Why a job's secret can't be had: one line, without the secret.
struct SecretProblem: Error, CustomStringConvertible {
    let description: String
}

/// Puts `*` in the place of secrets in what a command prints, byte for byte, so that offsets stay. A secret that comes in two pieces is
/// found too: the beginning of one is held back until the next piece is there.
///
/// What a command prints in another form (base64, reversed, split) is not found.
final class SecretMask: Sendable {
    /// A shorter one would be found everywhere.
    static let shortest = 4

    private struct Stream {
        var offset = 0
        var bytes: [UInt8] = []
    }
    private let secrets: [[UInt8]]
    private let held = Lock<[RunnerStream: Stream]>([:])

    init(_ secrets: [[UInt8]]) {
        // The longest first: one may be a part of another.
        self.secrets = secrets.filter { $0.count >= Self.shortest }.sorted { $0.count > $1.count }
    }

    var isEmpty: Bool { secrets.isEmpty }

    /// A whole text, or the tail of one: what it begins with may be the end of a secret.
    func masked(_ bytes: [UInt8]) -> [UInt8] {
        guard !isEmpty, !bytes.isEmpty else { return bytes }
        var masked = bytes
        maskWhole(&masked)
        for secret in secrets {
            for length in stride(from: min(secret.count - 1, masked.count), through: Self.shortest, by: -1) where masked.starts(with: secret.suffix(length)) {
                for place in 0..<length { masked[place] = UInt8(ascii: "*") }
                break
            }
        }
        return masked
    }

    /// A piece of a stream, and what may be told of it now, with its offset.
    func pass(_ stream: RunnerStream, _ offset: Int, _ bytes: [UInt8]) -> [(offset: Int, bytes: [UInt8])] {
        guard !isEmpty else { return [(offset, bytes)] }
        return held.withLock { held in
            var told: [(offset: Int, bytes: [UInt8])] = []
            var open = held[stream] ?? Stream(offset: offset)
            if open.offset + open.bytes.count != offset {
                if !open.bytes.isEmpty { told.append((open.offset, open.bytes)) }
                open = Stream(offset: offset)
            }
            open.bytes += bytes
            maskWhole(&open.bytes)
            let kept = heldBack(open.bytes)
            let ready = open.bytes.count - kept
            if ready > 0 { told.append((open.offset, Array(open.bytes[..<ready]))) }
            held[stream] = Stream(offset: open.offset + ready, bytes: Array(open.bytes[ready...]))
            return told
        }
    }

    /// What was held back, when nothing more will come.
    func rest() -> [(stream: RunnerStream, offset: Int, bytes: [UInt8])] {
        held.withLock { held in
            defer { held = [:] }
            return held.filter { !$0.value.bytes.isEmpty }.map { ($0.key, $0.value.offset, $0.value.bytes) }
        }
    }

    private func maskWhole(_ bytes: inout [UInt8]) {
        for secret in secrets {
            var place = 0
            while let found = Self.place(of: secret, in: bytes, from: place) {
                for index in found..<(found + secret.count) { bytes[index] = UInt8(ascii: "*") }
                place = found + secret.count
            }
        }
    }

    /// How many of the last bytes may be the beginning of a secret.
    private func heldBack(_ bytes: [UInt8]) -> Int {
        var most = 0
        for secret in secrets {
            for length in stride(from: min(secret.count - 1, bytes.count), to: most, by: -1) where bytes.suffix(length).elementsEqual(secret.prefix(length)) {
                most = length
                break
            }
        }
        return most
    }

    private static func place(of secret: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard let first = secret.first, bytes.count >= secret.count else { return nil }
        var place = start
        while place <= bytes.count - secret.count {
            if bytes[place] == first, bytes[place..<(place + secret.count)].elementsEqual(secret) { return place }
            place += 1
        }
        return nil
    }

    static func contains(_ bytes: [UInt8], _ secret: [UInt8]) -> Bool { place(of: secret, in: bytes, from: 0) != nil }
}
