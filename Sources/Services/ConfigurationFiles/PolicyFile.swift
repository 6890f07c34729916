import CommandSafety
import Model
import YAML

/// Reads policy.yaml: rules that the guard follows beside its built-in classes.
struct PolicyFile {
    static let ruleLimit = 500
    static let exampleLimit = 100

    let decoder: YAMLDecoder
    /// The floor of a worker: nobody can be asked there.
    let isFloor: Bool

    /// A rule as read, and where what it says stands.
    private struct Read {
        var rule: PolicyRule
        var path: String
        var match: [(text: String, node: YAMLNode)]
        var notMatch: [(text: String, node: YAMLNode)]
    }

    func read(_ root: YAMLNode, into policy: inout CommandPolicy) {
        guard let file = decoder.mapping(root, "") else { return }
        if let node = file.required("version"), let version = decoder.integer(node, "version", in: 1...Int.max), version != 1 {
            decoder.report(node, "version is \(version), which this release does not read", "write version: 1, or use a newer release")
        }
        policy.approves = approves(file)
        var rules: [Read] = []
        var lines: [String: Int] = [:]
        let nodes = file.sequence("rules") ?? []
        file.finish()
        for (index, node) in nodes.enumerated() {
            guard index < Self.ruleLimit else {
                decoder.report(node, "there are more than \(Self.ruleLimit) rules", "join some: program, verb, unit and hosts take lists and patterns")
                break
            }
            guard let read = rule(node, "rules[\(index + 1)]", &lines) else { continue }
            rules.append(read)
        }
        // Examples are judged by the whole policy: it must be there.
        guard decoder.problems.isEmpty else { return }
        policy.rules = rules.map(\.rule)
        for rule in rules { check(rule, policy) }
    }

    private func approves(_ file: YAMLMapping) -> Set<PolicyClass> {
        var classes: Set<PolicyClass> = []
        guard let node = file.node("approve"), let items = decoder.sequence(node, "approve") else { return [] }
        if isFloor, let first = items.first {
            decoder.report(first, "approve has no meaning in a worker's policy", "nobody is asked there: write it into the coordinator's policy.yaml")
        }
        for item in items {
            guard let policyClass = policyClass(item, "each of approve") else { continue }
            if !policyClass.canBeAsked, policyClass != .forbiddenByConfiguration {
                decoder.report(item, "approve has '\(policyClass.rawValue)', which is always denied", "nothing can approve it: remove it")
            }
            classes.insert(policyClass)
        }
        return classes
    }

    private func policyClass(_ node: YAMLNode, _ what: String) -> PolicyClass? {
        guard let text = decoder.text(node, what) else { return nil }
        if let policyClass = PolicyClass(rawValue: text) { return policyClass }
        let hint = NearestName.to(text, among: PolicyClass.allCases.map(\.rawValue)).map { "did you mean '\($0)'? " } ?? ""
        decoder.report(node, "\(what) is '\(text)', which is no class", hint + "'muster policy show' lists them")
        return nil
    }

    // MARK: Rules

    private enum RuleVerdict: String, CaseIterable {
        case allow, ask, deny
        var decision: Decision {
            switch self {
            case .allow: .allow
            case .ask: .ask
            case .deny: .deny
            }
        }
    }

    private func rule(_ node: YAMLNode, _ path: String, _ lines: inout [String: Int]) -> Read? {
        guard let map = decoder.mapping(node, path) else { return nil }
        let id = id(map, path, &lines)
        var decision: Decision?
        if let verdictNode = map.required("verdict"), let verdict = decoder.choice(verdictNode, "\(path).verdict", RuleVerdict.self) {
            decision = verdict.decision
            if isFloor, verdict == .ask {
                decoder.report(verdictNode, "\(path).verdict is 'ask', and nobody is there to ask where a worker runs", "write deny, or put the rule into the coordinator's policy.yaml")
            }
        }
        let ruleClass = map.node("class").flatMap { policyClass($0, "\(path).class") }
        if decision == .allow, let ruleClass, let place = map.node("class") { checkAllowed(ruleClass, place, path) }
        let level = map.choice("level", PolicyRule.Level.self) ?? .medium
        let condition = map.required("when").flatMap { node in PolicyConditionReader(decoder: decoder, path: "\(path).when").read(node) }
        let why = map.required("why").flatMap { decoder.text($0, "\(path).why") }
        let instead = map.text("instead") ?? ""
        let match = examples(map.required("match"), "\(path).match")
        let notMatch = examples(map.node("not_match"), "\(path).not_match")
        if let node = map.node("match"), match.isEmpty, case .sequence(let items) = node.content, items.isEmpty {
            decoder.report(node, "\(path).match is empty", "write a line that the rule is about: it shows that the rule works")
        }
        map.finish()
        guard let id, let decision, let condition, let why else { return nil }
        let rule = PolicyRule(
            id: id, decision: decision, policyClass: ruleClass, level: level, condition: condition, why: why, instead: instead, match: match.map(\.text), notMatch: notMatch.map(\.text))
        return Read(rule: rule, path: path, match: match, notMatch: notMatch)
    }

    private func id(_ map: YAMLMapping, _ path: String, _ lines: inout [String: Int]) -> String? {
        guard let node = map.required("id"), let id = decoder.text(node, "\(path).id") else { return nil }
        guard InventoryNames.isName(id) else {
            decoder.report(node, "\(path).id is '\(id)', which is no name for a rule", "use letters, digits, '.', '-' and '_', at most 64")
            return nil
        }
        if let first = lines[id] {
            decoder.report(node, "\(path).id is '\(id)', which stands here a second time", "the first is in line \(first): give this one another name")
            return nil
        }
        lines[id] = node.position.line
        return id
    }

    private func checkAllowed(_ ruleClass: PolicyClass, _ node: YAMLNode, _ path: String) {
        // Other rules may ask by this class.
        if ruleClass == .forbiddenByConfiguration { return }
        if ruleClass.isAboutText {
            decoder.report(node, "\(path) allows '\(ruleClass.rawValue)', which is about a text as a whole", "a rule is about single calls: remove it")
        } else if !ruleClass.canBeAsked {
            decoder.report(node, "\(path) allows '\(ruleClass.rawValue)', which is always denied", "no rule can allow it: remove the rule")
        }
    }

    // MARK: Examples

    private func examples(_ node: YAMLNode?, _ what: String) -> [(text: String, node: YAMLNode)] {
        guard let node else { return [] }
        let items: [YAMLNode]
        if case .scalar = node.content { items = [node] } else { items = decoder.sequence(node, what) ?? [] }
        if items.count > Self.exampleLimit { decoder.report(node, "\(what) has more than \(Self.exampleLimit) lines", "keep those that show the rule's limits") }
        return items.prefix(Self.exampleLimit).compactMap { item in decoder.string(item, "each of \(what)").map { ($0, item) } }
    }

    private func check(_ read: Read, _ policy: CommandPolicy) {
        for (text, node) in read.match {
            guard let problem = policy.problem(withExample: text, of: read.rule, mustMatch: true) else { continue }
            decoder.report(node, "\(read.path).match has '\(text)', which \(problem)", "see 'muster check' on it; correct when: of '\(read.rule.id)', or the line")
        }
        for (text, node) in read.notMatch {
            guard let problem = policy.problem(withExample: text, of: read.rule, mustMatch: false) else { continue }
            decoder.report(node, "\(read.path).not_match has '\(text)', which \(problem)", "narrow when: of '\(read.rule.id)', or take the line out")
        }
    }
}

/// Reads `when:` of a rule.
struct PolicyConditionReader {
    let decoder: YAMLDecoder
    let path: String

    func read(_ node: YAMLNode) -> PolicyCondition? {
        guard let map = decoder.mapping(node, path) else { return nil }
        let before = decoder.problems.count
        var condition = PolicyCondition()
        condition.programs = words(map, "program")
        condition.verbs = words(map, "verb").flatMap { $0.split(separator: " ").map(String.init) }
        condition.flags = flags(map)
        if let node = map.node("operand"), let operand = decoder.mapping(node, "\(path).operand") {
            condition.operand = pathCondition(operand, isRequired: true)
            operand.finish()
        }
        if let node = map.node("effect") { effect(node, &condition) }
        condition.units = words(map, "unit")
        condition.packages = words(map, "package")
        condition.hosts = words(map, "hosts")
        condition.users = words(map, "users")
        map.finish()
        guard decoder.problems.count == before else { return nil }
        guard !condition.isEmpty else {
            decoder.report(node, "\(path) is empty, so the rule would be about everything", "say what it is about: program, verb, flags, operand, effect, unit, package, hosts or users")
            return nil
        }
        return condition
    }

    /// One word or a list of them.
    private func words(_ map: YAMLMapping, _ key: String) -> [String] {
        guard let node = map.node(key) else { return [] }
        let name = "\(path).\(key)"
        if case .scalar = node.content { return decoder.text(node, name).map { [$0] } ?? [] }
        guard let items = decoder.sequence(node, name) else { return [] }
        if items.isEmpty { decoder.report(node, "\(name) is empty", "write a value, or remove the line") }
        return items.compactMap { decoder.text($0, "each of \(name)") }
    }

    private func flags(_ map: YAMLMapping) -> [String] {
        let flags = words(map, "flags")
        if let node = map.node("flags") {
            for flag in flags where !flag.split(separator: "|", omittingEmptySubsequences: false).allSatisfy({ $0.hasPrefix("-") && $0.count > 1 }) {
                decoder.report(node, "\(path).flags has '\(flag)', which is no flag", "write -x, --name, --name=value, or several with '|' between them: -v|--volumes")
            }
        }
        return flags
    }

    /// A kind, a list of kinds, or `{kind: …, under: …}`.
    private func effect(_ node: YAMLNode, _ condition: inout PolicyCondition) {
        guard case .mapping = node.content else {
            condition.effects = kinds(node, "\(path).effect")
            return
        }
        guard let map = decoder.mapping(node, "\(path).effect") else { return }
        if let kind = map.node("kind") { condition.effects = kinds(kind, "\(path).effect.kind") }
        condition.effectPath = pathCondition(map, isRequired: condition.effects.isEmpty)
        map.finish()
    }

    private func kinds(_ node: YAMLNode, _ what: String) -> [EffectKind] {
        if case .scalar = node.content { return decoder.choice(node, what, EffectKind.self).map { [$0] } ?? [] }
        guard let items = decoder.sequence(node, what) else { return [] }
        if items.isEmpty { decoder.report(node, "\(what) is empty", "write a value, or remove the line") }
        return items.compactMap { decoder.choice($0, "each of \(what)", EffectKind.self) }
    }

    /// Exactly one of `exact`, `under`, `covers`, `glob`.
    private func pathCondition(_ map: YAMLMapping, isRequired: Bool) -> PathCondition? {
        let given = PathCondition.Relation.allCases.compactMap { relation in map.node(relation.rawValue).map { (relation, $0) } }
        guard let (relation, node) = given.first else {
            if isRequired { decoder.report(at: map.position, "\(map.path) says no path", "write exact:, under:, covers: or glob: with a path") }
            return nil
        }
        if given.count > 1 {
            decoder.report(given[1].1, "\(map.path) has both '\(relation.rawValue)' and '\(given[1].0.rawValue)'", "write one of them; for the other, write a second rule")
        }
        guard let text = decoder.text(node, "\(map.path).\(relation.rawValue)") else { return nil }
        if let condition = PathCondition(relation, text) { return condition }
        decoder.report(node, "\(map.path).\(relation.rawValue) is '\(text)', which is not absolute", "write a path that begins with /")
        return nil
    }
}
