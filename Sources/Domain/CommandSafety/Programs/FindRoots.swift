/// Where a find begins, and whether it takes all.
struct FindRoots {
    struct Root {
        var path: Value
        var isFiltered: Bool
        /// Names that it looks for.
        var names: [String]
        /// Only files of 14 days and more.
        var isOld = false
    }

    /// Names whose removal nobody misses.
    private static let junk = [
        ".pyc", ".pyo", ".tmp", ".temp", ".bak", ".swp", ".swo", ".orig", "~", ".old", "core", ".ds_store", "__pycache__", ".dpkg-old", ".dpkg-dist", ".rpmsave", ".rpmnew", ".log", ".gz", ".cache",
        ".pid", ".lock", ".out", ".zip", ".1", ".xz", ".bz2", ".retry", ".dump", ".sql", ".part", "node_modules", ".hprof", ".trace",
    ]

    static func of(_ call: Call) -> [Root] {
        if call.program.hasPrefix("fd") { return ofFD(call) }
        let starts = call.arguments.drop { argument in argument.known.map { ["-L", "-H", "-P"].contains($0) || $0.hasPrefix("-O") || $0.hasPrefix("-D") } ?? false }
        var roots = starts.prefix { argument in
            let prefix = argument.value.prefix
            return !(prefix.hasPrefix("-") && prefix.count > 1) && prefix != "(" && prefix != "!" && prefix != "\\("
        }.map(\.value)
        if roots.isEmpty { roots = [Value(".")] }
        let tests = starts.dropFirst(roots.count).map { $0.known ?? "?" }
        var names: [String] = []
        let isNarrow = narrows(tests[...], &names)
        let isOld = tests.indices.contains { index in
            ["-mtime", "-ctime", "-atime"].contains(tests[index]) && index + 1 < tests.count && tests[index + 1].hasPrefix("+") && Int(tests[index + 1].dropFirst()) ?? 0 >= 13
        }
        return roots.map { Root(path: $0, isFiltered: isNarrow || !names.isEmpty && Self.isOwn($0), names: names, isOld: isOld) }
    }

    /// `fd PATTERN PATH … -x COMMAND`.
    private static func ofFD(_ call: Call) -> [Root] {
        let valued: Set<String> = [
            "-e", "-E", "-t", "-d", "-j", "-S", "-c", "-o", "--extension", "--exclude", "--type", "--max-depth", "--min-depth", "--size", "--owner", "--changed-before", "--changed-within",
        ]
        var operands: [Value] = [], isNarrow = false, index = 0
        let arguments = call.arguments.prefix { !["-x", "-X", "--exec", "--exec-batch"].contains($0.known ?? "") }
        while index < arguments.count {
            let word = arguments[index].known ?? ""
            if valued.contains(word) {
                if ["-e", "--extension", "-S", "--size", "--changed-before"].contains(word) { isNarrow = true }
                index += 1
            } else if !word.hasPrefix("-") {
                operands.append(arguments[index].value)
            }
            index += 1
        }
        let pattern = operands.first?.known ?? "."
        let roots = operands.count > 1 ? Array(operands.dropFirst()) : [Value(".")]
        return roots.map { Root(path: $0, isFiltered: isNarrow || ![".", "", ".*", "*"].contains(pattern) && isOwn($0), names: [pattern]) }
    }

    /// Whether the tests leave most files out: each branch of an `-o` must.
    private static func narrows(_ tests: ArraySlice<String>, _ names: inout [String]) -> Bool {
        var depth = 0, branches: [Bool] = [], isNarrow = false
        var index = tests.startIndex, open = index
        while index < tests.endIndex {
            let test = tests[index]
            if test == "(" || test == "\\(" {
                if depth == 0 { open = index + 1 }
                depth += 1
            } else if test == ")" || test == "\\)" {
                depth -= 1
                if depth == 0, open <= index, narrows(tests[open..<index], &names), !(open >= tests.startIndex + 2 && ["!", "-not"].contains(tests[open - 2])) { isNarrow = true }
            } else if depth == 0 {
                if test == "-o" || test == "-or" || test == "," {
                    branches.append(isNarrow)
                    isNarrow = false
                } else if narrows(test, index + 1 < tests.endIndex ? tests[index + 1] : "", index > tests.startIndex && ["!", "-not"].contains(tests[index - 1]), &names) {
                    isNarrow = true
                }
            }
            index += 1
        }
        return isNarrow && branches.allSatisfy { $0 }
    }

    private static func narrows(_ test: String, _ value: String, _ isNegated: Bool, _ names: inout [String]) -> Bool {
        switch test {
        case "-name", "-iname", "-path", "-ipath", "-wholename", "-regex", "-iregex", "-lname":
            names.append(value)
            let bare = value.lowercased()
            return !isNegated
                && (junk.contains { bare.hasSuffix($0) } || ["cache", "tmp", "backup", "old", "sess", "log"].contains(where: bare.contains))
        case "-mtime", "-mmin", "-atime", "-amin", "-ctime", "-cmin": return value.hasPrefix("+") && Int(value.dropFirst()) ?? 0 > 0
        case "-empty": return true
        case "-size": return value.hasPrefix("+") && !value.hasPrefix("+0") && value.last.map { !$0.isNumber } ?? false
        case "-user", "-group", "-nouser", "-nogroup", "-inum", "-samefile", "-perm", "-xtype": return !isNegated
        default: return false
        }
    }

    /// Below one application's directory, any name narrows.
    private static func isOwn(_ root: Value) -> Bool {
        guard let path = root.known.flatMap({ ResolvedPath.normalised($0).known }) else { return false }
        return !["/", "/etc", "/usr", "/bin", "/sbin", "/lib", "/lib64", "/boot", "/var", "/var/lib", "/dev"].contains(path)
    }
}

extension Reading {
    /// What comes from the calls before a pipe as words of this one: `find /usr | xargs rm`, `ls /etc | xargs rm`.
    var fedPaths: [FindRoots.Root] {
        (call.feeders.isEmpty && call.wrappers.contains("xargs") ? inputCalls : call.feeders).flatMap { before -> [FindRoots.Root] in
            switch before.program {
            case "find", "gfind", "fd", "fdfind": FindRoots.of(before)
            case "ls": before.arguments.filter { !$0.value.prefix.hasPrefix("-") }.map { FindRoots.Root(path: $0.value, isFiltered: false, names: []) }
            default: []
            }
        }
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
