import CommandSafety
import ConfigurationFiles
import Logging
import Model
import RunService
import RunStore
import YAML

/// What `muster-coordinator` is started with. Directories that the service manager made (systemd.exec(5)) are used where no option names
/// another.
package struct DaemonOptions: Sendable {
    package var listen = "tcp://127.0.0.1:7731"
    package var keys: String?
    package var isInsecure = false
    package var socket: String?
    /// Group whose members may use the socket.
    package var group: String?
    package var state: String?
    package var serverConfiguration: String?
    package var agentConfiguration: String?
    package var inventory: String?
    package var policy: String?
    package var runbooks: [String] = []
    package var logLevel = "info"
    package var environment: [String: String]
    package var workingDirectory: String

    package init(environment: [String: String], workingDirectory: String) {
        self.environment = environment
        self.workingDirectory = workingDirectory
    }

    /// Lists of directories are separated by colons; the first one counts.
    private func directory(_ name: String) -> String? { environment[name]?.split(separator: ":").first.map(String.init) }

    package var socketPath: String { socket ?? (directory("RUNTIME_DIRECTORY") ?? "/run/muster") + "/coordinator.sock" }
    var stateDirectory: StateDirectory { StateDirectory(path: state ?? directory("STATE_DIRECTORY") ?? "/var/lib/muster-coordinator") }
    var keyFiles: KeyFiles {
        KeyFiles(directory: keys ?? (directory("CONFIGURATION_DIRECTORY") ?? "/etc/muster") + "/keys", credentials: environment["CREDENTIALS_DIRECTORY"])
    }

    /// Reads the configuration files: at the start, and again when it is asked for.
    func load() throws(ConfigurationErrors) -> RunService.Environment {
        let sources = ConfigurationSources(
            server: serverConfiguration, agent: agentConfiguration, inventory: inventory, policy: policy, environment: environment, workingDirectory: workingDirectory,
            forbiddenProblem: CommandPolicy.problem(withForbidden:))
        let settings = try ConfigurationLoader.load(sources)
        return RunService.Environment(settings: settings, runbookDirectories: runbooks, usualRunbooks: sources.directories.map { $0 + "/runbooks" })
    }

    /// Everything that would keep the coordinator from starting, one line each; nothing is opened for long or changed.
    package func problems() -> [String] {
        var problems: [String] = []
        do throws(ConfigurationErrors) {
            let environment = try load()
            if environment.settings.inventory.hosts.isEmpty { problems.append("no hosts are configured — name an inventory with --inventory FILE, or put one at /etc/muster/inventory.yaml") }
        } catch { problems += error.problems.map(\.description) }
        if Logger.Level(rawValue: logLevel) == nil { problems.append("--log-level '\(logLevel)': use trace, debug, info, notice, warning, error or critical") }
        do { _ = try Endpoints.bulk(for: listen) } catch { problems.append("--listen: \(error)") }
        if !isInsecure {
            do {
                _ = try keyFiles.coordinator
                if try keyFiles.workers().isEmpty { problems.append("no worker is listed in \(keyFiles.directory)/workers — make keys with 'muster keys generate worker NAME'") }
            } catch { problems.append("\(error)") }
        }
        if let group, DaemonProgram.group(named: group) == nil { problems.append("--group: there is no group '\(group)'") }
        return problems
    }
}
