/// Who can go on, and how processes end.
extension HostModel {
    func isRunnable(_ index: Int) -> Bool {
        guard processes[index].status == .running else { return false }
        switch processes[index].program {
        case .runner(let program):
            switch program.phase {
            case .idle:
                guard let connection = connectionIndex(processes[index].runner) else { return true }
                guard let first = connections[connection].inbox.first else { return connections[connection].isClosed }
                // Half a frame: nothing more comes before the stream's end.
                return first != .torn || connections[connection].isClosed
            case .watchSleep: return ticks >= program.wakesAt
            default: return true
            }
        case .supervisor(let program):
            switch program.phase {
            case .wait: return !isRunning(program.child.pid, program.child.start)
            case .awaitGroup: return ticks >= program.waitsUntil || !hasMembers(program.child.pid)
            default: return true
            }
        case .child: return true
        case .command(let program):
            guard let end = program.endsAt else { return openGates.contains(program.name) }
            return ticks >= end
        case .look(let program): return program.exitCode == nil || ticks >= program.endsAt
        case .ender(let program):
            return program.isKilling || ticks >= program.killsAt
                || (!isRunning(program.target.pid, program.target.start) && !hasMembers(program.target.pid))
        case .daemon: return false
        }
    }

    func wakeUp(_ index: Int) -> Int? {
        switch processes[index].program {
        case .runner(let program): program.phase == .watchSleep ? program.wakesAt : nil
        case .supervisor(let program): program.phase == .awaitGroup ? program.waitsUntil : nil
        case .command(let program): program.endsAt
        case .look(let program): program.exitCode == nil ? nil : program.endsAt
        case .ender(let program): program.isKilling ? nil : program.killsAt
        case .child, .daemon: nil
        }
    }

    /// The command ends by itself.
    mutating func endCommand(_ index: Int, _ program: CommandProgram) {
        effects.append(Effect(attempt: program.name, effect: program.command.effect, stage: .ended))
        let pid = processes[index].pid, group = processes[index].group, process = processes[index]
        if program.command.leavesDaemon {
            let daemon = spawn(.daemon, parent: pid, runner: process.runner, attempt: program.name, owner: process.owner, .daemon)
            if let index = self.index(of: daemon) { processes[index].group = group }
        }
        end(pid, program.command.exitCode)
    }

    mutating func stepLook(_ index: Int, _ look: LookProgram) {
        var program = look
        if let code = program.exitCode {
            say(.seen(program.id, exitCode: code), processes[index].runner)
            end(processes[index].pid, 0)
            return
        }
        program.exitCode = answer(program.question)
        program.endsAt = ticks + program.ticks
        processes[index].program = .look(program)
    }

    /// A process ends: a zombie for the supervisor that waits for it, else gone at once. Its children go to process 1.
    mutating func end(_ pid: Int, _ exitCode: Int) {
        guard let index = index(of: pid) else { return }
        let parent = processes[index].parent
        let isWaitedFor = processes.contains { $0.pid == parent && $0.kind == .supervisor && $0.status != .zombie }
        for child in processes.indices where processes[child].parent == pid { processes[child].parent = 1 }
        if isWaitedFor {
            processes[index].status = .zombie
            processes[index].exitCode = exitCode
            // Its place in its group is a zombie's: `hasMembers` passes over it, but the number is not free.
        } else {
            processes.remove(at: index)
        }
        processes.removeAll { $0.status == .zombie && $0.parent == 1 }
    }

    /// TERM or KILL to a command's group, or to its process while that has no group yet.
    mutating func signal(_ target: Int, for name: AttemptName, forced: Bool) {
        var hit: [(pid: Int, attempt: AttemptName?)] = []
        for process in processes where process.status != .zombie && (process.group == target || process.pid == target) {
            switch process.program {
            // Until the child's exec, TERM is ignored, as in all of a runner's processes.
            case .runner, .supervisor, .child, .look, .ender: if forced { hit.append((process.pid, process.attempt)) }
            case .command(let program): if forced || !program.command.ignoresTerminate { hit.append((process.pid, process.attempt)) }
            case .daemon: hit.append((process.pid, process.attempt))
            }
        }
        for (pid, attempt) in hit {
            if attempt != name { strayKills += 1 }
            end(pid, forced ? 137 : 143)
        }
    }

    /// The polite signal came five seconds ago, or nobody is left.
    mutating func stepEnder(_ index: Int, _ ender: EnderProgram) {
        var program = ender
        let pid = processes[index].pid
        guard program.isKilling else {
            guard isRunning(program.target.pid, program.target.start) || hasMembers(program.target.pid) else { return end(pid, 0) }
            program.isKilling = true
            processes[index].program = .ender(program)
            return
        }
        // Start time and signal are one step: this is the window that POSIX leaves.
        if ownsNumber(program.target) { signal(program.target.pid, for: program.name, forced: true) }
        end(pid, 0)
    }

    /// The number still belongs to the command: its leader lives, or is gone and nobody else has its pid.
    func ownsNumber(_ target: (pid: Int, start: Int)) -> Bool {
        guard let index = index(of: target.pid), processes[index].status != .zombie else { return true }
        return processes[index].start == target.start
    }
}

/// What happens to machines.
extension HostModel {
    /// kill -9.
    package mutating func kill(_ pid: Int) { end(pid, 137) }

    /// SIGSTOP: it stays where it is, and is there for all who look.
    package mutating func stop(_ pid: Int) {
        if let index = index(of: pid), processes[index].status == .running { processes[index].status = .stopped }
    }

    /// SIGCONT.
    package mutating func resume(_ pid: Int) {
        if let index = index(of: pid), processes[index].status == .stopped { processes[index].status = .running }
    }

    /// Kills everything that a connection started, in the given order of birth: logind's KillUserProcesses.
    package mutating func killAll(of runner: RunnerID) {
        for pid in processes.filter({ $0.runner == runner }).map(\.pid) { kill(pid) }
    }

    /// Another boot. All processes are gone, and streams with them.
    /// - Parameters:
    ///   - lines: how many of the lines appended last to each ledger had not reached the disk. With any, entries of the
    ///     host-wide claim lose their content too.
    ///   - uptime: of the new boot, in seconds.
    package mutating func reboot(losing lines: Int = 0, uptime: Int = 10) {
        endAll(Boot(id: boot.id + 1, start: 1), uptime: uptime)
        for index in ledgers.indices { ledgers[index].lose(lines: lines) }
    }

    /// Another start of process 1 under the same boot id, as a container has it. The uptime is the outer machine's.
    package mutating func restartContainer() { endAll(Boot(id: boot.id, start: ticks), uptime: nil) }

    private mutating func endAll(_ boot: Boot, uptime: Int?) {
        processes = []
        connections = []
        openGates = []
        self.boot = boot
        if let uptime { ticks = uptime * 100 }
        forgetPIDs()
    }

    /// The directory is gone. Runners that are there find no room, until another runner makes a new ledger in its place.
    package mutating func wipeLedger(_ directory: Int) {
        let index = ledgerIndex(directory)
        ledgers[index] = Ledger(directory: directory)
    }

    /// Puts back an earlier `ledgers` value of one directory. The records since then are lost, and no key tells.
    package mutating func revertLedger(to copy: Ledger) { ledgers[ledgerIndex(copy.directory)] = copy }

    package mutating func setFull(_ isFull: Bool, ledger directory: Int = 0) { ledgers[ledgerIndex(directory)].isFull = isFull }
    package mutating func setReadOnly(_ isReadOnly: Bool, ledger directory: Int = 0) { ledgers[ledgerIndex(directory)].isReadOnly = isReadOnly }

    /// Writes a record anew, as no runner would.
    package mutating func overwrite(_ name: AttemptName, _ lines: [RecordLine], marker: Ending? = nil, ledger directory: Int = 0) {
        ledgers[ledgerIndex(directory)].overwrite(name, lines, marker: marker)
    }
}
