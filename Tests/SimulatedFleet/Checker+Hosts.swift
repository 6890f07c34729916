import Model
import Orchestration
import RunnerModel

/// What happens on hosts, against what was decided.
extension Checker {
    mutating func startSent(_ name: AttemptName, _ now: Int) { startsSent[name] = now }

    /// A command takes effect.
    mutating func started(_ name: AttemptName, on machine: Int, _ machines: [Machine], _ now: Int) {
        startCount += 1
        starts[name, default: 0] += 1
        startedOn[name] = machine
        guard !excused.contains(name) else { return }
        let text = "\(name.job % 100_000).\(name.attempt)"
        if let count = starts[name], count > 1 { fail("\(text) starts \(count) times") }
        guard let job = jobs[name.job], let run = runs[job.slot] else { return fail("\(text) starts and is not in a journal") }
        guard job.epochs[name.attempt] != nil else { return fail("\(text) starts and was never handed out") }
        if let end = job.closed[name.attempt], !Self.isOpen(end) { fail("\(text) starts after it was closed as \(end)") }
        if let end = job.settled, end.attempt == name.attempt, !Self.isOpen(end.outcome), !job.isDecided {
            fail("\(text) starts after it was settled as \(end.outcome)")
        }
        if let patience, let sent = startsSent[name], now > sent + patience {
            fail("\(text) starts \((now - sent) / 1000) s after its last start was sent")
        }
        if let missing = missing(before: job.place, job.slot, run) { fail("\(text) starts before \(missing)") }
        for other in machines {
            for process in other.model.processes where process.kind == .command && process.status != .zombie {
                guard let attempt = process.attempt, attempt != name else { continue }
                if attempt.job == name.job, !excused.contains(attempt) { fail("\(text) starts while attempt \(attempt.attempt) is alive") }
            }
        }
        // Its own claim may have gone with its ledger while it stood still, behind all looks at it.
        guard !unclaimed.contains(name) else { return }
        for process in machines[machine].model.processes where process.kind == .command && process.status != .zombie {
            guard let attempt = process.attempt, let owner = jobs[attempt.job]?.slot, owner != job.slot, !unclaimed.contains(attempt) else {
                continue
            }
            fail("\(text) starts beside \(attempt.job % 100_000).\(attempt.attempt) of another run")
        }
    }

    /// The mark below which starts are refused is never above a job that is open.
    mutating func refusedAsForgotten(_ name: AttemptName) {
        guard let job = jobs[name.job], job.settled == nil, job.attempts == name.attempt, job.closed[name.attempt] == nil else { return }
        fail("\(name.job % 100_000).\(name.attempt) is refused as forgotten, and open")
    }

    /// A ledger loses its records, or those that a backup does not have.
    mutating func lost(_ ledger: Ledger, _ backup: Ledger?, _ model: HostModel, _ machine: Int) {
        hasSpoiltDisks = true
        for process in model.processes { if let attempt = process.attempt { unclaimed.insert(attempt) } }
        guard let backup else { return }
        for record in ledger.records where backup.records.first(where: { $0.name == record.name })?.lines != record.lines {
            excused.insert(record.name)
        }
        for process in model.processes { if let attempt = process.attempt { excused.insert(attempt) } }
        // What was forgotten is not refused any more.
        for job in jobs.values {
            let coordinator = (runs[job.slot]?.coordinator ?? 0) + 1
            guard job.number > backup.lowWaterMark(of: coordinator), job.number <= ledger.lowWaterMark(of: coordinator) else { continue }
            for attempt in 1...job.attempts { excused.insert(AttemptName(job.number, attempt)) }
        }
    }
}
