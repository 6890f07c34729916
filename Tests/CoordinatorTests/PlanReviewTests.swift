import CommandSafety
import Coordinator
import Model
import Planning
import Runbooks
import Testing

@Suite("The review of a plan")
struct PlanReviewTests {
    static func host(_ name: HostName, forbidden: [String] = []) -> Host {
        Host(name: name, address: "192.0.2.1", user: "deploy", authentication: .agent, forbiddenCommands: forbidden)
    }

    static func plan(_ subtask: CompiledSubtask, _ hosts: [HostName] = ["h1"]) -> CompiledPlan {
        let step = CompiledStep(id: "s", title: "s", hosts: Set(hosts), dependencies: [], subtasks: [subtask])
        return CompiledPlan(variants: [.init(hosts: hosts, steps: [step])])
    }

    static func subtask(rollback: String?) -> CompiledSubtask {
        CompiledSubtask(id: "a", title: "a", work: Job.Work(guardCheck: "test -e /x", command: "touch /x", timeout: .seconds(1)), rollback: rollback)
    }

    @Test("judges the rollback like the command")
    func rollback() throws {
        #expect(PlanReview(Self.plan(Self.subtask(rollback: nil)), hosts: [Self.host("h1")]).denied.isEmpty)
        // It changes something, which a guard must not: it is judged as a rollback.
        let harmless = PlanReview(Self.plan(Self.subtask(rollback: "touch /x.gone")), hosts: [Self.host("h1")])
        #expect(harmless.denied.isEmpty && harmless.asked.isEmpty)
        let review = PlanReview(Self.plan(Self.subtask(rollback: "my-cleanup --all")), hosts: [Self.host("h1", forbidden: ["my-cleanup"])])
        let objection = try #require(review.denied.first)
        #expect(review.denied.count == 1)
        #expect(objection.part == "rollback")
        #expect(objection.step == "s" && objection.subtask == "a" && objection.hosts == ["h1"])
        #expect(objection.refusal.text == "my-cleanup --all")
        #expect("\(objection.refusal)".hasPrefix("refused ("))
    }

    @Test("refuses a rollback on just the hosts that forbid it")
    func perHost() {
        let hosts = [Self.host("h1"), Self.host("h2", forbidden: ["my-cleanup"])]
        let review = PlanReview(Self.plan(Self.subtask(rollback: "my-cleanup --all"), ["h1", "h2"]), hosts: hosts)
        #expect(review.denied.map(\.hosts) == [["h2"]])
    }

    @Test("follows the policy's rules on just the hosts that they name")
    func rules() {
        var condition = PolicyCondition(), policy = CommandPolicy()
        condition.programs = ["touch"]
        condition.hosts = ["h2"]
        policy.rules = [PolicyRule(id: "r", decision: .ask, condition: condition)]
        let review = PlanReview(Self.plan(Self.subtask(rollback: nil), ["h1", "h2", "h3"]), hosts: ["h1", "h2", "h3"].map { Self.host($0) }, policy: policy)
        #expect(review.denied.isEmpty)
        #expect(review.asked.map(\.hosts) == [["h2"]])
        #expect(review.asked.map(\.refusal.verdict.findings.first?.rule) == ["r"])
    }

    /// Whatever the built-in runbooks can become goes through without a question, rollbacks too.
    @Test(
        "has nothing against the built-in runbooks",
        arguments: [
            "Install PostgreSQL", "PostgreSQL 15 with a database shop owned by shop_app", "Install nginx",
            "Install nginx on port 8080 for the site shop.example.com with root /srv/www/shop", "Set the time zone to Europe/Berlin", "set up NTP",
        ])
    func builtIn(sentence: String) throws {
        let match = try RunbookMatcher(runbooks: RunbookLibrary.load(directories: []), knownNames: []).choose(sentence)
        let hostClass = HostClass(family: .debian, osID: "debian", osVersion: "12", architecture: "x86_64", initSystem: "systemd")
        let plan = try RunbookPlanner(match: match, overrides: [:]).plan(task: sentence, for: hostClass)
        let compiled = try PlanCompiler(commandTimeout: .seconds(300)) { _ in String(repeating: "0", count: 64) }
            .compile(FleetPlan(variants: [.init(hosts: ["h1"], plan: plan)]), order: ["h1"], groups: [:])
        #expect(compiled.variants[0].steps.contains { $0.subtasks.contains { $0.rollback != nil } })
        let review = PlanReview(compiled, hosts: [Self.host("h1")])
        #expect(review.denied.isEmpty, "\(review.denied)")
        #expect(review.asked.isEmpty, "\(review.asked)")
    }
}
