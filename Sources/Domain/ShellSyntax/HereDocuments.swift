/// What is known of the here-documents of a text.
///
/// The text of one stands behind the line of its operator, when the command may long be read. So a script with any is read
/// twice: the first reading finds the texts, the second one has them when it meets their operators.
struct HereDocuments {
    /// One whose operator was read and whose text comes behind the line.
    struct Pending {
        var key: Int
        var delimiter: [UInt8]
        var isQuoted: Bool
        var stripsTabs: Bool
        var operatorSpan: Span
    }
    /// Where a text stands, in the text that was being read then.
    struct Place {
        var start: Int
        var end: Int
        /// Where reading goes on, behind the delimiter.
        var next: Int
    }
    var pending: [Pending] = []
    /// By the place of the operator.
    var known: [Int: Place] = [:]
    var isSecondReading = false
    var wereSeen = false
    /// The text being read is one of theirs.
    var isReadingText = false
}

extension ShellParser {
    /// From behind `<<`.
    mutating func hereDocument(start: Int, operation: Int, descriptor: Redirection.Descriptor?) throws(ShellReject) -> Redirection {
        here.wereSeen = true
        let stripsTabs = look() == Byte.minus
        if stripsTabs { at += 1 }
        skipBlanks()
        let (delimiter, isQuoted) = try delimiter()
        let own = span(from: start)
        let pending = HereDocuments.Pending(
            key: place(operation), delimiter: delimiter, isQuoted: isQuoted, stripsTabs: stripsTabs, operatorSpan: own)
        here.pending.append(pending)
        var target = Word(parts: isQuoted ? [.quoted("")] : [.doubleQuoted([])], span: own)
        if here.isSecondReading, let place = here.known[pending.key] { target = try document(pending, place) }
        return Redirection(kind: .hereDocument, descriptor: descriptor, target: target, span: own)
    }

    /// The word behind the operator, which is not expanded, and whether any of it is quoted.
    private mutating func delimiter() throws(ShellReject) -> ([UInt8], isQuoted: Bool) {
        let start = at
        var result: [UInt8] = []
        var isQuoted = false
        while !Byte.endsWord(look()) {
            let current = byte(at)
            switch current {
            case Byte.single, Byte.double:
                isQuoted = true
                let open = at
                at += 1
                while at < limit, bytes[at] != current {
                    if current == Byte.double, bytes[at] == Byte.backslash, Self.escapesInDouble(byte(at + 1)) { at += 1 }
                    result.append(byte(at))
                    at += 1
                }
                guard at < limit else { throw reject("this quote is not closed", open, open + 1) }
                at += 1
            case Byte.backslash:
                isQuoted = true
                guard at + 1 < limit else { throw reject("the here-document's delimiter is not read", start, at + 1) }
                result.append(bytes[at + 1])
                at += 2
            case Byte.back: throw reject("the here-document's delimiter is not read", start, at + 1)
            case Byte.dollar where [Byte.open, Byte.openBrace, Byte.openBracket, Byte.single, Byte.double].contains(byte(at + 1)):
                throw reject("the here-document's delimiter is not read", start, at + 1)
            default:
                result.append(current)
                at += 1
            }
        }
        guard at > start else { throw reject("the here-document's delimiter is missing here", at, at + 1) }
        guard !result.contains(Byte.newline) else { throw reject("the here-document's delimiter has more than one line", start, at) }
        return (result, isQuoted)
    }

    /// Behind a line end: the texts of the here-documents of that line.
    mutating func readHereDocuments() throws(ShellReject) {
        let waiting = here.pending
        here.pending = []
        for pending in waiting {
            if here.isSecondReading, let place = here.known[pending.key] {
                at = place.next
                continue
            }
            let place = try find(pending)
            here.known[pending.key] = place
            // Others may stand in it.
            at = place.end
            if !here.isSecondReading { _ = try document(pending, place) }
            at = place.next
        }
    }

    /// Where the text ends that begins here. Without its delimiter it goes to the end, as in bash.
    private mutating func find(_ pending: HereDocuments.Pending) throws(ShellReject) -> HereDocuments.Place {
        let start = at
        var index = at
        while index < limit {
            let (line, end) = hereLine(index, pending)
            steps &+= end - index
            if line == pending.delimiter[...] { return .init(start: start, end: index, next: min(end + 1, limit)) }
            if substitutions > 0, line.starts(with: pending.delimiter), let close = line.dropFirst(pending.delimiter.count).firstIndex(of: Byte.close) {
                // Bash ends it here, with a warning; others do not.
                guard dialect == .bash, close == line.startIndex + pending.delimiter.count, bytes[index..<end].count >= line.count else {
                    throw reject("where this here-document ends is not clear: its delimiter must stand alone", index, end)
                }
                return .init(start: start, end: index, next: end - line.count + pending.delimiter.count)
            }
            index = end + 1
        }
        return .init(start: start, end: limit, next: limit)
    }

    /// A line as it is compared to the delimiter, and where it ends.
    private func hereLine(_ start: Int, _ pending: HereDocuments.Pending) -> (ArraySlice<UInt8>, end: Int) {
        var end = start
        var isJoined = false
        while end < limit, bytes[end] != Byte.newline {
            if !pending.isQuoted, bytes[end] == Byte.backslash, end + 1 < limit {
                if bytes[end + 1] == Byte.newline { isJoined = true }
                end += 1
            }
            end += 1
        }
        end = min(end, limit)
        // Only one without a continuation, or made up of them, is the delimiter; what they join is compared too.
        var line = isJoined ? Array(text(start, end).utf8)[...] : bytes[start..<end]
        if pending.stripsTabs { line = line.drop { $0 == Byte.tab } }
        return (line, end)
    }

    /// A here-document's text as a word.
    private mutating func document(_ pending: HereDocuments.Pending, _ place: HereDocuments.Place) throws(ShellReject) -> Word {
        try enter()
        defer { depth -= 1 }
        let own = span(place.start, place.end)
        let saved = (at, limit, bytes, origin, here.pending, here.isReadingText, inDouble, oddQuotes)
        defer { (at, limit, bytes, origin, here.pending, here.isReadingText, inDouble, oddQuotes) = saved }
        (at, limit, inDouble, oddQuotes) = (place.start, place.end, false, 0)
        here.pending = []
        here.isReadingText = true
        if pending.stripsTabs { stripTabs(pending) }
        steps &+= limit - at
        guard !pending.isQuoted else { return Word(parts: [.quoted(String(decoding: bytes[at..<limit], as: UTF8.self))], span: own) }
        return Word(parts: [.doubleQuoted(try quotedParts(until: .limit))], span: own)
    }

    /// Makes the text to be read one without the tabs that begin its lines.
    private mutating func stripTabs(_ pending: HereDocuments.Pending) {
        var stripped: [UInt8] = []
        var places: [Int] = []
        var index = at
        while index < limit {
            let (_, end) = hereLine(index, pending)
            while index < end, bytes[index] == Byte.tab { index += 1 }
            while index < min(end + 1, limit) {
                stripped.append(bytes[index])
                places.append(place(index))
                index += 1
            }
        }
        places.append(place(limit))
        (bytes, origin, at, limit) = (stripped, places, 0, stripped.count)
    }
}
