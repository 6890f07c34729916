/// Programs that change files, trees and devices.
enum FileRules {
    static let table: [([String], Rules.Rule)] = [
        (["rm", "unlink", "rmdir", "shred", "srm", "wipe"], { $0.removes() }),
        (["find"], { $0.finds() }),
        (["mv"], { $0.moves() }),
        (["cp", "install", "ln", "rsync", "scp"], { $0.copies() }),
        (["tee", "truncate", "touch", "mkdir", "mkfifo", "mknod", "split", "patch", "ed", "ex"], { $0.writesOperands() }),
        (["dd"], { $0.dd() }),
        (["sed"], { $0.sed() }),
        (["chmod", "chown", "chgrp", "setfacl", "chattr"], { $0.permissions() }),
        (["tar", "unzip", "cpio", "7z", "zip", "gzip", "gunzip", "xz", "bzip2"], { $0.archives() }),
        (["mkfs", "mke2fs", "mkswap", "wipefs", "mkdosfs", "blkdiscard", "hdparm", "nvme"], { $0.formats() }),
        (["fdisk", "sfdisk", "gdisk", "sgdisk", "parted", "cfdisk", "lvremove", "vgremove", "pvremove", "lvreduce", "mdadm", "cryptsetup", "zpool", "zfs", "btrfs"], { $0.partitions() }),
        (["mount", "umount", "pivot_root", "fsfreeze", "swapoff"], { $0.mounts() }),
        (["yes"], { $0.find(.resourceExhaustion, .ask, "yes writes without end") }),
    ]
}

extension Rules {
    mutating func removes() {
        changes()
        if call.program == "shred", let device = call.operands.first(where: { $0.known.map(Paths.isRawDevice) ?? false }) {
            find(.rawDeviceWrite, .deny, "\(call.shown) overwrites the device \(device.shown)")
        }
        if let tree = protectedOperand {
            find(.deleteSystemTree, .deny, "\(call.program) on \(DisplayText.escaped(tree.shown)), a protected tree", instead: "name the one directory that is to go, below it")
        }
        for word in call.operands { sensitiveRemoval(word) }
    }

    private mutating func sensitiveRemoval(_ word: Word) {
        guard let path = word.known else { return }
        let normal = Paths.normalised(path)
        if let (policyClass, decision) = Paths.sensitiveClass(path) {
            find(policyClass, decision == .ask ? .ask : .deny, "\(call.shown) removes \(DisplayText.escaped(normal))")
        } else if normal.hasPrefix("/var/log/") {
            find(.logAuditWipe, call.isRecursive ? .deny : .ask, "\(call.shown) removes logs")
        } else if normal.hasPrefix("/var/lib/postgresql") || normal.hasPrefix("/var/lib/mysql") || normal.hasPrefix("/var/lib/redis") || normal.hasPrefix("/var/lib/mongodb") {
            find(.databaseDestroy, .ask, "\(call.shown) removes a database's files")
        } else if normal.hasPrefix("/var/lib/docker") || normal.hasPrefix("/var/lib/kubelet") {
            find(.containerClusterDestroy, .ask, "\(call.shown) removes containers' data")
        } else if normal.hasPrefix("/var/lib/dpkg") || normal.hasPrefix("/var/lib/rpm") {
            find(.corePackageRemoval, .deny, "\(call.shown) removes the package database")
        }
    }

    mutating func finds() {
        guard call.has("-delete") || call.arguments.contains(where: { ["-delete", "-fprint", "-fls", "-fprintf"].contains($0.known) }) else { return }
        changes()
        let roots = call.arguments.prefix { !$0.prefix.hasPrefix("-") }
        if roots.isEmpty || roots.contains(where: Paths.isProtectedTree) {
            let isNarrow = call.arguments.contains { ["-name", "-iname", "-path", "-mtime", "-mmin"].contains($0.known) }
            let isTemporary = roots.contains { $0.known == "/var/cache" || $0.known == "/var/log" }
            find(.deleteSystemTree, isNarrow && isTemporary ? .ask : .deny, "find -delete from \(roots.first?.shown ?? "the working directory")", instead: "start below the protected tree")
        }
    }

    mutating func moves() {
        changes()
        let operands = call.operands
        for word in operands.dropLast() {
            if Paths.isProtectedTree(word) { find(.rootFilesystemRelocate, .deny, "mv takes away \(DisplayText.escaped(word.shown)), a protected tree") }
            if let path = word.known, Paths.isCritical(path) { find(.criticalFileClobber, .deny, "mv takes away \(path)") }
            if word.known == nil { sourceUnknown(word) }
        }
        writes(call.value("-t", "--target-directory") ?? operands.last)
    }

    private mutating func sourceUnknown(_ word: Word) {
        if Paths.isProtectedTree(word) { return }
        if word.prefix.hasPrefix("/etc/") { find(.criticalFileClobber, .ask, "mv takes away files of /etc by a pattern") }
    }

    mutating func copies() {
        let operands = call.operands
        if call.program == "rsync", call.has("--delete", "--delete-after", "--delete-before"), let target = operands.last, Paths.isProtectedTree(target) {
            find(.deleteSystemTree, .deny, "rsync --delete empties \(target.shown)")
        }
        if call.program == "ln", let target = operands.last, Paths.isProtectedTree(target), target.known != ".", operands.count > 1 {
            find(.rootFilesystemRelocate, .ask, "ln puts a link at \(target.shown)")
        }
        if call.program == "install", call.has("-m", "--mode"), let mode = call.value("-m", "--mode")?.known { setUserID(mode, operands.last) }
        // `cp x /etc/` puts x there under its own name.
        if let target = operands.last, let path = target.known, path.hasSuffix("/"), let source = operands.first?.known, operands.count > 1 {
            writes(Word(known: path + Paths.programName(source)))
        } else {
            writes(call.value("-t", "--target-directory") ?? operands.last)
        }
    }

    private mutating func setUserID(_ mode: String, _ target: Word?) {
        let isSet = mode.count == 4 && "4567".contains(mode.first ?? "0") || mode.contains("+s") || mode.contains("=s")
        if isSet { find(.privilegeGrant, .ask, "mode \(mode) gives \(target?.shown ?? "a file") its owner's power") }
    }

    mutating func writesOperands() {
        changes()
        for word in call.operands { writes(word) }
        if call.program == "truncate", let path = call.operands.last?.known, path.hasPrefix("/var/log/") { find(.logAuditWipe, .deny, "\(call.shown) empties a log") }
    }

    mutating func dd() {
        for word in call.arguments {
            guard let text = word.known else {
                find(.unknownCode, .deny, "what dd would write can't be told from the text")
                continue
            }
            if text.hasPrefix("of=") { writes(Word(known: String(text.dropFirst(3)))) }
        }
        let unbounded =
            call.arguments.contains { ["if=/dev/zero", "if=/dev/urandom", "if=/dev/random"].contains($0.known) }
            && !call.arguments.contains { $0.prefix.hasPrefix("count=") }
        if unbounded, call.arguments.contains(where: { $0.prefix.hasPrefix("of=") && $0.known != "of=/dev/null" }) {
            find(.resourceExhaustion, .deny, "dd without count= writes until the disk is full", instead: "say count=")
        }
    }

    mutating func sed() {
        guard call.has("-i", "--in-place") else { return }
        changes()
        let hasScript = call.has("-e", "-f", "--expression", "--file")
        for word in call.operands.dropFirst(hasScript ? 0 : 1) { writes(word) }
    }

    mutating func permissions() {
        changes()
        let targets = call.operands.dropFirst()
        if call.isRecursive, let tree = targets.first(where: Paths.isProtectedTree) {
            find(.recursivePermissions, .deny, "\(call.program) goes through all of \(DisplayText.escaped(tree.shown)), a protected tree", instead: "name the one directory that it is about")
        }
        for word in targets {
            guard let path = word.known else { continue }
            let normal = Paths.normalised(path)
            if Paths.isCritical(normal) || Paths.isSecret(normal) || ["/bin/sudo", "/bin/su"].contains(normal) {
                find(.recursivePermissions, .deny, "\(call.shown) changes who may use \(normal)")
            } else if Paths.isProtectedTree(word) || normal.hasPrefix("/etc/ssh") || Paths.programName(normal) == "authorized_keys" {
                find(.recursivePermissions, .ask, "\(call.shown) changes who may use \(normal)")
            }
            if call.program == "chmod" { setUserID(call.operands.first?.known ?? "", word) }
            if call.program == "chattr", call.arguments.first?.known?.contains("i") == true, Paths.isProtectedTree(word) {
                find(.rootFilesystemRelocate, .deny, "\(call.shown) makes a protected tree immutable")
            }
        }
    }

    mutating func archives() {
        let isExtract = call.has("-x", "--extract", "--get") || call.program == "unzip" || call.arguments.first?.known?.hasPrefix("x") == true
        let lists = call.has("-t", "--list", "-l")
        if !lists { changes() }
        if call.has("--remove-files"), protectedOperand != nil { find(.deleteSystemTree, .deny, "tar --remove-files deletes what it has packed") }
        if isExtract, let target = call.value("-C", "--directory", "-d"), Paths.isProtectedTree(target) {
            find(.environmentHijack, .ask, "\(call.shown) unpacks over \(target.shown)")
        }
    }

    mutating func formats() {
        changes()
        if call.program == "wipefs", !call.has("-a", "--all", "-o") { outcome.changes = false; return }
        if call.program == "hdparm" || call.program == "nvme" {
            if call.has("--security-erase") || call.verb() == "format" || call.verb() == "sanitize" { find(.rawDeviceWrite, .deny, "\(call.shown) erases a device") }
            return
        }
        let onDevice = call.operands.contains { $0.known.map { $0.hasPrefix("/dev/") } ?? true }
        find(.makeFilesystem, onDevice || call.operands.isEmpty ? .deny : .ask, "\(call.shown) makes a file system", instead: onDevice ? "have a person do this at the machine" : "")
    }

    mutating func partitions() {
        let looks: Set<String> = ["list", "status", "show", "get", "scrub", "-l", "--list", "print", "--detail", "-D", "--examine", "--print", "-p", "luksDump", "df", "usage", "iostat"]
        if call.arguments.contains(where: { looks.contains($0.known ?? "") }) { return }
        changes()
        find(.partitionVolumeDestroy, .deny, "\(call.shown) changes partitions or volumes", instead: "have a person do this at the machine")
    }

    mutating func mounts() {
        if call.program == "mount", call.arguments.isEmpty || call.has("--version") { return }
        changes()
        if call.program == "fsfreeze" || call.program == "pivot_root" {
            find(.rootFilesystemRelocate, .deny, "\(call.shown) stops or moves the root file system")
        } else if let target = call.operands.last, Paths.isProtectedTree(target), target.known?.hasPrefix("/dev") != true, target.known?.hasPrefix("/mnt") != true {
            find(.rootFilesystemRelocate, .deny, "\(call.shown) covers or takes away \(target.shown)")
        } else if call.program == "umount", call.has("-a") {
            find(.rootFilesystemRelocate, .deny, "umount -a takes all file systems away")
        }
    }
}
