import Foundation

/// The same signatures from what `shfmt -tojson` prints; nil where it is no tree.
struct ShfmtSignatures {
    private(set) var found: [String] = []
    private(set) var redirections = 0

    init?(_ json: Data) {
        guard let tree = try? JSONSerialization.jsonObject(with: json) else { return nil }
        walk(tree)
    }

    private mutating func walk(_ node: Any) {
        if let list = node as? [Any] {
            list.forEach { walk($0) }
        } else if let object = node as? [String: Any] {
            switch object["Type"] as? String {
            case "CallExpr":
                let words = object["Args"] as? [Any] ?? []
                found.append("\(name(words.first))/\(words.count)/\((object["Assigns"] as? [Any])?.count ?? 0)")
            case "DeclClause":
                let variant = (object["Variant"] as? [String: Any])?["Value"] as? String ?? "?"
                found.append("\(variant)/\(1 + ((object["Args"] as? [Any])?.count ?? 0))/0")
            default: break
            }
            redirections += (object["Redirs"] as? [Any])?.count ?? 0
            object.values.forEach { walk($0) }
        }
    }

    private func name(_ word: Any?) -> String {
        guard let word else { return "-" }
        guard let parts = (word as? [String: Any])?["Parts"] as? [[String: Any]], parts.count == 1, parts[0]["Type"] as? String == "Lit" else { return "?" }
        let text = parts[0]["Value"] as? String ?? "?"
        // Escapes, patterns and braces are parts of their own to us.
        return text.contains(where: { "\\*?{~".contains($0) }) || text.count > 1 && text.contains("[") ? "?" : text
    }
}
