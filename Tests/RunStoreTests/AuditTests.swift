import Foundation
import Model
import Orchestration
import RunStore
import RunTestSupport
import TestSupport
import Testing

@Suite("The audit")
struct AuditTests {
    func entries(_ test: TestState, _ run: RunID) async throws -> [AuditEntry] {
        var entries: [AuditEntry] = []
        try await AuditTrail(directory: test.state.directory(of: run), run: run).entries { entries.append($0) }
        return entries
    }

    @Test("has each text that was sent, to which host, by which worker, and its place in the run's chain")
    func sent() async throws {
        let test = try TestState(), stored = try await test.begin()
        try await stored.succeedAll()
        try stored.journal.close()
        let sent = try await entries(test, stored.run).filter { $0.kind == .sent }
        #expect(Set(sent.flatMap(\.hosts)) == ["h1", "h2"])
        #expect(sent.allSatisfy { $0.origin == "runbook test" && $0.worker == "embedded" && !$0.text.isEmpty && $0.hash.count == 32 && $0.sequence > 0 && $0.attempt == 1 })
        #expect(sent.contains { $0.part == "command" })
    }

    @Test("has what was not let through: who asked, the text, the class, the place in it")
    func denied() async throws {
        let test = try TestState(), run = runID(7)
        var description = RunDescription(run: run, task: "wipe it", title: "Wipe", origin: "runbook wipe", coordinator: "c-1", software: "test", hosts: [])
        description.user = "ann"
        description.refusals = [
            Refusal(
                step: "s", subtask: "a", part: "command", hosts: ["h1"], text: "rm -rf /usr", decision: "deny", policyClass: "delete-system-tree", why: "rm on /usr, a protected tree", span: 0..<11)
        ]
        try await RunJournal.keepRefusal(description, in: test.state)
        let denied = try await entries(test, run)
        #expect(denied.map(\.kind) == [.denied])
        #expect(denied.first?.user == "ann" && denied.first?.text == "rm -rf /usr" && denied.first?.policyClasses == ["delete-system-tree"] && denied.first?.span == 0..<11)
        #expect(await RunCatalogue(state: test.state).entry(run).condition == .refused)
        // It is over: nobody is asked to resume it, and it goes with its time.
        #expect(try await RunCatalogue(state: test.state).unfinished().isEmpty)
    }

    @Test("has a job that was refused when it was handed out or by the worker, and a person's word")
    func refused() async throws {
        let test = try TestState(), stored = try await test.begin()
        try await stored.report("h1", .failed(.refusedByPolicy("the policy has become stricter")))
        try stored.journal.close()
        let refused = try await entries(test, stored.run).filter { $0.kind == .refused }
        #expect(refused.map(\.why) == ["the policy has become stricter"])
        #expect(refused.map(\.hosts) == [["h1"]])
    }

    /// A run that is over and was removed.
    func sealed() async throws -> (test: TestState, seal: AuditSeal) {
        let test = try TestState()
        for number in 1...2 {
            let stored = try await test.begin(runID(number, daysAgo: 40))
            try await stored.succeedAll()
            try stored.journal.close()
        }
        #expect(await RunRetention(state: test.state, keepDays: 0).prune(now: .max / 2).count == 2)
        #expect(try test.state.runs().isEmpty)
        return (test, AuditSeal(state: test.state))
    }

    @Test("of a run that is removed is kept as a file, in a chain of its own")
    func kept() async throws {
        // The directory goes with the test state.
        let (test, seal) = try await sealed()
        try #require(seal.runs.count == 2)
        #expect(seal.problems() == [])
        let text = try String(contentsOfFile: seal.runs[0].file, encoding: .utf8)
        #expect(text.contains("\"task\":\"install it\"") && text.contains("handed_out"))
        #expect(seal.runs[0].file.hasPrefix(test.state.path))
    }

    @Test("shows a file that was changed or taken away, and a list that was cut")
    func tampered() async throws {
        let (test, seal) = try await sealed()
        try #require(seal.runs.count == 2)
        let first = seal.runs[0].file, second = seal.runs[1].file
        let good = try String(contentsOfFile: first, encoding: .utf8)
        try good.replacing("install it", with: "install IT").write(toFile: first, atomically: true, encoding: .utf8)
        #expect(seal.problems() == ["\(first): the file was changed"])
        try good.write(toFile: first, atomically: true, encoding: .utf8)
        try FileManager.default.removeItem(atPath: second)
        #expect(seal.problems() == ["\(second): the file is gone"])
        let list = "\(test.state.path)/audit/sealed"
        let lines = try String(contentsOfFile: list, encoding: .utf8).split(separator: "\n")
        try (lines[1] + "\n").write(toFile: list, atomically: true, encoding: .utf8)
        #expect(seal.problems() == ["\(list), line 1: the chain of hashes is broken here"])
    }
}
