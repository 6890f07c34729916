/// What the guard judges by: the built-in classes and what a configuration adds.
package struct CommandPolicy: Sendable, Hashable {
    /// Compiled from `forbidden_commands`.
    var forbidden: [ForbiddenPattern]
    /// Classes whose asks count as approved: `approve:` of a policy file.
    package var approves: Set<PolicyClass> = []
    /// `rules:` of a policy file.
    package var rules: [PolicyRule] = []

    /// - Parameter forbiddenCommands: argv patterns as in server_config.yaml: `rm -rf /`, `dd if=/dev/zero`, `mkfs`.
    package init(forbiddenCommands: [String] = []) { forbidden = forbiddenCommands.compactMap(ForbiddenPattern.init) }

    /// Why a line of `forbidden_commands` would not forbid what it says; nil if it does.
    package static func problem(withForbidden text: String) -> String? { ForbiddenPattern.problem(with: text) }

    /// The rule of this name.
    package func rule(_ id: String) -> PolicyRule? { rules.first { $0.id == id } }
}
