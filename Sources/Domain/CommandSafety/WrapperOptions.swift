/// The options of a wrapper, as far as it takes to find the program behind them.
struct WrapperOptions {
    /// Options that take the next word, if nothing is attached to them.
    private let valued: Set<String>
    private let program: String

    init?(_ program: String) {
        let isLoader = program.hasPrefix("ld-linux") || program.hasPrefix("ld-musl") || program.hasPrefix("ld.so")
        guard let valued = Self.table[isLoader ? "ld.so" : program] else { return nil }
        self.valued = valued
        self.program = program
    }

    /// Words of the wrapper itself between its options and the program.
    var ownWords: Int { ["timeout": 1, "flock": 1, "chroot": 1, "taskset": 1, "faketime": 1, "chrt": 1, "setarch": 1][program] ?? 0 }
    var takesAssignments: Bool { ["env", "sudo", "doas"].contains(program) }
    /// Its words are put together and read by a shell.
    var joinsWords: Bool { ["watch", "parallel"].contains(program) }
    /// Without a program it opens a shell.
    var opensShell: Bool { ["chroot", "unshare", "nsenter", "setarch", "linux32", "linux64", "pkexec"].contains(program) }

    /// Options of the wrapper itself with which the program is only asked about, not run.
    func onlyLooks(_ name: String) -> Bool {
        switch program {
        case "sudo": name == "-l" || name == "--list"
        case "command": name == "-v" || name == "-V"
        default: false
        }
    }

    /// Reads one word of options.
    ///
    /// - Returns: the option's name (of several short ones, the last), what is attached to it, and whether the next word
    ///   belongs to it.
    func read(_ text: String) -> (name: String, attached: String?, takesNext: Bool) {
        if text.hasPrefix("--") {
            let name = String(text.prefix { $0 != "=" })
            if name.utf8.count < text.utf8.count { return (name, String(text.dropFirst(name.count + 1)), false) }
            // GNU programs take any beginning of a long option for it.
            return (name, nil, valued.contains(name) || valued.contains { $0.hasPrefix(name) })
        }
        var name = text
        for (index, letter) in text.enumerated().dropFirst() {
            name = "-\(letter)"
            guard valued.contains(name) || program == "env" && letter == "S" || program == "xargs" && letter == "i" else { continue }
            let attached = String(text.dropFirst(index + 1))
            return (name, attached.isEmpty ? nil : attached, attached.isEmpty && letter != "i")
        }
        return (name, nil, false)
    }

    func isSplitString(_ name: String) -> Bool { name == "-S" || name.count > 2 && "--split-string".hasPrefix(name) }

    private static let table: [String: Set<String>] = [
        "sudo": [
            "-u", "-g", "-p", "-C", "-h", "-r", "-t", "-T", "-U", "-D", "-R", "-c", "-a", "--user", "--group", "--prompt", "--close-from", "--host", "--role", "--type",
            "--command-timeout", "--other-user", "--chdir", "--chroot",
        ],
        "ssh": ["-b", "-B", "-c", "-D", "-E", "-e", "-F", "-I", "-i", "-J", "-L", "-l", "-m", "-O", "-o", "-P", "-p", "-Q", "-R", "-S", "-W", "-w"],
        "doas": ["-u", "-C"], "pkexec": ["--user"],
        "env": ["-u", "-C", "--unset", "--chdir"],
        "nice": ["-n", "--adjustment"],
        "ionice": ["-c", "-n", "-p", "-P", "-u", "--class", "--classdata", "--pid", "--pgid", "--uid"],
        "chrt": ["-T", "-P", "-D", "--sched-runtime", "--sched-period", "--sched-deadline"],
        "timeout": ["-s", "-k", "--signal", "--kill-after"],
        "nohup": [], "setsid": [], "time": ["-f", "-o", "--format", "--output"], "command": [], "builtin": [], "exec": ["-a"],
        "stdbuf": ["-i", "-o", "-e", "--input", "--output", "--error"],
        "flock": ["-w", "-E", "--timeout", "--wait", "--conflict-exit-code"],
        "runuser": ["-u", "-g", "-G", "-s", "-w", "--user", "--group", "--supp-group", "--shell", "--whitelist-environment"],
        "setpriv": [
            "--reuid", "--regid", "--groups", "--bounding-set", "--inh-caps", "--ambient-caps", "--securebits", "--pdeathsig", "--selinux-label", "--apparmor-profile",
            "--ruid", "--euid", "--rgid", "--egid",
        ],
        "taskset": [], "unshare": ["-S", "-G", "-R", "-w", "--setuid", "--setgid", "--root", "--wd", "--map-user", "--map-group", "--propagation", "--setgroups"],
        "nsenter": ["-t", "-S", "-G", "--target", "--setuid", "--setgid"], "chroot": ["--userspec", "--groups"],
        "strace": ["-e", "-o", "-p", "-s", "-u", "-E", "-a", "-I", "-O", "-P", "-S", "-X", "-b"], "ltrace": ["-e", "-o", "-p", "-s", "-u", "-l", "-n", "-a"],
        "watch": ["-n", "-q", "--interval", "--equexit"], "busybox": [], "toybox": [],
        "systemd-run": [
            "-u", "-p", "-E", "-H", "-M", "--unit", "--property", "--setenv", "--uid", "--gid", "--slice", "--nice", "--on-calendar", "--on-active", "--on-boot", "--on-startup",
            "--on-unit-active", "--on-unit-inactive", "--working-directory", "--description", "--service-type", "--host", "--machine", "--timer-property",
        ],
        "systemd-inhibit": ["--what", "--who", "--why", "--mode"], "catchsegv": [], "eatmydata": [],
        "xargs": ["-I", "-n", "-P", "-L", "-d", "-a", "-E", "-s", "--max-args", "--max-procs", "--max-chars", "--delimiter", "--arg-file"],
        "parallel": ["-j", "-n", "-I", "--jobs", "--max-args"], "faketime": [], "chpst": ["-u", "-U", "-b", "-e", "-n", "-l", "-L", "-m", "-d", "-o", "-p", "-f", "-c", "-t"],
        "cgexec": ["-g"], "setarch": [], "linux32": [], "linux64": [], "prlimit": ["-p", "-o", "--pid", "--output"],
        "ld.so": ["--library-path", "--preload", "--audit", "--argv0", "--inhibit-rpath", "--glibc-hwcaps-prepend", "--glibc-hwcaps-mask"],
    ]
}
