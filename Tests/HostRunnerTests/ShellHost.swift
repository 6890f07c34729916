import Foundation
import Glibc
import RunnerModel
import TestSupport

@testable import HostRunner

/// Real runners of one shell, in directories of their own.
final class ShellHost: HostUnderTest {
    private let shell: RunnerShell
    private let directory: TemporaryDirectory
    private var runners: [RunnerID: RawRunner] = [:]
    private var ledgers: [RunnerID: Int] = [:]
    private var keys: [RunnerID: HostKey] = [:]
    /// Words of keys, by the number that stands for them here.
    private var words: [String] = [""]
    private var boots = 0

    init(_ shell: RunnerShell) throws {
        self.shell = shell
        directory = try TemporaryDirectory()
    }

    deinit {
        for runner in runners.values { runner.process.kill(SIGKILL) }
        for pid in processes(naming: directory.path) { _ = Glibc.kill(pid, SIGKILL) }
    }

    func open(ledger: Int) async throws -> RunnerID {
        let path = try directory.directory("ledger\(ledger)")
        let environment = boots == 0 ? [:] : ["MUSTER_TEST_BOOT": "later\(boots).1"]
        let runner = try await RawRunner(shell, ledger: path, environment: environment)
        guard let key = key(runner.key) else { throw TestFailure("no HELLO but \(runner.hello)") }
        let id = runners.count + 1
        runners[id] = runner
        ledgers[id] = ledger
        keys[id] = key
        return id
    }

    func key(of runner: RunnerID) -> HostKey { keys[runner] ?? HostKey(ledger: 0, boot: Boot(id: 0, start: 0), machine: 0) }
    func send(_ frame: Frame, to runner: RunnerID) throws { try raw(runner).send(text(of: frame, to: runner)) }

    private func raw(_ runner: RunnerID) throws -> RawRunner {
        guard let raw = runners[runner] else { throw TestFailure("no runner \(runner)") }
        return raw
    }

    func answer(from runner: RunnerID, _ isWanted: (Message) -> Bool) async throws -> Message {
        let process = try raw(runner).process
        var dropped: [String] = [], found: Message?
        _ = await TestSupport.eventually(within: .seconds(60)) {
            while found == nil, let line = process.takeLine() {
                guard let message = message(line), isWanted(message) else {
                    dropped.append(line)
                    continue
                }
                found = message
            }
            return found != nil || process.isAtEnd
        }
        guard let found else { throw TestFailure("not answered, but \(dropped.suffix(5)); it said: \(process.standardError.suffix(300))") }
        return found
    }

    func eventually(_ isTrue: () async throws -> Bool) async throws -> Bool { try await TestSupport.eventually(within: .seconds(60), isTrue) }
    func closeStream(_ runner: RunnerID) { runners[runner]?.process.closeInput() }
    func killRunner(_ runner: RunnerID) async throws {
        let process = try raw(runner).process
        process.kill(SIGKILL)
        guard await TestSupport.eventually({ process.hasEnded }) else { throw TestFailure("the runner does not die") }
    }

    func hasEnded(_ runner: RunnerID) -> Bool { runners[runner]?.process.hasEnded ?? true }
    func kill(_ pid: Int) { if pid > 1 { _ = Glibc.kill(pid_t(pid), SIGKILL) } }
    func killCommand(of name: AttemptName) {
        // Whoever was being forked during the first look is there in the second.
        for _ in 0..<3 {
            for pid in processes(naming: effect(name)) { _ = Glibc.kill(pid, SIGKILL) }
        }
    }

    func reboot() async throws {
        let supervisors = runners.values.flatMap { ProcessTable.descendants(of: $0.process.pid) }
        for runner in runners.values { runner.process.kill(SIGKILL) }
        for pid in supervisors + processes(naming: directory.path) { _ = Glibc.kill(pid, SIGKILL) }
        boots += 1
    }

    func openGate(of name: AttemptName) throws { try directory.write("\(name.job).\(name.attempt).gate", "") }
    func starts(of name: AttemptName) throws -> Int {
        FileManager.default.fileExists(atPath: effect(name)) ? try bytes(ofFile: effect(name)).count { $0 == 0x0a } : 0
    }

    func isAlive(_ name: AttemptName) -> Bool { !processes(naming: effect(name)).isEmpty }
    private func effect(_ name: AttemptName) -> String { directory.file("\(name.job).\(name.attempt).ran") }

    /// Processes that have a text within their arguments.
    private func processes(naming text: String) -> [pid_t] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { pid_t($0) }.filter { pid in
            guard pid != getpid(), let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else { return false }
            return line.range(of: Data((text + "'").utf8)) != nil || line.range(of: Data((text + "/").utf8)) != nil
        }
    }

    // MARK: Records

    private func folder(_ ledger: Int) throws -> String {
        let path = directory.file("ledger\(ledger)")
        let entries = try FileManager.default.contentsOfDirectory(atPath: path)
        guard let machine = entries.first(where: { FileManager.default.fileExists(atPath: "\(path)/\($0)/ledger") }) else {
            throw TestFailure("no ledger in \(path)")
        }
        return "\(path)/\(machine)"
    }

    func wipe() throws { try FileManager.default.removeItem(atPath: folder(0)) }

    func write(_ name: AttemptName, _ lines: [RecordLine], marker: Ending?) throws {
        let path = try "\(folder(0))/\(attempt(name))"
        try Data(lines.map { line($0) + "\n" }.joined().utf8).write(to: URL(filePath: path))
        if let marker { try Data("\(marker)\n".utf8).write(to: URL(filePath: path + ".x")) }
    }

    func hasRecord(_ name: AttemptName) throws -> Bool {
        let folders = try Set(ledgers.values).map(folder)
        return folders.contains { FileManager.default.fileExists(atPath: "\($0)/\(attempt(name))") }
    }

    private func line(_ line: RecordLine) -> String {
        switch line {
        case .claim(let claim):
            "claim \(claim.pid) \(claim.start) \(word(claim.boot.id)) digest \(claim.deadline) r\(claim.owner.run) c\(claim.owner.coordinator)"
        case .revoke: "revoke settled"
        case .cancel(let ending): "cancel \(ending)"
        case .run(let pid, let start): "run \(pid) \(start)"
        case .void: "void"
        case .done(let outcome): "done \(outcome.exitCode) \(outcome.ending) left=\(outcome.hasLeft ? 1 : 0)"
        case .nonsense: "claim 1"
        }
    }

    // MARK: Names

    private func word(_ number: Int) -> String { words.indices.contains(number) ? words[number] : "w\(number)" }

    private func number(_ word: String) -> Int {
        if let index = words.firstIndex(of: word) { return index }
        words.append(word)
        return words.count - 1
    }

    private func key(_ text: String) -> HostKey? {
        let parts = text.split(separator: "/").map(String.init)
        guard parts.count == 3 else { return nil }
        return HostKey(ledger: number(parts[0]), boot: Boot(id: number(parts[1]), start: 0), machine: number(parts[2]))
    }

    private func text(_ key: HostKey) -> String { "\(word(key.ledger))/\(word(key.boot.id))/\(word(key.machine))" }

    private func job(_ job: Int) -> String {
        let digits = String(job, radix: 16)
        return "0190" + String(repeating: "0", count: 28 - digits.count) + digits
    }

    private func attempt(_ name: AttemptName) -> String { "\(job(name.job)).\(name.attempt)" }

    private func name(_ text: String) -> AttemptName? {
        let parts = text.split(separator: ".")
        guard parts.count == 2, let job = Int(parts[0].dropFirst(4), radix: 16), let attempt = Int(parts[1]) else { return nil }
        return AttemptName(job, attempt)
    }

    // MARK: Frames

    private func text(of frame: Frame, to runner: RunnerID) throws -> [UInt8] {
        switch frame {
        case .start(let start):
            return try raw(runner).startFrame(
                job(start.name.job), attempt: start.name.attempt, script(start.command, start.name), key: text(start.key), notAfter: start.notAfter,
                limit: start.limit, coordinator: "c\(start.owner.coordinator)", run: "r\(start.owner.run)")
        case .hold(let hold):
            let head = "HOLD \(text(hold.key)) \(hold.notAfter) \(job(hold.name.job)) \(hold.name.attempt)"
            let path = ledgers.values.contains(hold.ledger) ? try folder(hold.ledger) : directory.file("none")
            return Array("\(head) c\(hold.owner.coordinator) r\(hold.owner.run) \(path)\n".utf8)
        case .look(let id, let slot, let question, let ticks):
            let text =
                switch question {
                case .exit(let code): "exit \(code)"
                case .isThere(let effect): "[ -e '\(directory.file("effect\(effect)"))' ]"
                }
            return Array("LOOK \(id) \(slot) s 1 0 n\n\(ticks > 0 ? "sleep \(Double(ticks) / 100); " : "")\(text)\nEND \(id)\n".utf8)
        case .stopLook(let slot): return Array("STOPLOOK \(slot)\n".utf8)
        case .tell(let name): return Array("TELL \(attempt(name)) 0 0 0\n".utf8)
        case .revoke(let name): return Array("REVOKE \(attempt(name)) settled\n".utf8)
        case .cancel(let name, let ending): return Array("CANCEL \(attempt(name)) \(ending)\n".utf8)
        case .forget(let coordinator, let low, let names):
            return Array("FORGET c\(coordinator) \(([job(low)] + names.map(attempt)).joined(separator: " "))\n".utf8)
        case .ping(let id): return Array("PING \(id)\n".utf8)
        case .torn: return try Array(raw(runner).startFrame(job(1), "true").dropLast(9))
        }
    }

    /// What the model's command does, for a shell.
    private func script(_ command: Command, _ name: AttemptName) -> String {
        var parts = ["echo x >>'\(effect(name))'"]
        if command.ignoresTerminate { parts.insert("trap '' TERM", at: 0) }
        if let ticks = command.duration {
            if ticks > 0 { parts.append("sleep \(Double(ticks) / 100)") }
        } else {
            parts.append("while [ ! -e '\(directory.file("\(name.job).\(name.attempt).gate"))' ]; do sleep 0.05; done")
        }
        if let effect = command.effect { parts.append("echo x >'\(directory.file("effect\(effect)"))'") }
        if command.leavesDaemon { parts.append("sh -c \"while :; do sleep 0.2; done; : '\(effect(name))'\" &") }
        return parts.joined(separator: "\n") + "\nexit \(command.exitCode)"
    }

    // MARK: Answers

    private func message(_ line: String) -> Message? {
        let words = line.split(separator: " ").map(String.init)
        guard words.count >= 2 else { return nil }
        switch words[0] {
        case "STARTED": return name(words[1]).map { .started($0, pid: Int(words[2]) ?? 0) }
        case "DONE": return name(words[1]).map { .done($0, outcome(words[2...])) }
        case "STATE": return name(words[1]).map { .state($0, state(words[2], words.dropFirst(4))) }
        case "HELD": return name(words[1]).map(Message.held)
        case "REFUSED":
            guard let name = name(words[1]), let refusal = refusal(Array(words.dropFirst(2))) else { return nil }
            return .refused(name, refusal)
        case "SEEN": return Int(words[1]).map { .seen($0, exitCode: Int(words[2]) ?? -1) }
        case "PONG": return Int(words[1]).map { .pong($0, uptime: Int(words[2]) ?? 0) }
        default: return nil
        }
    }

    private func outcome(_ words: ArraySlice<String>) -> Outcome {
        let words = Array(words)
        let ending: Ending =
            switch words[1] {
            case "exit": .exit
            case "deadline": .deadline
            case "unrecorded": .unrecorded
            default: .cancelled
            }
        return Outcome(exitCode: Int(words[0]) ?? -1, ending: ending, hasLeft: words[2] == "left=1")
    }

    private func state(_ word: String, _ rest: ArraySlice<String>) -> AttemptState {
        switch word {
        case "absent": .absent
        case "revoked": .revoked
        case "running": .running
        case "orphan": .orphan
        case "never": .never
        case "interrupted": .interrupted
        case "done": .done(outcome(rest))
        default: .garbled
        }
    }

    private func refusal(_ words: [String]) -> Refusal? {
        switch words.first ?? "" {
        case "identity": words.count > 1 ? key(words[1]).map(Refusal.identity) : nil
        case "late": .late
        case "forgotten": .forgotten
        case "nospace": .nospace
        case "busy": owner(words).map(Refusal.busy)
        case "ledger": .ledger
        case let word where word.hasPrefix("previous-"): .previous(state(String(word.dropFirst(9)), []))
        default: nil
        }
    }

    private func owner(_ words: [String]) -> Owner? {
        guard words.count > 2, let run = Int(words[1].dropFirst()), let coordinator = Int(words[2].dropFirst()) else { return nil }
        return Owner(run: run, coordinator: coordinator)
    }
}
