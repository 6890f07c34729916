import Foundation
import TestSupport
import Testing

@testable import HostRunner

@Suite("A frame")
struct FrameTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test("starts nothing without its last line", arguments: RunnerShell.all)
    func half(_ shell: RunnerShell) async throws {
        let file = directory.file("ran")
        for cut in [1, 4, 40, 60] {
            let runner = try await RawRunner(shell, ledger: directory.path)
            let frame = runner.startFrame(newJob(), "touch '\(file)'\ntouch '\(file)'")
            // Cut off, and followed by the end of the stream: the header is the largest part of what is left.
            try runner.send(Array(frame.dropLast(cut)))
            runner.process.closeInput()
            #expect(await eventually { runner.process.hasEnded })
        }
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    @Test("that is not as it must be ends the stream and starts nothing", arguments: RunnerShell.all)
    func malformed(_ shell: RunnerShell) async throws {
        let ledger = try directory.directory("ledger"), job = newJob()
        let probe = try await RawRunner(shell, ledger: ledger)
        let (key, late) = (probe.key, probe.uptime + 600)
        let command = "touch '\(directory.file("ran"))'"
        let frames = [
            "NONSENSE", String(repeating: "x", count: 9000), "", "start x", "\u{0}\u{1}\u{ff}", "START", "LOOK 1", "TELL ../x.1 0 0 1", "TELL nodot 0 0 1", "REVOKE ../../x.1 why", "CANCEL .1 why",
            "FORGET ../c 0", "FORGET c 1 ../x.1", "STOPLOOK x;y", "PULL 0 o a 1",
            "START \(key) \(late) 60 \(job) 1 d c r s 0 1 0 n\n\(command)\nEND \(job).2",
            "START \(key) \(late) 60 \(job) 1 d c r s 0 2 0 n\n\(command)\nEND \(job).1\nPING 1",
            "START \(key) \(late) 60 \(job) 1 d c r s 0 -1 0 n\n\(command)\nEND \(job).1",
            "START \(key) \(late) 60 \(job) 1 d c r s 0 1x 0 n\n\(command)\nEND \(job).1",
            "START \(key) \(late) sixty \(job) 1 d c r s 0 1 0 n\n\(command)\nEND \(job).1",
            "START \(key) never 60 \(job) 1 d c r s 0 1 0 n\n\(command)\nEND \(job).1",
            "START \(key) \(late) 60 ../\(job) 1 d c r s 0 1 0 n\n\(command)\nEND ../\(job).1",
            "START \(key) \(late) 60 \(job) 1 d ../c r s 0 1 0 n\n\(command)\nEND \(job).1",
            "LOOK 1 0 s 1 0 n\n\(command)\nEND 2", "LOOK 1 ../0 s 1 0 n\n\(command)\nEND 1",
        ]
        for frame in frames {
            let runner = try await RawRunner(shell, ledger: ledger)
            try runner.send(frame + "\n")
            #expect(try await runner.until("ERROR", "DONE", "SEEN", "STATE", "PULLED", "PONG", longest: 4095).prefix(2) == ["ERROR", "frame"], "\(frame)")
            #expect(await eventually { runner.process.isAtEnd }, "\(frame)")
        }
        #expect(!FileManager.default.fileExists(atPath: directory.file("ran")))
        // No frame has left a file, in the ledger or beside it.
        let names = try #require(FileManager.default.enumerator(atPath: directory.path)).compactMap { ($0 as? NSString)?.lastPathComponent }
        let machine = key.split(separator: "/").last.map(String.init) ?? ""
        #expect(Set(names) == ["ledger", "cwd", "mutating", machine])
    }

    @Test("may hold lines that look like frames", arguments: RunnerShell.all)
    func lookAlike(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob(), content = "END \(job).1\nPING 9\nSTART x\n"
        let ended = try await runner.run(job, "cat <<'X'\nEND \(job).1\nCANCEL \(job).1 x\nX\ncat content", content: Array(content.utf8))
        #expect(ended.text == "END \(job).1\nCANCEL \(job).1 x\n" + content)
    }

    @Test("of a look runs again each time and leaves no record", arguments: RunnerShell.all)
    func look(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        for turn in 1...3 {
            let seen = try await runner.look(turn, slot: turn % 2, "echo \(turn); echo e\(turn) >&2; exit \(turn)")
            #expect(seen.exitCode == turn)
            #expect(seen.text == "\(turn)\n")
            #expect(seen.error == Array("e\(turn)\n".utf8))
        }
        try runner.send("LOOK 9 0 s 1 2 l\ncat content\none\ntwo\nEND 9\n")
        #expect(try await Ended(runner.until("SEEN 9")).text == "one\ntwo\n")
    }

    @Test("for bash finds it, or is refused on a host without", arguments: RunnerShell.all)
    func bash(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob()
        try runner.send(runner.startFrame(job, "a=(x y); echo ${a[1]}", shell: "b"))
        let answer = try await runner.until("DONE", "REFUSED")
        if runner.hello.contains("bash=yes") {
            #expect(try Ended(answer).text == "y\n")
        } else {
            #expect(answer == ["REFUSED", "\(job).1", "shell"])
        }
        #expect(runner.hello.contains("bash=yes") == (shell.testDescription != "ash"))
    }

    @Test("is answered in lines under 4,096 bytes, however much came out", arguments: RunnerShell.all)
    func longLines(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob(), text = String(repeating: "x", count: 100_000)
        try runner.send(runner.startFrame(job, "a=\(text.prefix(50_000)); printf %s $a$a; printf %s $a$a >&2; exit 1"))
        try runner.send("LOOK 1 0 s 1 0 n\na=\(text.prefix(50_000)); printf %s $a; printf %s $a >&2\nEND 1\n")
        var output: [String: Int] = [:]
        var pending: Set = ["DONE", "SEEN"]
        while !pending.isEmpty { pending.remove(try await runner.until("DONE", "SEEN", longest: 4095)[0]) }
        try runner.send("TELL \(job).1 0 0 99\nPULL 0 o 0 34\nPING 1\n")
        while true {
            let words = try await runner.until("OUT", "PONG", longest: 4095)
            if words[0] == "PONG" { break }
            let stream = words[1] + words[2]
            #expect(Int(words[3]) == output[stream, default: 0])
            output[stream, default: 0] += words[4].utf8.count / 2
        }
        #expect(output == ["\(job).1o": 100_000, "\(job).1e": 100_000, "look.0o": 50_000])
    }

    @Test("gets output while the command runs, from any offset", arguments: RunnerShell.all)
    func pulled(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob(), gate = directory.file("gate")
        try runner.send(runner.startFrame(job, "printf abcdef; while [ ! -e '\(gate)' ]; do sleep 0.05; done; printf ghi"))
        try await runner.until("STARTED")
        #expect(
            try await eventually {
                try runner.send("TELL \(job).1 4 0 9\nPING 1\n")
                return try await runner.until("OUT", "PONG") == ["OUT", "\(job).1", "o", "4", "6566"]
            })
        #expect(try await runner.state("\(job).1") == ["running"])
        try directory.write("gate", "")
        try await runner.until("DONE")
        try runner.send("TELL \(job).1 6 - 9\n")
        #expect(try await runner.until("OUT", "STATE") == ["OUT", "\(job).1", "o", "6", "676869"])
    }

    @Test("about sizes gives back the middle of an output without end, and keeps its offsets", arguments: [RunnerShell.dash, .bash])
    func sizes(_ shell: RunnerShell) async throws {
        let runner = try await RawRunner(shell, ledger: directory.path)
        let job = newJob(), size = 80 << 20
        #expect(try await runner.run(job, "echo head; head -c \(size - 10) /dev/zero; echo tail").exitCode == 0)
        try runner.send("SIZE \(job).1\n")
        #expect(try await runner.until("SIZE") == ["SIZE", "\(job).1", "\(size)", "0"])
        try runner.send("TELL \(job).1 0 - 1\n")
        #expect(try await runner.until("OUT").last?.hasPrefix("686561640a00") == true)
        try runner.send("TELL \(job).1 \(size - 5) - 1\n")
        #expect(try await runner.until("OUT").last == "7461696c0a")
        let files = try #require(FileManager.default.enumerator(atPath: directory.path)).compactMap { $0 as? String }
        let path = directory.file(try #require(files.first { $0.hasSuffix("\(job).1.o") }))
        let blocks = try #require(Int(run("/usr/bin/stat", ["-c", "%b", path]).first ?? ""))
        #expect(blocks * 512 < 8 << 20)
    }
}
