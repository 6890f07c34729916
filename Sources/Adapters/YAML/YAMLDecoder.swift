/// Turns nodes into typed values and collects every problem of a file instead of stopping at the first.
package final class YAMLDecoder {
    package let file: String
    package private(set) var problems: [YAMLProblem] = []
    private var reported: Set<YAMLProblem> = []
    /// Finds what a person may have meant by an unknown key.
    private let nearest: (String, [String]) -> String?

    package init(file: String, nearest: @escaping (String, [String]) -> String?) {
        self.file = file
        self.nearest = nearest
    }

    package func report(_ node: YAMLNode, _ what: String, _ remedy: String) { report(at: node.position, what, remedy) }

    package func report(at position: YAMLPosition?, _ what: String, _ remedy: String) {
        let problem = YAMLProblem(file: file, position: position, what: what, remedy: remedy)
        // A node that an alias repeats, or that is read twice, is wrong once.
        if reported.insert(problem).inserted { problems.append(problem) }
    }

    /// How a place is called in messages: the top of a file has no path.
    fileprivate static func name(_ path: String) -> String { path.isEmpty ? "the file" : path }

    /// Reads a mapping; nil, with a problem, if the node is something else.
    package func mapping(_ node: YAMLNode, _ what: String) -> YAMLMapping? {
        guard case .mapping(let pairs) = node.content else {
            let remedy = what.isEmpty ? "write 'key: value' lines, see the examples in config/" : "write 'key: value' lines below it"
            report(node, "\(Self.name(what)) must be a mapping, not \(node.kind)", remedy)
            return nil
        }
        var first: [String: YAMLPosition] = [:]
        for pair in pairs {
            if let place = first[pair.key] {
                report(at: pair.keyPosition, "key '\(pair.key)' stands here a second time", "the first is in line \(place.line); remove one")
            } else {
                first[pair.key] = pair.keyPosition
            }
        }
        return YAMLMapping(decoder: self, position: node.position, path: what, pairs: pairs)
    }

    package func sequence(_ node: YAMLNode, _ what: String) -> [YAMLNode]? {
        guard case .sequence(let items) = node.content else {
            report(node, "\(what) must be a list, not \(node.kind)", "write '- item' lines below it, or [a, b]")
            return nil
        }
        return items
    }

    /// Any single value as text; numbers as they are written.
    package func string(_ node: YAMLNode, _ what: String) -> String? {
        guard case .scalar(let text, _) = node.content, !node.isNull else {
            report(node, "\(what) must be a text, not \(node.kind)", "write one value, in quotes if it is empty or special")
            return nil
        }
        guard !text.utf8.contains(0) else {
            report(node, "\(what) contains a zero byte", "remove it")
            return nil
        }
        return text
    }

    /// A text that is not empty and fits on one line: names, paths, addresses.
    package func text(_ node: YAMLNode, _ what: String) -> String? {
        guard let text = string(node, what) else { return nil }
        guard !text.isEmpty else {
            report(node, "\(what) is empty", "write a value, or remove the line")
            return nil
        }
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            report(node, "\(what) contains a control character", "remove it")
            return nil
        }
        return text
    }

    package func integer(_ node: YAMLNode, _ what: String, in range: ClosedRange<Int>) -> Int? {
        guard case .scalar(let text, true) = node.content, let value = Int(text) else {
            report(node, "\(what) must be a whole number, not \(node.kind)", "write a number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        guard range.contains(value) else {
            report(node, "\(what) is \(value)", "it must be from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return value
    }

    package func number(_ node: YAMLNode, _ what: String, in range: ClosedRange<Double>) -> Double? {
        guard case .scalar(let text, true) = node.content, let value = Double(text), value.isFinite else {
            report(node, "\(what) must be a number, not \(node.kind)", "write a number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        guard range.contains(value) else {
            report(node, "\(what) is \(text)", "it must be from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return value
    }

    /// `true` or `false`, as in YAML 1.2; `yes` and `on` are texts.
    package func boolean(_ node: YAMLNode, _ what: String) -> Bool? {
        if case .scalar(let text, true) = node.content {
            switch text {
            case "true", "True", "TRUE": return true
            case "false", "False", "FALSE": return false
            default: break
            }
        }
        report(node, "\(what) must be true or false, not \(node.kind)", "write true or false")
        return nil
    }

    package func choice<Value: RawRepresentable & CaseIterable>(_ node: YAMLNode, _ what: String, _: Value.Type) -> Value?
    where Value.RawValue == String {
        guard let text = string(node, what) else { return nil }
        if let value = Value(rawValue: text) { return value }
        let names = Value.allCases.map(\.rawValue)
        let hint = nearest(text, names).map { "did you mean '\($0)'? " } ?? ""
        report(node, "\(what) is '\(text)'", hint + "it must be one of \(names.joined(separator: ", "))")
        return nil
    }

    fileprivate func unknown(_ pair: YAMLNode.Pair, in path: String, known: [String]) {
        let remedy: String
        if pair.key == "<<" {
            remedy = "merge keys are not read: write the keys out"
        } else {
            remedy = nearest(pair.key, known).map { "did you mean '\($0)'?" } ?? "known here: \(known.joined(separator: ", "))"
        }
        report(at: pair.keyPosition, "unknown key '\(pair.key)' in \(Self.name(path))", remedy)
    }
}

/// A mapping that remembers which of its keys were asked for; the others are unknown.
package final class YAMLMapping {
    private let decoder: YAMLDecoder
    package let position: YAMLPosition
    package let path: String
    package let pairs: [YAMLNode.Pair]
    private let values: [String: YAMLNode]
    private var asked: Set<String> = []

    init(decoder: YAMLDecoder, position: YAMLPosition, path: String, pairs: [YAMLNode.Pair]) {
        self.decoder = decoder
        self.position = position
        self.path = path
        self.pairs = pairs
        values = Dictionary(pairs.map { ($0.key, $0.value) }) { first, _ in first }
    }

    private func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// The node of a key; nil if it is not there or empty.
    package func node(_ key: String) -> YAMLNode? {
        asked.insert(key)
        guard let value = values[key], !value.isNull else { return nil }
        return value
    }

    /// The node of a key that must be there.
    package func required(_ key: String) -> YAMLNode? {
        if let node = node(key) { return node }
        decoder.report(at: position, "\(YAMLDecoder.name(path)) has no '\(key)'", "add '\(key):'")
        return nil
    }

    package func string(_ key: String) -> String? { node(key).flatMap { decoder.string($0, name(key)) } }
    package func text(_ key: String) -> String? { node(key).flatMap { decoder.text($0, name(key)) } }
    package func integer(_ key: String, in range: ClosedRange<Int>) -> Int? { node(key).flatMap { decoder.integer($0, name(key), in: range) } }
    package func number(_ key: String, in range: ClosedRange<Double>) -> Double? { node(key).flatMap { decoder.number($0, name(key), in: range) } }
    package func boolean(_ key: String) -> Bool? { node(key).flatMap { decoder.boolean($0, name(key)) } }
    package func mapping(_ key: String) -> YAMLMapping? { node(key).flatMap { decoder.mapping($0, name(key)) } }
    package func sequence(_ key: String) -> [YAMLNode]? { node(key).flatMap { decoder.sequence($0, name(key)) } }
    package func choice<Value: RawRepresentable & CaseIterable>(_ key: String, _ type: Value.Type) -> Value? where Value.RawValue == String {
        node(key).flatMap { decoder.choice($0, name(key), type) }
    }
    package func strings(_ key: String) -> [String]? {
        sequence(key).map { items in items.compactMap { decoder.string($0, "each of \(name(key))") } }
    }
    package func texts(_ key: String) -> [String]? {
        sequence(key).map { items in items.compactMap { decoder.text($0, "each of \(name(key))") } }
    }

    /// Reports every key that nobody asked for.
    package func finish() {
        let known = asked.sorted()
        for pair in pairs where !asked.contains(pair.key) { decoder.unknown(pair, in: path, known: known) }
    }
}
