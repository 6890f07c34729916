/// Braces and bracket patterns, when the whole word is read: bash expands braces first, as mere text.
extension ShellParser {
    mutating func resolved(_ draft: WordDraft, _ rule: WordRule, start: Int) throws(ShellReject) -> [Word.Part] {
        // `[` alone is a program.
        if draft.parts.count == 1 { return draft.parts }
        let items = draft.hasBrace ? try expandBraces(draft.items, start) : draft.items
        let result = bracketed(items, isPath: rule.hasBraces)
        try checkBrackets(result, start)
        return result.joined
    }

    private mutating func expandBraces(_ items: [WordDraft.Item], _ start: Int) throws(ShellReject) -> [WordDraft.Item] {
        var result: [WordDraft.Item] = []
        var frames: [(start: Int, commas: [Int])] = []
        for (index, item) in items.enumerated() {
            guard case .mark(let byte) = item else {
                result.append(item)
                continue
            }
            switch byte {
            case Byte.openBrace: frames.append((result.count, []))
            case Byte.comma:
                if !frames.isEmpty { frames[frames.count - 1].commas.append(result.count) }
            case Byte.closeBrace:
                guard let frame = frames.popLast() else { break }
                let inner = result[(frame.start + 1)...]
                let before = frame.start > 0 ? result[frame.start - 1] : nil
                let next = index + 1 < items.count ? items[index + 1] : nil
                if frame.commas.isEmpty {
                    guard let range = range(inner) else { break }
                    try bashOnly("'{..}'", start, at)
                    if let before, before.reachesOn(whole) { throw textual(start) }
                    result.removeSubrange(frame.start...)
                    result.append(.part(range))
                } else {
                    let alternatives = split(Array(inner), at: frame.commas.map { $0 - frame.start - 1 })
                    try bashOnly("'{,}'", start, at)
                    try check(alternatives, before, next, start)
                    var words: [Word] = []
                    for alternative in alternatives {
                        let parts = bracketed(try tildes(alternative, before, next, start), isPath: true)
                        try checkBrackets(parts, start)
                        words.append(Word(parts: parts.joined, span: span(from: start)))
                    }
                    result.removeSubrange(frame.start...)
                    result.append(.part(.braces(words)))
                }
                continue
            default: break
            }
            result.append(item)
        }
        return result
    }

    private func split(_ items: [WordDraft.Item], at commas: [Int]) -> [[WordDraft.Item]] {
        var result: [[WordDraft.Item]] = []
        var from = 0
        for comma in commas + [items.count] {
            result.append(Array(items[from..<comma]))
            from = comma + 1
        }
        return result
    }

    private func textual(_ start: Int) -> ShellReject {
        reject("braces next to this make another variable's name of it; write ${NAME}, or write the words out", start, at)
    }

    /// `$a{b,c}` is `$ab $ac` to bash, and `{a,$}b` is `ab $b`: such text is refused.
    private func check(_ alternatives: [[WordDraft.Item]], _ before: WordDraft.Item?, _ next: WordDraft.Item?, _ start: Int) throws(ShellReject) {
        let continues = before?.reachesOn(whole) ?? false
        for alternative in alternatives {
            if continues, (alternative.first ?? next)?.continuesName ?? false { throw textual(start) }
            if let last = alternative.last, last.reachesOn(whole), next?.continuesName ?? false { throw textual(start) }
            if alternative.contains(where: \.isExtendedGlob) { throw reject("an extended pattern inside braces is not read", start, at) }
        }
        // A dollar sign at an edge may get anything behind it.
        if before?.endsWithDollar ?? false { throw textual(start) }
        if next != nil, alternatives.contains(where: { $0.last?.endsWithDollar ?? false }) { throw textual(start) }
    }

    /// `{~,x}` at a word's beginning has a home directory in it.
    private func tildes(_ items: [WordDraft.Item], _ before: WordDraft.Item?, _ next: WordDraft.Item?, _ start: Int) throws(ShellReject) -> [WordDraft.Item] {
        guard case .part(.literal(let text))? = items.first, text.utf8.first == Byte.tilde else { return items }
        switch before {
        case .part(.literal(let head))?:
            if head.hasSuffix("=") || head.hasSuffix(":") { throw reject("a '~' in braces is not read here", start, at) }
            return items
        case .part?: return items
        case .mark?: throw reject("a '~' in braces is not read here", start, at)
        case nil: break
        }
        let user = text.utf8.dropFirst().prefix { $0 != Byte.slash }
        let rest = text.utf8.dropFirst().dropFirst(user.count)
        guard user.allSatisfy({ Byte.isName($0) || $0 == Byte.minus || $0 == Byte.dot }) else { return items }
        if rest.isEmpty {
            let follower = items.count > 1 ? items[1] : next
            switch follower {
            case nil: break
            case .part(.literal(let text))? where text.utf8.first == Byte.slash: break
            default: throw reject("a '~' in braces is not read here", start, at)
            }
        }
        let name = String(decoding: user, as: UTF8.self)
        let tail = rest.isEmpty ? [] : [WordDraft.Item.part(.literal(String(decoding: rest, as: UTF8.self)))]
        return [.part(.tilde(user: name))] + tail + items.dropFirst()
    }

    /// `1..5`, `a..e..2`; nil for anything else.
    private func range(_ items: ArraySlice<WordDraft.Item>) -> Word.Part? {
        guard items.count == 1, case .part(.literal(let text))? = items.first else { return nil }
        let bytes = Array(text.utf8)
        var ends: [[UInt8]] = [[]]
        var index = 0
        while index < bytes.count {
            if bytes[index] == Byte.dot, index + 1 < bytes.count, bytes[index + 1] == Byte.dot {
                ends.append([])
                index += 2
            } else {
                ends[ends.count - 1].append(bytes[index])
                index += 1
            }
        }
        func isNumber(_ text: [UInt8]) -> Bool {
            let digits = text.first == Byte.minus || text.first == Byte.plus ? text.dropFirst() : text[...]
            return !digits.isEmpty && digits.count < 19 && digits.allSatisfy(Byte.isDigit)
        }
        guard ends.count == 2 || ends.count == 3, ends.count == 2 || isNumber(ends[2]) else { return nil }
        let areLetters = ends[0].count == 1 && ends[1].count == 1 && Byte.isLetter(ends[0][0]) && Byte.isLetter(ends[1][0])
        guard areLetters || isNumber(ends[0]) && isNumber(ends[1]) else { return nil }
        let texts = ends.map { String(decoding: $0, as: UTF8.self) }
        return .braceRange(first: texts[0], last: texts[1], step: texts.count == 3 ? texts[2] : nil)
    }
}

extension WordDraft.Item {
    /// `$NAME` without braces, which letters behind it would make longer.
    fileprivate func reachesOn(_ whole: [UInt8]) -> Bool {
        guard case .part(.parameter(let parameter)) = self, Byte.startsName(parameter.name.utf8.first ?? 0) else { return false }
        let next = parameter.span.start + 1
        return next < whole.count && whole[next] != Byte.openBrace
    }

    fileprivate var endsWithDollar: Bool {
        guard case .part(.literal(let text)) = self else { return false }
        return text.utf8.last == Byte.dollar
    }

    /// What may be part of a name that begins before it.
    fileprivate var continuesName: Bool {
        switch self {
        case .mark: true
        case .part(.literal(let text)): Byte.isName(text.utf8.first ?? 0)
        case .part(.braces), .part(.braceRange): true
        case .part: false
        }
    }

    fileprivate var isExtendedGlob: Bool {
        if case .part(.extendedGlob) = self { true } else { false }
    }
}
