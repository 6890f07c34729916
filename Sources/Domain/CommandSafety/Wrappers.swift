/// Programs that run another one: what is inside is judged.
enum Wrappers {
    enum Inner {
        case none
        case program(Call)
        /// Several programs, beside what the call does itself.
        case several([Call])
        /// Shell text.
        case text(String)
        case unknown(String)
    }

    static let shells: Set<String> = ["sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "rbash", "csh", "tcsh", "fish"]

    static func unwrap(_ call: Call) -> Inner {
        if shells.contains(call.program) { return shell(call) }
        switch call.program {
        case "eval": return joined(call.arguments[...], call)
        case "su": return su(call)
        case "source", ".", "trap": return .unknown("what \(call.program) would run can't be told from the text")
        case "docker", "podman", "kubectl", "lxc", "machinectl": return remote(call)
        case "runuser" where call.has("-u", "--user") == false: return su(call)
        case "sg", "newgrp": return group(call)
        case "script": return commandOption(call).map { text($0, call) } ?? .unknown("script would open a shell")
        case "find": return findExec(call)
        case "ssh": return ssh(call)
        case "type", "which": return .none
        default: break
        }
        guard let options = WrapperOptions(call.program) else { return .none }
        return prefixed(call, options)
    }

    /// A wrapper with options, words of its own, assignments, and then the program.
    private static func prefixed(_ call: Call, _ options: WrapperOptions) -> Inner {
        var rest = call.arguments[...]
        var replaced: String?
        while let word = rest.first {
            guard let text = word.known else { return cannotTell(call) }
            guard text.hasPrefix("-"), text != "-" else { break }
            rest.removeFirst()
            if text == "--" { break }
            let (name, attached, takesNext) = options.read(text)
            if options.onlyLooks(name) { return .none }
            if call.program == "env", options.isSplitString(name) {
                guard let word = attached.map(Word.init(known:)) ?? rest.first else { return .none }
                return split([word] + (attached == nil ? rest.dropFirst() : rest), call)
            }
            if call.program == "xargs", name == "-I" || name == "-i" || name == "--replace" { replaced = attached ?? (takesNext ? rest.first?.known : nil) ?? "{}" }
            if takesNext { rest = rest.dropFirst() }
        }
        while options.takesAssignments, let word = rest.first, isAssignment(word.prefix) {
            if let name = word.prefix.split(separator: "=").first, CommandGuard.changesPrograms(variable: String(name)) {
                return .unknown("\(name) changes what later programs do")
            }
            rest.removeFirst()
        }
        rest = rest.dropFirst(options.ownWords)
        if options.joinsWords, !rest.isEmpty { return joined(rest, call) }
        guard let program = rest.first else {
            return options.opensShell || call.program == "sudo" && call.has("-s", "-i", "--shell", "--login") ? .program(Call("sh", [], span: call.span)) : .none
        }
        guard let name = program.known else { return cannotTell(call) }
        if call.program == "flock", name == "-c" || name == "--command" { return rest.dropFirst().first.map { text($0, call) } ?? .none }
        let arguments = Array(rest.dropFirst())
        return .program(Call(name, call.program == "xargs" ? fed(arguments, replaced) : arguments, span: call.span))
    }

    /// What xargs adds is unknown: it comes from its input.
    private static func fed(_ arguments: [Word], _ replaced: String?) -> [Word] {
        guard let replaced, !replaced.isEmpty else { return arguments + [Word(prefix: "")] }
        return arguments.map { word in
            guard let text = word.known, let place = text.utf8.firstRange(of: replaced) else { return word }
            return Word(prefix: String(text[..<place]))
        }
    }

    private static func cannotTell(_ call: Call) -> Inner { .unknown("what \(call.program) would run can't be told from the text") }
    private static func text(_ word: Word, _ call: Call) -> Inner { word.known.map(Inner.text) ?? cannotTell(call) }

    /// Words that a shell reads once more.
    private static func joined(_ words: ArraySlice<Word>, _ call: Call) -> Inner {
        let parts = words.map(\.known)
        guard !parts.contains(nil) else { return cannotTell(call) }
        return .text(parts.compactMap(\.self).joined(separator: " "))
    }

    /// `env -S` has escapes and variables of its own.
    private static func split(_ words: [Word], _ call: Call) -> Inner {
        if words.contains(where: { $0.prefix.contains("\\") || $0.prefix.contains("$") }) { return .unknown("what env -S would run is hidden in one word") }
        return joined(words[...].drop { $0.known.map(isAssignment) ?? false }, call)
    }

    private static func isAssignment(_ text: String) -> Bool {
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else { return false }
        return text[..<equals].allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    }

    /// `sh -c TEXT`; a script file is unknown code.
    private static func shell(_ call: Call) -> Inner {
        var isCommand = false
        for (index, word) in call.arguments.enumerated() {
            guard let text = word.known else { return cannotTell(call) }
            if text.hasPrefix("-") && !text.hasPrefix("--") && text.dropFirst().contains("c") {
                isCommand = true
                continue
            }
            if text == "-n" || text == "--version" { return .none }
            if text.hasPrefix("-") || text.hasPrefix("+") { continue }
            if isCommand { return .text(text) }
            if text == "/dev/stdin" { return .none }
            if index > 0 || !text.isEmpty { return .unknown("\(call.program) would run the script \(DisplayText.escaped(text)), which is not part of the plan") }
        }
        return isCommand ? cannotTell(call) : .none
    }

    private static func su(_ call: Call) -> Inner {
        guard let word = commandOption(call) else {
            return call.program == "su" || call.operands.isEmpty == false ? .unknown("\(call.program) would open a shell") : .none
        }
        return text(word, call)
    }

    /// The word after `-c`, alone or at the end of several short options, or of `--command`.
    private static func commandOption(_ call: Call) -> Word? {
        for (index, word) in call.arguments.enumerated() {
            guard let text = word.known else { continue }
            if text.hasPrefix("--") {
                let name = text.prefix { $0 != "=" }
                guard name.count > 2, "--command".hasPrefix(name) || "--session-command".hasPrefix(name) && name.count > 4 else { continue }
                return text.count > name.count ? Word(known: String(text.dropFirst(name.count + 1))) : call.arguments.dropFirst(index + 1).first
            }
            guard text.hasPrefix("-"), let place = text.firstIndex(of: "c") else { continue }
            let attached = text[text.index(after: place)...]
            return attached.isEmpty ? call.arguments.dropFirst(index + 1).first : Word(known: String(attached))
        }
        return nil
    }

    /// `sg GROUP -c TEXT` or `sg GROUP TEXT`.
    private static func group(_ call: Call) -> Inner {
        let words = call.arguments.drop { $0.prefix.hasPrefix("-") }.dropFirst()
        guard let first = words.first else { return .unknown("\(call.program) would open a shell") }
        if first.known == "-c" { return words.dropFirst().first.map { text($0, call) } ?? .none }
        return joined(words, call)
    }

    private static func ssh(_ call: Call) -> Inner {
        guard let options = WrapperOptions("ssh") else { return cannotTell(call) }
        if call.arguments.contains(where: { $0.prefix.lowercased().contains("proxycommand") || $0.prefix.lowercased().contains("localcommand") }) {
            return .unknown("ssh would run a command here")
        }
        var rest = call.arguments[...]
        while let text = rest.first?.known, text.hasPrefix("-") {
            rest.removeFirst()
            if text == "--" { break }
            if options.read(text).takesNext { rest = rest.dropFirst() }
        }
        let words = rest.dropFirst()
        return words.isEmpty ? .unknown("ssh would open a shell on another host") : joined(words, call)
    }

    private static func remote(_ call: Call) -> Inner {
        guard let verb = call.verb(), verb == "exec" || verb == "shell" || verb == "debug" else { return .none }
        return .unknown("\(call.program) \(verb) runs a command elsewhere")
    }

    /// All commands that find would run; `{}` stands for anything below its roots, so the roots themselves are judged.
    private static func findExec(_ call: Call) -> Inner {
        let starts: Set<String> = ["-exec", "-execdir", "-ok", "-okdir"]
        let roots = call.arguments.prefix { !$0.prefix.hasPrefix("-") && $0.known != "!" && $0.known != "(" }
        var inner: [Call] = []
        var rest = call.arguments[...]
        while let start = rest.firstIndex(where: { $0.known.map(starts.contains) ?? false }) {
            let words = rest[(start + 1)...].prefix { $0.known != ";" && $0.known != "+" }
            rest = rest[(start + 1)...].dropFirst(words.count)
            guard let name = words.first?.known else { return cannotTell(call) }
            for root in roots.isEmpty ? [Word(known: ".")] : Array(roots) {
                inner.append(Call(name, words.dropFirst().map { filled($0, root) }, span: call.span))
            }
        }
        return inner.isEmpty ? .none : .several(inner)
    }

    private static func filled(_ word: Word, _ root: Word) -> Word {
        guard let text = word.known else { return word }
        if text == "{}" { return root }
        guard let place = text.utf8.firstRange(of: "{}") else { return word }
        guard let path = root.known else { return Word(prefix: String(text[..<place]) + root.prefix) }
        return filled(Word(known: String(text[..<place]) + path + text[text.utf8.index(place, offsetBy: 2)...]), root)
    }
}

extension String.UTF8View {
    /// Where a text begins for the first time.
    fileprivate func firstRange(of text: String) -> Index? {
        indices.first { self[$0...].starts(with: text.utf8) }
    }
}
