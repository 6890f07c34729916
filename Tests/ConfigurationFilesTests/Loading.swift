import ConfigurationFiles
import Foundation
import Model
import TestSupport
import Testing

/// The top of the package.
let packageDirectory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

/// What came of reading configuration files.
enum Loaded: Equatable {
    case settings(Settings)
    /// One line each, as people see them; file names without their directory.
    case problems([String])

    /// - Parameter directory: gets the files that are given as texts.
    init(
        server: String? = nil, agent: String? = nil, inventory: String? = nil, environment: [String: String] = ["HOME": "/home/op", "USER": "op"],
        forbiddenProblem: @escaping @Sendable (String) -> String? = { _ in nil }
    ) throws {
        self = try Self.load(
            server: server.map { Array($0.utf8) }, agent: agent.map { Array($0.utf8) }, inventory: inventory.map { Array($0.utf8) },
            environment: environment, forbiddenProblem: forbiddenProblem)
    }

    static func load(
        server: [UInt8]? = nil, agent: [UInt8]? = nil, inventory: [UInt8]? = nil, environment: [String: String] = ["HOME": "/home/op", "USER": "op"],
        forbiddenProblem: @escaping @Sendable (String) -> String? = { _ in nil }
    ) throws -> Loaded {
        let directory = try TemporaryDirectory()
        func file(_ name: String, _ bytes: [UInt8]?) throws -> String? {
            guard let bytes else { return nil }
            try Data(bytes).write(to: URL(filePath: directory.file(name)))
            return directory.file(name)
        }
        let sources = ConfigurationSources(
            server: try file("server_config.yaml", server), agent: try file("agent_config.yaml", agent),
            inventory: try file("inventory.yaml", inventory), environment: environment, workingDirectory: "/nowhere",
            forbiddenProblem: forbiddenProblem)
        return Loaded(sources, stripping: directory.path)
    }

    init(_ sources: ConfigurationSources, stripping directory: String) {
        do throws(ConfigurationErrors) {
            var settings = try ConfigurationLoader.load(sources)
            settings.files = settings.files.map { $0.replacing(directory + "/", with: "") }
            self = .settings(settings)
        } catch {
            self = .problems(error.description.split(separator: "\n").map { String($0).replacing(directory + "/", with: "") })
        }
    }

    var settings: Settings {
        get throws {
            switch self {
            case .settings(let settings): return settings
            case .problems(let lines): throw Unexpected(text: lines.joined(separator: "\n"))
            }
        }
    }

    var problems: [String] {
        switch self {
        case .settings: []
        case .problems(let lines): lines
        }
    }
}

struct Unexpected: Error, CustomStringConvertible {
    let text: String
    var description: String { "problems where none were expected:\n\(text)" }
}

extension Settings {
    func host(_ name: HostName) throws -> Model.Host { try #require(inventory[name]) }
}
