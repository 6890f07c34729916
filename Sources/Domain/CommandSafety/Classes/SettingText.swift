/// What lines that are written into settings mean, by their words.
enum SettingText {
    /// Of a sed script only what it puts in counts; of other text all.
    static func written(bySed text: String, _ how: Effect.WriteKind) -> String {
        guard how == .edit else { return text }
        var found = ""
        for line in text.split(separator: "\n") {
            guard let start = line.firstIndex(of: "s"), line.index(after: start) < line.endIndex else {
                found += line + "\n"
                continue
            }
            let delimiter = line[line.index(after: start)]
            let parts = line[line.index(after: start)...].split(separator: delimiter, omittingEmptySubsequences: false)
            found += !delimiter.isLetter && !delimiter.isNumber && parts.count >= 3 ? parts[2] + "\n" : line + "\n"
        }
        return found
    }

    static func namesOpenPlace(_ text: String) -> Bool { ["/tmp", "/var/tmp", "/dev/shm", "/home/"].contains(where: text.contains) }

    /// Startup code that nobody plants for a good reason.
    static func isPlantedBadly(_ text: String) -> Bool {
        let bare = text.lowercased()
        if bare.contains("/dev/tcp/") || bare.contains("nc -e") || bare.contains("ncat -e") || bare.contains("bash -i") || bare.contains("base64 -d") && bare.contains("sh")
            || bare.contains("mkfifo") && bare.contains("nc ")
        {
            return true
        }
        let fetches = bare.contains("curl ") || bare.contains("wget ")
        if fetches, ["| sh", "|sh", "| bash", "|bash", "| sudo", "$(curl", "$(wget", "| python", "|python"].contains(where: bare.contains) { return true }
        if bare.contains("rm -rf /") && ["rm -rf /;", "rm -rf / ", "rm -rf /*", "rm -rf /\n", "rm -rf /etc", "rm -rf /usr", "rm -rf /var "].contains(where: (bare + "\n").contains) { return true }
        for mark in ["execstart=", "execstartpre=", "run+=\"", "* * * * ", "exec ", "\n", "@reboot ", "|"] where bare.contains(mark) {
            for place in ["/tmp/", "/var/tmp/", "/dev/shm/"]
            where bare.contains(mark + place) || bare.contains(mark + "root " + place) || bare.contains(mark + "/bin/sh " + place) || bare.contains(mark + "/bin/bash " + place)
                || bare.contains(mark + "root /bin/sh " + place) || bare.contains(mark + "root bash " + place) || bare.contains(mark + "bash " + place) || bare.contains(mark + "sh " + place)
                || bare.contains(mark + "* " + place)
            { return true }
        }
        return bare.hasPrefix("/tmp/") || bare.hasPrefix("/dev/shm/") || bare.hasPrefix("/var/tmp/") || bare.contains("chmod u+s /bin") || bare.contains("chmod +s /bin")
            || bare.contains("chmod 4755 /bin")
    }

    /// Lines of a shell's start that change what programs are.
    static func changesPrograms(_ text: String) -> Bool {
        if ["LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "BASH_ENV", "PROMPT_COMMAND", "PS4", "() {", "(){", "trap ", "PYTHONSTARTUP", "function ", "eval ", "curl ", "wget ", "source /tmp", ". /tmp"]
            .contains(where: text.contains)
        {
            return true
        }
        for line in text.split(whereSeparator: { $0 == "\n" || $0 == ";" }) {
            let words = line.trimmingPrefix("export ").trimmingPrefix(" ")
            if words.hasPrefix("PATH=") {
                let value = words.dropFirst(5).filter { $0 != "\"" && $0 != "'" }
                let first = value.prefix { $0 != ":" }
                if namesOpenPlace(String(value)) && !value.contains("/.local/bin") || first.isEmpty || first == "." || value.hasSuffix(":.") || value.contains(":.:") { return true }
            }
            if words.hasPrefix("alias ") {
                let body = words.dropFirst(6)
                let name = String(body.prefix { $0 != "=" })
                let value = body.drop { $0 != "=" }.dropFirst().filter { $0 != "\"" && $0 != "'" }
                let first = value.prefix { $0 != " " }
                if Programs.knows(name), first != name { return true }
                if ["sudo", "su", "ssh", "passwd"].contains(name) { return true }
            }
        }
        return false
    }

    static func turnsOffSignatures(_ text: String) -> Bool {
        let bare = text.lowercased().filter { $0 != " " && $0 != "\"" }
        return [
            "gpgcheck=0", "gpgcheck=false", "gpgcheck=no", "trusted=yes", "allowunauthenticatedtrue", "allowunauthenticated1", "allowinsecurerepositoriestrue", "siglevel=never",
            "allowunauthenticated=true", "verify-peerfalse", "trusted-host=", "strict-ssl=false", "sslverify=0", "sslverify=false", "allowdowngradetoinsecurerepositoriestrue", "allow-insecure=yes",
        ].contains(where: bare.contains)
    }

    /// Lines of hosts.deny that close the way in.
    static func deniesSSH(_ text: String) -> Bool {
        let bare = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.joined(separator: "\n").filter { $0 != " " && $0 != "\t" }
        return bare.contains("all:") || bare.contains("sshd:all") || bare.contains("sshd:0.0.0.0") || bare.contains("sshd:*")
    }

    /// `http://203.0.113.9/…`: a host without a name, over a line without protection.
    static func namesBareAddress(_ text: String) -> Bool {
        text.lowercased().split(separator: "http://").dropFirst().contains { rest in
            let host = rest.prefix { $0 != "/" && $0 != ":" && !$0.isWhitespace }
            return host.split(separator: ".").count == 4 && host.allSatisfy { $0.isNumber || $0 == "." } && !host.hasPrefix("10.") && !host.hasPrefix("192.168.") && !host.hasPrefix("127.")
        }
    }

    static func hasHook(_ text: String) -> Bool { text.contains("Pre-Invoke") || text.contains("Post-Invoke") || text.contains("Pre-Install-Pkgs") }

    static func weakensBoot(_ text: String) -> Bool {
        ["selinux=0", "apparmor=0", "mitigations=off", "nokaslr", "enforcing=0", "audit=0", "module.sig_enforce=0", "lockdown=none", "nopti", "spectre_v2=off", "noexec=off"].contains(
            where: text.contains)
    }

    private static func settings(_ text: String) -> [String] {
        text.split(whereSeparator: { $0 == "\n" || $0 == "/" || $0 == ";" || $0 == "|" && false }).map { line in line.filter { $0 != " " && $0 != "\"" && $0 != "'" && $0 != "\t" } }
    }
    static func weakensKernel(_ text: String) -> Bool { settings(text).contains(where: KernelSettings.weakens) }
    static func reachesKernel(_ text: String) -> Bool { settings(text).contains(where: KernelSettings.reachesKernel) }
}
