/// A supervisor: from the entry of the host-wide claim to the recorded outcome.
extension HostModel {
    mutating func stepSupervisor(_ index: Int, _ before: SupervisorProgram) {
        var program = before
        let pid = processes[index].pid
        let stays: Bool
        switch program.phase {
        case .makeEntry, .others, .removeEntry: stays = claimHost(&program, index)
        case .open, .claim, .readBack, .tell, .low, .clock, .ledger: stays = claim(&program, index)
        case .started, .fork: stays = launch(&program, index)
        case .wait, .word, .awaitGroup, .left, .done: stays = finish(&program, index)
        }
        // Its zombie may have been reaped: places moved.
        guard stays else { return end(pid, 0) }
        if let index = self.index(of: pid) { processes[index].program = .supervisor(program) }
    }

    /// The entry first, then a look at the others: of two that start at once, at least one sees the other.
    private mutating func claimHost(_ program: inout SupervisorProgram, _ index: Int) -> Bool {
        let ledger = ledgerIndex(program.ledger)
        switch program.phase {
        case .makeEntry:
            guard ledgers[ledger].makeEntry(program.entry) else { return leave(.nospace, &program) }
            program.phase = planted.has(.othersBeforeOwnEntry) ? .open : .others
        case .others:
            guard advance(&program.look) else { return true }
            if let busy = program.look.busy { return leave(.busy(busy), &program) }
            program.phase = planted.has(.othersBeforeOwnEntry) ? .makeEntry : .open
        case .removeEntry:
            ledgers[ledger].removeEntry(program.entry)
            guard let refusal = program.refusal else {
                program.phase = .tell
                return true
            }
            say(.refused(program.frame.name, refusal), processes[index].runner)
            return false
        default: break
        }
        return true
    }

    /// Refuses, once its entry is removed. It stays for that.
    private func leave(_ refusal: Refusal, _ program: inout SupervisorProgram) -> Bool {
        program.refusal = refusal
        program.phase = .removeEntry
        return true
    }

    private mutating func claim(_ program: inout SupervisorProgram, _ index: Int) -> Bool {
        let ledger = ledgerIndex(program.ledger), name = program.frame.name
        switch program.phase {
        case .open:
            ledgers[ledger].open(name)
            program.phase = .claim
        case .claim:
            guard ledgers[ledger].append(.claim(program.claim), to: name) else { return leave(.nospace, &program) }
            program.phase = planted.has(.startWithoutReadingBack) ? .low : .readBack
        case .readBack:
            // Somebody was first: this one attaches.
            program.phase = ledgers[ledger].lines(of: name).first == .claim(program.claim) ? .low : .removeEntry
        case .tell:
            guard let state = advance(&program.evaluation) else { return true }
            say(.state(name, state), processes[index].runner)
            return false
        // What the main loop looked at is looked at again: it may have stood still for minutes since, and so may this.
        case .low:
            let isForgotten = name.job <= ledgers[ledger].lowWaterMark(of: program.frame.owner.coordinator)
            guard !isForgotten || planted.has(.noLowWaterAfterClaim) else { return leave(.forgotten, &program) }
            program.phase = .clock
        case .clock:
            guard uptime <= program.frame.notAfter || planted.has(.noClockAfterClaim) else { return leave(.late, &program) }
            program.phase = planted.has(.noLedgerAfterClaim) ? .started : .ledger
        case .ledger:
            let key = HostKey(ledger: ledgers[ledger].id, boot: boot, machine: machine)
            guard key == program.key else { return leave(.identity(key), &program) }
            program.phase = .started
        default: break
        }
        return true
    }

    private mutating func launch(_ program: inout SupervisorProgram, _ index: Int) -> Bool {
        let frame = program.frame, process = processes[index]
        switch program.phase {
        case .started:
            say(.started(frame.name, pid: process.pid), process.runner)
            program.phase = .fork
        case .fork:
            let pid = spawn(
                .child, parent: process.pid, runner: process.runner, attempt: frame.name, owner: frame.owner,
                .child(
                    ChildProgram(
                        ledger: program.ledger, name: frame.name, owner: frame.owner, supervisor: process.pid,
                        command: frame.command)))
            program.child = (pid, ticksOfStart(pid))
            program.phase = .wait
        default: break
        }
        return true
    }

    private mutating func finish(_ program: inout SupervisorProgram, _ index: Int) -> Bool {
        let ledger = ledgerIndex(program.ledger), name = program.frame.name, runner = processes[index].runner
        switch program.phase {
        case .wait:
            if let child = self.index(of: program.child.pid), processes[child].status == .zombie {
                program.exitCode = processes[child].exitCode
                processes.remove(at: child)
            }
            program.phase = .word
        case .word:
            program.ending = ledgers[ledger].marker(of: name) ?? .exit
            program.waitsUntil = ticks + 800
            program.phase = program.ending == .exit ? .left : .awaitGroup
        case .awaitGroup: program.phase = .left
        case .left:
            program.hasLeft = hasMembers(program.child.pid)
            program.phase = .done
        case .done:
            var outcome = Outcome(exitCode: program.exitCode, ending: program.ending, hasLeft: program.hasLeft)
            if !ledgers[ledger].append(.done(outcome), to: name) { outcome.ending = .unrecorded }
            program.evaluation = Evaluation(name, in: program.ledger)
            say(.done(name, outcome), runner)
            return false
        default: break
        }
        return true
    }

    // MARK: The child

    /// Records itself, then becomes the command: there is no window without a record.
    mutating func stepChild(_ index: Int, _ before: ChildProgram) {
        var program = before
        let pid = processes[index].pid, ledger = ledgerIndex(program.ledger)
        switch program.phase {
        case .run:
            guard ledgers[ledger].append(.run(pid: pid, start: processes[index].start), to: program.name) else { return end(pid, 125) }
            program.phase = planted.has(.childIgnoresLossOfSupervisor) ? .marker : .supervisor
        case .supervisor:
            // Who saw the supervisor dead and no `run` line told `never`, and then it must stay so. Who loses a parent gets another.
            program.phase = processes[index].parent == program.supervisor ? .marker : .void
        case .void:
            ledgers[ledger].append(.void, to: program.name)
            return end(pid, 143)
        case .marker:
            if ledgers[ledger].marker(of: program.name) != nil, !planted.has(.childIgnoresCancel) { return end(pid, 143) }
            program.phase = .exec
        case .exec: return exec(index, program)
        }
        processes[index].program = .child(program)
    }

    /// The command takes effect.
    private mutating func exec(_ index: Int, _ program: ChildProgram) {
        starts[program.name, default: 0] += 1
        effects.append(Effect(attempt: program.name, effect: program.command.effect, stage: .begun))
        processes[index].kind = .command
        processes[index].group = processes[index].pid
        processes[index].program = .command(
            CommandProgram(name: program.name, command: program.command, endsAt: program.command.duration.map { ticks + $0 }))
    }
}
