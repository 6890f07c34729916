extension PolicyCondition {
    /// What it looks at, in words: `program docker; verb compose down; flags --volumes`.
    package var sentence: String {
        var parts: [String] = []
        func add(_ name: String, _ texts: [String], _ separator: String) { if !texts.isEmpty { parts.append("\(name) \(texts.joined(separator: separator))") } }
        add("program", programs, " or ")
        add("verb", verbs, " ")
        add("flags", flags, " and ")
        if let operand { parts.append("operand \(operand.sentence)") }
        let kinds = effects.map(\.rawValue).joined(separator: " or ")
        if !kinds.isEmpty || effectPath != nil { parts.append(["effect", kinds, effectPath?.sentence ?? ""].filter { !$0.isEmpty }.joined(separator: " ")) }
        add("unit", units, " or ")
        add("package", packages, " or ")
        add("hosts", hosts, " or ")
        add("users", users, " or ")
        return DisplayText.escaped(parts.joined(separator: "; "))
    }
}

extension PathCondition {
    /// `under /srv/data`.
    package var sentence: String { "\(relation.rawValue) \(path)" }
}
