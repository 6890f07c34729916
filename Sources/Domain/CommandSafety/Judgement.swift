import ShellSyntax

/// Goes through what a script would do, call by call, and collects what the policy has against it.
struct Judgement {
    private let context: CommandContext
    private let classifier: Classifier
    private let tellsEffects: Bool
    private(set) var findings: [Finding] = []
    /// Taken away by rules.
    private(set) var lowered: [Finding] = []
    /// What it would do and call, in order; empty unless asked for.
    private(set) var effects: [ToldEffect] = []
    private(set) var calls: [ResolvedCall] = []
    /// Of many findings; a few are looked through.
    private var seen: Set<Finding> = []

    /// What has been looked at: words in all directories where they may lie, patterns more, long texts by their length.
    private var work = 0
    private static let workLimit = 131_072

    /// - Parameter tellsEffects: `effects` are wanted.
    init(policy: CommandPolicy, context: CommandContext, tellsEffects: Bool = false) {
        self.context = context
        self.tellsEffects = tellsEffects
        classifier = Classifier(context: context, policy: policy)
    }

    mutating func judge(_ script: CommandList) {
        var evaluator = Evaluator()
        evaluator.run(script)
        // Code in the arguments of a call adds further observations at the end.
        var index = 0
        while index < evaluator.observations.count {
            switch evaluator.observations[index] {
            case .finding(let finding): add([finding])
            case .call(let call):
                guard bear(call) else { return }
                let effects = Programs.effects(of: call)
                add(classifier.judge(effects, of: call))
                tell(effects.effects, call)
                for code in effects.shellCode { evaluator.run(code: code, inside: call) }
            case .effect(let effect, let span, let call):
                let call = call ?? Call("", [], span: span)
                add(classifier.judge(ProgramEffects(effects: [effect], isKnown: true), of: call))
                tell([effect], call)
            }
            index += 1
        }
    }

    /// Counts the work on a call; a path pattern is tried on the whole table of paths. False at the end of the limit, which is denied.
    private mutating func bear(_ call: Call) -> Bool {
        let places = max(1, call.directories.count)
        for argument in call.arguments { work += Self.work(on: argument.value) * places }
        for output in call.outputs { work += Self.work(on: output.path) * places }
        if case .file(let path) = call.input { work += Self.work(on: path) * places }
        guard work > Self.workLimit else { return true }
        add([Finding(.notUnderstood, .deny, call.span, "it takes too long to judge all words of this text", instead: "write it shorter, and its paths out")])
        return false
    }

    private static func work(on value: Value) -> Int { value.texts.reduce(0) { $0 + ($1.known == nil ? 64 : 1) + $1.knownLength / 16 } }

    private mutating func add(_ new: [Finding]) {
        for finding in new {
            if findings.count < 16 {
                if !findings.contains(finding) { findings.append(finding) }
            } else {
                if seen.isEmpty { seen = Set(findings) }
                if seen.insert(finding).inserted { findings.append(finding) }
            }
        }
    }

    private mutating func add(_ judged: Classifier.Judged) {
        add(judged.findings)
        for finding in judged.lowered where !lowered.contains(finding) { lowered.append(finding) }
    }

    private mutating func tell(_ new: [Effect], _ call: Call) {
        guard tellsEffects else { return }
        let resolved = ResolvedCall(call)
        if !call.program.isEmpty, !calls.contains(resolved) { calls.append(resolved) }
        for effect in new {
            let told = ToldEffect(program: call.program, effect: effect, span: call.span)
            if !effects.contains(told) { effects.append(told) }
        }
    }
}

/// Text that looks different from what it is: shown escaped, and never allowed without a person.
enum DisplayRules {
    /// At most one finding.
    static func findings(in text: String) -> [Finding] {
        // Nearly every text is printable ASCII.
        if text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) || $0 == 0x0a || $0 == 0x09 }) { return [] }
        var offset = 0
        for scalar in text.unicodeScalars {
            let length = UTF8.width(scalar)
            if !isPlain(scalar) {
                let name = DisplayText.escaped(String(Character(scalar)))
                return [
                    Finding(
                        .notUnderstood, .ask, Span(offset, offset + length), "the text has \(name) in it, which a terminal does not show as it is",
                        instead: "leave the character out, or write it as an escape in $'…'")
                ]
            }
            offset += length
        }
        return []
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x20..<0x7f).contains(scalar.value) || scalar == "\n" || scalar == "\t" }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned, .spaceSeparator: false
        default: true
        }
    }
}
