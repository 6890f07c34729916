import ConfigurationFiles
import Glibc
import Model
import TestSupport
import Testing

@Suite("Secrets")
struct SecretTests {
    private func resolve(_ reference: SecretReference, _ environment: [String: String] = [:]) -> String {
        do throws(SecretError) {
            return String(decoding: try SecretResolver(environment: environment).resolve(reference).bytes, as: UTF8.self)
        } catch { return "error: \(error)" }
    }

    @Test(
        "references are read in configuration files, and nothing else",
        arguments: [
            ("env:NAME", .environment("NAME")), ("file:/etc/secret", .file("/etc/secret")), ("file:~/secret", .file("~/secret")), ("credential:db", .credential("db")),
        ] as [(String, SecretReference)])
    func references(text: String, expected: SecretReference) throws {
        #expect(try Loaded(agent: "llm: {api_key: \"\(text)\"}\n").settings.llm.apiKey == expected)
        let server = try Loaded(server: "server: {host: a, auth_method: password, password: \"\(text)\"}\n").settings
        #expect(try server.host("a").authentication == .password(expected))
        let keyboard = try Loaded(server: "server: {host: a, auth_method: keyboard-interactive, password: \"\(text)\"}\n").settings
        #expect(try keyboard.host("a").authentication == .keyboardInteractive(expected))
        let key = try Loaded(server: "server: {host: a, passphrase: \"\(text)\"}\n").settings
        #expect(try key.host("a").authentication == .key(path: "/home/op/.ssh/id_ed25519", passphrase: expected))
    }

    @Test("what is no reference is refused", arguments: ["sk-1234", "env:", "file:", "credential:", "ENV:X", "vault:x", ":x", " env:X"])
    func refused(text: String) throws {
        #expect(try Loaded(agent: "llm:\n  api_key: \"\(text)\"\n").problems == ["agent_config.yaml:2:12: llm.api_key must not stand in a file — write env:NAME, file:PATH or credential:NAME"])
    }

    @Test("no key, an empty key and the placeholder are no key", arguments: ["", "api_key:", "api_key: \"\"", "api_key: your-api-key", "api_key: \"your-api-key\""])
    func none(line: String) throws { #expect(try Loaded(agent: "llm:\n  max_tokens: 5\n  \(line)\n").settings.llm.apiKey == nil) }

    @Test("the placeholder is none for the model's key only")
    func placeholder() throws {
        #expect(try Loaded(server: "server: {host: a, auth_method: password, password: your-api-key}\n").problems.count == 2)
    }

    @Test("an environment variable gives its value; empty counts as not set")
    func environment() {
        #expect(resolve(.environment("A"), ["A": "x y\n"]) == "x y\n")
        #expect(resolve(.environment("A"), ["A": ""]) == "error: the secret env:A is not set — set it where this process runs, or name another in the configuration")
        #expect(resolve(.environment("B"), ["A": "x"]) == "error: the secret env:B is not set — set it where this process runs, or name another in the configuration")
    }

    @Test("a file gives its content without one line end", arguments: [("s", "s"), ("s\n", "s"), ("s\r\n", "s"), ("s\n\n", "s\n"), (" s ", " s "), ("s\r", "s\r")])
    func file(content: String, expected: String) throws {
        let directory = try TemporaryDirectory()
        #expect(resolve(.file(try directory.write("secret", content))) == expected)
        #expect(resolve(.file("~/secret"), ["HOME": directory.path]) == expected)
        #expect(resolve(.credential("secret"), ["CREDENTIALS_DIRECTORY": directory.path]) == expected)
    }

    @Test(
        "a file that others may read or write is refused, and so is a link to one",
        arguments: [
            (0o600, nil), (0o400, nil), (0o700, nil), (0o640, "640"), (0o604, "604"), (0o620, "620"), (0o602, "602"), (0o610, "610"), (0o777, "777"),
        ] as [(Int, String?)])
    func modes(mode: Int, shown: String?) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("secret", "s\n", mode: mode)
        #expect(symlink(path, directory.file("link")) == 0)
        for path in [path, directory.file("link")] {
            let expected = shown.map { "error: the secret file:\(path) can be read by others (mode \($0)) — chmod 600 it" } ?? "s"
            #expect(resolve(.file(path)) == expected)
        }
    }

    @Test("what can't be read says why and what to do")
    func unreadable() throws {
        let directory = try TemporaryDirectory()
        let empty = try directory.write("empty", "\n"), large = try directory.write("large", String(repeating: "x", count: (64 << 10) + 1))
        #expect(resolve(.file("/nowhere/x")) == "error: the secret file:/nowhere/x can't be read: there is no such file — check it where this process runs")
        #expect(resolve(.file(empty)) == "error: the secret file:\(empty) can't be read: it is empty — check it where this process runs")
        #expect(resolve(.file(large)) == "error: the secret file:\(large) can't be read: it has more than 65536 bytes — check it where this process runs")
        #expect(resolve(.credential("x")) == "error: the secret credential:x is not set — set it where this process runs, or name another in the configuration")
        #expect(
            resolve(.credential("../x"), ["CREDENTIALS_DIRECTORY": directory.path])
                == "error: the secret credential:../x can't be read: a credential's name has no '/' — check it where this process runs")
    }

    @Test("a secret does not show itself")
    func redacted() {
        let secret = Secret(Array("hunter2".utf8))
        var dumped = ""
        dump(secret, to: &dumped)
        #expect("\(secret) \(String(reflecting: secret)) \(Optional(secret) as Any)" == "<redacted> <redacted> Optional(<redacted>)")
        #expect(!dumped.contains("104") && !dumped.contains("hunter2"))
    }

    @Test("a key file that others may read is refused")
    func keyFile() throws {
        let directory = try TemporaryDirectory()
        _ = try KeyFiles(directory: directory.path).generate("coordinator", isWorker: false)
        #expect(throws: Never.self) { try KeyFiles.read(directory.file("coordinator.key")) }
        let open = try directory.write("open.key", "public: x\nsecret: y\n", mode: 0o644)
        #expect(throws: (any Error).self) { try KeyFiles.read(open) }
        do { _ = try KeyFiles.read(open) } catch { #expect("\(error)" == "the key file \(open) can be read by others (mode 644) — chmod 600 it") }
    }
}
