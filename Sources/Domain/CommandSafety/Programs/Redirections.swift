/// Where programs of the system lie.
enum ProgramPlaces {
    private static let directories: Set<String> = [
        "/bin", "/sbin", "/usr/local/bin", "/usr/local/sbin", "/usr/games", "/snap/bin", "/lib/systemd", "/usr/libexec", "/lib64", "/lib", "/usr/lib/git-core", "/usr/lib/postfix/sbin",
        "/var/ossec/bin",
    ]

    static func isSystem(_ path: String) -> Bool {
        guard path.hasPrefix("/"), let normal = ResolvedPath.normalised(path).known, let slash = normal.lastIndex(of: "/") else { return false }
        let directory = String(normal[..<slash])
        if directories.contains(directory) { return true }
        // `/usr/lib/postgresql/15/bin/pg_ctl`: the distribution's, and of the catalogue.
        return (directory.hasPrefix("/lib/") || directory.hasPrefix("/usr/pgsql") || directory.hasPrefix("/usr/share/")) && Programs.knows(String(normal[normal.index(after: slash)...]))
    }
}

/// What follows from a call's redirections.
enum Redirections {
    /// Programs that show, pass on or send what comes in.
    private static let passing: Set<String> = [
        "cat", "tee", "base64", "base32", "xxd", "od", "hexdump", "head", "tail", "sort", "uniq", "tr", "cut", "rev", "tac", "nl", "fold", "nc", "ncat", "netcat", "socat", "curl", "mail", "mailx",
        "sendmail",
        "sed", "awk", "gawk", "mawk", "grep", "egrep", "strings", "gzip", "xz", "bzip2", "openssl", "ssh", "dd", "column", "paste", "fmt", "less", "more", "logger", "wall", "jq", "mutt", "telnet",
        "uuencode",
        "while", "read", "mapfile", "readarray", "printf", "echo", "bash", "sh", "pv", "xargs", "ftp", "sftp", "aws", "gpg", "perl", "python3", "zstd", "diff", "comm", "join", "look", "iconv",
        "expand", "7z", "7za", "zip", "age", "pigz", "lz4", "pbzip2", "lzop", "basenc", "mapfile", "sponge", "split", "pr", "shuf",
    ]

    static func add(to effects: inout [Effect], of call: Call) {
        switch call.input {
        case .file(let path):
            if let socket = socket(path) { effects.append(.connect(to: socket)) } else { effects.append(.read(path, prints: passing.contains(call.program))) }
        case .socket(let to):
            effects.append(ShellPrograms.runsInput(call) ? .backdoor(what: "\(call.program) reads its commands from \(to.display)") : .connect(to: to))
        case .nothing, .text, .calls: break
        }
        let prints = call.program == "seq" && call.arguments.contains { $0.known == "inf" || $0.known == "infinity" }
        for output in call.outputs {
            if prints, output.path.known != "/dev/null" { effects.append(.exhaust(what: "\(call.program) prints without end")) }
            if let socket = socket(output.path) {
                addSocket(socket, call, &effects)
                continue
            }
            if let known = output.path.known, known.hasPrefix("/dev/"), harmless.contains(known) || known.hasPrefix("/dev/fd/") || known.hasPrefix("/dev/pts/") || known.hasPrefix("/dev/tty") {
                continue
            }
            if Endless.comesIn(to: call), !output.path.prefix.hasPrefix("/dev/") || output.path.prefix.hasPrefix("/dev/shm/") {
                effects.append(.exhaust(what: "\(call.program) writes what has no end"))
            }
            let content = output.content ?? (output.descriptor == 1 ? Content.printed(by: call) : nil)
            let isEmpty = content.map { $0.known?.allSatisfy(\.isWhitespace) ?? false } ?? false
            effects.append(.write(output.path, output.appends ? .append : isEmpty ? .empty : .replace, content: content))
        }
    }

    private static let harmless: Set<String> = ["/dev/null", "/dev/stdout", "/dev/stderr", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/console", "/dev/log", "/dev/kmsg"]

    private static func socket(_ path: Value) -> Value? {
        let prefix = path.prefix
        return prefix.hasPrefix("/dev/tcp/") || prefix.hasPrefix("/dev/udp/") ? path : nil
    }

    private static func addSocket(_ to: Value, _ call: Call, _ effects: inout [Effect]) {
        let isLocal = ["127.", "localhost/", "::1/"].contains { to.prefix.dropFirst("/dev/tcp/".count).hasPrefix($0) }
        switch call.program {
        case "echo", "printf", ":", "true", "":
            let text = Content.printed(by: call)?.allText.lowercased() ?? ""
            if ["flush_all", "flushall", "flushdb", "shutdown", "config set"].contains(where: text.contains) { effects.append(.database(what: "'\(text.prefix(40))' is sent", isDestructive: true)) }
            effects.append(isLocal || call.arguments.isEmpty ? .connect(to: to) : .send(.unknown, to: to))
        case "exec": effects.append(isLocal ? .connect(to: to) : .backdoor(what: "the shell is connected to \(to.display)"))
        case _ where ShellPrograms.isShell(call.program) || InterpreterPrograms.isInterpreter(call.program):
            effects.append(.backdoor(what: "\(call.program) is connected to \(to.display)"))
        default: effects.append(.send(Value.unknown, to: to))
        }
    }
}

/// Input without an end.
enum Endless {
    private static let sources: Set<String> = ["/dev/zero", "/dev/urandom", "/dev/random", "/dev/full"]
    private static let bounding: Set<String> = ["head", "dd", "timeout", "sed", "grep", "apt-get", "apt", "fold", "read", "sha256sum"]

    /// Programs that must read all before they give anything.
    static let keeping: Set<String> = ["sort", "tac", "tail", "shuf", "sponge", "rev", "column", "python3", "perl", "jq", "paste", "mapfile", "readarray", "gawk", "xxd.all"]

    /// `yes | …`, `cat /dev/zero | …`, and nothing in between that ends it.
    static func comesIn(to call: Call) -> Bool {
        // As `yes` is modelled.
        if case .text(let text) = call.input { return text.texts == [Text([.known("y\n"), .unknown])] && !bounding.contains(call.program) }
        guard case .calls(let calls) = call.input, !bounding.contains(call.program), !calls.dropFirst().contains(where: { bounding.contains($0.program) }) else { return false }
        return calls.contains { before in
            guard !bounding.contains(before.program) else { return false }
            return before.program == "yes" || before.program == "seq" && before.arguments.contains { $0.known == "inf" || $0.known == "infinity" }
                || before.arguments.contains { sources.contains($0.known ?? "") }
        }
    }
}

/// What a call prints, as far as the text tells.
enum Content {
    static func printed(by call: Call) -> Value? {
        switch call.program {
        case ":", "true", "": return call.input == .nothing || call.program != "" ? Value("") : nil
        case "cat", "tee":
            if case .text(let text) = call.input, call.program == "tee" || call.arguments.allSatisfy({ $0.known == "-" || $0.known == "--" }) { return text }
            return call.program == "cat" && call.arguments.count == 1 && call.arguments[0].known == "/dev/null" ? Value("") : nil
        case "echo": return joined(call.arguments.drop { argument in argument.known.map { ["-n", "-e", "-ne", "-en", "-E"].contains($0) } ?? false })
        case "printf":
            guard let format = call.arguments.first(where: { $0.known != "--" }) else { return nil }
            if call.arguments.count == 1 { return format.value }
            return joined(call.arguments[...])
        default: return nil
        }
    }

    /// The words with spaces between; several readings of one are widened to unknown.
    static func joined(_ arguments: ArraySlice<Argument>) -> Value {
        var pieces: [Text.Piece] = []
        var known = ""
        for (index, argument) in arguments.enumerated() {
            if index > 0 { known += " " }
            for piece in argument.value.texts.count == 1 ? argument.value.texts[0].pieces : [.unknown] {
                if case .known(let text) = piece {
                    known += text
                } else {
                    if !known.isEmpty { pieces.append(.known(known)) }
                    known = ""
                    pieces.append(piece)
                }
            }
        }
        if !known.isEmpty { pieces.append(.known(known)) }
        return Value([Text(pieces)])
    }
}
