/// Reading records: one look at a file or a process in each step.
extension HostModel {
    /// One step of `state`. The state, once it is known.
    func advance(_ evaluation: inout Evaluation) -> AttemptState? {
        switch evaluation.phase {
        case .record: return readRecord(&evaluation)
        case .supervisor:
            guard let claim = evaluation.claim else { return .garbled }
            if isRunning(claim.pid, claim.start) { return .running }
            guard evaluation.command != nil else { return judge(.never, &evaluation) }
            evaluation.phase = .leader
            return nil
        case .leader:
            guard let command = evaluation.command else { return .garbled }
            if let index = index(of: command.pid), processes[index].status != .zombie {
                return processes[index].start == command.start ? .orphan : judge(.interrupted, &evaluation)
            }
            evaluation.phase = .group
            return nil
        case .group:
            guard let command = evaluation.command else { return .garbled }
            return hasMembers(command.pid) ? .orphan : judge(.interrupted, &evaluation)
        }
    }

    private func readRecord(_ evaluation: inout Evaluation) -> AttemptState? {
        evaluation.claim = nil
        evaluation.command = nil
        guard let ledger = ledger(evaluation.ledger), let index = ledger.index(of: evaluation.name) else { return .absent }
        guard let first = ledger.records[index].lines.first else {
            return planted.has(.emptyRecordIsClaim) && ledger.records[index].exists ? .never : .absent
        }
        switch first {
        case .revoke, .cancel: return .revoked
        case .run, .void, .done, .nonsense: return .garbled
        case .claim(let claim): evaluation.claim = claim
        }
        for line in ledger.records[index].lines {
            switch line {
            case .run(let pid, let start): evaluation.command = (pid, start)
            case .void: evaluation.command = nil
            case .done(let outcome): return .done(outcome)
            case .claim, .revoke, .cancel, .nonsense: break
            }
        }
        if evaluation.claim?.boot == boot {
            evaluation.phase = .supervisor
            return nil
        }
        return judge(.interrupted, &evaluation)
    }

    /// It looked dead: it may have written `done` and left since the record was read.
    private func judge(_ state: AttemptState, _ evaluation: inout Evaluation) -> AttemptState? {
        if evaluation.isSecondReading || planted.has(.recordNotReadAgain) { return state }
        evaluation.isSecondReading = true
        evaluation.phase = .record
        return nil
    }

    /// One step of the look at the entries of the host-wide claim. True when it is over; `busy` and `over` tell what was seen.
    func advance(_ look: inout EntryLook) -> Bool {
        switch look.phase {
        case .clock:
            // Before any record: one that is absent later is absent for ever if NOT-AFTER has passed now.
            look.uptime = uptime
            look.phase = .list
        case .list:
            look.list = ledger(look.ledger)?.entries.map(\.name).filter { $0 != look.own } ?? []
            look.cleans = look.own == nil && look.list.count >= 8
            return next(&look, from: 0)
        case .entry:
            guard let entry = ledger(look.ledger)?.entries.first(where: { $0.name == look.list[look.index] }) else {
                // Removed since the list was made.
                return next(&look, from: look.index + 1)
            }
            return begin(entry, &look)
        case .evaluation:
            guard let state = advance(&look.evaluation) else { return false }
            switch state {
            case .revoked, .done, .never, .interrupted, .garbled: return isOver(&look)
            case .running, .orphan: return counts(&look)
            case .absent:
                if look.isForgotten { return isOver(&look) }
                if planted.has(.clockAfterRecord) {
                    look.phase = .lateClock
                    return false
                }
                return hasPassed(look.list[look.index], look.uptime) ? isOver(&look) : counts(&look)
            }
        case .lateClock: return hasPassed(look.list[look.index], uptime) ? isOver(&look) : counts(&look)
        }
        return false
    }

    private func begin(_ entry: Entry, _ look: inout EntryLook) -> Bool {
        let name = entry.name
        if name.boot != boot, !planted.has(.entriesOfOtherBootsCount) { return isOver(&look) }
        guard let directory = name.hold > 0 ? entry.ledger : look.ledger else {
            // A hold that is being written, or was torn: nobody knows where its record is.
            return hasPassed(name, look.uptime) ? isOver(&look) : counts(&look)
        }
        // While that ledger can't be read nobody knows either.
        guard let ledger = ledger(directory), ledger.id != 0 else { return counts(&look) }
        look.evaluation = Evaluation(name.name, in: directory)
        // Like the clock: before the record. What is forgotten can't be claimed any more.
        look.isForgotten = name.name.job <= ledger.lowWaterMark(of: name.owner.coordinator) && !planted.has(.forgottenEntriesCount)
        look.phase = .evaluation
        return false
    }

    /// An absent record with this entry can never be claimed any more.
    private func hasPassed(_ name: EntryName, _ uptime: Int) -> Bool { uptime > name.notAfter }

    private func next(_ look: inout EntryLook, from start: Int) -> Bool {
        look.index = start
        while look.index < look.list.count {
            let name = look.list[look.index]
            if !look.over.contains(name), look.cleans || name.owner != look.owner { break }
            look.index += 1
        }
        look.phase = .entry
        return look.index >= look.list.count
    }

    private func isOver(_ look: inout EntryLook) -> Bool {
        look.over.append(look.list[look.index])
        return next(&look, from: look.index + 1)
    }

    private func counts(_ look: inout EntryLook) -> Bool {
        let owner = look.list[look.index].owner
        guard owner != look.owner else { return next(&look, from: look.index + 1) }
        look.busy = owner
        return true
    }
}

/// Ending commands.
extension HostModel {
    /// One step of `stop`. True when the polite signal is out, or nobody was there to get it.
    mutating func advance(_ stopping: inout Stopping, _ process: Int) -> Bool {
        let ledger = ledgerIndex(stopping.evaluation.ledger), name = stopping.name
        switch stopping.phase {
        case .marker:
            // A marker without a record is what a full disk left: the line is still missing.
            let isMarked =
                ledgers[ledger].marker(of: name) != nil
                && (planted.has(.markerHidesMissingLine) || !ledgers[ledger].lines(of: name).isEmpty)
            stopping.phase = isMarked ? .evaluation : .open
        case .open:
            ledgers[ledger].open(name)
            stopping.phase = .line
        case .line:
            ledgers[ledger].append(.cancel(stopping.word), to: name)
            stopping.phase = .mark
        case .mark:
            ledgers[ledger].mark(name, stopping.word)
            stopping.phase = .evaluation
        case .evaluation:
            guard let state = advance(&stopping.evaluation) else { return false }
            guard state.isAlive, stopping.evaluation.command != nil else { return true }
            stopping.phase = .signal
        case .signal:
            guard let target = stopping.evaluation.command, ownsNumber(target) else { return true }
            let owner = processes[process].pid, runner = processes[process].runner
            _ = spawn(
                .ender, parent: owner, runner: runner, attempt: name, owner: nil,
                .ender(EnderProgram(name: name, target: target, killsAt: ticks + 500)))
            signal(target.pid, for: name, forced: false)
            return true
        }
        return false
    }
}
