import Model
import YAML

/// Reads server_config.yaml (one host) and inventories (many).
struct InventoryConfiguration {
    let decoder: YAMLDecoder
    let paths: PathRules

    /// `server:` with a single host.
    func readServer(_ root: YAMLNode, into inventory: inout Inventory) {
        guard let file = decoder.mapping(root, "") else { return }
        if let node = file.required("server"), let map = decoder.mapping(node, "server") {
            _ = map.required("host")
            let fields = HostFields(map, addressKey: "host", userKey: "username", decoder: decoder, paths: paths)
            map.finish()
            if let address = fields.address {
                inventory.hosts.append(fields.host(address, at: node.position, paths: paths, decoder: decoder))
            }
        }
        file.finish()
    }

    /// `hosts:`, `groups:`, `defaults:`.
    func readInventory(_ root: YAMLNode, into inventory: inout Inventory) {
        guard let file = decoder.mapping(root, "") else { return }
        var defaults = HostFields()
        if let map = file.mapping("defaults") {
            defaults = HostFields(map, addressKey: nil, userKey: "user", decoder: decoder, paths: paths)
            map.finish()
        }
        let hosts = readHosts(file)
        let groups = readGroups(file, hosts: hosts.map(\.name))
        file.finish()
        let names = Set(inventory.hosts.map(\.name.value))
        for (name, position, fields) in hosts {
            guard !names.contains(name) else {
                decoder.report(at: position, "host '\(name)' is named in server_config.yaml too", "name it in one of the files")
                continue
            }
            var merged = fields
            // Narrower groups come first in `groups`: the fields of the first that says something win.
            for group in groups where group.members.contains(name) { merged = merged.over(group.fields) }
            inventory.hosts.append(merged.over(defaults).host(name, at: position, paths: paths, decoder: decoder))
        }
        for group in groups { inventory.groups[group.name] = hosts.map(\.name).filter(group.members.contains).map { HostName($0) } }
    }

    private func readHosts(_ file: YAMLMapping) -> [(name: String, position: YAMLPosition, fields: HostFields)] {
        guard let node = file.required("hosts"), let map = decoder.mapping(node, "hosts") else { return [] }
        var hosts: [(String, YAMLPosition, HostFields)] = []
        for pair in map.pairs {
            let names = HostRange.expand(pair.key)
            if let bad = names.first(where: { !Self.isName($0) }) {
                decoder.report(at: pair.keyPosition, "'\(bad)' is not a host name", "use letters, digits, '.', '-' and '_', at most 64")
                continue
            }
            var fields = HostFields()
            if let value = map.node(pair.key), let entry = decoder.mapping(value, "hosts.\(pair.key)") {
                fields = HostFields(entry, addressKey: "address", userKey: "user", decoder: decoder, paths: paths)
                entry.finish()
            }
            for name in names {
                var own = fields
                let number = name.drop { !$0.isNumber }.prefix { $0.isNumber }
                own.address = fields.address.map { Array($0.split(separator: "{}", omittingEmptySubsequences: false)).joined(separator: String(number)) }
                if hosts.contains(where: { $0.0 == name }) {
                    decoder.report(at: pair.keyPosition, "host '\(name)' stands here a second time", "remove one")
                } else {
                    hosts.append((name, pair.keyPosition, own))
                }
            }
        }
        return hosts
    }

    private struct Group {
        var name: String
        var position: YAMLPosition
        var members: Set<String>
        var children: [String]
        var fields: HostFields
    }

    private func readGroups(_ file: YAMLMapping, hosts: [String]) -> [Group] {
        guard let map = file.mapping("groups") else { return [] }
        var groups: [Group] = []
        for pair in map.pairs {
            guard let value = map.node(pair.key) else { continue }
            if hosts.contains(pair.key) || pair.key == "all" {
                decoder.report(at: pair.keyPosition, "group '\(pair.key)' has the name of a host", "give it another name")
            }
            // A plain list is a group of hosts.
            if case .sequence(let items) = value.content {
                let members = items.compactMap { decoder.string($0, "groups.\(pair.key)") }
                groups.append(Group(name: pair.key, position: pair.keyPosition, members: Set(members), children: [], fields: HostFields()))
                check(members, items, hosts, pair.key)
                continue
            }
            guard let entry = decoder.mapping(value, "groups.\(pair.key)") else { continue }
            let members = entry.strings("hosts") ?? []
            if let items = entry.sequence("hosts") { check(members, items, hosts, pair.key) }
            let children = entry.strings("children") ?? []
            let fields = HostFields(entry, addressKey: nil, userKey: "user", decoder: decoder, paths: paths)
            entry.finish()
            groups.append(
                Group(name: pair.key, position: pair.keyPosition, members: Set(members), children: children, fields: fields))
        }
        return resolve(groups)
    }

    private func check(_ members: [String], _ items: [YAMLNode], _ hosts: [String], _ group: String) {
        for (member, item) in zip(members, items) where !hosts.contains(member) {
            let remedy = NearestName.to(member, among: hosts).map { "did you mean '\($0)'?" } ?? "add it under hosts:"
            decoder.report(item, "group '\(group)' names the host '\(member)', which is not there", remedy)
        }
    }

    /// Fills in the members of nested groups; groups with fewer members come first.
    private func resolve(_ groups: [Group]) -> [Group] {
        let byName = Dictionary(groups.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        func members(_ group: Group, _ path: [String]) -> Set<String>? {
            var all = group.members
            for child in group.children {
                guard let inner = byName[child] else {
                    let remedy = NearestName.to(child, among: byName.keys.sorted()).map { "did you mean '\($0)'?" } ?? "add it under groups:"
                    if path.count == 1 { decoder.report(at: group.position, "group '\(group.name)' has the child '\(child)', which is not there", remedy) }
                    continue
                }
                guard !path.contains(child) else {
                    decoder.report(at: group.position, "groups contain each other: \((path + [child]).joined(separator: " > "))", "remove one of them from children:")
                    return nil
                }
                guard let more = members(inner, path + [child]) else { return nil }
                all.formUnion(more)
            }
            return all
        }
        return groups.map { group in
            var full = group
            full.members = members(group, [group.name]) ?? group.members
            return full
        }.sorted { ($0.members.count, $0.name) < ($1.members.count, $1.name) }
    }

    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && !text.hasPrefix("-")
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    }
}

/// `web[01:20]` stands for web01 to web20.
enum HostRange {
    static let limit = 10_000

    static func expand(_ text: String) -> [String] {
        guard let open = text.firstIndex(of: "["), let close = text.firstIndex(of: "]"), open < close else { return [text] }
        let bounds = text[text.index(after: open)..<close].split(separator: ":")
        guard bounds.count == 2, let first = Int(bounds[0]), let last = Int(bounds[1]), first <= last, last - first < limit else { return [text] }
        return (first...last).map { number in
            let digits = String(number)
            let zeros = String(repeating: "0", count: max(0, bounds[0].count - digits.count))
            return text[..<open] + zeros + digits + text[text.index(after: close)...]
        }
    }
}
