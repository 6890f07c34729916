package import ShellSyntax

/// Goes through a script as a shell would, with values that may be unknown, and tells what would be called.
///
/// Pure. Every way is gone, dead ones too; where ways meet, all that may hold is kept.
package struct Evaluator {
    /// How a command ends, and where the shell stands then: `cd X && …` stands in X, `cd X; …` in X or where it was.
    struct Outcome {
        enum Status { case unknown, success, failure }
        var status = Status.unknown
        /// Nil: as it stands.
        var directoriesOnSuccess: [Value]?
        var directoriesOnFailure: [Value]?
        /// What a test says of a variable.
        var narrowing: Narrowing?
    }
    struct DefinedFunction {
        var name: String
        var body: Command
        var wasCalled = false
    }
    /// A function or file that is being run.
    struct Frame {
        var name: String
        /// What `return` left, and `break` in loops.
        var exits: [ShellState] = []
        /// What `local` hides.
        var hidden: [String: Variable?] = [:]
        /// Pipes and `&` around it.
        var forks: Int
        var isLoop = false, isFile = false
    }

    package internal(set) var observations: [Observation] = []
    let limits: EvaluatorLimits
    var state = ShellState()
    var world = World()
    /// Where output is collected, when somebody reads it.
    var capture: Captured?
    var outcome = Outcome()
    /// The place in the outer text, while code is judged that was found inside it.
    var outerSpan: Span?
    var depth = 0
    /// Commands that the present one stands in.
    var nesting = 0
    var steps = 0
    var frames: [Frame] = []
    /// Pipes and `&` around the present point.
    var forks = 0
    /// Loops without a bound around the present point.
    var unbounded = 0
    /// Those of them in which nothing waits.
    var restless = 0
    /// What was kept for the end is being run.
    var runsExitTraps = false
    /// A coprocess is connected to the network.
    var coprocessTalks = false
    /// Conditions around the present point: `set -e` does not count there.
    var conditions = 0
    /// What fetched a text that stands in the present command.
    var taint: String?
    /// Redirections of the compound commands around the present point.
    var enclosing: [Call.Output] = []
    /// What calls around the present point pass on: wrappers, user, elsewhere, background.
    var surroundings = Call("", [], span: Span(0, 0))
    var processNumber = 63
    var isStopped = false
    /// All functions of the script, and those that it calls.
    var definedFunctions: [DefinedFunction] = []
    /// A call was told with the redirections of the present command, so that they need not be told alone.
    var tookOutputs = false
    /// A call was told for the present command.
    var tookCall = false

    package init(limits: EvaluatorLimits = EvaluatorLimits()) { self.limits = limits }

    /// Goes through a whole script. The observations are complete when it returns.
    package mutating func run(_ script: CommandList) {
        runList(script)
        runExitTraps()
        runUncalledFunctions()
    }

    /// Functions that nobody calls are judged all the same, with any arguments.
    private mutating func runUncalledFunctions() {
        var index = 0
        while index < definedFunctions.count {
            let (name, body) = (definedFunctions[index].name, definedFunctions[index].body)
            index += 1
            if definedFunctions[index - 1].wasCalled { continue }
            definedFunctions[index - 1].wasCalled = true
            isolated { $0.runBody(body, name, Call(name, [], span: body.span), Positional(hasMore: true)) }
        }
    }

    func place(_ span: Span) -> Span { outerSpan ?? span }

    mutating func find(_ policyClass: PolicyClass, _ span: Span, _ why: String, instead: String = "") {
        let finding = Finding(policyClass, .deny, place(span), why, instead: instead)
        if observations.last != .finding(finding) { observations.append(.finding(finding)) }
    }

    mutating func observe(_ effect: Effect, _ span: Span, _ call: Call? = nil) {
        var call = call
        if call == nil, state.directories != [Value(Directory.own)] {
            // The shell's own doing is done where the shell stands.
            call = Call("", [], span: place(span))
            call?.directories = state.directories
        }
        let observation = Observation.effect(effect, span: place(span), call: call)
        if observations.last != observation { observations.append(observation) }
    }

    /// Counts one step; false at the end of the limit, which is denied.
    mutating func step(_ span: Span) -> Bool {
        steps += 1
        if steps > limits.steps || isStopped {
            stop(span, "it takes more than \(limits.steps) steps to read this text", "write it shorter")
            return false
        }
        return true
    }

    /// Work on long texts counts as steps too.
    mutating func charge(_ value: Value) {
        for text in value.texts { steps += text.knownLength / 64 }
    }

    /// So does joining what two ways have set.
    mutating func chargeJoin() { steps += (state.variables.count + state.directories.count) / 32 }

    /// And trying a pattern on a text, once or at each of its places. False where that takes too long.
    mutating func charge(_ pattern: String, on value: Value, isTriedEverywhere: Bool = false, _ span: Span) -> Bool {
        for text in value.texts {
            let length = min(text.knownLength, Glob.lengthLimit)
            steps += pattern.utf8.count * length / 4096 * (isTriedEverywhere ? length : 1)
        }
        if steps > limits.steps { stop(span, "it takes more than \(limits.steps) steps to read this text", "write it shorter") }
        return !isStopped
    }

    mutating func stop(_ span: Span, _ why: String, _ instead: String) {
        if !isStopped { find(.notUnderstood, span, why, instead: instead) }
        isStopped = true
    }

    /// One level deeper; denied beyond the limit.
    mutating func deeper(_ span: Span, _ body: (inout Evaluator) -> Void) {
        guard depth < limits.depth else {
            find(.notUnderstood, span, "commands are nested deeper than \(limits.depth) levels", instead: "write the command itself")
            return
        }
        depth += 1
        body(&self)
        depth -= 1
    }

    /// In a shell of its own: what it sets is lost, what it does to files stays.
    mutating func isolated(_ body: (inout Evaluator) -> Void) {
        chargeJoin()
        let before = (state, enclosing)
        state.traps = state.traps.filter { $0.value.code.isEmptyText }
        body(&self)
        runExitTraps()
        (state, enclosing) = before
        outcome = Outcome()
    }

    // MARK: Lists and pipelines

    mutating func runList(_ list: CommandList) {
        for item in list.items {
            if isStopped { return }
            run(item)
        }
    }

    private mutating func run(_ item: CommandList.Item) {
        if item.isBackground {
            if restless > 0 { observe(.exhaust(what: "processes, started without end"), item.span) }
            forks += 1
            let wasBackground = surroundings.isBackground
            surroundings.isBackground = true
            isolated { $0.runChain(item) }
            surroundings.isBackground = wasBackground
            forks -= 1
            outcome = Outcome(status: .success)
        } else {
            runChain(item)
        }
    }

    private mutating func runChain(_ item: CommandList.Item) {
        guard !item.rest.isEmpty else {
            run(item.first)
            settle()
            return
        }
        conditions += 1
        run(item.first)
        var (success, failure) = split()
        for (index, next) in item.rest.enumerated() {
            let isLast = index == item.rest.count - 1
            if isLast { conditions -= 1 }
            state = next.connector == .and ? success : failure
            run(next.pipeline)
            chargeJoin()
            var (newSuccess, newFailure) = split()
            switch next.connector {
            case .and:
                newFailure.join(failure)
                (success, failure) = (newSuccess, newFailure)
            case .or:
                newSuccess.join(success)
                (success, failure) = (newSuccess, newFailure)
            }
        }
        state = success
        outcome = Outcome(directoriesOnSuccess: success.isDead ? nil : success.directories, directoriesOnFailure: failure.isDead ? nil : failure.directories)
        state.join(failure)
    }

    /// The state when the last command succeeded, and when it failed.
    func split() -> (success: ShellState, failure: ShellState) {
        var success = state, failure = state
        if let directories = outcome.directoriesOnSuccess { success.directories = directories }
        if let directories = outcome.directoriesOnFailure { failure.directories = directories }
        if let narrowing = outcome.narrowing {
            narrowing.apply(to: &success, isNegated: false)
            narrowing.apply(to: &failure, isNegated: true)
        }
        switch outcome.status {
        case .unknown: break
        case .success: failure.isDead = true
        case .failure: success.isDead = true
        }
        return (success, failure)
    }

    /// With `set -e` a script goes on only where the command succeeded.
    private mutating func settle() {
        guard state.exitsOnError, conditions == 0, let directories = outcome.directoriesOnSuccess else { return }
        state.directories = directories
    }

    private mutating func run(_ pipeline: Pipeline) {
        guard pipeline.commands.count > 1 else {
            outcome = Outcome()
            if let command = pipeline.commands.first { run(command) }
            if pipeline.isNegated { negate() }
            return
        }
        forks += 1
        let outside = capture
        var input: PipeInput?
        for (index, command) in pipeline.commands.enumerated() {
            let isLast = index == pipeline.commands.count - 1
            capture = isLast ? outside : Captured()
            isolated { evaluator in
                if let input { evaluator.state.input = input }
                if !isLast {
                    evaluator.state.streams[1] = nil
                    evaluator.enclosing = []
                }
                evaluator.run(command)
            }
            if !isLast { input = capture?.asInput }
        }
        forks -= 1
        outcome = Outcome()
    }

    private mutating func negate() {
        let before = outcome
        outcome.narrowing?.isEmpty.toggle()
        outcome.directoriesOnSuccess = before.directoriesOnFailure
        outcome.directoriesOnFailure = before.directoriesOnSuccess
        switch before.status {
        case .unknown: break
        case .success: outcome.status = .failure
        case .failure: outcome.status = .success
        }
    }
}
