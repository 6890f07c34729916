/// Disks, partitions, volumes, file systems.
enum DevicePrograms {
    private static let grow = "grows or makes a volume"

    static let table: [ProgramSpec] = [
        ProgramSpec(
            "mkfs mkfs.* mke2fs mkdosfs mkntfs mkudffs mkfs_msdos mkreiserfs mkswap mkexfatfs newfs newfs_*",
            options: "-t/--type= -L/--label= -U/--uuid= -b= -i= -N= -m= -E= -O= -F? -f? -n= -s= -d= -I= -J= -G= -l= -S= -M= -c -q -v -p= -r= -T= -a -K -C",
            examples: ["mkfs.ext4 /dev/vda1 -> format /dev/vda1", "mkswap /swap.img -> format /swap.img", "mkfs -t xfs -f /dev/sdb -> format /dev/sdb"]
        ) { $0.formats() },
        ProgramSpec(
            "wipefs", options: "-a/--all -o/--offset= -t/--types= -f/--force -n/--no-act -b -q -i/--noheadings -J -O/--output=", looks: "-n",
            examples: ["wipefs --all --force /dev/sda -> format /dev/sda", "wipefs /dev/sda ->"]
        ) { r in if r.has("-a", "-o", "-t") || r.isUncertain { r.formats() } },
        ProgramSpec("blkdiscard sg_format sg_sanitize scrub badblocks nwipe dban sg_unmap sg_write_same", options: "-o= -l= -p= -n -w -b= -s -v") { r in
            if r.call.program == "badblocks", !r.has("-w", "-n") { return }
            for operand in r.operands { r.add(r.call.program == "scrub" ? .write(operand, .edit, content: nil) : .deviceWrite(operand)) }
        },
        ProgramSpec("hdparm", options: "-S= -B= -M=", longDashes: true) { r in
            if r.words.contains(where: {
                $0.hasPrefix("--security-") || $0 == "--trim-sector-ranges" || $0 == "--write-sector" || $0 == "--make-bad-sector" || $0 == "--fwdownload" || $0.hasPrefix("--yes-i-know")
                    || $0 == "--dco-restore" || $0.hasPrefix("-N") || $0 == "--repair-sector"
            }) {
                r.devices()
            } else if r.words.contains(where: { $0.hasPrefix("-S") || $0.hasPrefix("-W") || $0 == "-y" || $0 == "-Y" }) {
                r.add(.change(what: "sets up a disk"))
            }
        },
        ProgramSpec("nvme", options: "-n= -s= -l= -f= --force") { r in
            switch r.verb {
            case "format", "sanitize", "write", "write-zeroes", "write-uncor", "dsm", "delete-ns", "fw-download", "fw-commit", "fw-activate", "security-send", "zns", "resv-release", "reset",
                "subsystem-reset", "admin-passthru", "io-passthru", "create-ns", "detach-ns", nil:
                r.devices()
            default: break
            }
        },
        ProgramSpec("smartctl", options: "-t= -s= -d= -l= -o= -S=") { r in if r.has("-t", "-s", "-o", "-S") { r.add(.change(what: "tests or sets up a disk")) } },
        ProgramSpec(
            "fdisk cfdisk gdisk sfdisk sgdisk cgdisk",
            options:
                "-l/--list -d/--dump -p/--print -i= -n= -t= -c= -N= -o -Z -z -J/--json -V -v/--verify -s/--show-size -x/--list-details -F/--list-free -r/--reorder -P/--pretend -e -g -L= -O= -u= -b= -w= -W= -X= -Y= --delete --wipe= --append --part-type --zap-all --clear --zap --new= --typecode= --change-name= --delete= --dump --backup= -R= -G --load-backup= -a -f/--force -q/--quiet --no-reread --id --activate --relocate= --disk-id --label= -A",
            examples: ["fdisk -l /dev/vda ->", "sgdisk --zap-all /dev/sdb -> volume! /dev/sdb"]
        ) { $0.partitions() },
        ProgramSpec("parted", options: "-s/--script -l/--list -m/--machine -a/--align= -f/--fix", examples: ["parted --script /dev/vda mklabel msdos -> volume! /dev/vda"]) { $0.parted() },
        ProgramSpec("partprobe partx kpartx blockdev growpart", options: "-a/--add -d/--delete -u/--update -s/--show -l -n=") { r in
            if r.call.program == "blockdev", !r.hasWord("--setro", "--setrw", "--flushbufs", "--rereadpt", "--setra", "--setbsz") { return }
            // `partprobe -d` only tries.
            if r.call.program == "partprobe", r.has("-d") { return }
            if r.call.program == "blockdev", r.hasWord("--setro") {
                r.add(.volume(r.operands.last ?? .unknown, what: "sets a device read-only", isDestructive: true))
            } else {
                r.add(r.has("-d") ? .volume(r.operands.first ?? .unknown, what: "takes partitions away", isDestructive: true) : .change(what: "has partitions read anew"))
            }
        },
        ProgramSpec(
            "lvremove vgremove pvremove lvreduce vgreduce vgsplit vgmerge pvcreate vgcfgrestore lvconvert pvmove vgexport  vgimportclone", options: "-L= -l= -n= -f= -y -t/--test", looks: "-t",
            examples: ["lvremove -y /dev/vg0/root -> volume! /dev/vg0/root"]
        ) { r in
            let isGrowing = ["lvconvert", "pvmove", "vgmerge"].contains(r.call.program) && !r.hasWord("--merge", "--splitmirrors")
            r.add(.volume(r.operands.first ?? .unknown, what: "\(r.call.program) removes or re-makes volumes", isDestructive: !isGrowing))
        },
        ProgramSpec(
            "lvresize resize2fs xfs_growfs lvextend vgextend pvresize lvcreate vgcreate lvrename vgrename lvchange vgchange pvchange btrfstune tune2fs e2label xfs_admin fsck fsck.* e2fsck xfs_repair debugfs ntfsresize swaplabel fatlabel dosfslabel zerofree fstrim e4defrag ntfsfix xfs_metadump xfs_db btrfsck resize.f2fs dumpe2fs",
            options:
                "-L= -l= -n= -s= -p -f -M -y -r -a? -i= -I= -O= -o= -U= -c= -C= -m= -j= -R= -w -t= -T= -d= -D= -e= -u= -b= -E= -B= -g= -k= --setphysicalvolumesize= --size= --extents= -A? -K= -q -v -Z= -W= -V="
        ) { $0.volumes() },
        ProgramSpec("lvs vgs pvs lvdisplay vgdisplay pvdisplay lvscan vgscan pvscan lvmdump lvmdiskscan vgck pvck  dmstats"),
        ProgramSpec("lvm", stopsAtOperand: true) { $0.inner() },
        ProgramSpec("dmsetup", options: "-c -C --noheadings -o= -f/--force -r") { r in
            switch r.verb {
            case "ls", "info", "status", "table", "deps", "targets", "version", "splitname", "": break
            default: r.add(.volume(r.operands.dropFirst().first ?? .unknown, what: "dmsetup \(r.verb ?? "?")", isDestructive: true))
            }
        },
        ProgramSpec(
            "mdadm",
            options:
                "-D/--detail -E/--examine -Q/--query -s/--scan -S -C/--create -A/--assemble -G/--grow -F/--follow/--monitor -r/--remove -f/--fail -a/--add -n/--raid-devices= -l/--level= -x= -R/--run --zero-superblock --stop --re-add --replace -z/--size= -b/--bitmap= -c= -e= -N= -o/--readonly -w --wait -W -X -B/--build --detail-platform -I --kill-subarray= --set-faulty --misc -v -q -t/--test"
        ) { r in
            let target = r.operands.first ?? .unknown
            if r.has("-S", "--stop", "-C", "--zero-superblock", "-r", "-f", "-B", "--kill-subarray", "-o", "--set-faulty")
                || r.has("-G") && (r.value("-z")?.known.map({ $0 != "max" }) ?? false || r.wholeText.contains("--array-size"))
            {
                r.add(.volume(target, what: "mdadm stops, makes or breaks an array", isDestructive: true))
            } else if r.has("-D", "-E", "-Q", "-X", "-W", "--wait", "--detail-platform") {
                return
            } else if r.has("-A", "-G", "-a", "--re-add", "--replace", "-I", "-R", "-w") || r.hasWord("--add") {
                r.add(.volume(target, what: "mdadm adds or grows", isDestructive: false))
            }
        },
        ProgramSpec("cryptsetup veritysetup integritysetup", options: "-c= -s= -h= -d/--key-file= -S= -q/--batch-mode --type= -y --header= -i= -l= -o= --new-keyfile= --key-slot= -n=") { r in
            switch r.verb {
            case "luksDump", "status", "isLuks", "benchmark", "luksUUID", "", "luksHeaderBackup", "repair.test", "dump": if r.verb == "luksHeaderBackup" { r.add(.change(what: "saves a LUKS header")) }
            case "open", "luksOpen", "close", "luksClose", "resize", "plainOpen", "create.open", "remove.close":
                r.add(.volume(r.operands.dropFirst().first ?? .unknown, what: "cryptsetup \(r.verb ?? "?")", isDestructive: false))
            case "luksAddKey", "luksChangeKey": r.add(.volume(r.operands.dropFirst().first ?? .unknown, what: "changes a LUKS key", isDestructive: r.verb == "luksChangeKey"))
            default: r.add(.volume(r.operands.dropFirst().first ?? .unknown, what: "cryptsetup \(r.verb ?? "?")", isDestructive: true))
            }
        },
        ProgramSpec("zpool", options: "-f -o= -O= -H -v -p -n -R= -d= -t= -m=") { r in
            switch r.verb {
            case "list", "status", "get", "iostat", "history", "events", "version", "wait", "": break
            case "scrub", "add", "online", "attach", "upgrade", "import", "set", "trim", "resilver", "sync", "reopen", "replace", "clear", "checkpoint":
                r.add(.volume(r.operands.dropFirst().first ?? .unknown, what: "zpool \(r.verb ?? "")", isDestructive: false))
            default: r.add(.volume(r.operands.dropFirst().first ?? .unknown, what: "zpool \(r.verb ?? "?")", isDestructive: true))
            }
        },
        ProgramSpec("zfs", options: "-r -R -f -o= -H -p -t= -s= -S= -V= -n -v -d= -x= -i= -I= -u") { r in
            switch r.verb {
            case "list", "get", "diff", "holds", "userspace", "groupspace", "version", "send", "", "bookmark", "hold": break
            case "destroy", "rollback", "receive", "recv", "unload-key", "change-key", "unmount", "umount", "inherit", nil, "promote", "release":
                if r.has("-n"), r.verb == "destroy" { return }
                r.add(.volume(r.operands.dropFirst().first ?? .unknown, what: "zfs \(r.verb ?? "?")", isDestructive: true))
            case "set":
                r.add(
                    .volume(
                        r.operands.last ?? .unknown, what: "zfs set", isDestructive: r.wholeText.contains("readonly=on") || r.wholeText.contains("mountpoint=") || r.wholeText.contains("canmount=off"))
                )
            default: r.add(.volume(r.operands.dropFirst().first ?? .unknown, what: "zfs \(r.verb ?? "")", isDestructive: false))
            }
        },
        ProgramSpec("btrfs", options: "-f -d= -m= -c= -R -v -r -p=") { r in
            let verbs = [r.verb ?? "?", r.word(1) ?? "?"]
            let target = r.operands.last ?? .unknown
            if "subvolume".hasPrefix(verbs[0]), verbs[0].count >= 2 {
                if ["delete", "set-default"].contains(verbs[1]) || verbs[1] == "?" {
                    r.add(.volume(target, what: "btrfs subvolume \(verbs[1])", isDestructive: true))
                } else if ["create", "snapshot", "sync"].contains(verbs[1]) {
                    r.add(.volume(target, what: "btrfs \(verbs[1])", isDestructive: false))
                }
            } else if verbs[0] == "device" || verbs[0] == "replace" {
                if ["remove", "delete", "start", "cancel"].contains(verbs[1]) {
                    r.add(.volume(target, what: "btrfs device \(verbs[1])", isDestructive: true))
                } else if verbs[1] == "add" {
                    r.add(.volume(target, what: "btrfs device add", isDestructive: false))
                }
            } else if verbs[0].hasPrefix("fi") {
                if verbs[1] == "resize" {
                    r.add(.volume(target, what: "btrfs resize", isDestructive: !(r.word(2)?.hasPrefix("+") ?? false || r.word(2) == "max")))
                } else if ["label", "defragment", "sync"].contains(verbs[1]) {
                    r.add(.change(what: "btrfs \(verbs[1])"))
                }
            } else if ["check", "rescue", "restore"].contains(verbs[0]) {
                if r.words.contains(where: { ["--repair", "--init-csum-tree", "--init-extent-tree", "zero-log", "--clear-space-cache"].contains($0) }) {
                    r.add(.volume(target, what: "btrfs \(verbs[0])", isDestructive: true))
                }
            } else if verbs[0] == "property", r.wholeText.contains("ro true") {
                r.add(.relocate(what: "btrfs property makes \(r.word(2) ?? "a subvolume") read-only"))
            } else if ["balance", "scrub", "quota", "qgroup", "property", "receive"].contains(verbs[0]) {
                r.add(.change(what: "btrfs \(verbs[0])"))
            }
        },
        ProgramSpec("multipath multipathd iscsiadm targetcli rbd ceph drbdadm drbdsetup", options: "-m= -T= -p= -o= -F -f -u -l -ll -r -w= -W -C= -n= -v=") { r in
            let words = Set(r.words)
            let bad = [
                "rm", "remove", "delete", "purge", "-F", "--logout", "-u", "destroy", "zap", "down", "wipe-md", "create-md", "clearconfig", "resize", "out", "--logoutall=all", "wipe", "secondary",
                "invalidate", "lost", "disconnect", "detach",
            ]
            if bad.contains(where: words.contains) {
                r.add(.volume(r.operands.last ?? .unknown, what: "\(r.call.program) removes or cuts storage", isDestructive: true))
            } else if words.isDisjoint(with: ["ls", "status", "-l", "-ll", "info", "show", "health", "df", "-s", "tree", "osd", "session", "list", "get"]) {
                r.add(.change(what: "sets up storage"))
            }
        },
        ProgramSpec("losetup", options: "-d/--detach= -D/--detach-all -f/--find -P -o= -a/--all -j= -l/--list -r --show", looks: "-a -l -j") { r in
            if !r.operands.isEmpty || r.has("-d", "-D", "-f") { r.add(.change(what: "sets up a loop device")) }
        },
        ProgramSpec("qemu-img", options: "-f= -O= -o= -b= -F= -p") { r in
            switch r.verb {
            case "info", "check", "compare", "map", "measure": break
            case "dd": for word in r.words where word.hasPrefix("of=") { r.add(.write(Value(String(word.dropFirst(3))), .replace, content: nil)) }
            case "convert": if let target = r.operands.last { r.add(.write(target, .replace, content: nil)) }
            default: if let target = r.operands.dropFirst().first { r.add(.write(target, .replace, content: nil)) }
            }
        },
        ProgramSpec("testdisk photorec mtx mt megacli storcli storcli64 perccli ssacli hpssacli arcconf sas3ircu tw_cli dmraid  MegaCli MegaCli64", options: "") { r in
            let text = r.wholeText.lowercased()
            if ["del", "init", "clear", "clr", "erase", "offline", "rewind", "format", "delete"].contains(where: text.contains), !text.contains("show") {
                r.add(.volume(.unknown, what: "\(r.call.program) changes a RAID set", isDestructive: true))
            }
        },
    ]
}

extension Reading {
    fileprivate mutating func devices() {
        let named = call.arguments.map(\.value).filter { $0.prefix.hasPrefix("/dev/") }
        for device in named.isEmpty ? [Value.unknown] : named { add(.deviceWrite(device)) }
    }

    fileprivate mutating func formats() {
        for fed in fedPaths { add(.makeFilesystem(fed.path)) }
        // Only shows what it would do.
        if has("-n"), value("-n") == nil || value("-n")?.prefix.hasPrefix("/dev/") ?? false, call.program.hasPrefix("mkfs.ext") || call.program == "mke2fs" || call.program == "mkntfs" { return }
        // Which of its options take a value differs from one mkfs to the next: a device counts wherever it stands.
        let devices = options.compactMap(\.value).filter { $0.prefix.hasPrefix("/dev/") }
        let targets = devices + operands.filter { operand in !(operand.known?.allSatisfy(\.isNumber) ?? false) }
        if call.program == "mkswap" || call.program.hasPrefix("mk") || call.program.hasPrefix("newfs") || call.program == "wipefs" {
            // What follows the device is its size.
            let first = targets.first { $0.prefix.hasPrefix("/") || $0.isWhollyUnknown } ?? targets.first
            for target in call.program == "wipefs" || targets.contains(where: { $0.prefix.hasPrefix("/dev/") }) ? targets : first.map({ [$0] }) ?? [] { add(.makeFilesystem(target)) }
        }
    }

    fileprivate mutating func partitions() {
        if has("-l", "-J", "-v", "-x", "-F", "-P", "--backup") && !has("--zap-all", "-Z", "-o", "-z", "-d=") { return }
        let isPrinting = has("-p", "-i", "--dump") || has("-d") && ["sfdisk"].contains(call.program)
        let acts =
            has(
                "-Z", "-z", "-o", "-n", "-t", "-c", "--zap-all", "--clear", "--zap", "--new", "--typecode", "--change-name", "--delete", "-e", "-g", "-G", "-L", "--load-backup", "-R", "-N",
                "--append", "--relocate", "-A", "--activate") || call.program == "sgdisk" && has("-d")
        if isPrinting, !acts { return }
        if has("-s"), call.program == "fdisk" || call.program == "sfdisk" { return }
        if operands.isEmpty, !acts, !isUncertain, !hasInput { return }
        add(.volume(operands.last ?? .unknown, what: "\(call.program) rewrites a partition table", isDestructive: true))
    }

    fileprivate mutating func parted() {
        let verbs = words.dropFirst(0)
        if has("-l") { return }
        let destructive = ["mklabel", "mktable", "rm", "mkpart", "resizepart", "set", "name", "toggle", "disk_set", "rescue", "resize", "mkpartfs", "mkfs", "move", "type", "disk_toggle"]
        if verbs.contains("resizepart"), verbs.contains("100%"), !verbs.contains(where: { ["mklabel", "rm", "mkpart", "mktable"].contains($0) }) {
            add(.volume(operands.first ?? .unknown, what: "parted grows a partition", isDestructive: false))
        } else if verbs.contains(where: destructive.contains) || hasUnknownWord || operands.count == 1 && hasInput {
            add(.volume(operands.first ?? .unknown, what: "parted changes a partition table", isDestructive: true))
        }
    }

    fileprivate mutating func volumes() {
        let target = operands.first ?? .unknown
        let size = value("-L", "-l", "--size", "--extents", "--setphysicalvolumesize")
        switch call.program {
        case "lvresize": add(.volume(target, what: "lvresize", isDestructive: !(size?.known?.hasPrefix("+") ?? false)))
        case "resize2fs": if !has("-P") { add(.volume(target, what: "resize2fs", isDestructive: has("-M") || operands.count > 1)) }
        case "pvresize": add(.volume(target, what: "pvresize", isDestructive: size != nil))
        case "ntfsresize", "resize.f2fs": add(.volume(target, what: call.program, isDestructive: true))
        case "lvchange", "vgchange": add(.volume(target, what: "\(call.program) sets a volume", isDestructive: hasWord("-an", "n") || wholeText.contains("-an") || wholeText.contains("-pr")))
        case "fsck", "e2fsck", "xfs_repair", "fsck.ext4", "btrfsck": if !has("-n") && !hasWord("-N") { add(.change(what: "repairs a file system")) }
        case "debugfs":
            if has("-w") { add(.deviceWrite(operands.last ?? .unknown)) }
            for request in values("-R") + values("-f") {
                let words = request.display.split(separator: " ").map(String.init)
                if let verb = words.first, ["cat", "dump", "dump_inode", "rdump", "blocks", "bd", "block_dump"].contains(verb), words.count > 1 {
                    for path in words.dropFirst() where path.hasPrefix("/") { add(.read(Value(path), prints: true)) }
                }
            }
        case "tune2fs":
            if !has("-l") {
                add(wholeText.contains("-O ^") || wholeText.contains("-O^") ? .volume(target, what: "tune2fs takes features away", isDestructive: true) : .change(what: "tunes a file system"))
            }
        case "xfs_db": if has("-x") { add(.deviceWrite(operands.last ?? .unknown)) }
        case "dumpe2fs", "xfs_metadump", "e2label": break
        case "zerofree": add(.change(what: "fills free space"))
        default: add(.volume(target, what: "\(call.program) grows or makes", isDestructive: false))
        }
    }

    /// `lvm lvremove …`: the same programs under one name.
    fileprivate mutating func inner() {
        guard let verb, let spec = Programs.spec(of: verb), verb != "lvm" else { return }
        var inner = call
        inner.program = verb
        inner.path = verb
        inner.arguments = Array(call.arguments.drop { $0.known != verb }.dropFirst())
        effects += spec.effects(of: inner)
    }
}
