/// Makes texts of shell syntax around programs that do not exist (`p1` … `p9`), the same ones for the same seed.
///
/// Nothing else stands in them than these names, `xargs` and `bash` in front of them, parts of the shell, and plain words.
/// Every loop in them has an end.
struct ArgvTexts {
    var numbers: GuardFuzzTests.Numbers
    private var depth = 0

    init(seed: UInt64) { numbers = GuardFuzzTests.Numbers(state: seed) }

    mutating func text() -> String {
        depth = 0
        var lines: [String] = []
        // Mostly all is set, so that there is one way to read it.
        if chance(5) {
            lines.append("set --; r=() s=() i=c")
        } else {
            lines.append("a=\(quoted(data())) b=\(quoted(data())) c=\(plain()) d= none= r=(\(plain()) \(quoted(data()))) s=() n=1 i=c; declare -A m=([k]=v); set -- \(plain()) \(quoted(data()))")
        }
        lines += (0..<number(0...2)).map { _ in assignment() }
        if chance(4) { lines.append("set -- \(words(0...3))") }
        lines += (0..<number(1...3)).map { _ in command() }
        // What the text leaves behind shows here.
        if chance(3) { lines.append(#"p1 "$a" $b "${r[@]}" "$#" "$@""#) }
        return lines.joined(separator: "\n")
    }

    // MARK: Choices

    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &numbers) }
    /// One time in `n`.
    private mutating func chance(_ n: Int) -> Bool { number(1...n) == 1 }
    private mutating func one(_ choices: String...) -> String { choices.randomElement(using: &numbers) ?? "" }
    private mutating func one(of choices: [(inout ArgvTexts) -> String]) -> String { choices[number(0...choices.count - 1)](&self) }

    /// `inner`, or something plain where the text is deep already.
    private mutating func deeper(_ plain: String, _ inner: (inout ArgvTexts) -> String) -> String {
        guard depth < 3 else { return plain }
        depth += 1
        defer { depth -= 1 }
        return inner(&self)
    }

    // MARK: Words

    private mutating func program() -> String {
        let name = "p\(number(1...9))"
        return one(name, name, name, name, "\\" + name, "'\(name)'", "\"p\"\(name.dropFirst())", "$'\(name)'", "p${none}\(name.dropFirst())")
    }

    private mutating func plain() -> String { one("x", "yy", "z-1", "k=v", "A", "b.c", "/q/r", "7", "-f", "x:y", "p,q", "--l=m", "abcabc", "10", "%s", "@", "+", "Hello", "n#m", "w") }

    private mutating func data() -> String {
        one(
            "x", "a b", " lead", "trail ", "a  b", "x:y:z", "::e", "p,q", "", "*", "a/b/c.d", "1", "-n", "Ab Cd", "t\tt", "two\nlines", "q\"q", "$a", "\\", "b\\n", "\u{301}z a\u{301} \u{301}b",
            "c\r\nd", "[ab]")
    }

    private mutating func quoted(_ text: String) -> String {
        if chance(3) {
            var escaped = ""
            for scalar in text.unicodeScalars {
                switch scalar {
                case "\\", "'", "\"": escaped += "\\" + String(Character(scalar))
                case "\n": escaped += one("\\n", "\\012", "\\x0a", "\n")
                case "\t": escaped += one("\\t", "\\11", "\t")
                case "\r": escaped += one("\\r", "\\cM")
                case " ": escaped += one(" ", "\\x20", "\\u0020", "\\40")
                default: escaped.unicodeScalars.append(scalar)
                }
            }
            return "$'\(escaped)'"
        }
        if chance(2) { return "'\(text)'" }
        var escaped = ""
        for scalar in text.unicodeScalars {
            if "\\\"$`".unicodeScalars.contains(scalar) { escaped += "\\" }
            escaped.unicodeScalars.append(scalar)
        }
        return "\"\(escaped)\""
    }

    private mutating func variable() -> String { one("a", "b", "c", "d") }
    private mutating func array() -> String { one("r", "s") }
    private mutating func pattern() -> String { one("*", "?", "x", "a", "*:", ":*", "*/", "/*", "[a-c]", "[!a]*", "*b", "'*'", "\\*", "\"$b\"", "$c", " *", "* ", "??", "[[:upper:]]", "?*") }

    private mutating func arithmetic() -> String {
        one("1+2", "2*3-1", "7/2", "7%3", "1<<3", "n=4,n+1", "(1+2)*3", "5>3?8:9", "~0", "!0", "2**3", "0x1f", "010", "-3", "${#a}+1", "$#+1", "n+=2", "n++", "3 == 3 && 0", "16#ff", "1 | 6 ^ 3")
    }

    private mutating func operation() -> String {
        let name = one("a", "b", "c", "d", "none", "1", "2", "r[0]", "r[1]", "m[k]")
        return switch number(0...18) {
        case 0: "${\(name):-\(inner())}"
        case 1: "${\(name)-\(inner())}"
        case 2: "${\(variable()):=\(inner())}"
        case 3: "${\(name):+\(inner())}"
        case 4: "${\(name)+\(inner())}"
        case 5: "${#\(name)}"
        case 6: "${\(name)#\(pattern())}"
        case 7: "${\(name)##\(pattern())}"
        case 8: "${\(name)%\(pattern())}"
        case 9: "${\(name)%%\(pattern())}"
        case 10: "${\(name)/\(pattern().replacing("/", with: "\\/"))/\(inner())}"
        case 11: "${\(name)//\(pattern().replacing("/", with: "\\/"))/\(inner())}"
        case 12: "${\(name)/\(one("#", "%"))\(one("x", "a", "*b", "?"))/\(inner())}"
        case 13: "${\(name)\(one("^", "^^", ",", ",,"))\(one("", "", "[a-c]", "a"))}"
        case 14: "${\(name):\(one("0", "1", "2", " -1", " -2", "1+1"))}"
        case 15: "${\(name):\(one("0", "1", " -2")):\(one("0", "1", "2"))}"
        case 16: "${!i}"
        case 17: "${\(name)@\(one("U", "L", "u", "Q", "E"))}"
        default: "${\(name)}"
        }
    }

    private mutating func list() -> String {
        let name = one("r[@]", "r[*]", "s[@]", "@", "*", "r[@]", "@")
        return switch number(0...9) {
        case 0: "${#\(name)}"
        case 1: "${\(name):\(one("0", "1", "2", " -1")):\(one("1", "2"))}"
        case 2: "${\(name):\(one("1", "2", " -1"))}"
        case 3: "${\(name)#\(pattern())}"
        case 4: "${\(name)/\(one("x", "a", "b"))/\(one("y", ""))}"
        case 5: "${\(name)\(one("^", "^^", ",,"))}"
        case 6: "${\(name)\(one(":-", "-", "+", ":+"))\(inner())}"
        case 7: "${!\(one("r[@]", "s[*]", "m[@]"))}"
        default: name.count == 1 ? "$\(name)" : "${\(name)}"
        }
    }

    /// The word behind an operator.
    private mutating func inner() -> String { one("w", "", "'q q'", "\"$b\"", "$c", "v w", "\"v w\"", "${d:-e}") }

    private mutating func substitution() -> String {
        deeper("x") { texts in
            let inner = texts.one(of: [
                { "echo \($0.words(0...2))" }, { "printf '%s' \($0.word())" }, { "printf '%s\\n' \($0.words(1...2))" },
                { "printf '\($0.one("%s-%s", "%b", "%5s|%-3s|", "%d", "%x", "%%", "%c", "%q", "%03d"))' \($0.one("7", "12", "65"))" },
                { "echo -n \($0.words(1...2))" }, { "echo -e \($0.one(#"'a\tb'"#, #"'a\x41\n'"#, #"a\\nb"#))" }, { "\($0.command())" }, { "p8 \($0.word())" }, { _ in "a=sub; echo \"$a\"" },
            ])
            return texts.chance(4) && !inner.contains("`") && !inner.contains("\\") ? "`\(inner)`" : "$(\(inner))"
        }
    }

    private mutating func braces() -> String {
        one("{x,y}", "a{1..3}", "{c..a}", "{1..7..3}", "{x,}z", "{a,b}{c,d}", "{a,{b,c}}", "{01..3}", "'{x,y}'", "{x}", "{,}", "{$a,b}", "{x,'a b'}", "a{b,c", "{3..1}{,}")
    }

    private mutating func word() -> String {
        (0..<(chance(3) ? 2 : 1)).map { _ in
            switch number(0...19) {
            case 0, 1, 2: plain()
            case 3, 4: quoted(data())
            case 5, 6: one("$\(variable())", "\"$\(variable())\"")
            case 7: one("\"\(one("x ", "", "'"))$\(variable())\(one(" y", "", "'"))\"", "\"${\(variable())}\"x")
            case 8, 9: operation()
            case 10, 11: "\"\(operation().replacing("'", with: "").replacing("\"", with: ""))\""
            case 12, 13: list()
            case 14: "\"\(one("", "", "x"))\(list().replacing("'", with: "").replacing("\"", with: ""))\(one("", "", "y"))\""
            case 15: one("$((\(arithmetic())))", "\"$((\(arithmetic())))\"")
            case 16, 17: chance(2) ? substitution() : "\"\(substitution())\""
            case 18: braces()
            default: one("\\ ", "\\\"", "\\$a", "x\\\ny", "\"\\x\"", "''", "\"\"", "*", "?x", "[ab]", "$''", "\"a$\"", "$1", "\"$2\"", "${3}", "$#", "\"$*\"", "$e1", "\"$e2\"")
            }
        }.joined()
    }

    private mutating func words(_ range: ClosedRange<Int>) -> String {
        let count = number(range)
        return (0..<count).map { _ in word() }.joined(separator: " ")
    }

    // MARK: Commands

    private mutating func assignment() -> String {
        switch number(0...15) {
        case 0, 1, 2, 3: "\(variable())=\(quoted(data()))"
        case 4: "\(variable())=\(word())"
        case 5: "\(variable())+=\(quoted(data()))"
        case 6, 7: "\(array())=(\(words(0...3)))"
        case 8: "\(array())+=(\(words(0...2)))"
        case 9: "r[\(number(0...3))]=\(word())"
        case 10: "declare -A m=([k]=\(word()))"
        case 11: "i=\(one("a", "b", "r[1]", "r[@]", "2"))"
        case 12: "IFS=\(one(":", ",", "', '", "' '", "$' \\n'", "x", "': '"))"
        case 13: "printf -v \(variable()) '%s\(one("", "-%s", " x"))' \(words(1...2))"
        case 14: "\(one("export", "declare", "readonly", "declare -x", "declare -u", "declare -i", "declare -l")) e\(number(1...2))=\(word())"
        default: one("a=1 b=2", "unset a", "unset 'r[1]'", "n=3", "a=$b", "a=$@", "b=$*", "c=${r[*]}", "d=\"${r[@]}\"", "IFS=:; a=x:y", "unset IFS")
        }
    }

    private mutating func call() -> String {
        let prefix = chance(8) ? "\(variable())=\(word()) " : chance(12) ? one("command ", "! ", "exec ", "time ", "builtin eval ", "eval ") : ""
        let name = chance(10) ? one("$(echo p1)", "${none:-p2}", "p${n:-3}", "{p4,x}", "`echo p5`", "\"$(printf p%s 6)\"", "${p:=p7}") : program()
        return "\(prefix)\(name) \(words(0...4))"
    }

    private mutating func body() -> String { deeper("p1 \"$a\" $@") { texts in (0..<texts.number(1...2)).map { _ in texts.chance(4) ? texts.assignment() : texts.command() }.joined(separator: "\n") } }

    private mutating func condition() -> String {
        one(
            "true", "false", "p9", "p1", "[ -n \"$a\" ]", "[ -z \"$b\" ]", "[[ $a == x* ]]", "[ \"$a\" = x ]", "test \"$#\" -gt 1", "(( n > 2 ))", "[[ -n ${r[0]} && $b != y ]]", "! true",
            "true && p9",
            "[[ $b =~ ^a ]]", "case $a in x) false;; esac")
    }

    private mutating func command() -> String {
        if !chance(3) { return call() }
        return switch number(0...31) {
        case 0: "for v in \(words(1...3)); do p1 \"$v\" $v; \(body())\ndone"
        case 1: "for v; do p2 \"$v\"; a+=$v; done; p3 $a"
        case 2: "for ((n=\(number(0...2)); n<4; n++)); do p3 $n; \(one(":", "((n==2)) && break", "continue", "a=$a$n"))\ndone; p4 $n \"$a\""
        case 3: "n=0; while [ $n -lt \(number(1...3)) ]; do p4 $n \"$a\"; n=$((n+1)); \(one(":", "a=$n", "r+=($n)"))\ndone; p5 $n $a \"${r[@]}\""
        case 4: "until false; do \(body())\nbreak; done"
        case 5: "case \(word()) in \(one("x", "a*", "\"$a\"", "?", "[a-c]*"))) \(body());; x|y) p1 two;& z) p2 three;;& \(one("*", "?*", "''"))) p6 \"$a\";; esac"
        case 6: "if \(condition()); then \(body())\nelif \(condition()); then p2 $a\nelse \(body())\nfi"
        case 7: "\(condition()) && \(call()) || \(call())"
        case 8: "\(condition()) || { \(assignment()); \(call()); }"
        case 9:
            "f() { \(one("", "local a=$1", "local b=in c", "declare b=own", "shift", "set -- z", "a=$2"))\n\(body())\n\(one("", "return", "return 1\np1 never", "p1 $FUNCNAME"))\n}; f \(words(0...3)); p2 \"$a\" $b"
        case 10: "g() { a=\(word()); p1 \"$1\" \"$#\"; }; g \(words(0...2)); p3 \"$a\""
        case 11: "(\(body())\n); p4 \"$a\" $b"
        case 12: "{ \(body())\n}"
        case 13: "eval \(quoted("p1 $a \"$b\"; c='x y' p2 \"$c\"")); p3 \"$c\""
        case 14: "eval \"\(one("a=x", "set -- e f", "p5 \\\"\\$a\\\"", "p5 \\$@", "r=(1 2)"))\"; p5 \"$a\" $@ ${r[1]}"
        case 15: "set -- \(words(0...4)); p6 $1 \"$2\" $#; shift\(one("", " 2", " 0")); p6 \"$@\""
        case 16: "\(one("", "export a; ", "a=x "))bash -c \(one("'p7 \"$a\" $1 \"$0\" \"$@\"'", "\"p7 '\\$a' \\\"$b\\\"\"", "'set -- $1; p7 $#'", "'for x; do p7 \"$x\"; done'")) \(words(0...3))"
        case 17: "echo \(words(1...3)) | xargs \(one("p8", "-n1 p8 x", "-n 2 p8", "p8 -a", "-I{} p8 x{}y {}", "-d, p8", "-t p8", "-r p8", "-0 p8", "-L1 p8 z"))"
        case 18: "printf '%s\\n' \(words(1...3)) | xargs \(one("p1", "-n1 p2", "-I% p3 % %", "-d '\\n' p4", "bash -c 'p5 \"$@\"' _"))"
        case 19: "\(one("", "IFS=: ", "IFS=, "))read \(one("", "-r "))\(one("a b", "a", "a b c", "-a r", "-d : a", "-n 2 a", "")) <<< \(word()); p6 \"$a\" \"$b\" \"$REPLY\" \"${r[@]}\""
        case 20: "read a b <<\(one("E", "'E'", "-E", "\\E"))\n\(one("x $b", "$(echo q) y", "a\\tb c", "\\$a `echo z`", "${a:-w} v"))\nE\np7 \"$a\" \"$b\""
        case 21:
            "while \(one("", "IFS= ", "IFS=: "))read \(one("-r ", ""))\(one("a", "a b")); do p1 \"$a\" \"$b\"; \(one(":", "c+=$a", "[ \"$a\" = x ] && break"))\ndone <<E\n\(one("one two\nthree  four ", "$b\nx:y", " s\nx\nt"))\nE\np2 \"$a\" \"$c\""
        case 22: "mapfile \(one("-t ", "", "-t -n 1 ", "-d : -t ", "-t -s 1 "))r <<< \(word()); p3 \"${r[@]}\" ${#r[@]}"
        case 23: "echo \(words(1...2)) | while read a b; do p4 \"$a\" \"$b\"; done; p5 \"$a\""
        case 24: "bash <<< 'p8 in \(one("$a", "x", "\"$1\"", "$(echo y)"))'"
        case 25: "bash -s \(words(0...2)) <<'E'\np9 \"$1\" $2 $#\nE"
        case 26: ". /dev/stdin <<< \(quoted("p1 so $a; b=src")); p2 $b"
        case 27: "trap 'p9 end \"$a\"' EXIT"
        case 28: "let \(one("n=2+3", "'n = 1' n+=4", "n++")); p3 $n $((n+1))"
        case 29: "declare -n q=\(variable()); \(one("q=new", "q+=x", ":")); p4 \"$q\" \"$a\"; unset -n q"
        case 30: "p5 \(words(0...2)) > /dev/null 2>&1 < /dev/null"
        default: "p6 <<< \(word()) \(words(0...2)) 2>/dev/null"
        }
    }
}
