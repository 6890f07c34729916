/// Kernel, modules, boot.
enum KernelPrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec(
            "sysctl", options: "-w/--write -p/--load? -n -e -q -a/--all -A -N -b -r/--pattern= --system",
            examples: ["sysctl vm.swappiness ->", "sysctl -w vm.swappiness=10 -> change", "sysctl -w kernel.randomize_va_space=0 -> security", "sysctl -w kernel.core_pattern=|/tmp/x -> kernel"]
        ) { r in
            if r.has("-p", "--system") {
                for file in r.operands { r.add(.read(file, prints: false)) }
                return r.add(.change(what: "loads kernel settings"))
            }
            for word in r.operands {
                guard let text = word.texts.first else { continue }
                if text.known.map({ !$0.contains("=") }) ?? false { continue }
                r.kernelSetting(word.allText.trimmed)
            }
        },
        ProgramSpec("insmod ", options: "-f -s") { r in
            let path = r.operands.first ?? .unknown
            r.add(.kernel(what: "insmod loads \(path.display)"))
        },
        ProgramSpec(
            "modprobe",
            options: "-r/--remove -n/--dry-run/--show -c -a/--all -f/--force -q -v -C/--config= -d/--dirname= -S= -D/--show-depends -R -i --force-vermagic --force-modversion -b --show-config",
            looks: "-n -c -D", examples: ["modprobe br_netfilter -> change", "modprobe -r e1000e -> network!", "modprobe -C /tmp/x y -> kernel"]
        ) { r in
            if r.has("-C", "-d", "-f", "--force-vermagic", "--force-modversion") || r.operands.contains(where: { $0.prefix.hasPrefix("/") || $0.prefix.hasPrefix(".") }) {
                return r.add(.kernel(what: "modprobe loads modules from elsewhere"))
            }
            if r.operands.contains(where: \.isWhollyUnknown) { r.add(.runUnknown(source: "which module is loaded can't be told")) }
            if r.has("-r") { r.removesDrivers() } else { r.add(.change(what: "loads a module of the kernel's own")) }
        },
        ProgramSpec("rmmod", options: "-f/--force -v -s -w") { $0.removesDrivers() },
        ProgramSpec("kmod", options: "") { r in
            if r.hasWord("list", "static-nodes", "--version") { return }; r.add(.kernel(what: "kmod changes modules"))
        },
        ProgramSpec("dkms mokutil sbctl akmods kdump kdumpctl", options: "-m= -v= -k= --import= --disable-validation --enable-validation") { r in
            if ["status", "list", "--sb-state", "showmem"].contains(r.verb) || r.hasWord("--sb-state", "--list-enrolled") { return }
            if r.has("--disable-validation") || r.hasWord("--reset") {
                r.add(.security(what: "\(r.call.program) turns off secure boot's checks"))
            } else {
                r.add(.change(what: "\(r.call.program) builds modules"))
            }
        },
        ProgramSpec("kexec", options: "-l/--load= -e/--exec -u -p -s -f --initrd= --append= --command-line= --reuse-cmdline -S/--status", looks: "-S") { r in
            r.add(.kernel(what: "kexec starts another kernel"))
        },
        ProgramSpec("setpci devmem devmem2 msr-tools wrmsr rdmsr inb outb i2cset spi flashrom fwupdmgr fwupdtool ioport memtool pciconf nvram", options: "-s= -d= -p= -a -r:writes -w= -f") { r in
            switch r.call.program {
            case "setpci": if r.wholeText.contains("=") { r.add(.kernel(what: "setpci writes PCI registers")) }
            case "rdmsr", "inb", "ioport": break
            case "fwupdmgr", "fwupdtool":
                if !["get-devices", "get-updates", "get-history", "security", "get-remotes", "get-upgrades"].contains(r.verb) { r.add(.kernel(what: "\(r.call.program) writes firmware")) }
            case "devmem", "devmem2": if r.operands.count > 2 { r.add(.kernel(what: "\(r.call.program) writes the memory")) } else { r.add(.secret(what: "\(r.call.program) reads the memory")) }
            case "flashrom": if r.has("-w") || r.hasWord("-E", "--erase") { r.add(.kernel(what: "flashrom writes firmware")) }
            default: r.add(.kernel(what: "\(r.call.program) writes to the hardware"))
            }
        },
        ProgramSpec(
            "efibootmgr",
            options:
                "-v/--verbose -b/--bootnum= -B/--delete-bootnum -o/--bootorder= -O/--delete-bootorder -n/--bootnext= -N/--delete-bootnext -a/--active -A/--inactive -c/--create -d/--disk= -p/--part= -l/--loader= -L/--label= -t/--timeout= -T/--delete-timeout -D/--remove-dups -q/--quiet -w -y -k -u= -r",
            examples: ["efibootmgr -v ->", "efibootmgr -b 0000 -B -> boot!"]
        ) { r in
            if r.has("-B", "-o", "-O", "-A", "-D") {
                r.add(.boot(what: "efibootmgr takes boot entries away", isBreaking: true))
            } else if r.has("-n", "-N", "-a", "-c", "-t", "-T") {
                r.add(.boot(what: "efibootmgr changes boot entries", isBreaking: r.has("-n")))
            } else if r.isUncertain {
                r.add(.boot(what: "efibootmgr", isBreaking: false))
            }
        },
        ProgramSpec(
            "grub-install grub2-install lilo extlinux syslinux bootctl grub-bios-setup grub2-bios-setup u-boot-install flash-kernel zipl elilo refind-install sdbootutil extlinux-install ms-sys",
            options: "--target= --efi-directory= --boot-directory= --root-directory= --bootloader-id= --recheck -i= -U -r --path= --no-pager"
        ) { r in
            if r.call.program == "bootctl" {
                switch r.verb {
                case "", "status", "list", "is-installed": return
                case "remove", "unlink", "cleanup", "set-default", "set-oneshot": return r.add(.boot(what: "bootctl \(r.verb ?? "")", isBreaking: true))
                default: return r.add(.boot(what: "bootctl \(r.verb ?? "?")", isBreaking: false))
                }
            }
            r.add(.boot(what: "\(r.call.program) replaces the boot loader", isBreaking: true))
        },
        ProgramSpec(
            "update-grub update-grub2 grub-mkconfig grub2-mkconfig update-initramfs dracut mkinitcpio mkinitramfs mkinitfs grubby grub-set-default grub2-set-default grub-reboot grub2-reboot grub-editenv grub2-editenv kernel-install installkernel update-extlinux plymouth-set-default-theme new-kernel-pkg proxmox-boot-tool genkernel update-secureboot-policy linux-version",
            options:
                "-o/--output:writes -u -c -d -k= -f/--force -v -p= -P= --update-kernel= --args= --remove-args= --remove-kernel= --default-kernel --info= --set-default= -H --regenerate-all -g= -R -t --add-kernel= --kver="
        ) { r in
            if r.has("--default-kernel", "--info") || ["list", "status"].contains(r.verb) && !r.has("-d") { return }
            let breaks =
                r.call.program == "update-initramfs" && r.has("-d") || r.has("--remove-kernel") || r.call.program == "kernel-install" && r.verb == "remove" || r.wholeText.contains("init=/")
                || r.wholeText.contains("rd.break")
            if ["selinux=0", "apparmor=0", "mitigations=off", "nokaslr", "audit=0", "enforcing=0", "module.sig_enforce=0"].contains(where: r.wholeText.contains) {
                r.add(.security(what: "\(r.call.program) turns protection off at boot"))
            }
            // To make the boot menu or the initrd anew is everyday work after an update.
            r.add(.boot(what: "\(r.call.program) makes anew what the machine starts with", isBreaking: breaks))
            if !breaks, ["update-grub", "update-initramfs", "grub-mkconfig", "grub2-mkconfig", "dracut", "mkinitcpio", "update-grub2", "mkinitfs", "mkinitramfs"].contains(r.call.program) {
                r.effects = r.effects.filter { if case .boot = $0 { false } else if case .write = $0 { false } else { true } } + [.change(what: "\(r.call.program) makes boot files anew")]
            }
        },
        ProgramSpec("ipmitool ipmi-chassis ipmi-power racadm redfishtool bmc-device", options: "-H= -U= -P= -I= -f= -E -h= -u= -p= -L= --get-status -C= -v") { r in
            let words = Set(r.words.map { $0.lowercased() })
            if words.contains("power") || words.contains("chassis") {
                if !words.isDisjoint(with: ["off", "cycle", "reset", "soft", "diag", "on", "bootdev", "bootparam"]) { return r.add(.power(what: "\(r.call.program) changes the power")) }
                return
            }
            if words.contains("serveraction") || words.contains("--off") || words.contains("--cycle") || words.contains("--reset") { return r.add(.power(what: "\(r.call.program) changes the power")) }
            if words.contains("sel"), words.contains("clear") { return r.add(.logs(what: "ipmitool empties the event log", isKept: false)) }
            if words.contains("user"), words.contains("set") || words.contains("disable") { return r.add(.account(Value("BMC"), what: "password")) }
            if words.contains("lan"), words.contains("set") { return r.add(.network(what: "ipmitool sets the BMC's network", isCut: false)) }
            if words.contains("mc"), words.contains("reset") { return r.add(.change(what: "resets the BMC")) }
            if words.contains("raw") { r.add(.kernel(what: "ipmitool sends raw commands")) }
        },
    ]
}

extension Reading {
    /// `name=value` for the kernel.
    mutating func kernelSetting(_ text: String) {
        let bare = text.filter { $0 != " " && $0 != "\"" }.replacing("/", with: ".", maxReplacements: text.contains("=") && !(text.split(separator: "=").first?.contains(".") ?? true) ? 9 : 0)
        if KernelSettings.weakens(bare) {
            add(.security(what: "\(call.program) \(text) turns protection off"))
        } else if KernelSettings.reachesKernel(bare) {
            add(.kernel(what: "\(call.program) \(text)"))
        } else if text.contains("\u{0}") {
            add(.runUnknown(source: "which kernel setting is changed can't be told"))
        } else if bare.hasPrefix("net.ipv6.conf.all.disable_ipv6=1") || bare.hasPrefix("net.ipv4.icmp_echo") {
            add(.change(what: "sets \(text)"))
        } else if bare.hasPrefix("kernel.panic=") || bare.hasPrefix("vm.overcommit") {
            add(.change(what: "sets \(text)"))
        } else {
            add(.change(what: "sets \(text)"))
        }
    }

    fileprivate mutating func removesDrivers() {
        let network = [
            "e1000", "igb", "ixgbe", "ice", "i40e", "virtio_net", "vmxnet3", "r8169", "tg3", "bnx", "bnxt", "mlx", "ena", "hv_netvsc", "xen_netfront", "iwlwifi", "ath", "8139", "be2net", "cxgb",
            "atlantic", "qede", "sfc", "bonding", "8021q", "net_failover", "rtl", "brcm", "usbnet", "r8152", "cdc_ether",
        ]
        let disks = [
            "ahci", "nvme", "virtio_blk", "virtio_scsi", "sd_mod", "dm_mod", "ext4", "xfs", "btrfs", "megaraid", "mpt3sas", "scsi_mod", "raid", "virtio_pci", "vmw_pvscsi", "hv_storvsc",
            "xen_blkfront",
        ]
        for module in operands {
            let name = (module.known ?? "").replacing("-", with: "_")
            if network.contains(where: name.hasPrefix) {
                add(.network(what: "\(call.program) takes the driver \(name) away", isCut: true))
            } else if disks.contains(where: name.hasPrefix) || has("-f") {
                add(.kernel(what: "\(call.program) takes the driver \(name) away"))
            } else if module.known == nil {
                add(.network(what: "\(call.program) takes a driver away", isCut: false))
            } else if ["ip_tables", "nf_tables", "iptable_filter", "nf_conntrack", "x_tables"].contains(name) {
                add(.firewall(what: "\(call.program) \(name)", isLockout: true))
            } else {
                add(.change(what: "takes the module \(name) away"))
            }
        }
    }
}

/// Settings of the kernel that protect it, and those that reach through to it.
enum KernelSettings {
    private static let protective: [(name: String, least: Int)] = [
        ("kernel.randomize_va_space", 2), ("kernel.kptr_restrict", 1), ("kernel.dmesg_restrict", 1), ("kernel.yama.ptrace_scope", 1), ("kernel.unprivileged_bpf_disabled", 1),
        ("fs.protected_symlinks", 1),
        ("fs.protected_hardlinks", 1), ("fs.protected_fifos", 1), ("fs.protected_regular", 1), ("kernel.perf_event_paranoid", 2), ("net.ipv4.tcp_syncookies", 1), ("kernel.modules_disabled", 1),
        ("vm.mmap_min_addr", 1),
        ("net.ipv4.conf.all.rp_filter", 1), ("net.core.bpf_jit_harden", 1), ("kernel.lockdown", 1), ("kernel.exec_shield", 1),
    ]

    static func weakens(_ setting: String) -> Bool {
        let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return false }
        if parts[0] == "fs.suid_dumpable" { return parts[1] != "0" }
        guard let known = protective.first(where: { $0.name == parts[0] }) else { return false }
        return (Int(parts[1]) ?? 0) < known.least
    }

    static func reachesKernel(_ setting: String) -> Bool {
        [
            "kernel.core_pattern=|", "kernel.modprobe", "kernel.sysrq", "kernel.hotplug", "kernel.poweroff_cmd", "kernel.usermodehelper", "fs.binfmt_misc", "kernel.panic_on_oops=",
            "kernel.panic_on_warn=1", "kernel.core_uses_pid.no", "kernel.kexec", "kernel.core_pattern=/tmp", "vm.panic_on_oom=1", "kernel.softlockup_panic=1", "kernel.hung_task_panic=1",
            "vm.min_free_kbytes=9999", "vm.overcommit_ratio=0",
        ].contains { setting.hasPrefix($0) && !(setting == "kernel.sysrq=0" || setting == "kernel.panic_on_oops=0") }
    }
}
