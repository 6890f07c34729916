import Foundation
import TestSupport
import Testing

@Suite("A command that is started")
struct StartTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test("returns its bytes, both streams apart, and its exit code", arguments: RunnerShell.all)
    func outcome(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let ended = try await runner.run(newJob(), #"printf 'a\000\377\n'; echo 'Привет с «мира»' >&2; exit 7"#)
        #expect(ended.exitCode == 7)
        #expect(ended.how == "exit")
        #expect(ended.left == "left=0")
        #expect(ended.output == [0x61, 0, 0xff, 0x0a])
        #expect(String(decoding: ended.error, as: UTF8.self) == "Привет с «мира»\n")
    }

    @Test("is not run again by a repeated frame, which gets the state instead", arguments: RunnerShell.all)
    func once(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob(), file = directory.file("ran")
        let frame = runner.startFrame(job, "echo x >>'\(file)'; echo said; exit 3")
        try runner.send(frame)
        try await runner.until("DONE \(job).1")
        for _ in 0..<2 {
            try runner.send(frame)
            #expect(try await runner.until("STATE", "DONE").dropFirst(2).prefix(4) == ["done", "done", "3", "exit"])
        }
        #expect(try bytes(ofFile: file) == Array("x\n".utf8))
        try runner.send("TELL \(job).1 0 0 9\n")
        #expect(try await runner.until("OUT").last == "736169640a")
    }

    @Test("runs once when two runners get its frame at the same moment", arguments: RunnerShell.all)
    func twoRunners(_ shell: RunnerShell) async throws {
        let first = try await RawRunner(shell, ledger: directory.path)
        let second = try await RawRunner(shell, ledger: directory.path)
        for _ in 0..<5 {
            let job = newJob(), file = directory.file(job)
            let frame = first.startFrame(job, "echo x >>'\(file)'")
            try first.send(frame)
            try second.send(frame)
            for runner in [first, second] {
                #expect(try await eventually { try await runner.state("\(job).1").first == "done" })
            }
            #expect(try bytes(ofFile: file) == Array("x\n".utf8))
        }
    }

    @Test("finds no frames on its standard input", arguments: RunnerShell.all)
    func input(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        for command in ["cat", "read x; echo \"got:$x\"", "sh -c 'cat; read y'; exit 0", "while read l; do echo \"$l\"; done"] {
            let job = newJob(), next = newJob()
            // Both frames are there before the first command starts: it could read the second if it had our input.
            try runner.send(runner.startFrame(job, command) + runner.startFrame(next, "echo next") + Array("LOOK 1 0 s 1 0 n\n\(command)\nEND 1\n".utf8))
            var seen: [String: Ended] = [:]
            while seen.count < 3 {
                let words = try await runner.until("DONE", "SEEN")
                seen[words[1]] = try Ended(words)
            }
            #expect(["", "got:\n"].contains(seen["\(job).1"]?.text))
            #expect(["", "got:\n"].contains(seen["1"]?.text))
            #expect(seen["\(next).1"]?.text == "next\n")
        }
        try runner.send("PING 6\n")
        #expect(try await runner.until("PONG 6").count == 3)
    }

    @Test("has no descriptors but its three, no blocked or (but INT and QUIT) ignored signals, umask 022", arguments: RunnerShell.all)
    func surroundings(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let ask = "umask; ls /proc/self/fd; grep -E '^Sig(Blk|Ign)' /proc/self/status"
        for seen in [try await runner.run(newJob(), ask), try await runner.look(1, ask)] {
            let words = seen.text.split(whereSeparator: \.isWhitespace).map(String.init)
            // The fourth is the directory that ls itself reads.
            #expect(words.dropLast() == ["0022", "0", "1", "2", "3", "SigBlk:", "0000000000000000", "SigIgn:"])
            // INT and QUIT are ignored by every list that a POSIX shell starts with &; 32 and 33 belong to glibc's posix_spawn.
            #expect(words.last.flatMap { UInt64($0, radix: 16) }.map { $0 & 0x7fff_fff9 } == 0)
        }
    }

    @Test("has the specified environment and nothing else", arguments: RunnerShell.all)
    func environment(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        // What shells set themselves.
        let own: Set = ["PWD", "OLDPWD", "SHLVL", "_"]
        let expected = [
            "PATH=\(shell.path)", "HOME=/root", "USER=root", "LOGNAME=root", "TERM=dumb", "PAGER=cat", "SYSTEMD_PAGER=cat",
            "DEBIAN_FRONTEND=noninteractive", "NEEDRESTART_MODE=l", "LC_ALL=C.UTF-8",
        ]
        for seen in [try await runner.run(newJob(), "env"), try await runner.look(1, "env")] {
            let lines = seen.text.split(separator: "\n").map(String.init).filter { !own.contains(String($0.prefix { $0 != "=" })) }
            #expect(Set(lines) == Set(expected))
        }
    }

    @Test("gets its own variables, whatever their names mean to the runner", arguments: RunnerShell.all)
    func variables(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let names = ["A", "SC", "SH", "G", "X", "J", "L", "W", "ENV1", "V", "c", "NL"]
        let values = names.map { "\($0)=x y  z*\\n '\"$ ы \($0)" }
        let ended = try await runner.run(newJob(), names.map { "printf '%s\\n' \"$\($0)\"" }.joined(separator: ";"), environment: values)
        #expect(ended.text == values.map { $0.drop { $0 != "=" }.dropFirst() + "\n" }.joined())
    }

    @Test("gets a variable of several lines", arguments: RunnerShell.all)
    func linesInVariable(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        // After a backslash the line is escaped as for printf %b.
        let ended = try await runner.run(newJob(), #"printf '<%s>' "$A" "$B""#, environment: [#"\A=one\ntwo\\n %s\n"#, #"B=\n"#])
        #expect(ended.text == "<one\ntwo\\n %s\n><\\n>")
    }

    @Test("gets a text of many lines, byte for byte", arguments: RunnerShell.all)
    func longText(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let lines = (0..<800).map { "строка \($0) \\n $x `y` 'z' \"w\"\t " }.joined(separator: "\n")
        let ended = try await runner.run(newJob(), "cat <<'X' >'\(directory.file("copy"))'\n\(lines)\nX")
        #expect(ended.exitCode == 0)
        #expect(try String(decoding: bytes(ofFile: directory.file("copy")), as: UTF8.self) == lines + "\n")
        let long = String(repeating: "abcdefghij", count: 6000)
        let echoed = try await runner.run(newJob(), "printf %s \(long) >'\(directory.file("long"))'")
        #expect(echoed.exitCode == 0)
        #expect(try bytes(ofFile: directory.file("long")).count == 60000)
    }

    @Test("finds its content in a directory of its own, every byte but NUL", arguments: RunnerShell.all)
    func content(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        for content in ["", "\n", "one\\n\n  two\r", "one\n", "one\n\n"] {
            let ended = try await runner.run(newJob(), "cat content; ls", content: Array(content.utf8))
            #expect(ended.output == Array((content + "content\n").utf8))
        }
        let all = (1...255).map { UInt8($0) } + [0x80, 0x81, 0x88, 0xff]
        #expect(try await runner.run(newJob(), "cat content", content: all).output == all)
    }
}
