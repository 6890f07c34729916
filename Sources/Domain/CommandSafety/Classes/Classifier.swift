import ShellSyntax

/// From effects to the policy's classes: what is denied, what is asked about.
package struct Classifier: Sendable {
    let context: CommandContext
    let policy: CommandPolicy

    package init(context: CommandContext, policy: CommandPolicy = CommandPolicy()) {
        self.context = context
        self.policy = policy
    }

    /// What came of a call.
    package struct Judged: Sendable, Equatable {
        package var findings: [Finding] = []
        /// Asks that rules took away, each with the rule's name.
        package var lowered: [Finding] = []
    }

    /// All that speaks against the call; empty if nothing does.
    package func findings(for effects: ProgramEffects, of call: Call) -> [Finding] { judge(effects, of: call).findings }

    /// The same for one effect that belongs to no program: a redirection, an assignment.
    package func findings(for effect: Effect, of call: Call) -> [Finding] { findings(for: ProgramEffects(effects: [effect], isKnown: true), of: call) }

    /// All that speaks against the call, and what rules took away.
    package func judge(_ effects: ProgramEffects, of call: Call) -> Judged {
        if effects.effects.isEmpty, policy.forbidden.isEmpty, policy.rules.isEmpty { return Judged() }
        var judging = Judging(call: call, context: context)
        var lowered: [Finding] = []
        if policy.rules.isEmpty {
            for effect in effects.effects { judging.judge(effect) }
        } else {
            lowered = applyRules(to: effects.effects, &judging)
        }
        if context.purpose.mustOnlyLook { judging.mustOnlyLook(effects) }
        for pattern in policy.forbidden where pattern.matches(call) {
            judging.find(.forbiddenByConfiguration, .deny, "the configuration forbids '\(pattern.text)'")
        }
        return Judged(findings: judging.findings, lowered: lowered)
    }

    /// Judges effect by effect, so that a rule that allows takes away no more than it speaks of.
    private func applyRules(to effects: [Effect], _ judging: inout Judging) -> [Finding] {
        let matching = RuleMatching(judging.call, effects, context)
        let allowing = policy.rules.filter { $0.decision == .allow && matching.matches($0) == .yes }
        var lowered: [Finding] = []
        func isLowered(_ finding: Finding, by covers: (PolicyRule) -> Bool) -> Bool {
            guard finding.decision == .ask, let rule = allowing.first(where: { ($0.policyClass ?? finding.policyClass) == finding.policyClass && covers($0) }) else { return false }
            var taken = finding
            taken.rule = rule.id
            lowered.append(taken)
            return true
        }
        for effect in effects {
            var one = Judging(call: judging.call, context: context)
            one.judge(effect)
            for finding in one.findings where !isLowered(finding, by: { matching.covers($0, effect) }) { judging.take(finding) }
        }
        for rule in policy.rules where rule.decision != .allow {
            let certainty = matching.matches(rule)
            if certainty == .no { continue }
            let finding = rule.finding(on: judging.call, isCertain: certainty == .yes)
            // What a rule would deny if the text told more is no smaller matter for being unclear.
            if rule.decision == .ask, isLowered(finding, by: { allow in effects.allSatisfy { !$0.changes || matching.covers(allow, $0) } }) { continue }
            judging.add(finding)
        }
        return lowered
    }
}

/// One call being judged.
struct Judging {
    let call: Call
    let context: CommandContext
    private(set) var findings: [Finding] = []

    init(call: Call, context: CommandContext) {
        self.call = call
        self.context = context
    }

    mutating func find(_ policyClass: PolicyClass, _ decision: Decision, _ why: String, instead: String = "") {
        take(Finding(policyClass, decision, call.span, why, instead: instead))
    }

    /// One finding of a class is enough, if it is not milder.
    mutating func take(_ finding: Finding) {
        guard !findings.contains(where: { $0.policyClass == finding.policyClass && $0.decision >= finding.decision }) else { return }
        findings.append(finding)
    }

    /// A rule's finding stands beside those of its class.
    mutating func add(_ finding: Finding) { findings.append(finding) }

    func paths(_ value: Value) -> [ResolvedPath] { ResolvedPath.all(value, in: call.directories) }

    mutating func mustOnlyLook(_ effects: ProgramEffects) {
        if let effect = effects.effects.first(where: \.changes) {
            find(.lookMustNotChange, .deny, "\(call.program) would change something (\(effect.name)), and this text must only look", instead: "only ask for the state, and change it in the command")
        }
        if call.isBackground { find(.lookMustNotChange, .deny, "\(call.program) would go on in the background, and this text must only look") }
    }

    mutating func judge(_ effect: Effect) {
        switch effect {
        case .read(let path, let prints): if prints { printed(path) }
        case .copy(let source, let target): copied(source, to: target)
        case .pack(let source, let archive): packed(source, to: archive)
        case .unpack(let directory): unpacked(directory)
        case .write(let path, let kind, let content): written(path, kind, content)
        case .delete(let path, let extent): deleted(path, extent)
        case .move(let source, let target): moved(source, to: target)
        case .link(let at, let to): linked(at, to: to)
        case .makeDirectory(let path):
            for resolved in paths(path) where kinds(of: resolved).contains(where: { $0.kind == .noLogin }) {
                find(.accountLockout, .deny, "\(call.program) makes \(path.display): nobody but root could log in")
            }
        case .changeMode(let path, let mode, let extent): modeChanged(path, mode, extent)
        case .changeOwner(let path, let owner, let extent): ownerChanged(path, owner, extent)
        case .changeAttributes(let path, let what, let extent): attributesChanged(path, what, extent)
        case .mount(let at, let source, let options): mounted(at, source, options)
        case .unmount(let path): unmounted(path)
        case .deviceWrite, .makeFilesystem, .volume: device(effect)
        case .install: break
        case .remove(let names, _): removed(names)
        case .packageChecks(let what): find(.corePackageRemoval, .deny, "\(what): past the checks that keep the system whole", instead: "let the package manager resolve the dependencies")
        case .service(let unit, let verb): service(unit, verb)
        case .power(let what): find(.powerCycle, .ask, what, instead: "a restart needs a person's yes")
        case .account(let who, let what): account(who, what)
        case .grant(let what, let who):
            if what.contains("key") { find(.sshKeyTamper, .ask, "\(call.program) adds \(what)") } else { find(.privilegeGrant, .ask, "\(call.program) gives \(who.display) \(what)") }
        case .signal(let what, let isMass): signalled(what, isMass)
        case .firewall(let what, let isLockout):
            find(
                .firewallLockout, isLockout ? .deny : .ask, isLockout ? "\(what): this may close the way in" : "\(what): a change to the firewall",
                instead: isLockout ? "open what is needed; leave flushing and default policies to a person" : "")
        case .network(let what, let isCut): find(.networkCut, isCut ? .deny : .ask, isCut ? "\(what): this may cut the host off" : "\(what): a change to the network")
        case .listen(let port): listened(port)
        case .connect: break
        case .send(let what, let to): sent(what, to: to)
        case .fetch(_, let to): if let to { written(to, .replace, nil) }
        case .backdoor(let what): find(.backdoorShell, .deny, what)
        case .runUnknown(let source): find(.unknownCode, .ask, "\(DisplayText.escaped(source)): nobody has read that", instead: "write the commands themselves")
        case .runFile(let path): ranFile(path)
        case .runFetched(let source): find(.remoteCodePipe, .ask, "\(source): runs what comes from the network unread", instead: "download it to a file, check its sum, then run it")
        case .environment(let name, let value): environment(name, value)
        case .database(let what, let isDestructive):
            if isDestructive { find(.databaseDestroy, .ask, "\(DisplayText.escaped(what)): data would be gone", instead: "dump it first, or name what is to go by a condition") }
        case .container(let what, let isDestructive): if isDestructive { find(.containerClusterDestroy, .ask, DisplayText.escaped(what)) }
        case .kernel(let what): find(.kernelInterface, .deny, "\(DisplayText.escaped(what)): this reaches the running kernel or the hardware")
        case .boot(let what, let isBreaking): find(.bootChainBreak, isBreaking ? .deny : .ask, what)
        case .schedule(let what, let isWipe): find(.scheduleHijack, isWipe ? .deny : .ask, what)
        case .security(let what): find(.securityControlsOff, .deny, DisplayText.escaped(what))
        case .logs(let what, let isKept): find(.logAuditWipe, isKept ? .ask : .deny, what, instead: isKept ? "" : "keep 14 days or more")
        case .secret(let what): find(.secretExfiltration, .deny, "\(what), and what is printed is stored")
        case .relocate(let what): find(.rootFilesystemRelocate, .deny, what)
        case .exhaust(let what): find(.resourceExhaustion, .deny, what, instead: "say how much, or how often")
        case .change: break
        }
        if call.isUnbounded { unbounded(effect) }
    }

    private mutating func unbounded(_ effect: Effect) {
        switch effect {
        case .write(let path, .replace, _) where path.isCertain && path.known != nil: break
        case .change where call.program == "mktemp":
            find(.resourceExhaustion, .deny, "mktemp makes files again and again, without a bound", instead: "bound the loop")
        case .write(_, .append, _), .write(_, .touch, _), .makeDirectory, .copy, .write(_, .replace, _):
            find(.resourceExhaustion, .deny, "\(call.program) writes again and again, without a bound", instead: "bound the loop")
        default: break
        }
    }

    private mutating func listened(_ port: Value) {
        let text = port.display
        if text.hasPrefix("127.") || text.hasPrefix("localhost") { return }
        let isRaw = ["nc", "ncat", "netcat", "socat", "ssh"].contains(call.program)
        find(.backdoorShell, isRaw ? .deny : .ask, "\(call.program) leaves a listener on \(text)")
    }

    private mutating func ranFile(_ path: Value) {
        // A service or job that is set up runs its application's program; that it is set up is judged where its file is written.
        if call.wrappers.contains("systemd") || call.wrappers.contains("cron"), path.prefix.hasPrefix("/") {
            if ["/tmp/", "/var/tmp/", "/dev/shm/"].contains(where: path.prefix.hasPrefix) || path.prefix.contains("/.") {
                find(.scheduleHijack, .deny, "\(path.display) would run by itself, out of a place where anybody or nobody knows of it")
            }
            return
        }
        find(.unknownCode, .ask, "\(path.display) would be run: what stands in it is not seen", instead: "write the commands themselves")
    }

    func kinds(of path: ResolvedPath) -> [PathTable.Match] { PathTable.shared.matches(of: path) }
}

extension Effect {
    /// In a word or two, for people.
    var name: String {
        let text = String(describing: self)
        return String(text.prefix { $0 != "(" })
    }
}
