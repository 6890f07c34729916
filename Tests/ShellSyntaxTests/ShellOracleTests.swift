import Foundation
import ShellSyntax
import Testing

/// The scripts of this machine, read by bash and by us. Bash only checks them (`bash -n`); none is ever run.
@Suite("The shell parser beside bash")
struct ShellOracleTests {
    private static let roots = ["/usr", "/etc", "/var/lib/dpkg/info"]
    private static let endings = [".sh", ".bash", ".postinst", ".prerm", ".preinst", ".postrm"]

    /// Scripts by their name's ending, or by their first line; at most `limit`.
    private static func scripts(limit: Int) -> [String] {
        var found: [String] = []
        for root in roots {
            guard let files = FileManager.default.enumerator(atPath: root) else { continue }
            for case let name as String in files where found.count < limit {
                let path = root + "/" + name
                guard endings.contains(where: name.hasSuffix) || root == "/etc" || name.hasPrefix("bin/") || name.hasPrefix("sbin/") || name.contains("git-core/") || name.contains("bash-completion/")
                else { continue }
                guard let text = text(path), endings.prefix(2).contains(where: name.hasSuffix) || isShell(text) || name.contains("bash-completion/") else { continue }
                found.append(path)
            }
        }
        return found
    }

    private static func text(_ path: String) -> String? {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path), attributes[.type] as? FileAttributeType == .typeRegular,
            let size = attributes[.size] as? Int, size <= ShellParser.sizeLimit, let data = FileManager.default.contents(atPath: path)
        else { return nil }
        return String(validating: data, as: UTF8.self)
    }

    private static func isShell(_ text: String) -> Bool {
        let line = text.prefix { $0 != "\n" }
        return line.hasPrefix("#!") && ["/sh", "/bash", "/dash", " sh", " bash"].contains { line.contains($0) }
    }

    private static func program(_ name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private static func output(_ program: String, _ arguments: [String], input: String) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let output = Pipe()
        guard let handle = FileHandle(forReadingAtPath: input) else { return Data() }
        process.standardInput = handle
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return data
    }

    @Test("accepts and refuses what bash does")
    func bash() throws { try compare(.bash, with: "bash", Self.scripts(limit: 2000)) }

    @Test("accepts and refuses for a POSIX shell what dash does")
    func dash() throws {
        try compare(.posix, with: "dash", Self.scripts(limit: 2000).filter { Self.text($0)?.prefix(12).contains("bin/sh") ?? false })
    }

    private func compare(_ dialect: Dialect, with name: String, _ paths: [String]) throws {
        guard let shell = Self.program(name) else { return print("skipped: no \(name) on the PATH") }
        let list = FileManager.default.temporaryDirectory.appendingPathComponent("scripts-\(UUID().uuidString)")
        try paths.joined(separator: "\n").appending("\n").write(to: list, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: list) }
        let loop = "while IFS= read -r f; do if \"$0\" -n \"$f\" </dev/null 2>/dev/null; then echo 0; else echo 1; fi; done"
        let verdicts = String(decoding: try Self.output(shell, ["-c", loop, shell], input: list.path), as: UTF8.self).split(separator: "\n")
        try #require(verdicts.count == paths.count)
        var agreed = 0
        for (path, verdict) in zip(paths, verdicts) {
            let ours = Shown.text(Self.text(path) ?? "", dialect)
            if ours.hasPrefix("reject") == (verdict == "1") { agreed += 1 } else { print("\(path): \(name) says \(verdict), we say \(ours.prefix(100))") }
        }
        print("agreement with \(name) -n: \(agreed) of \(paths.count) scripts")
        #expect(Double(agreed) >= 0.995 * Double(paths.count))
    }

    @Test("finds the commands that shfmt finds")
    func commands() throws {
        guard let shfmt = Self.program("shfmt") else { return print("skipped: no shfmt on the PATH") }
        var agreed = 0
        var compared = 0
        var commands = 0
        for path in Self.scripts(limit: 2000) {
            guard let text = Self.text(path), let tree = try? ShellParser.parse(text) else { continue }
            guard let theirs = ShfmtSignatures(try Self.output(shfmt, ["-ln", "bash", "-tojson"], input: path)) else { continue }
            let ours = CommandSignatures(tree)
            let found = ours.found.filter { !$0.hasPrefix("let/") }.sorted()
            compared += 1
            commands += found.count
            if found == theirs.found.sorted(), ours.redirections == theirs.redirections { agreed += 1 } else { print("\(path): not the same commands") }
        }
        print("agreement with shfmt: \(agreed) of \(compared) scripts, \(commands) commands")
        #expect(Double(agreed) >= 0.995 * Double(compared))
    }
}
