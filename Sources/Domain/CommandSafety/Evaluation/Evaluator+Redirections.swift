import ShellSyntax

extension Evaluator {
    /// Runs a compound command, or what is not one call, with its redirections, and tells what these write.
    mutating func redirected(_ redirections: [Redirection], _ span: Span, _ body: (inout Evaluator) -> Void) {
        let before = (state.streams, state.input, enclosing)
        let outputs = apply(redirections)
        let outside = capture
        let isCaptured = outputs.contains { $0.descriptor == 1 }, isDiverted = state.streams[1] != before.0[1]
        if isCaptured { capture = Captured() } else if isDiverted { capture = nil }
        enclosing += outputs
        if case .file(let path) = state.input.input, state.input != before.1 { observe(.read(path, prints: true), span) }
        body(&self)
        let printed = capture
        if isCaptured || isDiverted { capture = outside }
        state.streams = before.0
        if redirections.contains(where: \.readsInput) { state.input = before.1 }
        enclosing = before.2
        tell(outputs, isCaptured ? printed : nil, span)
    }

    /// Tells what redirections write that belong to no call.
    mutating func tell(_ outputs: [Call.Output], _ printed: Captured?, _ span: Span) {
        for output in outputs where !output.isSocket && output.path.known != "/dev/null" {
            let content = output.descriptor == 1 ? printed.flatMap { $0.isKnown ? $0.value : nil } : nil
            let kind: Effect.WriteKind = output.appends ? content?.isEmptyText == true ? .touch : .append : content?.isEmptyText == true ? .empty : .replace
            if output.path.known?.hasPrefix("/dev/fd/") != true { observe(.write(output.path, kind, content: content), output.span) }
            record(output, content, fetchedBy: printed?.fetchedBy)
        }
    }

    /// Applies redirections to the state. Returns the files that are written.
    mutating func apply(_ redirections: [Redirection]) -> [Call.Output] {
        var outputs: [Call.Output] = []
        for redirection in redirections { apply(redirection, &outputs) }
        return outputs
    }

    private mutating func apply(_ redirection: Redirection, _ outputs: inout [Call.Output]) {
        let descriptor = number(of: redirection)
        switch redirection.kind {
        case .hereString: setInput(descriptor, PipeInput(input: .text(expandToValue(redirection.target).appending(Value("\n"))), fetchedBy: taint))
        case .hereDocument: setInput(descriptor, PipeInput(input: .text(expandToValue(redirection.target)), fetchedBy: taint))
        case .read: setInput(descriptor, input(from: expandToValue(redirection.target, .path), redirection.target.span))
        case .write, .clobber: write(to: expandToValue(redirection.target, .path), appends: false, [descriptor], redirection.target.span, &outputs)
        case .append: write(to: expandToValue(redirection.target, .path), appends: true, [descriptor], redirection.target.span, &outputs)
        case .writeBoth: write(to: expandToValue(redirection.target, .path), appends: false, [1, 2], redirection.target.span, &outputs)
        case .appendBoth: write(to: expandToValue(redirection.target, .path), appends: true, [1, 2], redirection.target.span, &outputs)
        case .readWrite:
            let path = expandToValue(redirection.target, .path)
            write(to: path, appends: true, [descriptor], redirection.target.span, &outputs)
            if descriptor == 0 { setInput(0, input(from: path, redirection.target.span)) }
        case .duplicateInput, .duplicateOutput: duplicate(redirection, descriptor, &outputs)
        }
    }

    private mutating func number(of redirection: Redirection) -> Int {
        switch redirection.descriptor {
        case .number(let number)?: return number
        case .variable(let name)?:
            let number = 10 + state.streams.count
            assign(name, Value(String(number)))
            return number
        case nil:
            switch redirection.kind {
            case .read, .readWrite, .duplicateInput, .hereDocument, .hereString: return 0
            case .write, .append, .clobber, .duplicateOutput, .writeBoth, .appendBoth: return 1
            }
        }
    }

    private mutating func setInput(_ descriptor: Int, _ input: PipeInput) {
        if descriptor == 0 {
            state.input = input
        } else if case .socket(let path) = input.input {
            state.streams[descriptor] = .socket(path)
        } else {
            state.streams[descriptor] = .reads(input)
        }
    }

    private mutating func write(to path: Value, appends: Bool, _ descriptors: [Int], _ span: Span, _ outputs: inout [Call.Output]) {
        let isSocket = noteSocket(path, span)
        for descriptor in descriptors {
            state.streams[descriptor] = isSocket ? .socket(path) : .writes(path, appends: appends)
            if descriptor == 0, isSocket { state.input = PipeInput(input: .socket(path)) }
        }
        if isSocket || path.known == "/dev/stdout" || path.known == "/dev/stderr" { return }
        var output = Call.Output(path: path, appends: appends, span: place(span))
        output.descriptor = descriptors[0]
        outputs.append(output)
    }

    private mutating func noteSocket(_ path: Value, _ span: Span) -> Bool {
        let isSocket = path.texts.contains { text in text.prefix.hasPrefix("/dev/tcp/") || text.prefix.hasPrefix("/dev/udp/") }
        if isSocket { observe(.connect(to: path), span) }
        return isSocket
    }

    /// What a file gives that is read.
    mutating func input(from path: Value, _ span: Span) -> PipeInput {
        if noteSocket(path, span) { return PipeInput(input: .socket(path)) }
        guard path.texts.count == 1, let known = path.texts[0].fileKey else { return PipeInput(input: .file(path), fetchedBy: taint) }
        if known == "/dev/stdin" || known == "-" { return state.input }
        if known == "/dev/null" { return PipeInput() }
        if let input = world.processes[known] { return input }
        switch content(of: known) {
        case .text(let value)?: return PipeInput(input: .text(value))
        case .fetched(let program)?: return PipeInput(input: .file(path), fetchedBy: program)
        case .copy(let other)?: return PipeInput(input: .file(Value(other)))
        case .unknown?, nil: return PipeInput(input: .file(path))
        }
    }

    private mutating func duplicate(_ redirection: Redirection, _ descriptor: Int, _ outputs: inout [Call.Output]) {
        let target = expandToValue(redirection.target, .path)
        guard let text = target.known else {
            // A descriptor or a file, who knows; a file it can only be after `>&`.
            if redirection.kind == .duplicateOutput, !target.texts.allSatisfy(\.isPlainName) {
                write(to: target, appends: false, [1, 2], redirection.target.span, &outputs)
            }
            if redirection.kind == .duplicateInput, descriptor == 0, coprocessTalks { state.input = PipeInput(input: .calls([Call("nc", [], span: redirection.target.span)])) }
            return
        }
        if text == "-" {
            if descriptor == 0 { state.input = PipeInput() } else { state.streams[descriptor] = .closed }
            return
        }
        guard let other = Int(text.hasSuffix("-") ? String(text.dropLast()) : text) else {
            if redirection.kind == .duplicateOutput { write(to: target, appends: false, [1, 2], redirection.target.span, &outputs) }
            return
        }
        if other == 0 {
            if case .socket(let path) = state.input.input { state.streams[descriptor] = .socket(path) } else { state.streams[descriptor] = .reads(state.input) }
            return
        }
        guard descriptor == 0 else {
            // Errors into the output say nothing new; the output into the errors is no longer read by a pipe.
            state.streams[descriptor] = state.streams[other] ?? (descriptor == 2 && other == 1 ? nil : .inherited)
            return
        }
        switch state.streams[other] {
        case .reads(let input)?: state.input = input
        case .socket(let path)?: state.input = PipeInput(input: .socket(path))
        case .writes(let path, _)?: state.input = PipeInput(input: .file(path))
        case .closed?, .inherited?, nil: break
        }
    }

    /// Sockets that a call's descriptors lead to.
    var openSockets: [Call.Output] {
        if state.streams.isEmpty { return [] }
        return state.streams.sorted { $0.key < $1.key }.compactMap { number, stream in
            guard case .socket(let path) = stream, number > 0 else { return nil }
            var output = Call.Output(path: path, appends: false, span: place(Span(0, 0)))
            output.descriptor = number
            return output
        }
    }
}

extension Call.Output {
    /// It leads to `/dev/tcp/…` or `/dev/udp/…`.
    package var isSocket: Bool { path.texts.contains { $0.prefix.hasPrefix("/dev/tcp/") || $0.prefix.hasPrefix("/dev/udp/") } }
}

extension Redirection {
    var readsInput: Bool {
        switch (descriptor, kind) {
        case (.number(0)?, _), (nil, .read), (nil, .readWrite), (nil, .duplicateInput), (nil, .hereDocument), (nil, .hereString): true
        default: false
        }
    }
}
