import Foundation
import Glibc
import TestSupport
import Testing

@testable import HostRunner

/// A look's text is read by a fork of the runner's shell, a command's by a shell of its own: nobody may notice.
@Suite("The text of a look")
final class LookTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test("finds no variable, function, option or argument of the runner's", arguments: RunnerShell.all)
    func nothingOfOurs(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let functions = RunnerProgram.text.split(separator: "\n").compactMap { line -> String? in
            let name = line.prefix { $0.isLowercase }
            return line.dropFirst(name.count).hasPrefix("() ") ? String(name) : nil
        }
        #expect(functions.contains("say") && functions.contains("glance"))
        // After a start and some looks: what these leave behind counts too.
        _ = try await runner.run(newJob(), "true", environment: ["A=b"], content: Array("x\n".utf8))
        for slot in 0..<16 { _ = try await runner.look(slot + 1, slot: slot, "true") }
        let texts = [
            "for n in \(functions.joined(separator: " ")); do command -v $n; done; echo all",
            #"echo "$# $* $-"; printf %s "$IFS" | od -An -tx1; echo /et[c]; trap; alias; umask; pwd"#,
        ]
        for (number, text) in texts.enumerated() {
            let look = try await runner.look(100 + number, text)
            let start = try await runner.run(newJob(), text)
            #expect(look.text == start.text)
        }
        // What bash keeps for a function and a pipe, and what a shell says of its parent.
        let own: Set = ["_", "FUNCNAME", "PIPESTATUS", "BASH_LINENO", "BASH_SOURCE", "PPID", "LINENO", "BASH_EXECUTION_STRING", "OLDPWD", "SHLVL"]
        func names(_ ended: Ended) -> Set<String> { Set(ended.text.split(separator: "\n").map(String.init)).subtracting(own) }
        let ask = "set | sed -n 's/^\\([A-Za-z_][A-Za-z0-9_]*\\)=.*/\\1/p'"
        let look = try await runner.look(200, ask)
        #expect(names(try await runner.run(newJob(), ask)) == names(look))
    }

    @Test("ends as it would in a shell of its own", arguments: RunnerShell.all)
    func endings(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let texts = [
            "exit 4", "(", "; true", "echo before\nif", "", "# nothing", "false", "trap 'echo bye' EXIT; exit 3", "break; echo on", "continue; echo on",
            "set -e; false; echo no", "set -u; echo $nothing; echo no", "exec echo there", "readonly Q=1; Q=2; echo no", "cat <<X\na\nX",
            "sh -c 'kill -9 $$'", "echo $((1 + 1)); nosuchcommand", "cd /nosuchdirectory || echo gone", "V=x; NL=y; echo $V$NL", "shift; echo on",
            "f() { echo f; return 3; }; f", "echo a & wait", "exec 3<&0 4>&1; echo four >&4",
        ]
        for (number, text) in texts.enumerated() {
            let look = try await runner.look(number + 1, text), start = try await runner.run(newJob(), text)
            // Of its own errors bash as "sh -c" says 127, in a fork 1: a failure either way.
            if shell.testDescription == "bash", start.exitCode == 127 { #expect(look.exitCode != 0, "\(text)") } else { #expect(look.exitCode == start.exitCode, "\(text)") }
            #expect(look.text == start.text, "\(text)")
        }
    }

    @Test("shares no file with a look of another runner, in the same slot of the same ledger", arguments: RunnerShell.all)
    func twoRunners(_ shell: RunnerShell) async throws {
        let runners = [try await RawRunner(shell, ledger: directory.path), try await RawRunner(shell, ledger: directory.path)]
        let gate = directory.file("gate")
        for (number, runner) in runners.enumerated() {
            try runner.send("LOOK 1 0 s 1 1 l\necho \(number); : >'\(directory.file("in\(number)"))'; while [ ! -e '\(gate)' ]; do sleep 0.05; done; cat content\nfile \(number)\nEND 1\n")
            #expect(await eventually { FileManager.default.fileExists(atPath: directory.file("in\(number)")) })
        }
        try directory.write("gate", "")
        for (number, runner) in runners.enumerated() { #expect(try await Ended(runner.until("SEEN 1")).text == "\(number)\nfile \(number)\n") }
        func files() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: runners[0].ledger).filter { $0.hasPrefix("look.") } }
        #expect(try files().count == 6)
        // One that is killed leaves its files to the next; one that ends takes them along.
        runners[0].process.kill(SIGKILL)
        runners[1].process.closeInput()
        #expect(await eventually { runners.allSatisfy { $0.process.hasEnded } })
        #expect(try files().count == 3)
        _ = try await RawRunner(shell, ledger: directory.path)
        #expect(try files().isEmpty)
    }

    @Test("leaves the runner as it was", arguments: RunnerShell.all)
    func nothingOfTheirs(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        _ = try await runner.look(1, "L=/nonexistent; KEY=x; cd /; umask 0; set -e -u; trap '' TERM; say() { :; }; exec >/dev/null 2>&1; exit 1")
        #expect(try await runner.look(2, "umask; echo ${Q-unset}").text == "0022\nunset\n")
        #expect(try await runner.run(newJob(), "umask").text == "0022\n")
    }
}
