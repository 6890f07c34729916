import ShellSyntax

extension Evaluator {
    /// Tells a call, with all around it filled in, and keeps what it does to what comes later.
    mutating func emit(_ call: Call, output: Captured? = nil) {
        var call = call
        call.directories = state.directories
        call.isUnbounded = call.isUnbounded || unbounded > 0
        if unbounded > 0 { call.outputs += enclosing.filter { !call.outputs.contains($0) } }
        if !world.files.isEmpty || !world.links.isEmpty { addWritten(&call) }
        var printed = output
        if printed == nil, capture != nil { printed = modelledOutput(of: call) }
        if let printed, printed.isKnown {
            for index in call.outputs.indices where call.outputs[index].descriptor == 1 { call.outputs[index].content = printed.value }
        }
        if let printed { charge(printed.value) }
        if call.program == "kill", call.arguments.contains(where: { $0.known == nil }) { call.feeders += world.processLists }
        if world.processLists.count < ProcessLists.most, ProcessLists.isOne(call, isCaptured: capture != nil) { world.processLists.append(call) }
        observations.append(.call(call))
        if !call.outputs.isEmpty { tookOutputs = true }
        tookCall = true
        if KnownPrograms.netcats.contains(call.program), case .calls(let calls) = call.input, let shell = calls.first(where: { KnownPrograms.shells.contains($0.program) }) {
            find(.backdoorShell, call.span, "what \(shell.program) says would go to \(call.program)")
        }
        outcome = Outcome()
        applyToWorld(call)
        guard capture != nil else { return }
        if let printed {
            capture?.add(printed)
        } else {
            let isSocket = if case .socket = call.input { true } else { false }
            let fetchedBy: String? = fetches(call) ? call.program : isSocket ? "a socket" : state.input.fetchedBy ?? fetched(call)
            capture?.print(unknownOf: call, fetchedBy: fetchedBy)
        }
    }

    /// Which program fetched a file, or what `<(…)` gives, that the call reads.
    private func fetched(_ call: Call) -> String? {
        if world.files.isEmpty, world.processes.isEmpty { return nil }
        for path in call.arguments.compactMap(\.known) {
            if let program = world.processes[path]?.fetchedBy { return program }
            if case .fetched(let program)? = content(of: path) { return program }
        }
        return nil
    }

    private func fetches(_ call: Call) -> Bool { KnownPrograms.fetchers.contains(call.program) }
}

extension Call {
    mutating func setPath(_ path: String) {
        self.path = path
        program = LexicalPath.name(path)
    }
}

extension Captured {
    mutating func add(_ other: Captured) {
        line = isKnown && value.isEmptyText ? other.line : nil
        if !other.value.isEmptyText { print(other.value) }
        calls += other.calls
        fetchedBy = fetchedBy ?? other.fetchedBy
    }
}
