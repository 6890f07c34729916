/// A fleet plan whose actions have become the texts that will be judged and sent: what a person is shown is what runs.
package struct CompiledPlan: Sendable, Equatable {
    package struct Variant: Sendable, Equatable {
        package var hosts: [HostName]
        package var steps: [CompiledStep]

        package init(hosts: [HostName], steps: [CompiledStep]) {
            self.hosts = hosts
            self.steps = steps
        }
    }
    package var variants: [Variant]

    package init(variants: [Variant]) { self.variants = variants }

    package var hosts: [HostName] { variants.flatMap(\.hosts) }
}

/// A step of a compiled plan.
package struct CompiledStep: Sendable, Equatable {
    package var id: StepID
    package var title: String
    /// The hosts of this variant that carry the step out, `on:` and `once:` already applied.
    package var hosts: Set<HostName>
    package var dependencies: [StepDependency]
    package var subtasks: [CompiledSubtask]

    package init(id: StepID, title: String, hosts: Set<HostName>, dependencies: [StepDependency], subtasks: [CompiledSubtask]) {
        self.id = id
        self.title = title
        self.hosts = hosts
        self.dependencies = dependencies
        self.subtasks = subtasks
    }
}

/// A subtask of a compiled plan: its texts.
package struct CompiledSubtask: Sendable, Equatable {
    package var id: String
    package var title: String
    package var work: Job.Work
    package var rollback: String?

    package init(id: String, title: String, work: Job.Work, rollback: String? = nil) {
        self.id = id
        self.title = title
        self.work = work
        self.rollback = rollback
    }
}
