import ConfigurationFiles
import Model
import Testing

@Suite("Inventories")
struct InventoryTests {
    static let twoGroups = """
        defaults: {port: 1, user: d, timeout: 1, variables: {a: d, b: d, c: d}}
        hosts:
          h1: {port: 4, variables: {a: h}}
          h2:
          h3:
        groups:
          small: {hosts: [h1], port: 3, user: s, variables: {a: s, b: s}}
          large: {hosts: [h1, h2], port: 2, user: l, timeout: 2, variables: {a: l, b: l, c: l}}

        """

    @Test("the host wins over its groups, a smaller group over a larger one, and defaults come last")
    func precedence() throws {
        let settings = try Loaded(inventory: Self.twoGroups).settings
        let first = try settings.host("h1"), second = try settings.host("h2"), third = try settings.host("h3")
        #expect([first.port, second.port, third.port] == [4, 2, 1])
        #expect([first.user, second.user, third.user] == ["s", "l", "d"])
        #expect([first.timeout, second.timeout, third.timeout] == [.seconds(2), .seconds(2), .seconds(1)])
        #expect(first.variables == ["a": "h", "b": "s", "c": "l"])
        #expect(second.variables == ["a": "l", "b": "l", "c": "l"])
        #expect(third.variables == ["a": "d", "b": "d", "c": "d"])
    }

    @Test("forbidden commands add up")
    func forbidden() throws {
        let settings = try Loaded(inventory: "defaults: {forbidden_commands: [d]}\nhosts: {a: {forbidden_commands: [h]}, b: }\ngroups: {g: {hosts: [a, b], forbidden_commands: [g]}}\n").settings
        #expect(try settings.host("a").forbiddenCommands == ["h", "g", "d"])
        #expect(try settings.host("b").forbiddenCommands == ["g", "d"])
    }

    @Test("a nested group of the same size wins over the one around it, whatever their names")
    func nestedWins() throws {
        for (inner, outer) in [("a", "z"), ("z", "a")] {
            let settings = try Loaded(inventory: "hosts: {h: }\ngroups:\n  \(outer): {children: [\(inner)], port: 1}\n  \(inner): {hosts: [h], port: 2}\n").settings
            #expect(try settings.host("h").port == 2)
        }
    }

    @Test("groups contain the hosts of their children, in the order of the inventory")
    func children() throws {
        let settings = try Loaded(
            inventory: "hosts: {c: , a: , b: , d: }\ngroups:\n  top: {children: [left, right], hosts: [d]}\n  left: [a, b]\n  right: {children: [left], hosts: [c]}\n  none:\n  empty: []\n"
        ).settings
        #expect(settings.inventory.hosts.map(\.name) == ["c", "a", "b", "d"])
        #expect(settings.inventory.groups == ["top": ["c", "a", "b", "d"], "left": ["a", "b"], "right": ["c", "a", "b"], "none": [], "empty": []])
        #expect(try settings.inventory.select("right,!left").map(\.name) == ["c"])
    }

    @Test("a range stands for many hosts; {} is its number, without leading zeros in IPv4 addresses")
    func ranges() throws {
        let settings = try Loaded(
            inventory:
                "hosts:\n  db2-web[08:11]: {address: \"10.0.0.{}\"}\n  n[0:1].eu: {address: \"n{}-{}.example.com\"}\n  x[00:01]: {address: \"fd00::{}\"}\n  y[00:00]: {address: \"10.0.0.{}\"}\ngroups: {g: [\"db2-web[09:10]\"]}\n"
        ).settings
        #expect(
            settings.inventory.hosts.map { "\($0.name) \($0.address)" } == [
                "db2-web08 10.0.0.8", "db2-web09 10.0.0.9", "db2-web10 10.0.0.10", "db2-web11 10.0.0.11", "n0.eu n0-0.example.com", "n1.eu n1-1.example.com",
                "x00 fd00::00", "x01 fd00::01", "y00 10.0.0.0",
            ])
        #expect(settings.inventory.groups == ["g": ["db2-web09", "db2-web10"]])
    }

    @Test(
        "mistakes",
        arguments: [
            ("groups: {g: []}\n", ["1:1: the file has no 'hosts' — add 'hosts:'"]),
            ("hosts: [a, b]\n", ["1:8: hosts must be a mapping, not a list — write 'key: value' lines below it"]),
            ("hosts:\n  a:\n  a: {port: 0}\n", ["3:3: key 'a' stands here a second time — the first is in line 2; remove one", "3:13: hosts.a.port is 0 — it must be from 1 to 65535"]),
            ("hosts:\n  w1:\n  w[0:2]:\n", ["3:3: host 'w1' stands here a second time — 'w1' names it too: remove one"]),
            ("hosts:\n  w[1:3]:\n  w[3:5]:\n", ["3:3: host 'w3' stands here a second time — 'w[1:3]' names it too: remove one"]),
            (
                "hosts:\n  all:\n  -x:\n  \"\":\n",
                [
                    "2:3: 'all' is not a host name — 'all' stands for all hosts: choose another name", "3:3: '-x' is not a host name — use letters, digits, '.', '-' and '_', at most 64",
                    "4:3: '' is not a host name — use letters, digits, '.', '-' and '_', at most 64",
                ]
            ),
            ("hosts: {a: {address: \"10.0.0.{}\"}}\n", ["1:22: hosts.a.address has a '{}' — it stands for the number of a range such as web[01:20]: write the address"]),
            ("hosts: {\"w[1:2]\": {address: \"a b{}\"}}\n", ["1:29: hosts.w[1:2].address is 'a b{}', which is no address — write a DNS name or an IP address, without brackets"]),
            (
                "hosts: {a: }\ngroups: {a: [], all: [], \"x y\": [a]}\n",
                [
                    "2:10: group 'a' has the name of a host — give it another name", "2:17: 'all' is not a group name — 'all' stands for all hosts: choose another name",
                    "2:26: 'x y' is not a group name — use letters, digits, '.', '-' and '_', at most 64",
                ]
            ),
            (
                "hosts: {web1: }\ngroups:\n  g: [web2]\n  h: {hosts: [[x], qqqqqqqq]}\n  i: 5\n",
                [
                    "3:7: group 'g' names the host 'web2', which is not there — did you mean 'web1'?",
                    "4:15: each of groups.h.hosts must be a text, not a list — write one value, in quotes if it is empty or special",
                    "4:20: group 'h' names the host 'qqqqqqqq', which is not there — add it under hosts:",
                    "5:6: groups.i must be a mapping, not '5' — write 'key: value' lines below it",
                ]
            ),
            (
                "hosts: {a: }\ngroups:\n  front: [a]\n  g: {children: [fornt, zzzzzz]}\n",
                [
                    "4:18: group 'g' has the child 'fornt', which is not there — did you mean 'front'?", "4:25: group 'g' has the child 'zzzzzz', which is not there — add it under groups:",
                ]
            ),
            // A circle is one mistake, and groups around it are innocent.
            (
                "hosts: {a: }\ngroups:\n  outer: {children: [x]}\n  x: {children: [y]}\n  y: {children: [z]}\n  z: {children: [x]}\n",
                [
                    "6:18: groups contain each other: x > y > z > x — remove one of them from children:"
                ]
            ),
            ("hosts: {a: }\ngroups: {g: {children: [g]}}\n", ["2:25: groups contain each other: g > g — remove one of them from children:"]),
            (
                "defaults: {auth_method: password}\nhosts: {\"w[1:500]\": , b: {auth_method: key}}\n",
                [
                    "2:9: host 'w[1:500]' logs in by password, and none is named — add password: env:NAME, file:PATH or credential:NAME"
                ]
            ),
        ])
    func mistakes(text: String, expected: [String]) throws {
        #expect(try Loaded(inventory: text).problems == expected.map { "inventory.yaml:\($0)" })
    }

    @Test(
        "a range that is none",
        arguments: [
            "w[1:2", "w]1:2[", "w[1]", "w[1:2:3]", "w[:1:2]", "w[2:1]", "w[a:b]", "w[-1:3]", "w[+1:3]", "w[1:2][3:4]", "w[٣:٤]", "w[-9223372036854775808:9223372036854775807]",
            "w[0:99999999999999999999]",
        ])
    func badRange(text: String) throws {
        #expect(try Loaded(inventory: "hosts:\n  \"\(text)\":\n").problems == ["inventory.yaml:2:3: '\(text)' is not a range of hosts — write one range, such as web[01:20]"])
        #expect(try Loaded(inventory: "hosts: {w: }\ngroups:\n  g: [\"\(text)\"]\n").problems == ["inventory.yaml:3:7: '\(text)' is not a range of hosts — write one range, such as web[01:20]"])
    }

    @Test("hosts of server_config.yaml and of an inventory must have different names")
    func both() throws {
        let loaded = try Loaded(server: "server: {host: one}\n", inventory: "hosts: {two: , one: }\ngroups: {one: [two]}\n")
        #expect(
            loaded.problems
                == [
                    "inventory.yaml:2:10: group 'one' has the name of a host — give it another name",
                    "inventory.yaml:1:16: host 'one' is named in server_config.yaml too — name it in one of the files",
                ].sorted())
    }
}

@Suite("Bounds of inventories")
struct InventoryBoundsTests {
    @Test("a range of 10,000 hosts is one; a longer one is refused")
    func range() throws {
        #expect(try Loaded(inventory: "hosts:\n  w[1:10000]:\ngroups:\n  g: [\"w[1:10000]\"]\n").settings.inventory.groups["g"]?.count == 10_000)
        #expect(try Loaded(inventory: "hosts:\n  w[0:10000]:\n").problems == ["inventory.yaml:2:3: 'w[0:10000]' stands for more than 10000 hosts — make the range smaller"])
        #expect(try Loaded(inventory: "hosts:\n  w[0:9223372036854775807]:\n").problems.count == 1)
    }

    @Test("a small file can't stand for millions of hosts")
    func hosts() throws {
        let text = "hosts:\n" + (0..<400).map { "  h\($0)-[0:9999]:\n" }.joined()
        #expect(try Loaded(inventory: text).problems == ["inventory.yaml:12:3: there are more than 100000 hosts — use several inventories"])
    }

    @Test("groups that fan out at every level are looked at once each")
    func fan() throws {
        // Following every path would take 2^30 steps.
        let text = "hosts: {a: }\ngroups:\n  g0: [a]\n" + (1...30).map { "  g\($0): {children: [g\($0 - 1), g\($0 - 1)]}\n" }.joined()
        #expect(try Loaded(inventory: text).settings.inventory.groups["g30"] == ["a"])
    }

    @Test("groups nest 32 levels deep and no deeper")
    func nesting() throws {
        func nested(_ levels: Int) -> String { "hosts: {a: }\ngroups:\n" + (1..<levels).map { "  g\($0): {children: [g\($0 + 1)]}\n" }.joined() + "  g\(levels): [a]\n" }
        #expect(try Loaded(inventory: nested(32)).problems == [])
        #expect(try Loaded(inventory: nested(33)).problems == ["inventory.yaml:35:3: group 'g33' is nested deeper than 32 levels — flatten the groups around it"])
        #expect(try Loaded(inventory: nested(20_000)).problems.count == 19_999 / 32)
    }

    @Test("groups have half a million members in all and no more")
    func memberships() throws {
        let text = "hosts: {\"w[1:10000]\": }\ngroups:\n  base: [\"w[1:10000]\"]\n" + (1...60).map { "  g\($0): {children: [base]}\n" }.joined()
        #expect(try Loaded(inventory: text).problems == ["inventory.yaml:53:3: the groups have more than 500000 members in all — use fewer or smaller groups"])
    }
}
