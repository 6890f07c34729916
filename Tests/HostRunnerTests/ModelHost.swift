import RunnerModel
import TestSupport

/// The model, with a fair scheduler: everybody goes on in turn, and time passes when nobody can.
final class ModelHost: HostUnderTest {
    private(set) var host = HostModel(machine: 1)
    private var keys: [RunnerID: HostKey] = [:]
    private var waiting: [RunnerID: [Message]] = [:]

    func open(ledger: Int) async throws -> RunnerID {
        let runner = host.openRunner(ledger: ledger)
        let hello = try await answer(from: runner) { if case .hello = $0 { true } else { false } }
        if case .hello(let key, _, _) = hello { keys[runner] = key }
        return runner
    }

    func key(of runner: RunnerID) -> HostKey { keys[runner] ?? HostKey(ledger: 0, boot: host.boot, machine: 0) }
    func send(_ frame: Frame, to runner: RunnerID) throws { host.deliver(frame, to: runner) }

    func answer(from runner: RunnerID, _ isWanted: (Message) -> Bool) async throws -> Message {
        for _ in 0..<10_000 {
            waiting[runner, default: []] += host.takeMessages(from: runner)
            while let message = waiting[runner]?.first {
                waiting[runner]?.removeFirst()
                if isWanted(message) { return message }
            }
            guard move() else { break }
        }
        throw TestFailure("the model does not answer")
    }

    /// Lets everybody take a step, or time pass. False: nothing moves any more.
    private func move() -> Bool {
        let pids = host.runnableProcesses()
        for pid in pids { host.step(pid) }
        if !pids.isEmpty { return true }
        guard let time = host.nextWakeUp() else { return false }
        host.advance(by: time - host.ticks)
        return true
    }

    func eventually(_ isTrue: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<2000 {
            if try await isTrue() { return true }
            if !move() { host.advance(by: 5) }
        }
        return false
    }

    func closeStream(_ runner: RunnerID) { host.closeStream(runner) }
    func killRunner(_ runner: RunnerID) async throws { if let pid = host.pid(of: runner) { host.kill(pid) } }
    func hasEnded(_ runner: RunnerID) -> Bool { host.pid(of: runner) == nil }
    func kill(_ pid: Int) { host.kill(pid) }
    func killCommand(of name: AttemptName) {
        for process in host.processes where process.attempt == name && [.command, .daemon].contains(process.kind) { host.kill(process.pid) }
    }

    func reboot() async throws { host.reboot(uptime: host.uptime) }
    func openGate(of name: AttemptName) throws { host.openGate(of: name) }
    func starts(of name: AttemptName) throws -> Int { host.starts[name] ?? 0 }
    func isAlive(_ name: AttemptName) -> Bool {
        host.processes.contains { $0.attempt == name && [.command, .daemon].contains($0.kind) && $0.status != .zombie }
    }

    func wipe() throws { host.wipeLedger(0) }
    func write(_ name: AttemptName, _ lines: [RecordLine], marker: Ending?) throws { host.overwrite(name, lines, marker: marker) }
    func hasRecord(_ name: AttemptName) throws -> Bool { host.ledgers.contains { $0.records.contains { $0.name == name && $0.exists } } }
}
