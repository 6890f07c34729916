import Foundation
import RunnerModel
import SimulatedFleet
import Testing

/// The whole product in one process: see `Simulation`. More seeds with `MUSTER_SEEDS=100000`, exactly one with its trace with
/// `MUSTER_SIMULATION_SEED=17`; the product `simulate`, built for release, is several times faster.
@Suite("Runs under everything that can go wrong")
struct SimulationTests {
    private static func number(_ name: String) -> UInt64? { ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } }

    private static func say(_ verdict: Simulation.Verdict) {
        Issue.record(
            """
            seed \(verdict.seed): \(verdict.violation ?? "nothing") — see it again with \
            MUSTER_SIMULATION_SEED=\(verdict.seed) swift test --filter Simulation, or simulate --seeds \(verdict.seed)-\(verdict.seed) --trace
            """)
    }

    @Test("start every command at most once, know every outcome and end")
    func seeds() async {
        if let seed = Self.number("MUSTER_SIMULATION_SEED") {
            var simulation = Simulation(seed: seed, isTraced: true)
            let verdict = simulation.run()
            for line in simulation.trace { print(line) }
            if verdict.violation != nil { Self.say(verdict) }
            return
        }
        for verdict in await Campaign.failures(1...(Self.number("MUSTER_SEEDS") ?? 2000)) { Self.say(verdict) }
    }

    @Test("and did not where they once found a mistake", arguments: foundMistakes)
    func found(mistake: FoundMistake) {
        var simulation = Simulation(seed: mistake.seed)
        let verdict = simulation.run()
        if verdict.violation != nil { Self.say(verdict) }
    }

    @Test("go through without a fault when there is none")
    func faultless() async {
        for verdict in await Campaign.failures(1...60, Simulation.Settings(isFaultless: true)) { Self.say(verdict) }
    }

    @Test("happen again in the same way from the same seed")
    func deterministic() {
        for seed in UInt64(1)...20 {
            var first = Simulation(seed: seed), second = Simulation(seed: seed, isTraced: true)
            #expect(first.run().checksum == second.run().checksum, "seed \(seed)")
        }
    }
}

/// The checks find what they are for.
@Suite("Mistakes that are made on purpose")
struct PlantedBugTests {
    private static let isLong = ProcessInfo.processInfo.environment["MUSTER_LONG_TESTS"] != nil

    /// The first seed that fails is replayed; all are searched anew with `MUSTER_LONG_TESTS=1`.
    private static func check(_ settings: Simulation.Settings, _ seed: UInt64?, _ name: String) {
        // Without a known seed it is looked for in the long form only.
        guard seed != nil || isLong else { return }
        let seeds: ClosedRange<UInt64> = if let seed, !isLong { seed...seed } else { 1...2000 }
        guard let verdict = Campaign.firstFailure(seeds, settings) else {
            Issue.record("\(name) is not found in seeds \(seeds) — search anew with MUSTER_LONG_TESTS=1, and put the seed into the table")
            return
        }
        if isLong { print("\(name): seed \(verdict.seed), \(verdict.violation ?? "")") }
    }

    @Test("by those around the machines are found", arguments: SimulatedFleet.Bug.allCases)
    func planted(bug: SimulatedFleet.Bug) { Self.check(Simulation.Settings(bug: bug), plantedBugSeeds[bug], bug.rawValue) }

    @Test("by hosts are found", arguments: plantedHostBugSeeds.map(\.bug))
    func planted(bug: PlantedBug) { Self.check(Simulation.Settings(hostBug: bug), plantedHostBugSeeds.first { $0.bug == bug }?.seed, "\(bug)") }
}
