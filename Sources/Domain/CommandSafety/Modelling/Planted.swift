/// Code inside files that something else runs later: cron, systemd, login shells, udev.
enum Planted {
    static func code(_ path: String, _ value: Value) -> [Value] {
        if path == "/etc/crontab" || path.hasPrefix("/etc/cron.d/") { return crontab(value, hasUser: true) }
        if path.hasPrefix("/var/spool/cron/") { return crontab(value, hasUser: false) }
        if isScript(path) { return [value] }
        if path.hasPrefix("/etc/supervisor") || path.hasPrefix("/etc/supervisord.d/") { return settings(value, named: "command") }
        if path.contains("/systemd/"), let dot = path.lastIndex(of: "."), units.contains(String(path[dot...])) { return unit(value) }
        if path.contains("/udev/rules.d/") || path.contains("/etc/logrotate.d/") || path.hasPrefix("/etc/apt/apt.conf.d/") || path == "/etc/inittab" { return quoted(value) }
        return []
    }

    private static let units: Set<String> = [".service", ".socket", ".conf", ".timer", ".path", ".mount"]

    private static func isScript(_ path: String) -> Bool {
        let folders = [
            "/etc/cron.hourly/", "/etc/cron.daily/", "/etc/cron.weekly/", "/etc/cron.monthly/", "/etc/init.d/", "/etc/profile.d/", "/etc/update-motd.d/", "/etc/network/if-up.d/",
            "/etc/network/if-down.d/", "/etc/network/if-pre-up.d/", "/etc/network/if-post-down.d/", "/etc/NetworkManager/dispatcher.d/", "/etc/rc", "/etc/dhcp/dhclient-exit-hooks.d/",
            "/etc/kernel/postinst.d/", "/usr/lib/systemd/system-sleep/", "/usr/lib/systemd/system-shutdown/", "/etc/grub.d/", "/etc/X11/Xsession.d/",
        ]
        let names: Set<String> = [".bashrc", ".bash_profile", ".profile", ".bash_login", ".bash_logout", ".zshrc", ".zshenv", ".zprofile", ".xinitrc", ".xsession", "bash.bashrc", "rc.local"]
        return folders.contains(where: path.hasPrefix) || path == "/etc/profile" || path == "/etc/environment" || names.contains(LexicalPath.name(path))
    }

    private static func lines(_ value: Value) -> [Text] {
        value.texts.flatMap { text -> [Text] in
            var lines: [Text] = [.empty]
            for piece in text.pieces {
                guard case .known(let known) = piece else {
                    lines[lines.count - 1].append(piece)
                    continue
                }
                for (index, part) in known.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                    if index > 0 { lines.append(.empty) }
                    lines[lines.count - 1].append(.known(String(part)))
                }
            }
            return lines.filter { !$0.isEmpty && !$0.prefix.trimmed.hasPrefix("#") }
        }
    }

    static func crontab(_ value: Value, hasUser: Bool) -> [Value] {
        lines(value).compactMap { line in
            if line.pieces == [.unknown] { return .unknown }
            var head = line.prefix[...]
            head = head.drop(while: \.isWhitespace)
            // A variable of cron.
            if let equals = head.firstIndex(of: "="), head[..<equals].allSatisfy({ $0.isLetter || $0 == "_" || $0 == " " }) { return nil }
            for _ in 0..<((head.hasPrefix("@") ? 1 : 5) + (hasUser ? 1 : 0)) {
                head = head.drop { !$0.isWhitespace }.drop(while: \.isWhitespace)
            }
            let taken = line.prefix.utf8.count - head.utf8.count
            let command = line.dropping(bytes: taken)
            // What stands behind a percent sign is its input.
            return command.isEmpty ? line.pieces.count > 1 ? .unknown : nil : Value([command])
        }
    }

    /// `Exec…=` lines of a unit, without the signs before the program.
    static func unit(_ value: Value) -> [Value] {
        lines(value).compactMap { line in
            if line.pieces.first == .unknown { return nil }
            let text = line.prefix.trimmed
            guard text.hasPrefix("Exec"), let equals = line.prefix.firstIndex(of: "=") else { return nil }
            let behind = line.prefix[line.prefix.index(after: equals)...]
            let command = behind.drop { "-@:+!| \t".contains($0) }
            let rest = line.dropping(bytes: line.prefix.utf8.count - command.utf8.count)
            return rest.isEmpty ? nil : Value([rest])
        }
    }

    /// `command=…` of programs that are started and watched.
    private static func settings(_ value: Value, named name: String) -> [Value] {
        lines(value).compactMap { line in
            guard line.prefix.trimmed.hasPrefix(name), let equals = line.prefix.firstIndex(of: "=") else { return nil }
            let rest = line.dropping(bytes: line.prefix[...equals].utf8.count)
            return rest.isEmpty ? nil : Value([rest])
        }
    }

    /// `RUN+="…"` and the like.
    private static func quoted(_ value: Value) -> [Value] {
        lines(value).compactMap { line in
            guard let known = line.known, known.contains("RUN") || known.contains("Invoke") || known.contains("PROGRAM"), let open = known.firstIndex(of: "\""),
                let close = known.lastIndex(of: "\""), open < close
            else { return nil }
            let places = ["RUN", "Invoke", "PROGRAM"].compactMap { known.firstRange(of: $0)?.lowerBound }
            guard let start = places.min(), let first = known[start...].firstIndex(of: "\""), first < close else { return nil }
            return Value(String(known[known.index(after: first)..<(known[known.index(after: first)...].firstIndex(of: "\"") ?? close)]))
        }
    }
}
