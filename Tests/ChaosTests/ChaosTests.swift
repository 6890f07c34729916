import Foundation
import TestSupport
import Testing

/// Kills, stops, cuts, fills and reboots what takes part in a run, and looks at what became of every single command.
@Suite("Chaos on real hosts", .serialized, .enabled(if: ChaosLab.isAvailable, ChaosLab.skipReason))
struct ChaosTests {
    static let environment = ProcessInfo.processInfo.environment
    static let isLong = environment["MUSTER_LONG_TESTS"] != nil
    /// Faults for each place of the workers.
    static let faultCount = environment["MUSTER_CHAOS_FAULTS"].flatMap(Int.init) ?? (isLong ? 250 : 12)
    /// Faults of one run: more runs follow until all have happened.
    static let faultsOfRun = 24
    static let seed = environment["MUSTER_CHAOS_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...999_999)

    /// At once, even into a file: a run that hangs must tell its seed.
    private static func say(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }

    @Test("loses and repeats no command, with workers", .timeLimit(.minutes(60)), arguments: WorkerPlace.allCases)
    func survives(place: WorkerPlace) async throws {
        Self.say("chaos: MUSTER_CHAOS_SEED=\(Self.seed) repeats these faults (workers \(place.rawValue))")
        try await ChaosLab.prepare()
        var done = 0, runs = 0
        var kinds: [FaultKind: Int] = [:]
        while done < Self.faultCount {
            let seed = Self.seed &+ UInt64(runs) &* 1_000_003 &+ (place == .embedded ? 0 : 500_009)
            let plan = ChaosPlan(seed: seed, place: place, faultCount: min(Self.faultsOfRun, Self.faultCount - done))
            let conductor = try Conductor(plan: plan, place: place, number: runs)
            let aftermath = try await conductor.conduct()
            let breaches = Checker(aftermath: aftermath).breaches()
            #expect(breaches.isEmpty, "seed \(Self.seed), run \(runs):\n\(breaches.joined(separator: "\n"))\n\(conductor.diary())")
            done += aftermath.faults.count
            for fault in aftermath.faults { kinds[fault.kind, default: 0] += 1 }
            let statuses = Dictionary(grouping: aftermath.status, by: \.status).map { "\($0.value.count) \($0.key)" }.sorted().joined(separator: ", ")
            Self.say("chaos: run \(runs): \(aftermath.faults.count) faults, \(aftermath.status.count) jobs (\(statuses)), \(aftermath.words.count) decided by a person")
            if Self.environment["MUSTER_CHAOS_DIARY"] != nil { Self.say(conductor.diary()) }
            runs += 1
        }
        Self.say("chaos: \(done) faults in \(runs) runs: \(kinds.map { "\($0.value) \($0.key)" }.sorted().joined(separator: ", "))")
    }
}
