import Model
import Planning
import Runbooks
import Testing

@Suite("A runbook that is read")
struct RunbookReaderTests {
    /// A runbook with one step of one subtask; the lines stand in the subtask from line 10 on.
    static func text(_ lines: String) -> String {
        """
        runbook: r
        title: Do r
        phrases: {en: [do r]}
        families: [debian]
        parameters: {p: {description: p, default: ""}, q: {description: q, default: ""}}
        steps:
          - id: s
            subtasks:
              - id: a

        """ + lines.split(separator: "\n").map { "        \($0)\n" }.joined()
    }

    @Test("may not have a guard beside a file, which brings its own")
    func guardBesideFile() {
        let problems = RunbookSchemaTests.problems(Self.text("file: {path: /x, content: y}\nguard: 'true'"))
        #expect(problems == ["r.yaml:11:16: subtask 'a' has a guard beside its file — remove guard: a file brings its own, which compares content, owner, group and mode"])
        #expect(RunbookSchemaTests.problems(Self.text("file: {path: /x, content: y}")).isEmpty)
        // With neither, or both, that is the mistake.
        #expect(RunbookSchemaTests.problems(Self.text("guard: 'true'")).map { $0.contains("must have either a command or a file") } == [true])
        #expect(RunbookSchemaTests.problems(Self.text("guard: 'true'\ncommand: x\nfile: {path: /x, content: y}")).contains { $0.contains("must have either a command or a file") })
    }

    @Test("may not name two subtasks of a step alike")
    func doubled() {
        let text = Self.text("guard: 'true'\ncommand: x") + "      - id: a\n        guard: 'true'\n        command: y\n"
        #expect(RunbookSchemaTests.problems(text) == ["r.yaml:12:9: the subtask 'a' stands in step 's' twice — give one of them another id"])
    }

    @Test(
        "has a subtask with only_if and unless where both say so",
        arguments: [
            ("only_if: p\nunless: q", [(false, false, false), (true, false, true), (false, true, false), (true, true, false)]),
            ("unless: q\nonly_if: p", [(false, false, false), (true, false, true), (false, true, false), (true, true, false)]),
            ("only_if: p", [(false, false, false), (true, true, true)]),
            ("unless: [p, q]", [(false, false, true), (true, false, false), (false, true, false), (true, true, false)]),
            ("only_if: [p, q]", [(false, false, false), (true, false, false), (false, true, false), (true, true, true)]),
        ] as [(String, [(Bool, Bool, Bool)])])
    func conditions(lines: String, cases: [(p: Bool, q: Bool, isThere: Bool)]) throws {
        let text = Self.text("guard: 'true'\ncommand: x\n\(lines)")
        let runbook = try RunbookReader.read(Array(text.utf8), file: "r.yaml")
        for (p, q, isThere) in cases {
            let planner = try RunbookPlanner(match: .init(runbook: runbook, values: ["p": p ? "1" : "", "q": q ? "1" : ""]), overrides: [:])
            let plan = try planner.plan(task: "do r", for: RunbookPlannerTests.debian)
            #expect(plan.steps.isEmpty == !isThere, "\(lines): \(p), \(q)")
        }
    }
}
