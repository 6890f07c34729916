/// HOLD, and the time after the stream.
extension HostModel {
    mutating func hold(_ program: inout RunnerProgram, _ index: Int) {
        guard case .hold(let frame) = program.frame else { return }
        let ledger = ledgerIndex(program.ledger)
        let isShared = planted.has(.entriesShared)
        let own = EntryName(
            name: frame.name, notAfter: frame.notAfter, boot: boot, maker: isShared ? 0 : processes[index].pid, hold: isShared ? 1 : program.holds,
            owner: frame.owner)
        switch program.phase {
        case .holdClock:
            guard frame.key == program.key else { return refuse(.identity(program.key), frame.name, &program, index) }
            guard uptime <= frame.notAfter else { return refuse(.late, frame.name, &program, index) }
            guard self.ledger(frame.ledger)?.id ?? 0 != 0 else { return refuse(.ledger, frame.name, &program, index) }
            program.look = EntryLook(in: program.ledger, for: frame.owner, own: nil, over: program.over)
            program.phase = .holdEarly
        case .holdEarly:
            guard advance(&program.look) else { return }
            program.over = program.look.over
            if let busy = program.look.busy { return refuse(.busy(busy), frame.name, &program, index) }
            if program.look.cleans { clean(&program) }
            program.holds += 1
            program.phase = .holdMake
        case .holdMake:
            guard ledgers[ledger].makeEntry(own) else { return refuse(.nospace, frame.name, &program, index) }
            program.phase = .holdFill
        case .holdFill:
            program.look = EntryLook(in: program.ledger, for: frame.owner, own: own, over: program.over)
            program.phase = ledgers[ledger].fillEntry(own, ledger: frame.ledger) ? .holdOthers : .holdRemoval
        case .holdOthers:
            guard advance(&program.look) else { return }
            program.over = program.look.over
            program.phase = program.look.busy == nil ? .idle : .holdRemoval
            if program.look.busy == nil { say(.held(frame.name), processes[index].runner) }
        case .holdRemoval:
            ledgers[ledger].removeEntry(own)
            refuse(program.look.busy.map(Refusal.busy) ?? .nospace, frame.name, &program, index)
        default: break
        }
    }

    /// One rm: these are over whatever happens.
    mutating func clean(_ program: inout RunnerProgram) {
        let ledger = ledgerIndex(program.ledger)
        for name in program.over { ledgers[ledger].removeEntry(name) }
        program.over = []
    }

    /// The watchdog of deadlines: stays until no job of its ledger runs, or is still to be claimed. False: it leaves.
    mutating func watch(_ program: inout RunnerProgram) -> Bool {
        switch program.phase {
        case .watchSleep: program.phase = .watchClock
        case .watchClock:
            program.uptime = uptime
            program.phase = .watchUnclaimed
        case .watchUnclaimed:
            // Before the list is made: whoever has claimed by then is in it.
            if planted.has(.unclaimedLeftBehind) { program.unclaimed = [] }
            forgetClaimed(&program)
            program.phase = .watchList
        case .watchList:
            program.list = ledger(program.ledger)?.records.filter(\.exists).map(\.name) ?? []
            program.index = 0
            program.foundAlive = !program.unclaimed.isEmpty
            program.phase = .watchNext
        case .watchNext:
            guard program.index < program.list.count else {
                guard program.foundAlive else { return false }
                program.wakesAt = ticks + 200
                program.phase = .watchSleep
                return true
            }
            program.evaluation = Evaluation(program.list[program.index], in: program.ledger)
            program.index += 1
            program.phase = .watchEvaluation
        case .watchEvaluation:
            guard let state = advance(&program.evaluation) else { return true }
            program.phase = .watchNext
            guard state.isAlive else { return true }
            program.foundAlive = true
            guard let claim = program.evaluation.claim, program.uptime > claim.deadline else { return true }
            program.stopping = Stopping(program.evaluation.name, in: program.ledger, .deadline)
            program.after = .watch
            program.phase = .stop
        default: break
        }
        return true
    }
}
