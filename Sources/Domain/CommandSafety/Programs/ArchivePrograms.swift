/// Programs that pack and unpack.
enum ArchivePrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec(
            "tar gtar bsdtar", options: tarOptions,
            examples: [
                "tar -xzf /a.tgz -C /etc -> unpack /etc", "tar czf /b/x.tgz /srv/www -> write /b/x.tgz, pack /srv/www", "tar cf /x --remove-files /etc -> write /x, pack /etc, delete-tree /etc",
            ]
        ) { $0.tar() },
        ProgramSpec(
            "cpio", options: "-F/--file= -I= -O= -D/--directory= -H= -i/--extract -o/--create -p/--pass-through -R= -M= -C= -E= -d -m -u -v -t/--list --rsh-command:code --no-absolute-filenames",
            looks: "-t"
        ) { r in
            if r.has("-i", "-p") { r.add(.unpack(into: r.value("-D") ?? r.operands.last ?? Value("."))) }
        },
        ProgramSpec("unzip unrar 7z 7za 7zr  unar", options: "-d= -o -q -l -p -t -j -P= -x= -n -v -Z", looks: "-l -t -v -Z") { r in
            if r.has("-p") { return }
            if r.call.program.hasPrefix("7z") {
                guard let verb = r.verb, verb != "l", verb != "t" else { return }
                if verb == "x" || verb == "e" {
                    r.add(.unpack(into: r.words.first { $0.hasPrefix("-o") }.map { Value(String($0.dropFirst(2))) } ?? Value(".")))
                } else {
                    for file in r.operands.dropFirst(2) { r.add(.pack(file, to: r.operands[1])) }
                    r.add(.change(what: "packs files"))
                }
                if r.words.contains("-sdel") { for file in r.operands.dropFirst(2) { r.add(.delete(file, .tree)) } }
                return
            }
            r.add(.unpack(into: r.value("-d") ?? Value(".")))
        },
        ProgramSpec("zip", options: "-r/--recurse-paths -m/--move -x= -i= -P= -b= -q -j -T/--test -TT:code --unzip-command:code -9 -e -y -u -d -o -@") { r in
            guard let archive = r.operands.first else { return }
            if archive.known != "-" { r.add(.write(archive, .edit, content: nil)) }
            for file in r.operands.dropFirst() {
                r.add(.read(file, prints: false))
                if archive.known == "-" || !(r.has("-r")) { r.add(.pack(file, to: archive)) }
                if r.has("-m") { r.add(.delete(file, .tree)) }
            }
        },
        ProgramSpec(
            "gzip gunzip bzip2 bunzip2 xz unxz lzma unlzma zstd unzstd lz4 unlz4 compress uncompress pigz pbzip2 lzop brotli lrzip",
            options: "-S= -d/--decompress -c/--stdout/--to-stdout -k/--keep -t/--test -l/--list -f/--force -n -N -v -q -r/--recursive -T= -o:writes --rm -p= -b= --format= -M= --threads=",
            looks: "-t -l", examples: ["gzip -c /x -> print /x"]
        ) { r in
            for operand in r.operands where operand.known != "-" {
                if r.has("-c") {
                    r.add(.read(operand, prints: true))
                } else if r.has("-k") || r.call.program == "zstd" {
                    r.add(.change(what: "packs a file"))
                } else {
                    r.add(r.has("-r") ? .write(operand, .edit, content: nil) : .move(operand, to: operand))
                }
            }
        },
        ProgramSpec("ar ranlib strip objcopy nm objdump readelf ldd pldd size addr2line", options: "-o:writes -d -t -x -C -T") { r in
            switch r.call.program {
            case "strip": for operand in r.operands where !r.has("-o") { r.add(.write(operand, .edit, content: nil)) }
            case "ar" where !["t", "p", "tv"].contains(r.verb): r.add(.change(what: "packs objects"))
            case "objcopy": if let last = r.operands.last { r.add(.write(last, .edit, content: nil)) }
            default: break
            }
        },
        ProgramSpec(
            "dump restore xfsdump xfsrestore borg restic duplicity rdiff-backup rsnapshot bacula-cli borgmatic kopia duply dar",
            options: "-f= -r= -p= -L= -M= -l= --repo= --keep-daily= --keep-weekly= --keep-last= --target="
        ) { $0.backups() },
        ProgramSpec(
            "rsync",
            options:
                "-e/--rsh= --rsync-path= --exclude= --include= --exclude-from= --include-from= --files-from= --filter= -f= --bwlimit= --timeout= --log-file:appends --password-file= --backup-dir= --suffix= --link-dest= --compare-dest= --copy-dest= --temp-dir= -T= --partial-dir= --chmod= --chown= --port= --info= --max-size= --min-size= --out-format= -B= -M= --max-delete= -a/--archive -r/--recursive -n/--dry-run --delete --delete-before --delete-after --delete-during --delete-delay --delete-excluded --delete-missing-args --remove-source-files --progress --stats -v -z -P -H -A -X -u --inplace --append --existing --ignore-existing",
            examples: ["rsync -a --delete /empty/ /usr/ -> copy /empty/, write /usr/, delete-below /usr/", "rsync -a /srv/www b:/x -> send /srv/www"]
        ) { $0.rsync() },
    ]

    private static let tarOptions =
        "-f/--file= -C/--directory= -I/--use-compress-program= -T/--files-from= -X/--exclude-from= --exclude= --checkpoint-action= --to-command= --rsh-command= --rmt-command= -F/--info-script/--new-volume-script= --checkpoint? --transform= --xform= --owner= --group= --mode= --mtime= --strip-components= --one-top-level? -g/--listed-incremental= -V/--label= -b= -N= -K= -L= -H/--format= --index-file= -c/--create -x/--extract/--get -t/--list -r/--append -u/--update -d/--diff/--compare -A --delete --remove-files -z/--gzip -j/--bzip2 -J/--xz --zstd -v/--verbose -p/--preserve-permissions -k -P/--absolute-names --wildcards -a -h -O/--to-stdout -W -S -m -o -B -w -U --overwrite --sort= --warning= --numeric-owner --no-same-owner --backup? --suffix="
}

extension Reading {
    fileprivate mutating func tar() {
        for code in values("-I") { tarProgram(code) }
        for code in values("--to-command") + values("--rsh-command") + values("--rmt-command") + values("-F") { addShell(code, by: "tar") }
        for action in values("--checkpoint-action") where action.known.map({ $0.hasPrefix("exec") }) ?? true { addShell(action.dropping("exec="), by: "tar") }
        var operands = operands[...]
        var letters = ""
        // `tar xzf file`: the first word without its dash.
        var archive = value("-f"), directory = value("-C")
        if let first = operands.first?.known, !first.isEmpty, first.allSatisfy({ $0.isLetter }), !has("-c", "-x", "-t", "-r", "-u", "-d") {
            letters = first
            operands.removeFirst()
            for letter in first {
                if letter == "f" { archive = operands.popFirst() }
                if letter == "C" { directory = operands.popFirst() }
                if letter == "I" { if let code = operands.popFirst() { tarProgram(code) } }
                if "bTXgVK".contains(letter) { _ = operands.popFirst() }
            }
        }
        func does(_ letter: Character) -> Bool { letters.contains(letter) || has("-\(letter)") }
        if does("t") || does("d") { return }
        if does("x") {
            if does("O") { return }
            let members = Array(operands)
            add(.unpack(into: directory ?? Value(does("P") ? "/" : ".")))
            // Members named one by one land below the directory.
            for member in members { if let name = member.known, let place = directory?.known { add(.write(Value(place + "/" + name), .replace, content: nil)) } }
            return
        }
        guard does("c") || does("r") || does("u") || does("A") || has("--delete") else {
            if isUncertain { add(.runUnknown(source: "what tar would do can't be told")) }
            return
        }
        let toOutput = archive == nil || archive?.known == "-"
        if let archive, !toOutput {
            if archive.known?.contains(":") ?? false { add(.send(operands.first ?? .unknown, to: archive)) } else { add(.write(archive, does("c") ? .replace : .edit, content: nil)) }
        }
        for operand in operands {
            let path = directory.flatMap { place in operand.known.flatMap { $0.hasPrefix("/") ? nil : place.child($0) } } ?? operand
            add(.pack(path, to: archive ?? Value("-")))
            if has("--remove-files") { add(.delete(path, .tree)) }
        }
    }

    private mutating func tarProgram(_ code: Value) {
        let plain: Set<String> = ["gzip", "pigz", "zstd", "xz", "bzip2", "pbzip2", "lz4", "lzop", "lzma", "pixz", "brotli", "zstdmt", "unzstd", "gunzip"]
        if let first = code.known?.split(separator: " ").first, plain.contains(String(first)), !(code.known?.contains { ";|&$`".contains($0) } ?? true) { return }
        addShell(code, by: "tar")
    }

    fileprivate mutating func rsync() {
        for code in values("-e") {
            let words = code.known?.split(separator: " ") ?? []
            if words.first == "ssh", !(code.known?.lowercased().contains("command") ?? true) { continue }
            addShell(code, by: "rsync")
        }
        for code in values("--rsync-path") where !(code.known.map { $0 == "rsync" || $0 == "sudo rsync" || $0 == "/usr/bin/rsync" } ?? false) { addShell(code, by: "rsync") }
        if has("-n") { return }
        var sources = operands
        guard let target = sources.popLast(), !sources.isEmpty else { return }
        let isRemote = Self.isRemote(target)
        for source in sources {
            if isRemote { add(.send(source, to: target)) } else if !Self.isRemote(source) { add(.copy(source, target)) }
            if has("--remove-source-files"), !Self.isRemote(source) { add(.delete(source, .below(isFiltered: false))) }
        }
        if isRemote { return }
        if sources.count == 1, let name = sources[0].lastName, !(sources[0].known?.hasSuffix("/") ?? false), target.known?.hasSuffix("/") ?? false {
            add(.write(target.child(name), .replace, content: nil))
        } else {
            add(.write(target, .replace, content: nil))
        }
        if has("--delete", "--delete-before", "--delete-after", "--delete-during", "--delete-delay", "--delete-excluded", "--delete-missing-args") {
            if let name = sources.first?.lastName, sources.count == 1, !(sources[0].known?.hasSuffix("/") ?? true), !(sources[0].known?.hasSuffix("/.") ?? false) {
                // `rsync --delete /a/etc /`: below /etc, not below /.
                add(.delete(target.child(name), .below(isFiltered: false)))
            } else {
                add(.delete(target, .below(isFiltered: false)))
            }
        }
    }

    /// `host:path`, `host::module`, `rsync://…`.
    static func isRemote(_ value: Value) -> Bool {
        guard let text = value.texts.first else { return false }
        let prefix = text.prefix
        if prefix.contains("://") { return true }
        if let colon = prefix.firstIndex(of: ":") { return !prefix[..<colon].contains("/") }
        // `$HOST:/path`.
        guard case .unknown? = text.pieces.first else { return false }
        return text.pieces.contains { if case .known(let known) = $0 { known.hasPrefix(":") } else { false } }
    }

    fileprivate mutating func backups() {
        let words = Set(words)
        if ["delete", "purge", "destroy", "key"].contains(where: words.contains) && call.program != "duply"
            || words.contains("forget") && words.contains("--prune") && (!wholeText.contains("--keep") || ["0", "1", "2"].contains(value("--keep-last")?.known ?? ""))
            || words.contains("forget") && !wholeText.contains("--keep") && !words.contains("--dry-run")
            || words.contains("remove-all-but-n-full") && words.contains("0") || words.contains("remove-older-than") && words.contains("--force") && words.contains("0D")
        {
            add(.container(what: "\(call.program) removes backups", isDestructive: true))
        } else if call.program.hasSuffix("restore"), call.program != "xfsrestore" || !has("-t") {
            add(.unpack(into: operands.last ?? Value(".")))
        } else if words.contains("restore"), let target = value("--target") {
            add(.unpack(into: target))
        } else if words.isDisjoint(with: ["list", "info", "snapshots", "check", "stats", "ls", "diff", "status", "verify", "collection-status"]) {
            add(.change(what: "writes a backup"))
        }
    }
}
