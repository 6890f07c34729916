import CommandSafety
import ConfigurationFiles
import Foundation
import Model
import TestSupport
import Testing

@Suite("Mistakes in configuration files")
struct ProblemsTests {
    @Test("all of all files come at once, each in a line with its place and what to do")
    func allAtOnce() throws {
        let loaded = try Loaded(
            server: "server:\n  hots: example.com\n  port: 70000\n  timeout: soon\n",
            agent: "agents:\n  executor:\n    dry_run_mode: yes\n    comand_timeout: 5\nllm:\n  api_key: sk-secret\n",
            inventory: "hosts:\n  a:\n    auth_method: pasword\n  b c:\ngroups:\n  g: [x]\n")
        #expect(
            loaded.problems == [
                "agent_config.yaml:3:19: agents.executor.dry_run_mode must be true or false, not 'yes' — write true or false",
                "agent_config.yaml:4:5: unknown key 'comand_timeout' in agents.executor — did you mean 'command_timeout'?",
                "agent_config.yaml:6:12: llm.api_key must not stand in a file — write env:NAME, file:PATH or credential:NAME",
                "inventory.yaml:3:18: hosts.a.auth_method is 'pasword' — did you mean 'password'? it must be one of key, password, agent, keyboard-interactive",
                "inventory.yaml:4:3: 'b c' is not a host name — use letters, digits, '.', '-' and '_', at most 64",
                "inventory.yaml:6:7: group 'g' names the host 'x', which is not there — did you mean 'a'?",
                "server_config.yaml:2:3: server has no 'host' — add 'host:'",
                "server_config.yaml:2:3: unknown key 'hots' in server — did you mean 'host'?",
                "server_config.yaml:3:9: server.port is 70000 — it must be from 1 to 65535",
                "server_config.yaml:4:12: server.timeout must be a whole number, not 'soon' — write a number from 1 to 3600",
            ])
    }

    @Test("a file that can't be read as YAML does not hide the mistakes of the others")
    func otherFiles() throws {
        let loaded = try Loaded(server: "server:\n\thost: a\n", agent: "agent:\n", inventory: "hosts: {a: {prot: 1}}\n")
        #expect(
            loaded.problems == [
                "agent_config.yaml:1:1: unknown key 'agent' in the file — did you mean 'agents'?",
                "inventory.yaml:1:13: unknown key 'prot' in hosts.a — did you mean 'port'?",
                "server_config.yaml:2:1: found character that cannot start any token while scanning for the next token — indent with spaces, not tabs, and quote special characters",
            ])
    }

    @Test(
        "in server_config.yaml",
        arguments: [
            ("", "1:1: the file is empty — see the examples in config/"),
            ("# nothing\n", "1:1: the file is empty — see the examples in config/"),
            ("- a\n", "1:1: the file must be a mapping, not a list — write 'key: value' lines, see the examples in config/"),
            ("just text\n", "1:1: the file must be a mapping, not 'just text' — write 'key: value' lines, see the examples in config/"),
            ("server:\n", "1:1: the file has no 'server' — add 'server:'"),
            ("server: [a]\n", "1:9: server must be a mapping, not a list — write 'key: value' lines below it"),
            ("server: {host: a}\nserver: {host: b}\n", "2:1: key 'server' stands here a second time — the first is in line 1; remove one"),
            ("server: {host: a}\n---\nserver: {host: b}\n", "2:1: a second document starts here — keep one document in a file"),
            ("server: {host: \"\"}\n", "1:16: server.host is empty — write a value, or remove the line"),
            ("server: {host: a b}\n", "1:16: server.host is 'a b', which is no address — write a DNS name or an IP address, without brackets"),
            ("server: {host: -oProxyCommand=x}\n", "1:16: server.host is '-oProxyCommand=x', which is no address — write a DNS name or an IP address, without brackets"),
            ("server: {host: op@a}\n", "1:16: server.host is 'op@a', which is no address — write the user in a line of its own"),
            ("server: {host: \"a:22\"}\n", "1:16: server.host is 'a:22', which is no address — write the port in a line of its own: port:"),
            ("server: {host: \"[::1]\"}\n", "1:16: server.host is '[::1]', which is no address — write a DNS name or an IP address, without brackets"),
            ("server: {host: \"10.0.0.{}\"}\n", "1:16: server.host has a '{}' — it stands for the number of a range such as web[01:20]: write the address"),
            ("server: {host: a, worker: 'd m z'}\n", "1:27: server.worker is 'd m z' — it must be a label or the name of a worker: letters, digits, '.', '-' and '_'"),
            ("server: {host: a, ledger: here}\n", "1:27: server.ledger is 'here' — it must be an absolute path on the host"),
            ("server: {host: a, transport: ssh}\n", "1:30: server.transport is 'ssh' — it must be one of auto, libssh2, openssh"),
            ("server: {host: a, proxy_jump: \"b; id\"}\n", "1:31: server.proxy_jump is 'b; id' — write [user@]host[:port], several with commas between"),
            ("server: {host: a, proxy_jump: -oProxyCommand=id}\n", "1:31: server.proxy_jump is '-oProxyCommand=id' — write [user@]host[:port], several with commas between"),
            ("server: {host: a, proxy_jump: b, transport: libssh2}\n", "1:9: host 'a' has proxy_jump, which libssh2 can't use — remove it, or set transport: auto or openssh"),
            (
                "server: {host: a, transport: openssh, auth_method: password, password: env:P}\n",
                "1:9: host 'a' has transport: openssh and logs in by password, which OpenSSH takes from no program — use auth_method: key or agent"
            ),
            (
                "server: {host: a, ssh_config: c, passphrase: env:P}\n",
                "1:9: host 'a' has ssh_config and a passphrase, which OpenSSH takes from no program — load the key into ssh-agent and set auth_method: agent"
            ),
            ("server: {host: a, auth_method: password}\n", "1:9: host 'a' logs in by password, and none is named — add password: env:NAME, file:PATH or credential:NAME"),
            ("server: {host: a, auth_method: keyboard-interactive}\n", "1:9: host 'a' logs in by password, and none is named — add password: env:NAME, file:PATH or credential:NAME"),
            ("server: {host: a, password: env:P}\n", "1:9: host 'a' has a password and no auth_method — add auth_method: password, or keyboard-interactive"),
            ("server: {host: a, auth_method: password, password: hunter2}\n", "1:52: server.password must not stand in a file — write env:NAME, file:PATH or credential:NAME"),
            (
                "server: {host: a, user: b}\n",
                "1:19: unknown key 'user' in server — known here: auth_method, become, forbidden_commands, host, host_keys, installed_services, key_path, known_hosts, ledger, os_type, passphrase, password, port, proxy_jump, ssh_config, timeout, transport, username, variables, worker"
            ),
        ])
    func server(text: String, expected: String) throws {
        let problems = try Loaded(server: text).problems
        #expect(problems.contains("server_config.yaml:\(expected)"))
        // A missing password is missed twice where one was refused.
        #expect(problems.count == (text.contains("hunter2") ? 2 : 1))
    }

    @Test("a secret that stands in a file is never repeated")
    func noEcho() throws {
        let loaded = try Loaded(
            server: "server: {host: a, auth_method: password, password: hunter2-one, passphrase: \"hunter2-two\"}\n",
            agent: "llm:\n  api_key: hunter2-three\n  base_url: https://me:hunter2-four@example.com\n  api_kee: hunter2-five\n")
        #expect(loaded.problems.count >= 5)
        #expect(!loaded.problems.contains { $0.contains("hunter2") })
    }

    @Test(
        "an address of a model's service must be one",
        arguments: [
            ("ftp://example.com", "it must begin with https:// or http://"), ("https://", "write https://SERVER/PATH"), ("https:///v1", "write https://SERVER/PATH"),
            ("https://example.com/a b", "write https://SERVER/PATH"), ("https://k@example.com/v1", "take user and password out of it; the key goes into llm.api_key"),
        ])
    func baseURL(text: String, remedy: String) throws {
        #expect(try Loaded(agent: "llm:\n  base_url: \"\(text)\"\n").problems == ["agent_config.yaml:2:13: llm.base_url is not the address of a service — \(remedy)"])
    }

    @Test("control characters from a file do not reach the terminal")
    func terminal() throws {
        #expect(try Loaded(server: "server: {host: a, \"x\\n\\e[2J\": 1}\n").problems.first?.hasPrefix("server_config.yaml:1:19: unknown key 'x\\u{a}\\u{1b}[2J' in server — ") == true)
    }

    @Test(
        "a line of forbidden_commands that would forbid nothing is refused",
        arguments: [
            ("rm 'x", "can't be read as a command"), ("a | b", "is not a single command"), ("a; b", "is not a single command"), ("rm $X", "is not made of plain words"),
            ("> /dev/sda", "is not made of plain words"),
        ])
    func forbidden(line: String, reason: String) throws {
        for (file, place) in [("defaults: {forbidden_commands: [\"\(line)\"]}\nhosts: {a: }\n", "1:33"), ("hosts: {a: {forbidden_commands: [\"\(line)\"]}}\n", "1:34")] {
            let problems = try Loaded(inventory: file, forbiddenProblem: CommandPolicy.problem(withForbidden:)).problems
            #expect(problems.count == 1)
            #expect(problems.first?.hasPrefix("inventory.yaml:\(place): ") == true)
            #expect(problems.first?.hasSuffix("forbidden_commands has '\(line)', which \(reason) — write a program, its flags and operands: rm -rf /") == true)
        }
        #expect(try Loaded(inventory: "hosts: {a: {forbidden_commands: [rm -rf /, dd if=/dev/zero, mkfs]}}\n", forbiddenProblem: CommandPolicy.problem(withForbidden:)).problems == [])
    }
}

@Suite("Finding configuration files")
struct FindingTests {
    private func load(_ directory: TemporaryDirectory, server: String? = nil, inventory: String? = nil, _ environment: [String: String]) -> Loaded {
        Loaded(
            ConfigurationSources(server: server, inventory: inventory, environment: environment, workingDirectory: directory.path),
            stripping: directory.path)
    }

    @Test("a file that was named and is not there is an error; one of the usual places is not")
    func missing() throws {
        let directory = try TemporaryDirectory()
        let environment = ["HOME": directory.path]
        #expect(load(directory, environment).problems == [])
        #expect(
            load(directory, server: directory.file("x.yaml"), inventory: directory.file("y.yaml"), environment).problems == [
                "x.yaml: there is no such file — check the path", "y.yaml: there is no such file — check the path",
            ])
    }

    @Test("a directory is no file")
    func directory() throws {
        let directory = try TemporaryDirectory()
        let path = try directory.directory("d")
        #expect(
            load(directory, inventory: path, ["HOME": "/nowhere"]).problems == [
                "d: the file can't be read: Is a directory — check the path, its permissions and its size"
            ])
    }

    @Test("the user's directory comes before the system's; XDG_CONFIG_HOME moves it, unless it is empty")
    func places() throws {
        let directory = try TemporaryDirectory()
        _ = try directory.directory(".config/muster")
        _ = try directory.directory("xdg/muster")
        try directory.write(".config/muster/inventory.yaml", "hosts: {home: }\n")
        try directory.write("xdg/muster/inventory.yaml", "hosts: {xdg: }\n")
        for (environment, name) in [([:], "home"), (["XDG_CONFIG_HOME": directory.file("xdg")], "xdg"), (["XDG_CONFIG_HOME": ""], "home")] {
            let settings = try load(directory, environment.merging(["HOME": directory.path]) { first, _ in first }).settings
            #expect(settings.inventory.hosts.map(\.name.value) == [name])
        }
    }

    @Test("an inventory that was named stands alone; hosts of server_config.yaml join only when that is named too")
    func alone() throws {
        let directory = try TemporaryDirectory()
        _ = try directory.directory(".config/muster")
        let server = try directory.write(".config/muster/server_config.yaml", "server: {host: single}\n")
        let inventory = try directory.write("many.yaml", "hosts: {a: , b: }\n")
        let environment = ["HOME": directory.path]
        #expect(try load(directory, environment).settings.inventory.hosts.map(\.name.value) == ["single"])
        #expect(try load(directory, inventory: inventory, environment).settings.inventory.hosts.map(\.name.value) == ["a", "b"])
        #expect(try load(directory, server: server, inventory: inventory, environment).settings.inventory.hosts.map(\.name.value) == ["single", "a", "b"])
    }

    @Test("relative paths start at the file that names them, ~ is the user's home")
    func relative() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(
            "i.yaml",
            "hosts:\n  a: {key_path: keys/one, known_hosts: ~/known}\n  b: {key_path: ~}\n  c: {auth_method: password, password: \"file:secrets/c\"}\n  d: {auth_method: password, password: \"file:~/d\"}\n"
        )
        let settings = try load(directory, inventory: file, ["HOME": "/home/op"]).settings
        #expect(try settings.host("a").authentication == .key(path: directory.file("keys/one"), passphrase: nil))
        #expect(try settings.host("a").knownHosts == "/home/op/known")
        #expect(try settings.host("b").authentication == .key(path: "/home/op/.ssh/id_ed25519", passphrase: nil))
        #expect(try settings.host("c").authentication == .password(.file(directory.file("secrets/c"))))
        #expect(try settings.host("d").authentication == .password(.file("~/d")))
    }
}
