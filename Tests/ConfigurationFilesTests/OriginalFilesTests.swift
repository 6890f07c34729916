import ConfigurationFiles
import Foundation
import Model
import TestSupport
import Testing
import YAML

@Suite("The files of the original design")
struct OriginalFilesTests {
    static let fixtures = "\(packageDirectory)/Tests/Fixtures/configuration"
    static let examples = "\(packageDirectory)/config"

    static func load(server: String? = nil, agent: String? = nil, inventory: String? = nil) throws -> Settings {
        try ConfigurationLoader.load(
            ConfigurationSources(
                server: server, agent: agent, inventory: inventory, environment: ["HOME": "/home/op", "USER": "op"], workingDirectory: "/nowhere"))
    }

    @Test("server_config.yaml loads word for word")
    func server() throws {
        let settings = try Self.load(server: "\(Self.fixtures)/server_config.yaml")
        #expect(
            settings.inventory
                == Inventory(hosts: [
                    Host(
                        name: "example.com", address: "example.com", port: 22, user: "user",
                        authentication: .key(path: "/path/to/private/key", passphrase: nil), timeout: .seconds(30), osTypeHint: "ubuntu",
                        installedServicesHint: ["docker", "nginx", "postgresql"], knownHosts: "/home/op/.ssh/known_hosts",
                        forbiddenCommands: ["rm -rf /", "dd if=/dev/zero", "mkfs"])
                ]))
    }

    @Test("agent_config.yaml loads word for word; its placeholder is no key")
    func agent() throws {
        let settings = try Self.load(agent: "\(Self.fixtures)/agent_config.yaml")
        var expected = Settings()
        expected.files = ["\(Self.fixtures)/agent_config.yaml"]
        #expect(settings == expected)
        #expect(settings.llm.apiKey == nil)
        #expect(settings.agents.taskMaster.isEnabled)
        #expect(settings.agents.taskMaster.temperature == 0.7)
        #expect(settings.agents.taskAgent.maximumSteps == 10)
        #expect(settings.agents.subtaskAgent.maximumSubtasks == 20)
        #expect(settings.agents.executor.maximumRetriesPerCommand == 2)
        #expect(settings.agents.errorHandler.errorThresholdPerStep == 4)
        #expect(settings.llm.timeout == .seconds(60))
        #expect(settings.agents.executor.commandTimeout == .seconds(600))
    }

    @Test("the commented examples say the same", arguments: ["server_config.yaml", "agent_config.yaml"])
    func examples(name: String) throws {
        let original = try #require(try YAMLReader.read(try bytes(ofFile: "\(Self.fixtures)/\(name)"), file: name))
        let example = try #require(try YAMLReader.read(try bytes(ofFile: "\(Self.examples)/\(name)"), file: name))
        #expect(plain(original) == plain(example))
    }

    /// Keys and values in their order, without places.
    private func plain(_ node: YAMLNode) -> String {
        switch node.content {
        case .scalar(let text, let isPlain): isPlain ? text : "\"\(text)\""
        case .sequence(let items): "[" + items.map(plain).joined(separator: ", ") + "]"
        case .mapping(let pairs): "{" + pairs.map { "\($0.key): \(plain($0.value))" }.joined(separator: ", ") + "}"
        }
    }

    @Test("the example of an inventory loads and does what its comments say")
    func inventory() throws {
        let inventory = try Self.load(inventory: "\(Self.examples)/inventory.yaml").inventory
        #expect(inventory.hosts.count == 25)
        #expect(try inventory.select("web").map(\.address) == (1...20).map { "10.0.1.\($0)" })
        #expect(try inventory.select("production,!web").map(\.name.value) == ["db1", "db2"])
        let database = try #require(inventory["db1"])
        #expect(database.variables == ["contact": "ops@example.com", "role": "primary", "backup": "nightly"])
        #expect(database.port == 2222)
        #expect(database.timeout == .seconds(60))
        #expect(database.forbiddenCommands == ["dropdb"])
        let appliance = try #require(inventory["appliance"])
        #expect(appliance.authentication == .password(.environment("APPLIANCE_PASSWORD")))
        #expect(!appliance.maySudo)
        #expect(inventory["behind"]?.connection == ConnectionWay(proxyJump: "ops@bastion.example.com"))
        #expect(inventory["bastion.example.com"]?.address == "bastion.example.com")
        #expect(inventory["bastion.example.com"]?.user == "deploy")
    }
}
