import Model
import Testing

@Suite("A host pattern")
struct HostPatternTests {
    static let names: [HostName] = ["web1", "web2", "db1", "db2", "db3", "lone"]
    static let groups: [String: [HostName]] = ["web": ["web1", "web2"], "db": ["db3", "db1", "db2"], "eu": ["web1", "db1"], "empty": [], "foreign": ["elsewhere"]]

    @Test(
        "selects hosts in the order of the inventory",
        arguments: [
            ("all", ["web1", "web2", "db1", "db2", "db3", "lone"]),
            ("*", ["web1", "web2", "db1", "db2", "db3", "lone"]),
            ("db", ["db1", "db2", "db3"]),
            ("db3,db1", ["db1", "db3"]),
            ("db*", ["db1", "db2", "db3"]),
            ("?b1", ["db1"]),
            ("db,!db2", ["db1", "db3"]),
            ("!db2,db", ["web1", "web2", "db1", "db2", "db3", "lone"]),
            ("!web", ["db1", "db2", "db3", "lone"]),
            ("web,&eu", ["web1"]),
            ("&eu", ["web1", "db1"]),
            (" web1 , lone ", ["web1", "lone"]),
            ("web1,,lone,", ["web1", "lone"]),
            ("w*b?", ["web1", "web2"]),
        ])
    func selects(pattern: String, expected: [String]) throws {
        #expect(try HostPattern(pattern).select(from: Self.names, groups: Self.groups).map(\.value) == expected)
    }

    @Test(
        "that names nothing says what it does not know",
        arguments: [
            ("", "the host pattern is empty — name hosts or groups, or 'all'"),
            (" , ", "the host pattern is empty — name hosts or groups, or 'all'"),
            ("wev1", "no host or group is called 'wev1' — did you mean 'web1'?"),
            ("completely-different", "no host or group is called 'completely-different' — 'muster hosts' lists them"),
            ("empty", "the group 'empty' has no hosts — add some to it in the inventory"),
            ("web,empty", "the group 'empty' has no hosts — add some to it in the inventory"),
            ("web,!empty", "the group 'empty' has no hosts — add some to it in the inventory"),
            ("web,&empty", "the group 'empty' has no hosts — add some to it in the inventory"),
            ("foreign", "no host of the group 'foreign' is among those to choose from"),
            ("empt?", "the host pattern 'empt?' selects no host — 'muster hosts' lists them"),
            ("db,!db", "the host pattern 'db,!db' selects no host — 'muster hosts' lists them"),
            ("x*", "the host pattern 'x*' selects no host — 'muster hosts' lists them"),
            ("web,&db", "the host pattern 'web,&db' selects no host — 'muster hosts' lists them"),
        ])
    func refuses(pattern: String, message: String) {
        let error = #expect(throws: HostPatternError.self) { try HostPattern(pattern).select(from: Self.names, groups: Self.groups) }
        #expect(error?.description == message)
    }

    @Test("names with stars match in linear time")
    func glob() {
        #expect(Glob.matches(String(repeating: "a", count: 5000), pattern: String(repeating: "a*", count: 50) + "b") == false)
        #expect(Glob.matches("", pattern: "*"))
        #expect(!Glob.matches("", pattern: "?"))
        #expect(Glob.matches("abc", pattern: "a*c"))
        #expect(!Glob.matches("abcd", pattern: "a*c"))
    }
}
