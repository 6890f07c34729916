package import CommandSafety
package import ConfigurationFiles
import Cryptography
package import Model
import Planning
import Runbooks

/// A task with its plan, ready to be shown: what `run` carries out and `plan` prints.
package struct PreparedRun: Sendable {
    package var task: String
    package var title: String
    package var origin: String
    package var plan: CompiledPlan
    package var review: PlanReview
    /// Hosts with a part in the plan, in inventory order.
    package var hosts: [Host]
    package var classes: [(HostClass, [HostName])]
    /// Hosts without a part, and why: one line each.
    package var excluded: [(HostName, String)]
    /// What the hosts were that could be reached.
    package var facts: [HostName: Facts]
    /// Classes whose commands the policy approves as a whole.
    package var approves: Set<PolicyClass> = []
    /// Nothing is ever executed: `dry_run_mode` is on.
    package var isDryRun = false

    package init(
        task: String, title: String, origin: String, plan: CompiledPlan, review: PlanReview, hosts: [Host], classes: [(HostClass, [HostName])],
        excluded: [(HostName, String)], facts: [HostName: Facts] = [:]
    ) {
        self.task = task
        self.title = title
        self.origin = origin
        self.plan = plan
        self.review = review
        self.hosts = hosts
        self.classes = classes
        self.excluded = excluded
        self.facts = facts
    }
}

/// Why no plan came of a task.
package struct PreparationError: Error, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// What was asked for is wrong.
        case usage
        case noPlan
        case nothingReachable
        /// No host is left to work on.
        case nobodyLeft
    }
    package var kind: Kind
    /// A line for each thing that led to it.
    package var details: [String] = []
    package var description: String

    init(_ kind: Kind, _ description: String, details: [String] = []) {
        self.kind = kind
        self.description = description
        self.details = details
    }

    init(_ error: PlanningError) {
        switch error {
        case .noRunbook, .unsupportedSystem, .invalidPlan, .unknownPlaceholder, .noHostsFor: kind = .noPlan
        case .unknownParameter, .badParameter, .missingParameter, .emptyTask: kind = .usage
        }
        description = "\(error)"
    }
}

/// From a sentence to a judged plan.
package struct Preparation: Sendable {
    package let settings: Settings
    package let task: String
    private let planner: RunbookPlanner

    /// Chooses the runbook; nothing is contacted.
    ///
    /// - Parameters:
    ///   - overrides: parameters of the runbook by name.
    ///   - usualDirectories: may be missing.
    package init(
        task: String, overrides: [String: String], settings: Settings, runbookDirectories: [String], usualDirectories: [String]
    ) throws(PreparationError) {
        self.settings = settings
        self.task = task
        let runbooks: [Runbook]
        do throws(RunbookProblems) { runbooks = try RunbookLibrary.load(directories: runbookDirectories, usual: usualDirectories) } catch {
            // A line for each mistake, with its place: they speak for themselves.
            throw PreparationError(.usage, "", details: "\(error)".split(separator: "\n").map(String.init))
        }
        let names = settings.inventory.hosts.map(\.name.value) + settings.inventory.groups.keys
        do throws(PlanningError) {
            let match = try RunbookMatcher(runbooks: runbooks, knownNames: names).choose(task)
            planner = try RunbookPlanner(match: match, overrides: overrides)
        } catch { throw PreparationError(error) }
    }

    /// One plan for each class of the hosts that were reached, compiled and judged.
    package func plan(_ hosts: [Host], _ probes: [HostName: ProbeResult]) throws(PreparationError) -> PreparedRun {
        var excluded: [(HostName, String)] = []
        var known: [(Host, HostKnowledge)] = []
        for host in hosts {
            switch probes[host.name] {
            case .reached(let knowledge): known.append((host, knowledge))
            case .unreachable(let reason): excluded.append((host.name, reason))
            case nil: excluded.append((host.name, "\(host.name): it was not asked"))
            }
        }
        guard !known.isEmpty else {
            throw PreparationError(.nothingReachable, "no host could be reached; nothing was executed", details: excluded.map(\.1))
        }
        let classes = Self.classes(known)
        do throws(PlanningError) {
            var variants = try variants(classes)
            // Root that can't be had is found before the first subtask, not in the middle of the work.
            let needsRoot = variants.contains { $0.plan.steps.contains { $0.subtasks.contains { $0.become } } }
            var ready: [Host] = []
            for (host, knowledge) in known {
                if needsRoot, knowledge.rootIdentity == nil { excluded.append((host.name, knowledge.becomeError ?? "\(host.name): root can't be had")) } else { ready.append(host) }
            }
            guard !ready.isEmpty else {
                throw .noHostsFor(step: "all", pattern: "all")
            }
            let names = Set(ready.map(\.name))
            for index in variants.indices { variants[index].hosts.removeAll { !names.contains($0) } }
            variants.removeAll { $0.hosts.isEmpty }
            let compiler = PlanCompiler(commandTimeout: settings.agents.executor.commandTimeout) { Digest.hexadecimal(Digest.sha256($0)) }
            let compiled = try compiler.compile(FleetPlan(variants: variants), order: ready.map(\.name), groups: settings.inventory.groups)
            var prepared = PreparedRun(
                task: task, title: variants[0].plan.title, origin: variants[0].plan.origin, plan: compiled, review: PlanReview(compiled, hosts: ready, policy: settings.policy),
                hosts: ready, classes: classes.map { ($0.0, $0.1.filter(names.contains)) }.filter { !$0.1.isEmpty }, excluded: excluded)
            for (host, knowledge) in known { prepared.facts[host.name] = knowledge.facts }
            prepared.approves = settings.policy.approves
            prepared.isDryRun = settings.agents.executor.isDryRun
            return prepared
        } catch {
            guard case .noHostsFor(let step, _) = error, step == "all" else { throw PreparationError(error) }
            throw PreparationError(.nobodyLeft, "no host is left to work on; nothing was executed", details: excluded.map(\.1))
        }
    }

    private static func classes(_ known: [(Host, HostKnowledge)]) -> [(HostClass, [HostName])] {
        var classes: [(HostClass, [HostName])] = []
        var places: [HostClass: Int] = [:]
        for (host, knowledge) in known {
            let hostClass = knowledge.facts.hostClass
            if let place = places[hostClass] {
                classes[place].1.append(host.name)
            } else {
                places[hostClass] = classes.count
                classes.append((hostClass, [host.name]))
            }
        }
        return classes
    }

    private func variants(_ classes: [(HostClass, [HostName])]) throws(PlanningError) -> [FleetPlan.Variant] {
        var variants: [FleetPlan.Variant] = []
        for (hostClass, names) in classes {
            let plan = try planner.plan(task: task, for: hostClass)
            var limits = PlanValidation.Limits()
            limits.steps = settings.agents.taskAgent.maximumSteps
            limits.subtasksPerStep = settings.agents.subtaskAgent.maximumSubtasks
            let problems = PlanValidation.problems(plan, limits: limits)
            guard problems.isEmpty else { throw .invalidPlan(problems) }
            variants.append(FleetPlan.Variant(hosts: names, plan: plan))
        }
        return variants
    }
}
