/// SQL by its words: literals and comments are taken out first.
enum SQLText {
    enum Judgement: Equatable {
        case looks, changes
        case destroys(String)
    }

    static func judge(_ text: String) -> Judgement {
        var result = Judgement.looks
        for statement in bare(text).split(separator: ";") {
            let words = statement.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "\\" || $0 == "=") }.map { $0.uppercased() }
            guard let verb = words.first else { continue }
            let hasWhere = words.contains("WHERE") || words.contains("LIMIT")
            switch verb {
            case "DROP":
                let what = words.count > 1 ? words[1] : ""
                if [
                    "INDEX", "VIEW", "TRIGGER", "FUNCTION", "EXTENSION", "MATERIALIZED", "PROCEDURE", "POLICY", "RULE", "EVENT", "TEMPORARY", "CAST", "OPERATOR", "CONSTRAINT", "STATISTICS",
                    "SUBSCRIPTION", "PREPARE",
                ].contains(what) {
                    result = max(result, .changes)
                } else {
                    return .destroys(words.prefix(4).joined(separator: " "))
                }
            case "TRUNCATE", "FLUSHALL", "FLUSHDB", "PURGE", "RESET": if verb != "RESET" || words.contains("MASTER") { return .destroys(words.prefix(3).joined(separator: " ")) }
            case "DELETE": if !hasWhere || always(words) { return .destroys("DELETE without a condition") } else { result = max(result, .changes) }
            case "UPDATE": if !hasWhere, words.contains("SET") { return .destroys("UPDATE without a condition") } else { result = max(result, .changes) }
            case "WITH":
                if words.contains("DELETE"), !hasWhere {
                    return .destroys("DELETE without a condition")
                } else if words.contains("DELETE") || words.contains("UPDATE") || words.contains("INSERT") {
                    result = max(result, .changes)
                }
            case "ALTER":
                if words.contains("DROP"), words.contains("COLUMN") || words.contains("PARTITION") || words.contains("DATAFILE") || words.contains("TABLESPACE") {
                    return .destroys(words.prefix(6).joined(separator: " "))
                }
                result = max(result, .changes)
            case "SELECT", "SHOW", "EXPLAIN", "DESCRIBE", "DESC", "USE", "VALUES", "TABLE", "\\D", "\\L", "\\DT", "\\DU", "\\C", "\\CONNINFO", "\\X", "\\DN", "\\TIMING", "\\Q", "PRAGMA", "HELP",
                "BEGIN", "COMMIT", "ROLLBACK":
                if words.contains("PG_DROP_REPLICATION_SLOT") || words.contains("PG_TERMINATE_BACKEND"), verb == "SELECT" { result = max(result, .changes) }
                if words.contains("INTO"), words.contains("OUTFILE") || words.contains("DUMPFILE") { result = max(result, .changes) }
                if words.contains("LO_UNLINK") || words.contains("DROP_CHUNKS") { return .destroys(words.prefix(3).joined(separator: " ")) }
            case "DO", "EXECUTE", "CALL":
                if words.contains("DROP") || words.contains("TRUNCATE") || text.uppercased().contains("DROP ") { return .destroys("\(verb) with DROP") } else { result = max(result, .changes) }
            default: result = max(result, verb.hasPrefix("\\") ? .looks : .changes)
            }
        }
        return result
    }

    private static func max(_ left: Judgement, _ right: Judgement) -> Judgement { left == .looks ? right : left }

    /// `WHERE 1=1`, `WHERE true`.
    private static func always(_ words: [String]) -> Bool {
        guard let place = words.firstIndex(of: "WHERE") else { return false }
        let rest = words[(place + 1)...]
        return rest.first == "TRUE" && rest.count == 1 || rest.first == "1" && rest.count <= 3 && !rest.contains("AND") || rest.first == "1=1" && rest.count == 1
    }

    /// Literals and comments out, so that no word of them counts; `/*! … */` of MySQL is run.
    private static func bare(_ text: String) -> String {
        var result = ""
        var rest = text.replacing("/*!", with: " ")[...]
        while let character = rest.first {
            if character == "'" {
                rest.removeFirst()
                rest = rest.drop { $0 != "'" }.dropFirst()
                result += " lit "
            } else if rest.hasPrefix("--"), rest == "--" || rest.dropFirst(2).first.map({ $0 == " " || $0 == "\t" }) ?? true {
                rest = rest.drop { $0 != "\n" }
            } else if rest.hasPrefix("/*") {
                rest.removeFirst(2)
                while !rest.isEmpty, !rest.hasPrefix("*/") { rest.removeFirst() }
                rest = rest.dropFirst(2)
            } else {
                result.append(character)
                rest.removeFirst()
            }
        }
        return result
    }

    /// `COPY … PROGRAM 'x'`, `\! x`, `system x`.
    static func hostCode(_ text: String) -> String? {
        let upper = text.uppercased()
        if upper.contains("PROGRAM '") || upper.contains("PROGRAM $") || upper.contains("PROGRAM E'") { return text.split(separator: "'").dropFirst().first.map(String.init) ?? "?" }
        if let mark = text.firstRange(of: "\\!") { return String(text[mark.upperBound...]).trimmed }
        if upper.hasPrefix("SYSTEM ") || upper.contains(";SYSTEM ") || upper.contains("; SYSTEM ") { return String(text.drop { $0 != " " }.dropFirst()) }
        if upper.contains("SYS_EXEC") || upper.contains("SYS_EVAL") || upper.contains("XP_CMDSHELL") || upper.contains("PLPYTHONU") || upper.contains("PLPERLU") || upper.contains("PLPYTHON3U")
            || upper.contains("| \\")
        {
            return text
        }
        return nil
    }

    static func files(_ text: String) -> [String] {
        guard ["LOAD_FILE", "PG_READ_FILE", "PG_READ_BINARY_FILE", "LO_IMPORT", " FROM '/"].contains(where: text.uppercased().contains) else { return [] }
        return text.split(separator: "'").map(String.init).filter { $0.hasPrefix("/") }
    }

    static func targets(_ text: String) -> [String] {
        guard ["OUTFILE", "DUMPFILE", " TO '/", "LO_EXPORT"].contains(where: text.uppercased().contains) else { return [] }
        return text.split(separator: "'").map(String.init).filter { $0.hasPrefix("/") }
    }
}
