import CommandSafety
import Model
import Planning
import Runbooks
import Testing

@Suite("A plan made from a runbook")
struct RunbookPlannerTests {
    static let debian = HostClass(family: .debian, osID: "debian", osVersion: "12", architecture: "x86_64", initSystem: "systemd")

    static func plan(_ sentence: String, set overrides: [String: String] = [:]) throws -> Plan {
        try RunbookPlanner(match: ParameterTests.match(sentence), overrides: overrides).plan(task: sentence, for: debian)
    }

    static func texts(_ plan: Plan) -> [(String, CommandPurpose)] {
        plan.steps.flatMap(\.subtasks).flatMap { subtask -> [(String, CommandPurpose)] in
            var texts: [(String, CommandPurpose)] = []
            if let text = subtask.guardCheck { texts.append((text, .guardCheck)) }
            if case .command(let text) = subtask.action { texts.append((text, .command)) }
            if let text = subtask.healthCheck?.command { texts.append((text, .healthCheck)) }
            if let text = subtask.rollback { texts.append((text, .rollback)) }
            return texts
        }
    }

    @Test("has only the subtasks that the values ask for")
    func conditions() throws {
        let plain = try Self.plan("Install PostgreSQL")
        #expect(plain.steps.map(\.id) == ["packages", "service"])
        #expect(plain.steps[0].subtasks.map(\.id) == ["package-lists", "install"])
        let full = try Self.plan("PostgreSQL 15 with a database shop owned by shop_app")
        #expect(full.steps.map(\.id) == ["packages", "service", "database", "ownership"])
        #expect(full.steps[0].subtasks.map(\.id) == ["version-lists", "install-version"])
        #expect(full.steps[2].subtasks.map(\.title) == ["Create the user shop_app", "Create the database shop"])
        let database = try Self.plan("PostgreSQL with a database shop")
        #expect(database.steps.map(\.id) == ["packages", "service", "database"])
    }

    @Test("says the task, where it comes from and what it will do")
    func titles() throws {
        let plan = try Self.plan("Install nginx on port 8080")
        #expect(plan.task == "Install nginx on port 8080")
        #expect(plan.origin == "runbook nginx")
        #expect(plan.title == "Install and configure the web server nginx")
    }

    @Test("does not wait for a step that is gone")
    func dependencies() throws {
        let runbook = Runbook(
            name: "r", title: "r", phrases: ["r"], parameters: [RunbookParameter(name: "v", kind: .text, description: "", defaultValue: "", choices: [], after: [])],
            families: [.debian],
            steps: [
                Step(id: "a", title: "a", subtasks: [Subtask(id: "x", title: "x", action: .command("true"))]),
                Step(id: "b", title: "b", dependencies: [StepDependency(step: "a", when: .all)], subtasks: [Subtask(id: "y", title: "y", action: .command("true"))]),
            ], conditions: ["a/x": [Runbook.Condition(parameters: ["v"], isWanted: true)]])
        let plan = try RunbookPlanner(match: .init(runbook: runbook, values: [:]), overrides: [:]).plan(task: "r", for: Self.debian)
        #expect(plan.steps.map(\.id) == ["b"])
        #expect(plan.steps[0].dependencies.isEmpty)
    }

    @Test("is refused for a system that the runbook has no commands for")
    func unsupported() throws {
        let rocky = HostClass(family: .redhat, osID: "rocky", osVersion: "9", architecture: "x86_64", initSystem: "systemd")
        let planner = try RunbookPlanner(match: ParameterTests.match("Install nginx"), overrides: [:])
        let error = #expect(throws: PlanningError.self) { try planner.plan(task: "t", for: rocky) }
        #expect(error?.description == "runbook nginx has no commands for rocky 9 x86_64 systemd — it is written for debian")
    }

    /// All that the three built-in runbooks can become must be valid and must pass the guard without a question.
    @Test(
        "of the built-in runbooks is valid and passes the guard",
        arguments: [
            ("Install PostgreSQL", [:]), ("PostgreSQL 15 with a database shop owned by shop_app", [:]), ("Install nginx", [:]),
            ("Install nginx on port 8080 for the site shop.example.com with root /srv/www/shop", [:]), ("Set the time zone to Europe/Berlin", [:]), ("set up NTP", [:]),
        ] as [(String, [String: String])])
    func passesGuard(sentence: String, overrides: [String: String]) throws {
        let plan = try Self.plan(sentence, set: overrides)
        #expect(PlanValidation.problems(plan, limits: PlanValidation.Limits()).isEmpty)
        let compiled = try PlanCompiler(commandTimeout: .seconds(300)) { _ in String(repeating: "0", count: 64) }
            .compile(FleetPlan(variants: [.init(hosts: ["h"], plan: plan)]), order: ["h"], groups: [:])
        for subtask in compiled.variants.flatMap(\.steps).flatMap(\.subtasks) {
            let texts: [(String?, CommandPurpose)] = [
                (subtask.work.guardCheck, .guardCheck), (subtask.work.command, .command), (subtask.work.healthCheck?.command, .healthCheck),
            ]
            for case (let text?, let purpose) in texts {
                let verdict = CommandGuard().judge(text, context: CommandContext(purpose: purpose, loginUser: "deploy"))
                #expect(verdict.decision == .allow, "\(subtask.id): \(text): \(verdict.findings)")
            }
        }
    }

    @Test("has values as data only, whatever they contain")
    func hostileValues() throws {
        let runbook = Runbook(
            name: "motd", title: "motd", phrases: ["motd"],
            parameters: [RunbookParameter(name: "line", kind: .text, description: "", defaultValue: nil, choices: [], after: [])], families: [.debian],
            steps: [Step(id: "s", title: "Say {{line}}", subtasks: [Subtask(id: "a", title: "Say {{line}}", guardCheck: "grep -qxF {{line}} /etc/motd", action: .command("printf %s {{line}}"))])])
        for value in TemplateTests.hostile where !value.isEmpty && RunbookParameter(name: "", kind: .text, description: "", defaultValue: nil, choices: [], after: []).problem(with: value) == nil {
            let plan = try RunbookPlanner(match: .init(runbook: runbook, values: ["line": value]), overrides: [:]).plan(task: "t", for: Self.debian)
            for (text, _) in Self.texts(plan) {
                #expect(text.utf8.elementsEqual((text.hasPrefix("grep") ? "grep -qxF \(Template.quoted(value)) /etc/motd" : "printf %s \(Template.quoted(value))").utf8))
            }
        }
    }
}
