import Foundation
import Model
import Testing

@Suite("docs/configuration.md")
struct DocumentTests {
    /// A row of a table of keys, as the document has it and as it follows from the table of keys.
    struct Row: Hashable, Comparable, CustomStringConvertible {
        var section: String
        var key: String
        var byDefault: String
        var values: String
        var moment: String

        var description: String { "\(section).\(key): default \(byDefault), values \(values), takes effect \(moment)" }
        static func < (left: Row, right: Row) -> Bool { left.description < right.description }

        init(_ key: Key, section: String) {
            self.section = section
            self.key = key.name
            byDefault = key.byDefault
            values = key.values.text
            switch key.use {
            case .now(let moment, _, _): self.moment = moment.rawValue
            case .later: moment = Key.Moment.notYet.rawValue
            }
        }

        init(cells: [String], section: String) {
            self.section = section
            key = cells[0]
            byDefault = cells[3]
            values = cells[4]
            moment = cells[5]
        }
    }

    private static func document() throws -> String { try String(contentsOfFile: "\(packageDirectory)/docs/configuration.md", encoding: .utf8) }

    /// Rows of all tables with a column "takes effect", one for each section that a row names.
    private static func rows() throws -> [Row] {
        var rows: [Row] = []
        var isKeyTable = false
        for line in try document().split(separator: "\n", omittingEmptySubsequences: false) {
            guard line.hasPrefix("|") else {
                isKeyTable = false
                continue
            }
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            if cells == ["key", "where", "meaning", "default", "values", "takes effect"] {
                isKeyTable = true
            } else if isKeyTable, cells.count == 6, !cells[0].hasPrefix("---") {
                #expect(cells[2].count > 10, "\(line)")
                let plain = cells.map { $0.replacing("`", with: "") }
                let sections = plain[1] == "all" ? KeyTable.places : plain[1].split(separator: ", ").map(String.init)
                rows += sections.map { Row(cells: plain, section: $0) }
            }
        }
        return rows
    }

    @Test("explains every key, with its default, bounds and when it takes effect, and no other")
    func keys() throws {
        let documented = try Self.rows()
        let known = KeyTable.keys.flatMap { key in key.sections.map { Row(key, section: $0) } }
        #expect(Set(documented).count == documented.count)
        let missing = Set(known).subtracting(documented).sorted(), surplus = Set(documented).subtracting(known).sorted()
        #expect(missing == [], "not documented like this")
        #expect(surplus == [], "documented, but not so")
        #expect(documented.count == KeyTable.keys.map(\.sections.count).reduce(0, +))
    }

    @Test("names every section and every file")
    func sections() throws {
        let text = try Self.document()
        for (file, sections) in KeyTable.sections {
            for section in sections { #expect(text.contains(file == "agents" ? "`agents.\(section)`" : section), "\(section)") }
        }
        for file in ["server_config.yaml", "agent_config.yaml", "inventory.yaml"] { #expect(text.contains("`\(file)`")) }
    }

    @Test("shows messages as they are")
    func messages() throws {
        let text = try Self.document()
        let loaded = try Loaded(inventory: "hosts:\n  a:\n  b:\n  c:\n  d:\n  db1:\n    prot: 5\n  db2:\n    timeout: 0\n")
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("inventory.yaml:") }.map(String.init)
        #expect(lines == loaded.problems)
    }
}
