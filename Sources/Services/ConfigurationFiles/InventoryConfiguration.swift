import Model
import YAML

/// Reads server_config.yaml (one host) and inventories (many).
struct InventoryConfiguration {
    static let hostLimit = 100_000

    let decoder: YAMLDecoder
    let paths: PathRules
    let forbiddenProblem: @Sendable (String) -> String?

    /// `server:` with a single host.
    func readServer(_ root: YAMLNode, into inventory: inout Inventory) {
        guard let file = decoder.mapping(root, "") else { return }
        if let node = file.required("server"), let map = decoder.mapping(node, "server") {
            _ = map.required("host")
            let fields = HostFields(map, addressKey: "host", userKey: "username", decoder: decoder, paths: paths)
            checkAddress(map, "host", fields.address)
            checkForbidden(map)
            map.finish()
            if let address = fields.address {
                inventory.hosts.append(fields.host(address, at: node.position, label: address, paths: paths, decoder: decoder))
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
            checkForbidden(map)
            map.finish()
        }
        let hosts = readHosts(file)
        let servers = Set(inventory.hosts.map(\.name.value))
        let groups = readGroups(file, hosts: Set(hosts.map(\.name)), reserved: servers)
        file.finish()
        // Narrower groups come first in `groups`: the fields of the first that says something win.
        var groupsOf: [String: [Int]] = [:]
        for index in groups.indices { for name in groups[index].members { groupsOf[name, default: []].append(index) } }
        var members = [[HostName]](repeating: [], count: groups.count)
        for host in hosts {
            guard !servers.contains(host.name) else {
                decoder.report(at: host.position, "host '\(host.name)' is named in server_config.yaml too", "name it in one of the files")
                continue
            }
            var merged = host.fields
            for index in groupsOf[host.name] ?? [] {
                merged = merged.over(groups[index].fields)
                members[index].append(HostName(host.name))
            }
            inventory.hosts.append(merged.over(defaults).host(host.name, at: host.position, label: host.label, paths: paths, decoder: decoder))
        }
        for (group, names) in zip(groups, members) { inventory.groups[group.name] = names }
    }

    private struct Entry {
        var name: String
        /// The name as the file has it: a range stands for many.
        var label: String
        var position: YAMLPosition
        var fields: HostFields
    }

    private func readHosts(_ file: YAMLMapping) -> [Entry] {
        guard let node = file.required("hosts"), let map = decoder.mapping(node, "hosts") else { return [] }
        var hosts: [Entry] = []
        var labels: [String: String] = [:]
        for pair in map.pairs {
            guard let range = expand(pair.key, at: pair.keyPosition) else { continue }
            if let bad = range.first(where: { !InventoryNames.isName($0.name) }) {
                decoder.report(at: pair.keyPosition, "'\(bad.name)' is not a host name", InventoryNames.remedy(forName: bad.name))
                continue
            }
            guard hosts.count + range.count <= Self.hostLimit else {
                decoder.report(at: pair.keyPosition, "there are more than \(Self.hostLimit) hosts", "use several inventories")
                break
            }
            var fields = HostFields()
            // Not by the key: a key that stands there twice has two values.
            if !pair.value.isNull, let entry = decoder.mapping(pair.value, "hosts.\(pair.key)") {
                fields = HostFields(entry, addressKey: "address", userKey: "user", decoder: decoder, paths: paths)
                checkAddress(entry, "address", fields.address, isRange: range[0].number != nil)
                checkForbidden(entry)
                entry.finish()
            }
            for member in range {
                if let first = labels.updateValue(pair.key, forKey: member.name) {
                    // A key that stands there twice has been reported already.
                    if first != pair.key {
                        decoder.report(at: pair.keyPosition, "host '\(member.name)' stands here a second time", "'\(first)' names it too: remove one")
                    }
                    break
                }
                var own = fields
                if let number = member.number { own.address = fields.address.map { HostRange.fill($0, number: number) } }
                hosts.append(Entry(name: member.name, label: pair.key, position: pair.keyPosition, fields: own))
            }
        }
        return hosts
    }

    private func expand(_ text: String, at position: YAMLPosition) -> [HostRange.Member]? {
        do throws(HostRange.Malformed) { return try HostRange.expand(text) } catch {
            decoder.report(at: position, error.what, error.remedy)
            return nil
        }
    }

    private func checkAddress(_ map: YAMLMapping, _ key: String, _ address: String?, isRange: Bool = false) {
        guard let address, let node = map.node(key) else { return }
        if address.contains("{}"), !isRange {
            decoder.report(node, "\(map.path).\(key) has a '{}'", "it stands for the number of a range such as web[01:20]: write the address")
        } else if let remedy = InventoryNames.problem(withAddress: address.replacing("{}", with: "1")) {
            decoder.report(node, "\(map.path).\(key) is '\(address)', which is no address", remedy)
        }
    }

    /// A line that the guard can't read would forbid nothing.
    private func checkForbidden(_ map: YAMLMapping) {
        guard case .sequence(let items)? = map.node("forbidden_commands")?.content else { return }
        for item in items {
            guard case .scalar(let text, _) = item.content, !text.isEmpty, let problem = forbiddenProblem(text) else { continue }
            decoder.report(item, "\(map.path).forbidden_commands has '\(text)', which \(problem)", "write a program, its flags and operands: rm -rf /")
        }
    }

    private func readGroups(_ file: YAMLMapping, hosts: Set<String>, reserved: Set<String>) -> [InventoryGroup] {
        guard let map = file.mapping("groups") else { return [] }
        var groups: [InventoryGroup] = []
        for pair in map.pairs {
            if hosts.contains(pair.key) || reserved.contains(pair.key) {
                decoder.report(at: pair.keyPosition, "group '\(pair.key)' has the name of a host", "give it another name")
            } else if !InventoryNames.isName(pair.key) {
                decoder.report(at: pair.keyPosition, "'\(pair.key)' is not a group name", InventoryNames.remedy(forName: pair.key))
            }
            var group = InventoryGroup(name: pair.key, position: pair.keyPosition)
            switch pair.value.content {
            case .scalar where pair.value.isNull: break
            // A plain list is a group of hosts.
            case .sequence(let items): group.members = members(items, hosts, pair.key)
            case .scalar, .mapping:
                guard let entry = decoder.mapping(pair.value, "groups.\(pair.key)") else { continue }
                group.members = members(entry.sequence("hosts") ?? [], hosts, pair.key)
                group.children = (entry.sequence("children") ?? []).compactMap { node in
                    decoder.text(node, "each of groups.\(pair.key).children").map { ($0, node) }
                }
                group.fields = HostFields(entry, addressKey: nil, userKey: "user", decoder: decoder, paths: paths)
                checkForbidden(entry)
                entry.finish()
            }
            groups.append(group)
        }
        return InventoryGroups.resolve(groups, decoder: decoder)
    }

    private func members(_ items: [YAMLNode], _ hosts: Set<String>, _ group: String) -> Set<String> {
        var members: Set<String> = []
        for item in items {
            guard let text = decoder.text(item, "each of groups.\(group).hosts"), let range = expand(text, at: item.position) else { continue }
            for member in range {
                guard hosts.contains(member.name) else {
                    // A suggestion costs a look at every host: only while it is read by somebody.
                    let nearest = decoder.problems.count < 20 ? NearestName.to(member.name, among: hosts.sorted()) : nil
                    let remedy = nearest.map { "did you mean '\($0)'?" } ?? "add it under hosts:"
                    decoder.report(item, "group '\(group)' names the host '\(member.name)', which is not there", remedy)
                    break
                }
                members.insert(member.name)
            }
        }
        return members
    }
}
