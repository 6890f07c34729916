import ShellSyntax

extension Evaluator {
    /// What an arithmetic expression gives; what it sets is set.
    mutating func arithmetic(_ word: Word) -> Value {
        if let text = word.literal, !text.trimmed.hasPrefix("0"), let number = Int(text.trimmed) { return Value(String(number)) }
        let text = expandToValue(word)
        guard let known = text.known else {
            // What it may set is not known either.
            forgetAssigned(in: text)
            return .someNumber
        }
        if known.trimmed.isEmpty { return Value("0") }
        var calculator = Calculator(known)
        guard let result = calculator.run(&self, word.span) else { return .someNumber }
        return Value(String(result))
    }

    private mutating func forgetAssigned(in text: Value) {
        for text in text.texts {
            for case .known(let known) in text.pieces {
                for name in known.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_") }).map(String.init) where state.variables[name] != nil {
                    if known.contains("=") || known.contains("++") || known.contains("--") { state.variables[name] = Variable(.someNumber) }
                }
            }
        }
    }

    /// A text in which arithmetic, or the subscript of an array, would run `$(…)`.
    mutating func runSubscriptCode(_ value: Value, _ span: Span) {
        for text in value.texts {
            guard let known = text.known, known.contains("["), known.contains("$(") || known.contains("`") else { continue }
            runCode(Value(": " + known), source: "an array's subscript", span)
        }
    }
}

extension Value {
    /// A number of which nothing is known.
    static let someNumber = Value([.name, Text([.known("-"), .name])])
}

/// Calculates with the numbers of a shell. Nil: not known.
struct Calculator {
    private var tokens: [Substring] = []
    private var index = 0

    init(_ text: String) {
        var rest = text[...]
        let signs = ["<<=", ">>=", "**", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "^=", "|="]
        while let first = rest.first {
            if first.isWhitespace {
                rest = rest.dropFirst()
            } else if first.isLetter || first.isNumber || first == "_" {
                let token = rest.prefix { $0.isLetter || $0.isNumber || "_#@".contains($0) }
                tokens.append(token)
                rest = rest[token.endIndex...]
            } else if let sign = signs.first(where: rest.hasPrefix) {
                tokens.append(rest.prefix(sign.count))
                rest = rest.dropFirst(sign.count)
            } else {
                tokens.append(rest.prefix(1))
                rest = rest.dropFirst()
            }
        }
    }

    mutating func run(_ evaluator: inout Evaluator, _ span: Span) -> Int? {
        guard tokens.count < 512 else { return nil }
        var result: Int?
        repeat {
            result = expression(0, &evaluator, span)
        } while take(",")
        return index == tokens.count ? result : nil
    }

    private mutating func take(_ token: String) -> Bool {
        guard index < tokens.count, tokens[index] == token else { return false }
        index += 1
        return true
    }

    private static let levels: [String: Int] = [
        "?": 1, "||": 2, "&&": 3, "|": 4, "^": 5, "&": 6, "==": 7, "!=": 7, "<": 8, ">": 8, "<=": 8, ">=": 8, "<<": 9, ">>": 9, "+": 10, "-": 10, "*": 11, "/": 11,
        "%": 11, "**": 12,
    ]
    private static let setting: Set<String> = ["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "^=", "|="]

    private mutating func expression(_ level: Int, _ evaluator: inout Evaluator, _ span: Span) -> Int? {
        var left = operand(&evaluator, span)
        while index < tokens.count, let own = Self.levels[String(tokens[index])], own > level {
            let sign = String(tokens[index])
            index += 1
            if sign == "?" {
                let yes = expression(0, &evaluator, span)
                guard take(":") else { return nil }
                let no = expression(0, &evaluator, span)
                left = left.flatMap { $0 != 0 ? yes : no }
                continue
            }
            let right = expression(sign == "**" ? own - 1 : own, &evaluator, span)
            left = left.flatMap { left in right.flatMap { Self.combine(sign, left, $0) } }
        }
        return left
    }

    private static func combine(_ sign: String, _ left: Int, _ right: Int) -> Int? {
        switch sign {
        case "||": return left != 0 || right != 0 ? 1 : 0
        case "&&": return left != 0 && right != 0 ? 1 : 0
        case "|": return left | right
        case "^": return left ^ right
        case "&": return left & right
        case "==": return left == right ? 1 : 0
        case "!=": return left != right ? 1 : 0
        case "<": return left < right ? 1 : 0
        case ">": return left > right ? 1 : 0
        case "<=": return left <= right ? 1 : 0
        case ">=": return left >= right ? 1 : 0
        case "<<": return (0..<64).contains(right) ? left << right : nil
        case ">>": return (0..<64).contains(right) ? left >> right : nil
        case "+": return left &+ right
        case "-": return left &- right
        case "*": return left &* right
        case "/": return right == 0 || right == -1 ? right == 0 ? nil : 0 &- left : left / right
        case "%": return right == 0 ? nil : right == -1 ? 0 : left % right
        case "**":
            guard (0..<64).contains(right) else { return nil }
            return (0..<right).reduce(1) { power, _ in power &* left }
        default: return nil
        }
    }

    private mutating func operand(_ evaluator: inout Evaluator, _ span: Span) -> Int? {
        guard index < tokens.count else { return nil }
        let token = String(tokens[index])
        index += 1
        switch token {
        case "+": return operand(&evaluator, span)
        case "-": return operand(&evaluator, span).map { 0 &- $0 }
        case "!": return operand(&evaluator, span).map { $0 == 0 ? 1 : 0 }
        case "~": return operand(&evaluator, span).map { ~$0 }
        case "(":
            let inner = expression(0, &evaluator, span)
            return take(")") ? inner : nil
        case "++", "--":
            guard index < tokens.count else { return nil }
            let name = String(tokens[index])
            index += 1
            let value = read(name, &evaluator, span).map { $0 &+ (token == "++" ? 1 : -1) }
            write(name, value, &evaluator)
            return value
        default: break
        }
        if token.first?.isNumber == true { return number(token) }
        guard token.first.map({ $0.isLetter || $0 == "_" }) == true else { return nil }
        return variable(token, &evaluator, span)
    }

    private mutating func variable(_ name: String, _ evaluator: inout Evaluator, _ span: Span) -> Int? {
        if index < tokens.count, tokens[index] == "[" {
            // Elements of arrays are not followed here.
            var open = 0
            repeat {
                if tokens[index] == "[" { open += 1 } else if tokens[index] == "]" { open -= 1 }
                index += 1
            } while index < tokens.count && open > 0
            if index < tokens.count, Self.setting.contains(String(tokens[index])) {
                index += 1
                _ = expression(0, &evaluator, span)
                evaluator.state.variables[name]?.hasMore = true
            }
            return nil
        }
        guard index < tokens.count else { return read(name, &evaluator, span) }
        let next = String(tokens[index])
        if next == "++" || next == "--" {
            index += 1
            let value = read(name, &evaluator, span)
            write(name, value.map { $0 &+ (next == "++" ? 1 : -1) }, &evaluator)
            return value
        }
        guard Self.setting.contains(next) else { return read(name, &evaluator, span) }
        index += 1
        let right = expression(0, &evaluator, span)
        var value = right
        if next != "=" {
            value = read(name, &evaluator, span).flatMap { left in right.flatMap { Self.combine(String(next.dropLast()), left, $0) } }
        }
        write(name, value, &evaluator)
        return value
    }

    private func write(_ name: String, _ value: Int?, _ evaluator: inout Evaluator) {
        evaluator.assign(name, value.map { Value(String($0)) } ?? .someNumber)
    }

    private func read(_ name: String, _ evaluator: inout Evaluator, _ span: Span) -> Int? {
        let value = evaluator.value(of: name)
        evaluator.runSubscriptCode(value, span)
        guard let text = value.known?.trimmed else { return nil }
        if text.isEmpty { return 0 }
        if let number = Int(text) { return text.hasPrefix("0") && text.count > 1 ? self.number(text) : number }
        // The text is an expression itself.
        evaluator.steps += 3
        guard evaluator.depth < evaluator.limits.depth, text != name, evaluator.step(span) else { return nil }
        evaluator.depth += 1
        defer { evaluator.depth -= 1 }
        var inner = Calculator(text)
        return inner.run(&evaluator, span)
    }

    private func number(_ text: String) -> Int? {
        if text.hasPrefix("0x") || text.hasPrefix("0X") { return Int(text.dropFirst(2), radix: 16) }
        if let hash = text.firstIndex(of: "#") {
            guard let base = Int(text[..<hash]), (2...36).contains(base) else { return nil }
            return Int(text[text.index(after: hash)...], radix: base)
        }
        if text.hasPrefix("0"), text.count > 1 { return Int(text, radix: 8) }
        return Int(text)
    }
}
