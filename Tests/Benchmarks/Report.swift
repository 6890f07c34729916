import Foundation

/// What was measured, as a table that is also Markdown.
struct Report {
    let hosts: Int
    let figures: [Figures]
    let otherLoad: Double

    func text() throws -> String {
        var lines = ["", "### \(hosts) host\(hosts == 1 ? "" : "s")", ""]
        lines += table(
            ["way", "commands", "per second", "client CPU, ms each", "host CPU, ms each", "counted"],
            figures.map { figures in
                [
                    figures.name, "\(figures.jobs)", String(format: "%.0f", figures.rate), String(format: "%.3f", figures.clientMilliseconds),
                    String(format: "%.2f", figures.hostMilliseconds), figures.verified,
                ]
            })
        lines.append("")
        lines += table(["ratio", "measured", "aim"], try ratios())
        lines += ["", String(format: "The rest of the machine used %.2f cores meanwhile.", otherLoad)]
        return lines.joined(separator: "\n")
    }

    private func ratios() throws -> [[String]] {
        func figures(_ name: String) throws -> Figures {
            guard let found = self.figures.first(where: { $0.name == name }) else { throw WrongCount("\(name) was not measured") }
            return found
        }
        let look = try figures("look frame"), start = try figures("start frame"), bare = try figures("bare libssh2 exec")
        let wrapper = try figures("exec of a wrapper"), openSSH = try figures("OpenSSH, ControlMaster")
        func row(_ what: String, _ ratio: Double, _ aim: String) -> [String] { [what, String(format: "%.2f", ratio), aim] }
        return [
            row("commands/s: look frame to bare exec", look.ratio(to: bare, of: \.rate), "at least 2"),
            row("commands/s: start frame to bare exec", start.ratio(to: bare, of: \.rate), "about 1"),
            row("commands/s: start frame to wrapper", start.ratio(to: wrapper, of: \.rate), "at least 2"),
            row("commands/s: look frame to OpenSSH", look.ratio(to: openSSH, of: \.rate), "-"),
            row("commands/s: start frame to OpenSSH", start.ratio(to: openSSH, of: \.rate), "-"),
            row("client CPU: OpenSSH to look frame", openSSH.ratio(to: look, of: \.clientMilliseconds), "over 10"),
            row("client CPU: OpenSSH to start frame", openSSH.ratio(to: start, of: \.clientMilliseconds), "over 10"),
        ]
    }

    private func table(_ head: [String], _ rows: [[String]]) -> [String] {
        let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            "| " + zip(cells, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: " | ") + " |"
        }
        return [line(head), "| " + widths.map { String(repeating: "-", count: $0) }.joined(separator: " | ") + " |"] + rows.map(line)
    }
}
