import ShellSyntax
import Testing

@testable import ShellSyntax

@Suite("The shell parser on text that is no shell")
struct ShellFuzzTests {
    /// Deterministic random numbers (SplitMix64), so that a failure can be repeated.
    struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    /// Reads it; what must hold for every text is checked.
    @discardableResult
    static func check(_ text: String, stepsPerByte: Int = 64) -> Bool {
        var steps = 0
        let size = text.utf8.count
        defer { #expect(steps <= stepsPerByte * (size + 16), "\(steps) steps for \(size) bytes: \(text.prefix(200).debugDescription)") }
        do throws(ShellReject) {
            let script = try ShellParser.script(text, dialect: .bash, steps: &steps)
            for item in script.commands.items {
                #expect(0 <= item.span.start && item.span.start <= item.span.end && item.span.end <= size, "\(text.debugDescription)")
            }
            return true
        } catch {
            #expect(0 <= error.span.start && error.span.start <= error.span.end && error.span.end <= size, "\(text.debugDescription)")
            return false
        }
    }

    private static let pieces = [
        "(", ")", "((", "))", "$(", "$((", "`", "\\`", "\"", "'", "$'", "${", "}", "{", "[", "]", "[[ ", " ]]", "<<E\n", "\nE\n", "<<-'E'\n", "|", "&", ";", ";;", "\n", "\\\n", " ", "\t", "#",
        "if ", "then ", "fi ", "do ", "done ", "case ", " in ", "esac ", "for ", "a=(", "a[", "]=", "=", "!", "@(", "~", "*", ",", "..", "$", "<(", ">", "2>&1", "{a,b}", "function ", "a() ",
        "coproc ",
        "time ", "é", "\u{202e}", ":-", "//",
    ]

    @Test("neither crashes nor wanders, whatever is changed in a good text", arguments: [1, 2, 3, 4] as [UInt64])
    func mutations(seed: UInt64) {
        var random = Random(state: seed)
        let corpus = GoldenCases.all.map(\.0)
        for _ in 0..<5000 {
            var bytes = Array((corpus.randomElement(using: &random) ?? "").utf8)
            if Bool.random(using: &random) { bytes += Array((corpus.randomElement(using: &random) ?? "").utf8) }
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0...bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0 where place < bytes.count: bytes.remove(at: place)
                case 1 where place < bytes.count: bytes.insert(bytes[place], at: place)
                case 2:
                    let end = Int.random(in: place...bytes.count, using: &random)
                    bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
                default: bytes.insert(contentsOf: Array((Self.pieces.randomElement(using: &random) ?? "").utf8), at: place)
                }
            }
            Self.check(String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test("reads every beginning of a good text, or refuses it")
    func truncation() {
        for (text, _) in GoldenCases.all {
            let bytes = Array(text.utf8)
            for end in bytes.indices { Self.check(String(decoding: bytes[..<end], as: UTF8.self)) }
        }
    }

    @Test("follows random grammar", arguments: [11, 12] as [UInt64])
    func soup(seed: UInt64) {
        var random = Random(state: seed)
        for _ in 0..<5000 {
            let count = Int.random(in: 1...40, using: &random)
            Self.check((0..<count).map { _ in Self.pieces.randomElement(using: &random) ?? "" }.joined())
        }
    }

    /// Each opens something that may stand in itself, and closes it.
    static let nestings: [(String, String)] = [
        ("(", ")"), ("( ", " )"), ("{ ", ";}"), ("$(", ")"), ("$((", "))"), ("$((", ") )"), ("((", "))"), ("((", ") )"), ("\"$(", ")\""), ("`", "`"), ("${a:-", "}"), ("\"${a:-", "}\""),
        ("${a[", "]}"), ("${a/", "}"), ("${a:", "}"), ("a=(", ")"), ("a=([", "]=b)"), ("a=([", "])"), ("a[", "]=b"), ("declare a=(b ", ")"), ("<(", ")"), ("@(", ")"), ("*(a|", ")"), ("{a,", "}"),
        ("[", "]"), ("[[ (", ") ]]"), ("[[ ! ", ""), ("if ", ";then a;fi"), ("while ", ";do a;done"), ("for a in b;do ", ";done"), ("case a in b) ", ";;esac"), ("a() (", ")"), ("a() { ", ";}"),
        ("function a ", ""), ("coproc ", ""), ("time ", ""), ("! ", ""), ("a <<E\n$(", ")\nE\n"), ("a <<E$(", ")"), ("$'", "'"), ("\\", ""), ("a |", ""), ("a &&", ""), ("((a+$((", ") ) )"),
        ("$(case a in b) ", ";;esac)"), ("\\\n", ""), ("for ((", ";;)); do a; done"), ("$[", "]"), ("if a;then b;elif ", ""), ("a >", ""), ("a=", ""), ("~", ""), ("[[:", ":]]"), ("${!", "}"),
        ("'", "'"),
    ]

    @Test("does not run out of stack or time, however deep it goes", arguments: nestings)
    func nesting(open: String, close: String) {
        for depth in [1, 3, 20, 60, 70, 1000, 20_000] {
            let count = min(depth, ShellParser.sizeLimit / (open.utf8.count + close.utf8.count + 1))
            let openings = String(repeating: open, count: count)
            Self.check(openings, stepsPerByte: 256)
            Self.check(openings + "a" + String(repeating: close, count: count), stepsPerByte: 256)
        }
    }

    @Test("takes steps in proportion to the text")
    func linearity() {
        let units = GoldenCases.all.map(\.0).filter { !Shown.text($0).hasPrefix("reject") } + ["((a); b)\n", "$(((a) ) ) ", "a=([b [c]) ", "((((a) ); b); c)\n", "`a \\`b\\`` "]
        for unit in units {
            var counts: [Int] = []
            for repeats in [20, 40] {
                var steps = 0
                _ = try? ShellParser.script(String(repeating: unit + "\n", count: repeats), dialect: .bash, steps: &steps)
                counts.append(steps)
            }
            #expect(counts[1] <= 2 * counts[0] + 64, "\(unit): \(counts)")
        }
    }
}
