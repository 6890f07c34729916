@testable import CommandSafety
import ShellSyntax

/// Plain lines as calls, for tests that need no shell grammar: words, quotes, `|`, `&&`, `;`, `>`, `>>`, `<`, patterns, `$NAME` as unknown,
/// and `sudo` taken off.
enum ArgvLine {
    private enum Token: Equatable {
        case word([Text.Piece])
        case sign(String)
    }

    static func calls(_ line: String, in directory: String? = nil) -> [Call] {
        var calls: [Call] = []
        var before: [Call] = []
        var words: [Argument] = [], outputs: [Call.Output] = [], input: Call.Input = .nothing
        var pending: String?
        func finish(isPiped: Bool) {
            defer { (words, outputs, input) = ([], [], .nothing) }
            var environment: [String: Value] = [:]
            var wrappers: [String] = []
            while let first = words.first?.value {
                if first.known == "sudo" || first.known == "nice" || first.known == "env" {
                    wrappers.append(first.known ?? "")
                    words.removeFirst()
                    while let option = words.first?.known, option.hasPrefix("-") {
                        words.removeFirst()
                        if option == "-u" || option == "-n" && wrappers.last == "nice" { words.removeFirst() }
                        if option == "--" { break }
                    }
                } else if let name = first.prefix.split(separator: "=").first, first.prefix.contains("="), name.allSatisfy({ $0.isLetter || $0 == "_" || $0.isNumber }) {
                    environment[String(name)] = first.dropping(name + "=")
                    words.removeFirst()
                } else {
                    break
                }
            }
            var program = words.first?.known ?? ""
            if program == "xargs" {
                wrappers.append(program)
                words.removeFirst()
                while let option = words.first?.known, option.hasPrefix("-") { words.removeFirst() }
                words.append(Argument(.unknown, maySplit: true))
                program = words.first?.known ?? ""
            }
            guard !program.isEmpty || !outputs.isEmpty || !environment.isEmpty else { return }
            var call = Call(program, Array(words.dropFirst()), span: Span(0, 0))
            call.environment = environment
            call.wrappers = wrappers
            call.outputs = outputs
            call.input = input
            if let last = before.last, input == .nothing {
                call.input = before.count == 1 ? Content.printed(by: last).map { .text($0) } ?? .calls(before) : .calls(before)
            }
            call.directories = [Value(directory ?? Directory.own)]
            calls.append(call)
            before = isPiped ? before + [call] : []
        }
        for token in tokens(line) {
            switch token {
            case .sign("|"): finish(isPiped: true)
            case .sign(let sign) where sign == ";" || sign == "&&" || sign == "||":
                finish(isPiped: false)
                before = []
            case .sign(let sign): pending = sign
            case .word(let pieces):
                let value = Value([Text(pieces)])
                switch pending {
                case ">": outputs.append(.init(path: value, appends: false, span: Span(0, 0)))
                case ">>": outputs.append(.init(path: value, appends: true, span: Span(0, 0)))
                case "<": input = .file(value)
                default: words.append(Argument(value, maySplit: pieces.contains(.unknown)))
                }
                pending = nil
            }
        }
        finish(isPiped: false)
        return calls
    }

    private static func tokens(_ line: String) -> [Token] {
        var tokens: [Token] = [], pieces: [Text.Piece]?, known = ""
        var quote: Character?
        func flush() {
            if !known.isEmpty { pieces = (pieces ?? []) + [.known(known)] }
            known = ""
        }
        func end() {
            flush()
            if let done = pieces { tokens.append(.word(done)) }
            pieces = nil
        }
        var rest = Substring(line)
        while let character = rest.popFirst() {
            if let open = quote {
                if character == open {
                    quote = nil
                    continue
                }
                if open == "\"", character == "$", let next = rest.first, next.isLetter || next == "{" {
                    flush()
                    pieces = (pieces ?? []) + [.unknown]
                    rest = rest.first == "{" ? rest.drop { $0 != "}" }.dropFirst() : rest.drop { $0.isLetter || $0.isNumber || $0 == "_" }
                    continue
                }
                known.append(character)
                continue
            }
            switch character {
            case "'", "\"":
                quote = character
                pieces = pieces ?? []
            case " ": end()
            case "*":
                flush()
                pieces = (pieces ?? []) + [.star]
            case "?":
                flush()
                pieces = (pieces ?? []) + [.oneOf(nil)]
            case "\\": if let next = rest.popFirst() { known.append(next) }
            case "$" where rest.first.map({ $0.isLetter || $0 == "_" }) ?? false:
                flush()
                pieces = (pieces ?? []) + [.unknown]
                rest = rest.drop { $0.isLetter || $0.isNumber || $0 == "_" }
            case ">", "<", "|", ";", "&":
                if known == "2" && character == ">" { known = "2" } else { end() }
                var sign = String(character)
                if let next = rest.first, next == character || next == "&" || character == "&" && next == ">" {
                    sign.append(next)
                    rest.removeFirst()
                }
                if sign == ">&" || known == "2" {
                    // 2>&1 and the like go nowhere.
                    known = ""
                    pieces = nil
                    if rest.first == "&" { rest.removeFirst() }
                    rest = rest.drop { $0 == " " }.drop { $0 != " " && $0 != ";" && $0 != "|" }
                } else {
                    tokens.append(.sign(sign))
                }
            default: known.append(character)
            }
        }
        end()
        return tokens
    }

    static func findings(_ line: String, purpose: CommandPurpose = .command, in directory: String? = nil, policy: CommandPolicy = CommandPolicy()) -> [Finding] {
        let classifier = Classifier(context: CommandContext(purpose: purpose, loginUser: "deploy"), policy: policy)
        return calls(line, in: directory).flatMap { classifier.findings(for: Programs.effects(of: $0), of: $0) }
    }

    static func decision(_ line: String) -> Decision { findings(line).map(\.decision).max() ?? .allow }
}
