import CommandSafety
import Coordinator
import Documents
import Model
import Testing

@testable import Commands

@Suite("A plan that is shown")
struct PlanTextTests {
    static func lines(_ subtasks: [CompiledSubtask], forbidden: [String] = []) -> [String] {
        let host = Host(name: "h1", address: "192.0.2.1", user: "deploy", authentication: .agent, forbiddenCommands: forbidden)
        let step = CompiledStep(id: "s", title: "Do s", hosts: ["h1"], dependencies: [], subtasks: subtasks)
        let plan = CompiledPlan(variants: [.init(hosts: ["h1"], steps: [step])])
        return PlanText(plan: PlanDocument(PreparedRun(task: "t", title: "t", origin: "test", plan: plan, review: PlanReview(plan, hosts: [host]), hosts: [host], classes: [], excluded: []))).lines
    }

    /// What is shown of a content: the lines from `content` on, up to `health`.
    static func shown(_ content: String) throws -> [String] {
        let work = Job.Work(guardCheck: "test -e /x", command: "mv content /x", content: Array(content.utf8), healthCheck: HealthCheck(command: "test -s /x"), timeout: .seconds(1))
        let lines = lines([CompiledSubtask(id: "a", title: "a", work: work)])
        let start = try #require(lines.firstIndex { $0.contains("content  ") }), end = try #require(lines.firstIndex { $0.contains("health   ") })
        return Array(lines[start..<end])
    }

    @Test("has the lines of a file's content, below its size")
    func content() throws {
        #expect(try Self.shown("# Written\n\n  a = 1\n") == ["       content  19 bytes", "                # Written", "                ", "                  a = 1"])
        #expect(try Self.shown("") == ["       content  0 bytes"])
        #expect(try Self.shown("\n") == ["       content  1 byte", "                "])
        #expect(try Self.shown("no end") == ["       content  6 bytes, without a newline at the end", "                no end"])
    }

    @Test("shows no more than twenty lines of a content, and says how many there are")
    func longContent() throws {
        func text(_ count: Int) -> String { (1...count).map { "line \($0)\n" }.joined() }
        #expect(try Self.shown(text(20)).suffix(1) == ["                line 20"])
        #expect(try Self.shown(text(20)).count == 21)
        #expect(try Self.shown(text(21)).suffix(2) == ["                line 20", "                … 1 more line"])
        #expect(try Self.shown(text(500)).suffix(2) == ["                line 20", "                … 480 more lines"])
    }

    @Test("shows what a terminal would act on written out, and ends no line by itself")
    func hostileContent() throws {
        #expect(
            try Self.shown("a\tb\r\n\u{1b}[2Jc\u{202e}d\u{2028}e\n") == [
                "       content  19 bytes", #"                a\tb\r"#, #"                \x1b[2Jc\u{202e}d\u{2028}e"#,
            ])
    }

    @Test("says at a rollback that it is refused, and only there")
    func rollback() throws {
        let work = Job.Work(guardCheck: "test -e /x", command: "touch /x", timeout: .seconds(1))
        let lines = Self.lines([CompiledSubtask(id: "a", title: "a", work: work, rollback: "my-cleanup")], forbidden: ["my-cleanup"])
        #expect(lines.filter { $0.contains("REFUSED") }.count == 1)
        let rollback = try #require(lines.firstIndex { $0.hasSuffix("rollback my-cleanup") })
        try #require(rollback + 1 < lines.count)
        #expect(lines[rollback + 1].hasPrefix("       REFUSED: refused ("))
    }

    @Test("says once what is wrong with a text that stands at two places")
    func twice() throws {
        let work = Job.Work(guardCheck: "my-look", command: "touch /x", healthCheck: HealthCheck(command: "my-look"), timeout: .seconds(1))
        let lines = Self.lines([CompiledSubtask(id: "a", title: "a", work: work)], forbidden: ["my-look"])
        let looks = lines.indices.filter { lines[$0].hasSuffix(" my-look") }
        #expect(looks.count == 2)
        for look in looks {
            try #require(look + 1 < lines.count)
            #expect(lines[look + 1].contains("REFUSED"))
            #expect(look + 2 >= lines.count || !lines[look + 2].contains("REFUSED"))
        }
    }
}
