import Foundation
import Model
import Planning
import Testing

@Suite("A compiled plan")
struct PlanCompilerTests {
    static let digest = String(repeating: "ab", count: 32)
    static let compiler = PlanCompiler(commandTimeout: .seconds(300)) { _ in digest }

    static func compile(_ steps: [Step], hosts: [HostName] = ["h1", "h2", "h3"], groups: [String: [HostName]] = [:]) throws -> [CompiledStep] {
        let plan = Plan(title: "t", task: "t", origin: "test", steps: steps)
        return try compiler.compile(FleetPlan(variants: [.init(hosts: hosts, plan: plan)]), order: hosts, groups: groups).variants[0].steps
    }

    static func step(_ id: StepID = "s", on: HostPattern = .all, once: Bool = false) -> Step {
        Step(id: id, title: "\(id)", on: on, once: once, subtasks: [Subtask(id: "a", title: "a", action: .command("true"))])
    }

    static func work(_ file: FileAction, health: HealthCheck? = nil) throws -> Job.Work {
        try compile([Step(id: "s", title: "s", subtasks: [Subtask(id: "a", title: "a", action: .file(file), healthCheck: health)])])[0].subtasks[0].work
    }

    @Test("gives each step the hosts that its pattern selects")
    func hosts() throws {
        let steps = try Self.compile([Self.step("all"), Self.step("one", on: "h2"), Self.step("group", on: "g,!h3")], groups: ["g": ["h2", "h3"]])
        #expect(steps.map(\.hosts) == [["h1", "h2", "h3"], ["h2"], ["h2"]])
    }

    @Test("gives a step for one host to the first of those selected, in the order of the inventory")
    func once() throws {
        #expect(try Self.compile([Self.step(once: true)])[0].hosts == ["h1"])
        #expect(try Self.compile([Self.step(on: "h3,h2", once: true)])[0].hosts == ["h2"])
    }

    @Test("chooses that host once for all host classes")
    func onceAcrossClasses() throws {
        let plan = Plan(title: "t", task: "t", origin: "test", steps: [Self.step(once: true)])
        let compiled = try Self.compiler.compile(
            FleetPlan(variants: [.init(hosts: ["b"], plan: plan), .init(hosts: ["a", "c"], plan: plan)]), order: ["a", "b", "c"], groups: [:])
        #expect(compiled.variants.map { $0.steps[0].hosts } == [[], ["a"]])
    }

    @Test("is refused when a step is for hosts that the run does not have")
    func noHosts() {
        let error = #expect(throws: PlanningError.self) { try Self.compile([Self.step(on: "h9")]) }
        #expect(error?.description == "step s is for 'h9', which selects no host of this run")
    }

    @Test("uses the configured deadline where a subtask has none of its own")
    func timeouts() throws {
        var own = Subtask(id: "b", title: "b", action: .command("true"))
        own.timeout = .seconds(7)
        let step = Step(id: "s", title: "s", subtasks: [Subtask(id: "a", title: "a", action: .command("true")), own])
        #expect(try Self.compile([step])[0].subtasks.map(\.work.timeout) == [.seconds(300), .seconds(7)])
    }

    // MARK: Files

    @Test("puts a file in place by writing it beside, checking it there and renaming it")
    func file() throws {
        let work = try Self.work(FileAction(path: "/etc/app/x.conf", content: "a=1\n", owner: "app", group: "adm", mode: 0o640, validate: "app --check {}"))
        #expect(work.content == Array("a=1\n".utf8))
        #expect(
            work.command
                == "install -o app -g adm -m 0640 -- content /etc/app/.x.conf.muster && app --check /etc/app/.x.conf.muster && mv -f -- /etc/app/.x.conf.muster /etc/app/x.conf"
        )
        let state = "test ! -L /etc/app/x.conf && sha256sum -- /etc/app/x.conf | grep -q '^\(Self.digest) ' && stat -c %U:%G:%a -- /etc/app/x.conf | grep -Fqx -- app:adm:640"
        #expect(work.guardCheck == state)
        #expect(work.healthCheck == HealthCheck(command: state))
    }

    @Test(
        "compares an owner or a group that is a number with the number, not with the name that it has",
        arguments: [
            ("1000", "1001", "%u:%g", "1000:1001"), ("0", "adm", "%u:%G", "0:adm"), ("app", "0", "%U:%g", "app:0"), ("007", "00", "%u:%g", "7:0"),
            ("app1", "1app", "%U:%G", "app1:1app"),
        ])
    func numericOwner(owner: String, group: String, format: String, expected: String) throws {
        let work = try Self.work(FileAction(path: "/etc/x", content: "", owner: owner, group: group))
        #expect(work.guardCheck?.hasSuffix("stat -c \(format):%a -- /etc/x | grep -Fqx -- \(expected):644") == true, "\(work.guardCheck ?? "")")
        #expect(work.healthCheck?.command == work.guardCheck)
        #expect(work.command.hasPrefix("install -o \(owner) -g \(group) "))
    }

    @Test("keeps an own health check beside that of the file")
    func ownHealthCheck() throws {
        let work = try Self.work(FileAction(path: "/etc/x", content: ""), health: HealthCheck(command: "app --ping", within: .seconds(9)))
        #expect(work.healthCheck?.command == "\(work.guardCheck ?? "") && app --ping")
        #expect(work.healthCheck?.within == .seconds(9))
    }

    @Test("has paths and owners as data only, and never traps on odd ones", arguments: ["/a b", "/it's", "/$(touch owned)", "/;x", "/x", "x", "", "/", "/'\u{301}; touch owned; '\u{301}"])
    func paths(path: String) throws {
        let work = try Self.work(FileAction(path: path, content: "", owner: "a'b", group: "c d"))
        for text in [work.guardCheck ?? "", work.command] {
            let process = Process()
            process.executableURL = URL(filePath: "/bin/sh")
            // Only reads the text, like any script's syntax check.
            process.arguments = ["-n", "-c", text]
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0, "\(text)")
        }
        #expect(work.command.utf8.count > 0)
        let quoted = Array(Template.quoted(path).utf8)
        #expect(Array(work.command.utf8).suffix(quoted.count).elementsEqual(quoted))
    }

    /// The texts are run for real, in a directory of the test's own.
    @Test("brings a file into the wanted state, once, and sees when it is there", arguments: [0o644, 0o600, 0o755, 0o4711], ["n", ""])
    func carriesOut(mode: Int, names: String) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "muster-file-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try "hello\n".write(to: directory.appending(path: "content"), atomically: true, encoding: .utf8)
        let owner = try Self.run("id -u\(names)", in: directory).output, group = try Self.run("id -g\(names)", in: directory).output
        let digest = String(try Self.run("sha256sum content", in: directory).output.prefix(64))
        let path = directory.appending(path: "it's a file").path
        let plan = Plan(
            title: "t", task: "t", origin: "t",
            steps: [
                Step(
                    id: "s", title: "s",
                    subtasks: [Subtask(id: "a", title: "a", action: .file(FileAction(path: path, content: "hello\n", owner: owner, group: group, mode: mode, validate: "grep -q hello {}")))])
            ])
        let work = try PlanCompiler(commandTimeout: .seconds(1)) { _ in digest }
            .compile(FleetPlan(variants: [.init(hosts: ["h"], plan: plan)]), order: ["h"], groups: [:]).variants[0].steps[0].subtasks[0].work
        let guardCheck = try #require(work.guardCheck)
        #expect(try Self.run(guardCheck, in: directory).status != 0)
        #expect(try Self.run(work.command, in: directory).status == 0)
        #expect(try Self.run(guardCheck, in: directory).status == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() == ["content", "it's a file"])
        // A file that was changed, or made a link, is seen.
        try "other\n".write(toFile: path, atomically: false, encoding: .utf8)
        #expect(try Self.run(guardCheck, in: directory).status != 0)
    }

    @Test("leaves the old file alone when the new one does not pass its check")
    func failedValidation() throws {
        let work = try Self.work(FileAction(path: "/etc/x", content: "", validate: "false {}"))
        #expect(work.command == "install -o root -g root -m 0644 -- content /etc/.x.muster && false /etc/.x.muster && mv -f -- /etc/.x.muster /etc/x")
    }

    static func run(_ text: String, in directory: URL) throws -> (status: Int32, output: String) {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", text]
        process.currentDirectoryURL = directory
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    }
}
