import Foundation
import Model
import Planning
import Runbooks
import Testing

/// protocol/runbook.schema.json is for editors; the reader decides. Here the two are held together.
@Suite("The schema of runbooks")
struct RunbookSchemaTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

    /// Keys of an object of the schema; the root's for nil.
    static func keys(_ name: String?) throws -> [String] {
        let data = try Data(contentsOf: root.appending(path: "protocol/runbook.schema.json"))
        let schema = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let object = name == nil ? schema : (schema["$defs"] as? [String: Any])?[name ?? ""] as? [String: Any]
        return try #require(object?["properties"] as? [String: Any]).keys.sorted()
    }

    /// A runbook with one more line at the place of an object; `LINE` is indented as that place needs.
    static let places: [(object: String?, text: String)] = [
        (nil, "LINE"), ("phrases", "phrases:\n  LINE"), ("parameter", "parameters:\n  p:\n    LINE"), ("step", "steps:\n  - LINE"),
        ("need", "steps:\n  - needs:\n      - LINE"), ("subtask", "steps:\n  - subtasks:\n      - LINE"),
        ("health", "steps:\n  - subtasks:\n      - health:\n          LINE"), ("file", "steps:\n  - subtasks:\n      - file:\n          LINE"),
    ]

    static func problems(_ text: String) -> [String] {
        do throws(RunbookProblems) {
            _ = try RunbookReader.read(Array(text.utf8), file: "r.yaml")
            return []
        } catch { return error.description.components(separatedBy: "\n") }
    }

    @Test("has exactly the keys that the reader knows")
    func keys() throws {
        for (object, text) in Self.places {
            let keys = try Self.keys(object)
            // Every key of the schema is known to the reader …
            for key in keys {
                let problems = Self.problems(text.replacingOccurrences(of: "LINE", with: "\(key): x"))
                #expect(!problems.contains { $0.contains("'\(key)'") && $0.contains("unknown") }, "\(object ?? "runbook").\(key): \(problems)")
            }
            // … and the reader, asked with a key that it does not know, lists no other.
            let problems = Self.problems(text.replacingOccurrences(of: "LINE", with: "zzzzzzzzzzzz: x")).filter { $0.contains("zzzzzzzzzzzz") }
            let problem = try #require(problems.first, "\(object ?? "runbook") takes any key")
            let known = try #require(problem.components(separatedBy: "known here: ").dropFirst().first).components(separatedBy: ", ")
            #expect(known == keys, "\(object ?? "runbook")")
        }
    }

    @Test("has the kinds and families that there are")
    func enumerations() throws {
        let text = try String(contentsOf: Self.root.appending(path: "protocol/runbook.schema.json"), encoding: .utf8)
        let kinds = RunbookParameter.Kind.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        let families = OSFamily.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        #expect(text.contains("[\(kinds)]"))
        #expect(text.contains("[\(families)]"))
    }

    @Test("the built-in runbooks are those of config/runbooks, letter for letter")
    func embedded() throws {
        let directory = Self.root.appending(path: "config/runbooks")
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasSuffix(".yaml") }.sorted()
        let builtIn = try RunbookLibrary.load(directories: [])
        #expect(names == builtIn.map { "\($0.name).yaml" })
        #expect(try RunbookLibrary.load(directories: [directory.path]) == builtIn)
    }

    @Test("a runbook with several mistakes is told all of them, with their places")
    func mistakes() {
        let problems = Self.problems(
            "runbook: r\ntitle: t\nphrases: {en: [x]}\nsteps:\n  - id: s\n    subtasks:\n      - id: a\n        command: 'true'\n      - id: b\n        file: {path: /x, content: y, mode: '9'}\n        only_if: nothing\n"
        )
        #expect(problems.contains { $0.contains("subtask 'a' has no guard") && $0.hasPrefix("r.yaml:7:") }, "\(problems)")
        #expect(problems.contains { $0.contains("mode is '9'") })
        #expect(problems.contains { $0.contains("only_if names 'nothing', which is not a parameter") })
        #expect(problems.contains { $0.contains("the runbook names no families") })
    }
}
