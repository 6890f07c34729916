/// Reading, copying and sending what holds secrets.
extension Judging {
    private func secrets(_ path: ResolvedPath) -> [PathTable.Match] {
        var found = kinds(of: path).filter { $0.kind == .secret || $0.kind == .settingsWithSecrets }
        // `~/.ssh/*`, `/etc/*`: what is surely in there.
        if path.isContents, let directory = path.known {
            for name in ["id_rsa", "shadow", "ssh_host_rsa_key"] where directory.hasSuffix("/.ssh") || directory == "/etc" || directory == "/etc/ssh" {
                found += kinds(of: ResolvedPath(form: .known(directory + "/" + name))).filter { $0.kind == .secret && (name == "id_rsa") == directory.hasSuffix("/.ssh") }
            }
        }
        return found
    }

    /// Meta programs' own reading of a whole directory is not meant here.
    mutating func printed(_ value: Value) {
        for path in paths(value) {
            if path.form == .unknown {
                if Self.shows.contains(call.program), value.texts.contains(where: { $0.pieces == [.unknown] }), !call.wrappers.contains("xargs") || call.program != "grep" {
                    find(.secretExfiltration, .ask, "what \(call.program) would print can't be told")
                }
                continue
            }
            for match in secrets(path) {
                if match.kind == .settingsWithSecrets { find(.secretExfiltration, .ask, "\(call.program) prints \(value.display), which often holds passwords"); continue }
                find(
                    .secretExfiltration, match.isCertain ? .deny : .ask, "\(call.program) prints or passes on \(value.display), which holds secrets",
                    instead: "ask for its owner, size or check sum, or for the public part")
            }
            if let known = path.known, known == "/dev/mem" || known.hasPrefix("/proc/") && known.hasSuffix("/mem") || known == "/dev/kmem" || known == "/proc/kcore" {
                find(.secretExfiltration, .deny, "\(call.program) prints the machine's memory")
            }
            endless(path)
        }
    }

    private static let shows: Set<String> = ["cat", "tac", "head", "tail", "less", "more", "base64", "xxd", "od", "strings", "nl", "hexdump", "curl", "scp"]

    /// `cat /dev/zero > file`, `tail /dev/zero`.
    private mutating func endless(_ path: ResolvedPath) {
        guard let known = path.known, ["/dev/zero", "/dev/urandom", "/dev/random", "/dev/full"].contains(known) else { return }
        let isBounded =
            call.program == "head" || call.program == "dd" || call.program == "od" && call.arguments.contains { $0.known?.hasPrefix("-N") ?? false }
            || call.program == "xxd" && call.arguments.contains { $0.known?.hasPrefix("-l") ?? false }
        if isBounded { return hugeHead() }
        let toFile = call.outputs.contains { $0.path.known.map { !$0.hasPrefix("/dev/") || $0.hasPrefix("/dev/shm/") } ?? true }
        if ["tail", "tac", "sort"].contains(call.program) || toFile { find(.resourceExhaustion, .deny, "\(call.program) \(known) has no end", instead: "bound it: head -c") }
    }

    private mutating func hugeHead() {
        guard call.program == "head", let count = call.arguments.compactMap(\.known).first(where: { $0.contains("G") || $0.contains("T") }) else { return }
        let number = Int(count.filter(\.isNumber)) ?? 0
        if count.contains("T") || number >= 100 { find(.resourceExhaustion, .deny, "\(call.program) \(count) would fill the disk") }
    }

    mutating func copied(_ source: Value, to target: Value) {
        for path in paths(source) {
            for match in secrets(path) where match.kind == .secret {
                let toOutput = ["/dev/stdout", "/dev/fd/1", "/dev/tty", "/dev/stderr"].contains(target.known ?? "")
                if toOutput || Self.isOpen(target) && !target.prefix.hasPrefix("/opt") {
                    find(.secretExfiltration, match.isCertain ? .deny : .ask, "\(call.program) copies \(source.display) to where others may read it")
                } else if target.prefix.hasPrefix("/etc/") || target.prefix.hasPrefix("/root") || target.prefix.hasPrefix("/var/backups") || target.prefix.hasPrefix("/backup") {
                    continue
                } else {
                    find(.secretExfiltration, .ask, "\(call.program) copies \(source.display), which holds secrets")
                }
            }
            if let known = path.known, ["/dev/zero", "/dev/urandom", "/dev/random"].contains(known), !target.prefix.hasPrefix("/dev/") {
                find(.resourceExhaustion, .deny, "\(call.program) from \(known) has no end")
            }
        }
    }

    mutating func packed(_ source: Value, to archive: Value) {
        for path in paths(source) {
            let isSSH = kinds(of: path).contains { $0.kind == .sshHome }
            for match in secrets(path) + (isSSH ? [PathTable.Match(kind: .secret, isCertain: true)] : []) where match.kind == .secret {
                let leaves =
                    archive.known == "-" || archive.known?.contains(":") ?? false || archive.prefix.hasPrefix("/tmp") || archive.prefix.hasPrefix("/var/www") || archive.prefix.hasPrefix("/dev/")
                find(.secretExfiltration, leaves && match.isCertain ? .deny : .ask, "\(call.program) packs \(source.display), which holds secrets")
            }
        }
    }

    mutating func unpacked(_ directory: Value) {
        for path in paths(directory) {
            if path.form == .unknown {
                find(.environmentHijack, .ask, "where \(call.program) would unpack can't be told")
                continue
            }
            for match in kinds(of: path) {
                switch match.kind {
                case .protectedTree:
                    if !["/opt", "/srv", "/usr/local", "/usr/local/bin", "/mnt", "/media", "/home", "/root", "/usr/local/lib", "/usr/src", "/usr/local/sbin", "/var/lib", "/usr/share"].contains(
                        path.known ?? "") && !(path.known?.hasPrefix("/home/") ?? false)
                    {
                        find(.environmentHijack, .ask, "\(call.program) unpacks over \(directory.display), a protected tree")
                    }
                case .sshHome, .authorizedKeys: find(.sshKeyTamper, .ask, "\(call.program) unpacks into \(directory.display)")
                case .systemProgram, .systemLibrary, .critical, .sudoers, .cronJob, .cron, .sshConfiguration:
                    find(.environmentHijack, .ask, "\(call.program) unpacks into \(directory.display), \(match.kind.words)")
                case .boot, .kernelModules, .core: find(.bootChainBreak, .deny, "\(call.program) unpacks into \(directory.display), \(match.kind.words)")
                default: break
                }
            }
        }
    }

    mutating func sent(_ value: Value, to: Value) {
        for path in paths(value) {
            if path.form == .unknown {
                find(.secretExfiltration, .ask, "what \(call.program) sends to \(to.display) can't be told")
                continue
            }
            let isSSH = kinds(of: path).contains { $0.kind == .sshHome }
            for match in secrets(path) + (isSSH ? [PathTable.Match(kind: .secret, isCertain: true)] : []) {
                find(.secretExfiltration, match.isCertain && match.kind == .secret ? .deny : .ask, "\(call.program) sends \(value.display), which holds secrets, to \(to.display)")
            }
            if let known = path.known, ["/etc", "/", "/root", "/home", "/var", "/etc/kubernetes", "/etc/ssl", "/etc/ssh", "/etc/passwd", "/var/lib/mysql", "/var/lib/postgresql"].contains(known) {
                find(.secretExfiltration, .ask, "\(call.program) sends all of \(known) to \(to.display)")
            }
        }
    }
}
