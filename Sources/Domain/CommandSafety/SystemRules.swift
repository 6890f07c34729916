/// Programs that change accounts, services, network, power and kernel.
enum SystemRules {
    static let table: [([String], Rules.Rule)] = [
        (["systemctl", "service", "rc-service", "invoke-rc.d", "update-rc.d"], { $0.services() }),
        (
            [
                "passwd", "chpasswd", "usermod", "userdel", "deluser", "chage", "useradd", "adduser", "groupadd", "groupmod", "groupdel", "delgroup", "addgroup", "gpasswd", "vipw", "chsh", "chfn",
                "newusers",
            ], { $0.accounts() }
        ),
        (["iptables", "ip6tables", "nft", "ufw", "firewall-cmd", "iptables-restore", "ip6tables-restore", "ebtables"], { $0.firewall() }),
        (["ip", "ifconfig", "ifdown", "ifup", "nmcli", "route", "netplan", "tc", "ethtool", "networkctl", "iw", "rfkill"], { $0.network() }),
        (["reboot", "shutdown", "poweroff", "halt", "init", "telinit", "runlevel", "kexec", "rtcwake", "pm-suspend"], { $0.power() }),
        (["kill", "pkill", "killall", "killall5", "skill", "fuser"], { $0.kills() }),
        (["journalctl", "dmesg", "auditctl", "logrotate", "history"], { $0.logs() }),
        (["insmod", "modprobe", "rmmod", "depmod", "sysctl", "setpci"], { $0.kernel() }),
        (["setenforce", "aa-disable", "aa-teardown", "aa-complain", "apparmor_parser", "setcap", "getcap"], { $0.controls() }),
        (["crontab", "at", "batch", "atrm"], { $0.schedules() }),
        (["timedatectl", "hostnamectl", "localectl", "hostname", "date", "hwclock", "loginctl", "locale-gen", "update-locale", "update-alternatives", "alternatives"], { $0.machine() }),
        (["grub-install", "update-grub", "grub-mkconfig", "efibootmgr", "update-initramfs", "dracut", "bootctl", "grub-set-default"], { $0.boot() }),
        (["nc", "ncat", "netcat", "socat", "telnet"], { $0.sockets() }),
        (["visudo"], { _ in }),
    ]
}

extension Rules {
    private static let serviceLooks: Set<String> = [
        "status", "show", "is-active", "is-enabled", "is-failed", "is-system-running", "list-units", "list-unit-files", "list-timers", "list-sockets",
        "list-dependencies", "cat", "get-default", "show-environment", "help", "list-jobs",
    ]

    mutating func services() {
        let isService = call.program != "systemctl"
        let verb = (isService ? call.verb(1) : call.verb()) ?? ""
        let units = isService ? Array(call.operands.prefix(1)) : Array(call.operands.dropFirst())
        if verb.isEmpty || Self.serviceLooks.contains(verb) { return }
        changes()
        if ["reboot", "poweroff", "halt", "kexec", "suspend", "hibernate", "rescue", "emergency", "isolate", "soft-reboot", "exit", "switch-root"].contains(verb) {
            find(.powerCycle, .ask, "\(call.shown) takes the machine down")
        }
        if [
            "daemon-reload", "daemon-reexec", "start", "restart", "reload", "reload-or-restart", "try-restart", "enable", "unmask", "reset-failed", "preset", "set-default", "edit", "set-property",
            "link", "revert", "reenable",
        ].contains(verb) {
            if units.contains(where: { Self.unit($0) == "ssh" }), verb == "restart" {
                find(.sshServiceLockout, .ask, "\(call.shown) restarts the service that Muster logs in through", instead: "reload it")
            }
            if units.contains(where: { ["reboot.target", "poweroff.target", "halt.target", "rescue.target", "emergency.target", "ctrl-alt-del.target"].contains($0.known ?? "") }) {
                find(.powerCycle, .ask, "\(call.shown) takes the machine down")
            }
            return
        }
        for word in units {
            guard let name = Self.unit(word) else {
                find(.massKill, .deny, "\(call.shown) stops services by a pattern", instead: "name the one service")
                continue
            }
            if name == "ssh" { find(.sshServiceLockout, .deny, "\(call.shown) takes away the way in", instead: "leave sshd alone") }
            if ["systemd-networkd", "networking", "NetworkManager", "network", "systemd-resolved", "wpa_supplicant"].contains(name) { find(.networkCut, .deny, "\(call.shown) cuts the network") }
            if ["dbus", "systemd-logind", "systemd-journald", "systemd-udevd", "polkit"].contains(name) {
                find(name == "systemd-journald" ? .logAuditWipe : .massKill, .deny, "\(call.shown) stops a core service")
            }
            if ["auditd", "rsyslog", "syslog", "syslog-ng"].contains(name) { find(.logAuditWipe, .deny, "\(call.shown) stops logging") }
            if ["apparmor", "fail2ban", "unattended-upgrades", "falco", "ossec", "clamav-daemon", "selinux-autorelabel"].contains(name) {
                find(.securityControlsOff, .deny, "\(call.shown) turns protection off")
            }
            if ["firewalld", "ufw", "nftables", "iptables"].contains(name) { find(.firewallLockout, .deny, "\(call.shown) turns the firewall off") }
            if ["cron", "crond", "atd"].contains(name) { find(.scheduleHijack, .deny, "\(call.shown) stops scheduled jobs") }
        }
    }

    /// A unit's name without its suffix; sshd and ssh are one. Nil for a pattern.
    private static func unit(_ word: Word) -> String? {
        guard let text = word.known, !text.contains("*") else { return nil }
        var name = text
        for suffix in [".service", ".socket", ".timer"] where name.hasSuffix(suffix) { name.removeLast(suffix.count) }
        return name == "sshd" ? "ssh" : name
    }

    mutating func accounts() {
        if call.program == "passwd", call.has("-S", "--status") { return }
        if call.program == "chage", call.has("-l") && !call.has("-E", "-e") { return }
        changes()
        let names = call.operands.compactMap(\.known)
        let account = call.program == "passwd" && names.isEmpty ? "root" : names.last ?? ""
        let isOwn = names.contains("root") || names.contains(context.loginUser) || account == "root" || call.operands.contains { $0.known == nil }
        switch call.program {
        case "passwd", "chpasswd", "chage", "newusers", "vipw", "gpasswd", "chsh", "chfn":
            find(.accountLockout, isOwn || call.program == "chpasswd" ? .deny : .ask, "\(call.shown) changes how \(account.isEmpty ? "accounts" : account) may log in")
        case "userdel", "deluser":
            find(.accountLockout, isOwn ? .deny : .ask, "\(call.shown) removes the account \(account)")
        case "usermod":
            if call.has("-L", "--lock", "-e", "--expiredate", "-s", "--shell", "-p", "--password", "-l", "--login", "-u"), isOwn {
                find(.accountLockout, .deny, "\(call.shown) may lock \(account) out")
            }
            groupGrant(call.value("-G", "--groups", "-aG", "-g"))
            if call.has("-u", "--uid"), call.has("-o") { find(.privilegeGrant, .ask, "\(call.shown) may make a second root") }
        case "useradd", "adduser":
            groupGrant(call.value("-G", "--groups", "-g", "--ingroup"))
            if call.value("-u", "--uid")?.known == "0" { find(.privilegeGrant, .ask, "\(call.shown) makes a second root") }
            // Debian's `adduser NAME GROUP`.
            if call.program == "adduser", names.count == 2 { groupGrant(Word(known: names[1])) }
        case "groupdel", "delgroup":
            find(.accountLockout, ["sudo", "wheel", "root", "admin"].contains(account) ? .deny : .ask, "\(call.shown) removes the group \(account)")
        default: break
        }
    }

    private mutating func groupGrant(_ groups: Word?) {
        guard let groups else { return }
        let powerful: Set<String> = ["sudo", "wheel", "docker", "root", "admin", "adm", "disk", "lxd", "shadow", "libvirt"]
        guard let text = groups.known else {
            find(.privilegeGrant, .ask, "\(call.shown) gives membership of unknown groups")
            return
        }
        if text.split(separator: ",").contains(where: { powerful.contains(String($0)) }) { find(.privilegeGrant, .ask, "\(call.shown) gives membership of \(text)") }
    }

    mutating func firewall() {
        let words = call.arguments.compactMap(\.known)
        let looks = words.contains {
            ["-L", "-S", "--list", "--list-rules", "list", "status", "--list-all", "--state", "--get-default-zone", "-c", "--check", "show"].contains($0)
                || ($0.hasPrefix("-") && !$0.hasPrefix("--") && $0.contains("L"))
        }
        if looks, !words.contains(where: { ["-F", "-X", "-P", "flush", "delete", "reset", "disable"].contains($0) }) { return }
        changes()
        let cuts = words.contains { ["-F", "--flush", "-X", "flush", "reset", "disable", "--panic-on", "destroy"].contains($0) } || call.program.hasSuffix("-restore")
        let drops = words.contains("-P") || words.contains("--policy") || words.contains("drop") && words.contains("policy")
        let blocks = words.contains { ["DROP", "REJECT", "deny", "reject", "drop", "--remove-service=ssh", "--remove-port=22/tcp"].contains($0) }
        let closesByDefault = words.contains("default") && words.contains { ["deny", "reject"].contains($0) }
        if cuts || drops || closesByDefault || blocks && !words.contains(where: { ["-s", "--source", "from"].contains($0) }) {
            find(.firewallLockout, .deny, "\(call.shown) may close the way in", instead: "open what is needed; leave defaults to a person")
        } else {
            find(.firewallLockout, .ask, "\(call.shown) changes the firewall")
        }
    }

    mutating func network() {
        let words = call.arguments.compactMap(\.known)
        let verbs: Set<String> = ["set", "add", "del", "delete", "flush", "change", "replace", "down", "up", "off", "on", "apply", "try", "disconnect", "modify", "restart", "block"]
        let acts = words.contains(where: verbs.contains) || ["ifdown", "ifup"].contains(call.program)
        guard acts else { return }
        changes()
        let cuts = words.contains { ["down", "flush", "del", "delete", "off", "disconnect", "block"].contains($0) } || call.program == "ifdown"
        let isVirtual = words.contains { $0.hasPrefix("br") || $0.hasPrefix("docker") || $0.hasPrefix("veth") || $0.hasPrefix("dummy") || $0.hasPrefix("lxc") }
        find(.networkCut, cuts && !isVirtual ? .deny : .ask, "\(call.shown) changes the network")
    }

    mutating func power() {
        if call.program == "runlevel" || call.has("--help") || call.has("-c") && call.program == "shutdown" { return }
        changes()
        find(call.program == "kexec" ? .kernelInterface : .powerCycle, call.program == "kexec" ? .deny : .ask, "\(call.shown) takes the machine down", instead: "a reboot needs a person's yes")
    }

    mutating func kills() {
        if call.has("-l", "-0") && call.program == "kill" || call.arguments.contains(where: { $0.known == "-0" }) { return }
        changes()
        let words = call.arguments.compactMap(\.known)
        let targets = call.program == "kill" ? words.filter { !$0.hasPrefix("-") || $0 == "-1" } : words
        let isLast = words.last == "-1"
        if call.program == "killall5" || isLast && words.count > 1 || call.program == "kill" && targets.contains("1") || call.program == "kill" && words == ["-1"]
            || call.arguments.contains(where: { $0.known == nil && $0.prefix.isEmpty })
        {
            find(.massKill, .deny, "\(call.shown) hits every process or process 1")
        }
        if ["pkill", "killall", "skill"].contains(call.program) {
            let names = call.operands.compactMap(\.known)
            if names.contains(where: { ["systemd", "init", "dbus-daemon", "systemd-journald", "systemd-logind", ".", ".*", "root", "0"].contains($0) }) {
                find(.massKill, .deny, "\(call.shown) hits core processes")
            }
            if names.contains(where: { $0 == "sshd" || $0 == "ssh" }) { find(.sshServiceLockout, .deny, "\(call.shown) takes away the way in") }
            if names.contains(where: { ["auditd", "rsyslogd"].contains($0) }) { find(.logAuditWipe, .deny, "\(call.shown) stops logging") }
            if call.value("-u", "-U", "--user", "--euid").map({ $0.known == "root" || $0.known == "0" || $0.known == nil }) ?? false {
                find(.massKill, .deny, "\(call.shown) hits all of root's processes")
            }
        }
    }

    mutating func logs() {
        let words = call.arguments.compactMap(\.known)
        switch call.program {
        case "journalctl":
            guard let vacuum = words.first(where: { $0.hasPrefix("--vacuum") || $0 == "--rotate" || $0 == "--flush" || $0.hasPrefix("--setup") }) else { return }
            changes()
            let days = vacuum.hasPrefix("--vacuum-time=") ? Int(vacuum.dropFirst("--vacuum-time=".count).prefix { $0.isNumber }) ?? 0 : 0
            let keeps = vacuum == "--rotate" || vacuum == "--flush" || days >= 14 && (vacuum.hasSuffix("d") || vacuum.hasSuffix("days"))
            find(.logAuditWipe, keeps ? .ask : .deny, "\(call.shown) removes the journal", instead: "keep 14 days or more")
        case "dmesg": if words.contains(where: { ["-C", "-c", "--clear", "--read-clear"].contains($0) }) { changes(); find(.logAuditWipe, .deny, "\(call.shown) empties the kernel's log") }
        case "auditctl": if !words.contains(where: { ["-l", "-s"].contains($0) }) { changes(); find(.logAuditWipe, .deny, "\(call.shown) changes the audit rules") }
        case "history": if words.contains("-c") { changes(); find(.logAuditWipe, .deny, "\(call.shown) empties the history") }
        default:
            changes()
            find(.logAuditWipe, .ask, "\(call.shown) rotates logs")
        }
    }

    mutating func kernel() {
        let words = call.arguments.compactMap(\.known)
        if call.program == "sysctl" {
            guard words.contains(where: { $0.contains("=") || ["-w", "-p", "--system", "--load", "--write"].contains($0) }) else { return }
            changes()
            let weakens = [
                "kernel.randomize_va_space=0", "kernel.kptr_restrict=0", "kernel.dmesg_restrict=0", "kernel.yama.ptrace_scope=0", "kernel.unprivileged_bpf_disabled=0", "fs.protected_symlinks=0",
                "fs.protected_hardlinks=0",
            ]
            if words.contains(where: { word in weakens.contains(word.filter { $0 != " " }) }) { find(.securityControlsOff, .deny, "\(call.shown) turns protection off") }
            if words.contains(where: { $0.hasPrefix("kernel.core_pattern") || $0.hasPrefix("kernel.modprobe") || $0.hasPrefix("kernel.sysrq") }) {
                find(.kernelInterface, .deny, "\(call.shown) changes a kernel helper")
            }
            return
        }
        if call.program == "setpci" || call.program == "insmod" { changes(); find(.kernelInterface, .deny, "\(call.shown) changes the running kernel or hardware"); return }
        changes()
        if call.program == "rmmod" || call.has("-r") { find(.networkCut, .ask, "\(call.shown) takes a driver away") } else { find(.kernelInterface, .ask, "\(call.shown) loads a driver") }
    }

    mutating func controls() {
        if call.program == "getcap" { return }
        changes()
        find(call.program == "setcap" ? .privilegeGrant : .securityControlsOff, call.program == "setcap" ? .ask : .deny, "\(call.shown) changes what protects the host")
    }

    mutating func schedules() {
        if call.has("-l") { return }
        changes()
        if call.program == "crontab", call.has("-r") {
            find(.scheduleHijack, .deny, "\(call.shown) removes all scheduled jobs")
        } else {
            find(.scheduleHijack, .ask, "\(call.shown) plants or removes a scheduled job")
        }
    }

    mutating func machine() {
        let verb = call.verb() ?? ""
        switch call.program {
        case "date", "hwclock":
            guard call.has("-s", "--set", "-w", "--systohc") else { return }
            changes()
            find(.securityControlsOff, .ask, "\(call.shown) sets the clock", instead: "let NTP do it")
        case "hostname": if !call.operands.isEmpty { changes() }
        case "timedatectl", "hostnamectl", "localectl", "loginctl":
            if !verb.hasPrefix("set-"), !["hostname", "terminate-user", "kill-user", "terminate-session", "kill-session", "enable-linger", "disable-linger"].contains(verb) { return }
            changes()
            if verb == "set-time" { find(.securityControlsOff, .ask, "\(call.shown) sets the clock", instead: "let NTP do it") }
            if verb.hasPrefix("terminate") || verb.hasPrefix("kill") {
                find(.accountLockout, call.operands.contains { $0.known == context.loginUser || $0.known == "root" } ? .deny : .ask, "\(call.shown) ends a login")
            }
        default: if call.has("--display", "--list", "--query", "-a") == false { changes() }
        }
    }

    mutating func boot() {
        changes()
        if ["update-grub", "update-initramfs", "grub-mkconfig"].contains(call.program), !call.has("-d") {
            find(.bootChainBreak, .ask, "\(call.shown) rewrites what the machine starts with")
        } else {
            find(.bootChainBreak, .deny, "\(call.shown) changes what the machine starts with")
        }
    }

    mutating func sockets() {
        let words = call.arguments.compactMap(\.known)
        if call.has("-e", "-c", "--exec", "--sh-exec") || words.contains(where: { $0.uppercased().hasPrefix("EXEC:") || $0.uppercased().hasPrefix("SYSTEM:") }) {
            find(.backdoorShell, .deny, "\(call.shown) connects a program to a socket")
        }
        if call.has("-l", "--listen") || words.contains(where: { $0.uppercased().contains("-LISTEN:") }) { find(.backdoorShell, .deny, "\(call.shown) leaves a listener behind") }
        if !call.has("-z") { changes() }
    }
}
