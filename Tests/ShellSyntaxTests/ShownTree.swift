import ShellSyntax

/// A tree as one line: words in angle brackets, quotes kept, what is special marked by a letter.
enum Shown {
    static func text(_ source: String, _ dialect: Dialect = .bash) -> String {
        do throws(ShellReject) {
            return list(try ShellParser.parse(source, dialect: dialect))
        } catch { return "reject \(error.span.start)..<\(error.span.end): \(error.reason)" }
    }

    static func list(_ list: CommandList) -> String { list.items.map(item).joined(separator: " ; ") }

    private static func item(_ item: CommandList.Item) -> String {
        var text = pipeline(item.first)
        for next in item.rest { text += (next.connector == .and ? " && " : " || ") + pipeline(next.pipeline) }
        return item.isBackground ? text + " &" : text
    }

    private static func pipeline(_ pipeline: Pipeline) -> String {
        var text = pipeline.isNegated ? "! " : ""
        for (index, one) in pipeline.commands.enumerated() {
            if index > 0 { text += pipeline.pipesErrors[index - 1] ? " |& " : " | " }
            text += command(one)
        }
        return text
    }

    static func command(_ command: Command) -> String {
        ([form(command.form)].filter { !$0.isEmpty } + command.redirections.map(redirection)).joined(separator: " ")
    }

    private static func form(_ form: Command.Form) -> String {
        switch form {
        case .simple(let simple): (simple.assignments.map(assignment) + simple.words.map(angled)).joined(separator: " ")
        case .subshell(let body): "(\(list(body)))"
        case .group(let body): "{ \(list(body)) }"
        case .conditional(let branches, let otherwise):
            branches.map { "if \(list($0.condition)) then \(list($0.body))" }.joined(separator: " el")
                + (otherwise.map { " else \(list($0))" } ?? "") + " fi"
        case .loop(let condition, let body, let isUntil): "\(isUntil ? "until" : "while") \(list(condition)) do \(list(body)) done"
        case .forEach(let name, let words, let body): "for \(name)\(words.map { " in " + $0.map(angled).joined(separator: " ") } ?? "") do \(list(body)) done"
        case .arithmeticFor(let expressions, let body): "for ((\(expressions.map(word).joined(separator: ";")))) do \(list(body)) done"
        case .choice(let subject, let cases): "case \(angled(subject)) in\(cases.map(choice).joined()) esac"
        case .arithmetic(let expression): "((\(word(expression))))"
        case .test(let words): "[[ \(words.map(angled).joined(separator: " ")) ]]"
        case .function(let name, let body): "function \(name) \(command(body))"
        case .coprocess(let name, let body): "coproc \(name ?? "-") \(command(body))"
        }
    }

    private static func choice(_ choice: Command.Case) -> String {
        let ending =
            switch choice.ending {
            case .stop: ";;"
            case .fallThrough: ";&"
            case .testNext: ";;&"
            }
        return " \(choice.patterns.map(angled).joined(separator: "|"))) \(list(choice.body)) \(ending)"
    }

    private static func assignment(_ assignment: Assignment) -> String {
        let head = assignment.name + (assignment.subscripted.map { "[\(word($0))]" } ?? "") + (assignment.appends ? "+=" : "=")
        return switch assignment.value {
        case .word(let value): head + angled(value)
        case .array(let elements): head + array(elements)
        }
    }

    private static func array(_ elements: [Assignment.Element]) -> String {
        "A(" + elements.map { ($0.subscripted.map { "[\(word($0))]=" } ?? "") + angled($0.word) }.joined(separator: " ") + ")"
    }

    private static func redirection(_ redirection: Redirection) -> String {
        let descriptor =
            switch redirection.descriptor {
            case .number(let number): "\(number)"
            case .variable(let name): "{\(name)}"
            case nil: ""
            }
        return "\(descriptor)\(redirection.kind)\(angled(redirection.target))"
    }

    static func angled(_ one: Word) -> String { "<\(word(one))>" }
    static func word(_ word: Word) -> String { word.parts.map(part).joined() }

    private static func part(_ part: Word.Part) -> String {
        switch part {
        case .literal(let text): text
        case .quoted(let text): "'\(text)'"
        case .doubleQuoted(let parts): "\"\(parts.map(Self.part).joined())\""
        case .tilde(let user): "H~\(user)"
        case .star: "G*"
        case .question: "G?"
        case .bracket(let text): "G\(text)"
        case .extendedGlob(let operation, let alternatives): "X\(operation)(\(alternatives.map(word).joined(separator: "|")))"
        case .parameter(let parameter): "${\(expansion(parameter))}"
        case .command(let body): "$(\(list(body)))"
        case .arithmetic(let expression): "$((\(word(expression))))"
        case .process(let body, let isInput): "\(isInput ? "<" : ">")(\(list(body)))"
        case .braces(let words): "B{\(words.map(word).joined(separator: ","))}"
        case .braceRange(let first, let last, let step): "R{\(first)..\(last)\(step.map { "..\($0)" } ?? "")}"
        case .array(let elements): array(elements)
        }
    }

    private static func expansion(_ parameter: ParameterExpansion) -> String {
        let index =
            switch parameter.subscripted {
            case .all(let isStar): isStar ? "[*]" : "[@]"
            case .index(let index): "[\(word(index))]"
            case nil: ""
            }
        let head = (parameter.isIndirect ? "!" : "") + (parameter.isLength ? "#" : "") + parameter.name + index
        return head + (parameter.operation.map { " " + operation($0) } ?? "")
    }

    private static func operation(_ operation: ParameterExpansion.Operation) -> String {
        switch operation {
        case .useDefault(let word, let colon): "\(colon ? ":" : "")-\(angled(word))"
        case .assignDefault(let word, let colon): "\(colon ? ":" : "")=\(angled(word))"
        case .fail(let word, let colon): "\(colon ? ":" : "")?\(angled(word))"
        case .alternative(let word, let colon): "\(colon ? ":" : "")+\(angled(word))"
        case .removePrefix(let pattern, let longest): "\(longest ? "##" : "#")\(angled(pattern))"
        case .removeSuffix(let pattern, let longest): "\(longest ? "%%" : "%")\(angled(pattern))"
        case .replace(let pattern, let replacement, let place): "/\(place)\(angled(pattern))\(angled(replacement))"
        case .substring(let offset, let length): ":\(angled(offset))\(length.map { ":" + angled($0) } ?? "")"
        case .changeCase(let name, let pattern): "\(name)\(angled(pattern))"
        case .transform(let letter): "@\(letter)"
        case .namesWithPrefix: "*names"
        }
    }
}
