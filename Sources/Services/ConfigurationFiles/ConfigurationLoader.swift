package import CommandSafety
import Glibc
import Model
package import YAML

/// All problems of the configuration files, in the order of the places where they stand.
package struct ConfigurationErrors: Error, Sendable, Equatable, CustomStringConvertible {
    package var problems: [YAMLProblem]
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Where to look for the files, and the environment that gives the usual places.
package struct ConfigurationSources: Sendable {
    /// Nil: `server_config.yaml` of the usual places, if there is one.
    package var server: String?
    package var agent: String?
    package var inventory: String?
    package var policy: String?
    package var environment: [String: String]
    package var workingDirectory: String
    /// Why a line of `forbidden_commands` can't be followed; nil if it can. The command guard's knowledge, not this target's.
    package var forbiddenProblem: @Sendable (String) -> String?

    package init(
        server: String? = nil, agent: String? = nil, inventory: String? = nil, policy: String? = nil, environment: [String: String], workingDirectory: String,
        forbiddenProblem: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.server = server
        self.agent = agent
        self.inventory = inventory
        self.policy = policy
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.forbiddenProblem = forbiddenProblem
    }

    /// The user's directory, then the system's.
    package var directories: [String] {
        let user = environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? environment["HOME"].map { $0 + "/.config" }
        return [user.map { $0 + "/muster" }, "/etc/muster"].compactMap(\.self)
    }
}

/// Finds, reads and checks the configuration files. Paths named in values are not touched.
package struct ConfigurationLoader {
    private let sources: ConfigurationSources
    private var problems: [YAMLProblem] = []

    package static func load(_ sources: ConfigurationSources) throws(ConfigurationErrors) -> Settings {
        var loader = ConfigurationLoader(sources: sources)
        let settings = loader.settings()
        guard loader.problems.isEmpty else { throw ConfigurationErrors(problems: loader.problems.sorted()) }
        return settings
    }

    private init(sources: ConfigurationSources) { self.sources = sources }

    private mutating func settings() -> Settings {
        let sources = sources
        var settings = Settings()
        // An inventory named on the command line stands alone: hosts of other files would join the run unasked.
        if sources.inventory == nil || sources.server != nil {
            read("server_config.yaml", explicit: sources.server, &settings) { decoder, root, settings in
                Self.inventory(decoder, sources).readServer(root, into: &settings.inventory)
            }
        }
        read("agent_config.yaml", explicit: sources.agent, &settings) { decoder, root, settings in
            AgentConfiguration(decoder: decoder, paths: Self.paths(decoder.file, sources)).read(root, into: &settings)
        }
        read("inventory.yaml", explicit: sources.inventory, &settings) { decoder, root, settings in
            Self.inventory(decoder, sources).readInventory(root, into: &settings.inventory)
        }
        read("policy.yaml", explicit: sources.policy, &settings) { decoder, root, settings in
            PolicyFile(decoder: decoder, isFloor: false).read(root, into: &settings.policy)
        }
        return settings
    }

    /// Reads one policy file alone, and checks its examples.
    ///
    /// - Parameter isFloor: it is a worker's: nobody can be asked, so it may allow and deny only.
    package static func policy(file: String, isFloor: Bool = false) throws(ConfigurationErrors) -> CommandPolicy {
        var loader = ConfigurationLoader(sources: ConfigurationSources(environment: [:], workingDirectory: "/"))
        var settings = Settings()
        loader.read("policy.yaml", explicit: file, &settings) { decoder, root, settings in
            PolicyFile(decoder: decoder, isFloor: isFloor).read(root, into: &settings.policy)
        }
        guard loader.problems.isEmpty else { throw ConfigurationErrors(problems: loader.problems.sorted()) }
        return settings.policy
    }

    private mutating func read(
        _ name: String, explicit: String?, _ settings: inout Settings, _ use: (YAMLDecoder, YAMLNode, inout Settings) -> Void
    ) {
        let candidates = explicit.map { [$0] } ?? sources.directories.map { "\($0)/\(name)" }
        for path in candidates {
            switch FileReader.read(path, limit: YAMLReader.sizeLimit) {
            case .content(let bytes):
                settings.files.append(path)
                do throws(YAMLProblem) {
                    guard let root = try YAMLReader.read(bytes, file: path) else {
                        problems.append(
                            YAMLProblem(
                                file: path, position: YAMLPosition(line: 1, column: 1), what: "the file is empty", remedy: "see the examples in config/"))
                        return
                    }
                    let decoder = YAMLDecoder(file: path) { NearestName.to($0, among: $1) }
                    use(decoder, root, &settings)
                    problems += decoder.problems
                } catch { problems.append(error) }
                return
            case .missing where explicit == nil: continue
            case .missing:
                problems.append(YAMLProblem(file: path, position: nil, what: "there is no such file", remedy: "check the path"))
            case .failed(let reason):
                problems.append(YAMLProblem(file: path, position: nil, what: "the file can't be read: \(reason)", remedy: "check the path, its permissions and its size"))
                return
            }
        }
    }

    private static func inventory(_ decoder: YAMLDecoder, _ sources: ConfigurationSources) -> InventoryConfiguration {
        InventoryConfiguration(decoder: decoder, paths: paths(decoder.file, sources), forbiddenProblem: sources.forbiddenProblem)
    }

    private static func paths(_ file: String, _ sources: ConfigurationSources) -> PathRules {
        let absolute = file.hasPrefix("/") ? file : sources.workingDirectory + "/" + file
        let directory = absolute.lastIndex(of: "/").map { String(absolute[..<$0]) } ?? "/"
        return PathRules(
            home: sources.environment["HOME"] ?? "/root", directory: directory, userName: sources.environment["USER"] ?? "root")
    }
}
