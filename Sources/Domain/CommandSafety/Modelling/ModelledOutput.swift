import ShellSyntax

extension Evaluator {
    /// What a call prints, for programs whose output is known well enough; nil for all others.
    func modelledOutput(of call: Call) -> Captured? {
        switch call.program {
        case "echo": return known(EchoText.output(call.arguments, isPlain: call.wrappers.contains("sh")))
        case "printf": return PrintfFormat.output(call.arguments, limits).map(known)
        case "date", "hostname", "nproc", "uname", "whoami", "arch", "logname", "getconf", "wc", "lsb_release", "hostid", "uuidgen", "tty", "cksum", "md5sum", "sha256sum",
            "sha1sum", "sha512sum", "b2sum", "mcookie", "pgrep", "pidof", "systemd-detect-virt", "runlevel", "nvidia-detect", "uptime", "expr", "ischroot":
            return plain(call)
        case "id": return plain(call)
        case "dpkg": return call.arguments.first?.known == "--print-architecture" ? plain(call) : nil
        case "stat": return call.arguments.contains { $0.known?.hasPrefix("-c") == true || $0.known?.hasPrefix("--format") == true } ? statOutput(call) : nil
        case "mktemp": return mktemp(call)
        case "pwd": return known(Value.of(state.directories.flatMap(\.texts)).appending(Value("\n")))
        case "basename", "dirname": return pathPart(call)
        case "readlink", "realpath": return call.operands.count == 1 ? known(call.operands[0].value.places(in: state.directories).appending(Value("\n"))) : nil
        case "which": return call.operands.count == 1 ? known(call.operands[0].value.appending(Value("\n"))) : nil
        case "seq": return seq(call)
        case "yes": return known(Value.joined(call.arguments.isEmpty ? [Value("y")] : call.arguments.map(\.value), by: " ").appending(Value("\n")).appending(.unknown))
        case "true", "false", ":", "test", "[", "sleep", "mkdir", "rm", "touch", "chmod", "chown", "kill": return Captured()
        case "find": return listing(FindGrammar(call.arguments).results, call)
        default: return filteredOutput(of: call)
        }
    }

    private func known(_ value: Value) -> Captured {
        var captured = Captured()
        captured.value = value
        captured.fetchedBy = taint
        return captured
    }

    /// One plain word, whatever it is.
    private func plain(_ call: Call) -> Captured { known(Value([Text([.name, .known("\n")])])) }

    private func statOutput(_ call: Call) -> Captured {
        let format = call.arguments.compactMap(\.known).joined(separator: " ")
        // Only `%n` and `%N` print a path.
        return format.contains("%n") || format.contains("%N") ? known(.unknown) : plain(call)
    }

    private func listing(_ line: Value, _ call: Call) -> Captured {
        var captured = Captured()
        captured.line = line
        captured.value = .unknown
        captured.calls = [call]
        return captured
    }

    private func mktemp(_ call: Call) -> Captured {
        var directory = Value("/tmp")
        var template: Value?
        var rest = call.arguments[...]
        while let argument = rest.popFirst() {
            guard let text = argument.known, text.hasPrefix("-") else {
                template = argument.value
                continue
            }
            if text == "-p", let next = rest.popFirst() { directory = next.value }
            if text.hasPrefix("--tmpdir=") { directory = Value(String(text.dropFirst(9))) }
            if text == "--suffix" { rest = rest.dropFirst() }
        }
        let isInTemporary = call.arguments.contains { $0.known == "-t" || $0.known?.hasPrefix("-p") == true || $0.known?.hasPrefix("--tmpdir") == true }
        guard let template else { return known(directory.appending(Value("/")).appending(.name).appending(Value("\n"))) }
        let name = template.map { text in
            // The X at its end are replaced.
            guard let known = text.known else { return text }
            return Text(String(known.prefix { $0 != "X" } == known ? Substring(known) : known[..<(known.firstRange(of: "XXX")?.lowerBound ?? known.endIndex)])).appending(.name)
        }
        let path = isInTemporary ? directory.appending(Value("/")).appending(name) : name.places(in: state.directories)
        return known(path.appending(Value("\n")))
    }

    private func pathPart(_ call: Call) -> Captured? {
        let operands = call.operands
        guard let first = operands.first, !call.arguments.contains(where: \.maySplit), !call.arguments.contains(where: { $0.known?.hasPrefix("-") == true && $0.known != "--" }) else {
            return nil
        }
        let suffix = operands.count > 1 ? operands[1].known ?? "" : ""
        let value = first.value.map { text -> Text in
            guard let known = text.known else {
                guard let name = TextEdit.lastComponent(text), !name.isEmpty else { return .unknown }
                return call.program == "basename" ? name : TextEdit.directory(text, without: name)
            }
            // A home, of which the place is not known.
            if known.hasPrefix("~"), !known.contains("/") || known == "~/" { return call.program == "basename" ? .name : Text(known + "/..") }
            let path = known.count > 1 && known.hasSuffix("/") ? String(known.dropLast()) : known
            if call.program == "basename" {
                let name = LexicalPath.name(path)
                return Text(!suffix.isEmpty && name.hasSuffix(suffix) && name != suffix ? String(name.dropLast(suffix.count)) : name)
            }
            guard let slash = path.lastIndex(of: "/") else { return Text(".") }
            return Text(slash == path.startIndex ? "/" : String(path[..<slash]))
        }
        return known(value.appending(Value("\n")))
    }

    private func seq(_ call: Call) -> Captured? {
        let numbers = call.arguments.compactMap { $0.known.flatMap(Int.init) }
        guard numbers.count == call.arguments.count, (1...3).contains(numbers.count) else {
            var captured = known(.unknown)
            captured.line = .name
            return captured
        }
        let first = numbers.count == 1 ? 1 : numbers[0], last = numbers[numbers.count - 1], step = numbers.count == 3 ? numbers[1] : 1
        guard step != 0, [first, last, step].allSatisfy({ $0.magnitude < 1 << 40 }), (last - first) / step < limits.words else {
            var captured = known(.unknown)
            captured.line = .name
            return captured
        }
        return known(Value(stride(from: first, through: last, by: step).map { "\($0)\n" }.joined()))
    }
}

extension Call {
    /// What is no option, by the common reading.
    var operands: [Argument] {
        var isBehind = false
        return arguments.filter { argument in
            if isBehind { return true }
            if argument.known == "--" {
                isBehind = true
                return false
            }
            return !argument.value.texts.allSatisfy { $0.prefix.hasPrefix("-") && $0.known != "-" }
        }
    }
}

/// What echo prints.
enum EchoText {
    static func output(_ arguments: [Argument], isPlain: Bool) -> Value {
        var rest = arguments[...], newline = true, escapes = false
        while let text = rest.first?.known, text.count > 1, text.hasPrefix("-"), text.dropFirst().allSatisfy({ "neE".contains($0) }) {
            if text.contains("n") { newline = false }
            if text.contains("e") { escapes = true }
            rest = rest.dropFirst()
        }
        var joined: Value?, mayHaveNone = true
        for argument in rest {
            // What may be no word at all brings no space.
            let mayBeNone = argument.maySplit && (argument.value.mayBeEmpty || argument.value.texts.contains(.unknown))
            let ways = [joined.map { $0.appending(Value(" ")).appending(argument.value) }, mayHaveNone ? argument.value : nil, mayBeNone ? joined : nil]
            joined = ways.reduce(nil as Value?) { all, way in way.map { way in all.map { $0.union(way) } ?? way } ?? all }
            mayHaveNone = mayHaveNone && mayBeNone
        }
        var value = joined ?? .empty
        // dash resolves escapes always: both ways may hold.
        if value.texts.contains(where: { $0.pieces.contains { if case .known(let text) = $0 { text.utf8.contains(UInt8(ascii: "\\")) } else { false } } }) {
            let resolved = value.map { text in Text(text.pieces.map { if case .known(let known) = $0 { .known(Escapes.resolved(known, octalNeedsZero: true)) } else { $0 } }) }
            value = escapes ? resolved : value.union(resolved)
        }
        return newline ? value.appending(Value("\n")) : value
    }
}
