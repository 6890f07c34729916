import ConfigurationFiles
import Foundation
import Model
import TestSupport
import Testing

/// Small, fast and the same everywhere: a failing case can be had again from its seed.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite("Damaged configuration files")
struct FuzzTests {
    private static let pieces: [[UInt8]] =
        [
            "\t", "\n", "\r\n", " ", "  ", ":", ": ", "- ", "[", "]", "{", "}", "&a ", "*a", "!!int ", "<<: *a\n", "---\n", "...\n", "%YAML 1.2\n", "\"", "'", "#", "|\n", ">-\n",
            "~", "null", "99999999999999999999", "-1", "1e999", ".nan", "\u{FEFF}", "\u{2028}", "é", "[0:9223372036854775807]", "[1:3]", "{}", "hosts: ", "children: ", "? ", "\\x00", "\"\\0\"",
        ].map { Array($0.utf8) } + [[0], [0xFF], [0xC3], [0xED, 0xA0, 0x80], [0x1B], [0x7F]]

    private static func mutate(_ text: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = text
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, place + Int.random(in: 0...12, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes.insert(contentsOf: pieces.randomElement(using: &random) ?? [], at: place)
            case 1: bytes.removeSubrange(place..<end)
            case 2: bytes.replaceSubrange(place..<end, with: pieces.randomElement(using: &random) ?? [])
            case 3: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
            case 4: bytes = Array(bytes.prefix(place))
            default: if place < bytes.count { bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
            }
        }
        return bytes
    }

    @Test("load or give lines with a place within the file; they never crash", arguments: 1...8)
    func damaged(seed: UInt64) throws {
        var random = SplitMix64(state: seed)
        let files = try ["server_config.yaml", "agent_config.yaml", "inventory.yaml"].map { try bytes(ofFile: "\(packageDirectory)/config/\($0)") }
        let directory = try TemporaryDirectory()
        var refused = 0, loaded = 0
        for round in 0..<150 {
            let which = Int.random(in: 0..<3, using: &random)
            let bytes = Self.mutate(files[which], &random)
            let path = directory.file("f.yaml")
            try Data(bytes).write(to: URL(filePath: path))
            let sources = ConfigurationSources(
                server: which == 0 ? path : nil, agent: which == 1 ? path : nil, inventory: which == 2 ? path : nil,
                environment: ["XDG_CONFIG_HOME": directory.file("none")], workingDirectory: directory.path)
            let result = Loaded(sources, stripping: directory.path)
            if case .settings = result { loaded += 1 } else { refused += 1 }
            // As libyaml counts lines: a lone CR ends one too, and so do NEL, LS and PS.
            let lines = String(decoding: bytes, as: UTF8.self).unicodeScalars.count { ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains($0) } + 1
            for problem in result.problems {
                let match = try #require(problem.wholeMatch(of: /f\.yaml:([0-9]+):([0-9]+): (.+) — (.+)/), "seed \(seed), round \(round): \(problem)")
                let line = try #require(Int(match.1)), column = try #require(Int(match.2))
                #expect((1...lines).contains(line) && column >= 1, "seed \(seed), round \(round): \(problem)")
                #expect(!problem.unicodeScalars.contains { $0.properties.generalCategory == .control }, "seed \(seed), round \(round): \(problem)")
                #expect(problem.count < 1000, "seed \(seed), round \(round)")
            }
        }
        // Both happen, or this would test little.
        #expect(refused > 20 && loaded > 5)
    }
}
