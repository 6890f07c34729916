import ConfigurationFiles
import Foundation
import Model
import TestSupport
import Testing

@Suite("Paths named in values")
struct UntouchedPathsTests {
    private static func files(_ path: String) -> (server: String, agent: String, inventory: String) {
        let keys = "key_path: \(path)/key, passphrase: \"file:\(path)/phrase\", known_hosts: \(path)/known, ledger: \(path)/ledger, password: \"file:\(path)/password\", auth_method: key"
        return (
            "server: {host: one, \(keys)}\n", "llm: {api_key: \"file:\(path)/api\"}\n",
            "defaults: {\(keys)}\nhosts: {two: {\(keys)}}\ngroups: {g: {hosts: [two], \(keys)}}\n"
        )
    }

    @Test("are not opened by loading")
    func notOpened() throws {
        let directory = try TemporaryDirectory()
        for name in ["key", "phrase", "known", "ledger", "password", "api"] { try directory.write(name, "x\n") }
        let watch = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        #expect(watch >= 0)
        defer { close(watch) }
        #expect(inotify_add_watch(watch, directory.path, UInt32(IN_OPEN | IN_ACCESS | IN_ATTRIB)) >= 0)
        let files = Self.files(directory.path)
        _ = try Loaded(server: files.server, agent: files.agent, inventory: files.inventory).settings
        var events = [UInt8](repeating: 0, count: 4096)
        #expect(read(watch, &events, events.count) == -1)
        // The watch does see an open.
        _ = try bytes(ofFile: directory.file("key"))
        #expect(read(watch, &events, events.count) > 0)
    }

    @Test("make no difference, whether they are there, are pipes that nobody writes to, or are missing")
    func noDifference() throws {
        let directory = try TemporaryDirectory()
        let files = Self.files(directory.path)
        let missing = try Loaded(server: files.server, agent: files.agent, inventory: files.inventory)
        // Opening such a pipe would wait for ever.
        for name in ["key", "phrase", "known", "ledger", "password", "api"] { #expect(mkfifo(directory.file(name), 0o600) == 0) }
        let pipes = try Loaded(server: files.server, agent: files.agent, inventory: files.inventory)
        #expect(try missing.settings == pipes.settings)
        #expect(try missing.settings.inventory.hosts.count == 2)
    }
}
