/// What paths are to the guard. Lexical only: no host is asked.
enum Paths {
    /// The last part of a program's path.
    static func programName(_ text: String) -> String { text.split(separator: "/").last.map(String.init) ?? text }

    /// `..`, `.`, doubled slashes and merged /usr resolved; `~` stands for a home directory.
    static func normalised(_ path: String) -> String {
        if path == "~" || path.hasPrefix("~/") { return normalised("/home/~" + path.dropFirst(1)) }
        guard path.hasPrefix("/") else { return path }
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        if parts.starts(with: ["proc", "self", "root"]) || parts.starts(with: ["proc", "1", "root"]) { parts.removeFirst(3) }
        if parts.first == "usr", parts.count > 1, ["bin", "sbin", "lib", "lib64"].contains(parts[1]) { parts.removeFirst() }
        return "/" + parts.joined(separator: "/")
    }

    /// Trees of which no more than a part may be deleted, moved or opened up.
    private static let protected: Set<String> = [
        "/", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/usr", "/usr/local", "/usr/share", "/usr/include", "/usr/libexec",
        "/usr/src", "/usr/games", "/etc", "/boot", "/dev", "/proc", "/sys", "/run", "/root", "/home", "/var", "/var/lib", "/var/log",
        "/var/spool", "/var/cache", "/var/run", "/opt", "/srv", "/usr/local/bin", "/usr/local/sbin", "/usr/local/lib", "/usr/local/etc",
        "/usr/local/share",
    ]
    /// Trees below which nothing may be deleted wholesale.
    private static let deep = ["/bin", "/sbin", "/lib", "/lib64", "/boot", "/dev", "/proc", "/sys", "/etc/ssh", "/etc/pam.d"]

    /// Whether the word, taken as a path, may name a protected tree or everything in it. Unknown beginnings may.
    static func isProtectedTree(_ word: Word) -> Bool {
        guard let known = word.known else {
            if word.prefix.isEmpty { return true }
            guard word.prefix.hasPrefix("/") || word.prefix.hasPrefix("~") else { return word.prefix.hasPrefix("..") }
            // `/etc/*` and `/us?`: whatever starts like this; `/tmp/x*` can only be in /tmp.
            let normal = normalised(word.prefix)
            if word.prefix.hasSuffix("/") { return isProtectedPath(normal) }
            let parent = normal.lastIndex(of: "/").map { String(normal[..<$0]) } ?? ""
            return protected.contains { $0.hasPrefix(normal) } || isProtectedPath(parent.isEmpty ? "/" : parent)
        }
        if known == "." || known == ".." || known.hasPrefix("../") || known == "*" { return true }
        return isProtectedPath(normalised(known))
    }

    private static func isProtectedPath(_ path: String) -> Bool {
        if protected.contains(path) { return true }
        // A whole home directory.
        if path.hasPrefix("/home/"), path.split(separator: "/").count == 2 { return true }
        return deep.contains { path == $0 || path.hasPrefix($0 + "/") }
    }

    /// Files that the machine can't run, or be logged in to, without.
    static func isCritical(_ path: String) -> Bool {
        let path = normalised(path)
        return [
            "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/sudoers", "/etc/fstab", "/etc/nsswitch.conf",
            "/etc/login.defs", "/etc/inittab",
        ].contains(path) || path.hasPrefix("/etc/pam.d/") || path == "/etc/pam.conf"
    }

    /// Block devices, and the memory of the machine.
    static func isRawDevice(_ path: String) -> Bool {
        let path = normalised(path)
        guard path.hasPrefix("/dev/") else { return false }
        let name = path.dropFirst("/dev/".count)
        return ["sd", "hd", "vd", "xvd", "nvme", "mmcblk", "dm-", "md", "mapper/", "disk/", "loop", "sr", "nbd", "zd", "vg", "ram", "mem", "kmem", "port"]
            .contains { name.hasPrefix($0) }
    }

    /// Private keys, password files and the like: to print is to send.
    static func isSecret(_ path: String) -> Bool {
        let path = normalised(path)
        let name = programName(path)
        if ["/etc/shadow", "/etc/gshadow", "/etc/shadow-", "/etc/gshadow-", "/etc/krb5.keytab"].contains(path) { return true }
        if path.hasPrefix("/etc/ssl/private/") { return true }
        if path.hasPrefix("/etc/ssh/ssh_host_"), !name.hasSuffix(".pub") { return true }
        if ["id_rsa", "id_ed25519", "id_ecdsa", "id_dsa", ".pgpass", ".netrc", ".git-credentials", ".my.cnf", ".vault-token"].contains(name) { return true }
        return ["/.aws/credentials", "/.kube/config", "/.docker/config.json", "/admin.conf", "/.gnupg/", "/.config/gcloud/"].contains { path.contains($0) }
            || (path.hasPrefix("/proc/") && name == "environ")
    }

    /// Files that give power or run by themselves when written.
    static func sensitiveClass(_ path: String) -> (PolicyClass, Decision)? {
        let path = normalised(path)
        if isRawDevice(path) { return (["mem", "kmem", "port"].contains(programName(path)) ? .kernelInterface : .rawDeviceWrite, .deny) }
        if isCritical(path) { return (.criticalFileClobber, .deny) }
        if path.hasPrefix("/proc/") || path.hasPrefix("/sys/") {
            let name = programName(path)
            return ["sysrq-trigger", "core_pattern", "modprobe", "remove", "online", "rescan", "hotplug", "uevent_helper"].contains(name)
                || path.hasPrefix("/sys/firmware/") ? (.kernelInterface, .deny) : (.kernelInterface, .ask)
        }
        if path.hasPrefix("/boot/") { return (.bootChainBreak, .deny) }
        if path.hasPrefix("/etc/sudoers.d/") { return (.privilegeGrant, .ask) }
        if programName(path) == "authorized_keys" || programName(path) == "authorized_keys2" { return (.sshKeyTamper, .ask) }
        if path.hasPrefix("/etc/ssh/") { return (.sshServiceLockout, .ask) }
        if path == "/etc/ld.so.preload" || path == "/etc/environment" || path.hasPrefix("/etc/profile") || path == "/etc/hosts"
            || path == "/etc/resolv.conf" || path.hasPrefix("/etc/ld.so.conf") || path == "/etc/bash.bashrc"
        {
            return (.environmentHijack, .ask)
        }
        if ["/bin", "/sbin", "/lib", "/lib64"].contains(where: { path == $0 || path.hasPrefix($0 + "/") }) { return (.environmentHijack, .ask) }
        if [".bashrc", ".profile", ".bash_profile", ".zshrc"].contains(programName(path)) { return (.environmentHijack, .ask) }
        if path.hasPrefix("/etc/cron") || path.hasPrefix("/var/spool/cron") || path.hasPrefix("/etc/systemd/system/")
            || path.hasPrefix("/etc/init.d/") || path == "/etc/rc.local" || path.hasPrefix("/lib/systemd/system/")
        {
            return (.scheduleHijack, .ask)
        }
        if path == "/var/log/wtmp" || path == "/var/log/btmp" || path == "/var/log/lastlog" || path.hasPrefix("/var/log/journal")
            || path.hasPrefix("/var/log/audit") || ["/var/log/syslog", "/var/log/auth.log", "/var/log/messages", "/var/log/secure", "/var/log/kern.log"].contains(path)
            || programName(path).hasSuffix("_history")
        {
            return (.logAuditWipe, .deny)
        }
        return nil
    }
}
