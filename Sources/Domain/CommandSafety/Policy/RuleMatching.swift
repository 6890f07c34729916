/// One call with its effects, held against the rules of a policy.
struct RuleMatching {
    let call: Call
    let effects: [Effect]
    let context: CommandContext
    private let reading: Reading
    private let isInCatalogue: Bool

    init(_ call: Call, _ effects: [Effect], _ context: CommandContext) {
        self.call = call
        self.effects = effects
        self.context = context
        let spec = Programs.spec(of: call.program)
        isInCatalogue = spec != nil
        reading = Reading(call, spec?.grammar ?? OptionGrammar(""))
    }

    /// Whether the rule is about this call.
    func matches(_ rule: PolicyRule) -> Certainty {
        let condition = rule.condition
        let isStrict = rule.decision != .allow
        // The cheap parts first: most rules are about other programs.
        guard concernsHere(condition, isStrict), isProgram(condition, isStrict) else { return .no }
        var certainty = Certainty.yes
        if !condition.verbs.isEmpty { certainty = min(certainty, hasVerbs(condition.verbs, isStrict)) }
        for flag in condition.flags where certainty > .no { certainty = min(certainty, hasFlag(flag, isStrict)) }
        if let path = condition.operand, certainty > .no { certainty = min(certainty, hasOperand(path, isStrict)) }
        if condition.hasEffect, certainty > .no { certainty = min(certainty, effects.map { isEffect($0, condition, isStrict) }.max() ?? .no) }
        return certainty
    }

    /// Whether an allowing rule that matches the call speaks of this effect too: what else the call does is asked about all the same.
    func covers(_ rule: PolicyRule, _ effect: Effect) -> Bool {
        !rule.condition.hasEffect || isEffect(effect, rule.condition, false) == .yes
    }

    // MARK: Parts

    private func concernsHere(_ condition: PolicyCondition, _ isStrict: Bool) -> Bool {
        if !condition.users.isEmpty, !condition.users.contains(where: { Glob.matches($0, context.loginUser) }) { return false }
        guard !condition.hosts.isEmpty else { return true }
        guard let host = context.host else { return isStrict }
        return condition.hosts.contains { Glob.matches($0, host) }
    }

    private func isProgram(_ condition: PolicyCondition, _ isStrict: Bool) -> Bool {
        if condition.programs.isEmpty { return true }
        let isInAPath = call.path.contains("/")
        let path = isInAPath ? ResolvedPath.normalised(call.path).known : nil
        // A wrapper has been taken off its call: what runs through it is what a rule on it is about.
        let countsWrappers = isStrict && condition.flags.isEmpty && condition.verbs.isEmpty && condition.operand == nil
        return condition.programs.contains { name in
            if name.contains("/") {
                guard let path, call.path.hasPrefix("/") else { return false }
                return Glob.matches(ResolvedPath.normalised(name).known ?? name, path)
            }
            // Whatever lies about under a program's name is not that program, and nothing is allowed for it.
            if !isStrict, isInAPath, !ProgramPlaces.isSystem(call.path) { return false }
            return !call.program.isEmpty && Glob.matches(name, call.program) || countsWrappers && call.wrappers.contains { Glob.matches(name, $0) }
        }
    }

    private func hasVerbs(_ verbs: [String], _ isStrict: Bool) -> Certainty {
        if !isInCatalogue, isStrict { return hasVerbsAnywhere(verbs) }
        var certainty = Certainty.yes
        for (index, verb) in verbs.enumerated() {
            // Of an option's value that is not known, nobody knows how many words it is.
            guard index < reading.operands.count else { return isStrict && (reading.isUncertain || call.arguments.contains(where: \.maySplit)) ? .maybe : .no }
            switch Self.isWord(reading.operands[index], verb, isStrict) {
            case .yes: continue
            case .maybe:
                certainty = .maybe
                // It may be several words, or none.
                if reading.operands[index].isWhollyUnknown { return isStrict ? .maybe : .no }
            case .no: return .no
            }
        }
        return certainty
    }

    /// A program in no table: which of its options take a value is not known, so that other words may stand between the verbs.
    private func hasVerbsAnywhere(_ verbs: [String]) -> Certainty {
        var certainty = Certainty.yes
        var rest = reading.operands[...]
        for verb in verbs {
            let found = rest.firstIndex { Self.isWord($0, verb, true) > .no }
            guard let found else { return .no }
            certainty = min(certainty, Self.isWord(rest[found], verb, true))
            rest = rest[(found + 1)...]
        }
        return certainty
    }

    private static func isWord(_ value: Value, _ pattern: String, _ isStrict: Bool) -> Certainty {
        let alternatives = pattern.split(separator: "|").map(String.init)
        let each = value.texts.map { text -> Certainty in
            if let known = text.known { return Certainty(alternatives.contains { Glob.matches($0, known) }) }
            return alternatives.contains { $0.contains { "*?[\\".contains($0) } || Glob.mayRead(text.pieces[...], $0[...]) } ? .maybe : .no
        }
        return (isStrict ? each.max() : each.min()) ?? .no
    }

    private func hasFlag(_ flag: String, _ isStrict: Bool) -> Certainty {
        for spelling in flag.split(separator: "|").map(String.init) {
            let name = String(spelling.prefix { $0 != "=" })
            let wanted = name.count < spelling.count ? String(spelling.dropFirst(name.count + 1)) : nil
            let canonical = Set(Reading(Call(call.program, [Argument(name)], span: call.span), reading.grammar).options.map(\.name))
            for option in reading.options where canonical.contains(option.name) {
                guard let wanted else {
                    // `--dry-run=false` is no dry run.
                    if !isStrict, let value = option.value, value.known.map({ ["false", "no", "none", "0", "off"].contains($0) }) ?? true { continue }
                    return .yes
                }
                if let value = option.value {
                    let certainty = Self.isWord(value, wanted, isStrict)
                    if certainty > .no { return certainty }
                }
            }
            // An option that takes a value in other places may have taken the flag for it: `docker compose down -v --rmi`.
            if isStrict, call.arguments.contains(where: { argument in argument.known.map { $0 == spelling || wanted == nil && $0.hasPrefix(name + "=") } ?? false }) { return .yes }
        }
        let mayHide = reading.isUncertain || call.arguments.contains { $0.maySplit && !$0.value.isCertain }
        return isStrict && mayHide ? .maybe : .no
    }

    private func hasOperand(_ path: PathCondition, _ isStrict: Bool) -> Certainty {
        let values = reading.operands + reading.options.compactMap(\.value)
        if isStrict {
            let operands = values.map { holds(path, $0, reachesBelow: false, true) }.max() ?? .no
            let reached = effects.flatMap(\.places).map { holds(path, $0.path, reachesBelow: $0.reachesBelow, true) }.max() ?? .no
            return max(operands, reached)
        }
        // A plain word is a name; what has a `/` or is not known may be a path, and must be one of those that are allowed.
        let paths = values.filter { $0.known.map { $0.contains("/") || $0 == "." || $0 == ".." || $0.hasPrefix("~") } ?? true } + effects.flatMap(\.places).map(\.path)
        let others = paths.filter { $0.known == nil || $0.known != call.path }
        return others.map { holds(path, $0, reachesBelow: false, false) }.min() ?? .no
    }

    private func holds(_ condition: PathCondition, _ value: Value, reachesBelow: Bool, _ isStrict: Bool) -> Certainty {
        let each = ResolvedPath.all(value, in: call.directories).map { condition.holds(for: $0, reachesBelow: reachesBelow, isStrict: isStrict) }
        return (isStrict ? each.max() : each.min()) ?? .no
    }

    private func isEffect(_ effect: Effect, _ condition: PolicyCondition, _ isStrict: Bool) -> Certainty {
        if !condition.effects.isEmpty, !condition.effects.contains(where: effect.isOf) { return .no }
        var certainty = Certainty.yes
        if let path = condition.effectPath {
            let each = effect.places.map { holds(path, $0.path, reachesBelow: $0.reachesBelow, isStrict) }
            certainty = (isStrict ? each.max() : each.min()) ?? .no
        }
        if !condition.units.isEmpty {
            guard case .service(let unit, _) = effect else { return .no }
            certainty = min(certainty, Self.isNamed([unit], condition.units, dropping: ".service", isStrict))
        }
        if !condition.packages.isEmpty {
            switch effect {
            case .install(let names), .remove(let names, _): certainty = min(certainty, Self.isNamed(names, condition.packages, dropping: "", isStrict))
            default: return .no
            }
        }
        return certainty
    }

    /// Whether one of the names, or each where something is allowed, is one of the patterns.
    private static func isNamed(_ values: [Value], _ patterns: [String], dropping suffix: String, _ isStrict: Bool) -> Certainty {
        func plain(_ text: String) -> String { !suffix.isEmpty && text.hasSuffix(suffix) ? String(text.dropLast(suffix.count)) : text }
        let each = values.map { value -> Certainty in
            let readings = value.texts.map { text -> Certainty in
                // `systemctl stop 'ngin*'` is about nginx.
                if let known = text.known {
                    let name = plain(known)
                    return Certainty(patterns.contains { Glob.matches(plain($0), name) || isStrict && Glob.matches(name, plain($0)) })
                }
                return patterns.contains { $0.contains { "*?[\\".contains($0) } || Glob.mayRead(text.pieces[...], $0[...]) || Glob.mayRead(text.pieces[...], plain($0)[...]) } ? .maybe : .no
            }
            return (isStrict ? readings.max() : readings.min()) ?? .no
        }
        return (isStrict ? each.max() : each.min()) ?? .no
    }
}
