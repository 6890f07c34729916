/// Where a find begins, and whether it takes all.
struct FindRoots {
    struct Root {
        var path: Value
        var isFiltered: Bool
        /// Names that it looks for.
        var names: [String]
    }

    /// Names whose removal nobody misses.
    private static let junk = [
        ".pyc", ".pyo", ".tmp", ".temp", ".bak", ".swp", ".swo", ".orig", "~", ".old", "core", ".ds_store", "__pycache__", ".dpkg-old", ".dpkg-dist", ".rpmsave", ".rpmnew", ".log", ".gz", ".cache",
        ".pid", ".lock", ".out", ".zip", ".1", ".xz", ".bz2", ".retry", ".dump", ".sql", ".part", "node_modules", ".hprof", ".trace",
    ]

    static func of(_ call: Call) -> [Root] {
        let starts = call.arguments.drop { argument in argument.known.map { ["-L", "-H", "-P"].contains($0) || $0.hasPrefix("-O") || $0.hasPrefix("-D") } ?? false }
        var roots = starts.prefix { argument in
            let prefix = argument.value.prefix
            return !(prefix.hasPrefix("-") && prefix.count > 1) && prefix != "(" && prefix != "!" && prefix != "\\("
        }.map(\.value)
        if roots.isEmpty { roots = [Value(".")] }
        let tests = starts.dropFirst(roots.count).map { $0.known ?? "?" }
        var isNarrow = false, names: [String] = []
        for (index, test) in tests.enumerated() {
            let value = index + 1 < tests.count ? tests[index + 1] : ""
            switch test {
            case "-name", "-iname", "-path", "-ipath", "-wholename", "-regex", "-iregex", "-lname":
                let isNegated = index > 0 && (tests[index - 1] == "!" || tests[index - 1] == "-not")
                names.append(value)
                let bare = value.lowercased()
                if !isNegated,
                    junk.contains(where: { bare.hasSuffix($0) }) || bare.contains("cache") || bare.contains("tmp") || bare.contains("backup") || bare.contains("old") || bare.contains("sess")
                        || bare.contains("log")
                {
                    isNarrow = true
                }
            case "-mtime", "-mmin", "-atime", "-amin", "-ctime", "-cmin": if value.hasPrefix("+"), Int(value.dropFirst()) ?? 0 > 0 { isNarrow = true }
            case "-empty": isNarrow = true
            case "-size": if value.hasPrefix("+"), !value.hasPrefix("+0"), value.last.map({ !$0.isNumber }) ?? false { isNarrow = true }
            case "-user", "-group", "-nouser", "-nogroup", "-inum", "-samefile", "-perm", "-xtype": isNarrow = true
            default: break
            }
        }
        return roots.map { Root(path: $0, isFiltered: isNarrow || !names.isEmpty && Self.isOwn($0), names: names) }
    }

    /// Below one application's directory, any name narrows.
    private static func isOwn(_ root: Value) -> Bool {
        guard let path = root.known.flatMap({ ResolvedPath.normalised($0).known }) else { return false }
        return !["/", "/etc", "/usr", "/bin", "/sbin", "/lib", "/lib64", "/boot", "/var", "/var/lib", "/dev"].contains(path)
    }
}

/// Directories that every system has: what is copied to them lands in them.
enum KnownDirectories {
    private static let paths: Set<String> = [
        "/", "/bin", "/sbin", "/lib", "/lib64", "/usr", "/usr/share", "/usr/local", "/usr/local/bin", "/usr/local/sbin", "/usr/local/lib", "/etc", "/etc/cron.d", "/etc/cron.daily", "/etc/cron.hourly",
        "/etc/cron.weekly", "/etc/sudoers.d", "/etc/pam.d", "/etc/ssh", "/etc/ssh/sshd_config.d", "/etc/systemd/system", "/etc/profile.d", "/etc/ld.so.conf.d", "/etc/init.d",
        "/etc/apt/sources.list.d",
        "/etc/apt/apt.conf.d", "/etc/sysctl.d", "/etc/modprobe.d", "/etc/udev/rules.d", "/etc/netplan", "/boot", "/boot/grub", "/boot/efi", "/dev", "/root", "/root/.ssh", "/home", "/var", "/var/lib",
        "/var/log", "/var/spool",
        "/opt", "/srv", "/tmp", "/var/tmp", "/var/spool/cron", "/var/spool/cron/crontabs", "/lib/systemd/system", "/etc/yum.repos.d", "/lib/x86_64-linux-gnu", "/etc/network",
    ]

    static func contains(_ path: Value) -> Bool {
        guard let known = path.known else { return false }
        guard known.hasPrefix("/") else { return known.hasPrefix("~") && (known == "~" || known.hasSuffix("/.ssh") || known == "~root") }
        return ResolvedPath.normalised(known).known.map(paths.contains) ?? false
    }
}
