import ArgumentParser
import Documents

struct WorkersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers", abstract: "The workers of a running coordinator.", subcommands: [List.self, Drain.self, Forget.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the workers that are connected.")

        @Flag(help: "Print one JSON object a line.") var json = false
        @OptionGroup var common: CommonOptions

        mutating func run() async throws {
            let console = Console()
            let remote = try WorkersCommand.remote(common, console)
            let workers: [WorkerDocument] = try await console.asking { try await remote.get("/v1/workers") }
            if workers.isEmpty, !json { console.error("no worker is connected") }
            let width = workers.map(\.worker.count).max() ?? 0
            for worker in workers {
                console.line(
                    json
                        ? JSONText.encode(worker)
                        : "\(worker.worker.rightPadded(to: width))  \(worker.jobs) of \(worker.slots) slots  \(worker.hosts) host\(worker.hosts == 1 ? "" : "s")\(worker.isDraining ? "  draining" : "")")
            }
        }
    }

    struct Drain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a worker end what it has, and go; it gets nothing more.")

        @ArgumentParser.Argument(help: "The worker's name.") var worker: String
        @OptionGroup var common: CommonOptions

        mutating func run() async throws {
            let console = Console()
            let remote = try WorkersCommand.remote(common, console), worker = worker
            try await console.asking { try await remote.order("/v1/workers/\(worker)/drain") }
            console.line("\(worker) gets no more jobs; it ends when it has none left")
        }
    }

    struct Forget: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give the jobs of a worker to others at once.", discussion: "For a worker that will not come back: its hosts are asked what became of its commands.")

        @ArgumentParser.Argument(help: "The worker's name.") var worker: String
        @OptionGroup var common: CommonOptions

        mutating func run() async throws {
            let console = Console()
            let remote = try WorkersCommand.remote(common, console), worker = worker
            try await console.asking { try await remote.delete("/v1/workers/\(worker)") }
            console.line("\(worker) is forgotten; if it still lives, it says Hello and begins anew")
        }
    }

    private static func remote(_ common: CommonOptions, _ console: Console) throws -> RemoteCoordinator {
        if let remote = try common.remote() { return remote }
        console.error("muster: name a running coordinator: muster --coordinator unix:/run/muster/coordinator.sock workers …")
        throw ExitStatus.usage.exitCode
    }
}
