import Testing
import YAML

@Suite("Reading YAML")
struct ReaderTests {
    @Test("keeps texts, order and places; quoted numbers are texts")
    func nodes() throws {
        let root = try read("a: 5\nb:\n  - \"5\"\n  - x y\n")
        #expect(root.position == YAMLPosition(line: 1, column: 1))
        #expect(root["a"]?.content == .scalar("5", isPlain: true))
        #expect(root["a"]?.position == YAMLPosition(line: 1, column: 4))
        guard case .sequence(let items)? = root["b"]?.content else {
            Issue.record("b is no list")
            return
        }
        #expect(items.map(\.content) == [.scalar("5", isPlain: false), .scalar("x y", isPlain: true)])
        #expect(items.map(\.position) == [YAMLPosition(line: 3, column: 5), YAMLPosition(line: 4, column: 5)])
    }

    @Test("finds nothing in an empty file", arguments: ["", "\n\n", "# only a comment\n", "---\n", "--- ~\n", "\u{FEFF}", "\u{FEFF}# comment\n"])
    func empty(text: String) { #expect(problem(text) == "nothing") }

    @Test("takes CRLF, CR and a byte order mark like plain lines", arguments: ["a: 1\r\nb:\r\n  c: 2\r\n", "a: 1\rb:\r  c: 2\r", "\u{FEFF}a: 1\nb:\n  c: 2\n", "\u{FEFF}a: 1\r\nb:\r\n  c: 2\r\n"])
    func lineEnds(text: String) throws {
        let root = try read(text)
        #expect(root["a"]?.content == .scalar("1", isPlain: true))
        #expect(root["a"]?.position == YAMLPosition(line: 1, column: 4))
        #expect(root["b"]?["c"]?.content == .scalar("2", isPlain: true))
        #expect(root["b"]?["c"]?.position == YAMLPosition(line: 3, column: 6))
    }

    @Test("counts columns in characters, not in bytes")
    func columns() throws { #expect(try read("имя: {ключ: 1}")["имя"]?["ключ"]?.position == YAMLPosition(line: 1, column: 13)) }

    @Test("fills aliases in at their own places")
    func aliases() throws {
        let root = try read("a: &x {n: 1}\nb: *x\n")
        #expect(root["b"]?["n"]?.content == .scalar("1", isPlain: true))
        #expect(root["b"]?.position == YAMLPosition(line: 2, column: 4))
    }

    @Test(
        "says where and what to do",
        arguments: [
            ("a: 1\n\tb: 2\n", "f.yaml:2:1: found a tab character that violates indentation while scanning a plain scalar — indent with spaces, not tabs, and quote special characters"),
            ("a:\n\t- b\n", "f.yaml:2:1: found character that cannot start any token while scanning for the next token — indent with spaces, not tabs, and quote special characters"),
            ("a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document starts here — keep one document in a file"),
            ("---\n---\nb: 2\n", "f.yaml:2:1: a second document starts here — keep one document in a file"),
            ("a: 1\nb: 2\0\n", "f.yaml:2:5: the character U+0000 is not allowed — remove it, or write it as an escape in double quotes"),
            ("\u{FEFF}é: \u{7}\n", "f.yaml:1:4: the character U+0007 is not allowed — remove it, or write it as an escape in double quotes"),
            ("a: *b\n", "f.yaml:1:4: alias '*b' has no anchor before it — define '&b' first"),
            ("a: &a [*a]\n", "f.yaml:1:8: alias '*a' has no anchor before it — define '&a' first"),
            ("a: !!binary aGk=\n", "f.yaml:1:4: the tag 'tag:yaml.org,2002:binary' is not read here — remove it; a text goes in quotes"),
            ("a: !x [1]\n", "f.yaml:1:4: the tag '!x' is not read here — remove it; a text goes in quotes"),
            ("a: !x {b: 1}\n", "f.yaml:1:4: the tag '!x' is not read here — remove it; a text goes in quotes"),
            ("? [a]\n: b\n", "f.yaml:1:3: a key must be a simple text — write 'key: value'"),
            ("a: [1, 2\n", "f.yaml:2:1: did not find expected ',' or ']' while parsing a flow sequence — check indentation, quotes and colons"),
            ("a: [1, 2", "f.yaml:1:9: did not find expected ',' or ']' while parsing a flow sequence — check indentation, quotes and colons"),
            ("a: b: c\n", "f.yaml:1:5: mapping values are not allowed in this context — check indentation, quotes and colons"),
            ("a: \"open\n", "f.yaml:2:1: found unexpected end of stream while scanning a quoted scalar — check indentation, quotes and colons"),
        ])
    func syntax(text: String, expected: String) { #expect(problem(text) == expected) }

    @Test(
        "shows the first byte that is not UTF-8",
        arguments: [
            ([0xFF], "1:1"), ([0x61, 0x3A, 0x20, 0xC3], "1:4"), ([0x61, 0x0A, 0xC3, 0xA9, 0xC3, 0x28, 0x0A, 0x62], "2:2"),
            // Halves of surrogates, too long forms, more than Unicode has.
            ([0x61, 0x0D, 0x0A, 0xED, 0xA0, 0x80], "2:1"), ([0x61, 0xC0, 0x80], "1:2"), ([0x61, 0xF4, 0x90, 0x80, 0x80], "1:2"),
            ([0xEF, 0xBB, 0xBF, 0x61, 0x80], "1:2"), ([0xFE, 0xFF, 0x00, 0x61], "1:1"),
        ] as [([UInt8], String)])
    func notUTF8(bytes: [UInt8], place: String) { #expect(problem(bytes) == "f.yaml:\(place): this is not UTF-8 — save the file as UTF-8") }

    @Test("shows the first bad byte of a long file")
    func farAway() {
        var bytes = Array(String(repeating: "key: välue\n", count: 5000).utf8)
        bytes += [0x61, 0xC3, 0xA9, 0xE2, 0x82]
        #expect(problem(bytes) == "f.yaml:5001:3: this is not UTF-8 — save the file as UTF-8")
    }
}

@Suite("Bounds of reading YAML")
struct BoundsTests {
    @Test("64 levels are read, 65 are not")
    func depth() {
        func nested(_ levels: Int) -> String { String(repeating: "[", count: levels) + String(repeating: "]", count: levels) }
        #expect(problem(nested(64)) == "no problem")
        #expect(problem(nested(65)) == "f.yaml:1:65: nested deeper than 64 levels — flatten this part")
        #expect(problem(nested(100_000)).hasPrefix("f.yaml:1:65: nested deeper than 64 levels"))
        #expect(problem(String(repeating: "- ", count: 70) + "x").hasPrefix("f.yaml:1:129: nested deeper"))
    }

    @Test("levels that aliases fill in count too")
    func depthOfAliases() {
        let sixty = String(repeating: "[", count: 60) + String(repeating: "]", count: 60)
        #expect(problem("- &a \(sixty)\n- [[*a]]\n") == "no problem")
        #expect(problem("- &a \(sixty)\n- [[[*a]]]\n") == "no problem")
        #expect(problem("- &a \(sixty)\n- [[[[*a]]]]\n") == "f.yaml:2:7: nested deeper than 64 levels, aliases filled in — flatten this part")
        let chain = "- &a0 [x]\n" + (1...100).map { "- &a\($0) [*a\($0 - 1)]\n" }.joined()
        #expect(problem(chain).hasSuffix("nested deeper than 64 levels, aliases filled in — flatten this part"))
    }

    @Test("a bomb of aliases is refused where it goes off")
    func bomb() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            text += "a\(level): &a\(level) [" + [String](repeating: "*a\(level - 1)", count: 10).joined(separator: ", ") + "]\n"
        }
        let found = problem(text)
        #expect(found.hasPrefix("f.yaml:6:10: "))
        #expect(found.hasSuffix(": more than 200000 values, aliases filled in — use fewer aliases"))
    }

    @Test("a file of more than 4 MiB is refused")
    func size() {
        #expect(problem([UInt8](repeating: 0x20, count: YAMLReader.sizeLimit)) == "nothing")
        #expect(problem([UInt8](repeating: 0x20, count: YAMLReader.sizeLimit + 1)) == "f.yaml:1:1: the file has more than 4194304 bytes — make it smaller")
    }
}
