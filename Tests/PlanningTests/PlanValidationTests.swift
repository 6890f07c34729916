import Model
import Planning
import Testing

@Suite("A plan")
struct PlanValidationTests {
    static func subtask(_ id: String = "a", action: Action = .command("true")) -> Subtask { Subtask(id: id, title: id, guardCheck: "false", action: action) }

    static func step(_ id: StepID, needs: [StepID] = [], _ subtasks: [Subtask]? = nil) -> Step {
        Step(id: id, title: "\(id)", dependencies: needs.map { StepDependency(step: $0) }, subtasks: subtasks ?? [subtask()])
    }

    static func problems(_ steps: [Step], _ limits: PlanValidation.Limits = PlanValidation.Limits()) -> [String] {
        PlanValidation.problems(Plan(title: "t", task: "t", origin: "test", steps: steps), limits: limits)
    }

    static func problems(_ subtask: Subtask) -> [String] { problems([step("s", [subtask])]) }
    static func file(_ path: String, content: String = "x", mode: Int = 0o644) -> [String] {
        problems(subtask(action: .file(FileAction(path: path, content: content, mode: mode))))
    }

    @Test("that is right has no problems")
    func good() {
        #expect(Self.problems([Self.step("a"), Self.step("b", needs: ["a"])]).isEmpty)
        #expect(Self.file("/etc/x.conf").isEmpty)
    }

    @Test("without steps, with too many, or with one twice is told so")
    func steps() {
        #expect(Self.problems([]) == ["it has no steps"])
        #expect(Self.problems((1...11).map { Self.step(StepID("s\($0)")) }) == ["it has 11 steps, the limit is 10 (agents.task_agent.max_steps)"])
        #expect(Self.problems([Self.step("a"), Self.step("a")]) == ["step 'a' is there twice"])
    }

    @Test("depends on steps that are there, never in a circle")
    func dependencies() {
        #expect(Self.problems([Self.step("a", needs: ["a"])]) == ["step 'a' depends on itself"])
        #expect(Self.problems([Self.step("a", needs: ["x"])]) == ["step 'a' depends on 'x', which is not in the plan"])
        #expect(Self.problems([Self.step("a", needs: ["b"]), Self.step("b", needs: ["a"])]) == ["steps depend on each other in a circle: a > b > a"])
        #expect(
            Self.problems([Self.step("z"), Self.step("a", needs: ["z", "c"]), Self.step("b", needs: ["a"]), Self.step("c", needs: ["b"])])
                == ["steps depend on each other in a circle: a > c > b > a"])
    }

    @Test("with long chains is checked in linear time")
    func chains() {
        var limits = PlanValidation.Limits()
        limits.steps = 3000
        let steps = (0..<1000).map { index in Self.step(StepID("s\(index)"), needs: (max(0, index - 3)..<index).map { StepID("s\($0)") }) }
        #expect(Self.problems(steps, limits).isEmpty)
    }

    @Test("has subtasks in each step, not too many and none twice")
    func subtasks() {
        #expect(Self.problems([Self.step("s", [])]) == ["step 's' has no subtasks"])
        #expect(Self.problems([Self.step("s", [Self.subtask(), Self.subtask()])]) == ["step 's', subtask 'a' is there twice"])
        #expect(
            Self.problems([Self.step("s", (1...21).map { Self.subtask("\($0)") })]) == ["step 's' has 21 subtasks, the limit is 20 (agents.subtask_agent.max_subtasks)"])
    }

    @Test("has commands that are not empty and not too long")
    func texts() {
        #expect(Self.problems(Self.subtask(action: .command(" \n\t"))) == ["step 's', subtask 'a' has an empty command"])
        let long = String(repeating: "é", count: (32 << 10) + 1)
        #expect(Self.problems(Self.subtask(action: .command(long))) == ["step 's', subtask 'a' has a text of 65538 bytes, the limit is 65536; send it as a file"])
        var subtask = Self.subtask()
        subtask.healthCheck = HealthCheck(command: long)
        subtask.rollback = long
        #expect(Self.problems(subtask).count == 2)
    }

    @Test(
        "writes files to absolute paths without '..' only",
        arguments: ["", "etc/x", "/", "/etc/", "/etc/../x", "/etc/..", "/..", "/../x", "/etc/.", "/etc/x\ny", "/etc/x\r\ny", "/etc/x\u{0}"])
    func badPaths(path: String) { #expect(Self.file(path).count == 1, "\(path.debugDescription): \(Self.file(path))") }

    @Test("may write to files whose names only look like that", arguments: ["/etc/x..y", "/etc/..x", "/etc/x..", "/etc/.hidden", "/etc/with space"])
    func goodPaths(path: String) { #expect(Self.file(path).isEmpty) }

    @Test("has files within their bounds")
    func files() {
        #expect(Self.file("/x", content: String(repeating: "x", count: (48 << 10) + 1)) == ["step 's', subtask 'a': the file has 49153 bytes, the limit is 49152"])
        #expect(Self.file("/x", content: "a\u{0}b") == ["step 's', subtask 'a': the file contains a zero byte"])
        #expect(Self.file("/x", mode: 0o10000).count == 1)
        #expect(Self.file("/x", mode: -1).count == 1)
    }

    @Test("has owners and groups that are names", arguments: ["", "-rf", "a b", "a:b", "a'b", "root\n", "$USER"])
    func owners(name: String) {
        func problems(_ owner: String, _ group: String) -> [String] {
            Self.problems(Self.subtask(action: .file(FileAction(path: "/x", content: "", owner: owner, group: group))))
        }
        #expect(problems(name, "root").count == 1)
        #expect(problems("root", name).count == 1)
        #expect(problems("www-data", "_apt").isEmpty)
        #expect(problems("1000", "svc.user").isEmpty)
    }

    @Test("has environments of plain names and single lines")
    func environment() {
        func problems(_ name: String, _ value: String) -> [String] {
            var subtask = Self.subtask()
            subtask.environment = [name: value]
            return Self.problems(subtask)
        }
        #expect(problems("PGDATA", "/var/lib/x y=z").isEmpty)
        for name in ["", "1A", "A B", "A=B", "Ä", "A\r\n"] {
            #expect(problems(name, "x") == ["step 's', subtask 'a': '\(name)' is not a name for an environment variable"])
        }
        for value in ["a\nb", "a\r\nb", "\n", "a\u{0}"] {
            #expect(problems("A", value) == ["step 's', subtask 'a': the value of A must be one line"], "\(value.debugDescription)")
        }
    }

    @Test("may not change by its environment what programs mean", arguments: ["PATH", "LD_PRELOAD", "BASH_ENV", "IFS", "BASH_FUNC_ls"])
    func dangerousEnvironment(name: String) {
        var subtask = Self.subtask()
        subtask.environment = [name: "/tmp"]
        #expect(Self.problems(subtask).count == 1)
    }
}
