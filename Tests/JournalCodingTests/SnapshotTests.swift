import Foundation
import JournalCoding
import Model
import Orchestration
import Testing

/// A failing seed replays exactly: `MUSTER_HISTORY_SEED=17 swift test --filter SnapshotTests`.
@Suite("A snapshot of a run")
struct SnapshotTests {
    static var seeds: [UInt64] {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["MUSTER_HISTORY_SEED"].flatMap({ UInt64($0) }) { return [seed] }
        return Array(1...(environment["MUSTER_LONG_TESTS"] == nil ? 60 : 3000))
    }

    static func replay(_ records: [RunRecord]) throws -> RunReplay {
        var replay = RunReplay()
        for record in records { try replay.apply(record) }
        return replay
    }

    @Test("and the records after it give the same as all records, whenever it is taken", arguments: seeds)
    func condensed(seed: UInt64) throws {
        var generator = Generator(state: seed &* 31)
        let history = RandomHistory(seed: seed, steps: 250)
        for run in history.runs {
            let journal = try #require(history.journals[run])
            // Written, read, and applied: the run as it was.
            let read = try journal.map { try RunRecord(payload: $0.payload) }
            #expect(read == journal)
            let full = try Self.replay(read)
            #expect(full.machine == history.machine(of: run), "seed \(seed)")
            for _ in 0..<6 {
                // Two snapshots, one made from the other.
                let first = Int.random(in: 0...journal.count, using: &generator), second = Int.random(in: first...journal.count, using: &generator)
                let early = try RunSnapshot.records(RunSnapshot.payload(RunSnapshot.condensed(Array(journal[..<first]))))
                #expect(early.count <= first)
                #expect(try Self.replay(early) == Self.replay(Array(journal[..<first])), "seed \(seed), \(run), \(first)")
                let late = RunSnapshot.condensed(early + journal[first..<second])
                #expect(try Self.replay(late + journal[second...]) == full, "seed \(seed), \(run), \(first), \(second)")
            }
        }
    }

    @Test("is of a journal in which each hand-out of an attempt has a later epoch than the one before", arguments: seeds)
    func epochs(seed: UInt64) {
        for journal in RandomHistory(seed: seed, steps: 250).journals.values {
            var last: [JobID: JobReference] = [:]
            for case .handedOut(let reference, _, _) in journal {
                if let last = last[reference.job] {
                    #expect((last.attempt, last.epoch) < (reference.attempt, reference.epoch), "seed \(seed): \(last), then \(reference)")
                }
                last[reference.job] = reference
            }
        }
    }

    @Test("of a finished run keeps of each job its beginning and its end")
    func short() throws {
        var finished = 0
        for seed in Self.seeds.prefix(30) {
            let history = RandomHistory(seed: seed, steps: 400)
            for run in history.runs where history.machine(of: run)?.isFinished == true {
                finished += 1
                for record in RunSnapshot.condensed(history.journals[run] ?? []) {
                    switch record {
                    case .handedOut, .run(.jobInDoubt), .run(.jobUndecided), .run(.personDecided), .run(.attemptClosed): Issue.record("\(record)")
                    case .created, .run: break
                    }
                }
            }
        }
        #expect(finished > 0)
    }

    @Test("the histories have all kinds of records in them")
    func coverage() throws {
        var kinds: Set<String> = []
        for seed in Self.seeds {
            for journal in RandomHistory(seed: seed, steps: 250).journals.values { for record in journal { kinds.insert(Self.kind(record)) } }
        }
        #expect(Self.seeds.count == 1 || kinds == Set(Samples.records.map(Self.kind)), "\(kinds.sorted())")
    }

    static func kind(_ record: RunRecord) -> String {
        switch record {
        case .run(let event): String("\(event)".prefix { $0 != "(" })
        case .created, .handedOut: String("\(record)".prefix { $0 != "(" })
        }
    }

    @Test("that can't be read is an error")
    func garbage() throws {
        let payload = try RunSnapshot.payload(Samples.records)
        #expect(try RunSnapshot.records(payload) == Samples.records)
        #expect(throws: (any Error).self) { try RunSnapshot.records(payload + [0x80]) }
        #expect(throws: (any Error).self) { try RunSnapshot.records(payload + [0x0a, 0x00]) }
        #expect(try RunSnapshot.records([]).isEmpty)
    }
}
