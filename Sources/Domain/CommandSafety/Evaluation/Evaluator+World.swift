import ShellSyntax

extension Evaluator {
    // MARK: Substitutions

    /// What `$(…)` gives, without the newlines at its end; for text that is not known, how each of its lines reads.
    mutating func substitute(_ list: CommandList) -> (value: Value, line: Value?) {
        if let file = fileOnly(list) {
            let path = expandToValue(file, .path)
            let input = input(from: path, file.span)
            if case .text(let value) = input.input { return (value.withoutLastNewlines, nil) }
            observe(.read(path, prints: true), file.span)
            if let fetched = input.fetchedBy { taint = fetched }
            return (.unknown, nil)
        }
        let outside = capture
        capture = Captured()
        let before = taint
        taint = nil
        isolated { evaluator in
            evaluator.state.streams[1] = nil
            evaluator.enclosing = []
            evaluator.runList(list)
        }
        let captured = capture ?? Captured()
        capture = outside
        taint = captured.fetchedBy ?? before
        return (captured.value.withoutLastNewlines, captured.line)
    }

    /// The file of `$(< file)`.
    private func fileOnly(_ list: CommandList) -> Word? {
        guard list.items.count == 1, list.items[0].rest.isEmpty, list.items[0].first.commands.count == 1 else { return nil }
        let command = list.items[0].first.commands[0]
        guard case .simple(let simple) = command.form, simple.words.isEmpty, simple.assignments.isEmpty, command.redirections.count == 1, command.redirections[0].kind == .read
        else { return nil }
        return command.redirections[0].target
    }

    /// `<(…)` and `>(…)`: the path that stands for it.
    mutating func process(_ list: CommandList, isInput: Bool) -> String {
        processNumber += 1
        let path = "/dev/fd/\(processNumber)"
        let outside = capture
        capture = isInput ? Captured() : outside
        forks += 1
        isolated { evaluator in
            if isInput {
                evaluator.state.streams[1] = nil
                evaluator.enclosing = []
            } else {
                evaluator.state.input = PipeInput(input: .calls([]))
            }
            evaluator.runList(list)
        }
        forks -= 1
        if isInput, let captured = capture { world.processes[path] = captured.asInput }
        capture = outside
        if !isInput { world.sinks[path] = list }
        return path
    }

    /// What stands behind `>(…)` reads what was written to it.
    private mutating func runSink(_ list: CommandList, _ value: Value) {
        isolated { evaluator in
            evaluator.state.input = PipeInput(input: .text(value))
            evaluator.runList(list)
        }
    }

    // MARK: Files

    /// What the script itself has put into a file.
    func content(of path: String) -> World.Content? {
        if world.files.isEmpty { return nil }
        for place in Value([Text(fileKey: path)]).places(in: state.directories).texts.compactMap(\.fileKey) {
            if let content = world.files[place] { return content }
            if let target = world.links[place]?.known, let content = world.files[target] { return content }
        }
        return nil
    }

    /// Notes what a redirection has written.
    mutating func record(_ output: Call.Output, _ content: Value?, fetchedBy: String?) {
        let new: World.Content = fetchedBy.map { .fetched(by: $0) } ?? content.map { .text($0) } ?? .unknown
        for path in output.path.places(in: state.directories).texts.compactMap(\.fileKey) { write(path, new, appends: output.appends, output.span) }
    }

    mutating func write(_ path: String, _ content: World.Content, appends: Bool, _ span: Span) {
        if path == "/dev/null" || path == "/dev/stdout" || path == "/dev/stderr" { return }
        let path = world.links[path]?.known ?? path
        var new = content
        switch (appends, world.files[path], content) {
        case (true, .text(let before)?, .text(let more)): new = .text(before.appending(more))
        case (true, .fetched(let program)?, _): new = .fetched(by: program)
        case (true, nil, .text), (true, .unknown?, .text), (true, .copy?, .text):
            if case .text(let more) = content, LexicalPath.isTemporary(path) { new = .text(more) } else if case .text(let more) = content { new = .text(Value.unknown.appending(more)) }
        case (false, .some(let before), _) where before != content:
            // In a branch it may not have been written: both hold.
            if case .text(let old) = before, case .text(let text) = content, conditions > 0 { new = .text(old.union(text)) }
        default: break
        }
        if path.contains("\u{1}"), case .text(let old)? = world.files[path], case .text(let text) = new { new = .text(old.union(text)) }
        world.files[path] = new
        if case .text(let value) = content, let list = world.sinks[path] { runSink(list, value) }
        if case .text(let value) = content { judgePlanted(path, value, span) }
    }

    /// What a program does to files, links and names that matters later.
    mutating func applyToWorld(_ call: Call) {
        switch call.program {
        case "tee":
            let appends = call.arguments.contains { $0.known == "-a" || $0.known == "--append" }
            let content: World.Content
            if let program = state.input.fetchedBy { content = .fetched(by: program) } else if case .text(let value) = call.input { content = .text(value) } else { content = .unknown }
            for operand in call.operands { write(operand, content, appends: appends, call) }
        case "cp", "mv", "install", "ln", "link": copy(call)
        case "curl", "wget", "wget2", "aria2c", "axel", "fetch", "http", "lwp-download": fetch(call)
        case "dd":
            for argument in call.arguments where argument.value.prefixText.hasPrefix("of=") {
                var content = World.Content.unknown
                if case .text(let value) = call.input { content = .text(value) }
                if let program = state.input.fetchedBy { content = .fetched(by: program) }
                write(Argument(argument.value.map { $0.dropping(bytes: 3) }), content, appends: false, call)
            }
        case "sed" where call.arguments.contains(where: { $0.known?.hasPrefix("-i") == true || $0.known?.hasPrefix("--in-place") == true }):
            for operand in call.operands.dropFirst() { forget(operand) }
        case "mount" where call.arguments.contains(where: { $0.known?.contains("bind") == true }):
            let operands = call.operands.filter { $0.known?.contains("bind") != true }
            if operands.count > 1, let source = operands.dropLast().last, let target = operands.last {
                for path in places(target) { world.links[path] = source.value.places(in: state.directories) }
            }
        case "rm", "unlink":
            for operand in call.operands { for path in places(operand) { world.links[path] = nil } }
        case "crontab":
            guard !call.arguments.contains(where: { ["-l", "-r", "-e"].contains($0.known ?? "") }) else { break }
            let file = call.operands.last { $0.known != "-" }
            if let file, let path = file.known, case .text(let value)? = content(of: path) {
                Planted.crontab(value, hasUser: false).forEach { runPlanted($0, call.span, by: "cron") }
            } else if let value = state.input.partial {
                Planted.crontab(value, hasUser: false).forEach { runPlanted($0, call.span, by: "cron") }
            } else if case .text(let value) = call.input {
                Planted.crontab(value, hasUser: false).forEach { runPlanted($0, call.span, by: "cron") }
            }
        case "mkfifo", "mknod": for operand in call.operands { for path in places(operand) { world.files[path] = .unknown } }
        default:
            if !call.fetched.isEmpty {
                if KnownPrograms.isInterpreter(call.program), let path = call.fetched.sorted().first { observeFetched(path, call.span, call) }
            } else if let program = state.input.fetchedBy, KnownPrograms.isInterpreter(call.program), call.operands.isEmpty || call.operands.first?.known == "-" {
                observeFetched(program, call.span, call)
            }
        }
    }

    private func places(_ argument: Argument) -> [String] { argument.value.places(in: state.directories).texts.compactMap(\.fileKey) }

    private mutating func write(_ argument: Argument, _ content: World.Content, appends: Bool, _ call: Call) {
        for path in places(argument) { write(path, content, appends: appends, call.span) }
    }

    private mutating func forget(_ argument: Argument) {
        for path in places(argument) where world.files[path] != nil { world.files[path] = .unknown }
    }

    private mutating func copy(_ call: Call) {
        var operands: [Argument] = [], target: Argument?
        var rest = call.arguments[...]
        while let argument = rest.popFirst() {
            guard let text = argument.known, text.hasPrefix("-"), text.count > 1 else {
                operands.append(argument)
                continue
            }
            if text == "-t" || text == "--target-directory" { target = rest.popFirst() }
            if text.hasPrefix("--target-directory=") { target = Argument(String(text.dropFirst(19))) }
            if call.program == "install", ["-m", "-o", "-g", "--mode", "--owner", "--group"].contains(text) { _ = rest.popFirst() }
        }
        let isLink = call.program == "ln" || call.program == "link"
        if target == nil, operands.count > 1 { target = operands.popLast() }
        // `ln -s TARGET` makes the name in the directory where it stands.
        guard let target = target ?? (isLink ? Argument(".") : nil) else { return }
        for source in operands {
            let name = source.value.texts.first.flatMap(TextEdit.lastComponent)?.known ?? ""
            for path in places(target) {
                for end in [path, LexicalPath.normalised(path + "/" + name)] {
                    if isLink {
                        world.links[end] = source.value.places(in: state.directories)
                    } else if let from = places(source).first {
                        write(end, world.files[from] ?? .copy(of: from), appends: false, call.span)
                    }
                }
            }
        }
    }

    private mutating func fetch(_ call: Call) {
        var rest = call.arguments[...], isNamedByAddress = call.program != "curl" && call.program != "http"
        let mentionsO = call.arguments.contains { $0.known?.contains("O") == true }
        while let argument = rest.popFirst() {
            guard let text = argument.known else {
                if case .known(let prefix)? = argument.value.texts[0].pieces.first, prefix.hasPrefix("--output=") { world.files["?"] = .fetched(by: call.program) }
                continue
            }
            if text == "-O" || text == "--remote-name", call.program == "curl" {
                isNamedByAddress = true
            } else if ["-o", "-O", "--output", "--output-document", "--out"].contains(text), let next = rest.popFirst() {
                write(next, .fetched(by: call.program), appends: false, call)
            } else if let equals = text.unicodeScalars.firstIndex(of: "="), ["--output", "--output-document", "--out"].contains(String(text[..<equals])) {
                write(Argument(String(text.unicodeScalars[equals...].dropFirst())), .fetched(by: call.program), appends: false, call)
            } else if text.hasPrefix("-"), !text.hasPrefix("--"), text.count > 2, let last = text.last, last == "o" || last == "O" {
                if last == "O", call.program == "curl" { isNamedByAddress = true } else if let next = rest.popFirst() { write(next, .fetched(by: call.program), appends: false, call) }
            } else if text.hasPrefix("-o") || text.hasPrefix("-O"), text.count > 2 {
                write(Argument(String(text.dropFirst(2))), .fetched(by: call.program), appends: false, call)
            } else if isNamedByAddress || mentionsO, text.contains("/"), !text.hasPrefix("-") {
                write(Argument(LexicalPath.name(String(text.prefix { $0 != "?" }))), .fetched(by: call.program), appends: false, call)
            }
        }
    }

    /// What the script itself has written of the files that a call names, and where links lead that it has made.
    func addWritten(_ call: inout Call) {
        let changesNames = ["rm", "unlink", "mv", "ln", "readlink", "ls", "stat", "link"].contains(call.program)
        for index in call.arguments.indices {
            let value = call.arguments[index].value
            for path in value.places(in: state.directories).texts.compactMap(\.fileKey) {
                switch world.files[path] {
                case .text(let text)?: call.files[value.known ?? path] = text
                case .fetched?: call.fetched.insert(value.known ?? path)
                case .copy?, .unknown?, nil: break
                }
            }
            if !world.links.isEmpty {
                let isSlashed = value.known?.hasSuffix("/") == true
                // What `cd` has followed already is not followed once more.
                let directories = state.directories.filter { $0.texts.allSatisfy { followed($0, isSlashed: true, changesNames: false).isEmpty } }
                let paths = value.texts.filter { !$0.prefix.hasPrefix("-") && !$0.isEmpty && (!directories.isEmpty || LexicalPath.isAbsolute($0.prefix)) }
                let more = paths.isEmpty ? [] : Value(paths).places(in: directories).texts.flatMap { followed($0, isSlashed: isSlashed, changesNames: changesNames) }
                if !more.isEmpty { call.arguments[index].value = value.union(.of(more)) }
            }
        }
        for index in call.outputs.indices {
            let more = call.outputs[index].path.places(in: state.directories).texts.flatMap { followed($0, isSlashed: true, changesNames: false) }
            if !more.isEmpty { call.outputs[index].path = call.outputs[index].path.union(.of(more)) }
        }
    }

    /// Where a path leads through links that the script has made.
    func followed(_ path: Text, isSlashed: Bool, changesNames: Bool) -> [Text] {
        if world.links.isEmpty { return [] }
        var found: [Text] = []
        if let known = path.known, isSlashed || !changesNames, let target = world.links[known] { found += target.texts }
        let prefix = path.prefix
        // No system follows longer paths.
        guard prefix.utf8.count <= 4096 else { return found }
        for (count, byte) in prefix.utf8.enumerated() where byte == UInt8(ascii: "/") && count > 0 {
            guard let target = world.links[String(decoding: prefix.utf8.prefix(count), as: UTF8.self)] else { continue }
            found += target.texts.map { $0.appending(path.dropping(bytes: count)) }
        }
        return found
    }

    // MARK: Planted code

    /// Code in files that the system runs by itself.
    private mutating func judgePlanted(_ path: String, _ value: Value, _ span: Span) {
        for code in Planted.code(path, value) { runPlanted(code, span, by: path.contains("/systemd/") ? "systemd" : path.contains("cron") ? "cron" : "start-up") }
    }

    private mutating func runPlanted(_ code: Value, _ span: Span, by starter: String) {
        var call = Call("", [], span: place(span))
        call.isBackground = true
        call.wrappers = [starter]
        let outside = capture
        defer { capture = outside }
        newShell(call, positional: Positional(hasMore: true)) { evaluator in
            evaluator.state.input = PipeInput()
            evaluator.capture = nil
            evaluator.runCode(code, source: "a job that is set up", span)
        }
    }
}

extension LexicalPath {
    static func isTemporary(_ path: String) -> Bool { path.hasPrefix("/tmp/") || path.hasPrefix("/var/tmp/") || path.hasPrefix(Directory.own) || path.hasPrefix("/dev/shm/") }
}

extension Value {
    /// What is surely at the beginning of all readings.
    var prefixText: String { texts.count == 1 ? texts[0].prefix : Value.common(texts).prefix }

    var withoutLastNewlines: Value {
        map { text in
            guard text.suffix.utf8.last == 10 else { return text }
            var shorter = Text(Array(text.pieces.dropLast()))
            var kept = text.suffix[...]
            while kept.utf8.last == 10 { kept = kept.dropLast() }
            shorter.append(.known(String(kept)))
            return shorter
        }
    }
}
