import Foundation
import Testing

@testable import HostRunner

@Suite("The runner's program")
struct ProgramTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/Adapters/HostRunner").standardized

    @Test("is embedded in the binary as it stands in runner.sh")
    func embedded() throws {
        let source = try String(contentsOf: Self.folder.appending(path: "runner.sh"), encoding: .utf8)
        let program = source.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("#") }.joined(separator: "\n")
        // A multi-line literal ends without the file's last newline.
        #expect(RunnerProgram.text + "\n" == program, "run: sh Sources/Adapters/HostRunner/embed.sh")
    }
}
