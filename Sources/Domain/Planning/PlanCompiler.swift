package import Model

/// Turns the actions of plans into the texts that are judged, shown and sent.
package struct PlanCompiler: Sendable {
    /// SHA-256 in hexadecimal; libraries are not for this layer.
    private let digest: @Sendable ([UInt8]) -> String
    private let commandTimeout: Duration

    package init(commandTimeout: Duration, digest: @escaping @Sendable ([UInt8]) -> String) {
        self.commandTimeout = commandTimeout
        self.digest = digest
    }

    /// - Parameters:
    ///   - order: the hosts of the run, in inventory order: `once:` takes the first of those that a step selects.
    ///   - groups: for the patterns of `on:`.
    package func compile(_ plan: FleetPlan, order: [HostName], groups: [String: [HostName]]) throws(PlanningError) -> CompiledPlan {
        var chosen: [StepID: Set<HostName>] = [:]
        for variant in plan.variants {
            for step in variant.plan.steps where chosen[step.id] == nil {
                let names: [HostName]
                do throws(HostPatternError) { names = try step.on.select(from: order, groups: groups) } catch {
                    throw .noHostsFor(step: step.id, pattern: step.on.text)
                }
                chosen[step.id] = step.once ? Set(names.prefix(1)) : Set(names)
            }
        }
        var variants: [CompiledPlan.Variant] = []
        for variant in plan.variants {
            let hosts = Set(variant.hosts)
            let steps = variant.plan.steps.map { step in
                CompiledStep(
                    id: step.id, title: step.title, hosts: (chosen[step.id] ?? []).intersection(hosts), dependencies: step.dependencies,
                    subtasks: step.subtasks.map(compile))
            }
            variants.append(CompiledPlan.Variant(hosts: variant.hosts, steps: steps))
        }
        return CompiledPlan(variants: variants)
    }

    private func compile(_ subtask: Subtask) -> CompiledSubtask {
        var work: Job.Work
        switch subtask.action {
        case .command(let text):
            work = Job.Work(guardCheck: subtask.guardCheck, command: text, timeout: subtask.timeout ?? commandTimeout)
            work.healthCheck = subtask.healthCheck
        case .file(let file):
            work = compile(file, timeout: subtask.timeout ?? commandTimeout)
            if let own = subtask.healthCheck {
                work.healthCheck = HealthCheck(command: [work.guardCheck ?? "true", own.command].joined(separator: " && "), within: own.within)
            }
        }
        // A file is put in place as a whole, with content that is known: twice is as good as once.
        if case .file = subtask.action { work.isIdempotent = true } else { work.isIdempotent = subtask.isIdempotent }
        work.endsConnection = subtask.endsConnection
        work.become = subtask.become
        work.environment = subtask.environment
        work.secrets = subtask.secrets
        return CompiledSubtask(id: subtask.id, title: subtask.title, work: work, rollback: subtask.rollback)
    }

    /// A file with known content, replaced atomically: written beside its place, checked there, then renamed over it.
    ///
    /// The content travels in the frame and lies in the command's working directory as `content`. The guard compares
    /// digest, owner and mode; a link at the path is replaced by the file.
    private func compile(_ file: FileAction, timeout: Duration) -> Job.Work {
        let content = Array(file.content.utf8)
        let path = Template.quoted(file.path)
        let name = file.path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        let directory = file.path.dropLast(name.count + 1)
        let fresh = Template.quoted("\(directory)/.\(name).muster")
        let mode = String(file.mode, radix: 8)
        let (user, group) = (Self.account(file.owner), Self.account(file.group))
        let owner = Template.quoted("\(user.text):\(group.text):\(mode)")
        let state =
            "test ! -L \(path) && sha256sum -- \(path) | grep -q '^\(digest(content)) ' && stat -c %\(user.isNumber ? "u" : "U"):%\(group.isNumber ? "g" : "G"):%a -- \(path) | grep -Fqx -- \(owner)"
        let padded = String(repeating: "0", count: max(0, 4 - mode.count)) + mode
        var parts = ["install -o \(Template.quoted(file.owner)) -g \(Template.quoted(file.group)) -m \(padded) -- content \(fresh)"]
        if let validate = file.validate {
            parts.append(validate.split(separator: "{}", omittingEmptySubsequences: false).joined(separator: fresh))
        }
        parts.append("mv -f -- \(fresh) \(path)")
        return Job.Work(
            guardCheck: state, command: parts.joined(separator: " && "), content: content, healthCheck: HealthCheck(command: state), timeout: timeout)
    }

    /// An owner or a group as stat(1) prints it: a number is compared with the number, for the account may have a name, or none.
    private static func account(_ text: String) -> (text: String, isNumber: Bool) {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return (text, false) }
        let digits = text.drop { $0 == "0" }
        return (digits.isEmpty ? "0" : String(digits), true)
    }
}
