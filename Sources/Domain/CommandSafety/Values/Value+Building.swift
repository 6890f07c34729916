extension Value {
    static let empty = Value("")
    /// A variable that the script does not set: nothing, or whatever.
    static let unset = Value([.empty, .unknown])

    var hasUnknown: Bool { texts.contains(where: \.hasUnknown) }
    var mayBeEmpty: Bool { texts.contains(where: \.isEmpty) }
    var isEmptyText: Bool { texts.count == 1 && texts[0].isEmpty }

    /// Of these readings; too many are widened to what they have in common.
    static func of(_ texts: [Text]) -> Value {
        if texts.count <= limit { return Value(texts) }
        var seen: Set<Text> = []
        let different = texts.filter { seen.insert($0).inserted }
        return different.count <= limit ? Value(different) : Value([common(different)])
    }

    /// What all have in common: their beginning, and whether the rest is a plain name.
    static func common(_ texts: [Text]) -> Text {
        guard let first = texts.first else { return .unknown }
        if texts.allSatisfy(\.isPlainName) { return .name }
        var prefix = Array(first.prefix.utf8)
        for text in texts.dropFirst() {
            let length = zip(prefix, text.prefix.utf8).prefix { $0 == $1 }.count
            prefix.removeLast(prefix.count - length)
        }
        // Not inside a component: what follows a slash may be a plain name, what follows half a name may be `..`.
        while let last = prefix.last, last != UInt8(ascii: "/") { prefix.removeLast() }
        let rests = texts.map { $0.dropping(bytes: prefix.count) }
        var text = Text(String(decoding: prefix, as: UTF8.self))
        text.append(rests.allSatisfy(\.isPlainName) ? Text.name : Text.unknown)
        return text
    }

    func union(_ other: Value) -> Value {
        if self == other { return self }
        return .of(texts + other.texts)
    }

    func map(_ change: (Text) -> Text) -> Value { .of(texts.map(change)) }
    func flatMap(_ change: (Text) -> [Text]) -> Value { .of(texts.flatMap(change)) }

    /// One behind the other, in all ways.
    func appending(_ other: Value) -> Value {
        if other.isEmptyText { return self }
        if isEmptyText { return other }
        if texts.count == 1, other.texts.count == 1 { return Value([texts[0].appending(other.texts[0])]) }
        return .of(texts.flatMap { left in other.texts.map { left.appending($0) } })
    }

    static func joined(_ values: some Sequence<Value>, by separator: String) -> Value {
        var joined = Value.empty, isFirst = true
        for value in values {
            if !isFirst { joined.append(Value(separator)) }
            joined.append(value)
            isFirst = false
        }
        return joined
    }

    /// It grows or changes from one turn of a loop to the next: what it may become.
    func widened(to other: Value) -> Value {
        if self == other { return self }
        return .of(texts + [Self.common(texts.filter { !$0.isEmpty } + other.texts.filter { !$0.isEmpty })] + other.texts)
    }

    var shown: String { texts.map(\.shown).joined(separator: " or ") }
}
