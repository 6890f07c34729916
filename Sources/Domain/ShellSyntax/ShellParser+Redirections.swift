extension ShellParser {
    /// The place of the operator if a redirection begins here: it may have a number or `{name}` before it.
    mutating func redirectionAhead() throws(ShellReject) -> Int? {
        let first = look()
        switch first {
        case Byte.less, Byte.greater: return isFollowed(by: Byte.open) ? nil : at
        case Byte.ampersand: return isFollowed(by: Byte.greater) ? at : nil
        case Byte.openBrace:
            var end = after(at)
            guard Byte.startsName(byte(end)) else { return nil }
            while Byte.isName(byte(end)) { end = after(end) }
            guard byte(end) == Byte.closeBrace else { return nil }
            end = after(end)
            return byte(end) == Byte.less || byte(end) == Byte.greater ? end : nil
        case _ where Byte.isDigit(first):
            var end = at
            while Byte.isDigit(byte(end)) { end = after(end) }
            guard byte(end) == Byte.less || byte(end) == Byte.greater else { return nil }
            guard end - at < 10 else { throw reject("no descriptor has such a number", at, end) }
            return end
        default: return nil
        }
    }

    /// The redirection whose operator stands at `operation`.
    mutating func redirection(at operation: Int) throws(ShellReject) -> Redirection {
        let start = at
        var descriptor: Redirection.Descriptor?
        if operation > at {
            if byte(at) == Byte.openBrace {
                try bashOnly("a descriptor's name", at, operation)
                let inner = text(at, operation)
                descriptor = .variable(String(inner.dropFirst().dropLast()))
            } else {
                guard let number = Int(text(at, operation)) else { throw unexpected() }
                if number > 9 { try bashOnly("a descriptor above 9", at, operation) }
                descriptor = .number(number)
            }
            at = operation
        }
        let kind = try redirectionOperator()
        if kind == .hereDocument { return try hereDocument(start: start, operation: operation, descriptor: descriptor) }
        skipBlanks()
        guard !Byte.endsWord(look()) || (look() == Byte.less || look() == Byte.greater) && isFollowed(by: Byte.open) else {
            throw reject("the redirection's target is missing here", start, at + 1)
        }
        let target = try word(kind == .hereString ? .value : .argument)
        var redirection = Redirection(kind: kind, descriptor: descriptor, target: target, span: span(from: start))
        if kind == .duplicateOutput, !target.isDescriptor, descriptor == nil || descriptor == .number(1) {
            // If it is no number in the end, bash writes to the file of that name. Others refuse to.
            if target.plainText != nil { try bashOnly("'>&' with a file", start, at) }
            if dialect == .bash { redirection.kind = .writeBoth }
        }
        return redirection
    }

    /// Reads the operator.
    private mutating func redirectionOperator() throws(ShellReject) -> Redirection.Operator {
        let start = at
        let first = look()
        advance()
        switch (first, look()) {
        case (Byte.ampersand, _):
            try bashOnly("'&>'", start, start + 2)
            advance()
            guard look() == Byte.greater else { return .writeBoth }
            at += 1
            return .appendBoth
        case (Byte.less, Byte.ampersand):
            at += 1
            return .duplicateInput
        case (Byte.less, Byte.greater):
            at += 1
            return .readWrite
        case (Byte.less, Byte.less):
            advance()
            guard look() == Byte.less else { return .hereDocument }
            at += 1
            try bashOnly("'<<<'", start, at)
            return .hereString
        case (Byte.less, _): return .read
        case (_, Byte.greater):
            at += 1
            return .append
        case (_, Byte.pipe):
            at += 1
            return .clobber
        case (_, Byte.ampersand):
            at += 1
            return .duplicateOutput
        default: return .write
        }
    }
}

extension Word {
    /// `2`, `-` or `2-`.
    fileprivate var isDescriptor: Bool {
        guard let text = plainText?.utf8, !text.isEmpty else { return false }
        return text.last == Byte.minus ? text.dropLast().allSatisfy(Byte.isDigit) : text.allSatisfy(Byte.isDigit)
    }
}
