import Model
import YAML

/// A group of an inventory.
struct InventoryGroup {
    var name: String
    var position: YAMLPosition
    /// Names of hosts; after `resolve` those of nested groups too.
    var members: Set<String> = []
    var children: [(name: String, node: YAMLNode)] = []
    var fields = HostFields()
    /// 0 for a group without nested groups, else one more than the highest of them.
    var height = 0
}

/// Fills in the members of nested groups. Every group is looked at once, however many groups contain it.
struct InventoryGroups {
    static let nestingLimit = 32
    /// Members of all groups together; nested groups multiply.
    static let membershipLimit = 500_000

    private let decoder: YAMLDecoder
    private let groups: [String: InventoryGroup]
    private var resolved: [String: InventoryGroup] = [:]
    private var memberships = 0

    /// - Returns: narrower groups first: by number of members, then nested before nesting, then by name.
    static func resolve(_ groups: [InventoryGroup], decoder: YAMLDecoder) -> [InventoryGroup] {
        var all = InventoryGroups(decoder: decoder, groups: Dictionary(groups.map { ($0.name, $0) }) { first, _ in first })
        for group in groups { _ = all.resolve(group, [group.name]) }
        return all.resolved.values.sorted { ($0.members.count, $0.height, $0.name) < ($1.members.count, $1.height, $1.name) }
    }

    private init(decoder: YAMLDecoder, groups: [String: InventoryGroup]) {
        self.decoder = decoder
        self.groups = groups
    }

    /// - Parameter path: the groups that are being filled in, this one last.
    private mutating func resolve(_ group: InventoryGroup, _ path: [String]) -> InventoryGroup? {
        if let known = resolved[group.name] { return known }
        guard path.count <= Self.nestingLimit else {
            decoder.report(at: group.position, "group '\(group.name)' is nested deeper than \(Self.nestingLimit) levels", "flatten the groups around it")
            return nil
        }
        var full = group
        for (child, node) in group.children {
            guard let inner = groups[child] else {
                let remedy = NearestName.to(child, among: groups.keys.sorted()).map { "did you mean '\($0)'?" } ?? "add it under groups:"
                decoder.report(node, "group '\(group.name)' has the child '\(child)', which is not there", remedy)
                continue
            }
            if let start = path.firstIndex(of: child) {
                let circle = (path[start...] + [child]).joined(separator: " > ")
                decoder.report(node, "groups contain each other: \(circle)", "remove one of them from children:")
                continue
            }
            guard let more = resolve(inner, path + [child]) else { continue }
            full.members.formUnion(more.members)
            full.height = max(full.height, more.height + 1)
        }
        memberships += full.members.count
        if memberships > Self.membershipLimit {
            decoder.report(at: group.position, "the groups have more than \(Self.membershipLimit) members in all", "use fewer or smaller groups")
            memberships = 0
            full.members = []
        }
        resolved[group.name] = full
        return full
    }
}
