import ShellSyntax

/// What the script has done to the host so far, as far as it matters for what comes later. All its shells share it.
struct World: Sendable {
    enum Content: Sendable, Equatable {
        case text(Value)
        case fetched(by: String)
        /// The same as a file of the host.
        case copy(of: String)
        case unknown
    }
    /// By absolute path.
    var files: [String: Content] = [:]
    /// What `<(…)` gives, by its path.
    var processes: [String: PipeInput] = [:]
    /// What `>(…)` does, by its path.
    var sinks: [String: CommandList] = [:]
    /// Calls that list processes, or choose among them.
    var processLists: [Call] = []
    /// Links: from where, to where.
    var links: [String: Value] = [:]
}

/// What commands print.
struct Captured: Sendable {
    var value: Value = .empty
    /// When it is not known: how each line reads.
    var line: Value?
    /// The calls whose output is not known.
    var calls: [Call] = []
    var fetchedBy: String?

    var isKnown: Bool { calls.isEmpty }

    mutating func print(_ text: Value) {
        // What is behind the output of a silent program is at the beginning.
        if !calls.isEmpty, !text.isEmptyText { value = value.flatMap { text in text.withoutUnknownLine.map { [text, $0] } ?? [text] } }
        value = value.appending(text)
    }

    mutating func print(unknownOf call: Call, line: Value? = nil, fetchedBy: String? = nil) {
        self.line = calls.isEmpty && value.isEmptyText ? line : nil
        // What programs print ends with a newline, or is nothing.
        if !value.texts.allSatisfy({ $0.withoutUnknownLine != nil }) { value = value.appending(Value([Text([.unknown, .known("\n")])])) }
        calls.append(call)
        if let fetchedBy { self.fetchedBy = fetchedBy }
    }

    mutating func join(_ other: Captured) {
        value = value.union(other.value)
        line = line == other.line ? line : line.flatMap { mine in other.line.map { mine.union($0) } }
        calls += other.calls.filter { !calls.contains($0) }
        fetchedBy = fetchedBy ?? other.fetchedBy
    }

    var asInput: PipeInput {
        let isPartial = !isKnown && value.texts.contains { $0.pieces.contains { if case .known(let text) = $0 { text != "\n" } else { false } } }
        return PipeInput(input: isKnown ? .text(value) : .calls(calls), line: line, partial: isPartial ? value : nil, fetchedBy: fetchedBy)
    }
}

extension Text {
    /// Nil: it does not end with a line of which nothing is known.
    fileprivate var withoutUnknownLine: Text? {
        guard pieces.count > 1, pieces.last == .known("\n"), pieces[pieces.count - 2] == .unknown else { return nil }
        return Text(Array(pieces.dropLast(2)))
    }
}
