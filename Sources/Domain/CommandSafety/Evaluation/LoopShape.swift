import ShellSyntax

/// What can be told of a loop from its text.
enum LoopShape {
    /// `while true`, `while :`, `while [ 1 ]`, `until false`.
    static func isConstant(_ condition: CommandList, isUntil: Bool) -> Bool {
        guard let command = condition.items.last?.first.commands.last, condition.items.last?.rest.isEmpty == true else { return false }
        let isNegated = condition.items.last?.first.isNegated == true
        switch command.form {
        case .simple(let simple):
            let words = simple.words.map(\.literal)
            if isNegated != isUntil { return words == ["false"] }
            return words == ["true"] || words == [":"] || words == ["/bin/true"] || words.first == "[" && words.count == 3 && words[1]?.isEmpty == false
                || words.first == "test" && words.count == 2
        case .arithmetic(let word): return isUntil == isNegated && isTrue(word)
        case .test(let words): return isUntil == isNegated && words.count == 3 && words[1].literal?.isEmpty == false
        default: return false
        }
    }

    static func isTrue(_ word: Word) -> Bool { word.literal.flatMap { Int($0.trimmed) }.map { $0 != 0 } ?? false }

    static func reads(_ condition: CommandList) -> Bool {
        guard let command = condition.items.last?.first.commands.last, case .simple(let simple) = command.form else { return false }
        return simple.words.first?.literal == "read"
    }

    /// It holds a `break`, `exit` or `return`.
    static func leaves(_ list: CommandList) -> Bool { calls(list, ["break", "exit", "return", "exec"]) }

    /// It waits for something in each turn.
    static func pauses(_ list: CommandList) -> Bool { calls(list, ["sleep", "wait", "read", "inotifywait", "usleep", "flock"]) }

    private static func calls(_ list: CommandList, _ names: Set<String>) -> Bool {
        list.items.contains { item in
            !item.isBackground && ([item.first] + item.rest.map(\.pipeline)).contains { $0.commands.contains { calls($0, names) } }
        }
    }

    private static func calls(_ command: Command, _ names: Set<String>) -> Bool {
        switch command.form {
        case .simple(let simple): simple.words.first?.literal.map(names.contains) ?? false
        case .subshell, .function, .arithmetic, .test, .coprocess: false
        case .group(let list): calls(list, names)
        case .conditional(let branches, let otherwise):
            branches.contains { calls($0.condition, names) || calls($0.body, names) } || otherwise.map { calls($0, names) } ?? false
        case .loop(_, let body, _), .forEach(_, _, let body), .arithmeticFor(_, let body): calls(body, names)
        case .choice(_, let cases): cases.contains { calls($0.body, names) }
        }
    }
}
