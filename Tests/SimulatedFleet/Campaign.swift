/// Many seeds, over two tasks: one takes the odd ones, one the even.
package enum Campaign {
    /// Runs all seeds and returns the verdicts of those that failed, in order.
    package static func failures(_ seeds: ClosedRange<UInt64>, _ settings: Simulation.Settings = .init()) async -> [Simulation.Verdict] {
        await withTaskGroup(of: [Simulation.Verdict].self) { group in
            for part in 0..<UInt64(2) {
                group.addTask {
                    var failures: [Simulation.Verdict] = []
                    for seed in seeds where seed % 2 == part {
                        var simulation = Simulation(seed: seed, settings: settings)
                        let verdict = simulation.run()
                        if verdict.violation != nil { failures.append(verdict) }
                    }
                    return failures
                }
            }
            var all: [Simulation.Verdict] = []
            for await part in group { all += part }
            return all.sorted { $0.seed < $1.seed }
        }
    }

    /// The first seed that fails; nil if none does.
    package static func firstFailure(_ seeds: ClosedRange<UInt64>, _ settings: Simulation.Settings) -> Simulation.Verdict? {
        for seed in seeds {
            var simulation = Simulation(seed: seed, settings: settings)
            let verdict = simulation.run()
            if verdict.violation != nil { return verdict }
        }
        return nil
    }
}
