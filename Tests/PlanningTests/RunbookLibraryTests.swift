import Planning
import Runbooks
import TestSupport
import Testing

@Suite("The directories of runbooks")
struct RunbookLibraryTests {
    static func problem(directories: [String], usual: [String] = []) -> String {
        do throws(RunbookProblems) {
            _ = try RunbookLibrary.load(directories: directories, usual: usual)
            return "no problem"
        } catch { return error.description }
    }

    @Test("that are named must be there; the usual ones may be missing")
    func missing() throws {
        let directory = try TemporaryDirectory()
        let missing = directory.file("nope"), file = try directory.write("file", "")
        #expect(Self.problem(directories: [missing]) == "\(missing): there is no such directory — name one that is there, or leave --runbooks out")
        #expect(Self.problem(directories: [directory.path, missing]).hasPrefix("\(missing): "))
        #expect(Self.problem(directories: [file]) == "\(file): the directory can't be read: Not a directory — name one that is there, or leave --runbooks out")
        #expect(Self.problem(directories: [], usual: [missing, "\(file)/runbooks"]) == "no problem")
        #expect(Self.problem(directories: [directory.path]) == "no problem")
    }

    @Test("come in the order given, before the usual ones and the built-in runbooks")
    func order() throws {
        let directory = try TemporaryDirectory()
        let lines = RunbookReaderTests.text("guard: 'true'\ncommand: x")
        for (name, title) in [("first", "One"), ("second", "Two"), ("usual", "Three")] {
            _ = try directory.directory(name)
            try directory.write("\(name)/r.yaml", lines.replacing("title: Do r", with: "title: \(title)"))
        }
        func title(_ directories: [String], _ usual: [String]) throws -> String? {
            try RunbookLibrary.load(directories: directories.map(directory.file), usual: usual.map(directory.file)).first { $0.name == "r" }?.title
        }
        #expect(try title(["first", "second"], ["usual"]) == "One")
        #expect(try title(["second", "first"], ["usual"]) == "Two")
        #expect(try title([], ["usual"]) == "Three")
        #expect(try title([], []) == nil)
    }

    @Test("with a file that can't be read say so instead of doing without it")
    func unreadable() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("big.yaml", String(repeating: "#\n", count: 600_000))
        #expect(Self.problem(directories: [directory.path]) == "\(path): the runbook can't be read: it has more than 1048576 bytes — mend it or move it away")
    }
}
