import ShellSyntax

extension Evaluator {
    mutating func run(_ command: Command) {
        if isStopped { return }
        guard nesting < limits.nesting else { return stop(command.span, "commands stand in one another deeper than \(limits.nesting) levels", "write it flatter") }
        nesting += 1
        defer { nesting -= 1 }
        switch command.form {
        case .simple(let simple): runSimple(simple, command)
        case .function(let name, let body): define(name, body, command.span)
        default:
            if command.redirections.isEmpty { return runForm(command) }
            redirected(command.redirections, command.span) { $0.runForm(command) }
        }
    }

    private mutating func runForm(_ command: Command) {
        guard step(command.span) else { return }
        switch command.form {
        case .simple, .function: break
        case .subshell(let list): isolated { $0.runList(list) }
        case .group(let list): runList(list)
        case .conditional(let branches, let otherwise): runConditional(branches, otherwise)
        case .loop(let condition, let body, let isUntil): runLoop(condition, body, isUntil: isUntil, command.span)
        case .forEach(let name, let words, let body): runForEach(name, words, body, command.span)
        case .arithmeticFor(let expressions, let body): runArithmeticFor(expressions, body, command.span)
        case .choice(let word, let cases): runChoice(word, cases)
        case .arithmetic(let word):
            let value = arithmetic(word)
            outcome = Outcome(status: value.known.map { $0 == "0" ? .failure : .success } ?? .unknown)
        case .test(let words): runTest(words)
        case .coprocess(let name, let inner): runCoprocess(name, inner)
        }
    }

    private mutating func define(_ name: String, _ body: Command, _ span: Span) {
        if let known = definedFunctions.firstIndex(where: { $0.name == name && $0.body == body }) {
            state.functions[name] = [known]
        } else {
            state.functions[name] = [definedFunctions.count]
            definedFunctions.append(DefinedFunction(name: name, body: body))
        }
        if KnownPrograms.isProgram(name) { observe(.environment(name: "function \(name)", value: .unknown), span) }
        outcome = Outcome(status: .success)
    }

    private mutating func runTest(_ words: [Word]) {
        for word in words {
            let value = expandToValue(word)
            runSubscriptCode(value, word.span)
        }
        outcome = Outcome()
        outcome.narrowing = Narrowing(inside: words[...])
    }

    private mutating func runCoprocess(_ name: String?, _ inner: Command) {
        forks += 1
        let outside = capture, wasBackground = surroundings.isBackground
        surroundings.isBackground = true
        capture = Captured()
        isolated {
            $0.state.input = PipeInput(input: .calls([]))
            $0.run(inner)
        }
        if capture?.calls.contains(where: { KnownPrograms.netcats.contains($0.program) }) ?? false { coprocessTalks = true }
        capture = outside
        surroundings.isBackground = wasBackground
        forks -= 1
        state.variables[name ?? "COPROC"] = Variable(elements: [.init(key: "0", value: .name), .init(key: "1", value: .name)])
    }

    // MARK: Branches

    /// What several ways leave behind.
    struct Ways {
        var state: ShellState?
        var captured: Captured?
        var mayFail = true
    }

    mutating func end(_ ways: inout Ways) {
        chargeJoin()
        if ways.state == nil { ways.state = state } else { ways.state?.join(state) }
        guard let capture else { return }
        if ways.captured == nil { ways.captured = capture } else { ways.captured?.join(capture) }
    }

    mutating func meet(_ ways: Ways) {
        if let joined = ways.state { state = joined }
        if capture != nil { capture = ways.captured }
        outcome = Outcome()
    }

    private mutating func runConditional(_ branches: [Command.Branch], _ otherwise: CommandList?) {
        var ways = Ways()
        for branch in branches {
            conditions += 1
            runList(branch.condition)
            conditions -= 1
            let (success, failure) = split()
            let before = capture
            state = success
            runList(branch.body)
            end(&ways)
            state = failure
            capture = before
        }
        outcome = Outcome()
        if let otherwise { runList(otherwise) }
        end(&ways)
        meet(ways)
    }

    private mutating func runChoice(_ word: Word, _ cases: [Command.Case]) {
        let value = expandToValue(word)
        let before = state, captured = capture
        var ways = Ways(), falling: ShellState?, isSure = false
        for choice in cases {
            state = before
            capture = captured
            var mayMatch = isSure ? false : nil as Bool?
            for pattern in choice.patterns {
                let text = expandToPattern(pattern)
                guard !isSure else { continue }
                if text == "*" { isSure = true }
                let matches = text.flatMap { tries($0, value) }
                if matches != false { mayMatch = true }
                if matches == true, value.known != nil { isSure = true }
                mayMatch = mayMatch ?? false
            }
            if mayMatch == false { state.isDead = true }
            if let fallen = falling { state.join(fallen) }
            runList(choice.body)
            falling = choice.ending == .stop ? nil : state
            if choice.ending != .fallThrough { end(&ways) }
        }
        if !isSure {
            state = before
            capture = captured
            end(&ways)
        } else if falling != nil {
            end(&ways)
        }
        meet(ways)
    }

    /// Whether the pattern matches one of the texts; nil if they are not known, or too long to try.
    private mutating func tries(_ pattern: String, _ value: Value) -> Bool? {
        guard let known = value.allKnown else { return nil }
        for text in known {
            let work = pattern.utf8.count * text.utf8.count
            guard work <= Glob.lengthLimit * Glob.lengthLimit else { return nil }
            steps += work / 4096
            if Glob.matches(pattern, text) { return true }
        }
        return false
    }

    // MARK: Loops

    /// Runs the body of a loop with what `break` and `continue` leave.
    private mutating func inLoop(_ body: (inout Evaluator) -> Void) {
        frames.append(Frame(name: "", forks: forks, isLoop: true))
        body(&self)
        if let frame = frames.popLast() {
            for exit in frame.exits {
                var exit = exit
                exit.isDead = false
                state.join(exit)
            }
        }
    }

    private mutating func runForEach(_ name: String, _ words: [Word]?, _ body: CommandList, _ span: Span) {
        guard let words else {
            return runForEach(name, state.positional.values.map { Argument($0) } + (state.positional.hasMore ? [Argument(.unknown, maySplit: true)] : []), body, span)
        }
        let lists = expandToArguments(words, span)
        let before = state, captured = capture
        var ways = Ways()
        for list in lists {
            state = before
            capture = captured
            runForEach(name, list, body, span)
            end(&ways)
        }
        meet(ways)
    }

    private mutating func runForEach(_ name: String, _ items: [Argument], _ body: CommandList, _ span: Span) {
        let before = state
        inLoop { evaluator in
            var turns: [Value] = items.map(\.value)
            if turns.count > evaluator.limits.turns {
                turns = stride(from: 0, to: items.count, by: Value.limit).map { start in
                    .of(items[start..<min(start + Value.limit, items.count)].flatMap(\.value.texts))
                }
            }
            let isOpen = turns.count != items.count || items.contains(where: \.maySplit)
            for value in turns {
                if evaluator.isStopped { return }
                evaluator.assign(name, value)
                evaluator.runList(body)
                evaluator.state.isDead = evaluator.state.isDead && before.isDead
            }
            if turns.isEmpty {
                // Judged all the same.
                var dead = evaluator.state
                evaluator.runList(body)
                dead.join(before)
                evaluator.state = dead
            } else if isOpen {
                let once = evaluator.state
                evaluator.state = before
                evaluator.state.widen(to: once)
                let changes = evaluator.state.variables.contains { $0.key != name && once.variables[$0.key] != $0.value }
                if !changes { evaluator.state = once }
                if changes || evaluator.state.directories != before.directories {
                    evaluator.assign(name, .of(turns.flatMap(\.texts)))
                    evaluator.runList(body)
                    evaluator.state.join(once)
                }
                evaluator.capture?.print(.unknown)
            }
        }
        if items.allSatisfy(\.maySplit) { state.join(before) }
        outcome = Outcome()
    }

    private mutating func runLoop(_ condition: CommandList, _ body: CommandList, isUntil: Bool, _ span: Span) {
        let isEndless = LoopShape.isConstant(condition, isUntil: isUntil) && !LoopShape.leaves(body)
        let isRestless = isEndless && !LoopShape.pauses(condition) && !LoopShape.pauses(body)
        if isEndless { unbounded += 1 }
        if isRestless { restless += 1 }
        inLoop { evaluator in
            if LoopShape.reads(condition), evaluator.runLines(condition, body) { return }
            evaluator.runWidening { evaluator in
                evaluator.conditions += 1
                evaluator.runList(condition)
                evaluator.conditions -= 1
                let ways = evaluator.split()
                let (inside, after) = isUntil ? (ways.failure, ways.success) : (ways.success, ways.failure)
                evaluator.state = inside
                evaluator.runList(body)
                evaluator.state.join(after)
            }
        }
        if isEndless { unbounded -= 1 }
        if isRestless { restless -= 1 }
        outcome = Outcome()
    }

    /// Follows a loop whose number of turns is not known: once as it is, once more with all widened that has changed.
    private mutating func runWidening(_ turn: (inout Evaluator) -> Void) {
        let entry = state
        for _ in 0..<2 {
            let before = state
            turn(&self)
            for _ in 0..<4 { chargeJoin() }
            if isStopped { return }
            var next = before
            next.widen(to: state)
            state = next
            let isStable =
                state.variables == before.variables && state.directories == before.directories && state.positional == before.positional
                && state.functions.count == before.functions.count
            if isStable { break }
        }
        state.join(entry)
        capture?.print(.unknown)
    }

    /// `while read …` over known text: line by line. False if the text is not known.
    private mutating func runLines(_ condition: CommandList, _ body: CommandList) -> Bool {
        guard case .text(let value) = state.input.input, let text = value.known else { return false }
        var turns = 0
        while turns < limits.turns * 4 {
            conditions += 1
            outcome = Outcome()
            runList(condition)
            conditions -= 1
            let ways = split()
            if ways.success.isDead || outcome.status == .failure {
                state = ways.failure
                if turns == 0 {
                    // Judged all the same.
                    let before = state
                    runList(body)
                    state = before
                }
                return true
            }
            state = ways.success
            runList(body)
            state.isDead = false
            turns += 1
            if isStopped { return true }
        }
        let lines = text.split(separator: "\n").map { Text(String($0)) }
        state.input = PipeInput(input: .calls([]), line: .of(lines))
        return false
    }

    private mutating func runArithmeticFor(_ expressions: [Word], _ body: CommandList, _ span: Span) {
        if let first = expressions.first { _ = arithmetic(first) }
        let condition = expressions.count > 1 ? expressions[1] : nil, next = expressions.count > 2 ? expressions[2] : nil
        let isEmpty = condition.map { $0.parts.isEmpty || LoopShape.isTrue($0) } ?? true
        let isEndless = isEmpty && !LoopShape.leaves(body)
        let isRestless = isEndless && !LoopShape.pauses(body)
        if isEndless { unbounded += 1 }
        if isRestless { restless += 1 }
        inLoop { evaluator in
            var turns = 0
            while !isEmpty, let condition, let known = evaluator.arithmetic(condition).known, turns < evaluator.limits.turns * 4 {
                if known == "0" {
                    if turns == 0 { evaluator.runList(body) }
                    return
                }
                evaluator.runList(body)
                evaluator.state.isDead = false
                if let next { _ = evaluator.arithmetic(next) }
                turns += 1
                if evaluator.isStopped { return }
            }
            evaluator.runWidening { evaluator in
                if let condition { _ = evaluator.arithmetic(condition) }
                evaluator.runList(body)
                if let next { _ = evaluator.arithmetic(next) }
            }
        }
        if isEndless { unbounded -= 1 }
        if isRestless { restless -= 1 }
        outcome = Outcome()
    }
}
