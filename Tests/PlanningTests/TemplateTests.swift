import Foundation
import Planning
import Testing

@Suite("A value put into a command")
struct TemplateTests {
    /// Texts that a shell would act on if one quote were missing.
    static let hostile: [String] = [
        "", " ", "plain", "two words", "; touch owned", "$(touch owned)", "`touch owned`", "'", "''", "'; touch owned; '", "\"; touch owned; \"", "$HOME",
        "a\\", "\\'; touch owned; \\'", "*", "?", "~", "~root", "-rf", "--", "#", "!x", "a&b", "a|b", ">owned", "<owned", "(x)", "{a,b}", "a=b", "\t",
        // A quote and a combining accent are one character, but two for the shell.
        "'\u{301}; touch owned; '\u{301}", "\"\u{301}; touch owned; \"\u{301}", "$\u{301}(touch owned)", "`\u{301}touch owned`\u{301}", "\\\u{301}",
        "é ü 语 🤖", "{{other}}", "{{value}}",
    ]

    @Test("stays one word, whatever it contains", arguments: hostile)
    func oneWord(value: String) async throws {
        let text = try Template(values: ["value": value, "other": "SECRET"]).fill("printf '<%s>' {{value}}", .shell)
        #expect(try await Self.run(text) == "<\(value)>")
    }

    @Test("inside a quoted SQL text ends neither that nor the shell's quotes", arguments: hostile)
    func sql(value: String) async throws {
        let template = Template(values: ["value": value, "other": "SECRET"])
        let double = Array(try await Self.run(template.fill(#"printf '<%s>' "x='{{value|sql}}'""#, .shell)).utf8)
        #expect(double.starts(with: "<x='".utf8) && double.suffix(2).elementsEqual("'>".utf8))
        // What stands between the SQL quotes has them only doubled.
        let quotes = double.dropFirst(4).dropLast(2).split(omittingEmptySubsequences: true) { $0 != UInt8(ascii: "'") }
        #expect(quotes.allSatisfy { $0.count.isMultiple(of: 2) }, "\(double)")
        let single = Array(try await Self.run(template.fill(#"printf '<%s>' 'x="{{value|sql}}"'"#, .shell)).utf8)
        #expect(single.starts(with: "<x=\"".utf8) && single.suffix(2).elementsEqual("\">".utf8))
        #expect(single.count { $0 == UInt8(ascii: "\"") } == 2, "\(single)")
    }

    @Test(
        "is quoted only where that is needed",
        arguments: [("shop_app", "shop_app"), ("/srv/www", "/srv/www"), ("Europe/Berlin", "Europe/Berlin"), ("a b", "'a b'"), ("", "''"), ("it's", #"'it'\''s'"#)])
    func quoted(value: String, expected: String) { #expect(Template.quoted(value) == expected) }

    @Test("of a file stands as it is")
    func files() throws {
        #expect(try Template(values: ["port": "80", "name": "a b"]).fill("listen {{port}}; # {{ name }}", .none) == "listen 80; # a b")
    }

    @Test("that there is not is an error that names it")
    func unknown() {
        let template = Template(values: ["port": "80"])
        for (text, name) in [("{{prot}}", "prot"), ("{{}}", ""), ("{{port", "{{ without }}"), ("{{port|json}}", "port|json")] {
            let error = #expect(throws: PlanningError.self) { try template.fill(text, .shell) }
            #expect(error == .unknownPlaceholder(name), "\(text)")
        }
        #expect(PlanningError.unknownPlaceholder("prot").description == "the runbook uses '{{prot}}', which has no value")
    }

    /// Runs a text in the system's shell, in a directory of its own that must stay empty.
    private static func run(_ text: String) async throws -> String {
        let directory = FileManager.default.temporaryDirectory.appending(path: "muster-template-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", text]
        process.currentDirectoryURL = directory
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty, "\(text) made a file")
        return String(decoding: output, as: UTF8.self)
    }
}
