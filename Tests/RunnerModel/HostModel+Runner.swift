/// The main loop of a runner: one frame after the other.
extension HostModel {
    mutating func stepRunner(_ index: Int, _ before: RunnerProgram) {
        var program = before
        let pid = processes[index].pid
        guard advance(&program, index) else { return end(pid, 0) }
        // A signal may have ended others: places moved.
        if let index = self.index(of: pid) { processes[index].program = .runner(program) }
    }

    /// False: the runner leaves.
    private mutating func advance(_ program: inout RunnerProgram, _ index: Int) -> Bool {
        switch program.phase {
        case .hello: hello(&program, index)
        case .idle: return nextFrame(&program, index)
        case .startRecord, .startClock, .startLow, .startPrevious, .startEarlier, .startOthers, .startClean, .startFork: start(&program, index)
        case .tell: tell(&program, index)
        case .stop: stop(&program, index)
        case .revokeOpen:
            ledgers[ledgerIndex(program.ledger)].open(program.evaluation.name)
            program.phase = .revokeLine
        case .revokeLine:
            ledgers[ledgerIndex(program.ledger)].append(.revoke, to: program.evaluation.name)
            program.phase = .tell
        case .forgetLow, .forgetWrite, .forgetNext, .forgetEvaluation, .forgetEntry, .forgetRemoval: forget(&program)
        case .holdClock, .holdEarly, .holdMake, .holdFill, .holdOthers, .holdRemoval: hold(&program, index)
        case .watchClock, .watchUnclaimed, .watchList, .watchNext, .watchEvaluation, .watchSleep: return watch(&program)
        }
        return true
    }

    private mutating func hello(_ program: inout RunnerProgram, _ index: Int) {
        program.key = HostKey(ledger: makeLedgerID(program.ledger), boot: boot, machine: machine)
        say(.hello(program.key, uptime: uptime, ledger: program.ledger), processes[index].runner)
        program.phase = .idle
    }

    /// Reads one whole frame, or finds the end of the stream.
    private mutating func nextFrame(_ program: inout RunnerProgram, _ index: Int) -> Bool {
        let runner = processes[index].runner
        program.tellsDeadline = false
        guard let connection = connectionIndex(runner), !connections[connection].inbox.isEmpty else {
            return endOfStream(&program)
        }
        let frame = connections[connection].inbox.removeFirst()
        program.frame = frame
        switch frame {
        case .start: program.phase = .startRecord
        case .hold: program.phase = .holdClock
        case .look(let id, let slot, let question, let ticks):
            let look = spawn(
                .look, parent: processes[index].pid, runner: runner, attempt: nil, owner: nil,
                .look(LookProgram(id: id, question: question, ticks: ticks)))
            program.looks.removeAll { $0.slot == slot }
            program.looks.append((slot, look, ticksOfStart(look)))
        case .stopLook(let slot): stopLook(slot, program)
        case .tell(let name):
            program.evaluation = Evaluation(name, in: program.ledger)
            program.tellsDeadline = true
            program.phase = .tell
        case .revoke(let name):
            program.evaluation = Evaluation(name, in: program.ledger)
            program.phase = planted.has(.revokeByLooking) ? .tell : .revokeOpen
        case .cancel(let name, let word):
            program.stopping = Stopping(name, in: program.ledger, word)
            program.after = .tell
            program.phase = .stop
        case .forget(_, _, let names):
            program.list = names
            program.index = 0
            program.phase = .forgetLow
        case .ping(let id): say(.pong(id, uptime: uptime), runner)
        case .torn: return planted.has(.tornFrameEndsRunner) ? false : endOfStream(&program)
        }
        return true
    }

    private func endOfStream(_ program: inout RunnerProgram) -> Bool {
        program.phase = .watchClock
        return true
    }

    /// The runner ends the stream by itself: nothing more is read or told, the deadlines of what runs are kept.
    private mutating func leaveStream(_ program: inout RunnerProgram, _ index: Int) {
        if let connection = connectionIndex(processes[index].runner) {
            connections[connection].inbox = []
            connections[connection].hasLeft = true
        }
        program.phase = .watchClock
    }

    /// The look's children die; it tells what it saw.
    private mutating func stopLook(_ slot: Int, _ program: RunnerProgram) {
        guard let look = program.looks.first(where: { $0.slot == slot }), isRunning(look.pid, look.start),
            let index = index(of: look.pid), case .look(var stopped) = processes[index].program
        else { return }
        stopped.exitCode = 137
        stopped.endsAt = ticks
        processes[index].program = .look(stopped)
    }

    // MARK: START

    private mutating func start(_ program: inout RunnerProgram, _ index: Int) {
        guard case .start(let frame) = program.frame else { return }
        switch program.phase {
        case .startRecord:
            program.evaluation = Evaluation(frame.name, in: program.ledger)
            let isThere = ledger(program.ledger)?.lines(of: frame.name).isEmpty == false
            program.phase = isThere ? .tell : .startClock
        case .startClock:
            program.uptime = uptime
            guard frame.key == program.key else { return refuse(.identity(program.key), frame.name, &program, index) }
            guard uptime <= frame.notAfter else { return refuse(.late, frame.name, &program, index) }
            program.phase = .startLow
        case .startLow:
            guard frame.name.job > ledger(program.ledger)?.lowWaterMark(of: frame.owner.coordinator) ?? 0 else {
                return refuse(.forgotten, frame.name, &program, index)
            }
            program.evaluation = Evaluation(AttemptName(frame.name.job, frame.name.attempt - 1), in: program.ledger)
            program.list = []
            if frame.name.attempt > 1 { program.phase = .startPrevious } else { lookAtOthers(frame, &program) }
        case .startPrevious:
            guard let state = advance(&program.evaluation) else { return }
            let mayPass = state.isSettled || (state == .orphan && planted.has(.nextAttemptBesideOrphan))
            guard mayPass else { return refuse(.previous(state), frame.name, &program, index) }
            let isFirstLook = program.evaluation.name.attempt == frame.name.attempt - 1
            if isFirstLook, frame.name.attempt > 2, !planted.has(.onlyPreviousAttempt) {
                program.phase = .startEarlier
            } else {
                lookFurtherBack(frame, &program)
            }
        case .startEarlier:
            // Those further back count if they have a record.
            let records = ledger(program.ledger)?.records ?? []
            program.list = records.filter { $0.exists && $0.name.job == frame.name.job && $0.name.attempt < frame.name.attempt - 1 }.map(\.name).sorted()
            lookFurtherBack(frame, &program)
        case .startOthers:
            guard advance(&program.look) else { return }
            program.over = program.look.over
            if let busy = program.look.busy { return refuse(.busy(busy), frame.name, &program, index) }
            program.phase = program.look.cleans ? .startClean : .startFork
        case .startClean:
            clean(&program)
            program.phase = .startFork
        case .startFork: forkSupervisor(frame, &program, index)
        default: break
        }
    }

    private func lookFurtherBack(_ frame: StartFrame, _ program: inout RunnerProgram) {
        if program.list.isEmpty { return lookAtOthers(frame, &program) }
        program.evaluation = Evaluation(program.list.removeFirst(), in: program.ledger)
        program.phase = .startPrevious
    }

    private func lookAtOthers(_ frame: StartFrame, _ program: inout RunnerProgram) {
        program.look = EntryLook(in: program.ledger, for: frame.owner, own: nil, over: program.over)
        program.phase = .startOthers
    }

    private mutating func forkSupervisor(_ frame: StartFrame, _ program: inout RunnerProgram, _ index: Int) {
        let pid = spawn(
            .supervisor, parent: processes[index].pid, runner: processes[index].runner, attempt: frame.name, owner: frame.owner, .daemon)
        guard let child = self.index(of: pid) else { return }
        let claim = Claim(
            pid: pid, start: processes[child].start, boot: boot, deadline: program.uptime + frame.limit, owner: frame.owner)
        let maker = planted.has(.entriesShared) ? 0 : pid
        let entry = EntryName(name: frame.name, notAfter: frame.notAfter, boot: boot, maker: maker, hold: 0, owner: frame.owner)
        let look = EntryLook(in: program.ledger, for: frame.owner, own: entry, over: program.over)
        processes[child].program = .supervisor(
            SupervisorProgram(
                ledger: program.ledger, key: program.key, frame: frame, claim: claim, entry: entry,
                phase: planted.has(.othersBeforeOwnEntry) ? .others : .makeEntry, look: look,
                evaluation: Evaluation(frame.name, in: program.ledger)))
        forgetClaimed(&program)
        program.unclaimed.append(Unclaimed(name: frame.name, notAfter: frame.notAfter, supervisor: pid))
        program.phase = .idle
    }

    /// Drops the starts that have a first line, or will never get one that is used.
    func forgetClaimed(_ program: inout RunnerProgram) {
        program.unclaimed.removeAll { start in
            let isGone = index(of: start.supervisor).map { processes[$0].status == .zombie } ?? true
            return isGone || program.uptime > start.notAfter || ledger(program.ledger)?.lines(of: start.name).isEmpty == false
        }
    }

    mutating func refuse(_ refusal: Refusal, _ name: AttemptName, _ program: inout RunnerProgram, _ index: Int) {
        say(.refused(name, refusal), processes[index].runner)
        program.phase = .idle
    }

    // MARK: TELL, CANCEL, FORGET

    private mutating func tell(_ program: inout RunnerProgram, _ index: Int) {
        guard var state = advance(&program.evaluation) else { return }
        let name = program.evaluation.name
        // The planted mistake answers what it did not make true.
        if case .revoke = program.frame, state == .absent, planted.has(.revokeByLooking) { state = .revoked }
        // Another ledger took the place of the runner's: under the old key the answer would mean that it never ran.
        if state == .absent || state == .revoked, ledger(program.ledger)?.id != program.key.ledger {
            leaveStream(&program, index)
            return
        }
        say(.state(name, state), processes[index].runner)
        program.phase = .idle
        guard program.tellsDeadline, state.isAlive, let claim = program.evaluation.claim, uptime > claim.deadline else { return }
        program.stopping = Stopping(name, in: program.ledger, .deadline)
        program.after = .idle
        program.phase = .stop
    }

    private mutating func stop(_ program: inout RunnerProgram, _ index: Int) {
        guard advance(&program.stopping, index) else { return }
        switch program.after {
        case .idle: program.phase = .idle
        case .watch: program.phase = .watchNext
        case .tell:
            program.evaluation = Evaluation(program.stopping.name, in: program.ledger)
            program.phase = .tell
        }
    }

    /// The mark only rises, and goes first; records without it could run again.
    private mutating func forget(_ program: inout RunnerProgram) {
        guard case .forget(let coordinator, let low, _) = program.frame else { return }
        let ledger = ledgerIndex(program.ledger)
        switch program.phase {
        case .forgetLow: program.phase = low > ledgers[ledger].lowWaterMark(of: coordinator) ? .forgetWrite : .forgetNext
        case .forgetWrite: program.phase = ledgers[ledger].raiseLowWaterMark(of: coordinator, to: low) ? .forgetNext : .idle
        case .forgetNext:
            guard program.index < program.list.count else {
                program.phase = .idle
                return
            }
            program.evaluation = Evaluation(program.list[program.index], in: program.ledger)
            program.index += 1
            program.phase = .forgetEvaluation
        case .forgetEvaluation:
            guard let state = advance(&program.evaluation) else { return }
            program.phase = state.isAlive ? .forgetNext : .forgetEntry
        case .forgetEntry:
            // Settled, or at the mark: its entries are over. An absent one above the mark may still be claimed.
            let name = program.evaluation.name
            let isForgotten = name.job <= ledgers[ledger].lowWaterMark(of: coordinator)
            if isForgotten || !ledgers[ledger].lines(of: name).isEmpty {
                for entry in ledgers[ledger].entries where entry.name.name == name && entry.name.hold == 0 { ledgers[ledger].removeEntry(entry.name) }
            }
            program.phase = isForgotten ? .forgetRemoval : .forgetNext
        case .forgetRemoval:
            // Above the mark the record stays: without it the job could run again.
            ledgers[ledger].remove(program.evaluation.name)
            program.phase = .forgetNext
        default: break
        }
    }
}
