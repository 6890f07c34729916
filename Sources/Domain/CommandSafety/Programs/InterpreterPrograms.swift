/// Languages: code in the call is looked at for what it names; code in files is not seen.
enum InterpreterPrograms {
    private static let interpreters: Set<String> = [
        "python", "python2", "python3", "perl", "ruby", "node", "nodejs", "php", "lua", "tclsh", "expect", "deno", "guile", "pypy3", "R", "Rscript", "julia", "jshell", "scala", "groovy", "ghci",
        "irb", "osascript", "pwsh", "raku", "luajit",
    ]

    static func isInterpreter(_ program: String) -> Bool {
        interpreters.contains(program) || program.hasPrefix("python3.") || program.hasPrefix("php8") || program.hasPrefix("php7") || program.hasPrefix("perl5")
    }

    static let table: [ProgramSpec] = [
        ProgramSpec(
            "python python2 python3 python3.* python2.* pypy pypy3", options: "-c= -m= -W= -X= -u -B -E -I -s -S -V/--version -v -O -q -b -i", stopsAtOperand: true,
            examples: ["python3 -m json.tool ->", "python3 /tmp/x.py -> run /tmp/x.py", "python3 -c print(1+1) ->"]
        ) { $0.python() },
        ProgramSpec("perl perl5.* raku", options: "-e= -E= -M= -m= -I= -i? -F= -n -p -l? -0? -a -w -c -v -V? -T -s -x?", stopsAtOperand: true) { $0.scripting(code: ["-e", "-E"], inPlace: "-i") },
        ProgramSpec("ruby irb", options: "-e= -r= -I= -n -p -l -i? -v/--version -w -c -a -F= -C=", stopsAtOperand: true) { $0.scripting(code: ["-e"], inPlace: "-i") },
        ProgramSpec("node nodejs deno", options: "-e/--eval= -p/--print= -r/--require= -v/--version -c/--check -i --input-type=", stopsAtOperand: true) {
            $0.scripting(code: ["-e", "-p"], inPlace: nil)
        },
        ProgramSpec("php php7* php8*", options: "-r= -f:runs -d= -c= -i/--info -m/--modules -v/--version -l -S= -t= -n -B= -R= -E= --ini --ri= --rf=", stopsAtOperand: true) { r in
            if r.has("-i", "-m", "-l", "--ini", "--ri", "--rf") { return }
            if let port = r.value("-S") { return r.add(.listen(port: port)) }
            r.scripting(code: ["-r", "-B", "-R", "-E"], inPlace: nil)
        },
        ProgramSpec(
            "lua luajit lua5.* tclsh expect wish guile R Rscript julia jshell scala groovy osascript pwsh ghci erl elixir swift kotlin java jar javac octave sqlite-script gnuplot",
            options: "-e/--eval= -c= -l= -f= -jar:runs -cp= -version/--version -v --slave -Command=", longDashes: true, stopsAtOperand: true
        ) { r in
            if r.has("-version", "-v", "--help") && r.operands.isEmpty { return }
            if ["javac", "jar", "m4", "gnuplot"].contains(r.call.program) { return r.add(.change(what: "\(r.call.program) makes files")) }
            r.scripting(code: ["-e", "-c", "-Command"], inPlace: nil)
        },
    ]
}

extension Reading {
    private static let harmlessModules: Set<String> = [
        "json.tool", "platform", "site", "sysconfig", "py_compile", "compileall", "venv", "virtualenv", "ensurepip", "zipfile", "tarfile", "calendar", "base64", "timeit", "this", "pydoc", "unittest",
        "pytest", "black", "flake8", "mypy", "build", "doctest", "ast", "tokenize", "dis", "cProfile", "uuid",
    ]

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
        if let inPlace, has(inPlace) {
            for file in operands { add(.write(file, .edit, content: codes.first)) }
        } else {
            for file in operands where file.prefix.hasPrefix("/") || file.prefix.hasPrefix("~") { add(.read(file, prints: true)) }
        }
    }

    /// It reads its code from what comes in.
    mutating func runsInput() {
        switch call.input {
        case .nothing: add(.change(what: "\(call.program) opens a prompt"))
        case .text(let text):
            if let known = text.known, InterpreterPrograms.isInterpreter(call.program) {
                addCode(known, language: call.program)
            } else if InterpreterPrograms.isInterpreter(call.program) {
                add(.runUnknown(source: "\(call.program) runs what comes in"))
            } else {
                shellCode.append(text)
            }
        case .file(let file): add(.runFile(file))
        case .socket(let to): add(.backdoor(what: "\(call.program) runs what comes from \(to.display)"))
        case .calls(let calls):
            if let source = calls.first(where: FetchingPrograms.fetches) {
                add(.runFetched(source: "\(source.program) into \(call.program)"))
            } else {
                add(.runUnknown(source: "\(call.program) runs what \(calls.last?.program ?? "something") prints"))
            }
        }
    }

    /// Code of a language that is not read here: what it names tells.
    mutating func addCode(_ code: String, language: String) {
        let found = ForeignCode.judge(code)
        let bare = code.lowercased().filter { !$0.isWhitespace }
        if ["while1", "whiletrue", "for(;;)", "while(1)", "while(true)", "loop{", "loopdo"].contains(where: bare.contains),
            bare.contains("print") || bare.contains("write") || bare.contains("puts") || bare.contains("echo"),
            !bare.contains("break"), !bare.contains("sleep"), call.outputs.contains(where: { $0.path.known != "/dev/null" })
        {
            add(.exhaust(what: "\(language) prints without end"))
        }
        for effect in found.effects { add(effect) }
        for shell in found.shell { shellCode.append(Value(shell)) }
        if !found.isHarmless { add(.runUnknown(source: "\(language) runs code that the guard does not read")) }
    }
}
