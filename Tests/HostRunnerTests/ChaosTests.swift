import Foundation
import Glibc
import TestSupport
import Testing

/// Runner, supervisor and command are killed and stopped at moments that a seed chooses. Whatever is told in the end must be true.
@Suite("A command on a host where anything may die at any moment")
struct ChaosTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private enum Moment: CaseIterable { case sent, entered, claimed, forked, running, over }
    private enum Fate: CaseIterable { case killed, stopped, free }

    /// One of our processes, for certain: by its pid and start time.
    private struct Victim: Hashable {
        let pid: pid_t
        let born: String

        init?(_ pid: pid_t) {
            guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let end = stat.lastIndex(of: ")") else { return nil }
            let fields = stat[stat.index(after: end)...].split(separator: " ")
            guard fields.count > 19, fields[0] != "Z" else { return nil }
            self.pid = pid
            born = String(fields[19])
        }

        var isAlive: Bool { Victim(pid) == self }
        func signal(_ number: Int32) { if isAlive { kill(pid, number) } }
    }

    @Test("takes effect at most once, and what is told of it is true", arguments: RunnerShell.all, [UInt64(1), 2])
    func chaos(_ shell: RunnerShell, _ seed: UInt64) async throws {
        var random = Seeded(state: seed)
        var runner = try await RawRunner(shell, ledger: directory.path)
        var verdicts: [String: [String]] = [:]
        for round in 0..<16 {
            let job = newJob()
            let moment = Moment.allCases.randomElement(using: &random) ?? .sent
            let extra = Int.random(in: 0..<40, using: &random)
            let fates = (0..<3).map { _ in Fate.allCases.randomElement(using: &random) ?? .killed }
            let told = Comment(rawValue: "seed \(seed), round \(round): \(moment) + \(extra), \(fates)")
            try runner.send(runner.startFrame(job, "echo x >>'\(directory.file(job))'", notAfter: runner.uptime + 600))
            wait(for: moment, of: job, runner, extra)
            // All at once stand still; the command itself is in a group of its own by then, and goes on.
            kill(-runner.process.pid, SIGSTOP)
            // In the order of their birth: runner, supervisor, child.
            let family = ([runner.process.pid] + ProcessTable.descendants(of: runner.process.pid)).compactMap(Victim.init)
            for (victim, fate) in zip(family, fates) where fate == .killed { victim.signal(SIGKILL) }
            for (victim, fate) in zip(family, fates) where fate == .free { victim.signal(SIGCONT) }
            let judge = try await RawRunner(shell, ledger: directory.path)
            try judge.send("REVOKE \(job).1 settled\n")
            let first = Array(try await judge.until("STATE \(job).1").dropFirst(2))
            // Who was stopped goes on now, with the verdict spoken: a runner that still has the frame in its pipe, too.
            for victim in family { victim.signal(SIGCONT) }
            runner.process.closeInput()
            // As the watchdog of what runs it would take its time.
            if first != ["revoked"] { runner.process.kill(SIGKILL) }
            #expect(try await eventually { !["running", "orphan"].contains(try await judge.state("\(job).1").first) }, told)
            #expect(await eventually { !family.contains { $0.isAlive } }, told)
            let last = try await judge.state("\(job).1")
            verdicts[job] = last
            if ["revoked", "never", "done", "interrupted"].contains(first.first) { #expect(last.first == first.first || first == ["interrupted"], told) }
            try check(job, last, told)
            runner = judge
        }
        // Nothing has come later.
        for (job, verdict) in verdicts {
            #expect(try await runner.state("\(job).1") == verdict)
            try check(job, verdict, "seed \(seed), at the end")
        }
        #expect(try await runner.run(newJob(), "echo on").text == "on\n")
    }

    private func check(_ job: String, _ verdict: [String], _ told: Comment) throws {
        let lines = (try? bytes(ofFile: directory.file(job)).count / 2) ?? 0
        switch verdict.first {
        case "revoked", "never": #expect(lines == 0, told)
        // Killed before its line, it is done as well.
        case "done": #expect(verdict[2] == "0" ? lines == 1 : lines <= 1, told)
        case "interrupted": #expect(lines <= 1, told)
        default: Issue.record("\(told): \(verdict)")
        }
    }

    /// Watches /proc and the ledger until the moment is there, or cannot come any more, and then a little longer.
    private func wait(for moment: Moment, of job: String, _ runner: RawRunner, _ extra: Int) {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(2)
        func record() -> String { (try? String(contentsOfFile: "\(runner.ledger)/\(job).1", encoding: .utf8)) ?? "" }
        func isThere() -> Bool {
            switch moment {
            case .sent: true
            case .entered: (try? runner.entries().contains { $0.hasPrefix(job) }) == true
            case .claimed: !record().isEmpty
            case .forked: access("\(runner.ledger)/\(job).1.o", F_OK) == 0
            case .running: record().contains("\nrun ")
            case .over: record().contains("\ndone ")
            }
        }
        while !isThere(), clock.now < deadline {}
        for _ in 0..<extra { _ = record() }
    }
}

/// SplitMix64: the same numbers for the same seed.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
