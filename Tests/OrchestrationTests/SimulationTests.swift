import Foundation
import Model
import Orchestration
import Testing

/// Coordinator and workers together under a simulated clock and network. A failing seed replays exactly:
/// `MUSTER_SIMULATION_SEED=17 swift test --filter SimulationTests`.
@Suite("A run under lost, repeated and late messages and dying workers")
struct SimulationTests {
    static var seeds: [UInt64] {
        if let text = ProcessInfo.processInfo.environment["MUSTER_SIMULATION_SEED"], let seed = UInt64(text) { return [seed] }
        return Array(1...(ProcessInfo.processInfo.environment["MUSTER_LONG_TESTS"] == nil ? 40 : 2000))
    }

    /// A random plan without circles: each step may depend on earlier ones.
    static func plan(_ generator: inout SeededGenerator) -> CompiledPlan {
        let hosts = (1...Int.random(in: 1...6, using: &generator)).map { HostName("h\($0)") }
        var steps: [CompiledStep] = []
        for number in 1...Int.random(in: 1...5, using: &generator) {
            let on = hosts.filter { _ in generator.chance(75) }
            let needs = steps.compactMap { earlier -> StepDependency? in
                guard generator.chance(40) else { return nil }
                return generator.chance(50) ? after(earlier.id) : afterAll(earlier.id)
            }
            steps.append(
                step(StepID("s\(number)"), on: on, needs: needs, subtasks: String("abc".prefix(Int.random(in: 1...3, using: &generator)))))
        }
        return CompiledPlan(variants: [.init(hosts: hosts, steps: steps)])
    }

    @Test("starts every command at most once, and ends", arguments: seeds)
    func simulate(seed: UInt64) {
        var generator = SeededGenerator(seed: seed &* 1000)
        let plan = Self.plan(&generator)
        let workers = Int.random(in: 1...4, using: &generator)
        var simulation = Simulation(seed: seed, plan: plan, workers: workers, faults: Simulation.Faults())
        let isFinished = simulation.finish(within: .seconds(7200))
        #expect(isFinished, "seed \(seed): the run does not end")
        check(simulation, plan, seed)
    }

    @Test("when it is stopped in the middle, too", arguments: seeds.prefix(15))
    func stopped(seed: UInt64) {
        var generator = SeededGenerator(seed: seed &* 7777)
        let plan = Self.plan(&generator)
        let at = Duration.seconds(Int.random(in: 0...60, using: &generator))
        var simulation = Simulation(seed: seed, plan: plan, workers: 2, faults: Simulation.Faults(), stopAt: at)
        let isFinished = simulation.finish(within: .seconds(7200))
        #expect(isFinished, "seed \(seed): the run does not end")
        check(simulation, plan, seed)
    }

    @Test("and with a network that loses half of all messages", arguments: seeds.prefix(10))
    func badNetwork(seed: UInt64) {
        var generator = SeededGenerator(seed: seed &* 31)
        let plan = Self.plan(&generator)
        var simulation = Simulation(seed: seed, plan: plan, workers: 3, faults: Simulation.Faults(loss: 50, duplication: 30, death: 0, sleep: 0))
        let isFinished = simulation.finish(within: .seconds(7200))
        #expect(isFinished, "seed \(seed): the run does not end")
        check(simulation, plan, seed)
    }

    @Test("without faults every job is handed out exactly once")
    func faultless() {
        var generator = SeededGenerator(seed: 5)
        let plan = Self.plan(&generator)
        var simulation = Simulation(seed: 5, plan: plan, workers: 3, faults: Simulation.Faults(loss: 0, duplication: 0, lateness: 0, death: 0, sleep: 0))
        let isFinished = simulation.finish(within: .seconds(7200))
        #expect(isFinished)
        check(simulation, plan, 5)
        #expect(simulation.handOuts == simulation.jobs.count)
    }

    private func check(_ simulation: Simulation, _ plan: CompiledPlan, _ seed: UInt64) {
        #expect(simulation.violations.isEmpty, "seed \(seed): \(simulation.violations)")
        for (host, ledger) in simulation.ledgers {
            for (job, starts) in ledger.starts where starts > 1 { Issue.record("seed \(seed): \(host) started \(job) \(starts) times") }
        }
        for job in simulation.jobs.values {
            let started = simulation.ledgers[job.host]?.starts[job.id] != nil
            let outcome = simulation.settled[job.id]
            #expect(started && outcome != nil, "seed \(seed): \(RunDriver.name(job)) went out, started \(started), outcome \(String(describing: outcome))")
        }
        // Everything planned has a result or a reason.
        for host in simulation.run.report().hosts {
            for subtask in host.subtasks {
                #expect((subtask.result == nil) != (subtask.notRun == nil), "seed \(seed): \(host.host)/\(subtask.id)")
            }
        }
    }
}
