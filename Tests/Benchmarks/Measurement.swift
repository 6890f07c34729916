import TestSupport
import Threads

/// What one way took for a number of commands.
struct Sample: Sendable {
    var jobs: Int
    var wall: Duration
    /// CPU time of the side that asks: this process, or the programs of the way where it has some.
    var client: Duration
    /// CPU time of sshd and all it started.
    var host: Duration

    var rate: Double { Double(jobs) / wall.inSeconds }
    var clientMilliseconds: Double { client.inSeconds * 1000 / Double(jobs) }
    var hostMilliseconds: Double { host.inSeconds * 1000 / Double(jobs) }
}

/// Repeated samples of one way, and the count that allows them to be told.
struct Figures: Sendable {
    let name: String
    let samples: [Sample]
    let verified: String

    var jobs: Int { samples.reduce(0) { $0 + $1.jobs } }
    var rate: Double { samples.map(\.rate).median }
    var clientMilliseconds: Double { samples.map(\.clientMilliseconds).median }
    var hostMilliseconds: Double { samples.map(\.hostMilliseconds).median }

    /// How many times the other's, round by round: rounds are next to each other in time, other load of the machine hits both.
    func ratio(to other: Figures, of figure: (Sample) -> Double) -> Double { zip(samples, other.samples).map { figure($0) / figure($1) }.median }
}

/// Measures ways side by side: every round runs them all, beginning with another one each time.
struct Measurement {
    let fleet: Fleet
    let ways: [any Way]
    let jobs: Int
    let rounds: Int
    let limit: Duration
    /// What the rest of the machine used meanwhile, in cores.
    private(set) var otherLoad = 0.0

    init(fleet: Fleet, ways: [any Way], jobs: Int, rounds: Int, limit: Duration) {
        self.fleet = fleet
        self.ways = ways
        self.jobs = jobs
        self.rounds = rounds
        self.limit = limit
    }

    mutating func run() async throws -> [Figures] {
        var samples = [[Sample]](repeating: [], count: ways.count)
        // Nobody's first command is measured.
        for way in ways { try await way.carryOut(jobs: fleet.size) }
        let start = MonotonicTime.now
        let machineBefore = CPUMeter.machineTime
        var counted = CPUMeter.ownTime
        for round in 0..<rounds where round == 0 || MonotonicTime.now - start < limit {
            for turn in ways.indices {
                let index = (round + turn) % ways.count
                samples[index].append(try await measure(ways[index]))
            }
        }
        let wall = MonotonicTime.now - start
        counted = CPUMeter.ownTime - counted
        for sample in samples.joined() { counted += sample.host }
        for (index, way) in ways.enumerated() where try way.programTime > .zero {
            for sample in samples[index] { counted += sample.client }
        }
        otherLoad = max(0, (CPUMeter.machineTime - machineBefore - counted).inSeconds / wall.inSeconds)
        return try zip(ways, samples).map { way, samples in Figures(name: way.name, samples: samples, verified: try way.verify()) }
    }

    private func measure(_ way: any Way) async throws -> Sample {
        let count = max(fleet.size, jobs / rounds / way.share)
        let host = CPUMeter.time(ofTree: fleet.server.process.pid)
        let own = CPUMeter.ownTime, programs = try way.programTime
        let start = MonotonicTime.now
        try await way.carryOut(jobs: count)
        let wall = MonotonicTime.now - start
        // To start programs is our work, not theirs: a shell would do it.
        let programTime = try way.programTime - programs
        let client = programTime > .zero ? programTime : CPUMeter.ownTime - own
        return Sample(jobs: count, wall: wall, client: client, host: CPUMeter.time(ofTree: fleet.server.process.pid) - host)
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

extension [Double] {
    var median: Double {
        guard !isEmpty else { return .nan }
        let sorted = self.sorted()
        return count % 2 == 1 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2
    }
}
