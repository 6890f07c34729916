import CommandSafety
import Cryptography
import Foundation
import Model
import Testing

@testable import Coordinator

@Suite("An approval")
struct ApprovalTests {
    let text = "userdel old-app"
    var digest: [UInt8] { Digest.sha256(Array(text.utf8)) }

    func review(_ text: String? = nil, hosts: [HostName] = ["h1", "h2"]) -> PlanReview {
        let subtask = CompiledSubtask(id: "a", title: "a", work: Job.Work(command: text ?? self.text, timeout: .seconds(1)))
        let step = CompiledStep(id: "s", title: "s", hosts: Set(hosts), dependencies: [], subtasks: [subtask])
        return PlanReview(
            CompiledPlan(variants: [.init(hosts: hosts, steps: [step])]),
            hosts: hosts.map { Host(name: $0, address: "192.0.2.1", user: "deploy", authentication: .agent) })
    }

    func approve(_ review: PlanReview, typed: [UInt8]? = nil, option: Set<PolicyClass> = [], policy: Set<PolicyClass> = []) -> (approvals: [Approval], open: [PlanReview.Objection]) {
        let typed: Set<ApprovedText> = typed.map { [ApprovedText(step: "s", subtask: "a", part: "command", digest: $0)] } ?? []
        return review.approve(typed: typed, option: option, policy: policy, user: "ann", now: 1000)
    }

    func job(_ host: HostName = "h1", step: StepID = "s") -> Job {
        Job(
            id: JobID(String(repeating: "0", count: 32)), run: RunID(String(repeating: "0", count: 32)), host: host, step: step, subtask: "a", attempt: 1, epoch: 1, hostKey: "",
            work: Job.Work(command: text, timeout: .seconds(1)))
    }

    @Test("is needed for a text that asks, and given by who reads it, by its class or by the policy")
    func sources() throws {
        let review = review()
        #expect(review.asked.count == 1 && review.denied.isEmpty)
        let classes = try #require(review.asked.first?.askedClasses)
        #expect(approve(review).open.count == 1)
        for (result, source) in [
            (approve(review, typed: digest), Approval.Source.person), (approve(review, option: classes), .option), (approve(review, policy: classes), .policy),
        ] {
            #expect(result.open.isEmpty)
            #expect(result.approvals.map(\.source) == [source])
            #expect(result.approvals.first?.hosts == ["h1", "h2"])
            #expect(result.approvals.first?.digest == digest)
            #expect(result.approvals.first?.user == "ann")
        }
    }

    @Test("of other bytes is none")
    func otherBytes() {
        #expect(approve(review(), typed: Digest.sha256(Array("userdel old-ap".utf8))).open.count == 1)
        #expect(approve(review(text + " "), typed: digest).open.count == 1)
    }

    @Test("never releases what is denied")
    func denied() {
        let review = review("rm -rf /usr")
        #expect(review.asked.isEmpty && review.denied.count == 1)
        #expect(approve(review, typed: Digest.sha256(Array("rm -rf /usr".utf8)), option: Set(PolicyClass.allCases), policy: Set(PolicyClass.allCases)).approvals.isEmpty)
    }

    @Test("lets exactly that text go to those hosts until it expires")
    func covers() {
        let now = WallClockForTests.milliseconds
        func approval(givenAt: UInt64, lifetime: Duration = .seconds(3600)) -> Approvals {
            Approvals([
                Approval(
                    step: "s", subtask: "a", part: "command", hosts: ["h1"], digest: digest, classes: ["account-lockout"], source: .person, user: "ann", givenAt: givenAt,
                    lifetime: lifetime)
            ])
        }
        let fresh = approval(givenAt: now)
        #expect(fresh.refusal(of: digest, job(), .command, "asked") == nil)
        #expect(fresh.refusal(of: digest, job("h2"), .command, "asked") == "asked")
        #expect(fresh.refusal(of: digest, job(step: "t"), .command, "asked") == "asked")
        #expect(fresh.refusal(of: digest, job(), .healthCheck, "asked") == "asked")
        #expect(fresh.refusal(of: Digest.sha256([1]), job(), .command, "asked") == "asked")
        let old = approval(givenAt: now - 7_200_000)
        #expect(old.refusal(of: digest, job(), .command, "asked")?.contains("the approval that ann gave has expired") == true)
        // What was started under it can still be asked about and ended.
        #expect(old.refusal(of: digest, job(), .command, "asked", starts: false) == nil)
    }
}

/// The wall clock, as the coordinator reads it.
enum WallClockForTests {
    static var milliseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1000
    }
}

/// The public sample of forbidden commands, proposed in each part of a plan.
@Suite("Forbidden commands in a plan")
struct ForbiddenPlanTests {
    struct Sample: Decodable {
        var id: String
        var command: String
        var expect: String
    }

    @Test("are refused or wait for a person in every part: guard, command, health check, rollback")
    func everyPart() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/commands/forbidden-sample.jsonl")
        let samples = try String(contentsOf: path, encoding: .utf8).split(separator: "\n").map { try JSONDecoder().decode(Sample.self, from: Data($0.utf8)) }
        #expect(samples.count == 60)
        for sample in samples {
            let texts: [(String, CompiledSubtask)] = [
                ("guard", CompiledSubtask(id: "a", title: "a", work: Job.Work(guardCheck: sample.command, command: "true", timeout: .seconds(1)))),
                ("command", CompiledSubtask(id: "a", title: "a", work: Job.Work(command: sample.command, timeout: .seconds(1)))),
                ("health check", CompiledSubtask(id: "a", title: "a", work: Job.Work(command: "true", healthCheck: HealthCheck(command: sample.command), timeout: .seconds(1)))),
                ("rollback", CompiledSubtask(id: "a", title: "a", work: Job.Work(command: "true", timeout: .seconds(1)), rollback: sample.command)),
            ]
            for (part, subtask) in texts {
                let step = CompiledStep(id: "s", title: "s", hosts: ["h1"], dependencies: [], subtasks: [subtask])
                let review = PlanReview(
                    CompiledPlan(variants: [.init(hosts: ["h1"], steps: [step])]), hosts: [Host(name: "h1", address: "192.0.2.1", user: "deploy", authentication: .agent)])
                #expect(review.denied.count + review.asked.count == 1, "\(sample.id) as \(part)")
                if sample.expect == "deny" { #expect(review.denied.first?.part == part, "\(sample.id) as \(part)") }
            }
        }
    }
}
