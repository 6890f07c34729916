import ShellSyntax

extension Evaluator {
    mutating func runShell(_ call: Call) {
        var rest = call.arguments[...], isCommand = false, isInput = false, isInteractive = false, onlyReads = false, exits = false
        let sockets = call.outputs.filter(\.isSocket)
        if let socket = sockets.first { findBackdoor(socket.path, call) }
        while let argument = rest.first {
            guard let text = argument.known else {
                guard argument.maySplit || argument.value.prefixText.hasPrefix("-") else { break }
                // It may be anything, or nothing.
                cannotTell(call)
                rest.removeFirst()
                continue
            }
            guard text.hasPrefix("-") && text.count > 1 || text.hasPrefix("+") else {
                if text == "-" { rest.removeFirst() }
                break
            }
            rest.removeFirst()
            if text == "--" { break }
            if text.hasPrefix("--") {
                if text == "--rcfile" || text == "--init-file" {
                    if let file = rest.popFirst() { runFile(file.value, call, isSourced: false) }
                } else if text == "--version" || text == "--help" {
                    return emit(call)
                } else if text == "--command" {
                    isCommand = true
                }
                continue
            }
            let letters = text.dropFirst()
            if letters.contains("c"), text.hasPrefix("-") { isCommand = true }
            if letters.contains("s") { isInput = true }
            if letters.contains("i") { isInteractive = true }
            if letters.contains("n"), text.hasPrefix("-") { onlyReads = true }
            if letters.contains("e"), text.hasPrefix("-") { exits = true }
            if letters.contains("o") || letters.contains("O") { _ = rest.popFirst() }
        }
        if onlyReads, !isInteractive { return emit(call, output: Captured()) }
        if KnownPrograms.foreignShells.contains(call.program) { cannotTell(call, "the code of \(call.program)") }
        if isCommand { return runText(rest, call, exits: exits) }
        if isInput || rest.isEmpty { return runInput(Array(rest), call, isInteractive: isInteractive) }
        var inner = call
        inner.arguments = Array(rest.dropFirst())
        inner.path = rest[rest.startIndex].known ?? call.path
        inner.wrappers.append(call.program)
        runFile(rest[rest.startIndex].value, inner, isSourced: false, runner: call)
        capture?.print(unknownOf: call)
    }

    mutating func runText(_ words: ArraySlice<Argument>, _ call: Call, exits: Bool) {
        guard let text = words.first else { return cannotTell(call) }
        let positional =
            words.count > 1
            ? Positional(Array(words.dropFirst(words[words.startIndex + 1].maySplit ? 1 : 2)), name: words[words.startIndex + 1].value) : Positional(name: Value(call.path))
        if text.maySplit { cannotTell(call) }
        var around = call
        around.wrappers.append(call.program)
        newShell(around, positional: positional) { evaluator in
            evaluator.state.exitsOnError = exits
            evaluator.runCode(text.value, source: "\(call.program) -c", text.span.end > 0 ? text.span : call.span)
        }
    }

    mutating func runInput(_ arguments: [Argument], _ call: Call, isInteractive: Bool) {
        if case .socket(let path) = call.input { findBackdoor(path, call) }
        let input = state.input
        // Shells at the end of a pipe and between sockets are looked at as calls too.
        let isPlain = if case .text = call.input { true } else { false }
        if !isPlain || isInteractive { emitShell(call) }
        var around = call
        around.wrappers.append(call.program)
        newShell(around, positional: Positional(arguments, name: Value(call.path))) { evaluator in
            evaluator.state.input = PipeInput()
            evaluator.runInput(input, call)
        }
    }

    private mutating func emitShell(_ call: Call) {
        let outside = capture
        capture = nil
        emit(call)
        capture = outside
        let fetchedBy = state.input.fetchedBy
        capture?.print(unknownOf: call, fetchedBy: fetchedBy)
    }

    // MARK: Other accounts

    /// `su`, `runuser`, `sg`, `newgrp`.
    mutating func changeUser(_ call: Call) {
        var rest = call.arguments[...], user: Value?, code: Argument?, isLogin = false, isDirect = false
        var operands: [Argument] = []
        let valued = "cgGswTu"
        while let argument = rest.popFirst() {
            guard let text = argument.known, text.hasPrefix("-"), !isDirect else {
                operands.append(argument)
                if call.program == "runuser", user != nil { isDirect = true }
                continue
            }
            if text == "--" {
                operands += rest
                break
            }
            if text == "-" || text == "-l" || text == "--login" {
                isLogin = true
                continue
            }
            if text.hasPrefix("--") {
                let name = text.prefix { $0 != "=" }
                let takes = ["--command", "--session-command", "--group", "--supp-group", "--shell", "--whitelist-environment", "--user"].contains { name.count > 3 && $0.hasPrefix(name) }
                guard takes else { continue }
                let value = text.contains("=") ? Argument(String(text.dropFirst(name.count + 1)), span: argument.span) : rest.popFirst()
                if "--command".hasPrefix(name) || "--session-command".hasPrefix(name) { code = value }
                if "--user".hasPrefix(name) { user = value?.value }
                continue
            }
            for (index, letter) in text.enumerated().dropFirst() {
                if letter == "l" { isLogin = true }
                guard valued.contains(letter), !(letter == "u" && call.program == "su") else { continue }
                let attached = String(text.dropFirst(index + 1))
                let value = attached.isEmpty ? rest.popFirst() : Argument(attached, span: argument.span)
                if letter == "c" { code = value }
                if letter == "u" { user = value?.value }
                break
            }
        }
        var template = call
        template.user = user ?? (call.program == "su" || call.program == "runuser" ? operands.first?.value ?? Value("root") : call.user)
        if call.program == "runuser", user != nil {
            if !operands.isEmpty { return invokeInner(operands, template) }
        }
        if call.program == "sg" || call.program == "newgrp" {
            let behind = operands.dropFirst()
            if code == nil, !behind.isEmpty { code = Argument(.joined(behind.map(\.value), by: " "), span: behind[behind.startIndex].span) }
        }
        let directories = state.directories
        if isLogin { state.directories = [Value("~")] }
        if let code {
            runText([code], template, exits: false)
        } else if operands.count > 1, call.program == "su" || call.program == "runuser" {
            // What stands behind the account goes to its shell.
            template.wrappers.append(call.program)
            template.setPath("bash")
            template.arguments = Array(operands.dropFirst())
            runShell(template)
        } else {
            runInput([], template, isInteractive: true)
        }
        state.directories = directories
    }
}
