import ShellSyntax

/// All simple commands of a tree, those in substitutions too, each as `NAME/words/assignments`: enough to compare two parsers.
struct CommandSignatures {
    private(set) var found: [String] = []
    private(set) var redirections = 0

    init(_ list: CommandList) { add(list) }

    private mutating func add(_ list: CommandList) {
        for item in list.items {
            item.first.commands.forEach { add($0) }
            item.rest.forEach { $0.pipeline.commands.forEach { add($0) } }
        }
    }

    private mutating func add(_ command: Command) {
        for redirection in command.redirections {
            redirections += 1
            add(redirection.target)
        }
        switch command.form {
        case .simple(let simple): add(simple)
        case .subshell(let body), .group(let body): add(body)
        case .conditional(let branches, let otherwise):
            for branch in branches {
                add(branch.condition)
                add(branch.body)
            }
            if let otherwise { add(otherwise) }
        case .loop(let condition, let body, _):
            add(condition)
            add(body)
        case .forEach(_, let words, let body):
            words?.forEach { add($0) }
            add(body)
        case .arithmeticFor(let expressions, let body):
            expressions.forEach { add($0) }
            add(body)
        case .choice(let subject, let cases):
            add(subject)
            for choice in cases {
                choice.patterns.forEach { add($0) }
                add(choice.body)
            }
        case .arithmetic(let expression): add(expression)
        case .test(let words): words.forEach { add($0) }
        case .function(_, let body): add(body)
        case .coprocess(_, let body): add(body)
        }
    }

    private mutating func add(_ simple: SimpleCommand) {
        if !simple.words.isEmpty || !simple.assignments.isEmpty {
            var name = "-"
            if let first = simple.words.first {
                name = "?"
                if first.parts.count == 1, case .literal(let text) = first.parts[0] { name = text }
            }
            found.append("\(name)/\(simple.words.count)/\(simple.assignments.count)")
        }
        simple.words.forEach { add($0) }
        for assignment in simple.assignments {
            if let index = assignment.subscripted { add(index) }
            switch assignment.value {
            case .word(let word): add(word)
            case .array(let elements): add(elements)
            }
        }
    }

    private mutating func add(_ elements: [Assignment.Element]) {
        for element in elements {
            if let index = element.subscripted { add(index) }
            add(element.word)
        }
    }

    private mutating func add(_ word: Word) { word.parts.forEach { add($0) } }

    private mutating func add(_ part: Word.Part) {
        switch part {
        case .literal, .quoted, .tilde, .star, .question, .bracket, .braceRange: break
        case .doubleQuoted(let parts): parts.forEach { add($0) }
        case .extendedGlob(_, let words), .braces(let words): words.forEach { add($0) }
        case .parameter(let parameter): add(parameter)
        case .command(let list), .process(let list, _): add(list)
        case .arithmetic(let word): add(word)
        case .array(let elements): add(elements)
        }
    }

    private mutating func add(_ parameter: ParameterExpansion) {
        if case .index(let word) = parameter.subscripted { add(word) }
        switch parameter.operation {
        case nil, .transform, .namesWithPrefix: break
        case .useDefault(let word, _), .assignDefault(let word, _), .fail(let word, _), .alternative(let word, _), .removePrefix(let word, _),
            .removeSuffix(let word, _), .changeCase(_, let word):
            add(word)
        case .replace(let pattern, let replacement, _):
            add(pattern)
            add(replacement)
        case .substring(let offset, let length):
            add(offset)
            if let length { add(length) }
        }
    }
}
