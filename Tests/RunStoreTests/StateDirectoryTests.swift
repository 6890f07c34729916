import Foundation
import Model
import RunTestSupport
import TestSupport
import Testing

@testable import RunStore

@Suite("A state directory")
struct StateDirectoryTests {
    let files: TemporaryDirectory
    let state: StateDirectory

    init() throws {
        files = try TemporaryDirectory()
        state = StateDirectory(path: files.file("state"))
    }

    /// Directories of runs, as if they had been carried out.
    func make(_ runs: RunID...) throws {
        for run in runs { try FileManager.default.createDirectory(atPath: state.directory(of: run), withIntermediateDirectories: true) }
    }

    @Test(
        "lies where $MUSTER_STATE says, else in the user's directory for state",
        arguments: [
            (["MUSTER_STATE": "/s", "XDG_STATE_HOME": "/x", "HOME": "/h"], "/s"), (["MUSTER_STATE": "", "XDG_STATE_HOME": "/x", "HOME": "/h"], "/x/muster"),
            (["XDG_STATE_HOME": "relative", "HOME": "/h"], "/h/.local/state/muster"), (["HOME": "/h"], "/h/.local/state/muster"), ([:], "/root/.local/state/muster"),
        ] as [([String: String], String)])
    func usual(environment: [String: String], path: String) { #expect(StateDirectory.usual(environment).path == path) }

    @Test("that is not there has no runs; reading makes nothing")
    func missing() throws {
        #expect(try state.runs() == [])
        #expect(!FileManager.default.fileExists(atPath: state.path))
    }

    @Test("lists runs, oldest first, and nothing else that lies there")
    func runs() throws {
        let first = runID(daysAgo: 2), second = runID(daysAgo: 1)
        try make(second, first)
        try FileManager.default.createDirectory(atPath: "\(state.path)/runs/lost+found", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: "\(state.path)/runs/.\(first.value).removed", withIntermediateDirectories: true)
        #expect(try state.runs() == [first, second])
    }

    @Test("finds a run by its identifier, also with dashes and capitals, and by an end or beginning that no other has")
    func names() throws {
        let run = RunID("0199123456787000bfffffffffff1234"), other = RunID("0199123456787001bfffffffffff9234")
        try make(run, other)
        for name in [run.value, "01991234-5678-7000-BFFF-FFFFFFFF1234", "1234", "f1234", "0199123456787000"] { #expect(try state.run(named: name) == run, "\(name)") }
        #expect(throws: StateDirectory.Problem.self) { try state.run(named: "234") }
    }

    @Test("says what is wrong with a name that no run has, or more than one")
    func wrongNames() async throws {
        try make(RunID("0199123456787000bfffffffffff1234"), RunID("0199123456787001bfffffffffff1234"))
        #expect(await problem { try state.run(named: "abcd") } == "there is no run 'abcd' in \(state.path) — 'muster runs' lists them")
        #expect(await problem { try state.run(named: "234") } == "'234' is too short: write at least 4 digits of the run")
        for name in ["1234", "0199"] { #expect(await problem { try state.run(named: name) } == "'\(name)' could be any of 2 runs — write more of it") }
    }

    @Test("has one name for its coordinator, however many ask for it first at once")
    func coordinatorName() async throws {
        let state = state
        let names = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<16 { group.addTask { try await onOwnThread { try StateDirectory(path: state.path).coordinatorName() } } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(names.count == 1)
        #expect(try names == [state.coordinatorName()])
        #expect(try FileManager.default.contentsOfDirectory(atPath: state.path).sorted() == ["coordinator", "runs"])
        #expect(try FileManager.default.attributesOfItem(atPath: "\(state.path)/runs")[.posixPermissions] as? Int == 0o700)
    }

    @Test("makes identifiers that ascend, also when the clock was set back")
    func clock() throws {
        let first = try state.newRun(milliseconds: noon, random: 1)
        try make(first)
        let second = try state.newRun(milliseconds: noon - 1_000_000, random: 0)
        #expect(second > first)
        try make(second)
        #expect(try state.newRun(milliseconds: noon + 1, random: 0) > second)
    }

    @Test("makes no identifier that a host was told to forget, although the run is gone from here")
    func forgotten() throws {
        _ = try state.coordinatorName()
        let job = JobID(runID().value)
        #expect(try state.forgettable(upTo: job, of: runID(daysAgo: 1), unfinished: []) == job.value)
        #expect(try state.newRun(milliseconds: noon - day, random: 0).value > job.value)
    }

    @Test("lets hosts forget no further than what another run may still start")
    func bounds() throws {
        _ = try state.coordinatorName()
        let old = runID(daysAgo: 3), own = runID(daysAgo: 2), later = runID(daysAgo: 1)
        var identifiers = AscendingIdentifiers()
        identifiers.observe(own.value)
        let job = JobID(identifiers.next(milliseconds: 0, random: 0))
        #expect(try state.forgettable(upTo: job, of: own, unfinished: [own, later]) == job.value)
        #expect(try state.forgettable(upTo: job, of: own, unfinished: [old, own, later]) == old.value)
        // What was told once stays told: no later run gets an identifier below.
        #expect(try String(contentsOfFile: "\(state.path)/identifiers", encoding: .utf8) == "\(job.value)\n")
    }

    @Test("that can't be made or written is told with its path and what to do")
    func unusable() async throws {
        try files.write("state", "a file")
        let text = await problem { try state.coordinatorName() }
        #expect(text.hasPrefix("the state directory \(state.path) can't be made: ") && text.hasSuffix(" — name another with --state DIRECTORY"), "\(text)")
        #expect(!text.contains("Error Domain") && !text.contains("NSCocoa"), "\(text)")
    }
}
