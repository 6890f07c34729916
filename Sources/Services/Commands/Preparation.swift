import ArgumentParser
import Coordinator
import Configuration
import Crypto
import Model
import Muster
import Planning
import Runbooks

/// A task with its plan, ready to be shown: what `run` carries out and `plan` prints.
struct PreparedRun: Sendable {
    var title: String
    var origin: String
    var plan: CompiledPlan
    var review: PlanReview
    /// Hosts with a part in the plan, in inventory order.
    var hosts: [Host]
    var classes: [(HostClass, [HostName])]
    /// Hosts without a part, and why: one line each.
    var excluded: [(HostName, String)]
}

/// From a sentence to a judged plan.
struct Preparation: Sendable {
    let settings: Settings
    let task: String
    let overrides: [String: String]
    let match: RunbookMatcher.Match
    let planner: RunbookPlanner

    /// Chooses the runbook; nothing is contacted.
    init(task: String, overrides: [String: String], settings: Settings, runbookDirectories: [String], usualDirectories: [String], console: Console) throws {
        self.settings = settings
        self.task = task
        self.overrides = overrides
        let runbooks: [Runbook]
        do throws(RunbookProblems) { runbooks = try RunbookLibrary.load(directories: runbookDirectories, usual: usualDirectories) } catch {
            console.error("\(error)")
            throw ExitStatus.usage.exitCode
        }
        let names = settings.inventory.hosts.map(\.name.value) + settings.inventory.groups.keys
        do throws(PlanningError) {
            match = try RunbookMatcher(runbooks: runbooks, knownNames: names).choose(task)
            planner = try RunbookPlanner(match: match, overrides: overrides)
        } catch { throw Self.report(error, console) }
    }

    static func report(_ error: PlanningError, _ console: Console) -> ExitCode {
        console.error("muster: \(error)")
        switch error {
        case .noRunbook, .unsupportedSystem, .invalidPlan, .unknownPlaceholder, .noHostsFor: return ExitStatus.noPlan.exitCode
        case .unknownParameter, .badParameter, .missingParameter, .emptyTask: return ExitStatus.usage.exitCode
        }
    }

    /// One plan for each class of the hosts that were reached, compiled and judged.
    func plan(_ hosts: [Host], _ probes: [HostName: ProbeResult], console: Console) throws -> PreparedRun {
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
            for (_, reason) in excluded { console.error("  \(reason)") }
            console.error("muster: no host could be reached; nothing was executed")
            throw ExitStatus.nothingReachable.exitCode
        }
        do throws(PlanningError) {
            var classes: [(HostClass, [HostName])] = []
            for (host, knowledge) in known {
                let hostClass = knowledge.facts.hostClass
                if let index = classes.firstIndex(where: { $0.0 == hostClass }) { classes[index].1.append(host.name) } else { classes.append((hostClass, [host.name])) }
            }
            var variants: [FleetPlan.Variant] = []
            for (hostClass, names) in classes {
                let plan = try planner.plan(task: task, for: hostClass)
                var limits = PlanValidation.Limits()
                limits.steps = settings.agents.taskAgent.maximumSteps
                limits.subtasksPerStep = settings.agents.subtaskAgent.maximumSubtasks
                let problems = PlanValidation.problems(plan, limits: limits)
                guard problems.isEmpty else { throw PlanningError.invalidPlan(problems) }
                variants.append(FleetPlan.Variant(hosts: names, plan: plan))
            }
            // Root that can't be had is found before the first subtask, not in the middle of the work.
            let needsRoot = variants.contains { $0.plan.steps.contains { $0.subtasks.contains { $0.become } } }
            var ready: [Host] = []
            for (host, knowledge) in known {
                if needsRoot, knowledge.rootIdentity == nil { excluded.append((host.name, knowledge.becomeError ?? "\(host.name): root can't be had")) } else { ready.append(host) }
            }
            guard !ready.isEmpty else {
                for (_, reason) in excluded { console.error("  \(reason)") }
                console.error("muster: no host is left to work on; nothing was executed")
                throw PlanningError.noHostsFor(step: "all", pattern: "all")
            }
            let names = Set(ready.map(\.name))
            for index in variants.indices { variants[index].hosts.removeAll { !names.contains($0) } }
            variants.removeAll { $0.hosts.isEmpty }
            let compiler = PlanCompiler(commandTimeout: settings.agents.executor.commandTimeout) { Digest.hexadecimal(Digest.sha256($0)) }
            let compiled = try compiler.compile(FleetPlan(variants: variants), order: ready.map(\.name), groups: settings.inventory.groups)
            let title = variants[0].plan.title, origin = variants[0].plan.origin
            return PreparedRun(
                title: title, origin: origin, plan: compiled, review: PlanReview(compiled, hosts: ready), hosts: ready,
                classes: classes.map { ($0.0, $0.1.filter(names.contains)) }.filter { !$0.1.isEmpty }, excluded: excluded)
        } catch {
            if case .noHostsFor(let step, _) = error, step == "all" { throw ExitStatus.hostFailed.exitCode }
            throw Self.report(error, console)
        }
    }
}
