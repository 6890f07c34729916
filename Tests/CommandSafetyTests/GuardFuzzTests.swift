import CommandSafety
import Testing

/// Texts that nobody writes: broken ones, and those made to take long. They are judged, never run.
@Suite("The guard on hostile texts")
struct GuardFuzzTests {
    /// The same numbers each time (SplitMix64).
    struct Numbers: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    func decide(_ command: String) -> Decision {
        CommandGuard().judge(command, context: CommandContext(purpose: .command, loginUser: "deploy")).decision
    }

    // MARK: Mutations

    static let insertions = [
        "$(", ")", "`", "'", "\"", "\\", "{a,b}", "${", "}", "<<E\n", "\nE\n", "((", "))", "[[", "*", "[", "\r\n", "\u{301}", "\u{212a}", "|", "&", ";", ">", "<(", "$X", "\n", "/..",
        "9223372036854775807",
    ]

    static let wrappers: [(String, String)] = [
        ("sudo ", ""), ("bash -c '", "'"), ("eval \"", "\""), ("ssh h ", ""), ("f() { ", "; }; f"), ("if x; then ", "; fi"), ("for i in a b; do ", "; done"), ("x=$(", ")"), ("( ", " )"),
        ("find / -exec ", " \\;"), ("sh <<E\n", "\nE\n"), ("while x; do ", "; done"), ("case x in a) ", ";; esac"),
    ]

    static func mutated(_ command: String, _ others: [String], _ numbers: inout Numbers) -> String {
        var bytes = Array(command.utf8)
        for _ in 0..<Int.random(in: 1...3, using: &numbers) {
            let place = Int.random(in: 0...bytes.count, using: &numbers)
            switch Int.random(in: 0..<6, using: &numbers) {
            case 0: if place < bytes.count { bytes.remove(at: place) }
            case 1: if place < bytes.count { bytes.insert(bytes[place], at: place) }
            case 2: bytes.insert(contentsOf: Array((insertions.randomElement(using: &numbers) ?? "").utf8), at: place)
            case 3:
                let other = Array((others.randomElement(using: &numbers) ?? "").utf8)
                bytes = bytes[..<place] + other.suffix(Int.random(in: 0...other.count, using: &numbers))
            case 4:
                let (before, behind) = wrappers.randomElement(using: &numbers) ?? ("", "")
                bytes = Array(before.utf8) + bytes + Array(behind.utf8)
            default: bytes = Array(bytes[..<place])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("judges broken commands without an end of its own", arguments: [1, 2, 3] as [UInt64])
    func mutations(seed: UInt64) throws {
        let commands = try ["forbidden-sample.jsonl", "benign-sample.jsonl"].flatMap { try SampleTests.samples($0).map(\.command) }
        var numbers = Numbers(state: seed)
        for _ in 0..<300 {
            let command = Self.mutated(commands.randomElement(using: &numbers) ?? "", commands, &numbers)
            let decision = decide(command)
            #expect(decide(command) == decision, "judged in two ways: \(command.debugDescription)")
        }
    }

    // MARK: Limits

    /// What is beyond a limit, each made so that it would be harmless if it were cut off there.
    static let beyond: [(name: String, text: String)] = [
        ("a text of more than 64 KiB", "echo " + String(repeating: "''", count: 33_000)), ("60 KB of open quotes", "echo " + String(repeating: "\"", count: 60_001)),
        ("substitutions 64 deep", "echo " + String(repeating: "$(", count: 64) + "id" + String(repeating: ")", count: 64)),
        ("a thousand open substitutions", String(repeating: "echo $(", count: 1_000)), ("a thousand subshells", String(repeating: "( ", count: 1_000) + "id" + String(repeating: " )", count: 1_000)),
        ("braces that make 32,768 words", "echo " + String(repeating: "{a,b}", count: 15)), ("a range of braces", "echo {1..1000000000}"),
        ("loops in loops", String(repeating: "for a in 1 2 3 4 5 6 7 8; do ", count: 20) + "ls" + String(repeating: "; done", count: 20)),
        ("a function that calls itself twice", "f() { f $1$1; f $1 x; rm -rf /usr; }; f a"), ("functions that call each other", "f() { g; g; }; g() { f; f; rm -rf /usr; }; f"),
        ("a text that evaluates itself", "x='eval \"$x\"; eval \"$x\"'; eval \"$x\""), ("eval of eval", String(repeating: "eval ", count: 40) + "ls"),
        ("a host behind a host", String(repeating: "ssh h ", count: 40) + "ls"), ("sudo of sudo", String(repeating: "sudo ", count: 40) + "ls"),
        ("a text that doubles", "a=x; " + String(repeating: "a=$a$a; ", count: 30) + "echo $a"),
        ("an array that doubles", "a=(x); " + String(repeating: "a=(${a[@]} ${a[@]}); ", count: 30) + "echo ${a[@]}"),
        ("many ranges", String(repeating: "echo {1..4000}\n", count: 45)),
        ("many patterns", "ls " + String(repeating: "/*?*?", count: 3) + String(repeating: "{a,b}", count: 12) + "; ls /*?" + String(repeating: "{a,b}", count: 12)),
        ("patterns on a long text", "a=" + String(repeating: "a", count: 1_000) + "; " + String(repeating: "echo ${a//*a*a*b/x}; ", count: 24)),
        ("arithmetic of arithmetic", (0..<20).map { "a\($0 + 1)='a\($0)+a\($0)'; " }.joined() + String(repeating: "echo $((a20)); ", count: 20)),
    ]

    @Test("never allows what goes beyond a limit", arguments: beyond.indices)
    func limits(index: Int) {
        let (name, text) = Self.beyond[index]
        #expect(decide(text) != .allow, "\(name) is allowed")
    }

    /// Long, deep or without an end, and nothing that the policy has a word on: what counts is that the judgement ends.
    static let endless: [String] = [
        "echo " + String(repeating: "'\"", count: 30_001) + "'", String(repeating: "(", count: 10_000) + "id" + String(repeating: ")", count: 10_000),
        "f() { f $1$1; f $1 x; }; f a", "f() { g; g; }; g() { f; f; }; f", String(repeating: "bash -c ", count: 40) + "ls",
    ]

    @Test("comes to an end with what has none", arguments: endless.indices)
    func ends(index: Int) { #expect(decide(Self.endless[index] + "\nrm -rf /usr") == .deny) }

    @Test("goes round an alias that names itself, and still sees what it runs")
    func aliases() {
        #expect(decide("shopt -s expand_aliases\nalias a='b' b='a; rm -rf /usr'\na") == .deny)
    }

    @Test("sees what stands behind a long harmless beginning")
    func hidden() {
        for filler in [
            String(repeating: ":;", count: 2_000), String(repeating: "x=$x;", count: 1_000), "ls " + String(repeating: "a ", count: 4_000) + ";",
            "echo '" + String(repeating: "a", count: 50_000) + "';",
        ] {
            #expect(decide(filler + "rm -rf /usr") == .deny)
        }
    }

    @Test("calculates with the largest numbers")
    func numbers() {
        for text in [
            "a=(1); a[9223372036854775807]=1; a+=(2); echo ${a[@]}", "set -- a; shift 9223372036854775807; echo ${@: -9223372036854775808:9223372036854775807}",
            "echo $((-9223372036854775808 / -1)) $((-9223372036854775808 % -1)) $((1 << 64)) $((1 << -1)) $((9223372036854775807 + 1)) $((2 ** 64)) $((- -9223372036854775808))",
            "x=abc; echo ${x: -9223372036854775808} ${x:1:9223372036854775807} ${x:9223372036854775807:-9223372036854775808}", "echo {9223372036854775806..9223372036854775807..9223372036854775807}",
            "printf '%9223372036854775807d' 1 | cat; seq 9223372036854775806 9223372036854775807 | cat; echo a | head -c 9223372036854775807 | cut -c 9223372036854775807-",
        ] { _ = decide(text) }
    }
}
