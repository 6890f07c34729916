import Model
import Planning
import Runbooks
import Testing

@Suite("A parameter of a runbook")
struct ParameterTests {
    static func parameter(_ kind: RunbookParameter.Kind) -> RunbookParameter {
        RunbookParameter(name: "p", kind: kind, description: "a value", defaultValue: nil, choices: ["small", "large"], after: [])
    }

    static let good: [(RunbookParameter.Kind, [String])] = [
        (.identifier, ["shop", "shop_app", "s", "Shop2", String(repeating: "a", count: 63)]),
        (.port, ["1", "80", "65535"]),
        (.version, ["15", "15.4", "1.2.3"]),
        (.timezone, ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+3", "America/Port-au-Prince"]),
        (.path, ["/srv/www", "/a", "/srv/my-site_2/v1.0"]),
        (.hostname, ["_", "example.com", "www.example.com", "host", "a-b.c-d", "192.0.2.1", "xn--e1afmkfd.example"]),
        (.choice, ["small", "large"]),
        (.text, ["", "any line", "quotes ' and \" and $", "語"]),
    ]
    static let bad: [(RunbookParameter.Kind, [String])] = [
        (.identifier, ["", "2shop", "_shop", "shop-app", "shop app", "shop;x", "shóp", "sho\u{301}p", "shop\n", "shop\r\n", String(repeating: "a", count: 64)]),
        (.port, ["", "0", "65536", "-1", "+80", "080", "8o", "80 ", "８０", "80\n", "99999999999999999999"]),
        (.version, ["", "latest", "15.", ".15", "15;x", "15 4", "１５", "15\n"]),
        (.timezone, ["", "/Europe", "Europe Berlin", "../etc", "Europe/Berlin;x", "1UTC", "Европа"]),
        (.path, ["", "/", "srv", "/srv/../etc", "/srv/..", "/srv www", "/srv;x", "/srv/$HOME", "/срв", "/srv\n"]),
        (.hostname, ["", "a b", "a_b", "-rf", "a-", "a..b", ".a", "a.-b", "http://a", "a/b", "a;b", "пример.рф", String(repeating: "a", count: 64)]),
        (.choice, ["", "medium", "Small", "small "]),
        (.text, ["two\nlines", "a\r\nb", "a\rb", "\u{0}", "\u{1b}[2J", "\u{7f}"]),
    ]

    @Test("takes what its kind allows")
    func takes() {
        for (kind, values) in Self.good {
            for value in values { #expect(Self.parameter(kind).problem(with: value) == nil, "\(kind) \(value)") }
        }
    }

    @Test("refuses everything else")
    func refuses() {
        for (kind, values) in Self.bad {
            for value in values { #expect(Self.parameter(kind).problem(with: value) != nil, "\(kind) \(value.debugDescription)") }
        }
        #expect(Set(Self.bad.map(\.0.rawValue)) == Set(RunbookParameter.Kind.allCases.map(\.rawValue)))
    }

    // MARK: Values given by hand

    static func match(_ sentence: String) throws -> RunbookMatcher.Match { try SentenceTests.matcher().choose(sentence) }

    @Test("given by hand wins over the sentence, the sentence over the default")
    func precedence() throws {
        let match = try Self.match("Install nginx on port 8080")
        #expect(try RunbookPlanner(match: match, overrides: [:]).values == ["port": "8080", "site": "_", "root": "/srv/www/site"])
        #expect(try RunbookPlanner(match: match, overrides: ["port": "9090"]).values["port"] == "9090")
    }

    @Test("that the runbook does not have is refused, with the one that was meant")
    func unknown() throws {
        let match = try Self.match("Install nginx")
        let slip = #expect(throws: PlanningError.self) { try RunbookPlanner(match: match, overrides: ["prot": "80"]) }
        #expect(slip?.description == "--set prot: runbook nginx has no such parameter — did you mean 'port'?")
        let other = #expect(throws: PlanningError.self) { try RunbookPlanner(match: match, overrides: ["certificate": "x"]) }
        #expect(other?.description == "--set certificate: runbook nginx has no such parameter — it has port, site, root")
    }

    @Test("with a bad value is refused before anything is planned")
    func badValue() throws {
        let match = try Self.match("Install nginx")
        let error = #expect(throws: PlanningError.self) { try RunbookPlanner(match: match, overrides: ["port": "80; reboot"]) }
        #expect(error?.description == "port is '80; reboot', but it must be a port from 1 to 65535")
    }

    @Test("without value or default is asked for")
    func missing() throws {
        let runbook = Runbook(
            name: "user", title: "Add a user", phrases: ["user"],
            parameters: [RunbookParameter(name: "name", kind: .identifier, description: "the user's name", defaultValue: nil, choices: [], after: [])],
            families: [.debian], steps: [])
        let error = #expect(throws: PlanningError.self) { try RunbookPlanner(match: .init(runbook: runbook, values: [:]), overrides: [:]) }
        #expect(error?.description == "name is needed (the user's name) — say it in the task or with --set name=VALUE")
    }
}
