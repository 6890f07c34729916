import CommandSafety
import Foundation
import ShellSyntax

/// Measures how many commands a second one core judges, and how long one verdict takes; the same for reading the text alone.
@main
struct GuardBenchmark {
    /// What is measured: its name, the commands, and what is done with each.
    struct Work {
        var name: String
        var commands: [String]
        var isRated = true
        var perform: (String) throws -> Void
    }

    struct Figures {
        /// By the CPU that the process used.
        var perSecond: Double
        /// Of each command its median over the rounds, in microseconds, in order.
        var times: [Double]

        func time(at share: Double) -> Double { times[min(times.count - 1, Int(Double(times.count) * share))] }
    }

    static let rounds = 21
    /// One round over a set of commands judges about this many.
    static let commandsOfRound = 4000

    static func main() {
        do {
            let folder = URL(filePath: #filePath).deletingLastPathComponent()
            let typical = try lines(of: folder.appending(path: "typical.txt")).filter { !$0.hasPrefix("#") }
            let harmless = try samples(in: folder.appending(path: "../../Fixtures/commands/benign-sample.jsonl"))
            let commandGuard = CommandGuard(), context = CommandContext(purpose: .command, loginUser: "deploy")
            func judge(_ command: String) { _ = commandGuard.judge(command, context: context) }
            func read(_ command: String) throws { _ = try ShellParser.parse(command) }
            print("Guard: \(typical.count) typical commands and \(harmless.count) harmless ones of the tests; \(rounds) rounds, one thread.")
            print("")
            print("| | per second and core | p50, us | p99, us | max, us |\n| --- | --- | --- | --- | --- |")
            var rated: [Figures] = []
            for work in [
                Work(name: "verdict, typical", commands: typical, perform: judge), Work(name: "verdict, harmless", commands: harmless, perform: judge),
                Work(name: "parse only, typical", commands: typical, isRated: false, perform: read),
                Work(name: "parse only, harmless", commands: harmless, isRated: false, perform: read),
            ] {
                let figures = try measure(work)
                if work.isRated { rated.append(figures) }
                print(
                    "| \(work.name) | \(Int(figures.perSecond)) | "
                        + [figures.time(at: 0.5), figures.time(at: 0.99), figures.time(at: 1)].map { String(format: "%.1f", $0) }.joined(separator: " | ") + " |")
            }
            print("")
            print("| | measured | aim |\n| --- | --- | --- |")
            print("| verdicts per second and core | \(Int(rated.map(\.perSecond).min() ?? 0)) | 50000 |")
            print(String(format: "| p99 of a verdict, ms | %.3f | under 1 |", (rated.map { $0.time(at: 0.99) }.max() ?? 0) / 1000))
        } catch {
            FileHandle.standardError.write(Data("benchmark: \(error)\n".utf8))
            exit(1)
        }
    }

    static func measure(_ work: Work) throws -> Figures {
        for command in work.commands { try work.perform(command) }
        let repeats = max(1, commandsOfRound / work.commands.count)
        var rates: [Double] = []
        var times: [[Double]] = Array(repeating: [], count: work.commands.count)
        let clock = ContinuousClock()
        for _ in 0..<rounds {
            let before = processSeconds()
            for _ in 0..<repeats { for command in work.commands { try work.perform(command) } }
            rates.append(Double(repeats * work.commands.count) / (processSeconds() - before))
            // Apart from the rate: reading the clock costs something too.
            for (index, command) in work.commands.enumerated() { times[index].append(try clock.measure { try work.perform(command) } / .microseconds(1)) }
        }
        return Figures(perSecond: median(rates), times: times.map(median).sorted())
    }

    static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    static func processSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    static func lines(of file: URL) throws -> [String] { try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init) }

    static func samples(in file: URL) throws -> [String] {
        struct Sample: Decodable { var command: String }
        return try lines(of: file).map { try JSONDecoder().decode(Sample.self, from: Data($0.utf8)).command }
    }
}
