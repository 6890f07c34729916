import ShellSyntax

/// What `[ -n "$X" ]` or `[ -z "$X" ]` says of a variable.
struct Narrowing: Sendable {
    var name: String
    /// The test succeeds when it is empty.
    var isEmpty: Bool

    /// Reads the words of a test; nil if it is another one.
    init?(_ words: [Word]) {
        guard let first = words.first?.literal, first == "[" || first == "test" else { return nil }
        self.init(inside: first == "test" ? words.dropFirst() : words.dropFirst().dropLast())
    }

    /// What stands between `[[` and `]]`.
    init?(inside inner: ArraySlice<Word>) {
        guard let last = inner.last, let name = Self.variable(last) else { return nil }
        self.name = name
        switch inner.count {
        case 1: isEmpty = false
        case 2:
            guard let sign = inner.first?.literal, sign == "-n" || sign == "-z" else { return nil }
            isEmpty = sign == "-z"
        default: return nil
        }
    }

    /// The name in `"$X"`, and in `$X` where it is one word all the same.
    private static func variable(_ word: Word) -> String? {
        guard word.parts.count == 1 else { return nil }
        switch word.parts[0] {
        case .parameter(let parameter): return plain(parameter)
        case .doubleQuoted(let inner):
            guard inner.count == 1, case .parameter(let parameter) = inner[0] else { return nil }
            return plain(parameter)
        default: return nil
        }
    }

    private static func plain(_ parameter: ParameterExpansion) -> String? {
        guard parameter.subscripted == nil, !parameter.isIndirect, !parameter.isLength else { return nil }
        switch parameter.operation {
        case nil: return parameter.name
        case .useDefault(let word, _)?: return word.parts.isEmpty ? parameter.name : nil
        default: return nil
        }
    }

    func apply(to state: inout ShellState, isNegated: Bool) {
        let becomesEmpty = isEmpty != isNegated
        func narrowed(_ value: Value) -> Value { becomesEmpty ? value.mayBeEmpty ? .empty : value : value.withoutEmpty ?? value }
        if let number = Int(name) {
            guard number > 0, number <= state.positional.values.count + (state.positional.hasMore ? 1 : 0) else { return }
            let value = narrowed(state.positional[number])
            if number <= state.positional.values.count { state.positional.values[number - 1] = value } else if !becomesEmpty { state.positional.values.append(value) }
            return
        }
        guard let variable = state.variables[name] ?? (Environment.value(of: name) == nil ? Variable(.unset) : nil), variable.elements == nil, !variable.isReference else { return }
        state.variables[name] = variable
        state.variables[name]?.value = narrowed(variable.value)
    }
}
