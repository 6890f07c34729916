import Coordinator
import Foundation
import Logging
import Model
import Orchestration
import RunStore
import TestSupport
import Threads
import ZeroMQ

/// Measures dispatching with the journal and without it, beside bare libzmq, and how long a restart takes.
@main
struct DispatchBenchmark {
    /// How many hosts, how many subtasks for each, how many jobs the worker takes at once, and for how many rounds.
    struct Shape {
        var hosts: Int
        var subtasks = 10
        var slots: Int
        var rounds = 5
    }

    static func main() async {
        do {
            let directory = try TemporaryDirectory()
            // As many as an embedded worker takes; and a fleet of which all hosts are at work at once.
            for shape in [Shape(hosts: 200, slots: 256), Shape(hosts: 2000, slots: 2048)] { try await compare(shape, in: directory) }
            try await compareRuns(Shape(hosts: 50, slots: 512), runs: 8, in: directory)
            try await replay(Shape(hosts: 1000, slots: 256), in: directory.file("replay"))
        } catch {
            FileHandle.standardError.write(Data("benchmark: \(error)\n".utf8))
            exit(1)
        }
    }

    static func compare(_ shape: Shape, in directory: TemporaryDirectory) async throws {
        var withJournal: [Double] = [], without: [Double] = [], bare: [Double] = []
        for round in 0..<shape.rounds {
            bare.append(try BareZeroMQ.rate(jobs: 20_000, window: 256, jobBytes: 600, directory: directory.path))
            // Each round begins with the other, so that the machine's other load hits both.
            for isOn in round % 2 == 0 ? [true, false] : [false, true] {
                let rate = try await dispatch(shape, journal: isOn ? directory.file("journal-\(shape.hosts)-\(round)") : nil)
                if isOn { withJournal.append(rate) } else { without.append(rate) }
            }
        }
        print("Dispatch: \(shape.hosts) simulated hosts, \(shape.subtasks) subtasks each, one worker over CURVE; medians of \(shape.rounds) rounds.")
        print("")
        print("| | jobs per second |\n| --- | --- |")
        print("| journal on the disk | \(Int(median(withJournal))) |\n| journal off | \(Int(median(without))) |")
        print("| bare libzmq, the same messages | \(Int(median(bare))) |")
        print("")
        print("| ratio | measured | aim |\n| --- | --- | --- |")
        let toOff = median(zip(withJournal, without).map { $0 / $1 }), toBare = median(zip(withJournal, bare).map { $0 / $1 })
        print(String(format: "| journal on to off | %.2f | 0.50 |\n| journal on to bare libzmq | %.2f | 0.20 |", toOff, toBare))
        print("")
    }

    /// Several runs at once: a journal for each, as the service has it, beside one journal and one transaction for all.
    static func compareRuns(_ shape: Shape, runs: Int, in directory: TemporaryDirectory) async throws {
        var own: [Double] = [], shared: [Double] = [], without: [Double] = []
        for round in 0..<shape.rounds {
            for way in 0..<3 {
                switch (way + round) % 3 {
                case 0: own.append(try await dispatch(shape, runs: runs, journals: (0..<runs).map { directory.file("own-\(round)-\($0)") }))
                case 1: shared.append(try await dispatch(shape, runs: runs, journals: [directory.file("shared-\(round)")]))
                default: without.append(try await dispatch(shape, runs: runs, journals: []))
                }
            }
        }
        print("Several runs: \(runs) at once, each of \(shape.hosts) simulated hosts with \(shape.subtasks) subtasks; medians of \(shape.rounds) rounds.")
        print("")
        print("| | jobs per second |\n| --- | --- |")
        print("| a journal for each run | \(Int(median(own))) |\n| one journal for all | \(Int(median(shared))) |\n| journal off | \(Int(median(without))) |")
        print("")
        print(String(format: "| ratio | measured |\n| --- | --- |\n| a journal for each to one for all | %.2f |", median(zip(own, shared).map { $0 / $1 })))
        print("")
    }

    static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    static func plan(hosts: Int, subtasks: Int, prefix: String = "h") -> (CompiledPlan, [Model.Host]) {
        let names = (0..<hosts).map { HostName("\(prefix)\($0)") }
        let tasks = (0..<subtasks).map { index in
            CompiledSubtask(
                id: "t\(index)", title: "Task \(index)",
                work: Job.Work(guardCheck: "test -e /nonexistent", command: "touch /var/tmp/file-\(index)", become: true, timeout: .seconds(60)))
        }
        let step = CompiledStep(id: "s", title: "Step", hosts: Set(names), dependencies: [], subtasks: tasks)
        return (
            CompiledPlan(variants: [.init(hosts: names, steps: [step])]),
            names.map { Model.Host(name: $0, address: "192.0.2.1", user: "root", authentication: .agent, hostKeyPolicy: .off) }
        )
    }

    static func description(_ hosts: [Model.Host], _ number: Int) -> RunDescription {
        let digits = String(number, radix: 16)
        return RunDescription(
            run: RunID(String(repeating: "0", count: 32 - digits.count) + digits), task: "benchmark", title: "benchmark", origin: "benchmark", coordinator: "bench",
            software: "bench", hosts: hosts)
    }

    /// Jobs per second of one run.
    static func dispatch(_ shape: Shape, journal directory: String?) async throws -> Double {
        try await dispatch(shape, runs: 1, journals: directory.map { [$0] } ?? [])
    }

    /// Jobs per second of several runs together. Without a journal, with one for all of them, or with one for each.
    static func dispatch(_ shape: Shape, runs: Int, journals directories: [String]) async throws -> Double {
        let context = try ZeroMQContext()
        let server = try CurveKeyPair.generate(), worker = try CurveKeyPair.generate()
        let sockets = try TemporaryDirectory()
        let authenticator = try Authenticator(context: context, peers: [worker.publicKey: PeerIdentity(name: "w", role: "worker")], onRefusal: { _ in })
        let reactor = try Reactor(context: context, name: "coordinator"), workerReactor = try Reactor(context: context, name: "worker")
        var logger = Logger(label: "bench")
        logger.logLevel = .critical
        let coordinator = Coordinator(
            settings: CoordinatorSettings(
                name: "bench", controlEndpoint: "ipc://\(sockets.path)/c", bulkEndpoint: "ipc://\(sockets.path)/b", security: .curveServer(server, authenticator)),
            reactor: reactor, logger: logger)
        let fleets = (0..<runs).map { plan(hosts: shape.hosts, subtasks: shape.subtasks, prefix: "r\($0)h") }
        let keepers = try directories.map { try RunJournal(directory: $0) }
        let seconds = try await withThrowingTaskGroup(of: Void.self) { group in
            let endpoints = try await coordinator.listen()
            group.addTask { await coordinator.run() }
            let simulated = SimulatedWorker(reactor: workerReactor, slots: shape.slots)
            try await simulated.connect(to: endpoints.control, .curveClient(worker, server: server.publicKey))
            await coordinator.waitForWorkers(1)
            for fleet in fleets { _ = await coordinator.probe(fleet.1) }
            let start = MonotonicTime.now
            let isDone = try await withThrowingTaskGroup(of: Bool.self) { group in
                for (index, fleet) in fleets.enumerated() {
                    let journal = keepers.isEmpty ? nil : keepers[index % keepers.count]
                    group.addTask {
                        let rest = try await coordinator.execute(fleet.0, description(fleet.1, index + 1), journal: journal, observer: { _ in })
                        return rest.report.hosts.allSatisfy { $0.changed == shape.subtasks }
                    }
                }
                return try await group.allSatisfy(\.self)
            }
            let seconds = (MonotonicTime.now - start) / .seconds(1)
            guard isDone, simulated.jobs.withLock({ $0 }) == runs * shape.hosts * shape.subtasks else {
                throw TestFailure("not every job was done exactly once")
            }
            group.cancelAll()
            return seconds
        }
        for keeper in keepers { try keeper.close() }
        await reactor.stop()
        await workerReactor.stop()
        return Double(runs * shape.hosts * shape.subtasks) / seconds
    }

    /// Replays a whole run as a restart does, and says what a host costs in memory.
    static func replay(_ shape: Shape, in directory: String) async throws {
        _ = try await dispatch(shape, journal: directory)
        let before = residentBytes()
        let start = MonotonicTime.now
        let history = try await RunHistory.read(directory: directory, RunID(String(repeating: "0", count: 31) + "1"))
        let seconds = (MonotonicTime.now - start) / .seconds(1)
        guard history.replay.machine?.isFinished == true else { throw TestFailure("the replayed run is not finished") }
        print("Replay: \(shape.hosts) hosts x \(shape.subtasks) subtasks, \(history.sequence) records.")
        print("")
        print("| | measured | aim |\n| --- | --- | --- |")
        print(String(format: "| seconds | %.2f | under 1 |\n| memory for each host, KiB | %.1f | |", seconds, Double(max(0, residentBytes() - before)) / 1024 / Double(shape.hosts)))
    }

    static func residentBytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .ascii)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * 4096
    }
}
