import Foundation
import TestSupport
import Testing

/// A fault that was carried out.
struct CarriedFault: Sendable {
    var kind: FaultKind
    var host: String?
    var description: String
}

/// A word that a person gave on a job.
struct GivenWord: Sendable {
    var decision: String
    /// Lines of the job when it was given.
    var lines: Int
}

/// What a run left behind: all that the checker needs.
struct Aftermath: Sendable {
    var plan: ChaosPlan
    var mark: String
    var faults: [CarriedFault]
    /// By host and subtask.
    var words: [String: [GivenWord]]
    /// `muster status RUN --json`.
    var status: [StatusLine]
    var condition: String
    var verification: Int32
    /// By host: every line of both identities.
    var lines: [String: [String]]
    /// Commands that live although nothing of the run is out.
    var leftovers: [String]
}

struct StatusLine: Decodable, Sendable {
    var host: String
    var step: String
    var subtask: String
    var status: String
    var attempt: Int?
    var reason: String?
}

/// Carries one run through its faults: starts, kills, mends, resumes and decides, until nothing of it is open.
final class Conductor {
    private let plan: ChaosPlan
    private let place: WorkerPlace
    private let files: TemporaryDirectory
    private let mark: String
    private let common: [String]
    private let endpoint: String
    private var run = ""
    private var coordinator: ChildProcess?
    private var workers: [ChildProcess?] = []
    /// Jobs that ended under coordinators that are gone.
    private var endedBefore = 0
    private var carried: [CarriedFault] = []
    private var words: [String: [GivenWord]] = [:]
    private var wordCount = 0
    /// Faults that last, with what mends them.
    private var lasting: [(host: String?, untilJobs: Int, deadline: ContinuousClock.Instant, mend: () throws -> Void)] = []
    /// Calls of fault.sh that are under way, one after the other for each host.
    private var calls: [String: [[String]]] = [:]
    private var calling: [String: ChildProcess] = [:]
    private let began = ContinuousClock().now

    init(plan: ChaosPlan, place: WorkerPlace, number: Int) throws {
        self.plan = plan
        self.place = place
        files = try TemporaryDirectory()
        mark = "chaos-" + String(UInt32.random(in: 0 ... .max), radix: 16)
        endpoint = "tcp://127.0.0.1:\(5600 + number % 100 * 2)"
        try FileManager.default.createDirectory(atPath: files.file("runbooks"), withIntermediateDirectories: true)
        try files.write("runbooks/count.yaml", plan.runbook(mark: mark))
        try files.write(
            "inventory.yaml",
            """
            defaults:
              user: deploy
              auth_method: key
              key_path: \(ChaosLab.directory)/keys/id_ed25519
              known_hosts: \(ChaosLab.directory)/known_hosts
              timeout: 8
            hosts:
            \(ChaosLab.rows.map { "  \($0[0]): {address: \($0[1])}\n" }.joined())
            """)
        common = ["--state", ProcessInfo.processInfo.environment["MUSTER_CHAOS_STATE"] ?? files.file("state"), "--inventory", files.file("inventory.yaml")]
        guard place == .processes else { return }
        workers = [nil, nil]
        for arguments in [["coordinator"], ["worker", "w1"], ["worker", "w2"]] {
            try TestSupport.run("\(ChaosLab.binaries)/muster", ["keys", "generate"] + arguments + ["--directory", files.file("keys")])
        }
    }

    // MARK: The run

    /// Carries the whole plan out. Whatever comes of it, the hosts are whole again afterwards.
    func conduct() async throws -> Aftermath {
        do { return try await carryOut() } catch {
            coordinator?.kill(9)
            for worker in workers { worker?.kill(9) }
            note("the hosts are mended")
            _ = await eventually(within: .seconds(120)) {
                try? self.mend(all: true)
                do { try self.call() } catch { self.note("\(error)") }
                return self.isMended
            }
            throw TestFailure("\(error)\n\(diary())")
        }
    }

    private func carryOut() async throws -> Aftermath {
        try startWorkers()
        try startCoordinator(["run", "Count under chaos", "--yes", "--runbooks", files.file("runbooks")])
        let isBegun = try await eventually(within: .seconds(90)) {
            try self.startWorkers()
            return self.coordinator?.output.contains { $0.contains("\"event\":\"assigned\"") } ?? false
        }
        guard isBegun, let line = coordinator?.output.first(where: { $0.contains("\"event\":\"assigned\"") }) else {
            throw TestFailure("the run did not begin: \(coordinator?.output.suffix(20).joined(separator: "\n") ?? "")")
        }
        run = try JSONDecoder().decode(EventLine.self, from: Data(line.utf8)).run
        for fault in plan.faults {
            let target = jobsEnded + fault.afterJobs
            var isOver = false
            _ = try await eventually(within: fault.patience) {
                isOver = try await self.turn()
                return isOver || self.jobsEnded >= target
            }
            if isOver { break }
            try await begin(fault)
        }
        let isAtRest = try await eventually(within: .seconds(240)) { try await self.turn(isLast: true) }
        guard isAtRest else { throw TestFailure("the run does not come to rest:\n\(try await muster(["status", run]).output.joined(separator: "\n"))") }
        for worker in workers { worker?.kill(15) }
        return try await aftermath()
    }

    /// How many jobs ended so far, as the coordinators told.
    private var jobsEnded: Int { endedBefore + (coordinator.map(Self.ended) ?? 0) }
    private static func ended(_ child: ChildProcess) -> Int { child.output.count { $0.contains("\"event\":\"finished\"") } }

    private struct EventLine: Decodable { var run: String }
    private struct RunLine: Decodable {
        var run: String
        var condition: String
    }

    private func startCoordinator(_ arguments: [String]) throws {
        if let coordinator { endedBefore += Self.ended(coordinator) }
        let listen = place == .processes ? ["--listen", endpoint, "--workers", "2", "--keys", files.file("keys")] : []
        coordinator = try ChaosLab.start("muster", arguments + ["--json"] + listen + common)
    }

    private func startWorkers() throws {
        for index in workers.indices where workers[index]?.hasEnded ?? true {
            workers[index] = try ChaosLab.start(
                "muster-worker", ["--connect", endpoint, "--key", files.file("keys/w\(index + 1).key"), "--coordinator-key", files.file("keys/coordinator.pub")])
        }
    }

    private func muster(_ arguments: [String]) async throws -> (status: Int32, output: [String]) {
        let child = try ChaosLab.start("muster", arguments + common)
        return (try await end(child, within: .seconds(60)), child.output)
    }

    /// Mends what has lasted long enough and goes on with a run whose coordinator is gone. True when the run is over.
    private func turn(isLast: Bool = false) async throws -> Bool {
        try mend(all: false)
        try call()
        try startWorkers()
        guard let coordinator, coordinator.hasEnded else { return false }
        // What can't be asked while its host is cut off is asked again after it.
        switch try await condition() {
        case "interrupted": note("resume")
        case "undecided":
            guard isMended || !isLast else { return false }
            try await decide()
        case "paused": note("resume a paused run")
        case "done", "failed": return isMended
        case let other: throw TestFailure("the run is \(other) after \(coordinator.output.suffix(5))")
        }
        try startCoordinator(["resume", run])
        return false
    }

    private var isMended: Bool { lasting.isEmpty && calls.values.allSatisfy(\.isEmpty) && calling.isEmpty }

    private func condition() async throws -> String {
        for line in try await muster(["runs", "--json"]).output {
            guard let entry = try? JSONDecoder().decode(RunLine.self, from: Data(line.utf8)), entry.run == run else { continue }
            return entry.condition
        }
        return "not listed"
    }

    private func status() async throws -> [StatusLine] {
        try await muster(["status", run, "--json"]).output.map { try JSONDecoder().decode(StatusLine.self, from: Data($0.utf8)) }
    }

    /// Gives a person's word on every job that waits for one.
    private func decide() async throws {
        // Of a host that could not be asked nobody can tell: it is asked again.
        let interrupted = try await status().filter { $0.status == "in doubt" && !($0.reason?.hasPrefix("the host could not be asked") ?? false) }
        for line in interrupted where ChaosLab.root(of: line.host) != nil {
            let counts = try Self.lines(on: line.host, mark).count { $0 == line.subtask }
            let decision = plan.decisions[wordCount % plan.decisions.count]
            wordCount += 1
            let answer = try await muster(["decide", run, line.host, decision])
            guard answer.status == 0 else { throw TestFailure("decide \(line.host) \(decision): \(answer.output)") }
            note("\(decision), says a person of \(line.host) \(line.subtask) with \(counts) lines: \(line.reason ?? "")")
            words["\(line.host) \(line.subtask)", default: []].append(GivenWord(decision: decision, lines: counts))
        }
    }

    static func lines(on host: String, _ mark: String) throws -> [String] {
        try [true, false].flatMap { try ChaosLab.lines(host, ChaosPlan.file(mark: mark, isRoot: $0)) }
    }

    private func aftermath() async throws -> Aftermath {
        var lines: [String: [String]] = [:]
        let leftovers = HostProcesses().commands(mark).map { "\($0.host): \($0.arguments)" }
        for host in ChaosLab.hosts { lines[host] = try Self.lines(on: host, mark) }
        let verification = try await muster(["journal", "verify", run]).status
        return Aftermath(
            plan: plan, mark: mark, faults: carried, words: words, status: try await status(), condition: try await condition(), verification: verification, lines: lines,
            leftovers: leftovers)
    }

    // MARK: Faults

    private func begin(_ fault: PlannedFault) async throws {
        switch fault.kind {
        case .killCoordinator:
            coordinator?.kill(9)
            carry(fault.kind, nil)
        case .stopCoordinator: stop(coordinator, fault, for: fault.lasts, "coordinator")
        case .killWorker, .stopWorker, .stopWorkerPastLease:
            let index = fault.victim % workers.count
            guard let worker = workers[index] else { return }
            if fault.kind == .killWorker {
                worker.kill(9)
                carry(fault.kind, nil, "w\(index + 1)")
            } else {
                stop(worker, fault, for: fault.kind == .stopWorker ? fault.lasts : .seconds(20), "w\(index + 1)")
            }
        case .killRunner, .stopRunner: try await hit(fault) { processes, _ in processes.runners }
        case .killSupervisor, .stopSupervisor: try await hit(fault) { $0.supervisors($1) }
        case .killCommand, .stopCommand: try await hit(fault) { $0.commands($1) }
        case .killSession, .stopSession: try await hit(fault) { processes, _ in processes.sessions }
        case .unplug: cut(fault, ["unplug"], ["plug"])
        case .drop: cut(fault, ["drop", "22"], ["clear"])
        case .reset: cut(fault, ["reset"], ["clear"])
        case .sessionsKill:
            guard let host = pick(ChaosLab.hosts, fault) else { return }
            calls[host, default: []].append(["sessions-kill"])
            carry(fault.kind, host)
        case .fillLedger:
            guard let host = pick(ChaosLab.smallDisks, fault) else { return }
            ChaosLab.fill(host)
            carry(fault.kind, host)
            last(fault, host, for: fault.lasts) { ChaosLab.clear(host) }
        case .reboot:
            guard let host = pick(ChaosLab.otherHosts, fault) else { return }
            calls[host, default: []].append(["reboot"])
            carry(fault.kind, host)
        case .crash:
            guard let host = pick(ChaosLab.otherHosts, fault) else { return }
            calls[host, default: []].append(["crash"])
            carry(fault.kind, host)
            last(fault, host, for: fault.lasts) { [self] in calls[host, default: []].append(["boot"]) }
        }
        try call()
    }

    /// The host that the plan names, or the next one with which nothing is wrong at the moment: to reboot one that is cut off would take for ever.
    private func pick(_ hosts: [String], _ fault: PlannedFault) -> String? {
        let busy = Set(lasting.compactMap(\.host) + calls.filter { !$0.value.isEmpty }.keys + calling.keys)
        let first = fault.victim % hosts.count
        return (hosts[first...] + hosts[..<first]).first { !busy.contains($0) }
    }

    private func stop(_ child: ChildProcess?, _ fault: PlannedFault, for time: Duration, _ name: String) {
        child?.kill(SIGSTOP)
        carry(fault.kind, nil, name)
        last(fault, nil, for: time) { child?.kill(SIGCONT) }
    }

    private func cut(_ fault: PlannedFault, _ begin: [String], _ mend: [String]) {
        guard let host = pick(ChaosLab.hosts, fault) else { return }
        calls[host, default: []].append(begin)
        carry(fault.kind, host)
        last(fault, host, for: fault.lasts) { [self] in calls[host, default: []].append(mend) }
    }

    /// Kills or stops a process on a host, if there is one of the kind: best on the host that the plan names.
    private func hit(_ fault: PlannedFault, _ find: (HostProcesses, String) -> [HostProcesses.Entry]) async throws {
        var victim: HostProcesses.Entry?
        let wanted = ChaosLab.hosts[fault.victim % ChaosLab.hosts.count]
        _ = try await eventually(within: .seconds(3)) {
            let found = find(HostProcesses(), self.mark).sorted { ($0.host, $0.pid) < ($1.host, $1.pid) }
            victim = found.first { $0.host >= wanted } ?? found.first
            if victim == nil { _ = try await self.turn() }
            return victim != nil
        }
        guard let victim else { return note("\(fault.kind): nobody there") }
        let isKill = [.killRunner, .killSupervisor, .killCommand, .killSession].contains(fault.kind)
        HostProcesses.signal(victim, isKill ? SIGKILL : SIGSTOP)
        carry(fault.kind, victim.host, "pid \(victim.pid) \(victim.arguments.prefix(60))")
        if !isKill { last(fault, victim.host, for: fault.lasts) { HostProcesses.signal(victim, SIGCONT) } }
    }

    private func last(_ fault: PlannedFault, _ host: String?, for time: Duration, _ mend: @escaping () throws -> Void) {
        // Past the lease means past the lease, however many jobs end meanwhile.
        let jobs = fault.kind == .stopWorkerPastLease ? Int.max : jobsEnded + fault.untilJobs
        lasting.append((host, jobs, ContinuousClock().now + time, mend))
    }

    private func mend(all: Bool) throws {
        let now = ContinuousClock().now, ended = jobsEnded
        let over = lasting.filter { all || $0.deadline <= now || $0.untilJobs <= ended }
        lasting.removeAll { all || $0.deadline <= now || $0.untilJobs <= ended }
        for item in over { try item.mend() }
    }

    /// Starts the next call of fault.sh for each host that has none under way.
    private func call() throws {
        for (host, child) in calling where child.hasEnded {
            calling[host] = nil
            let status = try child.waitForEnd()
            guard status == 0 else { throw TestFailure("fault.sh \(host): status \(status): \(child.output)") }
        }
        for (host, waiting) in calls where calling[host] == nil && !waiting.isEmpty {
            calling[host] = try ChaosLab.fault(host, waiting[0])
            calls[host]?.removeFirst()
        }
    }

    private func carry(_ kind: FaultKind, _ host: String?, _ more: String = "") {
        let time = began.duration(to: ContinuousClock().now).components.seconds
        carried.append(CarriedFault(kind: kind, host: host, description: "\(time) s, \(jobsEnded) jobs: \(kind) \(host ?? "") \(more)"))
        diaryLines.append(carried.last?.description ?? "")
    }

    private var diaryLines: [String] = []
    private func note(_ text: String) { diaryLines.append("\(began.duration(to: ContinuousClock().now).components.seconds) s, \(jobsEnded) jobs: \(text)") }
    /// What happened, in order.
    func diary() -> String { diaryLines.joined(separator: "\n") }
}
