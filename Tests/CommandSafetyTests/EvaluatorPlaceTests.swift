import ShellSyntax
import Testing

@testable import CommandSafety

/// The places in the text that observations are about.
@Suite("The evaluator tells where in the text a call stands")
struct EvaluatorPlaceTests {
    private func calls(_ text: String) throws -> [Call] {
        var evaluator = Evaluator()
        evaluator.run(try ShellParser.parse(text))
        return evaluator.observations.compactMap { if case .call(let call) = $0 { call } else { nil } }
    }

    private func part(_ text: String, _ span: Span) -> String { String(decoding: Array(text.utf8)[span.start..<span.end], as: UTF8.self) }

    @Test("a plain call stands where it is written")
    func plain() throws {
        let text = "cd /srv && rm -rf old"
        let call = try #require(try calls(text).first)
        #expect(part(text, call.span) == "rm -rf old")
        #expect(part(text, call.arguments[1].span) == "old")
    }

    @Test("a call inside a text for a shell stands where that text is written")
    func inner() throws {
        let text = "sudo bash -c 'cd /var; rm -rf log' && true"
        let call = try #require(try calls(text).first)
        #expect(call.program == "rm")
        #expect(part(text, call.span) == "'cd /var; rm -rf log'")
    }

    @Test("a call inside a function stands in the function")
    func function() throws {
        let text = "f() { rm -rf \"$1\"; }; f /etc"
        let call = try #require(try calls(text).first)
        #expect(part(text, call.span) == "rm -rf \"$1\"")
    }

    @Test("code that a call runs by its own rules is judged where the call stands")
    func hidden() throws {
        var evaluator = Evaluator()
        evaluator.run(try ShellParser.parse("cd /var && tar xf a --to-command='rm -rf log'"))
        guard case .call(let tar)? = evaluator.observations.last else {
            Issue.record("no call")
            return
        }
        evaluator.run(code: Value("rm -rf log"), inside: tar)
        guard case .call(let inner)? = evaluator.observations.last else {
            Issue.record("no call")
            return
        }
        #expect(shown(inner) == "rm -rf log [via tar] in /var")
        #expect(inner.span == tar.span)
    }

    @Test("texts of files that the script wrote are known to the calls that name them")
    func files() throws {
        let call = try #require(try calls("echo 'a b' > /tmp/x; python3 /tmp/x").last)
        #expect(call.files == ["/tmp/x": Value("a b\n")])
        let fetched = try #require(try calls("curl -o /tmp/y.deb https://x; dpkg -i /tmp/y.deb").last)
        #expect(fetched.fetched == ["/tmp/y.deb"])
    }
}
