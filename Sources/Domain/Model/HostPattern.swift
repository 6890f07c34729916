/// Names some of the hosts: `db*,!db3` or `web,&eu`.
///
/// Terms are separated by commas and read from left to right: a name, a group, a glob (`*`, `?`) or `all` adds hosts;
/// `!term` takes hosts away; `&term` keeps only hosts that are in it too. A pattern that starts with `!` or `&` starts from all.
package struct HostPattern: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    package let text: String
    package static let all: HostPattern = "all"

    package init(_ text: String) { self.text = text }
    package init(stringLiteral value: String) { text = value }
    package var description: String { text }

    /// The names that the pattern selects, in the order of `names`.
    package func select(from names: [HostName], groups: [String: [HostName]]) throws(HostPatternError) -> [HostName] {
        let terms = text.split(separator: ",").map { $0.drop(while: { $0 == " " }) }.map { term in
            var term = term
            while term.last == " " { term.removeLast() }
            return term
        }.filter { !$0.isEmpty }
        guard let first = terms.first else { throw .empty }
        var chosen: Set<HostName> = first.hasPrefix("!") || first.hasPrefix("&") ? Set(names) : []
        for term in terms {
            switch term.first {
            case "!": chosen.subtract(try Self.matches(term.dropFirst(), names, groups))
            case "&": chosen.formIntersection(try Self.matches(term.dropFirst(), names, groups))
            default: chosen.formUnion(try Self.matches(term, names, groups))
            }
        }
        guard !chosen.isEmpty else { throw .selectsNothing(pattern: text) }
        return names.filter(chosen.contains)
    }

    private static func matches(
        _ term: Substring, _ names: [HostName], _ groups: [String: [HostName]]
    ) throws(HostPatternError) -> Set<HostName> {
        if term == "all" || term == "*" { return Set(names) }
        var found: Set<HostName> = []
        for (group, members) in groups where Glob.matches(group, pattern: term) { found.formUnion(members) }
        for name in names where Glob.matches(name.value, pattern: term) { found.insert(name) }
        found.formIntersection(names)
        let isGlob = term.contains("*") || term.contains("?")
        if found.isEmpty && !isGlob {
            if let members = groups[String(term)] { throw members.isEmpty ? .emptyGroup(String(term)) : .groupElsewhere(String(term)) }
            throw .unknown(term: String(term), nearest: NearestName.to(String(term), among: names.map(\.value) + groups.keys.sorted()))
        }
        return found
    }
}

/// Why a host pattern names no hosts.
package enum HostPatternError: Error, Equatable, CustomStringConvertible {
    case empty
    case unknown(term: String, nearest: String?)
    /// The group is there, but nobody is in it: not even an exclusion passes, for its hosts may just be missing.
    case emptyGroup(String)
    /// All hosts of the group are left out of the choice.
    case groupElsewhere(String)
    case selectsNothing(pattern: String)

    package var description: String {
        switch self {
        case .empty: "the host pattern is empty — name hosts or groups, or 'all'"
        case .unknown(let term, let nearest?): "no host or group is called '\(term)' — did you mean '\(nearest)'?"
        case .unknown(let term, nil): "no host or group is called '\(term)' — 'muster hosts' lists them"
        case .emptyGroup(let group): "the group '\(group)' has no hosts — add some to it in the inventory"
        case .groupElsewhere(let group): "no host of the group '\(group)' is among those to choose from"
        case .selectsNothing(let pattern): "the host pattern '\(pattern)' selects no host — 'muster hosts' lists them"
        }
    }
}

/// Shell-like patterns on names: `*` any text, `?` one character, all else itself.
package enum Glob {
    package static func matches(_ text: some StringProtocol, pattern: some StringProtocol) -> Bool {
        let text = Array(text.utf8), pattern = Array(pattern.utf8)
        var t = 0, p = 0, star: Int?, mark = 0
        while t < text.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = p
                mark = t
                p += 1
            } else if p < pattern.count, pattern[p] == UInt8(ascii: "?") || pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let back = star {
                // Let the last star take one character more.
                p = back + 1
                mark += 1
                t = mark
            } else {
                return false
            }
        }
        while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
        return p == pattern.count
    }
}
