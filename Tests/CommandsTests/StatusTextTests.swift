import Documents
import Foundation
import Model
import Orchestration
import RunStore
import RunTestSupport
import Testing

@testable import Commands

@Suite("What is told of a run")
struct StatusTextTests {
    let test: TestState

    init() throws { test = try TestState() }

    /// A run read from its journal, as `muster status` does it.
    func entry(_ run: RunID) async -> RunCatalogue.Entry { await RunCatalogue(state: test.state).entry(run) }

    func text(_ run: RunID) async throws -> StatusText {
        let entry = await entry(run)
        return StatusText(run: try #require(RunDocument(entry)))
    }

    /// Without the lines about the run itself.
    func lines(_ run: RunID, _ hosts: [String]? = nil) async throws -> [String] { Array(try await text(run).lines(hosts).drop { !$0.hasPrefix("began ") }.dropFirst()) }

    @Test("names what is out and what waits, for each host")
    func underWay() async throws {
        let stored = try await test.begin(steps: [step("s", on: ["h1", "h2"], subtasks: ["a", "b"])])
        try await stored.report("h1", unanswered)
        try await stored.report("h2", .skipped)
        #expect(
            try await lines(stored.run) == [
                "h1  under way  0 changed, 0 had nothing to do", "  s/a  in doubt: the host is asked", "  s/b  waits",
                "h2  under way  0 changed, 1 had nothing to do", "  s/a  skipped", "  s/b  out with embedded, attempt 1", "took no part: gone: no answer",
            ])
        #expect(try await text(stored.run).lines(nil).first == "run \(stored.run)  running, in the running process \(getpid())")
    }

    @Test("says what the looks saw where an outcome is not known, and what can be said about it")
    func undecided() async throws {
        let stored = try await test.begin(steps: [step("s", on: ["h1", "h2"], subtasks: ["a", "b"])])
        try await stored.report("h1", vanished)
        try stored.journal.close()
        #expect(
            try await lines(stored.run, ["h1"]) == [
                "h1  in doubt  0 changed, 0 had nothing to do", "  s/a  in doubt: it vanished", "      its guard says that the state is not there",
                "      muster decide \(stored.run) h1 done|failed|again", "  s/b  not run: waits for a word on a, whose outcome is not known",
            ])
    }

    @Test("shows the end of a failed command's output, escaped")
    func failed() async throws {
        let stored = try await test.begin()
        try await stored.report("h1", .failed(.command(exitCode: 100)))
        try await stored.report("h2")
        #expect(
            try await lines(stored.run) == [
                "h1  failed  0 changed, 0 had nothing to do", "  s/a  failed: the command ended with exit code 100", "    | oh",
                "h2  done  1 changed, 0 had nothing to do", "  s/a  changed", "took no part: gone: no answer",
            ])
    }

    @Test("is limited to the hosts that were asked for")
    func limited() async throws {
        let stored = try await test.begin()
        try await stored.succeedAll()
        #expect(try await lines(stored.run, ["h2"]) == ["h2  done  1 changed, 0 had nothing to do", "  s/a  changed"])
        #expect(try await text(stored.run).json(["h2"]).count == 1)
    }

    @Test("says what to do about a run that rests")
    func rests() async throws {
        let paused = try await test.begin(runID(1), hosts: ["h1"], steps: [step("s", on: ["h1"], subtasks: ["a", "b"])])
        try await paused.pause()
        try await paused.report("h1")
        let gone = try await test.begin(runID(2))
        for stored in [paused, gone] { try stored.journal.close() }
        #expect(try await text(paused.run).lines(nil).prefix(2) == ["run \(paused.run)  paused", "  muster resume \(paused.run)    goes on"])
        #expect(try await text(gone.run).lines(nil).prefix(2) == ["run \(gone.run)  interrupted: its process is gone", "  muster resume \(gone.run)    goes on"])
    }

    @Test("has one JSON object for each subtask of each host")
    func json() async throws {
        let stored = try await test.begin(steps: [step("s", on: ["h1", "h2"], subtasks: ["a", "b"])])
        try await stored.report("h1", .failed(.command(exitCode: 1)))
        let run = stored.run
        #expect(
            try await text(run).json(nil) == [
                #"{"attempt":1,"host":"h1","reason":"the command ended with exit code 1","run":"\#(run)","status":"failed","step":"s","subtask":"a"}"#,
                #"{"host":"h1","reason":"not run: comes after a, which did not succeed","run":"\#(run)","status":"not run","step":"s","subtask":"b"}"#,
                #"{"host":"h2","reason":"out with embedded, attempt 1","run":"\#(run)","status":"open","step":"s","subtask":"a"}"#,
                #"{"host":"h2","run":"\#(run)","status":"waits","step":"s","subtask":"b"}"#,
            ])
    }

    @Test("is one line in the list of runs, whatever became of it")
    func line() async throws {
        let done = try await test.begin(runID(1)), failed = try await test.begin(runID(2)), open = try await test.begin(runID(3))
        try await done.succeedAll()
        try await failed.report("h1", .failed(.command(exitCode: 1)))
        try await failed.report("h2")
        for stored in [done, failed, open] { try stored.journal.close() }
        func line(_ run: RunID) async throws -> String {
            let line = RunSummary(await entry(run)).text
            let began = TimeText.utc(try #require(await entry(run).history).began)
            #expect(line.hasPrefix("\(run)  \(began)  "), "\(line)")
            return String(line.dropFirst("\(run)  \(began)  ".count))
        }
        #expect(try await line(done.run) == "done         2/2 hosts  install it")
        #expect(try await line(failed.run) == "failed       1/2 hosts  install it")
        #expect(try await line(open.run) == "interrupted  0/2 hosts  install it")
        let never = runID(4)
        try RunJournal(directory: test.state.directory(of: never)).close()
        let unbegun = await entry(never)
        #expect(RunSummary(unbegun).text == "\(never)  never began: its process ended before anything was asked of a host")
    }

    @Test("is one JSON object in the list of runs")
    func jsonLine() async throws {
        let stored = try await test.begin()
        let entry = await entry(stored.run), history = try #require(entry.history)
        let began = TimeText.utc(history.began), changed = TimeText.utc(history.changed)
        #expect(
            JSONText.encode(RunSummary(entry))
                == #"{"began":"\#(began)","changed":"\#(changed)","condition":"running","done":0,"hosts":2,"owner":"the running process \#(getpid())","run":"\#(stored.run)","task":"install it"}"#
        )
    }
}
