/// Programs that search and edit text.
enum TextPrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec(
            "grep egrep fgrep zgrep zegrep rg ag ack ripgrep pcregrep bzgrep xzgrep git-grep",
            options:
                "-e/--regexp= -f/--file= -m/--max-count= -A/--after-context= -B/--before-context= -C/--context= --include= --exclude= --exclude-dir= --color? --colour? -d= -D= --label= -g/--glob= --pre:code -c/--count -q/--quiet/--silent -l/--files-with-matches -L/--files-without-match -r -R/--recursive",
            examples: [
                "grep -c x /etc/shadow -> read /etc/shadow", "grep root /etc/shadow -> print /etc/shadow", "grep -e rm -e dd /var/log/x -> print /var/log/x",
                "grep -rn rm /opt -> print /opt, pack /opt",
            ]
        ) { $0.searches() },
        ProgramSpec(
            "sed gsed",
            options: "-e/--expression= -f/--file= -i/--in-place? -l= -E/-r/--regexp-extended -n/--quiet/--silent -s/--separate -z/--null-data -u --follow-symlinks --debug --posix --sandbox",
            examples: ["sed -i s/a/b/ /etc/nginx/x -> edit /etc/nginx/x", "sed -n 5p /x -> print /x", "sed -i d /etc/passwd -> empty /etc/passwd", "sed -n w/x /y -> write /x, print /y"]
        ) { $0.sed() },
        ProgramSpec(
            "awk gawk mawk nawk original-awk", options: "-F/--field-separator= -v/--assign= -f/--file:runs -i/--include= -o? -d? -e/--source= -E/--exec:runs --sandbox -W= -l/--load=",
            examples: ["awk {print} /etc/shadow -> print /etc/shadow"]
        ) { $0.awk() },
        ProgramSpec("patch", "edits reads", options: "-p/--strip= -i/--input= -d/--directory= -o/--output:writes -r= -R -N --dry-run", changes: "patches files", looks: "--dry-run"),
        ProgramSpec("ed ex vi vim nvim nano emacs pico joe mcedit view vim.tiny", options: "-c:code -S:runs -s -e -u= -E --cmd:code --eval:code -n -N -R") { $0.editor() },
        ProgramSpec("perl-rename rename prename rename.ul file-rename", options: "-n -v -f -e:code", changes: "renames files", looks: "-n") { r in
            for operand in r.operands.dropFirst() where operand.prefix.hasPrefix("/") || operand.known == nil { r.add(.move(operand, to: Value("another name"))) }
        },
        ProgramSpec("crudini augtool git-crypt ini-file", changes: "edits configuration") { $0.settingEdit() },
        ProgramSpec("msgfmt xgettext dos2unix unix2dos", "edits*", changes: "rewrites files"),
    ]
}

extension Reading {
    fileprivate mutating func settingEdit() {
        if let file = operands.dropFirst().first, call.program == "crudini" {
            if hasWord("--get") { add(.read(file, prints: true)) } else { add(.write(file, .edit, content: Value(wholeText))) }
        }
        if call.program == "augtool" { add(.write(Value(operands.map(\.display).joined(separator: " ").contains("/etc/") ? "/etc/augeas-edited" : "x"), .edit, content: Value(wholeText))) }
    }

    fileprivate mutating func searches() {
        let hasPattern = has("-e", "-f")
        let onlyCounts = has("-c", "-q", "-l", "-L")
        for (index, operand) in operands.enumerated() where index > 0 || hasPattern { add(.read(operand, prints: !onlyCounts)) }
        if let file = value("-f") { add(.read(file, prints: false)) }
        // All keys below `~/.ssh`, with what they hold.
        if has("-r", "-R") || hasWord("--recursive") || ["rg", "ag", "ack", "ripgrep"].contains(call.program), !onlyCounts {
            for operand in operands.dropFirst(hasPattern ? 0 : 1) { add(.pack(operand, to: Value("-"))) }
        }
    }

    // MARK: sed

    fileprivate mutating func sed() {
        var scripts = values("-e")
        var files = operands[...]
        if let file = value("-f") { add(.runFile(file)) } else if scripts.isEmpty, let first = files.popFirst() { scripts = [first] }
        let text = Value(scripts.map(\.allText).joined(separator: "\n"))
        for script in scripts where !has("--sandbox") {
            if script.known == nil, script.isWhollyUnknown { add(.runUnknown(source: "what sed would do can't be told")) }
            for command in SedScript.commands(of: script.allText) {
                switch command {
                case .writes(let path): add(.write(Value(path), .replace, content: nil))
                case .reads(let path): add(.read(Value(path), prints: true))
                case .runs(let code): addShell(Value(code), by: "sed")
                }
            }
        }
        for file in files {
            if has("-i") {
                add(.write(file, SedScript.empties(text.known ?? "") ? .empty : .edit, content: text))
            } else {
                add(.read(file, prints: !SedScript.printsNothingMuch(text.known ?? "", isQuiet: has("-n"))))
            }
        }
        if isUncertain, !has("-i"), !files.isEmpty { for file in files { add(.write(file, .edit, content: text)) } }
    }

    // MARK: awk

    fileprivate mutating func awk() {
        var files = operands[...]
        var programs = values("-e")
        if programs.isEmpty, !has("-f", "-E"), let first = files.popFirst() { programs = [first] }
        for program in programs {
            guard let text = program.known else {
                add(.runUnknown(source: "what awk would do can't be told"))
                continue
            }
            let code = AwkProgram.risks(of: text)
            if code.isEndless, !code.writes.isEmpty || call.outputs.contains(where: { $0.path.known != "/dev/null" }) { add(.exhaust(what: "awk prints without end")) }
            for path in code.writes { add(.write(path, .replace, content: nil)) }
            for path in code.reads { add(.read(Value(path), prints: true)) }
            if let run = code.runs {
                if run.contains("/inet/") { add(.backdoor(what: "awk talks to a socket and runs what comes")) }
                addCode(run, language: "awk")
            }
        }
        let inPlace = value("-i")?.known == "inplace"
        for file in files where !(file.known?.contains("=") ?? false && !(file.known?.hasPrefix("/") ?? false)) {
            if inPlace { add(.write(file, .edit, content: nil)) } else { add(.read(file, prints: true)) }
        }
    }

    // MARK: Editors

    fileprivate mutating func editor() {
        if has("--version", "--help") { return }
        if call.program == "view" {
            for file in operands { add(.read(file, prints: true)) }
            return add(.change(what: "opens an editor"))
        }
        let text: Value? = inputText
        let commands = call.arguments.compactMap { $0.known.flatMap { $0.hasPrefix("+") ? String($0.dropFirst()) : nil } }
        let script = ([text?.allText ?? ""] + values("-c").map(\.allText) + commands).joined(separator: "\n")
        if script.contains("!") || commands.contains(where: { !$0.allSatisfy(\.isNumber) }) { add(.runUnknown(source: "\(call.program) runs '\(script.prefix(60))'")) }
        for command in script.split(separator: "\n") {
            if let mark = command.firstIndex(of: "!"), command[..<mark].allSatisfy({ ":%. 0123456789r".contains($0) }) { shellCode.append(Value(String(command[command.index(after: mark)...]))) }
        }
        if hasInput, text == nil { add(.runUnknown(source: "\(call.program) reads its commands from what comes in")) }
        let content = Value(script)
        for file in operands where !file.prefix.hasPrefix("+") { add(.write(file, SedScript.empties(script.split(separator: "\n").first.map(String.init) ?? "") ? .empty : .edit, content: content)) }
    }
}

extension String {
    /// Without white space at its ends.
    var trimmed: String {
        var slice = self[...]
        while let first = slice.first, first.isWhitespace { slice.removeFirst() }
        while let last = slice.last, last.isWhitespace { slice.removeLast() }
        return String(slice)
    }
}
