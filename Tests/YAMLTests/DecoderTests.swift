import Testing
import YAML

@Suite("Typed values from YAML")
struct DecoderTests {
    enum Colour: String, CaseIterable { case red, green }

    @Test("what is right is read")
    func right() throws {
        let found = try problems("i: 7\nn: 0.5\nb: TRUE\ns: \"\"\nt: x\nl: [a, 1]\nc: green\ne:\n") { _, map in
            #expect(map.integer("i", in: 1...9) == 7)
            #expect(map.number("n", in: 0...1) == 0.5)
            #expect(map.boolean("b") == true)
            #expect(map.string("s") == "")
            #expect(map.text("t") == "x")
            #expect(map.strings("l") == ["a", "1"])
            #expect(map.texts("l") == ["a", "1"])
            #expect(map.choice("c", Colour.self) == .green)
            #expect(map.node("e") == nil)
            #expect(map.node("missing") == nil)
            map.finish()
        }
        #expect(found == [])
    }

    @Test(
        "what is wrong is said with its place",
        arguments: [
            ("i: 10", "f.yaml:1:4: i is 10 — it must be from 1 to 9"),
            ("i: 99999999999999999999", "f.yaml:1:4: i must be a whole number, not '99999999999999999999' — write a number from 1 to 9"),
            ("i: \"7\"", "f.yaml:1:4: i must be a whole number, not the text '7' — write a number from 1 to 9"),
            ("i: 7.0", "f.yaml:1:4: i must be a whole number, not '7.0' — write a number from 1 to 9"),
            ("i: [7]", "f.yaml:1:4: i must be a whole number, not a list — write a number from 1 to 9"),
            ("n: 1.5", "f.yaml:1:4: n is 1.5 — it must be from 0.0 to 1.0"),
            ("n: .nan", "f.yaml:1:4: n must be a number, not '.nan' — write a number from 0.0 to 1.0"),
            ("n: nan", "f.yaml:1:4: n must be a number, not 'nan' — write a number from 0.0 to 1.0"),
            ("n: inf", "f.yaml:1:4: n must be a number, not 'inf' — write a number from 0.0 to 1.0"),
            ("b: yes", "f.yaml:1:4: b must be true or false, not 'yes' — write true or false"),
            ("b: \"true\"", "f.yaml:1:4: b must be true or false, not the text 'true' — write true or false"),
            ("s: {a: 1}", "f.yaml:1:4: s must be a text, not a mapping — write one value, in quotes if it is empty or special"),
            ("s: \"a\\0b\"", "f.yaml:1:4: s contains a zero byte — remove it"),
            ("t: \"\"", "f.yaml:1:4: t is empty — write a value, or remove the line"),
            ("t: \"a\\nb\"", "f.yaml:1:4: t contains a control character — remove it"),
            ("l: a", "f.yaml:1:4: l must be a list, not 'a' — write '- item' lines below it, or [a, b]"),
            ("l: [a, [b]]", "f.yaml:1:8: each of l must be a text, not a list — write one value, in quotes if it is empty or special"),
            ("l: [a, ~]", "f.yaml:1:8: each of l must be a text, not nothing — write one value, in quotes if it is empty or special"),
            ("c: grene", "f.yaml:1:4: c is 'grene' — did you mean 'green'? it must be one of red, green"),
            ("c: blue", "f.yaml:1:4: c is 'blue' — it must be one of red, green"),
            ("m: 1", "f.yaml:1:4: m must be a mapping, not '1' — write 'key: value' lines below it"),
            ("inn: 1", "f.yaml:1:1: unknown key 'inn' in the file — did you mean 'inner'?"),
            ("zz: 1", "f.yaml:1:1: unknown key 'zz' in the file — known here: b, c, i, inner, l, m, n, s, t"),
            ("<<: {i: 1}", "f.yaml:1:1: unknown key '<<' in the file — merge keys are not read: write the keys out"),
            ("i: 1\ni: 2", "f.yaml:2:1: key 'i' stands here a second time — the first is in line 1; remove one"),
            ("\"a\\nb\\e[1m\\u202e\": 1", "f.yaml:1:1: unknown key 'a\\u{a}b\\u{1b}[1m\\u{202e}' in the file — known here: b, c, i, inner, l, m, n, s, t"),
            ("[1]", "f.yaml:1:1: the file must be a mapping, not a list — write 'key: value' lines, see the examples in config/"),
        ])
    func wrong(text: String, expected: String) throws {
        let found = try problems(text) { _, map in
            _ = map.integer("i", in: 1...9)
            _ = map.number("n", in: 0...1)
            _ = map.boolean("b")
            _ = map.string("s")
            _ = map.text("t")
            _ = map.strings("l")
            _ = map.choice("c", Colour.self)
            _ = map.mapping("m")
            _ = map.node("inner")
            map.finish()
        }
        #expect(found == [expected])
    }

    @Test("all problems of a file come at once, each once, in the order of the file")
    func allAtOnce() throws {
        let found = try problems("b: maybe\ni: 0\nx: 1\nm: {i: 1, i: 2, k: 3}\n") { _, map in
            _ = map.integer("i", in: 1...9)
            _ = map.integer("i", in: 1...9)
            _ = map.boolean("b")
            _ = map.required("r")
            let inner = map.mapping("m")
            _ = inner?.node("i")
            inner?.finish()
            map.finish()
        }
        #expect(
            found == [
                "f.yaml:1:1: the file has no 'r' — add 'r:'",
                "f.yaml:1:4: b must be true or false, not 'maybe' — write true or false",
                "f.yaml:2:4: i is 0 — it must be from 1 to 9",
                "f.yaml:3:1: unknown key 'x' in the file — known here: b, i, m, r",
                "f.yaml:4:11: key 'i' stands here a second time — the first is in line 4; remove one",
                "f.yaml:4:17: unknown key 'k' in m — known here: i",
            ])
    }

    @Test("a long key does not make a long message")
    func long() throws {
        let found = try problems(String(repeating: "k", count: 1000) + ": 1") { _, map in map.finish() }
        #expect(found.count == 1)
        #expect((found.first?.count ?? 0) < 400)
    }
}
