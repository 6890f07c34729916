import Foundation
import TestSupport
import Testing

@testable import HostRunner

@Suite("A login that is to become a runner")
struct BootstrapTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Opens our client on a login shell as sshd would start it.
    private func login(_ words: [String], environment: [String: String] = [:], within limit: Duration = .seconds(20)) async throws -> HostRunner {
        // With SSH_CLIENT bash takes itself for started by sshd and reads .bashrc, whatever its standard input is.
        var variables = ["PATH": "/usr/bin:/bin", "HOME": directory.path, "SSH_CLIENT": "192.0.2.1 5 22", "LANG": "xx_XX"]
        variables.merge(environment) { $1 }
        let process = try PipedProcess(words + ["-c", RunnerIdentity.login.startLine], environment: variables)
        return try await HostRunner.open(
            on: PipeChannel(process: process), identity: .login, ledger: directory.file("ledger"), within: limit, nonce: "n0nce")
    }

    /// A shell that says something instead of becoming a runner.
    private func failure(_ script: String, within limit: Duration = .seconds(20)) async throws -> HostRunnerError? {
        let process = try PipedProcess(["/bin/sh", "-c", script], environment: ["PATH": "/usr/bin:/bin"])
        do {
            _ = try await HostRunner.open(on: PipeChannel(process: process), identity: .login, ledger: directory.path, within: limit, nonce: "n0nce")
            return nil
        } catch { return error }
    }

    static let noise = "echo 'Welcome, \"you\"'; echo 'HELLO 1 other a/b/c 5 uid=0'; echo 'ERROR nothing'; printf 'line %s\\n' one two; printf '\\033]0;title\\007no newline'"

    @Test(
        "works from every login shell, also a noisy one",
        arguments: [
            (["/usr/bin/bash"], ".bashrc"), (["/usr/bin/dash"], nil), (["/usr/bin/busybox", "ash"], nil), (["/usr/bin/csh"], ".cshrc"),
            (["/usr/bin/fish"], ".config/fish/config.fish"),
        ].filter { access($0.0[0], X_OK) == 0 })
    func shells(_ words: [String], _ profile: String?) async throws {
        if let profile {
            _ = try directory.directory(".config/fish")
            try directory.write(profile, Self.noise + "\n")
        }
        let runner = try await login(words)
        #expect(runner.hello.hasGroups)
        let told = Told()
        _ = try await runner.carryOut(makeStart("printenv PATH HOME LC_ALL; printenv LANG SSH_CLIENT"), telling: told)
        // Nothing of the login's own environment reaches a command.
        #expect(told.text(.output) == "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n/root\nC.UTF-8\n")
    }

    @Test("finds its greeting behind 60 KiB of noise, but not behind more")
    func muchNoise() async throws {
        try directory.write(".bashrc", "head -c 60000 /dev/zero\n")
        #expect(try await login(["/usr/bin/bash"]).hello.userID == Int(getuid()))
        try directory.write(".bashrc", "echo first; head -c 70000 /dev/zero\n")
        await #expect(throws: HostRunnerError.noHello(firstLine: "first")) { try await login(["/usr/bin/bash"]) }
    }

    @Test(
        "is given its ledger's path as one word, whatever is in it",
        arguments: ["", "/a b", "/it's", "'", "'; echo out; '", "'\u{301}; echo out; '\u{301}", "\u{301}'\u{200d}$(echo out)`echo out`", "/имя\u{1F468}\u{200d}\u{1F469}'"])
    func ledgerQuoting(ledger: String) throws {
        let line = RunnerIdentity.programLine(ledger: ledger, nonce: "n0nce")
        // The first command of the program, up to the newline written as \n.
        let end = try #require(line.indices.first { line[$0...].starts(with: Array("\\n".utf8)) })
        let start = String(decoding: line[..<end], as: UTF8.self)
        // As the start line's shell reads it.
        let output = try run("/bin/sh", ["-c", #"eval "$(printf %b "$1")"; printf '%s|' "$@""#, "sh", start]).joined(separator: "\n")
        // By bytes: texts that are equal for Swift may differ for a shell.
        #expect(Array(output.utf8) == Array("\(ledger)|n0nce|".utf8), "\(start)")
    }

    @Test("that has no shell is told with what it said")
    func noShell() async throws {
        #expect(try await failure("echo; echo 'This account is currently not available.'; exit 1") == .noShell(firstLine: "This account is currently not available."))
        #expect(try await failure("echo 'sh: no such shell' >&2; exit 127") == .noShell(firstLine: "sh: no such shell"))
        #expect(try await failure("read program; exit 0") == .noShell(firstLine: ""))
        #expect(try await failure("echo 'WARNING: Your password has expired.' >&2; exit 1") == .passwordExpired(firstLine: "WARNING: Your password has expired."))
    }

    @Test("that waits for an answer, or reads the program away, is given up in time")
    func menu() async throws {
        #expect(try await failure("echo '1) Reboot'; cat >/dev/null", within: .milliseconds(500)) == .noHello(firstLine: "1) Reboot"))
        try directory.write(".bashrc", "echo hungry; read program\n")
        await #expect(throws: HostRunnerError.noHello(firstLine: "hungry")) { try await login(["/usr/bin/bash"], within: .seconds(1)) }
    }

    @Test("says which tool the host lacks", arguments: ["od", "mkdir", "rm", "mv", "ls", "sleep"])
    func missing(_ tool: String) async throws {
        let path = try tools(without: tool)
        let process = try PipedProcess(["/usr/bin/dash", "-c", RunnerShell.bootstrap], environment: ["PATH": path, "HOME": "/"])
        await #expect(throws: HostRunnerError.missing(tool)) {
            try await HostRunner.open(on: PipeChannel(process: process), identity: .login, ledger: directory.path, nonce: "n0nce")
        }
        #expect("\(HostRunnerError.missing(tool))".hasPrefix("the host has no \(tool), which the runner needs"))
    }

    @Test("does without setsid, and still ends commands with their children")
    func noGroups() async throws {
        let shell = RunnerShell(testDescription: "dash without setsid", words: ["/usr/bin/dash"], path: try tools(without: "setsid"))
        let runner = try await RawRunner(shell, ledger: directory.path)
        #expect(runner.hello.contains("group=none"))
        let job = newJob(), mark = newMark()
        try runner.send(runner.startFrame(job, "sleep \(mark) & sleep \(mark)"))
        #expect(await eventually { processes(with: mark).count >= 2 })
        try runner.send("CANCEL \(job).1 cancelled\n")
        #expect(try await Ended(runner.until("DONE \(job).1")).how == "cancelled")
        #expect(await eventually { processes(with: mark).isEmpty })
    }

    @Test("tells why its ledger can't be used")
    func ledger() async throws {
        try directory.write("file", "")
        let process = try PipedProcess(["/usr/bin/dash", "-c", RunnerShell.bootstrap], environment: ["PATH": "/usr/bin", "HOME": "/"])
        do {
            _ = try await HostRunner.open(on: PipeChannel(process: process), identity: .login, ledger: directory.file("file/x"), nonce: "n0nce")
            Issue.record("a ledger below a file")
        } catch {
            #expect("\(error)".hasPrefix("the host's ledger can't be used: \(directory.file("file/x"))/"))
            #expect("\(error)".hasSuffix("can not be made — make room or give the host a `ledger:` directory of its own"))
        }
    }

    @Test(
        "refuses claims and holds on a disk without room, believes no look there, and records outcomes there",
        .enabled(if: getuid() == 0, "only root can mount a small disk"), arguments: RunnerShell.all)
    func fullDisk(_ shell: RunnerShell) async throws {
        let path = try directory.directory("small")
        try run("/usr/bin/mount", ["-t", "tmpfs", "-o", "size=128k", "tmpfs", path])
        defer { _ = try? run("/usr/bin/umount", ["-l", path]) }
        let runner = try await RawRunner(shell, ledger: path)
        let job = newJob(), next = newJob()
        try runner.send(runner.startFrame(job, "cat /dev/zero >'\(path)/fill'; echo filled >'\(directory.file("after"))'; exit 5"))
        #expect(try await Ended(runner.until("DONE \(job).1")).exitCode == 5)
        #expect(try await runner.state("\(job).1").prefix(3) == ["done", "done", "5"])
        try runner.send(runner.startFrame(next, "touch '\(directory.file("ran"))'"))
        #expect(try await runner.until("REFUSED", "DONE", "STATE") == ["REFUSED", "\(next).1", "nospace"])
        #expect(!FileManager.default.fileExists(atPath: directory.file("ran")))
        #expect(try await runner.hold(next, ledger: runner.ledger) == ["REFUSED", "\(next).1", "nospace"])
        #expect(try runner.entries().allSatisfy { $0.hasPrefix(job) })
        // Whoever can't say what is wrong may end as if nothing were: such a look is not believed.
        for look in ["grep -qx one '\(directory.file("nowhere"))'", "true"] {
            try runner.send("LOOK 7 0 s 1 0 n\n\(look)\nEND 7\n")
            #expect(try await runner.until("SEEN").prefix(3) == ["SEEN", "7", "125"])
        }
        try FileManager.default.removeItem(atPath: "\(path)/fill")
        try runner.send("LOOK 8 0 s 1 0 n\ntrue\nEND 8\n")
        #expect(try await runner.until("SEEN").prefix(3) == ["SEEN", "8", "0"])
        #expect(try await runner.run(next, "echo room").text == "room\n")
    }

    @Test(
        "as root tells what sudo said",
        arguments: [
            ("sudo: a password is required", BecomeProblem.passwordRequired), ("sudo: sorry, you must have a tty to run sudo", .terminalRequired),
            ("bob is not in the sudoers file.", .notAllowed("bob is not in the sudoers file.")), ("sh: 1: exec: sudo: not found", .notInstalled),
            ("sudo: unable to open log", .other("sudo: unable to open log")),
        ])
    func sudo(_ said: String, _ problem: BecomeProblem) async throws {
        let process = try PipedProcess(["/bin/sh", "-c", "echo 'Welcome'; echo '\(said)' >&2; exit 1"], environment: ["PATH": "/usr/bin:/bin"])
        await #expect(throws: HostRunnerError.become(problem)) {
            try await HostRunner.open(on: PipeChannel(process: process), identity: .root, nonce: "n0nce")
        }
    }

    /// A directory with all that the runner needs, but for one tool.
    private func tools(without tool: String) throws -> String {
        let path = try directory.directory("tools")
        for name in ["sh", "od", "mkdir", "rm", "mv", "ls", "ln", "sleep", "setsid"] where name != tool {
            try FileManager.default.createSymbolicLink(atPath: "\(path)/\(name)", withDestinationPath: "/usr/bin/\(name)")
        }
        return path
    }
}
