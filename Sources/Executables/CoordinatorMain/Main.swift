import ArgumentParser
import Daemon
import Glibc

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@main
struct CoordinatorMain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "muster-coordinator", abstract: "Plans and carries out tasks for 'muster --coordinator', with workers on any number of machines.",
        version: DaemonProgram.version)

    @Option(help: "Where workers connect: tcp://ADDRESS:PORT or ipc://PATH.") var listen = "tcp://127.0.0.1:7731"
    @Option(help: "Directory with coordinator.key and the list of workers; default /etc/muster/keys.") var keys: String?
    @Flag(help: "Let any worker connect, unencrypted: only on a link that nobody else can reach.") var insecure = false
    @Option(help: "Socket for 'muster --coordinator'; default /run/muster/coordinator.sock.") var socket: String?
    @Option(help: "Group whose members may use the socket.") var group: String?
    @Option(help: "Directory in which runs are kept; default /var/lib/muster-coordinator.") var state: String?
    @Option(help: "Inventory file with hosts and groups.") var inventory: String?
    @Option(help: "server_config.yaml to use.") var serverConfig: String?
    @Option(help: "agent_config.yaml to use.") var agentConfig: String?
    @Option(help: "policy.yaml to use: rules of the command guard.") var policy: String?
    @Option(help: "Directory with further runbooks.") var runbooks: [String] = []
    @Option(help: "trace, debug, info, notice, warning, error or critical.") var logLevel = "info"
    @Flag(help: "Read the configuration and the keys, tell what is wrong, and end.") var checkConfig = false

    mutating func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        var options = DaemonOptions(environment: ProcessInfo.processInfo.environment, workingDirectory: FileManager.default.currentDirectoryPath)
        options.listen = listen
        options.keys = keys
        options.isInsecure = insecure
        options.socket = socket
        options.group = group
        options.state = state
        options.inventory = inventory
        options.serverConfiguration = serverConfig
        options.agentConfiguration = agentConfig
        options.policy = policy
        options.runbooks = runbooks
        options.logLevel = logLevel
        if checkConfig {
            let problems = options.problems()
            for problem in problems { Self.tell(problem) }
            if !problems.isEmpty { throw ExitCode(2) }
            Self.tell("the configuration is right")
            return
        }
        do { try await DaemonProgram(options: options).run() } catch {
            Self.tell("muster-coordinator: \(error)")
            throw ExitCode(error.code)
        }
    }

    private static func tell(_ text: String) {
        let line = Array("\(text)\n".utf8)
        _ = unsafe write(2, line, line.count)
    }
}
