/// Languages: code in the call is looked at for what it names; code in files is not seen.
enum InterpreterPrograms {
    private static let interpreters: Set<String> = ["python", "python2", "python3", "perl", "ruby", "node", "nodejs", "php", "lua", "tclsh", "expect", "deno", "guile", "pypy3", "R", "Rscript", "julia", "jshell", "scala", "groovy", "ghci", "irb", "osascript", "pwsh", "raku", "luajit"]

    static func isInterpreter(_ program: String) -> Bool { interpreters.contains(program) || program.hasPrefix("python3.") || program.hasPrefix("php8") || program.hasPrefix("php7") || program.hasPrefix("perl5") }

    static let table: [ProgramSpec] = [
        ProgramSpec("python python2 python3 python3.* python2.* pypy pypy3", options: "-c= -m= -W= -X= -u -B -E -I -s -S -V/--version -v -O -q -b -i", stopsAtOperand: true, examples: ["python3 -m json.tool ->", "python3 /tmp/x.py -> run /tmp/x.py", "python3 -c print(1+1) ->"]) { $0.python() },
        ProgramSpec("perl perl5.* raku", options: "-e= -E= -M= -m= -I= -i? -F= -n -p -l? -0? -a -w -c -v -V? -T -s -x?", stopsAtOperand: true) { $0.scripting(code: ["-e", "-E"], inPlace: "-i") },
        ProgramSpec("ruby irb", options: "-e= -r= -I= -n -p -l -i? -v/--version -w -c -a -F= -C=", stopsAtOperand: true) { $0.scripting(code: ["-e"], inPlace: "-i") },
        ProgramSpec("node nodejs deno", options: "-e/--eval= -p/--print= -r/--require= -v/--version -c/--check -i --input-type=", stopsAtOperand: true) { $0.scripting(code: ["-e", "-p"], inPlace: nil) },
        ProgramSpec("php php7* php8*", options: "-r= -f:runs -d= -c= -i/--info -m/--modules -v/--version -l -S= -t= -n -B= -R= -E= --ini --ri= --rf=", stopsAtOperand: true) { r in
            if r.has("-i", "-m", "-l", "--ini", "--ri", "--rf") { return }
            if let port = r.value("-S") { return r.add(.listen(port: port)) }
            r.scripting(code: ["-r", "-B", "-R", "-E"], inPlace: nil)
        },
        ProgramSpec("lua luajit lua5.* tclsh expect wish guile R Rscript julia jshell scala groovy osascript pwsh ghci m4 erl elixir swift kotlin java jar javac octave sqlite-script gnuplot", options: "-e/--eval= -c= -l= -f= -jar:runs -cp= -version/--version -v --slave -Command=", longDashes: true, stopsAtOperand: true) { r in
            if r.has("-version", "-v", "--help") && r.operands.isEmpty { return }
            if ["javac", "jar", "m4", "gnuplot"].contains(r.call.program) { return r.add(.change(what: "\(r.call.program) makes files")) }
            r.scripting(code: ["-e", "-c", "-Command"], inPlace: nil)
        },
    ]
}

extension Reading {
    private static let harmlessModules: Set<String> = ["json.tool", "platform", "site", "sysconfig", "py_compile", "compileall", "venv", "virtualenv", "ensurepip", "zipfile", "tarfile", "calendar", "base64", "timeit", "this", "pydoc", "unittest", "pytest", "black", "flake8", "mypy", "build", "doctest", "ast", "tokenize", "dis", "cProfile", "uuid"]

    fileprivate mutating func python() {
        if has("-V") { return }
        if let module = value("-m") {
            guard let name = module.known else { return add(.runUnknown(source: "which module \(call.program) runs can't be told")) }
            if name == "http.server" || name == "SimpleHTTPServer" { return add(.listen(port: operands.first ?? Value("8000"))) }
            if name == "pip" {
                var inner = call
                inner.program = "pip"
                inner.path = "pip"
                inner.arguments = Array(call.arguments.drop { $0.known != "pip" }.dropFirst())
                effects += Programs.effects(of: inner).effects
                return
            }
            if name == "json.tool" {
                if let file = operands.first { add(.read(file, prints: true)) }
                if operands.count > 1 { add(.write(operands[1], .replace, content: nil)) }
                return
            }
            if Self.harmlessModules.contains(name) { return add(.change(what: "\(call.program) -m \(name)")) }
            return add(.runUnknown(source: "\(call.program) -m \(name)"))
        }
        scripting(code: ["-c"], inPlace: nil)
    }

    fileprivate mutating func scripting(code options: [String], inPlace: String?) {
        if has("-v"), operands.isEmpty, !options.contains(where: { value($0) != nil }) { return }
        let codes = options.flatMap { values($0) }
        if codes.isEmpty {
            guard let file = operands.first, file.known != "-", file.known != "/dev/stdin" else {
                if call.program.hasPrefix("perl"), has("-v", "-V") { return }
                return runsInput()
            }
            return add(.runFile(file))
        }
        for code in codes {
            guard code.known != nil || !code.isWhollyUnknown else {
                add(.runUnknown(source: "the code that \(call.program) runs can't be told"))
                continue
            }
            addCode(code.allText, language: call.program)
        }
        if let inPlace, has(inPlace) { for file in operands { add(.write(file, .edit, content: codes.first)) } } else { for file in operands where file.prefix.hasPrefix("/") || file.prefix.hasPrefix("~") { add(.read(file, prints: true)) } }
    }

    /// It reads its code from what comes in.
    mutating func runsInput() {
        switch call.input {
        case .nothing: add(.change(what: "\(call.program) opens a prompt"))
        case .text(let text):
            if let known = text.known, InterpreterPrograms.isInterpreter(call.program) { addCode(known, language: call.program) } else if InterpreterPrograms.isInterpreter(call.program) { add(.runUnknown(source: "\(call.program) runs what comes in")) } else { shellCode.append(text) }
        case .file(let file): add(.runFile(file))
        case .socket(let to): add(.backdoor(what: "\(call.program) runs what comes from \(to.display)"))
        case .calls(let calls):
            if let source = calls.first(where: FetchingPrograms.fetches) { add(.runFetched(source: "\(source.program) into \(call.program)")) } else { add(.runUnknown(source: "\(call.program) runs what \(calls.last?.program ?? "something") prints")) }
        }
    }

    /// Code of a language that is not read here: what it names tells.
    mutating func addCode(_ code: String, language: String) {
        let found = ForeignCode.judge(code)
        for effect in found.effects { add(effect) }
        for shell in found.shell { shellCode.append(Value(shell)) }
        if !found.isHarmless { add(.runUnknown(source: "\(language) runs code that the guard does not read")) }
    }
}

/// Looks through code of any language for what matters.
enum ForeignCode {
    struct Found {
        var effects: [Effect] = []
        var shell: [String] = []
        /// It computes and prints, and calls nothing that reaches further.
        var isHarmless = false
    }

    private static let removals = ["rmtree", "unlink", "remove(", "rmdir", "remove_tree", "rm_rf", "rm_r", "removedirs", "rmsync", "rm(", "fileutils.rm", "deletefile", "delete(", "rm -", "removeall", "rimraf", "rmdirsync", "unlinksync", "-delete"]
    private static let writes = ["open(", "write", "truncate", "rename", "copyfile", "copy(", "move(", "writefilesync", "file_put_contents", "fopen", "symlink", "path(", ">", "print "]
    private static let modes = ["chmod", "chown"]
    private static let processes = ["system", "popen", "subprocess", "exec", "spawn", "`", "qx", "child_process", "os.kill", "kill(", "fork", "pty.", "shell_exec", "passthru", "proc_open", "ctypes", "syscall", "import_module", "__import__", "eval", "pickle", "b64decode", "base64", "fromhex", "atob", "pack(", "compile(", "getattr(", "chr(", "io.popen", "require(", "unpack", "decode(", "load", "socket", "urllib", "requests", "http", "net::", "tcpsocket", "io::socket", "fsockopen", "connect", "listen", "glob", "os.walk", "reboot", "shutdown"]

    static func judge(_ code: String) -> Found {
        var found = Found()
        // What everybody does with JSON and with the input.
        let bare = ["json.loads(", "json.load(", "sys.stdin.read(", "sys.stdin", "yaml.safe_load(", "readline", "json.parse", "split(", "time.sleep", "os.cpu_count", "os.getcwd", "os.uname", "import os;print", "sys.path"].reduce(code.lowercased()) { $0.replacing($1, with: " ") }
        let literals = strings(of: code)
        let paths = literals.filter { $0.hasPrefix("/") || $0.hasPrefix("~/") }.map { $0.trimmed }
        func has(_ words: [String]) -> Bool { words.contains { bare.contains($0) } }
        let reachesSocket = has(["socket", "tcpsocket", "fsockopen", "net.connect", "net.socket", "io::socket", "inet"])
        let startsShell = has(["/bin/sh", "/bin/bash", "pty.spawn", "\"sh\"", "'sh'", "cmd.exe", "bash -i", "'bash'", "\"bash\"", "sh -i"])
        if reachesSocket, startsShell || bare.contains("dup2") || bare.contains("exec") { found.effects.append(.backdoor(what: "the code connects a shell to a socket")) }
        let isRemoving = has(removals)
        for path in paths {
            let value = globbed(path)
            if isRemoving { found.effects.append(.delete(value, .tree)) }
            if has(modes) { found.effects.append(.changeMode(value, mode: Value("?"), .itself)) }
            if has(writes), isWritten(bare) { found.effects.append(.write(value, .replace, content: nil)) }
            found.effects.append(.read(value, prints: true))
        }
        if bare.contains("fork"), bare.contains("while") || bare.contains("for(;;)") || bare.contains("loop") { found.effects.append(.exhaust(what: "the code forks without end")) }
        if bare.contains("os.kill(1,") || bare.contains("kill(-1") || bare.contains("kill 9,-1") || bare.contains("kill 9, -1") || bare.contains("kill -9,-1") || bare.contains("kill('kill',-1") || bare.contains("kill(9,-1") || bare.contains("kill(9, -1") { found.effects.append(.signal(what: Value("-1"), isMass: true)) }
        let runs = ["system(", "system ", "popen(", "exec(", "run(", "call(", "check_output(", "check_call(", "`", "qx", "spawn", "passthru(", "execsync("]
        if has(runs) { for text in literals where text.contains(" ") || Programs.knows(text) { found.shell.append(text) } }
        // `["rm", "-rf", "/usr"]`: one word a literal.
        if has(["run([", "call([", "popen([", "check_output([", "spawn(", "execvp", "exec ", "system("]), let first = literals.first(where: Programs.knows), let start = literals.firstIndex(of: first) { found.shell.append(literals[start...].joined(separator: " ")) }
        found.isHarmless = !has(processes) && !isRemoving && !has(modes) && !isWritten(bare) && !has(["open(", "read", "file", "import os", "import shutil", "getenv", "environ", "while", "fs.", "path("])
        return found
    }

    private static func isWritten(_ bare: String) -> Bool {
        [", 'w", ",'w", ", \"w", ",\"w", ", 'a'", ",'a'", ", \"a\"", ",\"a\"", "'>", "\">", "mode='w", "mode=\"w", "write", "truncate", "rename", "copy", "move", "put_contents", "symlink", ", 'r+", "'wb"].contains { bare.contains($0) }
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
        for word in code.split(whereSeparator: { " ()<>[],;{}'\"`".contains($0) }) where word.hasPrefix("/") && word.count > 1 && !found.contains(String(word)) && word.dropFirst().first.map({ $0.isLetter || $0 == "*" }) ?? false && word.dropFirst().allSatisfy({ $0.isLetter || $0.isNumber || "/._-*".contains($0) }) { found.append(String(word)) }
        return found
    }
}
