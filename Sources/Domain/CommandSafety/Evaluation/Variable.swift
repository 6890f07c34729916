/// A variable of the shell.
struct Variable: Sendable, Equatable {
    struct Element: Sendable, Equatable {
        var key: String
        var value: Value
    }
    /// Its text; of an array the first element.
    var value: Value
    /// Of an array: its elements in order.
    var elements: [Element]?
    /// There may be more elements than are known.
    var hasMore = false
    var isExported = false
    var isInteger = false
    var isAssociative = false
    /// `declare -n`: it names another.
    var isReference = false
    /// `-l` or `-u`.
    var letterCase: Character?
    /// It holds what this program fetched from the network.
    var fetchedBy: String?

    init(_ value: Value) { self.value = value }

    init(elements: [Element], hasMore: Bool = false) {
        self.elements = elements
        self.hasMore = hasMore
        value = elements.first?.value ?? (hasMore ? .unset : .empty)
    }

    /// What it may be where two ways meet.
    func joined(_ other: Variable) -> Variable {
        if self == other { return self }
        var joined = self
        joined.value = value.union(other.value)
        joined.isExported = isExported || other.isExported
        joined.fetchedBy = fetchedBy ?? other.fetchedBy
        guard elements != nil || other.elements != nil else { return joined }
        let mine = elements ?? [Element(key: "0", value: value)], theirs = other.elements ?? [Element(key: "0", value: other.value)]
        joined.hasMore = hasMore || other.hasMore
        joined.elements = mine.map { element in
            Element(key: element.key, value: theirs.first { $0.key == element.key }.map { element.value.union($0.value) } ?? element.value.union(.empty))
        }
        for element in theirs where !mine.contains(where: { $0.key == element.key }) {
            joined.elements?.append(Element(key: element.key, value: element.value.union(.empty)))
            if element.value.isEmptyText { joined.hasMore = true }
        }
        return joined
    }

    func widened(to other: Variable) -> Variable {
        if self == other { return self }
        var widened = joined(other)
        widened.value = value.widened(to: other.value)
        if let elements = widened.elements, elements.count != self.elements?.count { widened.hasMore = true }
        return widened
    }
}

/// `$1`, `$2`, ….
struct Positional: Sendable, Equatable {
    var values: [Value] = []
    /// There may be more than are known.
    var hasMore = false
    /// `$0`.
    var name: Value = Value("bash")

    subscript(number: Int) -> Value {
        if number == 0 { return name }
        if number <= values.count { return values[number - 1] }
        return hasMore ? .unset : .empty
    }

    func joined(_ other: Positional) -> Positional {
        if self == other { return self }
        var joined = Positional(name: name.union(other.name))
        joined.hasMore = hasMore || other.hasMore || values.count != other.values.count
        let count = max(values.count, other.values.count)
        joined.values = (1...max(1, count)).prefix(count).map { self[$0].union(other[$0]) }
        return joined
    }

    /// Arguments that may become several words move all behind them.
    init(_ arguments: [Argument], name: Value) {
        self.name = name
        values = arguments.map(\.value)
        if let first = arguments.firstIndex(where: \.maySplit) {
            hasMore = true
            for index in first..<values.count { values[index] = values[first...].reduce(Value.unset) { $0.union($1) } }
        }
    }

    init(values: [Value] = [], hasMore: Bool = false, name: Value = Value("bash")) {
        self.values = values
        self.hasMore = hasMore
        self.name = name
    }
}
