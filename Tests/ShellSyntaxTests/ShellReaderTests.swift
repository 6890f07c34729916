import Foundation
import ShellSyntax
import Testing

@Suite("The shell reader")
struct ShellReaderTests {
    /// The script in a form that can be compared: pipelines by ` ; `, commands by ` | `, words in angle brackets.
    static func shown(_ text: String) -> String {
        do throws(ShellReject) {
            return try ShellReader.read(text).pipelines.map { $0.commands.map(shown).joined(separator: " | ") }.joined(separator: " ; ")
        } catch { return "reject \(error.span.start)..<\(error.span.end): \(error.reason)" }
    }

    static func shown(_ command: SimpleCommand) -> String {
        let assignments = command.assignments.map { "\($0.name)=<\(shown($0.value))>" }
        let redirections = command.redirections.map { "\($0.descriptor.map(String.init) ?? "&")\($0.kind)<\(shown($0.target))>" }
        return (assignments + command.words.map { "<\(shown($0))>" } + redirections).joined(separator: " ")
    }

    static func shown(_ word: ShellWord) -> String {
        word.pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .glob(let text): "GLOB\(text)"
            case .variable(let name): "VAR(\(name))"
            case .splitVariable(let name): "SPLIT(\(name))"
            case .home: "HOME"
            }
        }.joined()
    }

    @Test(
        "reads plain commands as a POSIX shell does",
        arguments: [
            ("", ""), ("  \n\n ", ""), ("# only a comment", ""), ("ls -la", "<ls> <-la>"), ("a;b\nc", "<a> ; <b> ; <c>"), ("a && b || c", "<a> ; <b> ; <c>"), ("a & b &", "<a> ; <b>"),
            ("a && b & c", "<a> ; <b> ; <c>"),
            ("a | b|c", "<a> | <b> | <c>"), ("a |\n b", "<a> | <b>"), ("a &&\n# c\nb", "<a> ; <b>"), ("! a", "<a>"), ("a !", "<a> <!>"),
            ("echo 'a b' \"c d\" e\\ f", "<echo> <a b> <c d> <e f>"), ("echo a'b'\"c\"d", "<echo> <abcd>"), ("echo '' \"\"", "<echo> <> <>"),
            ("echo \"a\\\"b\\\\c\\n\\$d\\`\"", "<echo> <a\"b\\c\\n$d`>"), ("echo 'a\\b'", "<echo> <a\\b>"), ("r\\m x", "<rm> <x>"), ("a\\\nb", "<ab>"), ("a \\\n b", "<a> <b>"),
            ("echo a#b", "<echo> <a#b>"), ("echo a #b", "<echo> <a>"), ("echo 'a'#b", "<echo> <a#b>"), ("echo \"$A\" $B ${C}d", "<echo> <VAR(A)> <SPLIT(B)> <SPLIT(C)d>"),
            ("echo $ a$", "reject 8..<9: "), ("echo \"$\"", "<echo> <$>"), ("A=1 B='x y' cmd C=3", "A=<1> B=<x y> <cmd> <C=3>"), ("A=", "A=<>"), ("1A=2", "<1A=2>"), ("\"A\"=1", "<A=1>"),
            ("A\\=1", "<A=1>"), ("A=\"1\"", "A=<1>"),
            ("ls *.txt a?b [ab]", "<ls> <GLOB*.txt> <aGLOB?b> <GLOB[ab]>"), ("ls '*'", "<ls> <*>"), ("ls ~ ~/x a~", "<ls> <HOME> <HOME/x> <a~>"),
            ("a >x", "<a> 1write<x>"), ("a 2>>x <y", "<a> 2append<x> 0read<y>"), ("a >|x", "<a> 1write<x>"), ("a 2>&1", "<a> 2duplicate<1>"), ("a12>x", "<a12> 1write<x>"),
            (">x", "1write<x>"), (">x a", "<a> 1write<x>"), ("echo {} {a}", "<echo> <{}> <{a}>"), ("test a = b", "<test> <a> <=> <b>"), ("[ -e x ]", "<[> <-e> <x> <]>"),
        ])
    func reads(text: String, expected: String) {
        let result = Self.shown(text)
        // A lone dollar is read, or refused, but never as a variable.
        if expected.hasSuffix(": ") { #expect(!result.contains("SPLIT")) } else { #expect(result == expected, "\(text)") }
    }

    @Test(
        "refuses what it does not follow, and says where",
        arguments: [
            "echo $(id)", "echo `id`", "echo \"$(id)\"", "echo \"`id`\"", "& a", "a & & b", "a & ; b", "a & && b", "(a)", "{ a; }", "if a; then b; fi", "for x in a; do b; done", "while a; do b; done",
            "case x in esac", "f() { a; }", "function f", "[[ a ]]", "a <<E\nE", "a <<<x", "a <(b)", "a >(b)", "a <>x", "a <&3", "a >&3", "a |& b", "a ;; b", "a )", "echo 'x", "echo \"x",
            "echo x\\", "a |", "a &&", "| a", "&& a", "; a", "a ; ; b", "a > ", "a >\n", "echo {a,b}", "echo {1..3}", "echo $'x'", "echo $\"x\"", "echo $1", "echo $@", "echo $?", "echo $$",
            "echo ${A:-b}", "echo ${#A}", "echo ${!A}", "echo ${A", "echo ~root", "time a", "coproc a", "a &> b", "a &>> b", "! ! a", "a | ! ! b",
            "a\u{0}", "a\u{1b}[0m", "a\r\nb", "a\u{a0}b", "a\u{202e}b", "a\u{200b}b", "a\u{2028}b", "a\u{feff}",
        ])
    func refuses(text: String) {
        let error = #expect(throws: ShellReject.self) { try ShellReader.read(text) }
        guard let error else { return }
        #expect(!error.reason.isEmpty)
        #expect(0 <= error.span.start && error.span.start <= error.span.end && error.span.end <= text.utf8.count, "\(error)")
    }

    @Test("gives each word its place in the text")
    func spans() throws {
        let text = "échö 'a b'  x\"y\" |cat"
        let words = try ShellReader.read(text).pipelines[0].commands.flatMap(\.words)
        let bytes = Array(text.utf8)
        #expect(words.map { String(decoding: bytes[$0.span.start..<$0.span.end], as: UTF8.self) } == ["échö", "'a b'", "x\"y\"", "cat"])
    }

    @Test("bounds texts and words")
    func bounds() {
        #expect(throws: ShellReject.self) { try ShellReader.read(String(repeating: "a", count: ShellReader.sizeLimit + 1)) }
        #expect(throws: Never.self) { try ShellReader.read(String(repeating: "a", count: ShellReader.sizeLimit)) }
        #expect(throws: ShellReject.self) { try ShellReader.read(String(repeating: "a ", count: 5000)) }
    }

    @Test("reads any text without a trap, and twice alike", arguments: 1...10 as ClosedRange<UInt64>)
    func fuzz(seed: UInt64) {
        var state = seed
        func random(_ count: Int) -> Int {
            // splitmix64
            state = state &+ 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return Int((z ^ (z >> 31)) % UInt64(count))
        }
        let pieces = [
            "a", "rm", " ", " ", "\n", "\t", "'", "\"", "\\", "$", "$A", "${", "}", "{", ",", "..", "`", "(", ")", "|", "&", ";", "<", ">", "1", "2>", ">&", "*", "?", "[", "~", "!", "#", "=", "é",
            "\u{301}", "語", "if", "\u{0}",
        ]
        for _ in 0..<(ProcessInfo.processInfo.environment["MUSTER_LONG_TESTS"] == nil ? 1500 : 200_000) {
            let text = (0..<random(30)).map { _ in pieces[random(pieces.count)] }.joined()
            #expect(Self.shown(text) == Self.shown(text))
        }
    }
}
