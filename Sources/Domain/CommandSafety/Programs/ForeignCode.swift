/// Looks through code of any language for what matters.
enum ForeignCode {
    struct Found {
        var effects: [Effect] = []
        var shell: [String] = []
        /// It computes and prints, and calls nothing that reaches further.
        var isHarmless = false
    }

    private static let removals = [
        "rmtree", "unlink", "remove(", "rmdir", "remove_tree", "rm_rf", "rm_r", "removedirs", "rmsync", "rm(", "fileutils.rm", "deletefile", "delete(", "rm -", "removeall", "file delete", "rimraf",
        "rmdirsync",
        "unlinksync", "-delete",
    ]
    private static let writes = ["open(", "write", "truncate", "rename", "copyfile", "copy(", "move(", "writefilesync", "file_put_contents", "fopen", "symlink", "path(", ">", "print "]
    private static let modes = ["chmod", "chown"]
    private static let processes = [
        "system", "popen", "subprocess", "exec", "spawn", "`", "qx", "child_process", "os.kill", "kill(", "fork", "pty.", "shell_exec", "passthru", "proc_open", "ctypes", "syscall", "import_module",
        "__import__", "eval", "pickle", "b64decode", "base64", "fromhex", "atob", "pack(", "compile(", "getattr(", "chr(", "io.popen", "require(", "unpack", "decode(", "load", "socket", "urllib",
        "requests", "http", "net::", "tcpsocket", "io::socket", "fsockopen", "connect", "listen", "glob", "os.walk", "reboot", "shutdown",
    ]

    static func judge(_ code: String) -> Found {
        var found = Found()
        // What everybody does with JSON and with the input.
        let bare = [
            "json.loads(", "json.load(", "sys.stdin.read(", "sys.stdin", "yaml.safe_load(", "readline", "json.parse", "split(", "time.sleep", "os.cpu_count", "os.getcwd", "os.uname",
            "import os;print", "sys.path",
        ].reduce(code.lowercased()) { $0.replacing($1, with: " ") }
        let literals = strings(of: code)
        let paths = literals.filter { $0.hasPrefix("/") || $0.hasPrefix("~/") }.map { $0.trimmed }
        func has(_ words: [String]) -> Bool { words.contains { bare.contains($0) } }
        let reachesSocket = has(["socket", "require(\"net\")", "require('net')", "socketserver", "tcpsocket", "fsockopen", "net.connect", "net.socket", "io::socket", "inet"])
        let startsShell = has(["/bin/sh", "/bin/bash", "pty.spawn", "\"sh\"", "'sh'", "cmd.exe", "bash -i", "'bash'", "\"bash\"", "sh -i"])
        if reachesSocket, startsShell || bare.contains("dup2") || bare.contains("exec") { found.effects.append(.backdoor(what: "the code connects a shell to a socket")) }
        let isRemoving = has(removals), changesModes = !paths.isEmpty && has(modes), writesFiles = !paths.isEmpty && has(writes) && isWritten(bare)
        for path in paths {
            let value = globbed(path)
            if isRemoving { found.effects.append(.delete(value, .tree)) }
            if changesModes { found.effects.append(.changeMode(value, mode: Value(octal(in: bare)), .itself)) }
            if writesFiles { found.effects.append(.write(value, .replace, content: nil)) }
            found.effects.append(.read(value, prints: true))
        }
        if bare.contains("fork"), bare.contains("while") || bare.contains("for(;;)") || bare.contains("loop") { found.effects.append(.exhaust(what: "the code forks without end")) }
        if bare.contains("os.kill(1,") || bare.contains("kill(-1") || bare.contains("kill 9,-1") || bare.contains("kill 9, -1") || bare.contains("kill -9,-1") || bare.contains("kill('kill',-1")
            || bare.contains("kill(9,-1") || bare.contains("kill(9, -1")
        {
            found.effects.append(.signal(what: Value("-1"), isMass: true))
        }
        let runs = ["system(", "system ", "popen(", "exec(", "run(", "call(", "check_output(", "check_call(", "`", "qx", "spawn", "passthru(", "execsync("]
        if has(runs) { for text in literals where text.contains(" ") || Programs.knows(text) { found.shell.append(text) } }
        // `["rm", "-rf", "/usr"]`: one word a literal.
        if has(["run([", "call([", "popen([", "check_output([", "spawn(", "execvp", "exec ", "system("]), let first = literals.first(where: Programs.knows), let start = literals.firstIndex(of: first)
        {
            found.shell.append(literals[start...].joined(separator: " "))
        }
        found.isHarmless =
            !has(processes) && !isRemoving && !has(modes) && !isWritten(bare) && !has(["open(", "read", "file", "import os", "import shutil", "getenv", "environ", "while", "fs.", "path("])
        return found
    }

    /// A mode as languages write it: `0777`, `0o777`.
    private static func octal(in code: String) -> String {
        let numbers = code.split { !($0.isNumber || $0.isLetter) }.map { $0.hasPrefix("0o") ? String($0.dropFirst(2)) : String($0) }
        return numbers.first { $0.count >= 3 && $0.count <= 4 && $0.allSatisfy { "01234567".contains($0) } } ?? "?"
    }

    private static func isWritten(_ bare: String) -> Bool {
        [
            ", 'w", ",'w", ", \"w", ",\"w", ", 'a'", ",'a'", ", \"a\"", ",\"a\"", "'>", "\">", "mode='w", "mode=\"w", "write", "truncate", "rename", "copy", "move", "put_contents", "symlink", ", 'r+",
            "'wb",
        ].contains { bare.contains($0) }
    }

    /// `/*` in a literal is a pattern, for languages that glob.
    static func globbed(_ path: String) -> Value {
        var pieces: [Text.Piece] = []
        for (index, part) in path.split(separator: "*", omittingEmptySubsequences: false).enumerated() {
            if index > 0 { pieces.append(.star) }
            if !part.isEmpty { pieces.append(.known(String(part))) }
        }
        return Value([Text(pieces)])
    }

    /// Everything between two equal quotation marks, and words of shell-like literals.
    private static func strings(of code: String) -> [String] {
        var found: [String] = []
        var current: String?
        var quote: Character = "\""
        var isEscaped = false
        for character in code {
            if var text = current {
                if isEscaped {
                    isEscaped = false
                    text.append(character)
                    current = text
                } else if character == "\\" {
                    isEscaped = true
                } else if character == quote {
                    found.append(text)
                    current = nil
                } else {
                    text.append(character)
                    current = text
                }
            } else if character == "\"" || character == "'" || character == "`" {
                quote = character
                current = ""
            }
        }
        // Perl's `qw(/etc /usr)`, `</*>`, Ruby's `%w[]`.
        var seen = Set(found)
        for word in code.split(whereSeparator: { " ()<>[],;{}'\"`\n\t".contains($0) })
        where word.hasPrefix("/") && word.count > 1 && word.dropFirst().first.map({ $0.isLetter || $0 == "*" }) ?? false
            && word.dropFirst().allSatisfy({ $0.isLetter || $0.isNumber || "/._-*".contains($0) })
        { if seen.insert(String(word)).inserted { found.append(String(word)) } }
        return found
    }
}
