/// Writing files.
extension Judging {
    mutating func written(_ value: Value, _ kind: Effect.WriteKind, _ content: Value?) {
        for path in paths(value) {
            if path.form == .unknown {
                if kind != .touch { find(.criticalFileClobber, .ask, "where \(call.program) would write can't be told: \(value.display)", instead: "write the path out") }
                continue
            }
            // `cpu*/online`, `*/device/delete`: the file's own name says enough.
            let isKernelSwitch =
                value.texts.contains { $0.prefix.hasPrefix("/sys/") } && ["/delete", "/remove", content?.known?.trimmed == "1" ? "/remove" : "/online"].contains(where: value.display.hasSuffix)
            if isKernelSwitch { find(.kernelInterface, .deny, "\(call.program) writes \(value.display), which takes hardware away") }
            for match in kinds(of: path) {
                guard let meaning = meaning(match.kind, path, kind, content) else { continue }
                let policyClass = meaning.0
                var decision = meaning.1
                if !match.isCertain { decision = .ask }
                let verb =
                    switch kind {
                    case .replace: "writes"
                    case .append: "adds to"
                    case .edit: "edits"
                    case .empty: "empties"
                    case .touch: "makes"
                    }
                find(policyClass, decision, "\(call.program) \(verb) \(value.display), \(match.kind.words)")
            }
            if path.isContents, kind == .empty || kind == .edit { deleted(value, .itself) }
        }
    }

    /// What it means to write a path of this kind. Nil: nothing.
    private func meaning(_ kind: PathKind, _ path: ResolvedPath, _ how: Effect.WriteKind, _ content: Value?) -> (PolicyClass, Decision)? {
        if how == .touch, kind == .systemLog || kind == .loginRecord || kind == .auditRules, call.program == "touch",
            call.arguments.contains(where: { $0.known.map { $0.hasPrefix("-") && $0.contains { "dtr".contains($0) } } ?? false })
        {
            return (.logAuditWipe, .ask)
        }
        if how == .touch, kind == .sshDaemon, path.known?.hasSuffix("/down") ?? false { return (.sshServiceLockout, .deny) }
        if how == .touch { return kind == .noLogin ? (.accountLockout, .deny) : kind == .rawDevice ? nil : nil }
        let known = path.known ?? ""
        let name = known.split(separator: "/").last.map(String.init) ?? ""
        // In sed's scripts slashes stand behind backslashes.
        let text = how == .edit ? content?.allText.replacing("\\/", with: "/") : content?.allText
        let isSeen = content.map { $0.known != nil } ?? false
        switch kind {
        case .protectedTree: return nil
        case .critical: return name == "login.defs" && how != .empty ? nil : (.criticalFileClobber, .deny)
        case .fileSystemTable: return how == .append || how == .edit ? (.criticalFileClobber, .ask) : (.criticalFileClobber, .deny)
        case .sudoers: return known == "/etc/sudoers.d" ? nil : (.privilegeGrant, .ask)
        case .noLogin: return (.accountLockout, .deny)
        case .sshDaemon: return known.hasPrefix("/etc/systemd/") && how != .empty && !(text?.contains("ExecStart=") ?? false) ? (.sshServiceLockout, .ask) : (.sshServiceLockout, .deny)
        case .sshConfiguration: return known == "/etc/ssh" ? nil : sshConfiguration(how, text)
        case .sshHostKey: return (.sshServiceLockout, .deny)
        case .authorizedKeys: return how == .empty || how == .edit && SedScript.empties(text ?? "") ? (.sshServiceLockout, .deny) : (.sshKeyTamper, .ask)
        case .sshHome: return how == .replace ? (.sshKeyTamper, .ask) : nil
        case .hostsAccess:
            return text.map({ SettingText.deniesSSH($0.lowercased()) }) ?? false && known.hasSuffix("deny") || text?.lowercased().contains("all : all") ?? false
                ? (.sshServiceLockout, .deny) : (.sshServiceLockout, .ask)
        case .boot: return known == "/boot" ? nil : how == .append ? (.bootChainBreak, .ask) : (.bootChainBreak, .deny)
        case .core: return (.bootChainBreak, .deny)
        case .systemProgram: return known == "/bin" || known == "/sbin" ? nil : how == .empty ? (.corePackageRemoval, .deny) : (.environmentHijack, .ask)
        // It would be found before the real one.
        case .localProgram: return how != .empty && Self.needed.contains(name) ? (.environmentHijack, .ask) : nil
        case .systemLibrary:
            return ["/lib", "/lib64"].contains(known) || known.contains("/systemd/system") ? nil : how == .empty && name.contains(".so") ? (.bootChainBreak, .deny) : (.environmentHijack, .ask)
        case .kernelModules: return how == .empty ? (.bootChainBreak, .deny) : known.hasPrefix("/lib/firmware") ? nil : (.kernelInterface, .deny)
        case .bootConfiguration:
            return how == .empty ? (.bootChainBreak, .deny) : SettingText.weakensBoot(text ?? "") ? (.securityControlsOff, .deny) : (text ?? "").contains("init=/") ? (.bootChainBreak, .deny) : nil
        case .cron:
            return known.hasPrefix("/etc/cron.") || known == "/var/spool/cron" || known == "/var/spool/at" || known == "/var/spool/cron/crontabs"
                ? nil : how == .empty ? (.scheduleHijack, .deny) : (.scheduleHijack, planted(text, .ask))
        case .cronJob: return ["/etc/cron.d", "/var/spool/cron"].contains(known) ? nil : how == .empty ? (.scheduleHijack, .deny) : (.scheduleHijack, planted(text, .ask))
        case .systemUnit:
            let isUnit = [".service", ".timer", ".socket", ".path"].contains(where: name.hasSuffix)
            // Where others can put files, and the network.
            let isForeign = KnownPrograms.fetchers.contains(call.program) || call.arguments.contains { SettingText.namesOpenPlace($0.known ?? "") }
            let decision = planted(text, isUnit && isForeign && !isSeen && how != .edit && how != .touch ? .ask : .allow)
            return decision == .allow ? nil : (.scheduleHijack, decision)
        case .initScript where known.hasSuffix("/.ssh/rc") || name == "sshrc": return (.scheduleHijack, planted(text, .ask))
        case .initScript where name == ".forward": return text?.contains("|") ?? true ? (.scheduleHijack, planted(text, .ask)) : nil
        case .initScript, .deviceRules:
            let decision = planted(text, isSeen ? .allow : .ask)
            return decision == .allow ? nil : (.scheduleHijack, decision)
        case .shellStartup: return shellStartup(how, text, isSeen, known)
        case .preload: return (.environmentHijack, .ask)
        case .loaderConfiguration: return text.map { SettingText.namesOpenPlace($0) || !isSeen } ?? true ? (.environmentHijack, .ask) : nil
        case .moduleConfiguration: return text?.contains("install ") ?? false && !(text?.contains("/bin/true") ?? false) && !(text?.contains("/bin/false") ?? false) ? (.kernelInterface, .ask) : nil
        case .hosts: return hosts(how, text, isSeen)
        case .resolver: return (.environmentHijack, .ask)
        case .packageSources: return packageSources(how, text, isSeen, known)
        case .packageConfiguration:
            return SettingText.turnsOffSignatures(text ?? "")
                ? (.securityControlsOff, .deny) : SettingText.hasHook(text ?? "") || (text ?? "").lowercased().contains("::proxy") ? (.environmentHijack, .ask) : nil
        case .updates: return how == .empty || (text ?? "").contains("\"0\"") || (text ?? "").contains("= no") || (text ?? "").contains("/0/") ? (.securityControlsOff, .deny) : nil
        case .packageDatabase: return (.corePackageRemoval, .deny)
        case .network: return how == .empty ? (.networkCut, .deny) : ["/etc/network", "/etc/netplan"].contains(known) ? nil : (.networkCut, .ask)
        case .firewall: return known.hasPrefix("/etc/ufw/applications.d/") ? nil : how == .empty ? (.firewallLockout, .deny) : (.firewallLockout, .ask)
        case .securityConfiguration: return securityConfiguration(how, text, known)
        case .kernelSettings: return SettingText.weakensKernel(text ?? "") ? (.securityControlsOff, .deny) : SettingText.reachesKernel(text ?? "") ? (.kernelInterface, .deny) : nil
        case .systemLog: return known.hasPrefix("/var/log/apt") && how == .append ? nil : how == .append ? (.logAuditWipe, .ask) : (.logAuditWipe, .deny)
        case .applicationLog: return how == .empty && known != "/var/log" ? (.logAuditWipe, .ask) : nil
        case .loginRecord: return (.logAuditWipe, .deny)
        case .auditRules:
            return how == .empty || (text ?? "").contains("-D") || (text ?? "").contains("-e 0") || (text ?? "").contains("never") || SedScript.empties(text ?? "")
                ? (.logAuditWipe, .deny) : how == .edit && (text ?? "").contains("d") && (text ?? "").hasSuffix("d") ? (.logAuditWipe, .deny) : (.logAuditWipe, .ask)
        case .logConfiguration:
            return how == .empty || (text ?? "").contains("Storage=none") || SedScript.empties(text ?? "")
                ? (.logAuditWipe, .deny)
                : (text ?? "").contains("Storage=volatile") || known.contains("rsyslog") && ["* ~", "& ~", "* stop", "& stop"].contains(where: (text ?? "").contains)
                    || known == "/etc/rsyslog.conf" && how == .replace ? (.logAuditWipe, .ask) : nil
        case .history: return (.logAuditWipe, .deny)
        case .databaseData: return how == .empty || how == .edit && call.program == "shred" ? (.databaseDestroy, .ask) : nil
        case .containerData, .containerSocket, .backups, .secret, .settingsWithSecrets, .shell: return nil
        case .rawDevice: return (.rawDeviceWrite, .deny)
        case .memoryDevice: return (.kernelInterface, .deny)
        case .kernelControl: return kernelControl(known, text)
        case .powerControl: return (.powerCycle, .ask)
        // Here nought is what protects, or one turns protection off.
        case .hardeningControl where name == "suid_dumpable" || name == "disable": return text?.trimmed == "0" ? nil : (.securityControlsOff, .deny)
        case .hardeningControl: return text?.trimmed == "1" || text?.trimmed == "2" || text?.trimmed == "3" ? nil : (.securityControlsOff, .deny)
        case .processFile: return processFile(known)
        case .systemFile: return systemFile(known, text)
        }
    }

    /// Code that runs by itself: what is seen of it is looked at.
    private func planted(_ text: String?, _ usual: Decision) -> Decision {
        guard let text else { return usual }
        return SettingText.isPlantedBadly(text) ? .deny : usual
    }

    private func sshConfiguration(_ how: Effect.WriteKind, _ text: String?) -> (PolicyClass, Decision) {
        let lines = (text ?? "").lowercased()
        if how == .empty || how == .edit && SedScript.empties(text ?? "") { return (.sshServiceLockout, .deny) }
        let opens = ["permitrootlogin yes", "permitemptypasswords yes", "permitrootlogin=yes", "permitemptypasswords=yes", "strictmodes no", "ignorerhosts no", "hostbasedauthentication yes"]
        // `s/PermitRootLogin yes/PermitRootLogin no/` closes it: only what is written counts.
        let news = SettingText.written(bySed: lines, how)
        if opens.contains(where: news.contains) { return (.securityControlsOff, .deny) }
        if [
            "denyusers *", "denygroups *", "allowusers nobody", "listenaddress 127", "denyusers root", "allowgroups nobody", "allowgroups none", "allowgroups nogroup",
            "denyusers \(context.loginUser.lowercased())", "pubkeyauthentication no",
            "maxstartups 0", "port 0", "maxsessions 0", "listenaddress ::1", "denyusers \"*", "maxauthtries 0", "allowusers none", "forcecommand /bin/false", "forcecommand /usr/sbin/nologin",
        ].contains(where: news.contains) {
            return (.sshServiceLockout, .deny)
        }
        if ["authorizedkeysfile", "authorizedkeyscommand", "trustedusercakeys", "authorizedprincipals"].contains(where: news.contains) { return (.sshKeyTamper, .ask) }
        return (.sshServiceLockout, .ask)
    }

    private func shellStartup(_ how: Effect.WriteKind, _ text: String?, _ isSeen: Bool, _ known: String) -> (PolicyClass, Decision)? {
        guard let text, how != .empty else { return known == "/etc/profile.d" ? nil : (.environmentHijack, .ask) }
        if SettingText.isPlantedBadly(text) { return (.scheduleHijack, .deny) }
        if text.contains("HISTFILE=/dev/null") || text.contains("HISTSIZE=0") || text.contains("unset HISTFILE") { return (.logAuditWipe, .deny) }
        if SettingText.changesPrograms(text) { return (.environmentHijack, .ask) }
        return isSeen || how == .edit ? nil : (.environmentHijack, .ask)
    }

    private func hosts(_ how: Effect.WriteKind, _ text: String?, _ isSeen: Bool) -> (PolicyClass, Decision)? {
        let redirected = [
            "debian.org", "ubuntu.com", "github", "pypi", "npmjs", "docker", "redhat", "centos", "fedora", "rockylinux", "almalinux", "alpinelinux", "opensuse", "archlinux", "amazonaws", "google",
            "microsoft", "gcr.io", "quay.io", "k8s.io", "rubygems", "crates.io", "golang", "hashicorp", "letsencrypt", "kernel.org", "download.", "mirror", "updates", "security.",
        ]
        guard how == .append || how == .edit else { return (.environmentHijack, .ask) }
        guard let text else { return (.environmentHijack, .ask) }
        return redirected.contains(where: text.lowercased().contains) || text.contains("\u{0}") && !isSeen && text.filter({ $0 != "\u{0}" }).count < 3 ? (.environmentHijack, .ask) : nil
    }

    private func packageSources(_ how: Effect.WriteKind, _ text: String?, _ isSeen: Bool, _ known: String) -> (PolicyClass, Decision)? {
        if SettingText.turnsOffSignatures(text ?? "") { return (.securityControlsOff, .deny) }
        if SettingText.namesBareAddress(text ?? "") { return (.environmentHijack, .ask) }
        // The distribution's own sources are another matter than one more.
        let isMain =
            ["/etc/apt/sources.list", "/etc/apk/repositories", "/etc/pacman.d/mirrorlist", "/etc/pip.conf", "/etc/apt/trusted.gpg"].contains(known) || known.hasSuffix("pip.conf")
            || known.hasSuffix(".npmrc")
        return isMain && how != .append || isMain && text == nil || how == .empty
            || isMain && (text ?? "").contains("http://") && !(text ?? "").contains("debian.org") && !(text ?? "").contains("ubuntu.com") ? (.environmentHijack, .ask) : nil
    }

    private func securityConfiguration(_ how: Effect.WriteKind, _ text: String?, _ known: String) -> (PolicyClass, Decision)? {
        let news = SettingText.written(bySed: (text ?? "").lowercased(), how)
        if how == .empty || news.contains("selinux=disabled") || news.contains("selinux=permissive") { return (.securityControlsOff, .deny) }
        if known.contains("fail2ban") { return news.contains("enabled = false") || news.contains("enabled=false") || news.contains("ignoreip = 0.0.0.0/0") ? (.securityControlsOff, .deny) : nil }
        if known.hasPrefix("/etc/selinux/config") || known == "/etc/sysconfig/selinux" {
            return text == nil ? (.securityControlsOff, .ask) : news.contains("enforcing") || text?.contains("SELINUX=enforcing") ?? false ? nil : (.securityControlsOff, .ask)
        }
        return known.hasPrefix("/etc/apparmor.d/disable") ? (.securityControlsOff, .deny) : nil
    }

    private func kernelControl(_ known: String, _ text: String?) -> (PolicyClass, Decision)? {
        if ["threads-max", "pid_max", "file-max"].contains(where: known.hasSuffix) { return nil }
        if known.hasSuffix("/core_pattern"), let text, !text.contains("|"), !text.contains("\u{0}") { return (.kernelInterface, .deny) }
        if known.hasPrefix("/sys/module/"), known.contains("/parameters/"), text != nil { return (.kernelInterface, .ask) }
        if known.hasPrefix("/sys/kernel/mm/") { return nil }
        return (.kernelInterface, .deny)
    }

    private func processFile(_ known: String) -> (PolicyClass, Decision)? {
        if known.hasPrefix("/proc/sys/net/") || known.hasPrefix("/proc/sys/vm/") || known.hasPrefix("/proc/sys/fs/") || known.hasPrefix("/proc/sys/kernel/") || known.hasPrefix("/proc/irq/") {
            return nil
        }
        return known.hasSuffix("/oom_score_adj") || known.hasSuffix("/oom_adj") || known.contains("/fd/") || known.hasSuffix("/coredump_filter") || known.hasSuffix("/comm")
            || known.hasSuffix("/setgroups") || known.hasSuffix("_map") ? nil : (.kernelInterface, .ask)
    }

    private func systemFile(_ known: String, _ text: String?) -> (PolicyClass, Decision)? {
        let name = known.split(separator: "/").last.map(String.init) ?? ""
        if [
            "remove", "delete", "unbind", "reset", "online", "hot_remove", "bind", "new_id", "uevent", "driver_override", "state", "remove_id", "unload", "vbios", "eject", "offline", "authorized",
            "enable", "force_probe",
        ].contains(name) {
            if name == "online", text?.trimmed == "1" { return nil }
            if name == "state", known.hasPrefix("/sys/power") { return (.powerCycle, .ask) }
            return (.kernelInterface, .deny)
        }
        if name == "cgroup.kill" { return (.massKill, .deny) }
        if known.hasPrefix("/sys/class/net/"), ["carrier", "flags", "mtu", "ifalias"].contains(name) { return name == "carrier" || name == "flags" ? (.networkCut, .deny) : nil }
        return [
            "/sys/block/", "/sys/fs/cgroup/", "/sys/class/net/", "/sys/kernel/mm/", "/sys/devices/system/cpu/", "/sys/class/leds/", "/sys/class/backlight/", "/sys/class/thermal/",
            "/sys/class/scsi_host/", "/sys/devices/virtual/", "/sys/devices/system/node/", "/sys/class/hwmon/", "/sys/class/block/", "/sys/class/scsi_device/",
        ].contains(where: known.hasPrefix) ? nil : (.kernelInterface, .ask)
    }
}
