import ArgumentParser
import Glibc
import Worker

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@main
struct WorkerMain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "muster-worker", abstract: "Carries out jobs of a Muster coordinator over SSH.")

    @Option(help: "The coordinator's endpoint: tcp://ADDRESS:PORT or ipc://PATH.") var connect: String
    @Option(help: "This worker's key file.") var key: String?
    @Option(help: "The coordinator's public key, or its .pub file.") var coordinatorKey: String?
    @Flag(help: "Talk unencrypted to anybody: only on a link that nobody else can reach.") var insecure = false
    @Option(name: .customLong("label"), help: "What hosts may ask of their worker (`worker:` in the inventory); may be given several times.") var labels: [String] = []
    @Option(help: "Policy file with what this worker refuses whatever its coordinator says; allow and deny only.") var policy: String?
    @Option(help: "Jobs carried out at once.") var slots = 64
    @Option(help: "trace, debug, info, notice, warning, error or critical.") var logLevel = "info"

    mutating func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        var options = WorkerProgram.Options(
            connect: connect, keyFile: key, coordinatorKey: coordinatorKey, isInsecure: insecure, slots: max(1, min(slots, 4096)),
            logLevel: logLevel, environment: ProcessInfo.processInfo.environment)
        options.labels = labels
        options.policy = policy
        do { try await WorkerProgram.run(options) } catch {
            let line = Array("muster-worker: \(error)\n".utf8)
            _ = unsafe write(2, line, line.count)
            throw ExitCode(2)
        }
    }
}
