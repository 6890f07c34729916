import ShellSyntax

extension ParameterExpansion.Operation {
    /// It takes a text apart.
    var cuts: Bool {
        switch self {
        case .removePrefix, .removeSuffix, .replace, .substring, .changeCase, .transform: true
        case .useDefault, .assignDefault, .fail, .alternative, .namesWithPrefix: false
        }
    }
}

extension ParameterExpansion {
    /// `$@`, `${a[@]}`, `${!prefix@}`: in quotes it may give no word at all.
    var isList: Bool {
        if isLength { return false }
        if name == "@", !isIndirect { return true }
        if case .all(let isStar)? = subscripted { return !isStar }
        if case .namesWithPrefix? = operation { return true }
        return false
    }
}

extension Evaluator {
    /// What a parameter holds.
    private enum Held {
        case one(Value)
        case list([Value], hasMore: Bool, isStar: Bool)
    }

    mutating func expandParameter(_ parameter: ParameterExpansion, isQuoted: Bool, _ mode: ExpansionMode) -> [[Segment]] {
        let held = hold(parameter)
        if parameter.isLength { return [[.value(length(held))]] }
        switch held {
        case .one(let value): return operate(parameter, on: value, isQuoted: isQuoted, mode)
        case .list(let values, let hasMore, let isStar): return operate(parameter, on: values, hasMore, isStar: isStar, isQuoted: isQuoted, mode)
        }
    }

    private func length(_ held: Held) -> Value {
        switch held {
        case .one(let value): value.map { $0.known.map { Text(String($0.scalarCount)) } ?? .name }
        case .list(let values, let hasMore, _): hasMore || values.contains(where: Self.mayBeAbsent) ? .name : Value(String(values.count))
        }
    }

    // MARK: What it holds

    private mutating func hold(_ parameter: ParameterExpansion) -> Held {
        if case .namesWithPrefix? = parameter.operation {
            let names = state.variables.keys.filter { $0.hasPrefix(parameter.name) }.sorted()
            return .list(names.map { Value($0) }, hasMore: true, isStar: false)
        }
        if parameter.isIndirect {
            if case .all(let isStar)? = parameter.subscripted {
                let variable = variable(parameter.name)
                let elements = variable?.elements ?? []
                let mayVary = variable?.hasMore ?? true || elements.contains { Self.mayBeAbsent($0.value) }
                return .list(elements.map { Value($0.key) }, hasMore: mayVary, isStar: isStar)
            }
            let names = expandPlain(parameter.name, parameter.subscripted)
            guard let known = names.allKnown else { return .one(.unset) }
            if known.count == 1, let held = namedList(known[0]) { return held }
            return .one(known.reduce(nil as Value?) { value, name in value.map { $0.union(named(name)) } ?? named(name) } ?? .unset)
        }
        switch parameter.name {
        case "@", "*": return .list(state.positional.values, hasMore: state.positional.hasMore, isStar: parameter.name == "*")
        default: break
        }
        if case .all(let isStar)? = parameter.subscripted {
            guard let variable = variable(parameter.name) else { return .list([], hasMore: true, isStar: isStar) }
            noteFetched(variable)
            return .list(variable.elements?.map(\.value) ?? [variable.value], hasMore: variable.hasMore, isStar: isStar)
        }
        let value = expandPlain(parameter.name, parameter.subscripted)
        if state.failsOnUnset, value == .unset, parameter.operation == nil, !parameter.isLength { return .one(.unknown) }
        return .one(value)
    }

    private mutating func noteFetched(_ variable: Variable) {
        if let fetchedBy = variable.fetchedBy { taint = fetchedBy }
    }

    func variable(_ name: String) -> Variable? {
        var name = name
        for _ in 0..<8 {
            guard let variable = state.variables[name] else { return nil }
            guard variable.isReference, let target = variable.value.known else { return variable }
            name = target
        }
        return nil
    }

    private mutating func expandPlain(_ name: String, _ subscripted: ParameterExpansion.Subscript?) -> Value {
        if let number = Int(name) { return state.positional[number] }
        switch name {
        case "#": return state.positional.hasMore ? .name : Value(String(state.positional.values.count))
        case "_": return state.lastArgument
        case "PWD": return state.variables[name]?.value ?? .of(state.directories.flatMap(\.texts))
        case "OLDPWD": return state.variables[name]?.value ?? .of(state.previousDirectories.flatMap(\.texts))
        default: break
        }
        guard let variable = variable(name) else {
            if case .index(let word)? = subscripted { _ = arithmetic(word) }
            return Environment.value(of: name) ?? .unset
        }
        noteFetched(variable)
        guard case .index(let word)? = subscripted else { return variable.value }
        let key = variable.isAssociative ? expandToValue(word) : arithmetic(word)
        guard let elements = variable.elements else { return key.known == "0" ? variable.value : .unset }
        guard let known = key.known else {
            return elements.reduce(variable.hasMore ? Value.unset : .empty) { $0.union($1.value) }
        }
        if let number = Int(known), number < 0, !variable.isAssociative {
            return elements.count + number >= 0 ? elements[elements.count + number].value : variable.hasMore ? .unset : .empty
        }
        if variable.hasMore, !variable.isAssociative, let place = elements.firstIndex(where: { $0.key == known }) {
            // One before it may be no element at all, or several.
            return elements[place...].reduce(Value.unset) { $0.union($1.value) }
        }
        return elements.first { $0.key == known }?.value ?? (variable.hasMore ? .unset : .empty)
    }

    /// `${!x}` where x holds `name[@]` or `@`.
    private func namedList(_ text: String) -> Held? {
        if text == "@" || text == "*" { return .list(state.positional.values, hasMore: state.positional.hasMore, isStar: text == "*") }
        guard text.hasSuffix("[@]") || text.hasSuffix("[*]") else { return nil }
        let variable = variable(String(text.dropLast(3)))
        return .list(variable.map { $0.elements?.map(\.value) ?? [$0.value] } ?? [], hasMore: variable?.hasMore ?? true, isStar: text.hasSuffix("[*]"))
    }

    /// `${!x}` that stands for a list: in quotes it may give no word at all.
    func namesList(_ parameter: ParameterExpansion) -> Bool {
        guard parameter.isIndirect, !parameter.isLength, parameter.subscripted == nil, let name = state.variables[parameter.name]?.value.known else { return false }
        return name == "@" || name.hasSuffix("[@]")
    }

    /// `${!x}` where x holds `name`, `name[1]`, `name[@]` or a number.
    private mutating func named(_ text: String) -> Value {
        guard let open = text.firstIndex(of: "["), text.hasSuffix("]") else {
            if text == "@" || text == "*" { return .joined(state.positional.values, by: " ") }
            return expandPlain(text, nil)
        }
        guard let variable = variable(String(text[..<open])) else { return .unset }
        noteFetched(variable)
        let key = text[text.index(after: open)...].dropLast()
        if key == "@" || key == "*" { return .joined((variable.elements ?? []).map(\.value), by: " ") }
        return variable.elements?.first { $0.key == key }?.value ?? variable.elements?.reduce(Value.unset) { $0.union($1.value) } ?? .unset
    }

    /// The value of a variable by its name, as the script reads it.
    mutating func value(of name: String) -> Value { expandPlain(name, nil) }

    // MARK: Operations

    private mutating func operate(_ parameter: ParameterExpansion, on given: Value, isQuoted: Bool, _ mode: ExpansionMode) -> [[Segment]] {
        let value = parameter.operation?.cuts == true ? given.map(\.withoutPlaceholders) : given
        let isMaybeUnset = value.mayBeEmpty || value.texts.contains(.unknown)
        if parameter.operation != nil { charge(value) }
        switch parameter.operation {
        case nil, .namesWithPrefix?: return split(value, isQuoted: isQuoted, mode)
        case .useDefault(let word, let colon)?:
            let other = expandOperand(word, isQuoted: isQuoted, mode)
            return chosen(value, other, isMaybeUnset, colon, isQuoted: isQuoted, mode)
        case .assignDefault(let word, let colon)?:
            let other = expandToValue(word)
            guard isMaybeUnset else { return split(value, isQuoted: isQuoted, mode) }
            let result = (colon ? value.withoutEmpty : value)?.union(other) ?? other
            assign(parameter.name, result)
            return split(result, isQuoted: isQuoted, mode)
        case .fail(let word, let colon)?:
            _ = expandToValue(word)
            return split(colon ? value.withoutEmpty ?? .unknown : value, isQuoted: isQuoted, mode)
        case .alternative(let word, let colon)?:
            let other = expandOperand(word, isQuoted: isQuoted, mode)
            // An empty text may be set all the same.
            return (isMaybeUnset ? [[]] : []) + (value.isEmptyText && colon ? [] : other)
        case .removePrefix(let word, let longest)?:
            guard let pattern = expandToPattern(word) else { return split(value.map { $0.isEmpty ? $0 : .unknown }, isQuoted: isQuoted, mode) }
            guard charge(pattern, on: value, parameter.span) else { return [[.value(.unknown)]] }
            return split(value.flatMap { TextEdit.removingPrefix(pattern, longest: longest, from: $0) }, isQuoted: isQuoted, mode)
        case .removeSuffix(let word, let longest)?:
            guard let pattern = expandToPattern(word) else { return split(value.map { $0.isEmpty ? $0 : .unknown }, isQuoted: isQuoted, mode) }
            guard charge(pattern, on: value, parameter.span) else { return [[.value(.unknown)]] }
            return split(value.flatMap { TextEdit.removingSuffix(pattern, longest: longest, from: $0) }, isQuoted: isQuoted, mode)
        case .replace(let word, let with, let place)?:
            let pattern = expandToPattern(word), replacement = expandToValue(with)
            if let pattern, !charge(pattern, on: value, isTriedEverywhere: pattern.contains("*"), parameter.span) { return [[.value(.unknown)]] }
            return split(TextEdit.replacing(pattern, with: replacement, place, in: value), isQuoted: isQuoted, mode)
        case .substring(let offset, let length)?:
            let from = arithmetic(offset).known.flatMap(Int.init), count = length.map { arithmetic($0).known.flatMap(Int.init) }
            return split(value.map { TextEdit.substring($0, from, count) }, isQuoted: isQuoted, mode)
        case .changeCase(let sign, let word)?:
            let pattern = expandToPattern(word)
            return split(value.map { TextEdit.changingCase(sign, pattern, $0) }, isQuoted: isQuoted, mode)
        case .transform(let letter)?: return split(transformed(value, letter, parameter.span), isQuoted: isQuoted, mode)
        }
    }

    /// `${X:-word}`: the value where it is set, the word where it is not.
    private func chosen(_ value: Value, _ other: [[Segment]], _ isMaybeUnset: Bool, _ colon: Bool, isQuoted: Bool, _ mode: ExpansionMode) -> [[Segment]] {
        guard isMaybeUnset else { return split(value, isQuoted: isQuoted, mode) }
        guard let set = colon ? value.withoutEmpty : value else { return other }
        let mine = split(set, isQuoted: isQuoted, mode)
        if isQuoted || mode == .text, mine.count == 1, other.count == 1, case .value(let left)? = mine[0].first, mine[0].count == 1,
            case .value(let right)? = other[0].last, other[0].dropLast().allSatisfy({ $0 == .begin })
        {
            return [[.value(left.union(right))]]
        }
        return mine + other
    }

    private mutating func transformed(_ value: Value, _ letter: Character, _ span: Span) -> Value {
        switch letter {
        case "U": return value.map { TextEdit.changingCase("^^", nil, $0) }
        case "L": return value.map { TextEdit.changingCase(",,", nil, $0) }
        case "u": return value.map { TextEdit.changingCase("^", nil, $0) }
        case "Q": return value.flatMap { $0.known.map { ($0.isEmpty ? [.empty] : []) + [Text(TextEdit.quoted($0))] } ?? [.unknown] }
        case "E": return value.map { $0.known.map { Text(Escapes.resolved($0, octalNeedsZero: false)) } ?? .unknown }
        case "P":
            // A prompt: what it holds of $(…) is run.
            for text in value.texts where text.known.map({ $0.contains("$") || $0.contains("`") }) ?? true { observe(.runUnknown(source: "${…@P}"), span) }
            return .unknown
        default: return .unknown
        }
    }

    private mutating func operate(
        _ parameter: ParameterExpansion, on values: [Value], _ hasMore: Bool, isStar: Bool, isQuoted: Bool, _ mode: ExpansionMode
    ) -> [[Segment]] {
        var values = values
        switch parameter.operation {
        case .useDefault(let word, let colon)?, .assignDefault(let word, let colon)?:
            let other = expandOperand(word, isQuoted: isQuoted, mode)
            if colon, !values.isEmpty, values.allSatisfy(\.mayBeEmpty) { return Self.begun(other, isQuoted) + segments(values, hasMore, isStar: isStar, isQuoted: isQuoted, mode) }
            if values.isEmpty { return Self.begun(other, isQuoted) + (hasMore ? [[.value(.unknown), .soft]] : []) }
        case .alternative(let word, let colon)?:
            let other = expandOperand(word, isQuoted: isQuoted, mode)
            let none: [[Segment]] = isQuoted ? [[], [.begin]] : [[]]
            if colon, !values.isEmpty, values.allSatisfy(\.mayBeEmpty) { return none + Self.begun(other, isQuoted) }
            return values.isEmpty ? hasMore ? none + Self.begun(other, isQuoted) : none : Self.begun(other, isQuoted)
        case .substring(let offset, let length)?:
            let from = arithmetic(offset).known.flatMap(Int.init), count = length.map { arithmetic($0).known.flatMap(Int.init) }
            let isPositional = parameter.name == "@" || parameter.name == "*"
            if !isPositional, let from, count != .some(nil), let rest = elements(of: parameter.name, from: from) {
                values = Array(rest.prefix(max(0, (count ?? nil) ?? rest.count)))
                break
            }
            let all = isPositional ? [state.positional.name] + values : values
            if let from, from < 0, !hasMore, count != .some(nil) {
                let start = all.count + from
                values = start < 0 ? [] : Array(all[start..<start + min(all.count - start, max(0, (count ?? nil) ?? all.count))])
                break
            }
            guard let from, from >= 0, count != .some(nil) else {
                if isPositional { values = all }
                values = values.isEmpty ? [] : [values.reduce(.unset) { $0.union($1) }]
                return segments(values, true, isStar: isStar, isQuoted: isQuoted, mode)
            }
            let start = min(from, all.count)
            values = Array(all[start..<start + min(all.count - start, max(0, (count ?? nil) ?? all.count))])
        case nil, .namesWithPrefix?: break
        default:
            // The operation on each element.
            let readings = values.map { value in
                operate(parameter, on: value, isQuoted: true, .text).map { segments in
                    segments.reduce(Value.empty) { joined, segment in if case .value(let value) = segment { joined.appending(value) } else { joined } }
                }
            }
            values = readings.map { $0.dropFirst().reduce($0.first ?? .empty) { $0.union($1) } }
        }
        return segments(values, hasMore, isStar: isStar, isQuoted: isQuoted, mode)
    }

    private static func begun(_ readings: [[Segment]], _ isQuoted: Bool) -> [[Segment]] { isQuoted ? readings.map { [.begin] + $0 } : readings }

    /// The elements of an array from a subscript on; nil: it has no gaps, and its elements may be counted.
    private func elements(of name: String, from: Int) -> [Value]? {
        guard let variable = variable(name), !variable.isAssociative, !variable.hasMore, let elements = variable.elements else { return nil }
        let keys = elements.compactMap { Int($0.key) }
        guard keys.count == elements.count, let last = keys.max(), keys != Array(0..<keys.count) else { return nil }
        let start = from < 0 ? last &+ 1 &+ from : from
        return start < 0 ? [] : elements.filter { (Int($0.key) ?? 0) >= start }.sorted { (Int($0.key) ?? 0) < (Int($1.key) ?? 0) }.map(\.value)
    }

    /// Where ways meet that set arrays of different lengths, an element that only one of them has may be empty.
    private static func mayBeAbsent(_ element: Value) -> Bool { element.texts.count > 1 && element.texts.contains(.empty) }

    private func segments(_ values: [Value], _ hasMore: Bool, isStar: Bool, isQuoted: Bool, _ mode: ExpansionMode) -> [[Segment]] {
        if isStar && isQuoted || mode == .text {
            let first = state.variables["IFS"]?.value.known.map { String($0.unicodeScalars.prefix(1)) } ?? " "
            // Between quotes the elements of `@` stand apart by spaces; outside, now and then, as those of `*` do.
            let separators = isStar ? Value(first) : isQuoted ? Value(" ") : Value(" ").union(Value(first))
            let joined = values.dropFirst().reduce(values.first ?? .empty) { joined, value in
                let longer = joined.appending(separators).appending(value)
                return Self.mayBeAbsent(value) ? joined.union(longer) : longer
            }
            // Where there may be more, there may be less too.
            return [[.value(hasMore ? joined.appending(.unknown).union(.unknown) : joined)]]
        }
        var readings: [[Segment]] = [[]]
        // An empty element stays a word where what separates the elements is no blank.
        let keepsEmpty = !isQuoted && state.variables["IFS"]?.value.known?.unicodeScalars.first.map { !" \t\n".unicodeScalars.contains($0) } ?? false
        for (index, value) in values.enumerated() {
            if keepsEmpty, value.isEmptyText, index < values.count - 1 {
                for reading in readings.indices { readings[reading] += (index > 0 ? [.split] : []) + [.begin] }
                continue
            }
            let more = isQuoted ? [[Segment.begin, .value(value)] + (hasMore || Self.mayBeAbsent(value) ? [.soft] : [])] : split(value, isQuoted: false, mode).map { hasMore ? $0 + [.soft] : $0 }
            if keepsEmpty { for reading in readings.indices where readings[reading].last == .split { readings[reading].append(.begin) } }
            let gap: [Segment] = index > 0 ? [.split] : []
            if more.count == 1 {
                for index in readings.indices { readings[index] += gap + more[0] }
                continue
            }
            readings = readings.flatMap { reading in more.map { reading + gap + $0 } }
            if readings.count > limits.readings { readings = [[.value(.unknown), .soft]] }
        }
        if hasMore { for index in readings.indices { readings[index] += (values.isEmpty ? [] : [.split]) + [.value(.unset), .soft] } }
        return readings
    }
}

extension Value {
    /// Without the empty reading; nil if there is no other.
    var withoutEmpty: Value? {
        let kept = texts.filter { !$0.isEmpty }
        return kept.isEmpty ? nil : Value(kept)
    }
}
