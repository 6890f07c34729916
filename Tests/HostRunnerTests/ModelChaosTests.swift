import RunnerModel
import Testing

@Suite("The model of a host, under faults at every step")
struct ModelChaosTests {
    static let moves = 400

    @Test("keeps every promise in any order of steps", arguments: 0..<10)
    func promises(_ block: Int) {
        for seed in 0..<50 {
            let seed = UInt64(block * 50 + seed)
            var chaos = ModelChaos(seed: seed)
            chaos.live(moves: Self.moves)
            #expect(chaos.violations.isEmpty, "seed \(seed)")
        }
    }

    @Test("breaks one with every planted mistake", arguments: PlantedBug.allCases)
    func planted(_ bug: PlantedBug) {
        var first: (UInt64, String)?
        for seed in 0..<4000 where first == nil {
            var chaos = ModelChaos(seed: UInt64(seed), planted: [bug])
            chaos.live(moves: Self.moves)
            if let violation = chaos.violations.first { first = (UInt64(seed), violation) }
        }
        print("planted \(bug): \(first.map { "seed \($0.0): \($0.1)" } ?? "none")")
        #expect(first != nil)
    }
}
