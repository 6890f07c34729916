/// The hosts there are, and the groups that name them.
package struct Inventory: Sendable, Equatable {
    /// In the order of the inventory file; names are unique.
    package var hosts: [Host]
    /// Members of each group, nested groups resolved.
    package var groups: [String: [HostName]]

    package init(hosts: [Host], groups: [String: [HostName]] = [:]) {
        self.hosts = hosts
        self.groups = groups
    }

    package subscript(name: HostName) -> Host? { hosts.first { $0.name == name } }

    /// The hosts that a pattern names, in inventory order.
    package func select(_ pattern: HostPattern) throws(HostPatternError) -> [Host] {
        let names = hosts.map(\.name)
        let chosen = Set(try pattern.select(from: names, groups: groups))
        return hosts.filter { chosen.contains($0.name) }
    }
}
