/// What a sed script does beside editing lines.
enum SedScript {
    enum Command: Equatable {
        case writes(String), reads(String), runs(String)
    }

    /// By a walk over its commands; addresses and the text of `s` and `y` are stepped over.
    static func commands(of script: String) -> [Command] {
        var found: [Command] = []
        let text = Array(script)
        var index = 0
        func lineEnd(_ from: Int) -> Int { text[from...].firstIndex(of: "\n") ?? text.count }
        func skipDelimited(_ from: Int, _ delimiter: Character) -> Int {
            var place = from
            while place < text.count, text[place] != delimiter {
                if text[place] == "\\" { place += 1 }
                if place < text.count, text[place] == "[", let close = text[min(place + 2, text.count)...].firstIndex(of: "]"), !text[place..<close].contains("\n"),
                    !text[place..<close].contains(delimiter)
                {
                    place = close
                }
                place += 1
            }
            return place + 1
        }
        while index < text.count {
            let character = text[index]
            switch character {
            case "/": index = skipDelimited(index + 1, "/")
            case "\\" where index + 1 < text.count: index = skipDelimited(index + 2, text[index + 1])
            case "s" where index + 1 < text.count, "y" where index + 1 < text.count:
                let delimiter = text[index + 1]
                let second = skipDelimited(index + 2, delimiter)
                index = skipDelimited(second, delimiter)
                let written = second < index - 1 && index - 1 <= text.count ? String(text[second..<(index - 1)]).replacing("\\\(delimiter)", with: String(delimiter)) : "the line"
                while character == "s", index < text.count, text[index].isLetter || text[index].isNumber {
                    if text[index] == "e" { found.append(.runs(written)) }
                    if text[index] == "w" {
                        found.append(.writes(String(text[(index + 1)..<lineEnd(index)]).trimmed))
                        index = lineEnd(index)
                        break
                    }
                    index += 1
                }
            case "w", "W":
                let end = lineEnd(index)
                found.append(.writes(String(text[(index + 1)..<end]).trimmed))
                index = end
            case "r", "R":
                let end = lineEnd(index)
                found.append(.reads(String(text[(index + 1)..<end]).trimmed))
                index = end
            case "e":
                let end = lineEnd(index)
                found.append(.runs(String(text[(index + 1)..<end]).trimmed))
                index = end
            case "a", "i", "c":
                // Text up to the end of the line, and on where a backslash ends it.
                var end = lineEnd(index)
                while end < text.count, end > 0, text[end - 1] == "\\" { end = end + 1 < text.count ? lineEnd(end + 1) : text.count }
                index = end
            case "b", "t", "T", ":", "#": index = text[index...].firstIndex { $0 == "\n" || $0 == ";" } ?? text.count
            default: index += 1
            }
        }
        return found
    }

    /// `d`, `1,$d`, `/./d`, `s/.*//`: nothing of the file is left.
    static func empties(_ script: String) -> Bool {
        [
            "d", "1,$d", "/.*/d", "/./d", "/^/d", "s/.*//", "s/.*//g", "s/^.*$//", "$!d", "1d;$!d", "%d", "1,$ d", "Q", "q", "1!d", "//d", "0,$d", "/$/d", "1,$c\\", "c\\", ",d", "g/.*/d", "s/^.*//",
            "s/.*/ /", "/[a-z]/d", "/:/d", "2,$d", "2q",
        ].contains(script.trimmed)
    }

    /// Only addresses and counts: `=`, `$=`.
    static func printsNothingMuch(_ script: String, isQuiet: Bool) -> Bool { isQuiet && (script == "$=" || script == "=") }
}
