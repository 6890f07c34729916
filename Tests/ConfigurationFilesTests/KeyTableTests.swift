import ConfigurationFiles
import Foundation
import Model
import Testing

/// Writes the files in which a key of the table stands.
struct Example {
    var server: String?
    var agent: String?
    var inventory: String?

    /// - Parameter lines: what stands in the section, one `key: value` a line.
    init(section: String, _ lines: [String]) {
        switch section {
        case "server":
            let hasHost = lines.contains { $0.hasPrefix("host:") }
            server = "server:\n" + Self.indented((hasHost ? [] : ["host: h1"]) + lines, 2)
        case "defaults": inventory = "hosts:\n  h1:\ndefaults:\n" + Self.indented(lines, 2)
        case "hosts.NAME": inventory = "hosts:\n  h1:\n" + Self.indented(lines, 4)
        case "groups.NAME":
            let hasMembers = lines.contains { $0.hasPrefix("hosts:") }
            inventory = "hosts:\n  h1:\ngroups:\n  other: [h1]\n  g:\n" + Self.indented((hasMembers ? [] : ["hosts: [h1]"]) + lines, 4)
        case "server_config.yaml": server = lines.joined(separator: "\n")
        case "agent_config.yaml": agent = lines.joined(separator: "\n")
        case "inventory.yaml": inventory = lines.joined(separator: "\n")
        default:
            let path = section.split(separator: ".").map(String.init)
            agent = path.enumerated().map { String(repeating: "  ", count: $0.offset) + $0.element + ":\n" }.joined() + Self.indented(lines, 2 * path.count)
        }
    }

    init(_ key: Key, section: String, _ value: String?) {
        var lines = key.beside
        if key.name == "children" { lines.append("hosts: []") }
        self.init(section: section, lines + (value.map { ["\(key.name): \($0)"] } ?? []))
    }

    private static func indented(_ lines: [String], _ columns: Int) -> String {
        lines.map { String(repeating: " ", count: columns) + $0 + "\n" }.joined()
    }

    func load() throws -> Loaded { try Loaded(server: server, agent: agent, inventory: inventory) }
}

@Suite("The table of keys")
struct KeyTableTests {
    /// A key in one of its sections.
    struct Place: Sendable, CustomTestStringConvertible {
        var key: Key
        var section: String
        var testDescription: String { "\(section).\(key.name)" }
        func settings(_ value: String?) throws -> Settings { try Example(key, section: section, value).load().settings }
        func problems(_ value: String) throws -> [String] { try Example(key, section: section, value).load().problems }
    }

    static let places: [Place] = KeyTable.keys.flatMap { key in key.sections.map { Place(key: key, section: $0) } }

    @Test("names exactly the keys that the files may have", arguments: Set(places.map(\.section)).union(KeyTable.sections.keys).sorted())
    func agreement(section: String) throws {
        let lines = try Example(section: section, ["zzzzzzzzzzzz:"]).load().problems
        let marker = "unknown key 'zzzzzzzzzzzz' in "
        let line = try #require(lines.first { $0.contains(marker) })
        let known = try #require(line.split(separator: "known here: ").last).split(separator: ", ").map(String.init)
        let listed = Self.places.filter { $0.section == section }.map(\.key.name) + (KeyTable.sections[section] ?? [])
        #expect(known == listed.sorted())
    }

    @Test("a changed value is another loaded value, and others see it", arguments: places)
    func changes(place: Place) throws {
        let before = try place.settings(place.key.from)
        let after = try place.settings(place.key.to)
        #expect(before != after)
        guard let behaviour = place.key.behaviour else { return }
        #expect(try behaviour(before) != behaviour(after))
    }

    @Test("the default, written down, is the same as nothing", arguments: places.filter { !$0.key.byDefault.hasPrefix("(") })
    func defaults(place: Place) throws { #expect(try place.settings(place.key.byDefault) == place.settings(nil)) }

    @Test("an empty value is the same as nothing", arguments: places.filter { $0.key.from == nil })
    func empty(place: Place) throws { #expect(try place.settings("") == place.settings(nil)) }

    @Test("both bounds are allowed, and what lies beyond is refused", arguments: places)
    func bounds(place: Place) throws {
        let range: ClosedRange<Int>
        let unit: String
        switch place.key.values {
        case .integer(let bounds): (range, unit) = (bounds, "")
        case .number(let bounds): (range, unit) = (bounds, ".0")
        case .boolean, .choice, .text, .path, .secret, .texts, .mapping: return
        }
        for value in [range.lowerBound, range.upperBound] { #expect(try place.problems("\(value)") == []) }
        for value in [range.lowerBound - 1, range.upperBound + 1] {
            let found = try place.problems("\(value)")
            #expect(found.count == 1)
            #expect(found.first?.hasSuffix(".\(place.key.name) is \(value) — it must be from \(range.lowerBound)\(unit) to \(range.upperBound)\(unit)") == true)
        }
    }

    @Test("every choice is allowed, and a misspelt one gets a question", arguments: places)
    func choices(place: Place) throws {
        guard case .choice(let names) = place.key.values else { return }
        for name in names where !name.hasPrefix("password") && name != "keyboard-interactive" { #expect(try place.problems(name) == []) }
        let wrong = String(names[0].dropLast()) + "x"
        let found = try place.problems(wrong)
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix("\(place.key.name) is '\(wrong)' — did you mean '\(names[0])'? it must be one of \(names.joined(separator: ", "))") == true)
    }

    @Test("a value of the wrong kind is refused at its place", arguments: places)
    func kinds(place: Place) throws {
        let wrong: [String]
        switch place.key.values {
        case .integer, .number: wrong = ["\"5\"", "many", "[5]", "{a: 5}", "nan", "1e999"]
        case .boolean: wrong = ["yes", "1", "\"true\"", "[true]"]
        case .choice, .text, .path, .secret: wrong = ["[a]", "{a: b}", "\"a\\0b\""]
        case .texts: wrong = ["a", "{a: b}", "[[a]]", "[~]", "[\"\"]"]
        case .mapping: wrong = ["a", "[a]", "{a: [b]}", "{a: {b: c}}"]
        }
        for value in wrong {
            let found = try place.problems(value)
            #expect(!found.isEmpty, "\(value)")
            for line in found { #expect(line.wholeMatch(of: /[a-z_]+\.yaml:[0-9]+:[0-9]+: [^\n]+ — [^\n]+/) != nil, "\(line)") }
        }
    }

    @Test("what is in use is used where the table says, and what comes later is not used yet", arguments: KeyTable.keys)
    func users(key: Key) throws {
        switch key.use {
        case .now(_, let text, let path):
            let source = try String(contentsOfFile: "\(packageDirectory)/Sources/\(path)", encoding: .utf8)
            #expect(source.contains(text), "\(path) does not use \(text): correct the table")
        case .later(let issue, let texts):
            for text in texts {
                let users = Self.sources.filter { $0.content.contains(text) }.map(\.path)
                #expect(users == [], "issue \(issue) seems to have brought \(key.testDescription): give it a test")
            }
        }
    }

    /// All sources outside of this one's subject.
    static let sources: [(path: String, content: String)] = {
        let top = "\(packageDirectory)/Sources"
        let paths = FileManager.default.enumerator(atPath: top)?.allObjects.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".swift") && !$0.hasPrefix("Services/ConfigurationFiles/") }.compactMap { path in
            (try? String(contentsOfFile: "\(top)/\(path)", encoding: .utf8)).map { (path, $0) }
        }
    }()

    @Test("sources are found") func sourcesAreFound() { #expect(Self.sources.count > 50) }
}
