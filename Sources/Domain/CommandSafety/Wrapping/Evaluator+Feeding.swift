import ShellSyntax

extension Evaluator {
    // MARK: find

    mutating func runFind(_ call: Call) {
        emit(call)
        let grammar = FindGrammar(call.arguments)
        if grammar.isOpen, grammar.actions.isEmpty, call.arguments.contains(where: { $0.maySplit && $0.value.hasUnknown && $0.value.prefixText.isEmpty }) {
            cannotTell(call)
        }
        for action in grammar.actions {
            var words = action.words.map { $0.filled("{}", with: grammar.results) }
            if call.program.hasPrefix("fd"), !action.words.contains(where: { $0.known?.contains("{") ?? false }) { words.append(Argument(grammar.results, span: call.span)) }
            guard !words.isEmpty else { continue }
            let before = (state.directories, state.input)
            if action.inDirectory { state.directories = ShellState.union(state.directories, grammar.results.texts.map { Value([$0]) }) }
            state.input = PipeInput()
            invokeInner(words, call) { $0.input = .nothing }
            (state.directories, state.input) = before
        }
    }

    // MARK: xargs

    mutating func runXargs(_ call: Call) {
        var rest = call.arguments[...], mark: String?, delimiter: Unicode.Scalar?, file: Argument?, share: XargsShare?
        var isOpen = false
        while let argument = rest.first {
            guard let text = argument.known else {
                guard argument.maySplit || argument.value.prefixText.hasPrefix("-") else { break }
                rest.removeFirst()
                isOpen = true
                continue
            }
            guard text.hasPrefix("-"), text.count > 1 else { break }
            rest.removeFirst()
            if text == "--" { break }
            if text.hasPrefix("--") {
                let name = text.prefix { $0 != "=" }, attached = text.contains("=") ? String(text.dropFirst(name.count + 1)) : nil
                if "--replace".hasPrefix(name) { mark = attached ?? "{}" }
                if "--null".hasPrefix(name) { delimiter = "\0" }
                if "--delimiter".hasPrefix(name) { delimiter = Escapes.resolved(attached ?? rest.popFirst()?.known ?? "", octalNeedsZero: false).unicodeScalars.first }
                if "--arg-file".hasPrefix(name) { file = attached.map { Argument($0) } ?? rest.popFirst() }
                if "--max-args".hasPrefix(name), name.count > 6 {
                    share = XargsShare(attached ?? rest.popFirst()?.known, isLines: false)
                    continue
                }
                if name == "--max-lines" { share = XargsShare(attached ?? "1", isLines: true) }
                if ["--max-args", "--max-procs", "--max-chars", "--process-slot-var"].contains(where: { $0.hasPrefix(name) && name.count > 5 }), attached == nil { _ = rest.popFirst() }
                continue
            }
            for (index, letter) in text.enumerated().dropFirst() {
                if letter == "0" { delimiter = "\0" }
                let attached = String(text.dropFirst(index + 1))
                if letter == "l" { share = XargsShare(attached.isEmpty ? "1" : attached, isLines: true) }
                if letter == "e" || letter == "l" { break }
                guard "InPLdaEsi".contains(letter) else { continue }
                if letter == "i" {
                    mark = attached.isEmpty ? "{}" : attached
                    break
                }
                let value = attached.isEmpty ? rest.popFirst() : Argument(attached)
                if letter == "n" || letter == "L" { share = XargsShare(value?.known, isLines: letter == "L") }
                if letter == "I" { mark = value?.known ?? "{}" }
                if letter == "d" { delimiter = value?.known.flatMap { Escapes.resolved($0, octalNeedsZero: false).unicodeScalars.first } }
                if letter == "a" { file = value }
                break
            }
        }
        if isOpen { cannotTell(call) }
        let input = file.map { self.input(from: $0.value, call.span) } ?? state.input
        let words = rest.isEmpty ? [Argument("echo", span: call.span)] : Array(rest)
        if let fetched = input.fetchedBy { taint = fetched }
        guard case .text(let value) = input.input, !value.hasUnknown else { return run(words, fed: nil, mark, share, call) }
        for text in value.texts { run(words, fed: Self.items(text, delimiter, isByLine: mark != nil), mark, share, call) }
    }

    /// The words that xargs reads, line by line.
    private static func items(_ text: Text, _ delimiter: Unicode.Scalar?, isByLine: Bool) -> [[Text]] {
        // Scalars that no text has stand for what is not known of it: it holds no blank.
        var kept: [Text.Piece] = [], plain = ""
        for piece in text.pieces {
            if case .known(let known) = piece {
                plain += known
            } else if let scalar = Unicode.Scalar(0xF0000 + min(kept.count, 0xFFF0)) {
                plain.unicodeScalars.append(scalar)
                kept.append(piece)
            }
        }
        return items(plain, delimiter, isByLine: isByLine).map { words in
            words.map { word in
                if kept.isEmpty { return Text(word) }
                return word.unicodeScalars.reduce(into: Text.empty) { text, scalar in
                    let place = Int(scalar.value) - 0xF0000
                    text.append(kept.indices.contains(place) ? kept[place] : .known(String(Character(scalar))))
                }
            }
        }
    }

    private static func items(_ text: String, _ delimiter: Unicode.Scalar?, isByLine: Bool) -> [[String]] {
        if let delimiter { return text.unicodeScalars.split(separator: delimiter, omittingEmptySubsequences: false).map { [String($0)] }.dropLast(where: { $0 == [""] }) }
        var lines: [[String]] = [[]], word = "", hasWord = false, quote: Unicode.Scalar?, isBehindBlank = false
        var rest = text.unicodeScalars[...]
        func end() {
            if hasWord { lines[lines.count - 1].append(word) }
            (word, hasWord) = ("", false)
        }
        while let scalar = rest.popFirst() {
            let isBlank = scalar == " " || scalar == "\t"
            if let open = quote {
                // A quote that is left open ends it.
                if scalar == "\n" { break }
                if scalar == open { quote = nil } else { word.unicodeScalars.append(scalar) }
            } else if scalar == "'" || scalar == "\"" {
                quote = scalar
                hasWord = true
            } else if scalar == "\\" {
                if let next = rest.popFirst() { word.unicodeScalars.append(next) }
                hasWord = true
            } else if scalar == "\n" {
                end()
                // A blank at the end of a line joins the next one to it.
                if !isBehindBlank || isByLine, lines.last?.isEmpty == false { lines.append([]) }
            } else if isBlank, !isByLine || !hasWord {
                end()
            } else {
                word.unicodeScalars.append(scalar)
                hasWord = true
            }
            isBehindBlank = isBlank
        }
        if quote == nil { end() }
        return lines.filter { !$0.isEmpty }
    }

    /// Runs the program with what is read.
    ///
    /// - Parameters:
    ///   - read: line by line; nil: not known.
    ///   - share: how many words, or lines, one call gets; nil: all.
    private mutating func run(_ words: [Argument], fed read: [[Text]]?, _ mark: String?, _ share: XargsShare?, _ call: Call) {
        let items = read.map { Array($0.joined()) }
        let before = state.input
        let line: Value
        if let items {
            line = items.isEmpty ? .empty : .of(items)
        } else if case .text(let value) = before.input, !value.hasUnknown {
            line = value.withoutLastNewlines
        } else {
            line = before.line ?? .unknown
        }
        state.input = PipeInput()
        defer { state.input = before }
        var fed = call
        fed.input = before.input
        if Endless.comesIn(to: fed) { observe(.exhaust(what: "\(call.program) starts programs without end"), call.span, call) }
        func feed(_ inner: inout Call) {
            inner.input = .nothing
            if case .calls(let calls) = before.input { inner.feeders = calls }
        }
        if let mark, !mark.isEmpty {
            let values: [Value] = (items?.count ?? 99) <= limits.turns ? (items ?? []).map { Value([$0]) } : [line]
            for value in values { invokeInner(words.map { $0.filled(mark, with: value) }, call) { feed(&$0) } }
            return
        }
        // No word of the program: what is read becomes the program.
        if let read, let share, case let parts = share.parts(of: read), parts.count <= limits.turns {
            for part in parts { invokeInner(words + part.map { Argument(Value([$0]), span: call.span) }, call) { feed(&$0) } }
        } else if share != nil, items != nil {
            // Each word may be the only one.
            invokeInner(words + [Argument(line, span: call.span), Argument(line, maySplit: true, span: call.span)], call) { feed(&$0) }
        } else if let items, items.count <= limits.words {
            invokeInner(words + items.map { Argument(Value([$0]), span: call.span) }, call) { feed(&$0) }
        } else {
            invokeInner(words + [Argument(line, maySplit: true, span: call.span)], call) { feed(&$0) }
        }
    }

    // MARK: parallel

    /// `parallel TEXT ::: WORD …`: a shell reads the text once for each word.
    mutating func runParallel(_ call: Call) {
        let valued: Set<String> = [
            "-j", "-n", "-N", "-I", "-S", "-a", "-P", "-L", "-d", "--jobs", "--max-args", "--sshlogin", "--arg-file", "--results", "--joblog", "--timeout", "--delay", "--retries", "--colsep",
            "--tmpdir", "--workdir", "--wd", "--env", "--halt", "--memfree", "--load", "--nice", "--tagstring",
        ]
        var rest = call.arguments[...], mark = "{}"
        while let text = rest.first?.known, text.hasPrefix("-") {
            rest.removeFirst()
            if text == "--" { break }
            if valued.contains(text), let value = rest.popFirst(), text == "-I" { mark = value.known ?? mark }
        }
        let place = rest.firstIndex { [":::", ":::+", "::::"].contains($0.known ?? "") } ?? rest.endIndex
        let template = rest[..<place]
        var words: [Value] = []
        if place < rest.endIndex, rest[place].known == ":::" {
            words = rest[(place + 1)...].filter { !($0.known?.hasPrefix(":::") ?? false) }.map { argument in
                // The shell that reads the text finds the same files by the same pattern.
                argument.value.isCertain ? Value(argument.value.texts.map { Text(Value([$0]).display) }) : argument.value
            }
        } else if case .text(let value) = state.input.input, let text = value.known {
            words = text.split(separator: "\n").map { Value(String($0)) }
        } else {
            words = [state.input.line ?? .unknown]
        }
        if words.count > limits.turns { words = [.of(words.flatMap(\.texts))] }
        let text = Value.joined(template.map(\.value), by: " ")
        var around = call
        around.wrappers.append(call.program)
        for word in words {
            let hasMark = text.texts.contains { $0.known?.contains(mark) ?? false }
            let code = hasMark ? Argument(text).filled(mark, with: word).value : template.isEmpty ? word : text.appending(Value(" ")).appending(word)
            newShell(around, positional: Positional()) {
                $0.state.input = PipeInput()
                $0.runCode(code, source: "parallel", call.span)
            }
        }
    }
}

/// What one call of `xargs -n` or `-L` gets.
private struct XargsShare {
    var count: Int
    var isLines: Bool

    /// A number that is not known counts as one: each word may come alone.
    init(_ count: String?, isLines: Bool) {
        self.count = max(1, count.flatMap(Int.init) ?? 1)
        self.isLines = isLines
    }

    func parts(of lines: [[Text]]) -> [[Text]] {
        let items = isLines ? lines : lines.joined().map { [$0] }
        // Without a word it is run once all the same.
        if items.isEmpty { return [[]] }
        return stride(from: 0, to: items.count, by: count).map { Array(items[$0..<min($0 + min(count, items.count), items.count)].joined()) }
    }
}

extension Array {
    /// Without its last element, if that is so.
    fileprivate func dropLast(where isSo: (Element) -> Bool) -> [Element] { last.map(isSo) == true ? Array(dropLast()) : self }
}
