/// Programs that copy to, image, format or wipe devices, beside those that every system has.
enum StoragePrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec(
            "dc3dd sg_dd sgp_dd sgm_dd sg_xcopy dd-rs lcdd", examples: ["sg_dd if=/dev/zero of=/dev/sdc -> read /dev/zero, device /dev/sdc", "dc3dd wipe=/dev/sdb -> device /dev/sdb"]
        ) { r in
            for argument in r.call.arguments {
                for key in ["of=", "hof=", "wipe=", "hwipe=", "ofs="] where argument.value.prefix.hasPrefix(key) { r.writesImage(argument.value.dropping(key)) }
                if argument.value.prefix.hasPrefix("if=") { r.add(.read(argument.value.dropping("if="), prints: false)) }
            }
            if r.hasUnknownWord { r.add(.runUnknown(source: "what \(r.call.program) would write can't be told")) }
        },
        ProgramSpec("dd_rescue dd_rhelp safecopy recoverdisk", options: "-b= -B= -s= -S= -m= -l= -o=") { r in if r.operands.count > 1 { r.writesImage(r.operands[1]) } },
        ProgramSpec(
            "partclone.* partimage ntfsclone fsarchiver ocs-sr e2image bmaptool drivesnapshot", options: "-o/--output/--out= -s/--source= -L= -j= -Z= -e= -c= -d= -O/--overwrite= -n= -N= -z= -C -r -i"
        ) { r in
            r.images()
        },
        ProgramSpec("qemu-nbd nbd-client nbd-server", options: "-c/--connect= -d/--disconnect= -f= -p= -b= -k= -x= -l/--list -r/--read-only") { r in
            r.add(.change(what: "sets up a network block device"))
        },
        ProgramSpec(
            "flashcp flash_erase flash_eraseall flash_unlock flash_lock nandwrite nandtest ubiformat ubimkvol ubirmvol ubiupdatevol ubiattach ubidetach mtd mtd_debug sysupgrade firstboot fw_setenv mmc dfu-util esptool esptool.py avrdude openocd fastboot",
            options: ""
        ) { r in
            if ["extcsd", "verify", "read", "info", "-l", "--list", "devices"].contains(r.verb) || r.call.program == "mmc" && r.word(1) == "read" { return }
            r.add(.deviceWrite(r.operands.first { $0.prefix.hasPrefix("/dev/") } ?? Value("/dev/mtd0")))
        },
        ProgramSpec(
            "bcachefs make-bcache bcache bcache-super-show mkfs_* format.* systemd-makefs systemd-growfs systemd-repart virt-format mkinitfs.disk mkimage.disk makefs", options: "-B= -C= -t= -n -F"
        ) { r in
            let words = Set(r.words)
            if r.call.program == "bcache-super-show" || !words.isDisjoint(with: ["show-super", "fsck", "list", "show", "--dry-run=yes", "usage", "--help"]) { return }
            if r.call.program == "systemd-growfs" || r.call.program == "systemd-repart" && !words.contains("--dry-run=no") { return r.add(.change(what: "grows a file system")) }
            if r.call.program == "systemd-repart" || r.call.program == "bcachefs" && words.isDisjoint(with: ["format"]) {
                return r.add(.volume(r.operands.last ?? .unknown, what: "\(r.call.program) changes volumes", isDestructive: words.isDisjoint(with: ["mount", "unlock"])))
            }
            let devices = r.call.arguments.map(\.value).filter { $0.prefix.hasPrefix("/dev/") || $0.isWhollyUnknown }
            for device in devices { r.add(.makeFilesystem(device)) }
            if devices.isEmpty { r.add(r.operands.contains { $0.prefix.hasPrefix("/") } ? .change(what: "makes an image") : .makeFilesystem(.unknown)) }
        },
        ProgramSpec("ceph-volume ceph-disk ceph-deploy gluster rados radosgw-admin cephadm lizardfs lfs", options: "") { r in
            let words = Set(r.words)
            if !words.isDisjoint(with: [
                "zap", "destroy", "rm", "purge", "delete", "prepare", "create", "remove-brick", "reset", "rm-cluster", "stop", "format", "batch", "activate-reset", "purgedata",
            ]) {
                r.add(.volume(r.operands.last ?? .unknown, what: "\(r.call.program) makes or removes storage", isDestructive: true))
            } else if words.isDisjoint(with: ["list", "ls", "inventory", "status", "info", "df", "stat", "show", "check-host", "peer"]) {
                r.add(.runUnknown(source: "\(r.call.program) changes storage"))
            }
        },
        ProgramSpec("delpart addpart resizepart stratis vdo vdostats fatresize gparted partitionmanager cryptsetup-reencrypt luksmeta cryptdisks_stop cryptdisks_start", options: "") { r in
            let words = Set(r.words)
            if !words.isDisjoint(with: ["list", "status", "report", "version", "show", "daemon"]) || r.call.program == "vdostats" { return }
            let grows = ["addpart", "cryptdisks_start"].contains(r.call.program) || !words.isDisjoint(with: ["start", "add-data", "create", "create-filesystem", "growLogical", "growPhysical"])
            if r.call.program == "stratis", words.contains("pool"), words.contains("create") { return r.add(.volume(r.operands.last ?? .unknown, what: "stratis makes a pool", isDestructive: true)) }
            r.add(.volume(r.operands.first { $0.prefix.hasPrefix("/dev/") } ?? r.operands.last ?? .unknown, what: "\(r.call.program) changes volumes", isDestructive: !grows))
        },
        ProgramSpec("hpacucli perccli64 perccli2 storcli2 mvcli omconfig lsiutil sas2ircu MegaCli8 cciss_vol_status adaptec areca-cli cli64", options: "") { r in
            let text = r.wholeText.lowercased()
            if r.call.program == "cciss_vol_status" || text.contains("show") && !text.contains("del") { return }
            r.add(.volume(.unknown, what: "\(r.call.program) changes a RAID set", isDestructive: true))
        },
        ProgramSpec("udisksctl", options: "-b/--block-device= -p/--object-path= -t/--filesystem-type= -o= --no-user-interaction -f/--force") { r in
            switch r.verb {
            case "info", "dump", "status", "monitor", "": break
            case "unmount": r.add(.unmount(r.value("-b") ?? .unknown))
            case "mount", "unlock", "loop-setup": r.add(.change(what: "udisksctl \(r.verb ?? "")"))
            default: r.add(.volume(r.value("-b") ?? .unknown, what: "udisksctl \(r.verb ?? "?")", isDestructive: true))
            }
        },
        ProgramSpec("ioping", options: "-c= -i= -s= -S= -w= -W -D -R -L") { r in if r.has("-W") { for operand in r.operands { r.add(.deviceWrite(operand)) } } },
        ProgramSpec(
            "sg_inq sg_vpd sg_map sg_logs sg_modes sg_readcap sg_luns sg_scan sg_turs sg_ses sginfo e2freefrag partclone.info partclone.chkimg fsarchiver.probe nvme-cli ddrescueview blktrace blkparse btt xfs_fsr dosfsck.look hd hexyl lsmtd mtdinfo ubinfo lsusb.py flash_otp_info mdmon vpddecode isosize efibootdump"
        ),
        ProgramSpec(
            "sg_raw sg_reset sg_start sg_persist sg_wr_mode sg_write_buffer sg_write_long sg_write_verify sg_write_x sg_write_atomic sg_zone sg_reassign sdparm rescan-scsi-bus.sh", options: "-r -a"
        ) { r in
            if r.call.program == "rescan-scsi-bus.sh" { return r.add(r.has("-r") ? .volume(.unknown, what: "takes disks away", isDestructive: true) : .change(what: "looks for new disks")) }
            if r.call.program == "sdparm",
                !r.words.contains(where: { $0.hasPrefix("--set") || $0.hasPrefix("--clear") || $0.hasPrefix("--command") || $0.hasPrefix("-s") || $0.hasPrefix("-c") || $0.hasPrefix("-C") })
            {
                return
            }
            for operand in r.operands where operand.prefix.hasPrefix("/dev/") { r.add(.deviceWrite(operand)) }
        },
    ]
}

extension Reading {
    /// A device or a file that a whole image goes to.
    fileprivate mutating func writesImage(_ target: Value) {
        if target.known == "/dev/null" { return }
        add(target.prefix.hasPrefix("/dev/") ? .deviceWrite(target) : .write(target, .replace, content: nil))
    }

    /// Programs that take images of devices and put them back.
    fileprivate mutating func images() {
        let words = Set(words)
        switch call.program {
        case "partimage": if !words.isDisjoint(with: ["restore", "restmbr"]) { for target in operands.dropFirst().prefix(1) { writesImage(target) } }
        case "ntfsclone":
            if let target = value("-O") { writesImage(target) }
            if has("-r") { for target in operands where target.prefix.hasPrefix("/dev/") { writesImage(target) } }
        case "fsarchiver":
            for argument in call.arguments { if let text = argument.known, let place = text.firstRange(of: "dest=") { writesImage(Value(String(text[place.upperBound...].prefix { $0 != "," }))) } }
            if words.contains("restdir"), let target = operands.last { add(.unpack(into: target)) }
        case "e2image", "bmaptool", "drivesnapshot": if operands.count > 1, let target = operands.last { writesImage(target) }
        case "ocs-sr": if words.contains("restoredisk") || words.contains("restoreparts") { add(.deviceWrite(Value("/dev/sda"))) }
        default:
            if let target = value("-o", "-O") { writesImage(target) }
            if has("-r"), value("-o") == nil { for target in operands { writesImage(target) } }
        }
    }
}
