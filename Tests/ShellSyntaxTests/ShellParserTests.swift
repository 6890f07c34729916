import ShellSyntax
import Testing

/// Texts and what is read in them, as `Shown` writes it.
enum GoldenCases {
    static let all = words + expansions + commands + redirections + refusals
}

@Suite("The shell parser")
struct ShellParserTests {
    @Test("reads what bash reads, and refuses the rest with its place", arguments: GoldenCases.all)
    func golden(text: String, expected: String) { #expect(Shown.text(text) == expected, "\(text)") }

    @Test("says of each word where it stands")
    func spans() throws {
        let text = "a 'b c' \"$d\"e >f; `g \\`h\\` \\$i`"
        var words: [Word] = []
        func walk(_ list: CommandList) {
            for command in list.items.flatMap(\.first.commands) {
                guard case .simple(let simple) = command.form else { continue }
                words += simple.words + command.redirections.map(\.target)
                for part in simple.words.flatMap(\.parts) {
                    if case .command(let inner) = part { walk(inner) }
                }
            }
        }
        walk(try ShellParser.parse(text))
        let bytes = Array(text.utf8)
        let written = words.map { String(decoding: bytes[$0.span.start..<$0.span.end], as: UTF8.self) }
        #expect(written == ["a", "'b c'", "\"$d\"e", "f", "`g \\`h\\` \\$i`", "g", "`h\\`", "$i", "h"])
    }

    @Test("says which texts need bash, and refuses them for a POSIX shell")
    func dialects() throws {
        for text in [
            "a <(b)", "[[ a ]]", "((a))", "a=(b)", "a+=b", "a &>b", "a |& b", "a <<<b", "function a { b; }", "${a/b/c}", "${a:1}", "${!a}", "a[1]=b", "$'a'", "$\"a\"", "$[1]",
            "coproc a", "select a in b; do c; done", "for ((;;)); do a; done", "case a in b) ;& esac", "a >&b", "{a}>b", "a-b() { c; }", "@(a)", "echo {a,b}", "echo {1..3}",
        ] {
            #expect(try ShellParser.script(text).usesBash, "\(text)")
            #expect(throws: ShellReject.self, "\(text)") { try ShellParser.script(text, dialect: .posix) }
        }
        for text in [
            "a b | c && ! d &", "a() { b; } >c", "for a in b; do c; done", "case a in (b|*c) ;; esac", "a <<E\n$b\nE", "${a:-b} ${#a} ${a%%b*} $((a)) $(b) `c`", "a=~ b 2>&1 >&- <&3", "time a",
            "a {} {b} c{d", "((a); b)", "a >&$b",
        ] {
            #expect(try !ShellParser.script(text).usesBash, "\(text)")
            #expect(throws: Never.self, "\(text)") { try ShellParser.script(text, dialect: .posix) }
        }
    }

    @Test("keeps 'time' a program for a POSIX shell")
    func time() {
        #expect(Shown.text("time -p a") == "<a>")
        #expect(Shown.text("time -p a", .posix) == "<time> <-p> <a>")
    }

    @Test("takes a variable behind '>&' for a file where the shell may")
    func duplication() {
        #expect(Shown.text("a >&$b") == "<a> writeBoth<${b}>")
        #expect(Shown.text("a >&$b", .posix) == "<a> duplicateOutput<${b}>")
        #expect(Shown.text("a 2>&$b") == "<a> 2duplicateOutput<${b}>")
    }

    @Test("refuses a NUL, and keeps other control characters")
    func controls() {
        #expect(Shown.text("a \u{0}") == "reject 2..<3: the text has a NUL byte")
        #expect(Shown.text("a\u{1b}[0m\u{202e}b\r") == "<a\u{1b}[0m\u{202e}b\r>")
    }

    @Test("ends at its limits with a refusal")
    func limits() {
        let deep = ShellParser.depthLimit
        #expect(Shown.text(String(repeating: "a", count: ShellParser.sizeLimit)).hasPrefix("<aaa"))
        #expect(Shown.text(String(repeating: "a", count: ShellParser.sizeLimit + 1)) == "reject 0..<65537: the text is longer than 65536 bytes")
        #expect(Shown.text(String(repeating: "a ", count: ShellParser.wordLimit)).hasPrefix("<a> <a>"))
        #expect(Shown.text(String(repeating: "a ", count: ShellParser.wordLimit + 1)).contains("more than 16384 words"))
        let nested = String(repeating: "$(a ", count: deep - 1) + String(repeating: ")", count: deep - 1)
        #expect(!Shown.text(nested).hasPrefix("reject"))
        #expect(Shown.text("$(" + nested + ")").contains("more than 64 deep"))
    }
}
