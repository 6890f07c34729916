/// Version control and builds.
enum BuildPrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec(
            "git", options: "-C= -c= --git-dir= --work-tree= --exec-path? --namespace= --config-env=", stopsAtOperand: true,
            examples: ["git commit -m rm -> change", "git -c core.pager=x log -> code", "git clean -fdx -> change"]
        ) { $0.git() },
        ProgramSpec("svn hg cvs bzr fossil git-lfs tig repo etckeeper", options: "-m= -r= -R= --config=", changes: "changes a working copy") { r in
            if ["status", "log", "diff", "info", "list", "ls", "cat", "blame", "st", "annotate", "summary"].contains(r.verb) { r.effects = [.read(Value("."), prints: false)] }
        },
        ProgramSpec("make gmake ninja cmake meson scons just task bazel", options: "-C= -f:runs -j? -B -n -k -s -S= -G= -D= -p -q -v/--version", looks: "-n -q -v") { r in
            if r.call.program == "cmake" || r.call.program == "meson" { return r.add(.change(what: "\(r.call.program) builds")) }
            r.add(.runUnknown(source: "\(r.call.program) runs what its file says"))
            let file = r.value("-f")?.known ?? "Makefile"
            if let text = file == "-" || file == "/dev/stdin" ? r.inputText : r.call.files[file] {
                for line in (text.known ?? "").replacing("\\\n", with: " ").replacing("$$", with: "$").split(separator: "\n") where line.hasPrefix("\t") || line.contains("$(shell ") {
                    r.shellCode.append(Value(String(line.hasPrefix("\t") ? line.dropFirst().drop { "@-+".contains($0) } : line.split(separator: "$(shell ").last?.dropLast() ?? "")))
                }
            }
        },
        ProgramSpec(
            "gcc g++ cc c++ clang clang++ ld as rustc tsc webpack protoc cpp", options: "-o:writes -I= -L= -D= -l= -c -S -E -wrapper:code -x= -std= -W= -f= -m= -O?", changes: "builds a program"),
        ProgramSpec(
            "automake autoconf autoreconf libtool pkg-config  cppcheck shellcheck shfmt yamllint jsonlint hadolint ansible-lint tflint  tidy prettier eslint markdownlint pylint ruff isort",
            options: "-w -i -s= -f= -o= --fix"),
        ProgramSpec("debuild dpkg-buildpackage rpmbuild mock pbuilder sbuild fpm checkinstall makepkg abuild", options: "-b -u= -us -uc -ba -bb -t= -n= -s=", changes: "builds packages"),
    ]
}

extension Reading {
    private static let codeKeys = [
        "alias.", "core.pager", "pager.", "core.editor", "core.sshcommand", "core.fsmonitor", "core.hookspath", "core.gitproxy", "diff.external", "difftool.", "mergetool.", "credential.helper",
        "gpg.program", "filter.", "merge.", "sequence.editor", "include", "uploadpack", "receivepack", "core.askpass", "interactive.difffilter", "diff.",
    ]

    fileprivate mutating func git() {
        for setting in values("-c") { gitSetting(setting) }
        if value("--exec-path") != nil || has("--config-env") { add(.runUnknown(source: "git runs programs from elsewhere")) }
        guard let verb = verb else { return add(.runUnknown(source: "what git would do can't be told")) }
        let rest = Array(call.arguments.drop { $0.known != verb }.dropFirst())
        let words = rest.map { $0.known ?? "?" }
        for (index, word) in words.enumerated() {
            for option in ["--upload-pack", "--receive-pack", "--exec", "--extcmd", "--open-files-in-pager", "--tool-cmd"]
            where word.hasPrefix(option + "=") || word == option && (verb != "rebase" || true) {
                let code = word.contains("=") ? String(word.drop { $0 != "=" }.dropFirst()) : index + 1 < words.count ? words[index + 1] : ""
                addShell(Value(code), by: "git")
            }
            if word.hasPrefix("ext::") { addShell(Value(String(word.dropFirst(5))), by: "git") }
            if word == "-c" || word == "--config", verb == "clone", index + 1 < words.count { gitSetting(Value(words[index + 1])) }
            if word.hasPrefix("--output="), ["diff", "log", "show", "format-patch", "archive"].contains(verb) { add(.write(Value(String(word.dropFirst(9))), .replace, content: nil)) }
        }
        switch verb {
        case "status", "log", "diff", "show", "branch", "rev-parse", "ls-files", "describe", "ls-remote", "ls-tree", "cat-file", "blame", "shortlog", "reflog", "rev-list", "grep", "help", "version",
            "count-objects", "name-rev", "merge-base", "for-each-ref", "symbolic-ref", "check-ignore", "verify-commit", "verify-tag", "fsck", "whatchanged", "":
            if verb == "branch", words.contains("-D") || words.contains("-d") { add(.change(what: "deletes a branch")) }
        case "config":
            let values = words.filter { !$0.hasPrefix("-") }
            if values.count >= 2, values[0].lowercased().hasSuffix("sslverify"), ["false", "0", "no", "off"].contains(values[1]) {
                add(.environment(name: "package registry", value: Value("without a check of certificates")))
            }
            if values.count >= 2 { gitSetting(Value(values[0] + "=" + values.dropFirst().joined(separator: " "))); add(.change(what: "sets git up")) }
        case "clone":
            if let target = rest.last, rest.count > 1, !target.value.prefix.contains("://"), !target.value.prefix.contains("@") { add(.makeDirectory(target.value)) }; add(.change(what: "clones"))
        case "bisect": if words.first == "run" { addShell(Value(words.dropFirst().joined(separator: " ")), by: "git") }
        case "submodule":
            if words.first == "foreach" { addShell(Value(words.dropFirst().filter { !$0.hasPrefix("-") }.joined(separator: " ")), by: "git") } else { add(.change(what: "git submodule")) }
        case "filter-branch", "difftool", "mergetool": add(.runUnknown(source: "git \(verb) runs commands"))
        case "rebase" where words.contains("--exec") || words.contains("-x"): add(.runUnknown(source: "git rebase runs commands"))
        case "clean":
            add(.change(what: "git clean removes what is not tracked"))
            if let place = value("-C") ?? value("--work-tree"), words.contains(where: { $0.hasPrefix("-") && $0.contains("f") }) {
                add(.delete(place, .below(isFiltered: !words.contains { $0.hasPrefix("-") && $0.contains("x") })))
            }
            if words.contains(where: { $0.hasPrefix("-") && $0.contains("f") }) { for place in rest where place.value.prefix.hasPrefix("/") { add(.delete(place.value, .tree)) } }
        default: add(.change(what: "git \(verb)"))
        }
    }

    private mutating func gitSetting(_ setting: Value) {
        let text = setting.display
        let key = text.prefix { $0 != "=" }.lowercased()
        let value = String(text.drop { $0 != "=" }.dropFirst())
        guard Self.codeKeys.contains(where: key.hasPrefix) else { return }
        if key.hasPrefix("alias."), !value.hasPrefix("!") { return }
        if ["", "cat", "less", "store", "cache", "osxkeychain", "vim", "nano", "true", "false", "/dev/null", "ssh", "gpg", "gpg2", "ff", "ours"].contains(value)
            || key.hasPrefix("diff.") && !key.contains("command") && !key.contains("external") && !key.contains("textconv") || key.hasPrefix("merge.") && !key.contains("driver")
        {
            return
        }
        if key.hasPrefix("core.sshcommand"), value.hasPrefix("ssh "), !value.lowercased().contains("command") { return }
        addShell(Value(value.hasPrefix("!") ? String(value.dropFirst()) : value), by: "git")
    }
}
