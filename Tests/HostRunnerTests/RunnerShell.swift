import Foundation
import TestSupport
import Testing

@testable import HostRunner

/// The shells that the runner must work in, each also as the `sh` of the commands.
struct RunnerShell: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// Program and arguments before `-c`.
    let words: [String]
    let path: String

    static let dash = RunnerShell(testDescription: "dash", words: ["/usr/bin/dash"], path: tools("dash", sh: "/usr/bin/dash") + ":/usr/sbin:/usr/bin")
    static let bash = RunnerShell(
        testDescription: "bash", words: ["/usr/bin/bash", "--posix"], path: tools("bash", sh: "/usr/bin/bash") + ":/usr/sbin:/usr/bin")
    /// BusyBox alone: no other tool is on the path, and no bash.
    static let ash = RunnerShell(testDescription: "ash", words: ["/usr/bin/busybox", "ash"], path: tools("ash", sh: "/usr/bin/busybox"))
    static let all = [dash, bash, ash]

    /// The text that the start line gives to `sh -c`.
    static var bootstrap: String {
        let line = RunnerIdentity.login.startLine
        guard let start = line.range(of: "sh -c '"), line.hasSuffix("'") else { return "" }
        return String(line[start.upperBound...].dropLast())
    }

    private static let folder = try? TemporaryDirectory()

    /// A directory with `sh`, and for BusyBox with its applets.
    private static func tools(_ name: String, sh: String) -> String {
        guard let path = try? folder?.directory(name) else { return "/nonexistent" }
        if name == "ash" { _ = try? run(sh, ["--install", "-s", path]) }
        if name != "ash" { try? FileManager.default.createSymbolicLink(atPath: path + "/sh", withDestinationPath: sh) }
        return path
    }
}
