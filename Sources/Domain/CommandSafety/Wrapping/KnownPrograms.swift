/// What kind of program a name is, as far as the evaluator must know.
enum KnownPrograms {
    enum Kind {
        /// Part of the shell, and changes its state or runs code in it.
        case builtin
        case shell
        case wrapper(WrapperGrammar)
        case changeUser, find, xargs, parallel, ssh, container, script, flock, at, daemonStarter, multiCall
    }

    static let shells: Set<String> = [
        "sh", "bash", "dash", "ash", "zsh", "ksh", "ksh93", "mksh", "lksh", "rbash", "rzsh", "posh", "yash", "csh", "tcsh", "fish", "xonsh", "nu", "pwsh", "elvish", "rc", "es",
        "oksh", "loksh", "bosh", "hush", "scsh", "osh", "ysh",
    ]
    /// They read code by rules of their own.
    static let foreignShells: Set<String> = ["csh", "tcsh", "fish", "xonsh", "nu", "pwsh", "elvish", "rc", "es", "scsh", "ysh"]

    static let fetchers: Set<String> = [
        "curl", "wget", "wget2", "fetch", "aria2c", "axel", "http", "https", "httpie", "xh", "lynx", "links", "elinks", "w3m", "nc", "ncat", "netcat", "nc.openbsd",
        "nc.traditional", "socat", "telnet", "ftp", "tftp", "lftp", "dig", "host", "nslookup", "drill", "GET", "lwp-request", "lwp-download", "curlie", "gsutil", "s_client",
    ]

    /// Bare connections.
    static let netcats: Set<String> = ["nc", "ncat", "netcat", "nc.openbsd", "nc.traditional", "socat", "telnet", "s_client", "openssl", "cryptcat", "sbd"]

    static let interpreters: Set<String> = [
        "python", "python2", "python3", "perl", "ruby", "node", "nodejs", "php", "lua", "tclsh", "wish", "expect", "awk", "gawk", "mawk", "Rscript", "deno", "bun", "guile",
        "make", "gmake", "ansible-playbook", "java", "dotnet", "pip", "pip3", "npm",
    ]

    static func isInterpreter(_ name: String) -> Bool {
        interpreters.contains(name) || name.utf8.contains(UInt8(ascii: ".")) && ["python3.", "python2.", "perl5.", "ruby2.", "ruby3.", "php7.", "php8.", "lua5."].contains(where: name.hasPrefix)
    }

    /// Names that an unknown program is tried as.
    static let risky: Set<String> = [
        "rm", "rmdir", "unlink", "shred", "dd", "mv", "cp", "ln", "install", "rsync", "tee", "truncate", "chmod", "chown", "chgrp", "chattr", "setfacl", "find", "xargs", "mount",
        "umount", "mkfs", "mkfs.ext4", "mkfs.xfs", "mke2fs", "mkswap", "wipefs", "blkdiscard", "fdisk", "sfdisk", "parted", "lvremove", "vgremove", "pvremove", "mdadm", "cryptsetup",
        "zpool", "systemctl", "service", "reboot", "shutdown", "halt", "poweroff", "init", "telinit", "kill", "killall", "pkill", "iptables", "nft", "ufw", "ip", "ifconfig",
        "userdel", "usermod", "passwd", "chpasswd", "groupdel", "visudo", "crontab", "apt", "apt-get", "dpkg", "rpm", "dnf", "yum", "insmod", "rmmod", "modprobe", "sysctl",
        "setenforce", "swapoff", "sh", "bash", "dash", "zsh", "eval", "sudo", "su", "env", "nc", "ncat", "curl", "wget", "cat", "sed", "tar", "python3", "perl",
    ]

    /// Programs that a function or alias of the same name would replace for what comes later.
    static func isProgram(_ name: String) -> Bool {
        switch kinds[name] {
        case .builtin?, .shell?, .changeUser?, .find?, .xargs?, .ssh?: true
        default: risky.contains(name) || ordinary.contains(name) || interpreters.contains(name)
        }
    }

    private static let ordinary: Set<String> = [
        "ls", "grep", "egrep", "awk", "cut", "sort", "head", "tail", "wc", "echo", "printf", "test", "true", "false", "id", "whoami", "uname", "hostname", "date", "mkdir", "touch",
        "ps", "top", "df", "du", "free", "ss", "netstat", "ping", "git", "docker", "kubectl", "ssh", "scp", "sleep", "which", "stat", "readlink", "realpath", "basename", "dirname",
        "doas", "nice", "timeout", "nohup", "chroot", "flock", "journalctl", "dmesg", "less", "more", "vi", "vim", "nano", "man", "pwd", "login", "openssl", "gpg", "mysql", "psql", "tr", "uniq",
        "file", "gzip", "unzip", "[",
    ]

    static func kind(_ name: String) -> Kind? {
        if let kind = kinds[name] { return kind }
        if name.hasPrefix("ld-"), name.contains(".so") || name.hasPrefix("ld-musl") { return kinds["ld.so"] }
        return nil
    }

    static let kinds: [String: Kind] = {
        var kinds: [String: Kind] = [:]
        for name in [
            "cd", "chdir", "pushd", "popd", "eval", ".", "source", "exec", "command", "builtin", "export", "readonly", "declare", "typeset", "local", "unset", "set", "shift", "read",
            "mapfile", "readarray", "trap", "return", "exit", "break", "continue", "alias", "unalias", "hash", "getopts", "let", "printf", ":", "true", "false", "shopt", "enable",
            "wait", "complete", "bind", "logout", "times", "jobs", "fg", "bg", "disown", "test", "[",
        ] { kinds[name] = .builtin }
        for name in shells { kinds[name] = .shell }
        for name in ["su", "runuser", "sg", "newgrp"] { kinds[name] = .changeUser }
        for name in ["docker", "podman", "nerdctl", "kubectl", "oc", "k3s", "lxc", "incus", "lxc-attach", "machinectl", "systemd-nspawn", "docker-compose", "vagrant", "crictl", "ctr"] {
            kinds[name] = .container
        }
        for name in ["busybox", "toybox"] { kinds[name] = .multiCall }
        for name in ["at", "batch"] { kinds[name] = .at }
        for name in ["start-stop-daemon", "daemonize", "daemon"] { kinds[name] = .daemonStarter }
        for name in ["ssh", "slogin", "rsh", "mosh", "autossh", "dropbear", "dbclient"] { kinds[name] = .ssh }
        for name in ["find", "gfind", "fd", "fdfind", "bfs"] { kinds[name] = .find }
        kinds["xargs"] = .xargs
        kinds["parallel"] = .parallel
        kinds["script"] = .script
        kinds["flock"] = .flock
        for (name, grammar) in WrapperGrammar.table { kinds[name] = .wrapper(grammar) }
        return kinds
    }()
}
