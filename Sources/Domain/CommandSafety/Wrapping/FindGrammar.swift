/// What `find` looks for and runs.
struct FindGrammar {
    struct Action {
        var words: [Argument]
        var inDirectory: Bool
    }
    private(set) var roots: [Argument] = []
    private(set) var actions: [Action] = []
    /// Whether tests are joined by `-o` or turned by `!`, so that each alone excludes nothing.
    private var isLoose = false
    private var names: [Text?] = []
    private var branches = 1
    private var excludesRoot = false
    private var onlyRoot = false
    /// An argument is not known that may be a test or an action.
    private(set) var isOpen = false

    private static let starts: Set<String> = ["-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch"]

    init(_ arguments: [Argument]) {
        var rest = arguments[...]
        while let text = rest.first?.known, ["-H", "-L", "-P", "-D"].contains(text) || text.hasPrefix("-O") {
            rest.removeFirst()
            if text == "-D" { rest = rest.dropFirst() }
        }
        while let argument = rest.first, !argument.value.prefixText.hasPrefix("-"), argument.known != "!", argument.known != "(" {
            if argument.maySplit { isOpen = true }
            roots.append(argument)
            rest.removeFirst()
        }
        if roots.isEmpty { roots = [Argument(".")] }
        while let argument = rest.popFirst() {
            guard let text = argument.known else {
                isOpen = isOpen || argument.maySplit
                continue
            }
            switch text {
            case _ where Self.starts.contains(text):
                var words: [Argument] = []
                while let word = rest.popFirst(), word.known != ";" {
                    // A plus ends it only behind `{}`.
                    if word.known == "+", words.last?.known == "{}" { break }
                    words.append(word)
                }
                actions.append(Action(words: words, inDirectory: text.hasSuffix("dir")))
            case "-o", "-or": branches += 1
            case "!", "-not", ",": isLoose = true
            case "-name", "-iname":
                if let pattern = rest.popFirst(), let known = pattern.known { names.append(text == "-name" ? Self.pattern(known) : nil) }
            case "-type":
                if let type = rest.popFirst()?.known, !type.contains("d") { excludesRoot = true }
            case "-mindepth": if let depth = rest.popFirst()?.known.flatMap(Int.init), depth > 0 { excludesRoot = true }
            case "-maxdepth": if rest.popFirst()?.known == "0" { onlyRoot = true }
            default: break
            }
        }
    }

    /// A name pattern of find as pieces of a path.
    private static func pattern(_ text: String) -> Text? {
        if text.contains("[") || text.contains("\\") || text.contains("/") { return nil }
        var pattern = Text.empty
        for character in text {
            switch character {
            case "*": pattern.append(.star)
            case "?": pattern.append(.oneOf(nil))
            default: pattern.append(.known(String(character)))
            }
        }
        return pattern
    }

    /// The paths that it may find.
    var results: Value {
        // Each branch of an `-o` must name what it wants.
        let wanted: [Text?] = isLoose || names.count < branches || names.contains(nil) ? [nil] : branches > 1 ? names : [names.last ?? nil]
        return .of(wanted.flatMap { name in roots.flatMap { root in root.value.texts.flatMap { results(from: $0, named: name) } } })
    }

    private func results(from root: Text, named name: Text?) -> [Text] {
        let text = root.isEmpty ? Text(".") : root
        var below = text
        below.append(.known(text.suffix.hasSuffix("/") ? "" : "/"))
        below.append(Text.unknown)
        if let name { below.append(name) }
        if onlyRoot { return [text] }
        let ownName = TextEdit.lastComponent(text)?.known
        let matches = name.map { name in ownName.map { Glob.mayRead(name.pieces[...], $0[...]) } ?? true } ?? true
        return (excludesRoot && !isLoose && branches == 1) || !matches ? [below] : [text, below]
    }
}

extension Argument {
    /// With `{}` (or another text) in it replaced by what may stand there.
    func filled(_ mark: String, with value: Value) -> Argument {
        var filled = self
        filled.value = self.value.flatMap { text -> [Text] in
            guard let known = text.known, known.contains(mark) else { return [text] }
            let parts = known.split(separator: mark, omittingEmptySubsequences: false).map { Text(String($0)) }
            return value.texts.map { inner in
                parts.dropFirst().reduce(into: parts[0]) { text, part in
                    text.append(inner)
                    text.append(part)
                }
            }
        }
        return filled
    }
}
