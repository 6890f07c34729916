import Foundation
import Planning
import Runbooks
import Testing

/// Tests/Fixtures/planning/sentences.txt: what people ask for and which runbook is right.
@Suite("A sentence")
struct SentenceTests {
    struct Case: CustomTestStringConvertible {
        var sentence: String
        var expected: String
        var testDescription: String { sentence }
    }

    static func cases() throws -> [Case] {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/planning/sentences.txt")
        return try String(contentsOf: path, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let parts = line.components(separatedBy: " => ")
            return Case(sentence: parts[0], expected: try #require(parts.dropFirst().first, "\(line)"))
        }
    }

    static func matcher() throws -> RunbookMatcher {
        RunbookMatcher(runbooks: try RunbookLibrary.load(directories: []), knownNames: ["db1", "db2", "web1", "web", "prod"])
    }

    static func answer(_ sentence: String) throws -> String {
        let matcher = try matcher()
        do throws(PlanningError) {
            let match = try matcher.choose(sentence)
            return ([match.runbook.name] + match.values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }).joined(separator: " ")
        } catch {
            guard case .noRunbook = error else { throw error }
            return "none"
        }
    }

    @Test("finds its runbook, with the values that it says, or none")
    func table() throws {
        let cases = try Self.cases()
        #expect(cases.count > 100)
        for entry in cases {
            let expected = ([entry.expected.split(separator: " ")[0]] + entry.expected.split(separator: " ").dropFirst().sorted()).joined(separator: " ")
            let answer = try Self.answer(entry.sentence)
            #expect(answer == expected, "\(entry.sentence)")
        }
    }

    @Test("without words is refused with an example", arguments: ["", "   ", "...", "!?", "\u{7}\u{1b}"])
    func empty(sentence: String) throws {
        let matcher = try Self.matcher()
        let error = #expect(throws: PlanningError.self) { try matcher.choose(sentence) }
        #expect(error == .emptyTask)
        #expect(error?.description.contains("muster run \"") == true)
    }

    @Test("that no runbook explains is told what stood in the way")
    func explains() throws {
        let matcher = try Self.matcher()
        let error = try #require(throws: PlanningError.self) { try matcher.choose("Remove PostgreSQL") }
        let lines = error.description.split(separator: "\n")
        #expect(lines.first == "no runbook fits this task well enough — nothing was executed; the nearest:")
        #expect(lines.dropFirst().first == "  postgresql: Install and configure PostgreSQL (does not explain 'Remove')")
        #expect(lines.last?.contains("write a runbook") == true)
    }

    @Test("that says too little of every task is told so")
    func tooLittle() throws {
        let matcher = try Self.matcher()
        let error = try #require(throws: PlanningError.self) { try matcher.choose("Create a user bob") }
        #expect(error.description.contains("postgresql: Install and configure PostgreSQL ('user' alone does not mean it)"))
    }

    @Test(
        "of any bytes is read without trouble",
        arguments: [
            String(repeating: "install ", count: 2000), String(repeating: "a", count: 20_000), "🤖 install 💾 postgres'; DROP TABLE x; --", "{{database}}",
            "install\u{301} postgresql", "ＩＮＳＴＡＬＬ postgresql", "$(reboot) postgresql `id`",
        ])
    func hostile(sentence: String) throws {
        let answer = try Self.answer(sentence)
        #expect(answer == "none" || answer == "postgresql", "\(answer)")
    }
}
