/// Whose numbers a `kill` gets from programs that list processes, and from files that hold a process's number.
enum ProcessLists {
    static let listers: Set<String> = ["pgrep", "pidof", "ps", "cat", "head", "ls"]
    static let choosers: Set<String> = ["grep", "egrep", "fgrep", "awk", "gawk", "mawk", "sed", "head", "tail"]
    /// How many of such calls are kept for what comes later.
    static let most = 64

    /// Whether a call may say which processes a later `kill` hits.
    static func isOne(_ call: Call, isCaptured: Bool) -> Bool {
        choosers.contains(call.program) && call.program != "head" || isCaptured && listers.contains(call.program)
    }

    /// Signals to the processes that these calls list.
    static func signals(of calls: [Call]) -> [Effect] {
        let choosing = calls.filter { choosers.contains($0.program) && !isInverse($0) }
        return calls.flatMap { call -> [Effect] in
            switch call.program {
            case "pgrep":
                var same = call
                same.setPath("pkill")
                same.arguments.removeAll { ["-l", "-a", "-c", "-d"].contains($0.known ?? "") }
                return signals(in: Programs.effects(of: same).effects)
            case "pidof": return call.operands.map { .signal(what: $0.value, isMass: false) }
            case "ps": return listed(by: call, choosing)
            case "ls": return call.operands.contains { ["/proc", "/proc/"].contains($0.known ?? "") } ? [.signal(what: Value("all in /proc"), isMass: true)] : []
            case "cat", "head": return call.arguments.compactMap { named($0.value) }
            default: return []
            }
        }
    }

    /// The program that a file with a process's number belongs to.
    static func named(_ file: Value) -> Effect? {
        guard let path = file.known, path.hasSuffix(".pid") else { return nil }
        return .signal(what: Value(String(LexicalPath.name(path).dropLast(4))), isMass: false)
    }

    private static func signals(in effects: [Effect]) -> [Effect] {
        effects.filter { if case .signal = $0 { true } else { false } }
    }

    private static func isInverse(_ call: Call) -> Bool {
        if ["awk", "gawk", "mawk"].contains(call.program) { return !call.arguments.contains { argument in ["/", "~", "=="].contains { argument.known?.contains($0) ?? true } } }
        return call.program.hasSuffix("grep") && call.arguments.contains { $0.known?.hasPrefix("-v") ?? false }
    }

    private static func listed(by call: Call, _ choosing: [Call]) -> [Effect] {
        let words = call.arguments.map { $0.known ?? "?" }
        if let at = words.firstIndex(of: "-C"), at + 1 < words.count { return words[at + 1].split(separator: ",").map { .signal(what: Value(String($0)), isMass: false) } }
        if words.contains(where: { ["-p", "--pid", "-q", "--ppid", "-t", "?"].contains($0) || $0.hasPrefix("--pid") || $0.hasPrefix("--ppid") }) { return [] }
        if choosing.isEmpty { return [.signal(what: Value("all that ps lists"), isMass: true)] }
        return choosing.flatMap { chooser -> [Effect] in
            guard let pattern = chooser.operands.first?.known else { return [] }
            if chooser.program.hasSuffix("grep") { return [.signal(what: Value(pattern.filter { !"[]".contains($0) }), isMass: false)] }
            let parts = pattern.split(separator: "/", omittingEmptySubsequences: false)
            return parts.count > 2 ? [.signal(what: Value(parts[1].filter { !"[]".contains($0) }), isMass: false)] : []
        }
    }
}
