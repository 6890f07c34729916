/// Deleting, moving and linking.
extension Judging {
    /// Programs that the system itself needs, beside those that every kind names.
    static let needed: Set<String> = [
        "sudo", "su", "python3", "perl", "apt", "apt-get", "dpkg", "rpm", "dnf", "yum", "zypper", "apk", "ls", "cat", "cp", "mv", "rm", "mount", "umount", "ip", "ssh", "systemctl", "passwd", "login",
        "env", "grep", "sed", "awk", "tar",
        "useradd", "usermod", "getty", "agetty", "chmod", "chown", "ps", "kill", "ln", "mkdir", "find", "gzip", "journalctl", "udevadm", "modprobe", "kmod", "init", "systemd", "dbus-daemon", "pkexec",
        "visudo", "unix_chkpwd", "chpasswd", "true", "false", "test", "date", "echo", "sshd", "iptables", "nft", "fsck", "mkfs",
    ]

    /// What it means to take a path away, by its kind. Nil: nothing.
    private func removal(_ kind: PathKind, _ path: ResolvedPath, _ extent: Effect.Extent) -> (PolicyClass, Decision)? {
        let known = path.known
        let name = known?.split(separator: "/").last.map(String.init) ?? ""
        let isWhole = path.isContents || known == nil
        switch kind {
        case .protectedTree: return protectedRemoval(path, extent)
        case .critical, .fileSystemTable: return (.criticalFileClobber, .deny)
        case .sudoers: return known == "/etc/sudoers.d" || isWhole ? (.criticalFileClobber, .deny) : (.privilegeGrant, .ask)
        case .sshDaemon, .sshConfiguration, .sshHostKey, .authorizedKeys: return (.sshServiceLockout, .deny)
        case .sshHome: return extent == .itself && !path.isContents ? nil : (.sshServiceLockout, .deny)
        case .hostsAccess: return (.sshServiceLockout, .ask)
        case .boot, .core, .kernelModules, .bootConfiguration: return (.bootChainBreak, .deny)
        case .systemProgram: return (path.isContents || Self.needed.contains(name) || mayBeNeeded(path) ? (.corePackageRemoval, .deny) : (.environmentHijack, .ask))
        case .systemLibrary: return known?.contains("/systemd/system/") ?? false ? nil : path.isContents || name.contains(".so") ? (.bootChainBreak, .deny) : (.environmentHijack, .ask)
        case .cron: return (.scheduleHijack, .deny)
        case .cronJob: return isWhole || known?.hasPrefix("/var/spool/cron") ?? false ? (.scheduleHijack, .deny) : (.scheduleHijack, .ask)
        case .systemUnit: return isWhole || Units.matter(name) ? (.scheduleHijack, isWhole && path.isContents ? .deny : .ask) : nil
        case .initScript, .deviceRules: return isWhole ? (.scheduleHijack, .ask) : nil
        case .shellStartup, .loaderConfiguration, .hosts, .resolver: return (.environmentHijack, .ask)
        case .packageSources: return known?.hasSuffix("sources.list") ?? false || isWhole ? (.environmentHijack, .ask) : nil
        case .packageDatabase: return name.hasPrefix("lock") ? (.corePackageRemoval, .ask) : (.corePackageRemoval, .deny)
        case .updates: return (.securityControlsOff, .deny)
        case .network: return (.networkCut, .deny)
        case .firewall: return known?.hasPrefix("/etc/ufw/applications.d/") ?? false ? nil : (.firewallLockout, .deny)
        // A link there keeps a profile off.
        case .securityConfiguration where known?.hasPrefix("/etc/apparmor.d/disable/") ?? false: return nil
        case .securityConfiguration: return (.securityControlsOff, known?.hasPrefix("/etc/fail2ban/") ?? false ? .ask : .deny)
        case .systemLog: return (.logAuditWipe, Self.isRotated(path) ? .ask : .deny)
        case .applicationLog: return known == "/var/log" ? (.logAuditWipe, .deny) : (.logAuditWipe, .ask)
        case .loginRecord, .auditRules, .history: return (.logAuditWipe, .deny)
        case .logConfiguration: return (.logAuditWipe, known?.contains(".d/") ?? false ? .ask : .deny)
        case .databaseData: return (.databaseDestroy, .ask)
        case .containerData, .containerSocket: return (.containerClusterDestroy, .ask)
        case .backups:
            // Old backups by their age or name: retention.
            if case .below(isFiltered: true) = extent { return nil }
            return (.containerClusterDestroy, .ask)
        case .rawDevice: return (.rawDeviceWrite, .deny)
        case .memoryDevice, .kernelControl: return (.kernelInterface, .deny)
        case .secret: return (.secretExfiltration, .ask)
        case .localProgram, .kernelSettings, .moduleConfiguration, .packageConfiguration, .preload, .noLogin, .shell, .powerControl, .hardeningControl, .processFile, .systemFile, .settingsWithSecrets:
            return nil
        }
    }

    /// Whether a pattern takes one of the programs that the system needs.
    private func mayBeNeeded(_ path: ResolvedPath) -> Bool {
        guard case .pattern(let pattern) = path.form else { return false }
        let places = ["/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/"]
        return Self.needed.contains { name in places.contains { pattern.matches(Array(($0 + name).utf8)) } }
    }

    /// `syslog.2.gz`, `*.gz`: logs that were put away already.
    private static func isRotated(_ path: ResolvedPath) -> Bool {
        if path.isContents { return false }
        let name: String
        switch path.form {
        case .known(let known): name = known
        case .pattern(let pattern): name = String(decoding: pattern.tokens.suffix(8).map { if case .byte(let byte) = $0 { byte } else { UInt8(ascii: "*") } }, as: UTF8.self)
        case .unknown: return true
        }
        return [".gz", ".xz", ".bz2", ".zst", ".old", ".1", ".2", ".3", ".4", ".5", ".6", ".7", ".8", ".9", "-*", ".**", "[0-9]", ".*"].contains(where: name.hasSuffix)
    }

    private func protectedRemoval(_ path: ResolvedPath, _ extent: Effect.Extent) -> (PolicyClass, Decision)? {
        if path.known == "/mnt" || path.known == "/media" { return extent == .itself ? nil : (.deleteSystemTree, .ask) }
        if case .below(isFiltered: true) = extent { return (.deleteSystemTree, .ask) }
        return (.deleteSystemTree, .deny)
    }

    mutating func deleted(_ value: Value, _ extent: Effect.Extent) {
        for path in paths(value) {
            if path.form == .unknown {
                find(.deleteSystemTree, .ask, "what \(call.program) would delete can't be told: \(value.display)", instead: "write the path out")
                continue
            }
            // Where the shell stands when a `cd` before it has failed, nobody knows for sure.
            if path.known == Directory.own, path.isContents || extent != .itself {
                find(.deleteSystemTree, .ask, "\(call.program) deletes all of the directory that it happens to stand in", instead: "write the path out")
            }
            for match in kinds(of: path) {
                guard let removal = removal(match.kind, path, extent) else { continue }
                let policyClass = removal.0
                var decision = removal.1
                if !match.isCertain { decision = .ask }
                if case .below(isFiltered: true) = extent, decision == .deny {
                    if match.kind != .boot && match.kind != .core && match.kind != .loginRecord && match.kind != .auditRules && match.kind != .packageDatabase { decision = .ask }
                }
                find(
                    policyClass, decision, "\(call.program)\(extent == .itself ? "" : ", with all below,") on \(value.display), \(match.kind.words)",
                    instead: decision == .deny ? "name the one file or directory of the application that is to go" : "")
            }
            if path.isContents { contents(of: path, extent) }
        }
    }

    /// `/etc/*`: beside the tree itself, the files in it.
    private mutating func contents(of path: ResolvedPath, _ extent: Effect.Extent) {
        guard let directory = path.known else { return }
        for name in ["authorized_keys", "id_rsa"] {
            for match in kinds(of: ResolvedPath(form: .known(directory + "/" + name))) {
                guard let (policyClass, decision) = removal(match.kind, ResolvedPath(form: .known(directory + "/" + name)), extent), match.kind == .authorizedKeys, directory.hasSuffix(".ssh") else {
                    continue
                }
                find(policyClass, decision, "\(call.program) on all in \(directory), \(match.kind.words)")
            }
        }
    }

    mutating func moved(_ source: Value, to target: Value) {
        if source == target { return packedInPlace(source) }
        for path in paths(source) {
            if path.form == .unknown {
                find(.rootFilesystemRelocate, .ask, "what \(call.program) would move can't be told: \(source.display)")
                continue
            }
            for match in kinds(of: path) {
                switch match.kind {
                case .protectedTree:
                    if path.known == "/mnt" || path.known == "/media" { continue };
                    find(.rootFilesystemRelocate, match.isCertain ? .deny : .ask, "\(call.program) takes away \(source.display), a protected tree")
                case .applicationLog: continue
                case .systemLog: find(.logAuditWipe, target.prefix.hasPrefix("/var/log/") ? .ask : .deny, "\(call.program) moves \(source.display) away, \(match.kind.words)")
                case .secret: if Self.isOpen(target) { find(.secretExfiltration, .ask, "\(call.program) moves \(source.display) to where others may read it") }
                case .backups, .systemUnit, .hosts, .resolver, .shellStartup, .databaseData, .packageSources, .cronJob:
                    // To set a file aside is how one keeps it.
                    if match.kind == .databaseData { find(.databaseDestroy, .ask, "\(call.program) moves a database's files away") }
                    if match.kind == .resolver || match.kind == .hosts || match.kind == .shellStartup { find(.environmentHijack, .ask, "\(call.program) moves \(source.display) away") }
                    if match.kind == .cronJob { find(.scheduleHijack, .ask, "\(call.program) moves \(source.display) away") }
                default:
                    guard let removal = removal(match.kind, path, .tree) else { continue }
                    let policyClass = removal.0
                    var decision = removal.1
                    if !match.isCertain { decision = .ask }
                    find(policyClass, decision, "\(call.program) moves \(source.display) away, \(match.kind.words)")
                }
            }
        }
    }

    /// `gzip file`: the file is replaced by its packed form.
    private mutating func packedInPlace(_ value: Value) {
        for path in paths(value) {
            for match in kinds(of: path) {
                switch match.kind {
                case .critical, .fileSystemTable: find(.criticalFileClobber, .deny, "\(call.program) replaces \(value.display) by its packed form")
                case .boot, .core: find(.bootChainBreak, .deny, "\(call.program) replaces \(value.display) by its packed form")
                case .sshConfiguration, .sshHostKey, .authorizedKeys, .sshDaemon: find(.sshServiceLockout, .deny, "\(call.program) replaces \(value.display) by its packed form")
                case .systemLog, .loginRecord: find(.logAuditWipe, .ask, "\(call.program) packs \(value.display)")
                default: break
                }
            }
        }
    }

    mutating func linked(_ at: Value, to target: Value) {
        for path in paths(at) {
            for match in kinds(of: path) where match.kind == .protectedTree {
                // `ln -s x /usr/local/bin` puts a link into that directory.
                if path.known == "/mnt" || path.known == "/media" { continue }
                find(
                    .rootFilesystemRelocate,
                    call.arguments.contains { $0.known.map { $0.hasPrefix("-") && ($0.contains("n") || $0.contains("T") || $0.contains("f")) } ?? false } ? (match.isCertain ? .deny : .ask) : .ask,
                    "\(call.program) puts a link in the place of \(at.display), a protected tree")
            }
            if let known = path.known, known.hasPrefix("/etc/systemd/system/") || known.hasPrefix("/run/systemd/system/"), target.known == "/dev/null", let unit = known.split(separator: "/").last {
                service(Value(String(unit)), "mask")
            }
        }
        written(at, .replace, nil)
        for path in paths(target) where kinds(of: path).contains(where: { $0.kind == .secret && $0.isCertain }) && Self.isOpen(at) {
            find(.secretExfiltration, .ask, "\(call.program) puts a link to \(target.display) where others may read it")
        }
    }

    /// Places that others can read.
    static func isOpen(_ path: Value) -> Bool {
        ["/tmp", "/var/tmp", "/dev/shm", "/var/www", "/srv/www", "/usr/share/nginx", "/home", "/srv/", "/mnt", "/media", "/opt", "/usr/local"].contains(where: path.prefix.hasPrefix)
    }
}

extension PathKind {
    /// For people, behind "on PATH,".
    var words: String {
        switch self {
        case .protectedTree: "a protected tree"
        case .critical, .fileSystemTable: "a file the machine can't run or be logged in to without"
        case .sudoers: "which says who may become root"
        case .noLogin: "which keeps all but root from logging in"
        case .sshDaemon, .sshConfiguration, .sshHostKey: "which the way in by ssh depends on"
        case .authorizedKeys, .sshHome: "which says whose keys may log in"
        case .hostsAccess: "which says who may connect"
        case .boot, .core, .bootConfiguration, .kernelModules: "which the machine starts with"
        case .systemProgram, .systemLibrary, .localProgram: "a part of the system"
        case .cron, .cronJob: "which holds scheduled jobs"
        case .systemUnit, .initScript, .deviceRules, .moduleConfiguration: "which runs by itself"
        case .shellStartup, .preload, .loaderConfiguration: "which every later program reads"
        case .hosts, .resolver: "which says where names lead"
        case .packageSources, .packageConfiguration, .updates: "which says where software comes from"
        case .packageDatabase: "the package database"
        case .network: "the network's settings"
        case .firewall: "the firewall's rules"
        case .securityConfiguration, .hardeningControl, .kernelSettings: "which protects the host"
        case .systemLog, .applicationLog, .loginRecord, .history: "a log"
        case .auditRules, .logConfiguration: "which says what is logged"
        case .databaseData: "a database's files"
        case .containerData, .containerSocket: "containers' data"
        case .backups: "the backups"
        case .rawDevice: "a block device"
        case .memoryDevice, .kernelControl, .powerControl, .processFile, .systemFile: "which reaches into the kernel"
        case .secret, .settingsWithSecrets: "which holds secrets"
        case .shell: "a shell"
        }
    }
}

/// Units that must not be taken away.
enum Units {
    static func matter(_ name: String) -> Bool {
        name.hasPrefix("ssh") || name.hasPrefix("dbus") || name.hasPrefix("systemd-") || name.hasPrefix("cron") || name == "default.target" || name.hasPrefix("getty") || name.hasPrefix("multi-user")
    }
}
