import ShellSyntax

/// What a part of a word gives, before it is put together to arguments.
enum Segment: Equatable {
    case value(Value)
    /// Quotes: an empty text counts as a word.
    case begin
    /// One word ends, another may begin.
    case split
    /// The word that is being made may become several, or none.
    case soft
}

/// How a word is expanded.
enum ExpansionMode {
    /// Split, with path patterns: arguments.
    case words
    /// As one text: assignments, here-documents, `case`.
    case text
    /// As one path, which may be a pattern: redirections.
    case path
}

extension Evaluator {
    // MARK: Whole words

    /// All ways in which words may read as arguments.
    mutating func expandToArguments(_ words: [Word], _ span: Span) -> [[Argument]] {
        var lists: [[Argument]] = [[]]
        lists[0].reserveCapacity(words.count)
        for word in words {
            if let text = word.literal {
                let argument = Argument(text, span: place(word.span))
                for index in lists.indices { lists[index].append(argument) }
                continue
            }
            for word in expandBraces(word) {
                let readings = expandToArguments(word)
                if readings.count == 1 {
                    for index in lists.indices { lists[index] += readings[0] }
                } else {
                    lists = lists.flatMap { list in readings.map { list + $0 } }
                }
            }
            if lists.count > limits.readings {
                stop(span, "the command may read in more than \(limits.readings) ways", "write it with fewer variables")
                return [lists[0]]
            }
            if lists[0].count > limits.words {
                stop(span, "the command has more than \(limits.words) words", "write it with fewer words")
                return [lists[0]]
            }
        }
        steps += lists.count * lists[0].count / 8
        return lists
    }

    private mutating func expandToArguments(_ word: Word) -> [[Argument]] {
        let span = place(word.span)
        let readings = expand(word.parts, isQuoted: false, .words).map { Self.arguments($0, span) }
        if readings.count == 1 { return readings }
        if readings.allSatisfy({ $0.count == 1 }) || readings.allSatisfy({ $0.count < 2 }) && readings.contains(where: { $0.first?.maySplit == true }) {
            var argument = Argument(.of(readings.flatMap { $0.first?.value.texts ?? [.empty] }), span: span)
            argument.maySplit = readings.contains { $0.first?.maySplit ?? true }
            return [[argument]]
        }
        return readings.reduce(into: []) { kept, list in if !kept.contains(list) { kept.append(list) } }
    }

    private static func arguments(_ segments: [Segment], _ span: Span) -> [Argument] {
        var arguments: [Argument] = []
        var current: Value?, hasBegun = false, isSoft = false
        func end() {
            guard let value = current, hasBegun || !value.isEmptyText else { return }
            arguments.append(Argument(value, maySplit: isSoft, span: span))
        }
        for segment in segments {
            switch segment {
            case .value(let value): if current == nil { current = value } else { current?.append(value) }
            case .begin:
                current = current ?? .empty
                hasBegun = true
            case .soft: isSoft = true
            case .split:
                end()
                (current, hasBegun, isSoft) = (nil, false, false)
            }
        }
        end()
        // Between quotes the word stays, whatever is unknown.
        return arguments
    }

    /// A word as one text.
    mutating func expandToValue(_ word: Word, _ mode: ExpansionMode = .text) -> Value {
        if let text = word.literal { return Value(text) }
        let readings = expand(word.parts, isQuoted: false, mode)
        let values = readings.map { segments in
            segments.reduce(into: Value.empty) { value, segment in
                switch segment {
                case .value(let more): value.append(more)
                case .split: value.append(Value(" "))
                case .begin, .soft: break
                }
            }
        }
        let value = values.dropFirst().reduce(values.first ?? .empty) { $0.union($1) }
        if value.texts.contains(where: { $0.knownLength > limits.characters }) {
            stop(word.span, "a text grows over \(limits.characters) characters", "write it shorter")
            return .unknown
        }
        charge(value)
        return value
    }

    /// A word as a pattern for `Glob`; nil if it is not known.
    mutating func expandToPattern(_ word: Word) -> String? {
        var pattern = ""
        var isKnown = true
        for part in word.parts {
            switch part {
            case .literal(let text): pattern += text
            case .quoted(let text): pattern += Glob.escaped(text)
            case .star: pattern += "*"
            case .question: pattern += "?"
            case .bracket(let text): pattern += text
            case .doubleQuoted:
                guard let text = expandToValue(Word(parts: [part], span: word.span)).known else {
                    isKnown = false
                    continue
                }
                pattern += Glob.escaped(text)
            default:
                guard let text = expandToValue(Word(parts: [part], span: word.span)).known else {
                    isKnown = false
                    continue
                }
                if case .extendedGlob = part { isKnown = false }
                pattern += text
            }
        }
        return isKnown ? pattern : nil
    }

    // MARK: Parts

    /// The readings of parts one behind the other.
    mutating func expand(_ parts: [Word.Part], isQuoted: Bool, _ mode: ExpansionMode) -> [[Segment]] {
        var readings: [[Segment]] = [[]]
        for part in parts {
            let more = expand(part, isQuoted: isQuoted, mode)
            if more.count == 1 {
                for index in readings.indices { readings[index] += more[0] }
            } else {
                readings = readings.flatMap { reading in more.map { reading + $0 } }
                if readings.count > limits.readings { readings = [[.value(.unknown), .soft]] }
            }
        }
        return readings
    }

    /// The word behind an operator, as in `${X:-a b}`: outside quotes its plain text is split too.
    mutating func expandOperand(_ word: Word, isQuoted: Bool, _ mode: ExpansionMode) -> [[Segment]] {
        guard !isQuoted, mode == .words else { return expand(word.parts, isQuoted: isQuoted, mode) }
        var readings: [[Segment]] = [[]]
        for part in word.parts {
            let more = if case .literal(let text) = part { split(Value(text), isQuoted: false, mode) } else { expand(part, isQuoted: false, mode) }
            readings = readings.flatMap { reading in more.map { reading + $0 } }
            if readings.count > limits.readings { readings = [[.value(.unknown), .soft]] }
        }
        return readings
    }

    private mutating func expand(_ part: Word.Part, isQuoted: Bool, _ mode: ExpansionMode) -> [[Segment]] {
        switch part {
        case .literal(let text): return [[.value(Value(text))]]
        case .quoted(let text): return [[.begin, .value(Value(text))]]
        case .doubleQuoted(let inner):
            let readings = expand(inner, isQuoted: true, mode)
            if inner.count == 1, case .parameter(let parameter) = inner[0], parameter.isList || namesList(parameter) { return readings }
            return readings.map { [.begin] + $0 }
        case .tilde(let user): return [[.value(home(user))]]
        case .star: return [[.value(mode == .text ? Value("*") : Value([Text([.star])]))]]
        case .question: return [[.value(mode == .text ? Value("?") : Value([Text([.oneOf(nil)])]))]]
        case .bracket(let text):
            return [[.value(mode == .text ? Value(text) : Value([Text([.oneOf(Glob.characters(String(text.dropFirst().dropLast())))])]))]]
        case .extendedGlob(let sign, let alternatives):
            if sign == "@" { return alternatives.flatMap { expand($0.parts, isQuoted: isQuoted, mode) } }
            for word in alternatives { _ = expand(word.parts, isQuoted: isQuoted, mode) }
            return [[.value(Value([Text([.star])]))]]
        case .parameter(let parameter): return expandParameter(parameter, isQuoted: isQuoted, mode)
        case .command(let list):
            let (value, line) = substitute(list)
            if value.texts.count == 1, value.texts[0].pieces.count == 2, value.texts[0].pieces[0] == .known("y\n") { observe(.exhaust(what: "yes fills the memory"), outerSpan ?? Span(0, 0)) }
            if let line { return [[.value(line)] + (isQuoted || mode == .text ? [] : [.soft])] }
            return split(value, isQuoted: isQuoted, mode)
        case .arithmetic(let word): return [[.value(arithmetic(word))]]
        case .process(let list, let isInput): return [[.value(Value(process(list, isInput: isInput)))]]
        case .braces(let words):
            // Where braces are not expanded they are plain text.
            let inner = words.map { expandToValue($0) }
            return [[.value(Value("{").appending(.joined(inner, by: ",")).appending(Value("}")))]]
        case .array: return [[]]
        case .braceRange(let first, let last, let step): return [[.value(Value("{\(first)..\(last)\(step.map { "..\($0)" } ?? "")}"))]]
        }
    }

    func home(_ user: String) -> Value {
        switch user {
        case "": state.variables["HOME"]?.value ?? Value("~")
        case "+": .of(state.directories.flatMap(\.texts))
        case "-": .of(state.previousDirectories.flatMap(\.texts))
        default: Value("~" + user)
        }
    }

    /// What `$…` or `$(…)` gives: outside quotes it is split, and its stars are patterns.
    func split(_ value: Value, isQuoted: Bool, _ mode: ExpansionMode) -> [[Segment]] {
        if isQuoted || mode == .text { return [[.value(value)]] }
        if mode == .path { return [[.value(value.map(patterned))]] }
        let separators = state.variables["IFS"]?.value.known
        let isOpen = state.variables["IFS"] != nil && separators == nil
        var soft: [Text] = [], readings: [[Segment]] = []
        for text in value.texts {
            if isOpen || text.hasUnknown && !mustSplit(text, separators) {
                soft.append(patterned(text))
                continue
            }
            let reading = split(text, separators ?? " \t\n")
            if !readings.contains(reading) { readings.append(reading) }
        }
        if !soft.isEmpty {
            // Nothing, and one known word, can stand beside the unknown ones.
            let single = readings.filter { $0.count <= 1 && $0.first != .split }
            let texts: [Text] = single.flatMap { Self.texts($0.first) }
            readings.removeAll { single.contains($0) }
            readings.append([.value(.of(texts + soft)), .soft])
        } else if readings.count > 1, readings.allSatisfy({ $0.count == 1 && $0[0] != .split }) {
            return [[.value(.of(readings.flatMap { Self.texts($0.first) }))]]
        }
        return readings
    }

    private static func texts(_ segment: Segment?) -> [Text] {
        if case .value(let value)? = segment { value.texts } else { [.empty] }
    }

    /// A text with unknown pieces whose known ones hold separators.
    private func mustSplit(_ text: Text, _ separators: String?) -> Bool {
        let separators = separators ?? " \t\n"
        return text.pieces.contains { piece in if case .known(let known) = piece { known.unicodeScalars.contains { separators.unicodeScalars.contains($0) } } else { false } }
    }

    private func split(_ text: Text, _ separators: String) -> [Segment] {
        if let known = text.known, !known.utf8.contains(where: Self.isSpecial), separators == " \t\n" { return known.isEmpty ? [] : [.value(Value(known))] }
        var segments: [Segment] = []
        for piece in text.pieces {
            switch piece {
            case .known(let known):
                var word = ""
                var isBehindWord = segments.isEmpty ? false : segments.last != .split
                for scalar in known.unicodeScalars {
                    guard separators.unicodeScalars.contains(scalar) else {
                        word.unicodeScalars.append(scalar)
                        isBehindWord = true
                        continue
                    }
                    if !word.isEmpty { segments.append(.value(Value([patterned(Text(word))]))) }
                    word = ""
                    if !" \t\n".unicodeScalars.contains(scalar) {
                        if !isBehindWord { segments.append(.begin) }
                        isBehindWord = false
                    }
                    segments.append(.split)
                }
                if !word.isEmpty { segments.append(.value(Value([patterned(Text(word))]))) }
            case .unknown: segments += [.value(.unknown), .soft]
            case .name, .star, .oneOf: segments.append(.value(Value([Text([piece])])))
            }
        }
        return segments
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "["): true
        default: false
        }
    }

    /// Its `*`, `?` and `[…]` as pieces.
    func patterned(_ text: Text) -> Text {
        guard text.pieces.contains(where: { if case .known(let known) = $0 { known.utf8.contains { $0 == 0x2A || $0 == 0x3F || $0 == 0x5B } } else { false } }) else { return text }
        var result = Text.empty
        for piece in text.pieces {
            guard case .known(let known) = piece else {
                result.append(piece)
                continue
            }
            var rest = known.unicodeScalars[...]
            while let first = rest.first {
                switch Character(first) {
                case "*": result.append(.star)
                case "?": result.append(.oneOf(nil))
                case "[":
                    if let end = rest.dropFirst(2).firstIndex(of: "]") {
                        result.append(.oneOf(Glob.characters(String(rest[rest.index(after: rest.startIndex)..<end]))))
                        rest = rest[end...]
                    } else {
                        result.append(.known("["))
                    }
                default: result.append(.known(String(Character(first))))
                }
                rest = rest.dropFirst()
            }
        }
        return result
    }

    // MARK: Braces

    /// `a{b,c}` as `ab` and `ac`.
    private mutating func expandBraces(_ word: Word) -> [Word] {
        let hasBraces = word.parts.contains { part in
            switch part {
            case .braces, .braceRange: true
            default: false
            }
        }
        guard hasBraces else { return [word] }
        var lists: [[Word.Part]] = [[]]
        for part in word.parts {
            var middles: [[Word.Part]]
            switch part {
            case .braces(let words): middles = words.flatMap { inner in expandBraces(inner).map(\.parts) }
            case .braceRange(let first, let last, let step):
                guard let range = Braces.range(first, last, step, limit: limits.words) else {
                    stop(word.span, "a range of braces has more than \(limits.words) words", "use a loop")
                    return []
                }
                middles = range.map { [.literal($0)] }
            default:
                for index in lists.indices { lists[index].append(part) }
                continue
            }
            guard lists.count * middles.count <= limits.words else {
                stop(word.span, "braces make more than \(limits.words) words", "write fewer")
                return []
            }
            lists = lists.flatMap { list in middles.map { list + $0 } }
            steps += lists.count * (lists.first?.count ?? 0) / 64
        }
        return lists.map { Word(parts: $0, span: word.span) }
    }
}
