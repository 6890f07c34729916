import Foundation
import Testing

@Suite("Dump") struct DumpTests {
    @Test func dump() throws {
        guard let path = ProcessInfo.processInfo.environment["DUMP"] else { return }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        for block in text.components(separatedBy: "\n") where !block.isEmpty {
            let script = block.replacingOccurrences(of: "⏎", with: "\n")
            print("# \(block)")
            for line in observed(script) { print("    \(line)") }
        }
    }
}
