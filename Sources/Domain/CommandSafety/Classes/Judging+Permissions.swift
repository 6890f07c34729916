/// Modes, owners, attributes, mounts, devices.
extension Judging {
    private static let setUserID: Set<String> = ["sudo", "su", "passwd", "pkexec", "mount", "umount", "newgrp", "chsh", "gpasswd", "doas"]
    private static let interpreters: Set<String> = [
        "bash", "sh", "dash", "zsh", "python3", "perl", "ruby", "node", "php", "find", "vim", "awk", "cp", "tar", "env", "less", "nmap", "gdb", "tee", "dd", "cat", "nano", "busybox",
    ]

    mutating func modeChanged(_ value: Value, _ mode: Value, _ extent: Effect.Extent) {
        let text = mode.known ?? "?"
        let digits = text.allSatisfy(\.isNumber) ? text : ""
        let setsUser =
            digits.count == 4 && "4567".contains(digits.first ?? "0") || text.contains("u+s") || text.hasPrefix("+s") || text.contains("u=rws") || text.contains("a+s") || text.contains("ug+s")
            || text.contains("u+xs")
        let others = Int(String(digits.last ?? "0")) ?? 0, group = Int(String(digits.dropLast().last ?? "0")) ?? 0, owner = Int(String(digits.dropLast(2).last ?? "0")) ?? 0
        let opensRead =
            digits.isEmpty
            ? (text.contains("+r") || text.contains("o=r") || text.contains("a=r") || text.contains("+rw") || text == "?") && !text.hasPrefix("u+r") : others >= 4 || others > 0 && others != 1
        let opensWrite =
            digits.isEmpty
            ? text.contains("o+w") || text.contains("a+w") || text.contains("+w") && !text.hasPrefix("u") && !text.hasPrefix("g") || text.contains("a+rwx") || text.contains("o+rwx")
                || text.contains("ugo+rwx") || text.contains("=rwx") && !text.hasPrefix("u=") : [2, 3, 6, 7].contains(others)
        let closes =
            digits.isEmpty
            ? text.hasPrefix("-") || text.hasPrefix("a-") || text.hasPrefix("ugo-") || text == "a=" || text == "=" || text.hasPrefix("u-") || text.hasPrefix("o-rx") || text.hasPrefix("go-rx")
                || text.hasPrefix("o-x") || text.hasPrefix("+") && false || text.hasPrefix("ug-") : owner < 5 || others < 5
        for path in paths(value) {
            if path.form == .unknown {
                if extent != .itself || setsUser { find(.recursivePermissions, .ask, "what \(call.program) would change can't be told: \(value.display)") }
                continue
            }
            let name = path.known?.split(separator: "/").last.map(String.init) ?? ""
            if setsUser, extent == .itself || extent == .tree { find(.privilegeGrant, .ask, "mode \(text) lets everybody run \(value.display) as its owner") }
            for match in kinds(of: path) {
                let deny: Decision = match.isCertain ? .deny : .ask
                switch match.kind {
                case .protectedTree:
                    if path.known == "/mnt" || path.known == "/media" { continue }
                    if case .below(isFiltered: true) = extent {
                        find(.recursivePermissions, .ask, "\(call.program) below \(value.display), a protected tree")
                    } else if extent != .itself || path.isContents {
                        find(
                            .recursivePermissions, deny, "\(call.program)\(extent == .itself ? "" : ", recursive,") on \(value.display), a protected tree",
                            instead: "name the application's own directory")
                    } else if opensWrite && !text.hasPrefix("1") || digits == "000" || digits == "0" || Self.isShared(path.known ?? "") && closes {
                        find(.recursivePermissions, deny, "\(call.program) \(text) on \(value.display), a protected tree")
                    } else if text == "?" {
                        find(.recursivePermissions, .ask, "which mode \(value.display) would get can't be told")
                    }
                case .critical:
                    let isShadow = name.contains("shadow")
                    let isFine =
                        isShadow
                        ? ["640", "600", "0640", "0600", "400", "0400", "000", "0000", "o-rwx", "o-r", "go-rwx", "u=rw,g=r,o="].contains(text)
                        : ["644", "0644", "440", "0440", "u=rw,go=r", "755", "0755", "go-w", "o-w"].contains(text)
                    if !isFine { find(isShadow ? .recursivePermissions : .criticalFileClobber, deny, "\(call.program) \(text) on \(value.display), \(match.kind.words)") }
                case .sudoers:
                    if !["440", "0440", "400", "0400", "750", "0750", "755", "0755", "640", "600"].contains(text) {
                        find(.criticalFileClobber, deny, "\(call.program) \(text) on \(value.display): sudo would no longer read it")
                    }
                case .systemProgram, .core:
                    if extent != .itself || path.isContents {
                        find(.recursivePermissions, deny, "\(call.program) on \(value.display), a part of the system")
                    } else if Self.setUserID.contains(name), !setsUser, closes || !digits.isEmpty || text.contains("-s") {
                        find(.recursivePermissions, deny, "\(call.program) \(text) strips what \(name) needs to work")
                    } else if closes && digits != "755" && digits != "0755" {
                        find(.recursivePermissions, deny, "\(call.program) \(text) on \(value.display): it would no longer run")
                    }
                case .systemLibrary, .boot:
                    if extent != .itself || closes && !digits.hasSuffix("644") && !["600", "0600", "400", "700", "0700", "u-w", "go-rwx", "og-rwx"].contains(text) {
                        find(.recursivePermissions, deny, "\(call.program) \(text) on \(value.display), \(match.kind.words)")
                    }
                case .sshHostKey: if opensRead || opensWrite || digits == "000" { find(.sshServiceLockout, deny, "\(call.program) \(text) on \(value.display): sshd would not start with it") }
                case .authorizedKeys, .sshHome, .sshConfiguration:
                    if opensWrite || digits == "000" || digits == "0" || group == 7 || group == 6 {
                        find(.sshServiceLockout, deny, "\(call.program) \(text) on \(value.display): sshd would no longer accept it")
                    }
                case .secret: if opensRead { find(.secretExfiltration, .ask, "\(call.program) \(text) lets others read \(value.display)") }
                case .rawDevice, .containerSocket, .memoryDevice: if opensRead || opensWrite { find(.privilegeGrant, .ask, "\(call.program) \(text) lets others use \(value.display)") }
                case .cronJob, .cron, .systemUnit, .shellStartup: if opensWrite { find(.privilegeGrant, .ask, "\(call.program) \(text) lets others change \(value.display)") }
                case .systemLog, .loginRecord, .auditRules, .databaseData:
                    if digits == "000" || digits == "777" && match.kind != .databaseData { find(.logAuditWipe, .ask, "\(call.program) \(text) on \(value.display)") }
                default: break
                }
            }
        }
    }

    /// Directories that all accounts go through.
    private static func isShared(_ path: String) -> Bool {
        [
            "/", "/bin", "/sbin", "/lib", "/lib64", "/usr", "/usr/share", "/etc", "/dev", "/proc", "/sys", "/run", "/var", "/var/lib", "/home", "/usr/local", "/usr/local/bin", "/opt", "/srv",
            "/lib/x86_64-linux-gnu",
        ].contains(path)
    }

    mutating func ownerChanged(_ value: Value, _ owner: Value, _ extent: Effect.Extent) {
        let isRoot = owner.known.map { $0 == "root" || $0.hasPrefix("root:") || $0 == "0" || $0.hasPrefix("0:") || call.program == "chgrp" || $0.hasPrefix(":") } ?? false
        for path in paths(value) {
            if path.form == .unknown {
                if extent != .itself { find(.recursivePermissions, .ask, "what \(call.program) would change can't be told: \(value.display)") }
                continue
            }
            for match in kinds(of: path) {
                let deny: Decision = match.isCertain ? .deny : .ask
                switch match.kind {
                case .protectedTree:
                    if path.known == "/mnt" || path.known == "/media" { continue }
                    if let known = path.known, known.hasPrefix("/home/"), known.split(separator: "/").count == 2, extent != .below(isFiltered: false),
                        owner.known.map({ ($0.split(separator: ":").first.map(String.init) ?? "") == (known.split(separator: "/").last.map(String.init) ?? "?") }) ?? false
                    {
                        continue
                    }
                    if case .below(isFiltered: true) = extent {
                        find(.recursivePermissions, .ask, "\(call.program) below \(value.display), a protected tree")
                    } else if extent != .itself || path.isContents {
                        find(.recursivePermissions, deny, "\(call.program), recursive, on \(value.display), a protected tree", instead: "name the application's own directory")
                    } else if !isRoot, !(path.known?.hasPrefix("/home/") ?? false) {
                        find(.recursivePermissions, ["/opt", "/srv"].contains(path.known ?? "") ? .ask : deny, "\(call.program) gives \(value.display) to \(owner.display)")
                    }
                case .critical, .sudoers, .core, .sshHostKey, .sshConfiguration, .boot, .systemLibrary:
                    if !isRoot || extent != .itself && match.kind != .critical && match.kind != .sshConfiguration {
                        find(match.kind == .critical || match.kind == .sudoers ? .criticalFileClobber : .recursivePermissions, deny, "\(call.program) gives \(value.display) to \(owner.display)")
                    }
                case .systemProgram: if !isRoot { find(.recursivePermissions, deny, "\(call.program) gives \(value.display) to \(owner.display)") }
                case .sshHome, .authorizedKeys:
                    // Whose home it is may have it.
                    let name = owner.known?.split(separator: ":").first.map(String.init)
                    if let name, !isRoot, name != context.loginUser, let known = path.known, !known.contains("/\(name)/") {
                        find(.sshServiceLockout, .ask, "\(call.program) gives \(value.display) to \(owner.display): sshd would no longer accept it")
                    }
                case .rawDevice, .containerSocket, .memoryDevice: find(.privilegeGrant, .ask, "\(call.program) gives \(value.display) to \(owner.display)")
                case .cronJob, .shellStartup, .secret:
                    if !isRoot, match.kind != .secret || path.known?.hasPrefix("/etc/sh") ?? false { find(.privilegeGrant, .ask, "\(call.program) gives \(value.display) to \(owner.display)") }
                default: break
                }
            }
        }
    }

    mutating func attributesChanged(_ value: Value, _ what: String, _ extent: Effect.Extent) {
        for path in paths(value) {
            let name = path.known?.split(separator: "/").last.map(String.init) ?? ""
            if what.hasPrefix("capabilities") {
                let isPlain = what.contains("net_bind_service") || what.contains("net_raw")
                let others =
                    ["sys_admin", "setuid", "dac_", "all", "ptrace", "setgid", "chown", "fowner", "sys_module", "=ep", "sys_rawio"].contains(
                        where: what.replacing("net_bind_service", with: "").contains) && !(isPlain && !what.contains(","))
                if Self.interpreters.contains(name) || name.hasPrefix("python") || name.hasPrefix("perl") || others || !isPlain {
                    find(.privilegeGrant, .ask, "\(call.program) gives \(value.display) the \(what)")
                }
                continue
            }
            if path.form == .unknown {
                if extent != .itself { find(.recursivePermissions, .ask, "what \(call.program) would change can't be told") }
                continue
            }
            for match in kinds(of: path) {
                let deny: Decision = match.isCertain ? .deny : .ask
                let isFrozen = (what.hasPrefix("+") || what.hasPrefix("=")) && (what.contains("i") || what.contains("a"))
                switch match.kind {
                case .protectedTree:
                    if isFrozen || what.hasPrefix("?") && call.program == "chattr" {
                        find(.rootFilesystemRelocate, deny, "\(call.program) \(what) freezes \(value.display), a protected tree")
                    } else if call.program == "setfacl", extent != .itself || what.contains("rwx") || what.contains("---") {
                        find(.recursivePermissions, deny, "\(call.program) on \(value.display), a protected tree")
                    } else if call.program == "chcon", extent != .itself {
                        find(.recursivePermissions, deny, "\(call.program), recursive, on \(value.display)")
                    } else if call.program == "chattr", extent != .itself {
                        find(.rootFilesystemRelocate, .ask, "\(call.program) on \(value.display)")
                    }
                case .critical:
                    find(isFrozen ? .accountLockout : .recursivePermissions, isFrozen || call.program == "setfacl" ? deny : .ask, "\(call.program) \(what) on \(value.display), \(match.kind.words)")
                case .authorizedKeys, .sshConfiguration: if isFrozen { find(.sshKeyTamper, .ask, "\(call.program) \(what) on \(value.display)") }
                case .systemLog, .loginRecord, .auditRules: if what.hasPrefix("-") || isFrozen && what.contains("i") { find(.logAuditWipe, .ask, "\(call.program) \(what) on \(value.display)") }
                case .boot, .core: if isFrozen { find(.rootFilesystemRelocate, deny, "\(call.program) \(what) on \(value.display)") }
                case .resolver, .hosts, .preload: if isFrozen { find(.environmentHijack, .ask, "\(call.program) \(what) on \(value.display)") }
                case .secret: if call.program == "setfacl" { find(.secretExfiltration, .ask, "\(call.program) lets others read \(value.display)") }
                case .rawDevice: if call.program == "setfacl" { find(.privilegeGrant, .ask, "\(call.program) lets others use \(value.display)") }
                default: break
                }
            }
        }
    }

    // MARK: Mounts

    mutating func mounted(_ at: Value, _ source: Value?, _ options: String) {
        let isRemount = options.contains("remount")
        let parts = options.split(separator: ",")
        for path in paths(at) {
            if path.form == .unknown {
                find(.rootFilesystemRelocate, .ask, "what \(call.program) would cover can't be told")
                continue
            }
            for match in kinds(of: path) {
                let deny: Decision = match.isCertain ? .deny : .ask
                switch match.kind {
                case .protectedTree:
                    guard let known = path.known, known != "/mnt", known != "/media" else { continue }
                    if isRemount {
                        find(.rootFilesystemRelocate, parts.contains("ro") ? deny : .ask, "\(call.program) remounts \(at.display) with \(options)")
                    } else if source == nil, !parts.contains("bind") {
                        // What fstab says.
                        if !["/home", "/opt", "/srv", "/boot", "/var", "/var/lib", "/var/log"].contains(known) {
                            find(.rootFilesystemRelocate, .ask, "\(call.program) mounts over \(at.display), a protected tree")
                        }
                    } else {
                        let isDisk =
                            source?.prefix.hasPrefix("/dev/") ?? false || source?.prefix.contains(":/") ?? false || source?.prefix.hasPrefix("UUID=") ?? false
                            || source?.prefix.hasPrefix("LABEL=") ?? false
                        let isOften = ["/home", "/opt", "/srv", "/boot", "/var/lib", "/var/log", "/var"].contains(known) || known.hasPrefix("/home/")
                        find(.rootFilesystemRelocate, isDisk && isOften ? .ask : deny, "\(call.program) covers \(at.display), a protected tree")
                    }
                case .critical, .fileSystemTable, .sudoers, .core, .systemProgram: find(.rootFilesystemRelocate, deny, "\(call.program) covers \(at.display), \(match.kind.words)")
                case .boot: if path.known != "/boot" { find(.bootChainBreak, .ask, "\(call.program) mounts at \(at.display)") }
                case .sshConfiguration, .authorizedKeys, .hosts, .resolver: find(.environmentHijack, .ask, "\(call.program) covers \(at.display)")
                default: break
                }
            }
        }
    }

    mutating func unmounted(_ value: Value) {
        for path in paths(value) {
            if path.form == .unknown {
                find(.rootFilesystemRelocate, .ask, "what \(call.program) would take away can't be told")
                continue
            }
            for match in kinds(of: path) where match.kind == .protectedTree || match.kind == .boot {
                if path.known == "/mnt" || path.known == "/media" { continue }
                find(.rootFilesystemRelocate, match.isCertain && path.known.map { !$0.hasPrefix("/boot/") } ?? true ? .deny : .ask, "\(call.program) takes \(value.display) away, a protected tree")
            }
        }
    }

    // MARK: Devices

    mutating func device(_ effect: Effect) {
        switch effect {
        case .deviceWrite(let value):
            for path in paths(value) {
                if path.form == .unknown {
                    find(.rawDeviceWrite, .ask, "which device \(call.program) would write can't be told")
                } else if isDevice(path) {
                    find(.rawDeviceWrite, .deny, "\(call.program) overwrites \(value.display), a block device", instead: "have a person do this at the machine")
                }
            }
        case .makeFilesystem(let value):
            for path in paths(value) {
                if path.form == .unknown {
                    find(.makeFilesystem, .ask, "where \(call.program) would make a file system can't be told")
                } else if isDevice(path) {
                    find(.makeFilesystem, .deny, "\(call.program) makes a file system on \(value.display), or wipes it", instead: "have a person do this at the machine, or use an image file")
                }
            }
        case .volume(let value, let what, let isDestructive):
            guard isDestructive else { return }
            let resolved = paths(value)
            // A disk image that is a plain file.
            if let known = value.known, known.contains("."), !resolved.contains(where: isDevice),
                known.hasSuffix(".img") || known.hasSuffix(".raw") || known.hasSuffix(".qcow2") || known.hasSuffix(".iso")
            {
                return
            }
            find(.partitionVolumeDestroy, .deny, "\(what) (\(value.display))", instead: "have a person do this at the machine")
        default: break
        }
    }

    private func isDevice(_ path: ResolvedPath) -> Bool {
        if let known = path.known { return known.hasPrefix("/dev/") && !known.hasPrefix("/dev/shm/") || known == "/dev" }
        return kinds(of: path).contains { $0.kind == .rawDevice }
    }
}
