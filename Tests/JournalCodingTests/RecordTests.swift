import JournalCoding
import Model
import Orchestration
import Testing
import WireProtocol

/// One record of each kind, with every field set.
enum Samples {
    static let job = JobID("0199123456787000bfffffffffffffff")
    static let run = RunID("01991234567870008000000000000000")
    static let reference = JobReference(job: job, attempt: 2, epoch: 3)
    static let evidence = Doubt.Evidence(guardSatisfied: true, healthPassed: false)

    static let doubts: [Doubt] = [
        Doubt(.unanswered, "no answer"), Doubt(.interrupted(evidence), "vanished"), Doubt(.interrupted(Doubt.Evidence(guardSatisfied: nil, healthPassed: nil)), ""),
        Doubt(.ledgerLost(Doubt.Evidence(guardSatisfied: false, healthPassed: true)), "another ledger"), Doubt(.otherMachine, "another machine"),
    ]
    static let outcomes: [JobOutcome] =
        [
            .skipped, .changed, .notStarted(reason: "revoked"), .failed(.command(exitCode: -1)), .failed(.healthCheck(exitCode: 3, commandExitCode: 0)),
            .failed(.deadline(.seconds(300))), .failed(.cancelled), .failed(.decided), .failed(.refusedByPolicy("rm on /usr")), .failed(.unreachable("no answer")),
            .failed(.become("sudo asks for a password")), .failed(.refusedByHost("busy")),
        ] + doubts.map(JobOutcome.inDoubt)
    static let reasons: [NotRunReason] = [.dependsOn("s"), .after(subtask: "a"), .stopped, .cancelled, .hostLost, .waits(subtask: "b")]

    static func result(_ outcome: JobOutcome) -> JobResult {
        // Output of successes is not kept.
        let output: [UInt8] = outcome.isSuccess ? [] : [0xff, 0, 0x1b]
        return JobResult(
            job: job, attempt: 2, outcome: outcome, standardOutput: output, standardError: output, duration: .microseconds(1_234_567), hostKey: "l/b.1/m")
    }

    static let description = RunDescription(
        run: run, task: "install postgresql — \"now\"", title: "PostgreSQL", origin: "runbook postgresql", coordinator: "muster@admin1", software: "1.0",
        hosts: [
            Host(
                name: "db1", address: "192.0.2.10", port: 2222, user: "deploy", authentication: .key(path: "/k", passphrase: .environment("P")),
                hostKeyPolicy: .acceptNew, timeout: .milliseconds(1500), knownHosts: "/kh", maySudo: false, forbiddenCommands: ["rm *", "dd"], ledger: "/ledger"),
            Host(name: "db2", address: "db2.example.com", user: "root", authentication: .agent),
        ],
        facts: [
            "db1": Facts(
                osID: "debian", osVersion: "12", osName: "Debian GNU/Linux 12", osLike: ["debian"], architecture: "x86_64", kernel: "6.1", initSystem: "systemd",
                hostName: "db1", presentServices: ["ssh"])
        ],
        excluded: [.init(host: "db3", reason: "no answer")],
        approvals: [
            Approval(
                step: "s", subtask: "b", part: "command", hosts: ["db1"], digest: [UInt8](repeating: 7, count: 32), classes: ["power-cycle"], source: .option, user: "ann",
                givenAt: 1_700_000_000_000)
        ])

    static let plan = CompiledPlan(variants: [
        .init(
            hosts: ["db1", "db2"],
            steps: [
                CompiledStep(
                    id: "s", title: "Step", hosts: ["db1", "db2"], dependencies: [],
                    subtasks: [
                        CompiledSubtask(
                            id: "a", title: "A",
                            work: Job.Work(
                                guardCheck: "test -e /x", command: "touch /x", content: [], healthCheck: HealthCheck(command: "test -e /x", within: .seconds(60)),
                                become: true, environment: ["LANG": "C"], timeout: .seconds(900), isIdempotent: true, endsConnection: .link),
                            rollback: "rm /x"), CompiledSubtask(id: "b", title: "B", work: Job.Work(command: "reboot", timeout: .seconds(1), endsConnection: .reboot)),
                    ]),
                CompiledStep(id: "t", title: "", hosts: ["db2"], dependencies: [StepDependency(step: "s", when: .all), StepDependency(step: "u")], subtasks: []),
            ]), .init(hosts: [], steps: []),
    ])

    static let records: [RunRecord] =
        [
            .created(description), .run(.began(plan, keys: ["db1": HostKeys(login: "l/b.1/m", root: "r/b.1/m"), "db2": HostKeys(login: "l/b.2/n", root: nil)])),
            .run(.attemptCreated(Attempt(job: job, host: "db1", step: "s", subtask: "a", number: 2, hostKey: "l/b.1/m"))),
            .run(.attemptCreated(Attempt(job: job, host: "db1", step: "s", subtask: "a", number: 1, hostKey: ""))),
            .run(.hostKeysChanged("db1", HostKeys(login: "l/b.2/m", root: "r/b.2/m"))), .run(.hostKeysChanged("db1", HostKeys(login: "l/b.2/m", root: nil))),
            .run(.paused), .run(.continued), .run(.cancelling), .run(.finished),
        ] + Purpose.allCases.map { .handedOut(reference, $0, worker: "east-1") } + outcomes.flatMap { [.run(.attemptClosed(result($0))), .run(.jobSettled(result($0)))] }
        + doubts.flatMap { [.run(.jobInDoubt(job, $0)), .run(.jobUndecided(job, $0))] } + PersonDecision.allCases.map { .run(.personDecided(job, $0)) }
        + reasons.map { .run(.stepNotRun("db1", "t", $0)) }
}

@Suite("A record of a run")
struct RecordTests {
    static func error(_ payload: [UInt8]) -> WireError? {
        do throws(WireError) {
            _ = try RunRecord(payload: payload)
            return nil
        } catch { return error }
    }

    @Test("is read back as it was written, whatever its kind", arguments: Samples.records)
    func roundTrip(record: RunRecord) throws { #expect(try RunRecord(payload: record.payload) == record) }

    @Test("of a success keeps no output: it lies in the output files")
    func outputOfSuccess() throws {
        var result = Samples.result(.changed)
        result.standardOutput = [1, 2, 3]
        #expect(try RunRecord(payload: RunRecord.run(.jobSettled(result)).payload) == .run(.jobSettled(Samples.result(.changed))))
    }

    /// Payloads by hand: field number and wire type, then the value.
    @Test(
        "that says what this version does not know is an error, never something else",
        arguments: [
            ("nothing at all", []), ("field 200, some later kind", [0xc2, 0x0c, 0x00]), ("created without a run", [0x0a, 0x00]),
            ("an attempt of no job", [0x1a, 0x00]), ("a hand-out of no job", [0x22, 0x00]), ("a closed attempt without an outcome", [0x2a, 0x00]),
            ("a doubt about no job", [0x32, 0x00]), ("an undecided job without a name", [0x3a, 0x00]), ("a settled job without an outcome", [0x42, 0x00]),
            ("a decision about no job", [0x4a, 0x00]), ("a step that was not run for no reason", [0x5a, 0x00]), ("half a number", [0x80]),
            ("more bytes announced than there are", [0x0a, 0x7f]), ("group without end", [0x7b, 0x7b]),
        ] as [(String, [UInt8])])
    func refused(what: String, payload: [UInt8]) { #expect(Self.error(payload) != nil, "\(what)") }

    @Test("with a number of a later version in it is refused")
    func laterNumbers() throws {
        let decided = try RunRecord.run(.personDecided(Samples.job, .again)).payload
        #expect(decided.suffix(2) == [0x10, 3])
        #expect(Self.error(decided.dropLast() + [9]) == .invalid(field: "decision", reason: "it is not known here"))
        let handed = try RunRecord.handedOut(Samples.reference, .cancel, worker: "w").payload
        #expect(handed.suffix(2) == [0x18, 2])
        #expect(Self.error(handed.dropLast() + [9]) == .invalid(field: "purpose", reason: "9 is not known here"))
    }

    @Test("cut short anywhere, or with bits turned, never traps", arguments: 1...10 as ClosedRange<UInt64>)
    func garbage(seed: UInt64) throws {
        var generator = Generator(state: seed)
        for record in Samples.records {
            let payload = try record.payload
            if seed == 1 { for length in 0..<payload.count { _ = Self.error(Array(payload.prefix(length))) } }
            for _ in 0..<20 {
                var bytes = payload
                for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= 1 << UInt8.random(in: 0...7, using: &generator)
                }
                // What can be read can be written and read again.
                if let read = try? RunRecord(payload: bytes) { #expect((try? RunRecord(payload: read.payload)) != nil) }
                _ = try? RunSnapshot.records(bytes)
            }
        }
    }

    @Test("applied in an impossible order is an error or changes nothing")
    func order() throws {
        for record in Samples.records {
            var replay = RunReplay()
            if case .created = record {
                try replay.apply(record)
                #expect(throws: RunReplay.Problem.createdTwice) { try replay.apply(record) }
            } else {
                #expect(throws: RunReplay.Problem.notCreated) { try replay.apply(record) }
            }
        }
        // Whatever garbage a journal holds after its beginning: it is applied without a trap.
        var generator = Generator(state: 1)
        for _ in 0..<200 {
            var replay = RunReplay()
            try replay.apply(.created(Samples.description))
            for record in Samples.records.dropFirst().shuffled(using: &generator) { try replay.apply(record) }
            _ = replay.machine?.report()
        }
    }
}

/// Random numbers that a seed repeats exactly (splitmix64).
struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &+ 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}
