/// Mounts and what moves the root.
enum MountPrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec(
            "mount mount.nfs mount.cifs sshfs bindfs mount.fuse",
            options:
                "-t/--types= -o/--options= -O= -L= -U= -a/--all -B/--bind -R/--rbind -M/--move -r/--read-only -w -n -v -f/--fake -l -T/--fstab= --target= --source= -N= -V --make-private --make-rprivate --make-shared --make-rshared --mkdir? -p=",
            looks: "-f -l -V", examples: ["mount -o bind /empty /etc -> mount /etc", "mount /dev/sdb1 /srv/data -> mount /srv/data", "mount ->"]
        ) { r in
            let options = (r.values("-o").map(\.display) + (r.has("-B", "-R") ? ["bind"] : []) + (r.has("-r") ? ["ro"] : []) + (r.has("-M") ? ["move"] : [])).joined(separator: ",")
            if r.has("-a") { return r.add(.change(what: "mounts what fstab says")) }
            guard let at = r.value("--target") ?? r.operands.last else { return }
            if r.has("--make-private", "--make-rprivate", "--make-shared", "--make-rshared") { return r.add(.change(what: "changes how mounts are shared")) }
            let source = r.value("--source") ?? (r.operands.count > 1 ? r.operands[0] : nil)
            r.add(.mount(at: at, source: source, options: options))
            if r.has("-M"), let source { r.add(.unmount(source)) }
        },
        ProgramSpec(
            "umount fusermount fusermount3 umount.nfs", options: "-a/--all -t= -O= -l/--lazy -f/--force -R/--recursive -A -n -r -v -d -q -u -z -A/--all-targets", examples: ["umount -l / -> unmount /"]
        ) { r in
            if r.has("-a") { return r.add(.relocate(what: "umount -a takes all file systems away")) }
            for operand in r.operands { r.add(.unmount(operand)) }
            if r.has("-r") { for operand in r.operands { r.add(.mount(at: operand, source: nil, options: "remount,ro")) } }
        },
        ProgramSpec("pivot_root switch_root", options: "") { r in r.add(.relocate(what: "\(r.call.program) puts another root in place")) },
        ProgramSpec("fsfreeze xfs_freeze ", options: "-f/--freeze -u/--unfreeze") { r in
            if r.has("-u") { r.add(.change(what: "unfreezes")) } else { r.add(.relocate(what: "\(r.call.program) freezes \(r.operands.last?.display ?? "a file system")")) }
        },
        ProgramSpec("swapoff", options: "-a -v") { r in r.add(.change(what: "turns swap off")) },
        ProgramSpec("quotaon quotaoff setquota edquota quotacheck repquota quota xfs_quota", options: "-a -u -g -c= -x") { r in
            if !["repquota", "quota"].contains(r.call.program) { r.add(.change(what: "changes quotas")) }
        },
        ProgramSpec("exportfs showmount nfsstat rpcinfo", options: "-a -r -u -v -f -i -o=") { r in
            if r.call.program == "exportfs", r.has("-a", "-r", "-u", "-i") { r.add(.change(what: "changes what NFS exports")) }
        },
    ]
}
