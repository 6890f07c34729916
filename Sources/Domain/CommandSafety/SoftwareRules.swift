/// Package managers, databases, containers, interpreters, downloads.
enum SoftwareRules {
    static let table: [([String], Rules.Rule)] = [
        (["apt-get", "apt", "aptitude", "dnf", "yum", "zypper", "apk", "pacman", "dpkg", "rpm", "snap", "apt-mark", "apt-key", "add-apt-repository", "dpkg-reconfigure"], { $0.packages() }),
        (
            [
                "psql", "mysql", "mariadb", "sqlite3", "mongo", "mongosh", "redis-cli", "dropdb", "dropuser", "mysqladmin", "createdb", "createuser", "pg_ctlcluster", "pg_dropcluster",
                "pg_createcluster",
            ], { $0.databases() }
        ),
        (["docker", "podman", "kubectl", "helm", "docker-compose", "terraform", "aws", "gcloud", "az", "crictl", "nerdctl", "velero"], { $0.containers() }),
        (Array(Rules.interpreters) + ["vim", "vi", "make", "git", "go", "cargo", "npm", "pip", "pip3", "gcc"], { $0.interpreters() }),
        (["curl", "wget"], { $0.downloads() }),
        (["nginx", "apache2ctl", "apachectl", "a2ensite", "a2dissite", "a2enmod", "a2dismod"], { $0.servers() }),
        (["ssh-keygen", "ssh-copy-id", "ssh-add"], { $0.sshKeys() }),
    ]
}

extension Rules {
    private static let corePackages: Set<String> = [
        "libc6", "glibc", "libc-bin", "systemd", "systemd-sysv", "bash", "dash", "coreutils", "dpkg", "rpm", "apt", "sudo", "python3", "python3-minimal",
        "util-linux", "login", "passwd", "base-files", "init", "udev", "dnf", "yum", "busybox", "musl", "libpam-modules", "libpam-runtime", "mount",
        "grub2", "grub2-common", "grub-pc", "grub-efi-amd64", "initramfs-tools", "openssl", "ca-certificates", "kernel", "linux-image-amd64", "debianutils", "sed", "grep", "tar", "gzip", "perl-base",
    ]
    private static let packageLooks: Set<String> = [
        "list", "show", "search", "info", "policy", "-l", "-L", "-s", "-S", "-W", "-q", "-qa", "-qi", "-V", "--list", "--status", "--audit", "--get-selections",
        "check", "check-update", "repolist", "showhold", "showmanual", "showauto", "indextargets", "--print-architecture", "-C", "--verify", "--compare-versions", "changelog", "depends", "rdepends",
        "madison",
    ]

    mutating func packages() {
        let words = call.arguments.compactMap(\.known)
        let verb = call.verb() ?? ""
        if call.has("--simulate", "--dry-run", "--just-print", "--no-act") || call.program.hasPrefix("apt") && call.has("-s") { return }
        let isTool = ["dpkg", "rpm", "pacman"].contains(call.program)
        if isTool ? (words.first.map { Self.packageLooks.contains($0) || $0.hasPrefix("-q") || $0.hasPrefix("-Q") } ?? true) : Self.packageLooks.contains(verb) || verb.isEmpty { return }
        changes()
        if call.program == "apt-key" || call.program == "add-apt-repository" { find(.securityControlsOff, .ask, "\(call.shown) trusts another source of packages") }
        let removes =
            ["remove", "purge", "autoremove", "autopurge", "erase", "del", "rm"].contains(verb)
            || isTool && words.contains { ["-r", "-P", "--remove", "--purge", "-e", "--erase", "-R", "-Rs", "-Rns"].contains($0) }
        let names = call.operands.dropFirst(isTool ? 0 : 1).map { word in word.known.map { String($0.prefix { $0 != "=" && $0 != ":" && $0 != "/" }) } }
        if words.contains(where: { $0.hasPrefix("--force-") || $0 == "--nodeps" || $0 == "--allow-remove-essential" || $0 == "--force-yes" || $0 == "-Rdd" }), !words.contains("--force-confold"),
            !words.contains("--force-confdef")
        {
            find(.corePackageRemoval, removes || words.contains("--nodeps") ? .deny : .ask, "\(call.shown) forces past the checks")
        }
        if words.contains(where: {
            ["--allow-unauthenticated", "--nogpgcheck", "--no-gpg-checks", "--allow-untrusted", "--nosignature"].contains($0) || $0.contains("AllowUnauthenticated=true")
                || $0.contains("AllowInsecureRepositories=true")
        }) {
            find(.securityControlsOff, .deny, "\(call.shown) installs without checking signatures")
        }
        if let hook = words.first(where: { $0.contains("Pre-Invoke") || $0.contains("Post-Invoke") || $0.contains("Pre-Install-Pkgs") }) {
            find(.unknownCode, .deny, "\(DisplayText.escaped(hook)) would run a command")
        }
        guard removes else { return }
        for name in names {
            guard let name else {
                find(.corePackageRemoval, .deny, "\(call.shown) removes packages by a pattern")
                continue
            }
            if name.hasPrefix("openssh-server") || name == "openssh" {
                find(.sshServiceLockout, .deny, "\(call.shown) takes away the way in")
            } else if Self.corePackages.contains(name) || name.hasPrefix("linux-image") || name.hasPrefix("grub") || name.contains("*") {
                find(name.hasPrefix("grub") || name.hasPrefix("linux-image") ? .bootChainBreak : .corePackageRemoval, .deny, "\(call.shown) removes \(name), which the system needs")
            } else if ["apparmor", "fail2ban", "unattended-upgrades", "auditd", "rsyslog", "selinux-policy"].contains(name) {
                find(.securityControlsOff, .deny, "\(call.shown) removes \(name)")
            }
        }
    }

    mutating func databases() {
        if call.has("--version", "-V") { return }
        let text = call.arguments.map(\.shown).joined(separator: " ").uppercased()
        if call.program == "dropdb" || call.program == "dropuser" || call.program == "pg_dropcluster" || call.program == "mysqladmin" && text.contains("DROP") {
            changes()
            find(.databaseDestroy, .ask, "\(call.shown) destroys data")
            return
        }
        if ["createdb", "createuser", "pg_createcluster", "pg_ctlcluster"].contains(call.program) { changes(); return }
        let words = text.split(whereSeparator: { !$0.isLetter && $0 != "_" }).map(String.init)
        let destroys =
            zip(words, words.dropFirst()).contains { $0 == "DROP" || $0 == "TRUNCATE" || ($0 == "DELETE" && $1 == "FROM" && !words.contains("WHERE")) } || words.contains("FLUSHALL")
            || words.contains("FLUSHDB") || words.contains("DROPDATABASE")
        if destroys { changes(); find(.databaseDestroy, .ask, "\(call.shown) destroys data") }
        if text.contains("COPY ") && text.contains("PROGRAM") || text.contains("\\!") || text.contains("SYSTEM ") && call.program.hasPrefix("m") {
            changes(); find(.unknownCode, .ask, "\(call.shown) may run a command")
        }
        let writes: Set<String> = ["CREATE", "ALTER", "INSERT", "UPDATE", "GRANT", "REVOKE", "COPY", "SET", "REINDEX", "VACUUM", "COMMENT", "DELETE", "CALL", "DO"]
        // A select changes nothing, whatever words it compares with.
        let first = call.value("-c", "-e", "--command", "--execute", "-XAtqc", "-XAtc", "-Atqc", "-Atc", "-tAc", "-qc")?.known?.uppercased() ?? ""
        if let verb = first.split(whereSeparator: { !$0.isLetter }).first, writes.contains(String(verb)) { changes() }
        if call.has("-f", "--file") || first.isEmpty && call.program != "redis-cli" { changes(); find(.unknownCode, .ask, "what \(call.program) would do stands in a file or comes from its input") }
    }

    mutating func containers() {
        let words = call.arguments.compactMap(\.known)
        let looks: Set<String> = [
            "ps", "images", "info", "version", "inspect", "logs", "stats", "top", "get", "describe", "list", "status", "diff", "port", "ls", "history", "show", "config", "explain", "api-resources",
        ]
        if let verb = call.verb(), looks.contains(verb) || (call.verb(1).map(looks.contains) ?? false) { return }
        changes()
        let isMass =
            words.contains { ["prune", "destroy", "uninstall", "drain"].contains($0) } || words.contains("delete") || words.contains("down") && call.has("-v", "--volumes")
            || (words.contains("rm") || words.contains("rmi") || words.contains("kill")) && (call.arguments.contains { $0.known == nil } || call.has("-v", "--volumes", "-a", "--all"))
            || words.contains("volume") && words.contains("rm")
            || words.contains("terminate-instances") || words.contains("delete-stack") || words.contains("rb")
        if isMass { find(.containerClusterDestroy, .ask, "\(call.shown) removes containers or their data") }
        if words.contains("--privileged") || words.contains(where: { $0.hasPrefix("/:") || $0.contains("docker.sock") || $0.hasPrefix("/etc:") }) || words.contains("--pid=host") {
            find(.containerClusterDestroy, .ask, "\(call.shown) reaches the host itself")
        }
    }

    mutating func interpreters() {
        let code = call.value("-c", "-e", "-E", "-r", "--eval", "-p", "-n")?.known
        switch call.program {
        case "awk", "gawk", "mawk":
            let program = call.operands.first?.known ?? ""
            if call.has("-f", "-i") || program.isEmpty { find(.unknownCode, .ask, "what \(call.program) would do can't be told from the text"); return }
            if program.contains("system") || program.contains("|") || program.contains("getline") || program.contains(">") && !program.contains(">=") && program.contains("print") { opaque(program) }
            return
        case "git":
            if ["status", "log", "diff", "show", "branch", "remote", "rev-parse", "ls-files", "describe"].contains(call.verb() ?? "") { return }
            changes()
            return
        case "vim", "vi": changes(); find(.unknownCode, .ask, "\(call.program) is not for unattended use"); return
        case "make", "go", "cargo", "npm", "pip", "pip3", "gcc":
            if call.has("--version") { return }
            changes()
            find(.unknownCode, .ask, "\(call.program) runs code that is not part of the plan")
            return
        default: break
        }
        if call.has("--version", "-V") && call.operands.isEmpty { return }
        if call.arguments.prefix(2).map(\.known) == ["-m", "json.tool"] { return }
        opaque(code ?? call.operands.map(\.shown).joined(separator: " "))
    }

    /// Code in a language that is not read here: its literals tell whether a person may be asked at all.
    private mutating func opaque(_ code: String) {
        changes()
        let isDestructive = ["rmtree", "unlink", "rename", "system", "exec", "popen", "subprocess", "kill", "socket", "rm -", "remove(", "/dev/sd", "/dev/nvme", "/etc/passwd", "/etc/shadow", "fork"]
            .contains { code.contains($0) }
        let namesTree = code.split(whereSeparator: { "\"'`()[],; ".contains($0) }).contains { $0.hasPrefix("/") && Paths.isProtectedTree(Word(known: String($0.prefix { $0 != "*" }))) }
        find(.unknownCode, isDestructive || namesTree ? .deny : .ask, "\(call.program) would run code that the guard does not read", instead: "use commands or a file action")
    }

    mutating func downloads() {
        let words = call.arguments.compactMap(\.known)
        let sends = words.contains {
            ["-d", "--data", "--data-binary", "--data-raw", "-F", "--form", "-T", "--upload-file", "--post-file", "--post-data", "--body-file"].contains($0) || $0.hasPrefix("--post-file=")
                || $0.hasPrefix("--data")
        }
        if sends { changes() }
        if let target = call.value("-o", "-O", "--output", "--output-document"), target.known != "-", target.known != "/dev/null" {
            if call.program == "curl", call.has("-O"), call.value("-o", "--output") == nil { changes() } else { writes(target) }
        } else if call.program == "wget", !call.has("--spider"), call.value("-O", "--output-document") == nil, !words.contains(where: { $0.hasPrefix("-qO-") || $0 == "-O-" }) {
            changes()
        }
        if call.has("-K", "--config"), call.program == "curl" { find(.unknownCode, .ask, "\(call.shown) reads its options from a file") }
    }

    mutating func servers() {
        if call.program == "nginx", call.has("-t", "-T", "-v", "-V") { return }
        if call.program.hasPrefix("apache"), ["configtest", "status", "fullstatus"].contains(call.verb() ?? "") || call.has("-t", "-S", "-v") { return }
        changes()
    }

    mutating func sshKeys() {
        if call.program == "ssh-keygen", call.has("-l", "-F", "-y", "-B") && !call.has("-R") { return }
        changes()
        if call.program == "ssh-copy-id" { find(.sshKeyTamper, .ask, "\(call.shown) adds a key that may log in") }
    }
}
