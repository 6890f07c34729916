/// Options and operands through which programs that look harmless run what they are given, from the programs' manual pages.
enum CodeOptions {
    /// Programs, and the options whose value they run. Long ones count abbreviated too, as getopt_long(3) reads them.
    private static let options: [String: Set<String>] = [
        "tar": ["--checkpoint-action", "--to-command", "--use-compress-program", "-I", "--rsh-command", "--rmt-command", "--info-script", "--new-volume-script", "-F"],
        "zip": ["-TT", "--unzip-command"],
        "man": ["-P", "--pager", "-H", "--html", "-X", "--gxditview"],
        "git": ["--exec-path", "--upload-pack", "--receive-pack", "--exec", "--config-env", "--extcmd", "-x", "--open-files-in-pager", "-O"],
        "rsync": ["-e", "--rsh", "--rsync-path"],
        "scp": ["-S"], "sftp": ["-S"],
        "split": ["--filter"], "sort": ["--compress-program"], "tcpdump": ["-z"], "wget": ["--use-askpass"],
        "ssh": ["-F"], "journalctl": ["--pager"], "gcc": ["-wrapper"], "openssl": ["-engine"], "mysql": ["--pager"],
    ]
    /// Programs that exist to run something else, and are not followed.
    private static let runners: Set<String> = [
        "gdb", "lldb", "expect", "alias", "screen", "tmux", "capsh", "run-parts", "logrotate", "busctl", "entr", "cpulimit", "proot", "dbus-run-session",
    ]
    /// Keys of `git -c` and `ssh -o` whose value is run.
    private static let keys = [
        "alias.", "core.pager", "pager.", "core.editor", "core.sshcommand", "core.fsmonitor", "core.hookspath", "core.gitproxy", "diff.external", "difftool.",
        "mergetool.", "credential.", "gpg.", "filter.", "merge.", "sequence.editor", "include", "proxycommand", "localcommand", "knownhostscommand", "match",
    ]

    /// What of the call would be run, as it is written; nil if nothing is known to be.
    static func runs(_ call: Call) -> String? {
        if runners.contains(call.program), !call.arguments.isEmpty { return call.program }
        let own = options[call.program] ?? []
        for (index, word) in call.arguments.enumerated() {
            let text = word.prefix
            if text == "--" { break }
            // `less +!command` and its like.
            if text.hasPrefix("+!") { return text }
            if ["git", "ssh", "scp", "sftp"].contains(call.program), let value = keyed(text, index, call), keys.contains(where: value.lowercased().hasPrefix) { return value }
            guard text.hasPrefix("-") else { continue }
            let name = String(text.prefix { $0 != "=" })
            let isOwn = own.contains { option in
                option.hasPrefix("--") ? name.count > 3 && option.hasPrefix(name) : text.hasPrefix(option) && (option.count > 2 || !text.hasPrefix("--"))
            }
            if isOwn { return text }
        }
        return nil
    }

    /// The value of `-c key=value` or `-o key=value`, in one word or two.
    private static func keyed(_ text: String, _ index: Int, _ call: Call) -> String? {
        let flag = call.program == "git" ? "-c" : "-o"
        if text == flag || text == "--config" { return index + 1 < call.arguments.count ? call.arguments[index + 1].prefix : nil }
        return text.hasPrefix(flag) ? String(text.dropFirst(flag.count)) : nil
    }
}
