/// How sure it is that something holds.
enum Certainty: Int, Comparable {
    case no
    /// The text does not tell.
    case maybe
    case yes
    static func < (left: Certainty, right: Certainty) -> Bool { left.rawValue < right.rawValue }
    init(_ holds: Bool) { self = holds ? .yes : .no }
}

extension PathCondition {
    /// Whether it holds for a path.
    ///
    /// - Parameters:
    ///   - reachesBelow: what is done to the path is done to all below it.
    ///   - isStrict: the rule forbids: what reaches a path from above counts too, and so does what a pattern may name.
    func holds(for path: ResolvedPath, reachesBelow: Bool, isStrict: Bool) -> Certainty {
        switch path.form {
        case .unknown: .maybe
        case .known(let known): Certainty(holds(forKnown: known, isContents: path.isContents, reachesBelow: reachesBelow && isStrict))
        case .pattern(let pattern): holds(for: pattern, reachesBelow: (reachesBelow || path.isContents) && isStrict, isStrict: isStrict)
        }
    }

    private func holds(forKnown known: String, isContents: Bool, reachesBelow: Bool) -> Bool {
        switch relation {
        case .exact: !isContents && known == path
        case .under: isContents && known == path || Self.isBelow(known, path) || known == path || (reachesBelow || isContents) && Self.isBelow(path, known)
        case .covers: known == path && !isContents || Self.isBelow(path, known)
        case .glob: Glob.matches(path, isContents ? Self.child(of: known) : known) || reachesBelow && Self.isBelow(literalStart, known)
        }
    }

    private func holds(for pattern: PathPattern, reachesBelow: Bool, isStrict: Bool) -> Certainty {
        // What a pattern may name on some host counts as named where a rule forbids.
        let ifPossible: Certainty = isStrict && !pattern.hasUnknown ? .yes : .maybe
        let start = String(decoding: pattern.start, as: UTF8.self)
        switch relation {
        case .exact: return pattern.matches(path) ? ifPossible : .no
        case .under:
            // An unknown part may hold `..`.
            if Self.isBelow(start, path), isStrict || !pattern.tokens.contains(.unknown) { return .yes }
            if pattern.matches(path) || pattern.mayBeBelow(path) { return ifPossible }
            return reachesBelow && Self.above(path).contains { pattern.matches($0) } ? ifPossible : .no
        case .covers: return (Self.above(path) + [path]).contains { pattern.matches($0) } ? ifPossible : .no
        case .glob:
            let mine = literalStart
            return mine.hasPrefix(start) || start.hasPrefix(mine) ? .maybe : .no
        }
    }

    /// What a pattern surely begins with.
    private var literalStart: String { relation == .glob ? String(path.prefix { !"*?[\\".contains($0) }) : path }

    private static func child(of directory: String) -> String { directory == "/" ? "/x" : directory + "/x" }

    /// Whether the first lies below the second.
    private static func isBelow(_ path: String, _ directory: String) -> Bool { directory == "/" ? path.count > 1 && path.hasPrefix("/") : path.hasPrefix(directory + "/") }

    /// The directories above a path, `/` too.
    private static func above(_ path: String) -> [String] {
        var found = path == "/" ? [] : ["/"]
        var place = ""
        for part in path.split(separator: "/").dropLast() {
            place += "/" + part
            found.append(place)
        }
        return found
    }
}

extension PathPattern {
    func matches(_ path: String) -> Bool { matches(Array(path.utf8)) }
    /// Whether it may be something below a directory, which is given without a slash behind.
    func mayBeBelow(_ directory: String) -> Bool { mayBeBelow(Array((directory == "/" ? "/" : directory + "/").utf8)) }
}
