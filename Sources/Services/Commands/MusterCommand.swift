package import ArgumentParser
import Documents
import Glibc
import Platform

/// The command line.
package struct MusterCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "muster", abstract: "Carries out tasks in plain words on fleets of servers, safely and at most once.",
        discussion: "With --coordinator unix:/run/muster/coordinator.sock before the command (or $MUSTER_COORDINATOR) a running coordinator does it.",
        version: "muster \(MusterVersion.current)",
        subcommands: [
            RunCommand.self, PlanCommand.self, HostsCommand.self, CheckCommand.self, PolicyCommand.self, RunsCommand.self, StatusCommand.self, LogsCommand.self, PauseCommand.self,
            CancelCommand.self, ResumeCommand.self, DecideCommand.self, WorkersCommand.self, JournalCommand.self, AuditCommand.self, KeysCommand.self, VersionCommand.self, ExitCodesCommand.self,
        ])

    package init() {}

    /// Reads the arguments, runs the command, and ends the process with one of `ExitStatus`.
    package static func start() async -> Never {
        Signals.install()
        do {
            var command = try parseAsRoot(RemoteAddress.taken(from: Array(CommandLine.arguments.dropFirst())))
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
            Glibc.exit(0)
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch {
            let text = fullMessage(for: error)
            let isHelp = exitCode(for: error) == .success
            if isHelp { Console().line(text) } else { Console().error(text) }
            Glibc.exit(isHelp ? 0 : ExitStatus.usage.rawValue)
        }
    }
}
