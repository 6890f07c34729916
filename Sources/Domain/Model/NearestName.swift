/// Finds what a person probably meant: used by every "did you mean".
package enum NearestName {
    /// The name nearest to `text`, if it is near enough to be worth a question (a third of its length, at most 3 edits).
    package static func to(_ text: String, among names: some Sequence<String>) -> String? {
        let limit = min(3, max(1, text.count / 3))
        var best: (name: String, distance: Int)?
        for name in names {
            let distance = editDistance(text.lowercased(), name.lowercased())
            if distance <= limit, distance < (best?.distance ?? .max) { best = (name, distance) }
        }
        return best?.name
    }

    /// Edits between two texts: insert, delete, replace or swap neighbours, each counting one (optimal string alignment).
    package static func editDistance(_ left: String, _ right: String) -> Int {
        let a = Array(left), b = Array(right)
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var before: [Int] = []
        var previous = Array(0...b.count)
        for i in 1...a.count {
            var current = [i]
            current.reserveCapacity(b.count + 1)
            for j in 1...b.count {
                var cost = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, before[j - 2] + 1) }
                current.append(cost)
            }
            before = previous
            previous = current
        }
        return previous[b.count]
    }
}
