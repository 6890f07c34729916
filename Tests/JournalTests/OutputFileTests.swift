import Foundation
import Glibc
import TestSupport
import Testing

@testable import Journal

@Suite("Output files")
struct OutputFileTests {
    let directory: TemporaryDirectory
    var path: String { directory.path }

    init() throws { directory = try TemporaryDirectory() }

    private func frame(_ number: Int, bytes: Int = 50) -> OutputFrame {
        OutputFrame(
            job: "job\(number)", attempt: 2, stream: number.isMultiple(of: 2) ? .output : .error, offset: UInt64(number) * 1000,
            bytes: payload(number, bytes: bytes))
    }

    private func items(_ name: String = "h01", from position: Int = 0) throws -> [OutputItem] {
        let reader = OutputReader(directory: path, name: name, from: position)
        var items: [OutputItem] = []
        while let item = try reader.next() { items.append(item) }
        return items
    }

    private func change(_ name: String = "h01", _ body: (inout [UInt8]) throws -> Void) throws {
        let file = OutputFile.path(directory: path, name: name)
        var content = try bytes(ofFile: file)
        try body(&content)
        try Data(content).write(to: URL(filePath: file))
    }

    @Test("give back every byte, in order, for nobody else to read")
    func roundTrip() throws {
        let file = try OutputFile(directory: path, name: "h01")
        let all = (0...255).map { UInt8($0) }
        let frames = [
            frame(1), OutputFrame(job: "", attempt: 0, stream: .error, offset: .max, bytes: []),
            OutputFrame(job: "a b\n%é", attempt: 1, stream: .output, offset: 0, bytes: all + all), frame(2, bytes: 700_000), frame(3),
        ]
        for frame in frames { #expect(file.append(frame) == .kept) }
        #expect(try items() == frames.map { .frame($0) })
        #expect(try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.attributesOfItem(atPath: path + "/output")[.posixPermissions] as? Int == 0o700)
    }

    @Test("split a piece that is too long for one frame, and say where each part begins")
    func split() throws {
        let file = try OutputFile(directory: path, name: "h01")
        let long = frame(1, bytes: 2_500_000)
        #expect(file.append(long) == .kept)
        var joined: [UInt8] = []
        for item in try items() {
            guard case .frame(let part) = item else { continue }
            #expect(part.offset == 1000 + UInt64(joined.count))
            joined += part.bytes
        }
        #expect(joined == long.bytes)
    }

    @Test("can be followed while they grow, and from any position that a reader gave")
    func follow() throws {
        let reader = OutputReader(directory: path, name: "h01")
        #expect(try reader.next() == nil)
        let file = try OutputFile(directory: path, name: "h01")
        #expect(try reader.next() == nil)
        _ = file.append(frame(1))
        _ = file.append(frame(2))
        #expect(try reader.next() == .frame(frame(1)))
        let position = reader.position
        #expect(try reader.next() == .frame(frame(2)))
        #expect(try reader.next() == nil)
        _ = file.append(frame(3))
        #expect(try reader.next() == .frame(frame(3)))
        #expect(try items(from: position) == [.frame(frame(2)), .frame(frame(3))])
    }

    @Test("end at their limit with a word of it, and never grow beyond", arguments: [0, 1000, 2000, 2100, 2345])
    func limit(_ limit: Int) throws {
        let file = try OutputFile(directory: path, name: "h01", limit: limit)
        var outcomes: [OutputOutcome] = []
        for number in 1...40 { outcomes.append(file.append(frame(number, bytes: 300))) }
        #expect(outcomes.filter { $0 == .limitReached }.count == 1)
        #expect(outcomes.last == .dropped)
        let items = try items()
        #expect(items.last == .limitReached)
        #expect(items.filter { $0 == .limitReached }.count == 1)
        let size = try bytes(ofFile: file.path).count
        #expect(size <= max(limit, OutputFrame.limitLine.count))
        // Full stays full after opening again.
        let again = try OutputFile(directory: path, name: "h01", limit: limit)
        #expect(again.append(frame(41)) == .dropped)
        #expect(again.bytesCut == 0)
        #expect(try self.items() == items)
    }

    @Test("a torn last frame is not given, and is cut off before the next", arguments: ["cut", "zeros", "zeros after a part", "garbled"])
    func torn(_ kind: String) throws {
        let file = try OutputFile(directory: path, name: "h01")
        _ = file.append(frame(1))
        let start = try bytes(ofFile: file.path).count
        _ = file.append(frame(2, bytes: 900))
        let end = try bytes(ofFile: file.path).count
        for cut in stride(from: start + 1, to: end, by: 7) {
            try change { content in
                switch kind {
                case "cut": content.removeLast(end - cut)
                case "zeros": for index in start..<end { content[index] = 0 }
                case "zeros after a part": for index in cut..<end { content[index] = 0 }
                // A byte of the content: the header promises a length that is there.
                default: content[max(cut, start + 60)] ^= 0x55
                }
            }
            let reader = OutputReader(directory: path, name: "h01")
            #expect(try reader.next() == .frame(frame(1)))
            #expect(try reader.next() == nil, "cut at \(cut - start) of \(end - start)")
            let again = try OutputFile(directory: path, name: "h01")
            #expect(again.bytesCut == (kind == "cut" ? cut : end) - start)
            // The same reader goes on behind the cut.
            #expect(again.append(frame(2, bytes: 900)) == .kept)
            #expect(try reader.next() == .frame(frame(2, bytes: 900)))
        }
    }

    @Test("damage in the middle is told with its place, and cut off with all behind it before the next frame")
    func damaged() throws {
        let file = try OutputFile(directory: path, name: "h01")
        for number in 1...5 { _ = file.append(frame(number)) }
        let reader = OutputReader(directory: path, name: "h01")
        _ = try reader.next()
        let position = reader.position
        try change { $0[position + 60] ^= 1 }
        let error = #expect(throws: JournalError.self) { try items() }
        #expect(error == .damagedOutput(file.path, position: position))
        #expect(error.map { "\($0)" } == "the output file \(file.path) is damaged at byte \(position) — what comes after it can't be read")
        let again = try OutputFile(directory: path, name: "h01")
        #expect(again.bytesCut > 0)
        #expect(again.append(frame(9)) == .kept)
        #expect(try items() == [.frame(frame(1)), .frame(frame(9))])
    }

    @Test("any bytes are read without harm, and appended to", arguments: 0..<10 as Range<UInt64>)
    func anything(_ seed: UInt64) throws {
        var random = Seeded(seed)
        for round in 0..<30 {
            let file = try OutputFile(directory: path, name: "h\(round)")
            for number in 0..<6 { _ = file.append(frame(number, bytes: Int.random(in: 0...200, using: &random))) }
            try change("h\(round)") { content in
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let index = Int.random(in: 0..<content.count, using: &random)
                    content[index] = UInt8.random(in: .min ... .max, using: &random)
                }
            }
            _ = try? items("h\(round)")
            let again = try OutputFile(directory: path, name: "h\(round)")
            #expect(again.append(frame(7)) == .kept)
            #expect(try items("h\(round)").last == .frame(frame(7)))
        }
    }

    @Test(
        "no name leaves the directory, and no two share a file",
        arguments: [
            "../../etc/passwd", "/etc/passwd", "..", ".", "", "a/b", "a%2Fb", "a\u{0}b", "a\nb", ".hidden", "-rf", "é", "e\u{301}", "%",
            "h01.example.org",
            String(repeating: "x", count: 300), String(repeating: "x", count: 301), String(repeating: "/", count: 200),
        ])
    func hostileNames(_ name: String) throws {
        let file = try OutputFile(directory: path, name: name)
        #expect(file.append(frame(1)) == .kept)
        let made = try FileManager.default.contentsOfDirectory(atPath: path + "/output")
        #expect(made.count == 1)
        #expect(made.allSatisfy { $0.hasSuffix(".log") && !$0.hasPrefix(".") && $0.utf8.count <= 255 && !$0.contains("/") })
        #expect(try items(name) == [.frame(frame(1))])
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["output"])
        if name == "h01.example.org" { #expect(made == ["h01.example.org.log"]) }
    }

    @Test("names stay different, and come back from their encoding")
    func encoding() {
        let names = [
            "", "%", "%25", "a/b", "a%2Fb", "a_2Fb", ".a", "%2Ea", "é", "e\u{301}", String(repeating: "x", count: 300),
            String(repeating: "x", count: 301),
        ]
        let encoded = names.map { PercentEncoding.encode($0, limit: 240) }
        #expect(Set(encoded).count == names.count)
        for (name, text) in zip(names, encoded) where name.utf8.count < 240 { #expect(PercentEncoding.decode(text) == name) }
        #expect(encoded.allSatisfy { $0.utf8.count <= 240 })
    }

    @Test("a link or a pipe in a file's place is refused", arguments: ["link", "pipe"])
    func notAFile(_ kind: String) throws {
        let target = try directory.write("precious", "text")
        _ = try directory.directory("output")
        let file = OutputFile.path(directory: path, name: "h01")
        if kind == "link" { symlink(target, file) } else { mkfifo(file, 0o600) }
        #expect(throws: JournalError.self) { try OutputFile(directory: path, name: "h01") }
        #expect(try bytes(ofFile: target) == Array("text".utf8))
    }
}
