import Foundation
import ProtocolMessages
import Testing
import WireProtocol

/// The golden examples of protocol/examples: bytes that every later version must still read in the same way.
///
/// `MUSTER_WRITE_EXAMPLES=1 swift test --filter ExampleTests` writes those that are missing; it never changes one.
@Suite("The golden examples of the protocol", .serialized)
struct ExampleTests {
    static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../protocol/examples").standardized

    /// One example: who sends it, what it says, its two frames.
    struct Example {
        var sender: String
        var meaning: String
        var frames: [[UInt8]]

        init(sender: String, meaning: String, frames: [[UInt8]]) {
            self.sender = sender
            self.meaning = meaning
            self.frames = frames
        }

        var text: String {
            var lines = ["# \(meaning)", "from: \(sender)"]
            for frame in frames {
                lines.append("frame:")
                for start in stride(from: 0, to: frame.count, by: 32) {
                    lines.append("  " + frame[start..<min(frame.count, start + 32)].map { String(format: "%02x", $0) }.joined(separator: " "))
                }
            }
            return lines.joined(separator: "\n") + "\n"
        }

        init(_ text: String) throws {
            sender = ""
            meaning = ""
            frames = []
            for line in text.split(separator: "\n") {
                if line.hasPrefix("# ") {
                    meaning = String(line.dropFirst(2))
                } else if line.hasPrefix("from: ") {
                    sender = String(line.dropFirst("from: ".count))
                } else if line == "frame:" {
                    frames.append([])
                } else {
                    for digits in line.split(separator: " ") { try frames[#require(frames.indices.last)].append(#require(UInt8(digits, radix: 16))) }
                }
            }
        }
    }

    static func read(_ name: String) throws -> Example {
        try Example(String(contentsOf: directory.appending(path: "\(name).txt"), encoding: .utf8))
    }

    static var all: [(name: String, example: () throws -> Example)] {
        Samples.workerMessages.map { sample in
            (sample.name, { Example(sender: "worker", meaning: sample.meaning, frames: try Wire.encode(sample.message)) })
        }
            + Samples.coordinatorMessages.map { sample in
                (sample.name, { Example(sender: "coordinator", meaning: sample.meaning, frames: try Wire.encode(sample.message)) })
            }
    }

    @Test("are there for every kind of message")
    func complete() throws {
        if ProcessInfo.processInfo.environment["MUSTER_WRITE_EXAMPLES"] != nil {
            try FileManager.default.createDirectory(at: Self.directory, withIntermediateDirectories: true)
            for (name, example) in Self.all {
                let file = Self.directory.appending(path: "\(name).txt")
                if !FileManager.default.fileExists(atPath: file.path) { try example().text.write(to: file, atomically: true, encoding: .utf8) }
            }
        }
        let present = try FileManager.default.contentsOfDirectory(atPath: Self.directory.path).filter { $0.hasSuffix(".txt") }.sorted()
        #expect(present == Self.all.map { "\($0.name).txt" }.sorted())
    }

    @Test("are read as the messages that they were written from")
    func read() throws {
        for sample in Samples.workerMessages {
            let example = try Self.read(sample.name)
            #expect(example.sender == "worker", "\(sample.name)")
            #expect(try Wire.decodeWorkerMessage(example.frames) == sample.message, "\(sample.name)")
        }
        for sample in Samples.coordinatorMessages {
            let example = try Self.read(sample.name)
            #expect(example.sender == "coordinator", "\(sample.name)")
            #expect(try Wire.decodeCoordinatorMessage(example.frames) == sample.message, "\(sample.name)")
        }
    }

    @Test("are written byte for byte by this version, too")
    func written() throws {
        for (name, example) in Self.all {
            #expect(try Self.read(name).frames == example().frames, "\(name)")
            #expect(try Self.read(name).meaning == example().meaning, "\(name)")
        }
    }

    @Test("every kind of message that the protocol has is among the samples")
    func kinds() throws {
        let proto = Self.directory.appending(path: "../muster/v1/worker.proto").standardized
        let text = try String(contentsOf: proto, encoding: .utf8)
        var kinds: [Int] = []
        for block in text.components(separatedBy: "oneof body {").dropFirst() {
            kinds.append(block.prefix { $0 != "}" }.split(separator: "\n").count { $0.contains(" = ") })
        }
        // Field numbers of the bodies in use, read from the encoded samples.
        func numbers(_ payloads: [[UInt8]]) -> Int { Set(payloads.compactMap { $0.first.map { $0 >> 3 } }).count }
        #expect(kinds == [numbers(try Samples.workerMessages.map { try Wire.encode($0.message)[1] }), numbers(try Samples.coordinatorMessages.map { try Wire.encode($0.message)[1] })])
    }
}
