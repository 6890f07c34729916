/// Programs that make, change and remove files.
enum FilePrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec(
            "rm", options: "-r/-R/--recursive -f/--force -i -I -d/--dir -v/--verbose --no-preserve-root --preserve-root? --interactive? --one-file-system",
            examples: ["rm -rf /etc -> delete-tree /etc", "rm -fr -- /x -> delete-tree /x", "rm --recurs /x -> delete-tree /x", "rm /x /y -> delete /x, delete /y"]
        ) { $0.removes(isTree: $0.has("-r")) },
        ProgramSpec("unlink", examples: ["unlink /etc/passwd -> delete /etc/passwd"]) { $0.removes(isTree: false) },
        ProgramSpec("rmdir", options: "-p/--parents --ignore-fail-on-non-empty", changes: "removes empty directories"),
        ProgramSpec("srm wipe trash trash-put rimraf", options: "-r -f") { $0.removes(isTree: true) },
        ProgramSpec(
            "shred", options: "-n/--iterations= -s/--size= --random-source= -u/--remove? -z/--zero -f/--force", examples: ["shred -n 3 /dev/sda -> edit /dev/sda", "shred -u /x -> edit /x, delete /x"]
        ) { r in
            for operand in r.operands {
                r.add(.write(operand, .edit, content: nil))
                if r.has("-u") { r.add(.delete(operand, .itself)) }
            }
            r.deletesFed()
        },
        ProgramSpec("truncate", options: "-s/--size= -r/--reference= -o -c/--no-create", examples: ["truncate -s 0 /etc/shadow -> empty /etc/shadow"]) { r in
            let size = r.value("-s")?.known ?? ""
            for operand in r.operands {
                r.add(.write(operand, size.hasPrefix("+") || size.hasPrefix(">") ? .append : size.first?.isNumber == true && !size.hasPrefix("0") ? .touch : .empty, content: nil))
            }
            if let huge = Int(size.prefix { $0.isNumber }), size.hasSuffix("T"), huge > 8 { r.add(.change(what: "makes a huge sparse file")) }
        },
        ProgramSpec("touch", "touches*", options: "-d/--date= -t= -r/--reference= -a -m -c/--no-create --time="),
        ProgramSpec("mkdir", "makes*", options: "-m/--mode= -p/--parents -v -Z --context?", changes: "makes a directory"),
        ProgramSpec("mkfifo", "makes*", options: "-m/--mode=", changes: "makes a pipe"),
        ProgramSpec("mknod", options: "-m/--mode=") { r in
            guard let at = r.operands.first else { return }
            let type = r.word(1) ?? "b"
            if type == "p" {
                r.add(.makeDirectory(at))
            } else if type == "b" {
                r.add(.kernel(what: "mknod makes a device"))
            } else {
                r.add(r.word(2) == "1" && ["1", "2", "4"].contains(r.word(3) ?? "1") ? .kernel(what: "mknod makes a way to the memory") : .makeDirectory(at))
            }
        },
        ProgramSpec("tee sponge", options: "-a/--append -i/--ignore-interrupts -p --output-error?", examples: ["tee -a /etc/fstab -> append /etc/fstab", "tee /x -> write /x"]) { r in
            let content = r.inputText ?? r.printedBefore
            if Endless.comesIn(to: r.call), r.operands.contains(where: { !$0.prefix.hasPrefix("/dev/") }) { r.add(.exhaust(what: "tee writes what has no end")) }
            for operand in r.operands where operand.known != "/dev/null" && !(operand.known?.hasPrefix("/dev/std") ?? false) {
                r.add(.write(operand, r.has("-a") ? .append : content?.known?.trimmed == "" ? .empty : .replace, content: content))
            }
        },
        ProgramSpec(
            "cp",
            options:
                "-t/--target-directory:target -S/--suffix= -r/-R/--recursive -a/--archive -f/--force -T/--no-target-directory -p --preserve? --backup? -b --reflink? --sparse? -u/--update -n/--no-clobber -v/--verbose -s/--symbolic-link -l/--link --parents",
            examples: ["cp /a /b -> copy /a, write /b", "cp -t /etc /x/passwd -> copy /x/passwd, write /etc/passwd"]
        ) { $0.copies(moves: false) },
        ProgramSpec(
            "mv", options: "-t/--target-directory:target -S/--suffix= -f/--force -T/--no-target-directory --backup? -b -n/--no-clobber -v/--verbose -u/--update",
            examples: ["mv /usr /usr.old -> move /usr, write /usr.old", "mv -t /tmp/x /etc/passwd -> move /etc/passwd, write /tmp/x/passwd"]
        ) { $0.copies(moves: true) },
        ProgramSpec(
            "install ginstall",
            options: "-t/--target-directory:target -m/--mode= -o/--owner= -g/--group= -d/--directory -S/--suffix= -D -T/--no-target-directory --backup? -C -p -v -s --strip-program:code",
            examples: ["install -m 755 /a /b -> copy /a, write /b, mode /b 755", "install -d /x -> makes /x"]
        ) { r in
            if r.has("-d") { for operand in r.operands { r.add(.makeDirectory(operand)) } } else { r.copies(moves: false) }
            if let mode = r.value("-m"), let target = r.value("-t") ?? r.operands.last { r.add(.changeMode(target, mode: mode, .itself)) }
        },
        ProgramSpec(
            "ln", options: "-t/--target-directory:target -S/--suffix= -s/--symbolic -f/--force -n/--no-dereference -T/--no-target-directory -r/--relative --backup? -v",
            examples: ["ln -sfn /a /b -> link /b to /a"]
        ) { $0.links() },
        ProgramSpec("link symlink", examples: ["link /a /b -> link /b to /a"]) { $0.links() },
        ProgramSpec(
            "chmod", options: "-R/--recursive -v -c -f --reference=",
            examples: ["chmod -R 0777 /etc -> mode-tree /etc 0777", "chmod u-s /usr/bin/sudo -> mode /usr/bin/sudo u-s", "chmod -x /bin/ls -> mode /bin/ls -x"]
        ) { $0.mode() },
        ProgramSpec("chown chgrp", options: "-R/--recursive -v -c -f -h/--no-dereference --from= --reference= -L -P -H", examples: ["chown -R nobody:nogroup / -> owner-tree / nobody:nogroup"]) { r in
            let extent: Effect.Extent = r.has("-R") ? .tree : .itself
            let owner = r.value("--reference") ?? r.operands.first ?? .unknown
            for operand in r.operands.dropFirst(r.has("--reference") ? 0 : 1) { r.add(.changeOwner(operand, owner: owner, extent)) }
            for fed in r.fedPaths { r.add(.changeOwner(fed.path, owner: owner, fed.isFiltered && extent == .itself ? .below(isFiltered: true) : .tree)) }
        },
        ProgramSpec(
            "setfacl", options: "-m/--modify= -x/--remove= -M/--modify-file= -X= -b/--remove-all -k -R/--recursive -d --set= --set-file= --restore= -n -L -P",
            examples: ["setfacl -R -m u:x:rwx /etc -> attributes-tree /etc"]
        ) { r in
            if let file = r.value("--restore") { r.add(.changeAttributes(file.known == nil ? file : .unknown, what: "restores ACLs", .tree)) }
            for operand in r.operands { r.add(.changeAttributes(operand, what: "ACL \(r.value("-m", "--set")?.display ?? "")", r.has("-R") ? .tree : .itself)) }
        },
        ProgramSpec("chattr", options: "-R -V -f -v= -p=") { r in
            let attribute = r.words.first { $0.hasPrefix("+") || $0.hasPrefix("=") || $0.hasPrefix("-") && $0 != "-R" && $0 != "-f" && $0 != "-V" } ?? "?"
            for operand in r.operands where operand.known != attribute { r.add(.changeAttributes(operand, what: attribute, r.has("-R") ? .tree : .itself)) }
        },
        ProgramSpec("setfattr setcap", options: "-n= -v= -x= -r -q") { r in
            let what = r.call.program == "setcap" ? "capabilities \(r.word(0) ?? "")" : "attribute"
            for operand in r.operands.dropFirst(r.call.program == "setcap" && !r.has("-r") ? 1 : 0) { r.add(.changeAttributes(operand, what: what, .itself)) }
        },
        ProgramSpec("split csplit", "prints", options: "-b/--bytes= -l/--lines= -n/--number= -a= -d --filter:code --additional-suffix= -C= -f=", changes: "writes parts"),
        ProgramSpec("fallocate", options: "-l/--length= -o/--offset= -n -p/--punch-hole -z/--zero-range -c -d -x", examples: ["fallocate -l 1G /swap.img -> touch /swap.img"]) { r in
            for operand in r.operands { r.add(.write(operand, r.has("-p", "-z", "-c") ? .edit : .touch, content: nil)) }
            if let length = r.value("-l") {
                if length.known == nil || length.known.map({ $0.contains("T") || $0.count > 13 || $0.hasPrefix("$") }) ?? false { r.add(.exhaust(what: "fallocate of \(length.display)")) }
            }
        },
        ProgramSpec("dd dcfldd ddrescue", examples: ["dd if=/dev/zero of=/dev/sdb bs=1M -> read /dev/zero, write /dev/sdb", "dd if=/dev/vda of=/b.bin count=1 -> read /dev/vda, write /b.bin"]) {
            $0.dd()
        },
        ProgramSpec(
            "find gfind fdfind fd bfs", longDashes: true,
            examples: ["find /usr -delete -> delete-below /usr", "find /tmp -name *.tmp -delete -> delete-below /tmp, delete /tmp/*.tmp", "find /x -fprint /y -> write /y"]
        ) { $0.finds() },
        ProgramSpec("tmpwatch tmpreaper cleanlinks", options: "-m= --mtime") { r in for operand in r.operands.dropFirst() { r.add(.delete(operand, .below(isFiltered: true))) } },
        ProgramSpec("systemd-tmpfiles", options: "--clean --create --remove --purge --root= --prefix=", changes: "cleans temporary files") { r in
            for file in r.operands where !(file.prefix.contains("/tmpfiles.d/") || !file.prefix.contains("/")) || r.has("--purge") {
                r.add(.runUnknown(source: "systemd-tmpfiles does what \(file.display) says"))
            }
        },
        ProgramSpec("logrotate", options: "-f/--force -d/--debug -s/--state= -v", looks: "-d") { $0.add(.logs(what: "logrotate rotates logs", isKept: true)) },

        ProgramSpec("exch renameat", "edits*"),
        ProgramSpec("convert magick ffmpeg pdftk gs wkhtmltopdf pandoc identify mogrify", changes: "converts files") { r in
            if let last = r.operands.last, r.operands.count > 1 { r.add(.write(last, .replace, content: nil)) }
        },
    ]
}

extension Reading {
    /// What the last call before the pipe prints, if the text tells.
    var printedBefore: Value? { inputCalls.last.flatMap(Content.printed) }

    fileprivate mutating func removes(isTree: Bool) {
        let extent: Effect.Extent = isTree || isUncertain ? .tree : .itself
        for operand in operands { add(.delete(operand, extent)) }
        deletesFed()
    }

    /// `cp` and `mv`: what goes where.
    mutating func copies(moves: Bool) {
        var sources = operands
        guard let target = value("-t") ?? sources.popLast() else { return }
        let isDirectory = value("-t") != nil || sources.count > 1 || target.known?.hasSuffix("/") ?? false || target.known == "." || target.known == ".."
        for source in sources {
            let name = source.lastName
            let isUnder = target.texts.contains { !$0.isPattern } && name != nil
            if moves { add(.move(source, to: target)) } else { add(.copy(source, target)) }
            let isEmpty = source.known == "/dev/null"
            let kind: Effect.WriteKind = isEmpty ? .empty : .replace
            // The script has written the source itself.
            let content = source.known.flatMap { call.files[$0] }
            if let name, isUnder, isDirectory || KnownDirectories.contains(target) {
                add(.write(target.child(name), kind, content: content))
                // All of a directory over another one.
                if name.contains(".") == false, has("-r", "-a"), name == "." { add(.write(target, kind, content: nil)) }
            } else {
                add(.write(target, kind, content: content))
                if source.texts.contains(where: \.isPattern) { patterned(source, into: target, kind) }
            }
        }
    }

    /// `cp /tmp/x/* /etc/`: names not known, unless the pattern tells them.
    private mutating func patterned(_ source: Value, into target: Value, _ kind: Effect.WriteKind) {
        guard let text = source.texts.first, case .known(let last)? = text.pieces.last, last.count > 3, !last.contains("/") else { return }
        add(.write(Value(target.texts.map { Text($0.pieces + [.known("/"), .star, .known(last)]) }), kind, content: nil))
    }

    fileprivate mutating func links() {
        var sources = operands
        guard let first = sources.first else { return }
        guard let target = value("-t") ?? (sources.count > 1 ? sources.popLast() : nil) else {
            if let name = first.lastName { add(.link(at: Value(name), to: first)) }
            return
        }
        for source in sources {
            if let name = source.lastName, value("-t") != nil || sources.count > 1 || target.known?.hasSuffix("/") ?? false || !has("-n", "-T") && KnownDirectories.contains(target) {
                add(.link(at: target.child(name), to: source))
                // `ln -sf /dev/null /etc`: with -n it takes the directory's place.
                if !has("-f") { continue }
            }
            add(.link(at: target, to: source))
        }
    }

    fileprivate mutating func mode() {
        let extent: Effect.Extent = has("-R") ? .tree : .itself
        var files = operands[...]
        var mode = value("--reference")
        if mode == nil {
            // `chmod -x file`: the mode looks like an option.
            if let word = call.arguments.first(where: { $0.known.map { $0.hasPrefix("-") && $0.count > 1 && $0.dropFirst().allSatisfy { "rwxXst,=+-ugoa".contains($0) } } ?? false }) {
                mode = word.value
            } else {
                mode = files.popFirst()
            }
        }
        for file in files { add(.changeMode(file, mode: mode ?? .unknown, extent)) }
        for fed in fedPaths { add(.changeMode(fed.path, mode: mode ?? .unknown, fed.isFiltered && extent == .itself ? .below(isFiltered: true) : .tree)) }
    }

    // MARK: dd

    fileprivate mutating func dd() {
        var source: Value?, target: Value?, count: Value?
        var isUnknown = false
        for argument in call.arguments {
            let prefix = argument.value.prefix
            if prefix.hasPrefix("if=") {
                source = argument.value.dropping("if=")
            } else if prefix.hasPrefix("of=") {
                target = argument.value.dropping("of=")
            } else if prefix.hasPrefix("count=") {
                count = argument.value.dropping("count=")
            } else if argument.value.isWhollyUnknown {
                isUnknown = true
            }
        }
        if call.program == "ddrescue" {
            source = operands.first
            target = operands.dropFirst().first
        }
        let endless = ["/dev/zero", "/dev/urandom", "/dev/random", "/dev/full"]
        if let source { add(.read(source, prints: !(source.prefix.hasPrefix("/dev/")))) }
        if let target, target.known != "/dev/null" {
            add(.write(target, hasWord("conv=notrunc") ? .edit : source?.known == "/dev/null" ? .empty : .replace, content: nil))
            if let known = source?.known, endless.contains(known), count == nil, !(target.prefix.hasPrefix("/dev/")) {
                add(.exhaust(what: "dd from \(known) without count= writes until the disk is full"))
            }
        }
        if isUnknown, target == nil { add(.runUnknown(source: "what dd would write can't be told")) }
    }

    // MARK: find

    fileprivate mutating func finds() {
        let roots = FindRoots.of(call)
        var index = 0
        let arguments = call.arguments
        let actions = arguments.count { ["-exec", "-execdir", "-ok", "-okdir", "-delete"].contains($0.known ?? "") }
        if roots.count * actions * max(1, roots.first?.names.count ?? 0) > 4096 { return add(.exhaust(what: "find with so many places and actions")) }
        func next(_ step: Int) -> Value? { index + step < arguments.count ? arguments[index + step].value : nil }
        while index < arguments.count {
            switch arguments[index].known {
            case "-delete":
                for root in roots { add(.delete(root.path, .below(isFiltered: root.isFiltered))) }
                named(roots)
            case "-fprint", "-fprint0", "-fls", "-fprintf": if let file = next(1) { add(.write(file, .replace, content: nil)) }
            case "-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch": executes(roots, Array(arguments[(index + 1)...]))
            default: break
            }
            index += 1
        }
        if hasUnknownWord, arguments.dropFirst().contains(where: { $0.maySplit }) { add(.runUnknown(source: "an option of find can't be told")) }
    }

    /// `find /var/log -name '*.log' | xargs rm`.
    fileprivate mutating func deletesFed() {
        let fed = fedPaths
        for root in fed { add(.delete(root.path, .below(isFiltered: root.isFiltered))) }
        named(fed)
    }

    /// `find /etc/ssh -name 'ssh_host_*' -delete`: what bears that name there.
    private mutating func named(_ roots: [FindRoots.Root]) {
        for root in roots where !root.isOld {
            for name in root.names where !name.contains("/") && !["*", "?"].contains(name) {
                add(.delete(Value(root.path.texts.flatMap { place in ForeignCode.globbed(name).texts.map { Text(place.pieces + [.known("/")] + $0.pieces) } }), .itself))
            }
        }
    }

    /// What find's commands do to all that it finds. The evaluator judges the commands themselves.
    private mutating func executes(_ roots: [FindRoots.Root], _ words: [Argument]) {
        let wrappers: Set<String> = ["sudo", "nice", "ionice", "env", "timeout", "time", "busybox", "command"]
        guard let first = words.first(where: { !wrappers.contains($0.known ?? "") }), let program = first.known?.split(separator: "/").last else { return }
        let isRecursive = words.dropFirst().prefix(3).contains { $0.known.map { $0.hasPrefix("-") && ($0.contains("R") || $0.contains("r")) } ?? false }
        if ["rm", "unlink", "srm", "shred", "truncate"].contains(program) { named(roots) }
        for root in roots {
            switch program {
            case "rm", "unlink", "rmdir", "srm": add(.delete(root.path, .below(isFiltered: root.isFiltered)))
            case "shred", "truncate": add(.delete(root.path, .below(isFiltered: root.isFiltered)))
            case "chmod":
                add(
                    .changeMode(
                        root.path, mode: words.dropFirst().first { !($0.known?.hasPrefix("-R") ?? false) }?.value ?? .unknown, root.isFiltered && !isRecursive ? .below(isFiltered: true) : .tree))
            case "chown", "chgrp":
                add(
                    .changeOwner(
                        root.path, owner: words.dropFirst().first { !($0.known?.hasPrefix("-") ?? false) }?.value ?? .unknown, root.isFiltered && !isRecursive ? .below(isFiltered: true) : .tree))
            case "mv": add(.move(root.path, to: words.last { !["+", ";", "{}"].contains($0.known ?? "") }?.value ?? .unknown))
            case "cat", "head", "tail", "base64", "cp", "curl", "scp", "tar", "strings", "xxd", "less", "more", "nl", "rsync":
                for name in root.names {
                    add(.read(Value(root.path.texts.flatMap { place in ForeignCode.globbed(name).texts.map { Text(place.pieces + [.known("/"), .star, .known("/")] + $0.pieces) } }), prints: true))
                }
            default: break
            }
        }
    }
}
