/// Services, packages, accounts, processes, variables.
extension Judging {
    // MARK: Services

    private static let starting: Set<String> = [
        "start", "restart", "reload", "reload-or-restart", "try-restart", "enable", "unmask", "reenable", "condrestart", "force-reload", "try-reload-or-restart", "reload-or-try-restart", "link",
        "set-property", "revert", "preset", "add-wants", "monitor", "save", "clear", "delete-log", "flush", "reopen", "reload-modules", "upgrade", "graceful", "reset-failed", "thaw", "update",
        "reread", "add", "dump", "resurrect",
    ]
    private static let units: [(names: Set<String>, policyClass: PolicyClass, what: String)] = [
        (["ssh", "sshd", "dropbear", "openssh-server", "sshd-keygen.target"], .sshServiceLockout, "the way in"),
        (
            [
                "systemd-networkd", "networking", "NetworkManager", "network", "network-manager", "systemd-resolved", "wpa_supplicant", "dhcpcd", "wicked", "wickedd", "connman", "netplan",
                "ifup@eth0", "network-online.target", "network.target", "cloud-init-network", "dhclient", "net.eth0", "iwd",
            ], .networkCut, "the network"
        ),
        (
            [
                "dbus", "dbus-broker", "messagebus", "systemd-logind", "elogind", "systemd-udevd", "udev", "polkit", "polkitd", "multi-user.target", "graphical.target", "basic.target",
                "sysinit.target", "init.scope", "system.slice", "user.slice", "-.slice", "default.target", "systemd-tmpfiles-setup", "local-fs.target", "user@0", "getty.target", "-.mount", "all",
            ], .massKill, "what the system runs on"
        ),
        (
            [
                "systemd-journald", "journald", "auditd", "rsyslog", "syslog", "syslog-ng", "rsyslogd", "syslogd", "systemd-journald-dev-log", "systemd-journald-audit", "metalog", "busybox-syslogd",
                "logrotate", "systemd-journal-flush", "audit-rules", "psacct", "acct", "auditbeat",
            ], .logAuditWipe, "the system's logs"
        ),
        (
            [
                "apparmor", "fail2ban", "unattended-upgrades", "falco", "ossec", "ossec-hids", "wazuh-agent", "clamav-daemon", "clamav-freshclam", "selinux-autorelabel", "crowdsec", "apt-daily",
                "apt-daily-upgrade", "dnf-automatic", "dnf-automatic-install", "yum-cron", "falcon-sensor", "snort", "suricata", "aide", "aidecheck", "tripwire", "mdatp", "cbdaemon", "auditbeat",
                "osqueryd", "rkhunter", "sentinelone", "ds_agent", "ossec-agent", "wazuh-manager", "usbguard", "fapolicyd", "denyhosts", "sshguard", "ksplice", "lynis", "clamd", "clamd@scan",
                "elastic-agent", "elastic-endpoint", "trivy", "arpwatch", "firejail", "auoms", "ossec-control",
            ], .securityControlsOff, "what protects the host"
        ),
        (["firewalld", "ufw", "nftables", "iptables", "ip6tables", "netfilter-persistent", "shorewall", "csf", "lfd", "ferm", "SuSEfirewall2", "awall"], .firewallLockout, "the firewall"),
        (["cron", "crond", "atd", "anacron", "cronie", "fcron", "dcron", "timers.target", "systemd-tmpfiles-clean"], .scheduleHijack, "scheduled jobs"),
    ]
    private static let powerUnits = [
        "reboot.target", "poweroff.target", "halt.target", "rescue.target", "emergency.target", "ctrl-alt-del.target", "kexec.target", "suspend.target", "hibernate.target", "shutdown.target",
        "systemd-reboot", "systemd-poweroff", "systemd-halt", "systemd-suspend", "systemd-hibernate", "runlevel0.target", "runlevel6.target", "runlevel1.target", "sleep.target", "exit.target",
        "systemd-kexec", "umount.target", "soft-reboot.target", "rescue", "emergency", "systemd-soft-reboot",
    ]

    mutating func service(_ unit: Value, _ verb: String) {
        for text in unit.texts {
            guard let written = text.known else {
                patternOfUnits(text, unit, verb)
                continue
            }
            if written.contains("*") || written.contains("?") || written.contains("[") {
                patternOfUnits(Text([.known(String(written.prefix { !"*?[".contains($0) })), .star]), unit, verb)
                continue
            }
            let name = Self.unitName(written)
            // A mount as a unit: `var.mount`.
            if name.hasSuffix(".mount") || name.hasSuffix(".automount"), !Self.starting.contains(verb) {
                let path = "/" + (name.hasPrefix("-.") ? "" : name.prefix { $0 != "." }.replacing("-", with: "/"))
                unmounted(Value(path))
            }
            if Self.powerUnits.contains(name), verb != "mask", verb != "disable" { find(.powerCycle, .ask, "systemctl \(verb) \(written) takes the machine down") }
            let isStarting = Self.starting.contains(verb)
            for group in Self.units where group.names.contains(name) {
                if !isStarting {
                    if verb == "edit" {
                        find(group.policyClass, .ask, "\(call.program) edits \(written), \(group.what)")
                    } else if name == "logrotate" || name == "systemd-tmpfiles-clean" || name == "all" && group.policyClass == .massKill {
                        find(group.policyClass, .ask, "\(call.program) \(verb) \(written): \(group.what)")
                    } else {
                        find(group.policyClass, .deny, "\(call.program) \(verb) \(written) takes away \(group.what)", instead: "leave \(written) running; reload it after checking its configuration")
                    }
                } else if ["restart", "try-restart", "condrestart", "reload-or-restart", "revert"].contains(verb),
                    group.policyClass == .sshServiceLockout || group.policyClass == .networkCut || name.hasPrefix("dbus") || name == "systemd-logind" || group.policyClass == .firewallLockout
                {
                    find(group.policyClass, .ask, "\(call.program) \(verb) \(written): \(group.what) is gone for a moment", instead: "reload it")
                }
            }
        }
    }

    private mutating func patternOfUnits(_ text: Text, _ unit: Value, _ verb: String) {
        let isStarting = Self.starting.contains(verb)
        let isPattern = text.isPattern
        if !isStarting, isPattern {
            find(.massKill, .deny, "\(call.program) \(verb) \(unit.display) stops services by a pattern", instead: "name the one service")
        } else if isPattern, text.prefix.isEmpty, verb.contains("restart") {
            find(.massKill, .deny, "\(call.program) \(verb) \(unit.display) hits all services", instead: "name the one service")
        } else if !isPattern, text.pieces.first == .unknown {
            find(.massKill, .ask, "which service \(call.program) would \(verb) can't be told")
        } else if !isPattern, !isStarting, text.prefix.count < 3 {
            find(.massKill, .ask, "which service \(call.program) would \(verb) can't be told")
        }
    }

    /// Without its suffix; targets and slices keep theirs.
    private static func unitName(_ text: String) -> String {
        for suffix in [".service", ".socket", ".timer", ".path"] where text.hasSuffix(suffix) { return String(text.dropLast(suffix.count)) }
        if text.hasPrefix("sshd@") || text.hasPrefix("ssh@") { return "ssh" }
        return text
    }

    // MARK: Packages

    private static let packages: [(names: Set<String>, starts: [String], policyClass: PolicyClass, what: String)] = [
        (["openssh-server", "openssh", "dropbear", "openssh-sftp-server", "ssh", "dropbear-bin"], ["openssh-server"], .sshServiceLockout, "the way in"),
        (
            [
                "grub", "grub2", "lilo", "shim", "shim-signed", "shim-x64", "systemd-boot", "syslinux", "extlinux", "kernel", "kernel-core", "linux-generic", "linux-lts", "linux", "linux-virt",
                "linux-firmware", "dracut", "mkinitcpio", "initramfs-tools", "initramfs-tools-core", "mkinitfs", "efibootmgr", "kernel-default", "linux-base", "kernel-modules", "kernel-modules-core",
                "u-boot-tools", "raspberrypi-kernel", "proxmox-ve", "pve-kernel",
            ], ["grub", "linux-image", "linux-modules", "kernel-", "initramfs-tools", "shim", "pve-kernel", "proxmox-kernel"], .bootChainBreak, "what the machine starts with"
        ),
        (
            [
                "libc6", "glibc", "glibc-common", "libc-bin", "systemd", "systemd-sysv", "systemd-libs", "bash", "dash", "coreutils", "coreutils-common", "dpkg", "rpm", "rpm-libs", "apt", "sudo",
                "python3", "python3-minimal", "python", "util-linux", "util-linux-core", "login", "passwd", "shadow", "shadow-utils",
                "base-files", "base-passwd", "init", "init-system-helpers", "sysvinit-core", "udev", "dnf", "yum", "zypper", "libzypp", "apk-tools", "pacman", "busybox", "musl", "musl-utils",
                "alpine-base", "alpine-baselayout", "libpam-modules", "libpam-runtime", "libpam0g", "pam", "linux-pam", "mount", "openssl", "libssl3", "ca-certificates",
                "debianutils", "sed", "grep", "tar", "gzip", "perl-base", "perl", "findutils", "gawk", "mawk", "hostname", "diffutils", "ncurses-base", "e2fsprogs", "libgcc-s1", "libgcc",
                "libstdc++6", "libselinux1", "libselinux", "zlib1g", "zlib", "filesystem", "setup", "openrc", "dbus", "dbus-broker", "polkit", "kmod", "procps", "procps-ng", "libsystemd0", "lvm2",
                "cryptsetup", "mdadm", "basesystem",
                "redhat-release", "centos-release", "rocky-release", "almalinux-release", "fedora-release", "crypto-policies", "gnupg", "gpgv", "libapt-pkg6.0", "ubuntu-minimal", "ubuntu-standard",
                "platform-python", "libdnf", "dnf-data", "iproute2", "iproute", "xfsprogs", "bsdutils", "libcrypt1", "libc6:amd64", "sysvinit", "runit", "glibc-minimal-langpack", "base", "python39",
                "python36", "base-system", "os-core", "core", "system-base", "portage", "xbps", "baselayout", "systemd-udev", "opkg", "base-minimal", "runit-void", "alpine-conf", "busybox-static",
                "libc",
            ], ["libc6", "libpam", "systemd-", "python3.", "libpython3"], .corePackageRemoval, "which the system needs"
        ),
        (
            [
                "network-manager", "NetworkManager", "netplan.io", "ifupdown", "isc-dhcp-client", "dhcpcd", "dhcp-client", "systemd-networkd", "wpasupplicant", "wpa_supplicant", "wicked", "ifupdown2",
                "ifupdown-ng", "dhcpcd-base", "systemd-resolved",
            ], [], .networkCut, "the network"
        ),
        (["ufw", "iptables", "nftables", "firewalld", "netfilter-persistent", "iptables-persistent"], [], .firewallLockout, "the firewall"),
        (["auditd", "audit", "rsyslog", "syslog-ng", "audit-libs", "libaudit1", "logrotate"], [], .logAuditWipe, "the system's logs"),
        (
            [
                "apparmor", "apparmor-utils", "fail2ban", "unattended-upgrades", "selinux-policy", "selinux-policy-targeted", "policycoreutils", "falco", "wazuh-agent", "ossec-hids", "clamav",
                "clamav-daemon", "crowdsec", "dnf-automatic", "libselinux-utils", "falcon-sensor", "aide", "mdatp", "fapolicyd", "usbguard", "yum-cron", "rkhunter", "chkrootkit", "apparmor-profiles",
                "container-selinux", "debian-archive-keyring", "ubuntu-keyring", "osquery",
            ], [], .securityControlsOff, "what protects the host"
        ),
        (["cron", "cronie", "at", "anacron", "cronie-anacron", "systemd-cron", "dcron"], [], .scheduleHijack, "scheduled jobs"),
    ]

    mutating func removed(_ names: [Value]) {
        for value in names {
            for text in value.texts {
                guard let written = text.known else {
                    removedByPattern(text.prefix, isPattern: text.isPattern && text.isCertain, value)
                    continue
                }
                // A regular expression of apt.
                if written.hasPrefix("^") {
                    removedByPattern(String(written.dropFirst().prefix { !"*?[.$^(+".contains($0) }), isPattern: true, value)
                    continue
                }
                if written.hasPrefix("@") {
                    if ["core", "base", "minimal", "standard"].contains(where: written.lowercased().contains) { find(.corePackageRemoval, .deny, "\(call.program) removes the group \(written)") }
                    continue
                }
                // `sys-libs/glibc` of emerge.
                let bare = ["emerge", "guix"].contains(call.program) ? written.split(separator: "/").last.map(String.init) ?? written : written
                let name = String(bare.prefix { $0 != "=" && $0 != "/" && $0 != ":" })
                if let place = written.firstIndex(where: { "*?[".contains($0) || $0 == "^" }) {
                    removedByPattern(String(written[..<place]), isPattern: true, value)
                    continue
                }
                removedPackage(name)
            }
        }
    }

    private mutating func removedPackage(_ name: String) {
        for group in Self.packages {
            let isNamed = group.names.contains(name)
            let begins = group.starts.contains {
                name.hasPrefix($0) && !name.hasSuffix("-dev") && !name.hasSuffix("-doc") && !name.hasSuffix("-devel") && !name.contains("headers") && !name.contains("-dbg")
                    && !(name.hasPrefix("python3.") && name.dropFirst(8).contains("-") && !name.hasSuffix("-minimal") && !name.contains("stdlib"))
                    && !(name.hasPrefix("systemd-") && ["systemd-container", "systemd-coredump", "systemd-timesyncd", "systemd-cron", "systemd-zram", "systemd-oomd"].contains(where: name.hasPrefix))
            }
            if isNamed || begins { return find(group.policyClass, .deny, "\(call.program) removes \(name), \(group.what)", instead: "leave it installed; -s shows what a removal would take along") }
        }
        // `rpm -e glibc-2.34`: a name with its version.
        if ["rpm", "dnf", "yum"].contains(call.program), let dash = name.versionDash(), name[dash.upperBound...].first?.isNumber ?? false { removedPackage(String(name[..<dash.lowerBound])) }
    }

    private mutating func removedByPattern(_ prefix: String, isPattern: Bool, _ value: Value) {
        if !isPattern {
            if prefix.count < 4 { return find(.corePackageRemoval, .ask, "which packages \(call.program) would remove can't be told") }
            // `linux-image-$(uname -r)`, `libc6=$VERSION`: what is known of the name.
            return removedPackage(String(prefix.prefix { $0 != "=" && $0 != "/" && $0 != ":" }))
        }
        let all = Self.packages.flatMap { group in group.names.map { ($0, group.policyClass) } + group.starts.map { ($0, group.policyClass) } }
        if prefix.count < 5 { return find(.corePackageRemoval, .deny, "\(call.program) removes packages by the pattern \(value.display)", instead: "name the packages") }
        for (name, policyClass) in all where name.hasPrefix(prefix) || prefix.hasPrefix(name) && name.count > 4 {
            return find(policyClass, .deny, "\(call.program) removes packages by the pattern \(value.display)", instead: "name the packages")
        }
    }

    // MARK: Accounts

    mutating func account(_ who: Value, _ what: String) {
        if what == "group-delete" {
            for text in who.texts where isKey(text) {
                find(.accountLockout, text.known == nil ? .ask : .deny, "\(call.program) removes or renames the group \(who.display), which the way in depends on")
            }
            func isKey(_ text: Text) -> Bool {
                text.known.map({ ["sudo", "wheel", "root", "admin", "adm", "shadow", "ssh", "_ssh", "sshusers", "ssh-users", "tty", "disk"].contains($0) || $0 == context.loginUser }) ?? true
            }
            return
        }
        for text in who.texts {
            // One plain word that is not known is what `$USER` and `whoami` give.
            let isOwn = text.known.map { $0 == "root" || $0 == context.loginUser || $0 == "0" || $0 == "~" } ?? (text.pieces == [.name])
            switch what {
            case "login-shell", "ageing", "groups", "unlock", "home": if isOwn, what == "home" { find(.accountLockout, .ask, "\(call.program) changes \(who.display)") }
            default:
                find(
                    .accountLockout, isOwn ? .deny : .ask,
                    isOwn ? "\(call.program): \(who.display) could no longer log in (\(what))" : "\(call.program) changes how \(who.display) may log in (\(what))",
                    instead: isOwn ? "leave root and the login account alone" : "")
            }
        }
    }

    // MARK: Signals

    private static let processes: [(names: [String], policyClass: PolicyClass, what: String)] = [
        (["sshd", "ssh", "/usr/sbin/sshd", "dropbear"], .sshServiceLockout, "the way in"),
        (["auditd", "rsyslogd", "rsyslog", "syslogd", "systemd-journal", "journald", "syslog-ng"], .logAuditWipe, "logging"),
        (["NetworkManager", "dhclient", "systemd-network", "dhcpcd", "wpa_supplicant", "systemd-resolve", "udhcpc"], .networkCut, "the network"),
        (["cron", "crond", "atd"], .scheduleHijack, "scheduled jobs"),
        (["fail2ban", "fail2ban-server", "falco", "wazuh", "ossec", "clamd", "apparmor", "crowdsec", "falcon-sensor", "auditbeat", "osqueryd"], .securityControlsOff, "what protects the host"),
        (["systemd", "init", "dbus", "dbus-daemon", "systemd-logind", "logind", "systemd-udevd", "polkitd", "bash", "sh", "kthreadd", "login", "getty"], .massKill, "what the system runs on"),
    ]

    mutating func signalled(_ what: Value, _ isMass: Bool) {
        if isMass { return find(.massKill, .deny, "\(call.program) hits \(what.display): every process, or one that all others need", instead: "name the one process") }
        for text in what.texts {
            guard let known = text.known else {
                if text.isPattern, !(text.prefix.contains { $0.isLetter }) {
                    find(.massKill, .deny, "\(call.program) hits \(what.display): every process", instead: "name the one process")
                } else if text.pieces.first == .unknown || text.pieces == [.name] {
                    find(.massKill, .ask, "which processes \(call.program) would hit can't be told")
                }
                continue
            }
            if known == "the processes of \(context.loginUser)" { find(.massKill, .ask, "\(call.program) ends all that \(context.loginUser) runs, this login too") }
            if known.allSatisfy(\.isNumber) || known.hasPrefix("%") || known == "0" { continue }
            // `pkill -f '/usr/sbin/sshd -D'`: the program in it.
            let bare = (known.filter { !"^$[]()\\".contains($0) }.split(separator: " ").first?.split(separator: "/").last).map(String.init) ?? known
            for group in Self.processes
            where group.names.contains(bare) || bare.hasPrefix("sshd:") && group.policyClass == .sshServiceLockout
                || bare.contains("|") && bare.split(separator: "|").contains(where: { group.names.contains(String($0)) }) || bare == "ssh.*" && group.policyClass == .sshServiceLockout
            { find(group.policyClass, .deny, "\(call.program) \(known) takes away \(group.what)") }
        }
    }

    // MARK: Variables

    mutating func environment(_ name: String, _ value: Value) {
        let text = value.allText
        switch name {
        case "PATH":
            if value.texts.contains(where: Self.startsOpen) {
                find(.environmentHijack, .ask, "PATH would look for programs in a place where others can put them", instead: "put such a directory behind $PATH, or call the program by its path")
            }
        case "LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH", "BASH_ENV", "ENV", "PROMPT_COMMAND", "PYTHONSTARTUP", "PERL5OPT", "PERL5DB", "RUBYOPT", "LESSOPEN", "LESSCLOSE", "GCONV_PATH", "PYTHONHOME",
            "GIT_EXTERNAL_DIFF", "GIT_PROXY_COMMAND", "MANPAGER", "SYSTEMD_EDITOR", "SUDO_ASKPASS", "SSH_ASKPASS", "GIT_ASKPASS", "BASHOPTS", "SHELLOPTS", "PERL5LIB", "RUBYLIB", "LD_DEBUG_OUTPUT",
            "OPENSSL_CONF", "NODE_PATH", "PS0", "CDPATH", "GLOBIGNORE", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS":
            if text.isEmpty || name == "LD_LIBRARY_PATH" && !SettingText.namesOpenPlace(text) && !text.contains("\u{0}") && text.hasPrefix("/") && !text.contains("::")
                || name.hasSuffix("_OPTIONS") && !text.contains("agent") || name == "SHELLOPTS" && !text.contains("xtrace") || name == "CDPATH" || name == "SUDO_ASKPASS" && text == "/bin/false"
                || name.hasSuffix("ASKPASS") && (text == "/bin/true" || text == "true" || text == "/bin/echo") || name == "MANPAGER" && text == "cat"
            {
                return
            }
            find(.environmentHijack, .ask, "\(name) changes what later programs do")
        case "PS4", "PS1": if text.contains("$(") || text.contains("`") { find(.environmentHijack, .ask, "\(name) would run a command") }
        case "PYTHONPATH": if SettingText.namesOpenPlace(text) && text.hasPrefix("/tmp") { find(.environmentHijack, .ask, "PYTHONPATH starts with a place where others can write") }
        case "NODE_OPTIONS":
            if text.contains("require") || text.contains("import") || text.contains("loader") || text.contains("-r ") { find(.environmentHijack, .ask, "NODE_OPTIONS loads code into every program") }
        case "EDITOR", "VISUAL", "PAGER", "GIT_PAGER", "GIT_EDITOR", "SYSTEMD_PAGER", "BROWSER", "GIT_SEQUENCE_EDITOR":
            if !["cat", "less", "more", "vim", "vi", "nano", "", "true", "/bin/cat", "/usr/bin/vim", "/usr/bin/less", "ed", ":", "/bin/true", "less -R", "tee", "emacs"].contains(text) {
                find(.environmentHijack, .ask, "\(name) would run '\(DisplayText.escaped(text))'")
            }
        case "GIT_SSH_COMMAND", "GIT_SSH", "RSYNC_RSH", "CVS_RSH":
            if !text.hasPrefix("ssh") && text != "/usr/bin/ssh" || text.lowercased().contains("command") { find(.environmentHijack, .ask, "\(name) would run '\(DisplayText.escaped(text))'") }
        case "HISTFILE": if text == "/dev/null" || text.isEmpty { find(.logAuditWipe, .deny, "the shell's history is not kept") }
        case "HISTSIZE", "HISTFILESIZE": if text == "0" { find(.logAuditWipe, .deny, "the shell's history is not kept") }
        case "IFS": break
        default:
            if name.hasPrefix("BASH_FUNC_") || name.hasPrefix("alias ") || name.hasPrefix("hash ") || name.hasPrefix("function ") || name.hasPrefix("alternative ") || name == "resolver"
                || name == "package index"
                || name == "package registry"
            {
                find(.environmentHijack, .ask, "\(name) becomes '\(DisplayText.escaped(value.display))'")
            }
            if name.hasPrefix("LD_") && !["LD_BIND_NOW", "LD_RUN_PATH"].contains(name) { find(.environmentHijack, .ask, "\(name) changes what later programs do") }
        }
    }

    private static func startsOpen(_ text: Text) -> Bool {
        guard case .known(let known)? = text.pieces.first else { return text.pieces.isEmpty }
        let isAll = text.pieces.count == 1
        let parts = known.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            // The last one may go on with what is not known.
            let isCut = index == parts.count - 1 && !isAll
            if part.isEmpty { if isAll && index == parts.count - 1 && parts.count > 1 || index == 0 && !(isCut && parts.count == 1) { return true } else { continue } }
            if ["/tmp", "/var/tmp", "/dev/shm", ".", "/run/user", "/mnt", "/media", Directory.own].contains(where: { part == $0 || part.hasPrefix($0 + "/") }) { return true }
            if !part.hasPrefix("/"), !part.hasPrefix("~"), !part.hasPrefix("$"), !isCut || index == 0 { return true }
        }
        // Behind something unknown: `$PATH:/tmp`.
        for piece in text.pieces.dropFirst() {
            if case .known(let rest) = piece, rest.contains(":/tmp") || rest.contains(":/dev/shm") || rest.contains(":/var/tmp") || rest.hasSuffix(":.") || rest.hasSuffix(":") || rest.contains(":.:")
            {
                return true
            }
        }
        return false
    }
}

extension String {
    /// The last place of a text where a version may begin.
    fileprivate func versionDash() -> Range<String.Index>? {
        var index = startIndex
        while let found = self[index...].firstIndex(of: "-") {
            let next = self.index(after: found)
            if next < endIndex, self[next].isNumber { return found..<next }
            index = next
        }
        return nil
    }
}
