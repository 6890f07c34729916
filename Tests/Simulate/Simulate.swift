import Foundation
import RunnerModel
import SimulatedFleet

/// Runs the simulation for many seeds: `simulate --seeds 1-2000 [--bug NAME] [--host-bug NUMBER] [--trace] [--faultless]`.
@main struct Simulate {
    static func main() {
        var first: UInt64 = 1, last: UInt64 = 100
        var settings = Simulation.Settings()
        var isTraced = false, stopsAtFirst = false
        var arguments = CommandLine.arguments.dropFirst().makeIterator()
        while let argument = arguments.next() {
            switch argument {
            case "--seeds":
                let parts = (arguments.next() ?? "").split(separator: "-").compactMap { UInt64($0) }
                guard let low = parts.first, let high = parts.last else { return usage() }
                (first, last) = (low, high)
            case "--bug":
                guard let bug = arguments.next().flatMap({ Bug(rawValue: $0) }) else { return usage() }
                settings.bug = bug
                stopsAtFirst = true
            case "--host-bug":
                guard let bug = arguments.next().flatMap({ Int($0) }).flatMap({ PlantedBug(rawValue: $0) }) else { return usage() }
                settings.hostBug = bug
                stopsAtFirst = true
            case "--trace": isTraced = true
            case "--first": stopsAtFirst = true
            case "--faultless": settings.isFaultless = true
            default: return usage()
            }
        }
        var failures = 0, events = 0, starts = 0
        var sum: UInt64 = 0
        let clock = ContinuousClock()
        let begin = clock.now
        for seed in first...max(first, last) {
            var simulation = Simulation(seed: seed, settings: settings, isTraced: isTraced)
            let verdict = simulation.run()
            for line in simulation.trace { print(line) }
            events += verdict.events
            starts += verdict.starts
            sum = sum &* 31 &+ verdict.checksum
            guard let violation = verdict.violation else { continue }
            failures += 1
            print("seed \(seed): \(violation) (after \(verdict.duration / 1000) s)")
            if stopsAtFirst { break }
        }
        print("\(failures) failures, \(events) events, \(starts) starts, checksum \(sum), \(clock.now - begin)")
    }

    static func usage() { print("usage: simulate --seeds FROM-TO [--bug NAME] [--host-bug NUMBER] [--trace] [--first] [--faultless]") }
}
