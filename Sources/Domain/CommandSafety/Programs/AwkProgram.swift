/// What an awk program does beside reading its input: found without a grammar, by its strings.
enum AwkProgram {
    struct Risks {
        var writes: [Value] = []
        var reads: [String] = []
        /// Text that is run.
        var runs: String?
        /// It prints in a loop without an end.
        var isEndless = false
    }

    static func risks(of program: String) -> Risks {
        var risks = Risks()
        let (bare, strings) = split(program)
        let tight = bare.filter { !$0.isWhitespace }
        risks.isEndless = bare.contains("print") && ["while(1)", "for(;;)", "while(1==1)", "while(\"1\")"].contains(where: tight.contains) && !tight.contains("exit") && !tight.contains("break")
        if bare.contains("system(") || bare.contains("system (") || bare.contains("|&") || pipes(bare) || bare.contains("@load") || bare.contains("@include") { risks.runs = program }
        // `print > "file"`; a comparison has no string behind it, or no print before it.
        let tokens = bare.split(separator: ">", omittingEmptySubsequences: false)
        for (index, token) in tokens.enumerated().dropFirst() {
            let before = tokens[index - 1]
            guard before.contains("print"), let mark = token.first(where: { !$0.isWhitespace }) else { continue }
            let statement = before.split { ";{}\n".contains($0) }.last ?? ""
            guard statement.contains("print"), !openParenthesis(statement) else { continue }
            if mark == "\u{1}", let number = string(in: token), number < strings.count {
                risks.writes.append(Value(strings[number]))
            } else if mark.isLetter || mark == "$" || mark == "(" {
                risks.writes.append(.unknown)
            }
        }
        if bare.contains("getline") { for text in strings where text.hasPrefix("/") { risks.reads.append(text) } }
        risks.writes.removeAll { $0.known.map { $0 == "/dev/stderr" || $0 == "/dev/stdout" || $0 == "/dev/null" } ?? false }
        if strings.contains(where: { $0.hasPrefix("/inet/") }) { risks.runs = program }
        return risks
    }

    private static func openParenthesis(_ text: Substring) -> Bool { text.count { $0 == "(" } > text.count { $0 == ")" } }

    /// A `|` that is not `||`.
    private static func pipes(_ bare: String) -> Bool { bare.replacing("||", with: "").contains("|") }

    /// Strings and regular expressions taken out: \u{1}number\u{1} stands for a string.
    private static func split(_ program: String) -> (String, [String]) {
        var bare = "", strings: [String] = [], current = ""
        var inString = false, inPattern = false, isEscaped = false
        var last: Character = " "
        for character in program {
            if inString || inPattern {
                if isEscaped {
                    isEscaped = false
                    current.append(character)
                } else if character == "\\" {
                    isEscaped = true
                } else if inString && character == "\"" {
                    bare += "\u{1}\(strings.count)\u{1}"
                    strings.append(current)
                    inString = false
                } else if inPattern && character == "/" {
                    bare += "0"
                    inPattern = false
                } else {
                    current.append(character)
                }
                continue
            }
            if character == "\"" {
                inString = true
                current = ""
            } else if character == "/", "~(,{!&|; \n".contains(last) || bare.isEmpty {
                inPattern = true
                current = ""
            } else {
                bare.append(character)
            }
            if !character.isWhitespace { last = character }
        }
        return (bare, strings)
    }

    private static func string(in token: Substring) -> Int? {
        let parts = token.split(separator: "\u{1}")
        return parts.first(where: { !$0.allSatisfy(\.isWhitespace) }).flatMap { Int($0) }
    }
}
