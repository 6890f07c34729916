import CommandSafety
import Foundation
import Testing

/// Tests/Fixtures/commands/classes.txt, and rewrites of its lines that keep their meaning.
@Suite("The guard on the policy's classes")
struct ClassTests {
    struct Line {
        var decision: Decision
        var policyClass: String
        var command: String

        /// A command without pipes, lists, redirections or patterns: a wrapper can stand before it.
        var isPlain: Bool { !command.contains { "|&;<>$*{}\\'\"~!".contains($0) } && !command.contains("=/tmp/bin") }
    }

    static func lines() throws -> [Line] {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/commands/classes.txt")
        return try String(contentsOf: path, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
            let decisions: [String: Decision] = ["allow": .allow, "ask": .ask, "deny": .deny]
            return Line(decision: try #require(decisions[parts[0]]), policyClass: parts[1], command: parts[2])
        }
    }

    static func judge(_ command: String, _ purpose: CommandPurpose = .command) -> Verdict {
        CommandGuard().judge(command, context: CommandContext(purpose: purpose, loginUser: "deploy"))
    }

    @Test("gives each line its decision and names its class")
    func table() throws {
        for line in try Self.lines() {
            let verdict = Self.judge(line.command)
            #expect(verdict.decision == line.decision, "\(line.command): \(verdict.findings.map(\.why))")
            if line.decision != .allow {
                #expect(verdict.findings.contains { $0.policyClass.rawValue == line.policyClass }, "\(line.command): \(verdict.findings.map(\.policyClass))")
            }
        }
    }

    @Test("has lines for every class")
    func complete() throws {
        let present = Set(try Self.lines().map(\.policyClass))
        let elsewhere: Set<String> = ["account-change", "look-must-not-change", "forbidden-by-configuration"]
        #expect(PolicyClass.allCases.map(\.rawValue).filter { !present.contains($0) && !elsewhere.contains($0) } == [])
    }

    /// What runs the command behind it.
    static let wrappers = [
        "sudo", "sudo -n", "sudo -u root", "sudo -uroot", "sudo -nu root", "sudo -nHu root", "sudo --user root", "sudo --user=root", "sudo --use root", "sudo -E --", "sudo A=1",
        "doas", "doas -u root", "env", "env A=1", "env -i A=1", "env -u X", "env -iu X", "env --unset X", "env --uns X", "env -- A=1", "/usr/bin/env", "nice", "nice -n 5", "nice -5",
        "nice --adj 5", "ionice -c2 -n 7", "ionice -c 2", "chrt -f 10", "timeout 5", "timeout -k 1 5", "timeout --sig KILL 5", "timeout -sKILL 5", "nohup", "setsid", "setsid -w",
        "stdbuf -oL", "stdbuf -o L", "command", "exec", "exec -a x", "busybox", "toybox", "flock /tmp/l", "flock -w 5 /tmp/l", "runuser -u root --", "setpriv --reuid 0",
        "taskset -c 0", "unshare -m", "nsenter -t 1 -m", "strace -f -o /tmp/o", "systemd-run -t", "systemd-run --wait -p X=1", "systemd-inhibit", "pkexec", "pkexec --user root", "setarch x86_64",
        "linux64", "prlimit --nofile=10", "sudo env nice", "/lib64/ld-linux-x86-64.so.2", "watch", "watch -n 1", "parallel", "chpst -u root", "fakeroot", "unbuffer", "choom -n 0 --",
        "start-stop-daemon --start --exec", "sudo -k", "sudo -S", "command -p",
    ]
    /// What runs the text in quotes.
    static let shells = [
        "sh -c '%'", "bash -c '%'", "/bin/bash -ec '%'", "bash -x -c '%'", "sudo sh -c '%'", "dash -c \"%\"", "eval '%'", "eval %", "su -c '%'", "su - root -c '%'", "su -lc '%'", "su --command='%'",
        "runuser -l root -c '%'", "env -S '%'", "env -S'%'", "env -iS '%'", "env --split-string='%'", "env --split '%'", "watch '%'", "script -qc '%' /dev/null", "script -c '%'", "sg root -c '%'",
        "sg root '%'", "ssh -p 22 -l root localhost %", "ssh -o BatchMode=yes localhost '%'", "echo x | xargs -I{} %", "flock /tmp/l -c '%'", "ssh localhost '%'", "ssh localhost %",
        "sh -c 'sh -c \"%\"'", "find /tmp/x -exec % ;", "find /tmp/x -exec true ';' -exec % ';'", "parallel ::: '%'",
        "xargs -I{} sh -c '%'", "! %", "true && %", "false || %", "%; true", "true | %", "% | cat", "% 2>&1", "% > /dev/null", "\n\n%\n", "# comment\n%", "A=1 %", "true ;%",
    ]

    @Test("judges no more mildly through a wrapper", arguments: wrappers)
    func wrapped(wrapper: String) throws {
        for line in try Self.lines() where line.isPlain && line.decision != .allow {
            // Behind a program that the guard does not know, what is known for sure is asked about.
            if Self.unknown.contains(wrapper), line.policyClass == "unknown-code" { continue }
            let verdict = Self.judge("\(wrapper) \(line.command)")
            #expect(verdict.decision >= min(line.decision, Self.unknown.contains(wrapper) ? .ask : .deny), "\(wrapper) \(line.command): \(verdict.findings.map(\.why))")
        }
    }
    private static let unknown: Set<String> = ["start-stop-daemon --start --exec", "fakeroot", "unbuffer", "choom -n 0 --", "parallel"]

    @Test("judges no more mildly inside another text", arguments: shells)
    func inside(shell: String) throws {
        for line in try Self.lines() where line.isPlain && line.decision != .allow {
            let verdict = Self.judge(shell.replacingOccurrences(of: "%", with: line.command))
            #expect(verdict.decision >= line.decision, "\(shell) \(line.command): \(verdict.findings.map(\.why))")
        }
    }

    @Test("judges the same words alike, however they are quoted and spaced")
    func quoting() throws {
        for line in try Self.lines() where line.isPlain {
            let words = line.command.split(separator: " ")
            guard let program = words.first, !program.contains("=") else { continue }
            let rest = words.dropFirst().joined(separator: " ")
            var variants = [
                "\"\(program)\" \(rest)", "'\(program)' \(rest)", "\\\(program) \(rest)", "\(program.prefix(1))''\(program.dropFirst()) \(rest)",
                "\(program.prefix(1))\\\n\(program.dropFirst()) \(rest)", words.joined(separator: " \t  "), words.joined(separator: " \\\n "), "  \(line.command)  ",
                words.map { "'\($0)'" }.joined(separator: " "), words.map { "\"\($0)\"" }.joined(separator: " "), "P=\(program); $P \(rest)", "P=\(program)\n\"$P\" \(rest)",
                "\(line.command) # comment",
            ]
            if !program.contains("/") { variants += ["/usr/bin/\(program) \(rest)", "/bin/../bin/\(program) \(rest)"] }
            for variant in variants {
                #expect(Self.judge(variant).decision == Self.judge(line.command).decision, "\(variant): \(Self.judge(variant).findings.map(\.why))")
            }
        }
    }

    @Test("lets forbidden words stand as data")
    func data() throws {
        for line in try Self.lines() where line.isPlain {
            for text in ["echo '\(line.command)'", "printf '%s' '\(line.command)'", "grep -F '\(line.command)' /tmp/notes", "logger '\(line.command)'"] {
                #expect(Self.judge(text).decision == .allow, "\(text): \(Self.judge(text).findings.map(\.why))")
            }
        }
    }

    @Test("lets a guard or a health check only look", arguments: [CommandPurpose.guardCheck, .healthCheck, .facts])
    func looks(purpose: CommandPurpose) {
        for text in ["systemctl restart nginx", "apt-get install -y nginx", "echo x > /tmp/x", "mkdir /tmp/x", "sed -i s/a/b/ /tmp/x", "sh -c 'touch /tmp/x'", "sudo touch /tmp/x"] {
            #expect(Self.judge(text).decision == .allow, "\(text)")
            #expect(Self.judge(text, purpose).decision == .deny, "\(text)")
        }
        for text in ["systemctl is-active nginx", "test -f /etc/passwd", "dpkg-query -W nginx | grep -q installed", "grep -q x /tmp/x 2>/dev/null"] {
            #expect(Self.judge(text, purpose).decision == .allow, "\(text)")
        }
    }

    @Test("never hands out what must be asked for, unless it was")
    func clear() throws {
        var context = CommandContext(purpose: .command, loginUser: "deploy")
        #expect(throws: CommandRefusal.self) { try CommandGuard().clear("reboot", context: context) }
        context.isApproved = true
        #expect(try CommandGuard().clear("reboot", context: context).text == "reboot")
        let refusal = #expect(throws: CommandRefusal.self) { try CommandGuard().clear("rm -rf /usr", context: context) }
        #expect(refusal?.description == "refused (delete-system-tree): rm, with all below, on /usr, a protected tree — name the one file or directory of the application that is to go")
        #expect(refusal?.explanation.hasPrefix("rm -rf /usr\n^^^^^^^^^^^\nrefused") == true)
    }

    @Test("reads forbidden_commands as programs with flags and operands, not as pieces of text")
    func configuration() {
        let guardian = CommandGuard(policy: CommandPolicy(forbiddenCommands: ["systemctl restart", "rm -rf /", "mkfs", "dd if=/dev/zero"]))
        func decision(_ text: String) -> Decision { guardian.judge(text, context: CommandContext(purpose: .command, loginUser: "deploy")).decision }
        #expect(decision("systemctl restart nginx") == .deny)
        #expect(decision("sudo systemctl restart nginx") == .deny)
        #expect(decision("systemctl reload nginx") == .allow)
        #expect(decision("rm -rf /tmp/x") == .allow)
        #expect(decision("rm -r -f /") == .deny)
        #expect(decision("mkfs.ext4 /tmp/image") == .deny)
        #expect(decision("dd if=/dev/zero of=/tmp/x count=1") == .deny)
        #expect(decision("echo systemctl restart") == .allow)
    }

    // MARK: Any text

    @Test("judges any text, twice alike, without a trap", arguments: 1...8 as ClosedRange<UInt64>)
    func fuzz(seed: UInt64) throws {
        var generator = Generator(state: seed)
        let lines = try Self.lines().map(\.command)
        let pieces =
            Self.wrappers + [
                "'", "\"", "\\", "$", "${", "}", "`", "(", ")", "|", "||", "&&", "&", ";", "\n", "<", ">", ">>", "2>&1", "*", "?", "[", "~", "!", "#", "=", "--", "-", "{}", " ", "\t", "é", "語",
                "\u{301}", "\u{202e}", "\u{0}", "-exec", "-c", "/", "/dev/sda",
            ]
        for _ in 0..<150 {
            var text = lines.randomElement(using: &generator) ?? ""
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                var scalars = Array(text.unicodeScalars)
                let at = Int.random(in: 0...scalars.count, using: &generator)
                if Bool.random(using: &generator), at < scalars.count {
                    scalars.remove(at: at)
                } else {
                    scalars.insert(contentsOf: (pieces.randomElement(using: &generator) ?? "").unicodeScalars, at: at)
                }
                text = String(String.UnicodeScalarView(scalars))
            }
            let verdict = Self.judge(text)
            #expect(verdict == Self.judge(text))
            _ = CommandRefusal(text: text, verdict: verdict).explanation
        }
    }

    @Test("denies what is too long or too deep instead of giving up")
    func limits() {
        #expect(Self.judge(String(repeating: "a", count: (64 << 10) + 1)).decision == .deny)
        #expect(Self.judge(String(repeating: "a ", count: 5000)).decision >= .ask)
        #expect(Self.judge(String(repeating: "sudo ", count: 50) + "id").decision == .deny)
        #expect(Self.judge(String(repeating: "true;", count: 1000)).decision == .allow)
    }
}

/// Random numbers that a seed repeats exactly (splitmix64).
struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &+ 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
